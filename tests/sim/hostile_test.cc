// What strangers, and peers gone mad, throw at a running call: the call goes on, nothing is remembered, all is counted.
#include "sfu/wire/rtcp_feedback.h"
#include "tests/sim/world.h"

namespace consomme::sim {
namespace {

constexpr LinkConfig kNear{.delay = 10ms, .loss = 0};
const Tuple kStranger{{IpAddress::v4(0x0a630001), 6666}, Protocol::kUdp, 0};

struct Running {
  World world;
  Member* alice;
  Member* bob;
  World::Published video;
  World::Consumed seen;

  explicit Running(std::uint64_t seed) : world(seed) {
    alice = &world.join(kNear, kNear);
    bob = &world.join(kNear, kNear);
    video = world.publish(*alice);
    seen = world.consume(*bob, video.producer);
    world.run_for(2s);
  }
  // Media arrives at its full rate, and nothing is missing.
  void expect_unharmed() {
    const auto before = seen.sink->packets();
    world.run_for(1s);
    EXPECT_GE(seen.sink->packets() - before, 110U);
    EXPECT_EQ(seen.sink->missing(), 0U);
    EXPECT_EQ(world.worker().transports(), 2U);
    EXPECT_EQ(world.worker().tuples(), 2U);
  }
  std::uint64_t drops(transport::Drop reason) { return world.worker().drops()[reason]; }
};

std::vector<std::uint8_t> random_bytes(Rng& rng, std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(rng.u32());
  return bytes;
}

TEST(Hostile, RandomDatagramsFromStrangersAreDropped) {
  Running call(31);
  Rng rng(5);
  for (int i = 0; i < 20000; ++i) call.world.inject(kStranger, random_bytes(rng, rng.below(200)));
  EXPECT_GT(call.drops(transport::Drop::kNoTransport), 10000U);
  call.expect_unharmed();
}

TEST(Hostile, RandomDatagramsFromAValidatedAddressAreDropped) {
  Running call(32);
  Rng rng(6);
  for (int i = 0; i < 20000; ++i) {
    auto bytes = random_bytes(rng, 2 + rng.below(200));
    static constexpr std::uint8_t kFirstBytes[] = {0x00, 0x01, 0x14, 0x16, 0x17, 0x3f, 0x80, 0x90, 0xbf};
    bytes[0] = kFirstBytes[rng.below(std::size(kFirstBytes))];
    call.world.inject(call.alice->client->tuple(), bytes);
  }
  EXPECT_GT(call.drops(transport::Drop::kSrtpAuthentication), 1000U);
  call.expect_unharmed();
}

TEST(Hostile, AClientHelloFromAStrangerStartsNothing) {
  World world(33);
  Member& alice = world.join(kNear, kNear);
  // The first flight of a genuine handshake, replayed by a stranger before the owner's checks arrive.
  const std::vector<std::uint8_t> hello = {22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0};
  for (int i = 0; i < 100; ++i) world.inject(kStranger, hello);
  EXPECT_TRUE(world.run_until([&] { return alice.client->connected(); }, 1s));
  EXPECT_EQ(world.worker().drops()[transport::Drop::kNoTransport], 100U);
}

// Records what a client sends, so that it can be thrown back mutated.
std::vector<std::vector<std::uint8_t>> capture(Running& call, int count) {
  std::vector<std::vector<std::uint8_t>> datagrams;
  Client& client = *call.alice->client;
  Instant at = call.world.now();
  while (static_cast<int>(datagrams.size()) < count) {
    at = std::max(at, client.deadline());
    client.expire(at);
    for (auto bytes = client.poll(); !bytes.empty(); bytes = client.poll()) datagrams.push_back(std::move(bytes));
  }
  return datagrams;
}

TEST(Hostile, MutatedTruncatedAndReplayedPacketsOfTheCallItselfAreDropped) {
  Running call(34);
  Rng rng(7);
  const Tuple from = call.alice->client->tuple();
  const auto forwarded_before = call.world.worker().counters().rtp_forwarded;
  const auto datagrams = capture(call, 300);
  for (const auto& datagram : datagrams) {
    for (int round = 0; round < 20; ++round) {
      auto bytes = datagram;
      bytes[rng.below(bytes.size())] ^= static_cast<std::uint8_t>(1 + rng.below(255));
      call.world.inject(from, bytes);
      call.world.inject(kStranger, bytes);
      bytes.resize(rng.below(bytes.size()));
      call.world.inject(from, bytes);
    }
    call.world.inject(from, datagram);  // the genuine one is taken all the same
    call.world.inject(from, datagram);
    call.world.inject(kStranger, datagram);
  }
  EXPECT_GT(call.drops(transport::Drop::kSrtpReplay), 200U);
  EXPECT_GT(call.drops(transport::Drop::kSrtpAuthentication), 2000U);
  EXPECT_GT(call.world.worker().counters().rtp_forwarded, forwarded_before + 250);
  call.world.run_for(1s);
  EXPECT_EQ(call.world.worker().transports(), 2U);
}

TEST(Hostile, AuthenticRtcpOfAnyShapeDoesNoHarm) {
  Running call(35);
  Rng rng(8);
  for (int i = 0; i < 3000; ++i) {
    auto bytes = random_bytes(rng, 8 + 4 * rng.below(60));
    bytes[0] = static_cast<std::uint8_t>(0x80 | rng.below(64));
    bytes[1] = static_cast<std::uint8_t>(192 + rng.below(20));
    if (rng.chance(0.7)) store_be<2>(bytes.data() + 2, bytes.size() / 4 - 1);
    call.bob->client->send_rtcp(bytes);
    call.alice->client->send_rtcp(bytes);
    if (i % 100 == 0) call.world.run_for(5ms);
  }
  call.expect_unharmed();
}

// Of a stream that is forwarded to bob: what reaches him is RTP, or does not reach him.
TEST(Hostile, AuthenticRtpWithAnyByteAnywhereInItsHeaderDoesNoHarm) {
  Running call(39);
  const auto wild = call.world.publish(*call.alice);
  call.world.consume(*call.bob, wild.producer);
  wild.source->stop();
  const auto forwarded = call.world.worker().counters().rtp_forwarded;
  // One CSRC, an extension with a MID and a transport-wide number, a VP8 key frame, three bytes of padding.
  std::vector<std::uint8_t> good = {0xb1, 96, 0,    0,    0,    0,    0,    1,  0,    0, 0, 0, 0, 0,
                                    0,    1,  0xbe, 0xde, 0,    2,    0x10, 49, 0x51, 0, 7, 0, 0, 0,
                                    0x10, 0,  0,    0,    0x9d, 0x01, 0x2a, 0,  0,    0, 0, 3};
  good[1] = wild.source->config().payload_type.value();
  store_be<4>(good.data() + 8, wild.source->config().ssrc.value());
  std::uint16_t seq = 0;
  std::size_t sent = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    const std::size_t at = (i + 4) % good.size();  // the sequence number last, since no other goes behind a large one
    for (int value = 0; value < 256; ++value) {
      auto bytes = good;
      store_be<2>(bytes.data() + 2, ++seq);
      bytes[at] = static_cast<std::uint8_t>(value);
      const Ssrc ssrc(static_cast<std::uint32_t>(load_be<4>(bytes.data() + 8)));
      if (ssrc == call.video.source->config().ssrc) continue;  // her other stream she may spoil
      sent += call.alice->client->send_rtp(bytes) ? 1U : 0U;
    }
    call.world.run_for(10ms);
  }
  EXPECT_GT(sent, 8000U);
  EXPECT_GT(call.world.worker().counters().rtp_forwarded - forwarded, 4000U);
  EXPECT_EQ(call.bob->client->unreadable(), 0U);
  call.expect_unharmed();
}

TEST(Hostile, AFloodOfKeyFrameRequestsReachesTheSourceAtMostTwiceASecond) {
  Running call(36);
  const auto before = call.video.source->key_frame_requests().size();
  for (int i = 0; i < 2000; ++i) {
    std::array<std::uint8_t, 12> bytes;
    ByteWriter writer(bytes);
    wire::write_pli(writer, {Ssrc(1), call.seen.sink->config().ssrc});
    call.bob->client->send_rtcp(writer.written());
    call.world.run_for(5ms);
  }
  EXPECT_LE(call.video.source->key_frame_requests().size() - before, 22U);  // 10 s
  call.expect_unharmed();
}

TEST(Hostile, AFloodOfNacksIsAnsweredWithinTheRateOfTheStream) {
  Running call(37);
  const auto sent_before = call.world.worker().counters().rtp_forwarded;
  std::uint64_t repaired_before = call.seen.sink->duplicates();
  for (int i = 0; i < 1000; ++i) {
    std::array<wire::NackItem, 60> items;
    for (std::size_t k = 0; k < items.size(); ++k)
      items[k] = {SeqNo(static_cast<std::uint16_t>(k * 17 + static_cast<std::size_t>(i) * 1020)), 0xffff};
    std::array<std::uint8_t, 1200> bytes;
    ByteWriter writer(bytes);
    wire::write_nack(writer, Ssrc(1), call.seen.sink->config().ssrc, items);
    call.bob->client->send_rtcp(writer.written());
    call.world.run_for(10ms);
  }
  const auto forwarded = call.world.worker().counters().rtp_forwarded - sent_before;
  EXPECT_LE(call.seen.sink->duplicates() - repaired_before, forwarded + 600);
  call.expect_unharmed();
}

TEST(Hostile, ThePeersOfAnotherCallAreUntouchedByOneThatFloods) {
  Running call(38);
  Member& mallory = call.world.join(kNear, kNear);
  const auto flood = call.world.publish(mallory);
  call.world.run_for(500ms);
  (void)flood;
  Rng rng(9);
  for (int i = 0; i < 50000; ++i) call.world.inject(mallory.client->tuple(), random_bytes(rng, 100));
  const auto before = call.seen.sink->packets();
  call.world.run_for(1s);
  EXPECT_GE(call.seen.sink->packets() - before, 110U);
}

// As fast as they can, to somebody of their own: 50,000 packets in a second.
TEST(Hostile, AFloodOfAuthenticMediaLeavesOtherCallsUntouched) {
  Running call(40);
  Member& mallory = call.world.join(kNear, kNear);
  Member& friend_of_hers = call.world.join(kNear, kNear);
  const auto flood = call.world.publish(mallory);
  call.world.consume(friend_of_hers, flood.producer);
  call.world.run_for(500ms);
  flood.source->stop();
  auto packet = std::vector<std::uint8_t>(1000);
  packet[0] = 0x80;
  packet[1] = flood.source->config().payload_type.value();
  store_be<4>(packet.data() + 8, flood.source->config().ssrc.value());
  const auto before = call.seen.sink->packets();
  std::uint16_t seq = 2000;
  for (int i = 0; i < 100; ++i) {
    for (int k = 0; k < 500; ++k) {
      store_be<2>(packet.data() + 2, ++seq);
      mallory.client->send_rtp(packet);
    }
    call.world.run_for(10ms);
  }
  EXPECT_GE(call.seen.sink->packets() - before, 110U);
  EXPECT_EQ(call.seen.sink->missing(), 0U);
  EXPECT_EQ(call.drops(transport::Drop::kPoolExhausted), 0U);
  EXPECT_LT(call.world.worker().packets_in_use(), 5000U);
}

}  // namespace
}  // namespace consomme::sim
