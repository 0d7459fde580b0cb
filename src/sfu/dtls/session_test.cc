// What a session refuses, and how it ends.
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "sfu/dtls/testing.h"

namespace consomme::dtls::testing {
namespace {

Pair connected() {
  Pair pair(perfect());
  pair.start();
  pair.run();
  check(pair.both_connected_at.has_value(), "a perfect network connects");
  return pair;
}

Fingerprint spoiled(Fingerprint f) {
  f.bytes[0] ^= 1;
  return f;
}

struct Outcome {
  State client;
  State server;
  Failure failure;  // the server's
  bool server_has_keys;
};

// A handshake in which the server expects these fingerprints of the client.
Outcome handshake_expecting(const std::function<std::vector<Fingerprint>(const Certificate&)>& expected) {
  Pair pair(perfect());
  pair.server = Session(pair.server_identity.context, Role::kServer, expected(pair.client_identity.certificate));
  pair.start();
  pair.run();
  return {pair.client.state(), pair.server.state(), pair.server.failure(), pair.server.keys() != nullptr};
}

TEST(Session, FailsWithoutKeysWhenTheFingerprintDiffers) {
  const Outcome outcome =
      handshake_expecting([](const Certificate& c) { return std::vector{spoiled(c.fingerprint())}; });
  EXPECT_EQ(outcome.server, State::kFailed);
  EXPECT_EQ(outcome.failure, Failure::kFingerprint);
  EXPECT_FALSE(outcome.server_has_keys);
  EXPECT_EQ(outcome.client, State::kFailed) << "it was told by an alert";
}

TEST(Session, AClientChecksTheFingerprintToo) {
  Pair pair(perfect());
  pair.client =
      Session(pair.client_identity.context, Role::kClient, {spoiled(pair.server_identity.certificate.fingerprint())});
  pair.start();
  pair.run();
  EXPECT_EQ(pair.client.failure(), Failure::kFingerprint);
  EXPECT_EQ(pair.client.keys(), nullptr);
  EXPECT_EQ(pair.server.state(), State::kFailed);
}

TEST(Session, WantsAMatchForEveryAlgorithmAnnounced) {
  using enum HashAlgorithm;
  const auto outcome = [](auto expected) { return handshake_expecting(expected).server; };
  EXPECT_EQ(outcome([](const Certificate& c) { return c.fingerprints(); }), State::kConnected);
  EXPECT_EQ(outcome([](const Certificate& c) { return std::vector{c.fingerprint(kSha512)}; }), State::kConnected);
  EXPECT_EQ(outcome([](const Certificate& c) {
              return std::vector{spoiled(c.fingerprint(kSha256)), c.fingerprint(kSha256)};
            }),
            State::kConnected)
      << "one of several certificates";
  EXPECT_EQ(
      outcome([](const Certificate& c) { return std::vector{c.fingerprint(kSha1), spoiled(c.fingerprint(kSha256))}; }),
      State::kFailed)
      << "a weak hash does not stand in for a strong one";
  EXPECT_EQ(outcome([](const Certificate&) { return std::vector<Fingerprint>{}; }), State::kFailed);
}

TEST(Session, ShowsKeysOnlyWhileConnected) {
  Pair pair(perfect());
  EXPECT_EQ(pair.server.keys(), nullptr);
  pair.start();
  EXPECT_EQ(pair.server.keys(), nullptr);
  pair.run();
  EXPECT_NE(pair.server.keys(), nullptr);
  pair.server.close();
  EXPECT_EQ(pair.server.keys(), nullptr);
}

// Both sides, as they are after the handshake, and without OpenSSL's session.
class Established : public ::testing::TestWithParam<bool> {
 protected:
  Established() : pair_(connected()) {
    if (!GetParam()) return;
    pair_.client.confirm();
    pair_.server.confirm();
  }
  Pair pair_;
};
INSTANTIATE_TEST_SUITE_P(AndConfirmed, Established, ::testing::Bool());

TEST_P(Established, CloseNotifyClosesTheOtherSide) {
  for (const Role role : {Role::kClient, Role::kServer}) {
    Pair pair = connected();
    if (GetParam()) pair.server.confirm();
    Session& closing = role == Role::kClient ? pair.client : pair.server;
    Session& other = role == Role::kClient ? pair.server : pair.client;
    closing.close();
    EXPECT_EQ(closing.state(), State::kClosed);
    const std::vector<Bytes> goodbye = drain(closing);
    ASSERT_EQ(goodbye.size(), 1u);
    other.receive(pair.now, goodbye[0]);
    EXPECT_EQ(other.state(), State::kClosed);
    for (const Bytes& answer : drain(other)) closing.receive(pair.now, answer);
    EXPECT_EQ(closing.state(), State::kClosed);
    EXPECT_EQ(closing.failure(), Failure::kNone);
  }
}

TEST_P(Established, KeepsItsKeysUntilItEnds) {
  ASSERT_NE(pair_.server.keys(), nullptr);
  expect_same_keys(pair_.client, pair_.server);
  EXPECT_EQ(pair_.server.deadline(), kNever);
  pair_.server.close();
  EXPECT_EQ(pair_.server.keys(), nullptr);
}

TEST_P(Established, ItsOwnGoodbyeSentBackChangesNothing) {
  Pair other = connected();
  other.server.close();
  for (const Bytes& foreign : drain(other.server)) pair_.server.receive(pair_.now, foreign);
  for (const Bytes& datagram : pair_.sent[Role::kServer]) pair_.server.receive(pair_.now, datagram);
  EXPECT_EQ(pair_.server.state(), State::kConnected) << "each direction has a key of its own";
}

TEST(Session, AFailureOfOneLeavesTheOthersAlone) {  // the error queue is per thread
  Pair healthy(perfect());
  healthy.start();
  for (int i = 0; i < 3; ++i) ERR_raise(ERR_LIB_SSL, SSL_R_BAD_PACKET);
  Pair sick(perfect());
  sick.server = Session(sick.server_identity.context, Role::kServer, {});
  sick.start();
  sick.run();
  EXPECT_EQ(sick.server.state(), State::kFailed);
  EXPECT_NE(ERR_peek_error(), 0u) << "the failure has left its trace in the queue";
  healthy.run();
  EXPECT_TRUE(healthy.both_connected_at);

  for (int i = 0; i < 3; ++i) ERR_raise(ERR_LIB_SSL, SSL_R_BAD_PACKET);
  healthy.server.receive(healthy.now, healthy.sent[Role::kClient][0]);
  EXPECT_EQ(healthy.server.state(), State::kConnected) << "a stale record and a stale error";
}

TEST_P(Established, DropsWhatIsNotDtls) {
  const std::uint64_t before = pair_.server.counters().dropped_datagrams;
  const Bytes record_of_nothing{22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0};
  Bytes truncated = pair_.sent[Role::kClient][0];
  truncated.pop_back();
  Bytes epoch_2 = record_of_nothing;
  epoch_2[4] = 2;
  Bytes tls = record_of_nothing;
  tls[1] = 3;
  Bytes trailing = record_of_nothing;
  trailing.push_back(0);
  for (const Bytes& bad : {Bytes{}, Bytes(12, 22), Bytes(1501, 22), Bytes{0x16}, truncated, epoch_2, tls, trailing})
    pair_.server.receive(pair_.now, bad);
  EXPECT_EQ(pair_.server.counters().dropped_datagrams - before, 8u);
  EXPECT_EQ(pair_.server.state(), State::kConnected);
}

TEST(Session, IsNotConfirmedBeforeItIsConnected) {
  Pair pair(perfect());
  pair.server.confirm();
  pair.start();
  pair.server.confirm();
  pair.run();
  EXPECT_TRUE(pair.both_connected_at);
}

TEST(Session, IgnoresDatagramsBeforeItsStartAndAfterItsEnd) {
  Pair pair(perfect());
  pair.client.start(pair.now);
  const Bytes hello = drain(pair.client).at(0);
  pair.server.receive(pair.now, hello);
  EXPECT_EQ(pair.server.state(), State::kNew);
  pair.server.start(pair.now);
  pair.server.close();
  pair.server.receive(pair.now, hello);
  EXPECT_TRUE(drain(pair.server).empty());
  EXPECT_EQ(pair.server.counters().dropped_datagrams, 2u);
}

TEST(Session, SurvivesMutatedHandshakes) {
  int connected_anyway = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Rng rng(seed);
    Pair pair(perfect());
    pair.start();
    const std::vector<Bytes> recorded = pair.sent[Role::kClient];
    for (int i = 0; i < 20; ++i) {
      Bytes mutated = recorded[rng.below(recorded.size())];
      for (std::uint64_t k = 1 + rng.below(4); k > 0; --k)
        mutated[rng.below(mutated.size())] = static_cast<std::uint8_t>(rng.next());
      pair.server.receive(pair.now, mutated);
      drain(pair.server);
    }
    pair.run();
    if (pair.both_connected_at) ++connected_anyway;
    EXPECT_TRUE(pair.server.state() != State::kConnected || pair.server.keys() != nullptr);
  }
  EXPECT_LT(connected_anyway, 60) << "the mutations do reach OpenSSL";
}

TEST_P(Established, MutatedRecordsChangeNothing) {
  pair_.client.close();
  const Bytes goodbye = drain(pair_.client).at(0);
  for (std::size_t i = 0; i < goodbye.size(); ++i) {
    Bytes mutated = goodbye;
    mutated[i] ^= 0x40;
    pair_.server.receive(pair_.now, mutated);
    EXPECT_EQ(pair_.server.state(), State::kConnected) << i;
  }
  pair_.server.receive(pair_.now, goodbye);
  EXPECT_EQ(pair_.server.state(), State::kClosed);
}

// Forged ones cost a decryption each, and one datagram has room for dozens.
TEST(Session, LooksAtTwoAlertsOfADatagram) {
  Pair pair(perfect());
  pair.start();
  pair.run();
  pair.server.confirm();
  pair.client.close();
  const Bytes goodbye = drain(pair.client).at(0);
  Bytes forged = goodbye;
  forged.back() ^= 1;
  const auto joined = [](std::initializer_list<Bytes> records) {
    Bytes datagram;
    for (const Bytes& record : records) datagram.insert(datagram.end(), record.begin(), record.end());
    return datagram;
  };
  pair.server.receive(pair.now, joined({forged, forged, goodbye}));
  EXPECT_EQ(pair.server.state(), State::kConnected);
  pair.server.receive(pair.now, joined({forged, goodbye}));
  EXPECT_EQ(pair.server.state(), State::kClosed);
}

// Handshake fragments of a ClientHello that claims `message` bytes.
Bytes fragment(std::uint64_t record, std::uint32_t message, std::uint32_t offset, std::uint16_t size,
               std::uint16_t number = 0) {
  Bytes bytes(13 + 12 + size);
  ByteWriter w(bytes);
  w.u8(22), w.u16(0xfefd), w.u16(0), w.u16(0), w.u32(static_cast<std::uint32_t>(record));
  w.u16(static_cast<std::uint16_t>(12 + size));
  w.u8(1), w.u24(message), w.u16(number), w.u24(offset), w.u24(size);
  return bytes;
}

TEST(Session, ReturnsFromEmptyAndEndlessFragments) {
  Pair pair(perfect());
  pair.server.start(pair.now);
  for (std::uint64_t record = 0; record < 2000; ++record)
    pair.server.receive(pair.now, fragment(record, 1000, static_cast<std::uint32_t>(record % 1000), 0));
  for (std::uint64_t record = 2000; record < 4000; ++record)
    pair.server.receive(pair.now, fragment(record, 16000, static_cast<std::uint32_t>(record % 15000), 10,
                                           static_cast<std::uint16_t>(record % 50)));
  EXPECT_TRUE(drain(pair.server).size() <= 2);
  pair.server.receive(pair.now, fragment(5000, 0xffffff, 0, 10));
  EXPECT_NE(pair.server.state(), State::kConnected);
}

TEST(Session, TakesInABoundedNumberOfEncryptedRecordsBeforeItHasKeys) {
  Pair pair(perfect());
  pair.server.start(pair.now);
  Bytes early{22, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 0, 0, 40};
  early.resize(13 + 40);
  for (std::uint8_t i = 0; i < 100; ++i) {
    early[10] = i;
    pair.server.receive(pair.now, early);
  }
  EXPECT_EQ(pair.server.counters().dropped_datagrams, 100u - 16u);
}

TEST(Fingerprints, AreReadInAnyCaseAndWrittenInUpperCase) {
  const Identity identity;
  for (const Fingerprint& f : identity.certificate.fingerprints()) {
    std::string text = f.to_string();
    EXPECT_EQ(text.size(), 3 * traits(f.algorithm).bytes - 1);
    EXPECT_EQ(parse_fingerprint(traits(f.algorithm).name, text), f);
    for (char& c : text) c = static_cast<char>(std::tolower(c));
    EXPECT_EQ(parse_fingerprint("SHA-" + std::string(traits(f.algorithm).name.substr(4)), text), f);
  }
  EXPECT_EQ(identity.certificate.fingerprints().back().algorithm, HashAlgorithm::kSha256);
}

TEST(Fingerprints, AreRefusedUnlessWellFormed) {
  const std::string good = Identity().certificate.fingerprint(HashAlgorithm::kSha1).to_string();
  EXPECT_TRUE(parse_fingerprint("sha-1", good));
  EXPECT_FALSE(parse_fingerprint("md5", good));
  EXPECT_FALSE(parse_fingerprint("sha-256", good));
  EXPECT_FALSE(parse_fingerprint("sha-1", good + ":00"));
  EXPECT_FALSE(parse_fingerprint("sha-1", ""));
  std::string letter = good;
  letter[0] = 'G';
  EXPECT_FALSE(parse_fingerprint("sha-1", letter));
  std::string dash = good;
  dash[2] = '-';
  EXPECT_FALSE(parse_fingerprint("sha-1", dash));
}

TEST(Certificates, DifferFromOneAnother) {
  EXPECT_NE(Identity().certificate.fingerprint(), Identity().certificate.fingerprint());
}

}  // namespace
}  // namespace consomme::dtls::testing
