// Two of our sessions over a network that loses, repeats and reorders, in virtual time.
#include "sfu/dtls/testing.h"

namespace consomme::dtls::testing {
namespace {

TEST(Handshake, TakesTwoRoundTripsAndGivesBothTheSameKeys) {
  Pair pair(perfect());
  pair.start();
  pair.run();
  ASSERT_TRUE(pair.both_connected_at);
  EXPECT_EQ(*pair.both_connected_at - kStart, 80ms) << "no round trip for a cookie";
  expect_same_keys(pair.client, pair.server);
  EXPECT_EQ(pair.client.keys()->profile, 0x0007) << "AEAD_AES_128_GCM comes first";
  EXPECT_EQ(pair.client.keys()->key_bytes, 16u);
  EXPECT_EQ(pair.client.keys()->salt_bytes, 12u);
  EXPECT_EQ(pair.client.deadline(), kNever);
  EXPECT_EQ(pair.server.deadline(), kNever);
  EXPECT_EQ(pair.client.round_trip(), 40ms);
  EXPECT_EQ(pair.server.round_trip(), 40ms);
}

TEST(Handshake, SendsNoDatagramAboveTheMtu) {
  Pair pair(perfect());
  pair.start();
  pair.run();
  for (const auto& [from, datagrams] : pair.sent)
    for (const Bytes& datagram : datagrams) EXPECT_LE(datagram.size(), kMtuBytes);
}

struct LostFlight {
  Role from;
  std::size_t burst;
};

class LosingOneFlight : public ::testing::TestWithParam<LostFlight> {};
INSTANTIATE_TEST_SUITE_P(Each, LosingOneFlight,
                         ::testing::Values(LostFlight{Role::kClient, 0},    // ClientHello
                                           LostFlight{Role::kServer, 0},    // ServerHello .. ServerHelloDone
                                           LostFlight{Role::kClient, 1},    // Certificate .. Finished
                                           LostFlight{Role::kServer, 1}));  // ChangeCipherSpec, Finished

TEST_P(LosingOneFlight, CostsOneTimeout) {
  Pair pair(losing(GetParam().from, {GetParam().burst}));
  pair.start();
  pair.run();
  ASSERT_TRUE(pair.both_connected_at);
  EXPECT_GE(*pair.both_connected_at - kStart, Outbox::kFirstTimeout);
  EXPECT_LE(*pair.both_connected_at - kStart, Outbox::kFirstTimeout + 140ms);
  for (const Session* const session : {&pair.client, &pair.server})
    EXPECT_EQ(session->round_trip().value_or(40ms), 40ms) << "a flight that was repeated measures nothing";
  expect_same_keys(pair.client, pair.server);
}

TEST(Handshake, LosingThreeFlightsInARowDoublesTheTimeout) {
  Pair pair(losing(Role::kClient, {0, 1, 2}));
  pair.start();
  pair.run();
  ASSERT_TRUE(pair.both_connected_at);
  EXPECT_EQ(*pair.both_connected_at - kStart, 400ms + 800ms + 1600ms + 80ms);
  EXPECT_EQ(pair.client.counters().retransmitted_flights, 3u);
}

TEST(Handshake, GivesUpOnASilentPeer) {
  Pair pair([](const Sent&) { return std::vector<Duration>{}; });
  pair.start();
  pair.run();
  EXPECT_EQ(pair.client.state(), State::kFailed);
  EXPECT_EQ(pair.client.failure(), Failure::kTimeout);
  EXPECT_EQ(pair.now - kStart, 400ms * 127) << "seven waits, doubling";
  EXPECT_EQ(pair.sent[Role::kClient].size(), 1 + Outbox::kRetransmissions);
  EXPECT_EQ(pair.client.deadline(), kNever);
  EXPECT_EQ(pair.server.state(), State::kHandshaking) << "a server that heard nothing waits without a timer";
}

TEST(Handshake, NumbersRetransmittedRecordsAnew) {
  Pair pair([](const Sent&) { return std::vector<Duration>{}; });
  pair.start();
  pair.run();
  std::vector<std::uint64_t> numbers;
  for (const Bytes& datagram : pair.sent[Role::kClient]) numbers.push_back(load_be<6>(datagram.data() + 5));
  EXPECT_TRUE(std::ranges::is_sorted(numbers) && std::ranges::adjacent_find(numbers) == numbers.end())
      << "a peer's replay protection would drop them";
}

class Chaos : public ::testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, Chaos, ::testing::Range<std::uint64_t>(1, 41));

TEST_P(Chaos, OfLossReorderingAndDuplicatesEndsInTheSameKeys) {
  Rng rng(GetParam());
  Pair pair([&](const Sent&) {
    std::vector<Duration> arrivals;
    for (int copy = rng.chance(0.2) ? 2 : 1; copy > 0; --copy)
      if (!rng.chance(0.25)) arrivals.push_back(std::chrono::milliseconds(5 + rng.below(200)));
    return arrivals;
  });
  pair.start();
  pair.run();
  ASSERT_TRUE(pair.both_connected_at) << name(pair.client.state()) << " " << name(pair.server.state());
  expect_same_keys(pair.client, pair.server);
}

TEST(Handshake, RunsTheSameWayEveryTime) {
  const auto run_once = [] {
    Rng rng(5);
    Pair pair([&](const Sent&) {
      return rng.chance(0.4) ? std::vector<Duration>{}
                             : std::vector<Duration>{std::chrono::milliseconds(1 + rng.below(90))};
    });
    pair.start();
    pair.run();
    return std::tuple(pair.both_connected_at, pair.sent[Role::kClient].size(), pair.sent[Role::kServer].size());
  };
  EXPECT_EQ(run_once(), run_once()) << "no clock but ours decides";
}

}  // namespace
}  // namespace consomme::dtls::testing
