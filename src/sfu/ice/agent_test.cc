#include "sfu/ice/agent.h"

#include <algorithm>
#include <functional>

#include "sfu/wire/stun_integrity.h"

namespace consomme::ice {
namespace {

using wire::StunAttribute;
using wire::StunClass;
using wire::StunMessage;
using wire::StunTransactionId;
using wire::StunWriter;
using Bytes = std::vector<std::uint8_t>;

const Credentials kLocal{"abcdefghijklmnopqrstuvwxyz012345", "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"};
const Credentials kRestarted{"543210zyxwvutsrqponmlkjihgfedcba", "543210ZYXWVUTSRQPONMLKJIHGFEDCBA"};
constexpr Instant kStart{1'000'000s};

Tuple tuple(std::uint16_t port, Protocol protocol = Protocol::kUdp) {
  return {{IpAddress::v4(0xc0000207), port}, protocol, 0};
}

// What a browser puts into a check; tests change one thing at a time.
struct Check {
  Credentials to = kLocal;
  StunTransactionId transaction{1, 2, 3};
  StunClass message_class = StunClass::kRequest;
  std::uint16_t method = wire::kStunBinding;
  std::string username_suffix = ":wxyz";
  bool has_username = true;
  bool has_integrity = true;
  bool has_fingerprint = true;
  bool use_candidate = false;
  bool says_controlled = false;
  std::optional<std::uint32_t> nomination{};
  std::optional<std::uint16_t> unknown{};
};

Bytes bytes_of(const Check& check) {
  Bytes out(600);
  StunWriter writer(out, check.message_class, check.transaction, check.method);
  if (check.has_username) writer.text(StunAttribute::kUsername, check.to.ufrag + check.username_suffix);
  writer.u32(StunAttribute::kPriority, 1853817087);
  writer.u64(check.says_controlled ? StunAttribute::kIceControlled : StunAttribute::kIceControlling, 42);
  if (check.use_candidate) writer.flag(StunAttribute::kUseCandidate);
  if (check.nomination) writer.u32(StunAttribute::kNomination, *check.nomination);
  if (check.unknown) writer.flag(StunAttribute{*check.unknown});
  if (check.has_integrity) writer.message_integrity(check.to.password);
  if (check.has_fingerprint) writer.fingerprint();
  out.resize(writer.finish());
  return out;
}

struct Answer {
  Outcome outcome;
  Bytes bytes;
  std::optional<StunMessage> message() const {
    const auto parsed = wire::parse_stun(bytes);
    return parsed ? std::optional(*parsed) : std::nullopt;
  }
};

class IceAgent : public ::testing::Test {
 protected:
  Answer receive(const Bytes& stun, const Tuple& from = tuple(1)) {
    Answer answer{{}, Bytes(1500)};
    answer.outcome = agent_.receive(now_, from, stun, answer.bytes);
    answer.bytes.resize(answer.outcome.reply_bytes);
    return answer;
  }
  Outcome check(const Tuple& from, Check check = {}) {
    check.transaction[0] = made_++;
    return receive(bytes_of(check), from).outcome;
  }
  Outcome nominate(const Tuple& from) { return check(from, {.use_candidate = true}); }
  Outcome renominate(const Tuple& from, std::uint32_t value) { return check(from, {.nomination = value}); }
  void expect_untouched() {
    EXPECT_EQ(agent_.state(), State::kNew);
    EXPECT_EQ(agent_.selected(), nullptr);
    EXPECT_FALSE(agent_.validated(tuple(1)));
    EXPECT_EQ(agent_.deadline(), kNever);
  }

  Instant now_ = kStart;
  std::uint8_t made_ = 0;
  Agent agent_{kLocal};
};

// ---- checks that are answered ----

TEST_F(IceAgent, AnswersACheckWithTheAddressItCameFromAndSignsIt) {
  const Answer answer = receive(bytes_of({}), tuple(5000));
  const auto message = answer.message();
  ASSERT_TRUE(message);
  EXPECT_EQ(message->message_class, StunClass::kSuccess);
  EXPECT_EQ(message->transaction, (StunTransactionId{1, 2, 3}));
  EXPECT_EQ(message->xor_mapped_address, tuple(5000).remote);
  EXPECT_TRUE(wire::integrity_holds(answer.bytes, *message, kLocal.password));
  EXPECT_TRUE(wire::fingerprint_holds(answer.bytes, *message));
}

TEST_F(IceAgent, TakesTheSampleRequestOfRfc5769ForARoleConflict) {
  // The sample's sender says that it is controlled, and so are we.
  const Bytes sample = {0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
                        0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x10, 0x53, 0x54, 0x55, 0x4e, 0x20, 0x74, 0x65, 0x73,
                        0x74, 0x20, 0x63, 0x6c, 0x69, 0x65, 0x6e, 0x74, 0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff,
                        0x80, 0x29, 0x00, 0x08, 0x93, 0x2f, 0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36, 0x00, 0x06, 0x00, 0x09,
                        0x65, 0x76, 0x74, 0x6a, 0x3a, 0x68, 0x36, 0x76, 0x59, 0x20, 0x20, 0x20, 0x00, 0x08, 0x00, 0x14,
                        0x9a, 0xea, 0xa7, 0x0c, 0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e, 0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49,
                        0xc1, 0xb5, 0x71, 0xa2, 0x80, 0x28, 0x00, 0x04, 0xe5, 0x7a, 0x3b, 0xcf};
  Agent agent({"evtj", "VOkJxbRl1RmTxUk/WvJxBt"});
  Bytes out(1500);
  EXPECT_EQ(agent.receive(now_, tuple(1), sample, out).drop, Drop::kRoleConflict);
}

TEST_F(IceAgent, SendsOnTheFirstValidatedTupleUntilTheClientNominates) {
  EXPECT_EQ(check(tuple(1)).change, Change::kSelected);
  EXPECT_EQ(agent_.state(), State::kConnected);
  EXPECT_EQ(check(tuple(2)).change, Change::kNone);
  EXPECT_EQ(*agent_.selected(), tuple(1));
  EXPECT_EQ(nominate(tuple(2)).change, Change::kSelected);
  EXPECT_EQ(*agent_.selected(), tuple(2));
  EXPECT_EQ(agent_.state(), State::kCompleted);
}

TEST_F(IceAgent, NominationOfTheProvisionalTupleChangesTheStateOnly) {
  check(tuple(1));
  EXPECT_EQ(nominate(tuple(1)).change, Change::kState);
  EXPECT_EQ(nominate(tuple(1)).change, Change::kNone);
}

TEST_F(IceAgent, TheLatestUseCandidateWins) {
  nominate(tuple(1));
  nominate(tuple(2));
  EXPECT_EQ(nominate(tuple(1)).change, Change::kSelected);
  EXPECT_EQ(*agent_.selected(), tuple(1));
}

// Firefox nominates over UDP and TCP at once, and sends over UDP.
TEST_F(IceAgent, SendsWhereItsPeerSendsFromWhateverWasNominatedLast) {
  nominate(tuple(1));
  nominate(tuple(2, Protocol::kTcp));
  agent_.follow(now_, tuple(1));
  EXPECT_EQ(*agent_.selected(), tuple(1));
  EXPECT_EQ(nominate(tuple(2, Protocol::kTcp)).change, Change::kSelected);
}

// Firefox behind a firewall that lets its checks over UDP out and our answers not in.
TEST_F(IceAgent, ACheckThatIsSentAgainNominatesNothing) {
  const Bytes over_udp = bytes_of({.use_candidate = true});
  const Bytes over_udp_too = bytes_of({.transaction = {4}, .use_candidate = true});
  for (const Bytes& stun : {over_udp, over_udp_too}) receive(stun, tuple(1));
  nominate(tuple(2, Protocol::kTcp));
  for (const Bytes& stun : {over_udp, over_udp_too}) {
    const Answer answer = receive(stun, tuple(1));
    EXPECT_EQ(answer.outcome.change, Change::kNone);
    EXPECT_TRUE(answer.message()) << "it is answered all the same";
  }
  EXPECT_EQ(*agent_.selected(), tuple(2, Protocol::kTcp));
  EXPECT_EQ(receive(over_udp, tuple(3)).outcome.change, Change::kSelected) << "it has got through a new binding";
  for (std::size_t i = 0; i < 2 * kRememberedChecks; ++i) nominate(tuple(1));
  EXPECT_EQ(*agent_.selected(), tuple(1));
}

TEST_F(IceAgent, FollowsNobodyToATupleThatIsNotValidated) {
  agent_.follow(now_, tuple(1));
  EXPECT_EQ(agent_.selected(), nullptr);
  nominate(tuple(1));
  agent_.follow(now_, tuple(2));
  EXPECT_EQ(*agent_.selected(), tuple(1));
}

TEST_F(IceAgent, SendsMediaForTenSecondsInAllToTuplesOverWhichItsPeerWasNotHeard) {
  nominate(tuple(1));
  agent_.hear(now_, tuple(1));
  nominate(tuple(2));
  now_ += 5s;
  agent_.hear(now_, tuple(1));  // was under way
  EXPECT_EQ(*agent_.media_target(now_), tuple(2));
  now_ += 5s;
  EXPECT_EQ(agent_.media_target(now_), nullptr);
  EXPECT_EQ(*agent_.selected(), tuple(2));
  nominate(tuple(1));
  EXPECT_EQ(*agent_.media_target(now_), tuple(1));
  nominate(tuple(3));
  EXPECT_EQ(agent_.media_target(now_), nullptr);
  agent_.hear(now_, tuple(3));
  EXPECT_EQ(*agent_.media_target(now_), tuple(3));
  nominate(tuple(2));
  EXPECT_EQ(*agent_.media_target(now_), tuple(2)) << "another time";
}

TEST_F(IceAgent, PrefersNoProtocolByItself) {
  nominate(tuple(1, Protocol::kTcp));
  check(tuple(1, Protocol::kUdp));
  EXPECT_EQ(*agent_.selected(), tuple(1, Protocol::kTcp));
  nominate(tuple(1, Protocol::kUdp));
  EXPECT_EQ(*agent_.selected(), tuple(1, Protocol::kUdp));
}

// ---- renomination ----

TEST_F(IceAgent, TheHighestNominationWinsInWhateverOrderTheyCome) {
  EXPECT_EQ(renominate(tuple(1), 1).change, Change::kSelected);
  EXPECT_EQ(renominate(tuple(3), 3).change, Change::kSelected);
  EXPECT_EQ(renominate(tuple(2), 2).change, Change::kNone) << "it was overtaken";
  EXPECT_EQ(*agent_.selected(), tuple(3));
  EXPECT_EQ(renominate(tuple(2), 3).change, Change::kNone) << "the same number nominates nothing new";
  EXPECT_EQ(renominate(tuple(1), 4).change, Change::kSelected);
  EXPECT_TRUE(agent_.validated(tuple(2))) << "it lost, but it was checked";
}

TEST_F(IceAgent, ARepeatedNominationRenewsConsentOnly) {
  renominate(tuple(1), 7);
  now_ += 5s;
  EXPECT_EQ(renominate(tuple(1), 7).change, Change::kNone);
  EXPECT_EQ(agent_.deadline(), now_ + 30s);
}

// ---- what is not authenticated ----

TEST_F(IceAgent, DropsAWrongPasswordInSilence) {
  const Answer answer = receive(bytes_of({.to = {kLocal.ufrag, "guess"}}));
  EXPECT_EQ(answer.outcome.drop, Drop::kIntegrity);
  EXPECT_EQ(answer.outcome.reply_bytes, 0U);
  expect_untouched();
}

TEST_F(IceAgent, AnswersAStrangeUsernameWith401InNoMoreBytesThanCame) {
  const Bytes stun = bytes_of({.to = {"stranger", kLocal.password}});
  const Answer answer = receive(stun);
  EXPECT_EQ(answer.outcome.drop, Drop::kUsername);
  ASSERT_TRUE(answer.message());
  EXPECT_EQ(answer.message()->error_code, 401);
  EXPECT_EQ(answer.message()->integrity_offset, 0) << "there is no key that both know";
  EXPECT_LE(answer.bytes.size(), stun.size());
  expect_untouched();
}

TEST_F(IceAgent, TakesNoUsernameThatMerelyBeginsLikeItsOwn) {
  for (const char* suffix : {"", "x:wxyz", "wxyz"}) {
    EXPECT_EQ(check(tuple(1), {.username_suffix = suffix}).drop, Drop::kUsername) << suffix;
  }
  EXPECT_EQ(check(tuple(1), {.to = {"abc", kLocal.password}}).drop, Drop::kUsername);
  expect_untouched();
}

TEST_F(IceAgent, AnswersAMissingCredentialWith400) {
  for (const Check& missing : {Check{.has_username = false}, Check{.has_integrity = false}}) {
    const Answer answer = receive(bytes_of(missing));
    EXPECT_EQ(answer.outcome.drop, Drop::kNoCredentials);
    ASSERT_TRUE(answer.message());
    EXPECT_EQ(answer.message()->error_code, 400);
    expect_untouched();
  }
}

TEST_F(IceAgent, IsNoAmplifier) {
  // The smallest request that has a fingerprint is smaller than any refusal.
  Bytes stun(100);
  StunWriter writer(stun, StunClass::kRequest, {});
  writer.fingerprint();
  stun.resize(writer.finish());
  const Answer answer = receive(stun);
  EXPECT_EQ(answer.outcome.drop, Drop::kNoCredentials);
  EXPECT_EQ(answer.outcome.reply_bytes, 0U);
}

TEST_F(IceAgent, DropsIndicationsAndResponsesWithoutAnAnswer) {
  for (const StunClass c : {StunClass::kIndication, StunClass::kSuccess, StunClass::kError}) {
    const Answer answer = receive(bytes_of({.message_class = c}));
    EXPECT_EQ(answer.outcome.drop, Drop::kNotRequest);
    EXPECT_EQ(answer.outcome.reply_bytes, 0U);
  }
  expect_untouched();
}

TEST_F(IceAgent, KnowsNoMethodButBinding) {
  EXPECT_EQ(check(tuple(1), {.method = 3}).drop, Drop::kMethod);
  expect_untouched();
}

TEST_F(IceAgent, WantsAFingerprint) {
  EXPECT_EQ(check(tuple(1), {.has_fingerprint = false}).drop, Drop::kFingerprint);
  expect_untouched();
}

TEST_F(IceAgent, NoDamagedCheckValidatesAnything) {
  const Bytes stun = bytes_of({});
  for (std::size_t at = 0; at < stun.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes damaged = stun;
      damaged[at] = static_cast<std::uint8_t>(damaged[at] ^ 1 << bit);
      const Answer answer = receive(damaged);
      ASSERT_TRUE(answer.outcome.drop) << at;
      ASSERT_LE(answer.outcome.reply_bytes, stun.size());
    }
    ASSERT_TRUE(receive({stun.begin(), stun.begin() + static_cast<std::ptrdiff_t>(at)}).outcome.drop);
  }
  expect_untouched();
}

TEST_F(IceAgent, AFloodOfStrangersLeavesNoState) {
  check(tuple(1));
  for (std::uint16_t port = 2; port < 2000; ++port) {
    check(tuple(port), {.to = {kLocal.ufrag, "guess"}});
    check(tuple(port), {.to = {"stranger", kLocal.password}});
    ASSERT_FALSE(agent_.validated(tuple(port)));
  }
  EXPECT_TRUE(agent_.validated(tuple(1)));
  EXPECT_EQ(*agent_.selected(), tuple(1));
}

// ---- authenticated, and refused ----

TEST_F(IceAgent, AnswersAControlledPeerWith487) {
  const Answer answer = receive(bytes_of({.says_controlled = true}));
  EXPECT_EQ(answer.outcome.drop, Drop::kRoleConflict);
  EXPECT_EQ(answer.message()->error_code, 487);
  EXPECT_TRUE(wire::integrity_holds(answer.bytes, *answer.message(), kLocal.password));
  expect_untouched();
}

TEST_F(IceAgent, AnswersAnUnknownDemandWith420) {
  const Answer answer = receive(bytes_of({.unknown = 0x7777}));
  EXPECT_EQ(answer.outcome.drop, Drop::kUnknownAttribute);
  EXPECT_EQ(answer.message()->error_code, 420);
  const Bytes listed = {0x00, 0x0a, 0x00, 0x02, 0x77, 0x77};
  EXPECT_FALSE(std::ranges::search(answer.bytes, listed).empty());
  expect_untouched();
}

TEST_F(IceAgent, IgnoresAnUnknownAttributeThatDemandsNothing) {
  EXPECT_FALSE(check(tuple(1), {.unknown = 0xc057}).drop);
}

TEST_F(IceAgent, ValidatesNothingThatItCanNotAnswer) {
  const Bytes stun = bytes_of({});
  for (std::size_t room = 0; room < 64; ++room) {
    Bytes out(room);
    const Outcome outcome = agent_.receive(now_, tuple(1), stun, out);
    EXPECT_EQ(outcome.drop, Drop::kNoRoom) << room;
    EXPECT_EQ(outcome.reply_bytes, 0U);
  }
  expect_untouched();
}

// ---- tuples ----

TEST_F(IceAgent, ComparesTuplesWhole) {
  const Tuple known{{IpAddress::v4(0xc0000207), 5000}, Protocol::kUdp, 1};
  check(known);
  Tuple other = known;
  other.remote.port = 5001;
  EXPECT_FALSE(agent_.validated(other));
  other = known;
  other.remote.ip = IpAddress::v4(0xc0000208);
  EXPECT_FALSE(agent_.validated(other));
  other = known;
  other.protocol = Protocol::kTcp;
  EXPECT_FALSE(agent_.validated(other));
  other = known;
  other.socket = 2;
  EXPECT_FALSE(agent_.validated(other));
  EXPECT_TRUE(agent_.validated(known));
}

TEST_F(IceAgent, TheNinthTupleTakesThePlaceOfTheOneCheckedLongestAgo) {
  nominate(tuple(1));
  for (std::uint16_t port = 2; port <= 8; ++port) {
    now_ += 1s;
    check(tuple(port));
    EXPECT_TRUE(agent_.forgotten().empty());
  }
  now_ += 1s;
  check(tuple(2));
  check(tuple(9));
  ASSERT_EQ(agent_.forgotten().size(), 1U);
  EXPECT_EQ(agent_.forgotten()[0], tuple(3)) << "1 is selected, and 2 was checked again";
  EXPECT_FALSE(agent_.validated(tuple(3)));
  EXPECT_TRUE(agent_.validated(tuple(1)));
  EXPECT_TRUE(agent_.validated(tuple(9)));
  EXPECT_EQ(*agent_.selected(), tuple(1));
}

TEST_F(IceAgent, AuthenticatedFloodsNeverTouchTheSelectedTuple) {
  nominate(tuple(1));
  for (std::uint16_t port = 2; port < 500; ++port) {
    now_ += 1ms;
    check(tuple(port));
    ASSERT_TRUE(agent_.validated(tuple(port)));
    ASSERT_EQ(*agent_.selected(), tuple(1));
  }
}

// ---- consent ----

TEST_F(IceAgent, ConsentEndsThirtySecondsAfterTheLastCheck) {
  nominate(tuple(1));
  now_ += 10s;
  check(tuple(1));
  EXPECT_EQ(agent_.deadline(), kStart + 40s);
  EXPECT_EQ(agent_.expire(kStart + 40s - 1ns), Change::kNone);
  EXPECT_TRUE(agent_.validated(tuple(1)));
  EXPECT_EQ(agent_.expire(kStart + 40s), Change::kDisconnected);
  EXPECT_EQ(agent_.state(), State::kDisconnected);
  EXPECT_EQ(agent_.selected(), nullptr);
  EXPECT_FALSE(agent_.validated(tuple(1)));
  EXPECT_EQ(agent_.forgotten()[0], tuple(1));
  EXPECT_EQ(agent_.deadline(), kNever);
  EXPECT_EQ(agent_.expire(kStart + 50s), Change::kNone);
}

TEST_F(IceAgent, ItsTimeoutIsConfigurable) {
  Agent agent(kLocal, {.consent_timeout = 5s});
  Bytes out(1500);
  agent.receive(now_, tuple(1), bytes_of({}), out);
  EXPECT_EQ(agent.deadline(), now_ + 5s);
}

TEST_F(IceAgent, TheFreshestOtherTupleTakesOverWhenTheNominatedOneGoesSilent) {
  nominate(tuple(1));
  now_ += 10s;
  check(tuple(2));
  now_ += 1s;
  check(tuple(3));
  EXPECT_EQ(agent_.expire(kStart + 30s), Change::kSelected);
  EXPECT_EQ(*agent_.selected(), tuple(3));
  EXPECT_EQ(agent_.state(), State::kConnected);
}

TEST_F(IceAgent, AnUnselectedTupleLeavesQuietly) {
  check(tuple(2));
  nominate(tuple(1));
  now_ += 10s;
  nominate(tuple(1));
  EXPECT_EQ(agent_.expire(kStart + 30s), Change::kNone);
  EXPECT_EQ(agent_.forgotten()[0], tuple(2));
  EXPECT_EQ(agent_.state(), State::kCompleted);
}

TEST_F(IceAgent, ACheckRevivesALostPath) {
  renominate(tuple(1), 5);
  agent_.expire(kStart + 30s);
  now_ = kStart + 31s;
  EXPECT_EQ(check(tuple(1)).change, Change::kSelected);
  EXPECT_EQ(agent_.state(), State::kConnected);
  EXPECT_EQ(renominate(tuple(2), 5).change, Change::kSelected) << "the old number went with its tuple";
}

TEST_F(IceAgent, NeitherRefusedNorForgedMessagesRenewConsent) {
  nominate(tuple(1));
  now_ += 29s;
  check(tuple(1), {.to = {kLocal.ufrag, "guess"}});
  check(tuple(1), {.says_controlled = true});
  check(tuple(1), {.message_class = StunClass::kIndication});
  EXPECT_EQ(agent_.expire(kStart + 30s), Change::kDisconnected);
}

// ---- restart ----

TEST_F(IceAgent, AfterARestartMediaFlowsOnTheOldTupleUntilTheFirstNewCheck) {
  nominate(tuple(1));
  agent_.restart(kRestarted);
  EXPECT_EQ(agent_.local().ufrag, kRestarted.ufrag);
  EXPECT_EQ(*agent_.selected(), tuple(1));
  EXPECT_TRUE(agent_.validated(tuple(1)));

  const Outcome outcome = check(tuple(2), {.to = kRestarted});
  EXPECT_EQ(outcome.change, Change::kSelected);
  EXPECT_EQ(*agent_.selected(), tuple(2));
  EXPECT_EQ(agent_.state(), State::kConnected) << "the peer nominates anew";
  EXPECT_TRUE(agent_.validated(tuple(1))) << "what is on its way is still taken";
}

TEST_F(IceAgent, TheOldCredentialsCountUntilTheNewOnesAreUsed) {
  renominate(tuple(1), 100);
  agent_.restart(kRestarted);
  now_ += 10s;
  EXPECT_EQ(check(tuple(1)).drop, std::nullopt) << "the peer has not heard of the restart yet";
  EXPECT_EQ(renominate(tuple(2), 101).change, Change::kSelected);
  EXPECT_EQ(check(tuple(3)).change, Change::kNone);
  EXPECT_EQ(*agent_.selected(), tuple(2));
  EXPECT_EQ(agent_.deadline(), now_ + 30s) << "they renew consent too";
  EXPECT_EQ(check(tuple(1), {.to = {kRestarted.ufrag, kLocal.password}}).drop, Drop::kIntegrity);
  EXPECT_TRUE(agent_.former()) << "what failed is no use";

  EXPECT_EQ(check(tuple(1), {.to = kRestarted}).change, Change::kSelected);
  EXPECT_EQ(nominate(tuple(2)).drop, Drop::kUsername);
  EXPECT_EQ(agent_.expire(now_ + 30s), Change::kDisconnected);
}

TEST_F(IceAgent, ARestartThatNobodyFollowedIsReplacedByTheNext) {
  nominate(tuple(1));
  agent_.restart(kRestarted);
  const Credentials third{"thirdufrag", "a third password"};
  agent_.restart(third);
  EXPECT_EQ(check(tuple(1), {.to = kRestarted}).drop, Drop::kUsername);
  EXPECT_EQ(check(tuple(1)).drop, std::nullopt);
  EXPECT_EQ(check(tuple(1), {.to = third}).drop, std::nullopt);
  EXPECT_EQ(check(tuple(1)).drop, Drop::kUsername);
}

TEST_F(IceAgent, ARestartOnTheSameTupleKeepsIt) {
  nominate(tuple(1));
  agent_.restart(kRestarted);
  EXPECT_EQ(check(tuple(1), {.to = kRestarted}).change, Change::kState);
  EXPECT_EQ(check(tuple(1), {.to = kRestarted, .use_candidate = true}).change, Change::kState);
  EXPECT_EQ(agent_.state(), State::kCompleted);
}

TEST_F(IceAgent, ARestartBeginsCountingNominationsAnew) {
  renominate(tuple(1), 100);
  agent_.restart(kRestarted);
  EXPECT_EQ(check(tuple(2), {.to = kRestarted, .nomination = 1}).change, Change::kSelected);
  EXPECT_EQ(*agent_.selected(), tuple(2));
}

TEST_F(IceAgent, TwoRestartsAreNotTakenForNone) {
  nominate(tuple(1));
  agent_.restart(kRestarted);
  agent_.restart(kLocal);
  EXPECT_EQ(check(tuple(2)).change, Change::kSelected);
  EXPECT_EQ(agent_.state(), State::kConnected);
}

}  // namespace
}  // namespace consomme::ice
