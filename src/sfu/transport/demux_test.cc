#include "sfu/transport/demux.h"

#include "sfu/transport/testing.h"

namespace consomme::transport {
namespace {

using testing::make_check;
using testing::tuple;

constexpr PathHandle kAlice{1, 0};
constexpr PathHandle kBob{2, 0};
const std::array<std::uint8_t, 3> kRtp = {0x80, 96, 0};

TEST(Demux, FindsMediaByTheValidatedTuple) {
  Demux demux;
  demux.add_tuple(tuple(1), kAlice);
  EXPECT_EQ(demux.find({tuple(1), kRtp}), kAlice);
  EXPECT_EQ(demux.find({tuple(2), kRtp}), std::nullopt);
  EXPECT_EQ(demux.find({tuple(1, Protocol::kTcp), kRtp}), std::nullopt);
}

TEST(Demux, FindsAChecksTransportByItsUfragWhateverTheTuple) {
  Demux demux;
  demux.add_ufrag("alice", kAlice);
  demux.add_ufrag("bob", kBob);
  demux.add_tuple(tuple(1), kAlice);
  EXPECT_EQ(demux.find({tuple(1), make_check({"bob", "secret"})}), kBob);
  EXPECT_EQ(demux.find({tuple(9), make_check({"alice", "secret"})}), kAlice);
  EXPECT_EQ(demux.find({tuple(1), make_check({"ali", "secret"})}), std::nullopt);
  demux.remove_ufrag("bob");
  EXPECT_EQ(demux.find({tuple(1), make_check({"bob", "secret"})}), std::nullopt);
}

TEST(Demux, FindsNothingForStunThatNamesNobody) {
  Demux demux;
  demux.add_ufrag("alice", kAlice);
  demux.add_tuple(tuple(1), kAlice);
  testing::Bytes anonymous(100);
  wire::StunWriter writer(anonymous, wire::StunClass::kIndication, {});
  writer.fingerprint();
  anonymous.resize(writer.finish());
  EXPECT_EQ(demux.find({tuple(1), anonymous}), std::nullopt);
  const std::array<std::uint8_t, 4> torn = {0, 1, 0, 0};
  EXPECT_EQ(demux.find({tuple(1), torn}), std::nullopt);
}

TEST(Demux, GivesATupleToItsNewestOwner) {
  Demux demux;
  EXPECT_TRUE(demux.add_tuple(tuple(1), kAlice));
  EXPECT_FALSE(demux.add_tuple(tuple(1), kAlice)) << "no news";
  EXPECT_TRUE(demux.add_tuple(tuple(1), kBob));
  EXPECT_EQ(demux.find({tuple(1), kRtp}), kBob);
  EXPECT_FALSE(demux.remove_tuple(tuple(1), kAlice)) << "of the former owner, late";
  EXPECT_EQ(demux.find({tuple(1), kRtp}), kBob);
  EXPECT_TRUE(demux.remove_tuple(tuple(1), kBob));
  EXPECT_EQ(demux.tuples(), 0U);
}

// An IPv6 host chooses half of its address, and so can meet the hash of another tuple.
Tuple with_the_hash_of(const Tuple& victim, std::uint16_t port) {
  constexpr std::uint64_t kHalf = 0xbf58476d1ce4e5b9;
  constexpr std::uint64_t kRest = 0x94d049bb133111eb;
  std::uint64_t inverse = kHalf;  // Newton's iteration, modulo 2^64
  for (int i = 0; i < 6; ++i) inverse *= 2 - kHalf * inverse;
  std::array<std::uint64_t, 2> words{};
  std::memcpy(words.data(), victim.remote.ip.v6_bytes().data(), sizeof words);
  const std::uint64_t carried = (words[0] * 0x9e3779b97f4a7c15) >> 29;
  const auto rest = [&](std::uint16_t p) { return (static_cast<std::uint64_t>(p) << 16) * kRest; };
  words[1] = (((words[1] + carried) * kHalf) ^ rest(victim.remote.port) ^ rest(port)) * inverse - carried;
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), words.data(), sizeof bytes);
  return {{IpAddress::v6(bytes), port}, Protocol::kUdp, 0};
}

TEST(Demux, TellsTuplesOfTheSameHashApart) {
  const Tuple victim{{*IpAddress::parse("2001:db8::1"), 5000}, Protocol::kUdp, 0};
  const Tuple twin = with_the_hash_of(victim, 6000);
  ASSERT_EQ(hash_value(twin), hash_value(victim));
  Demux demux;
  demux.add_tuple(victim, kAlice);
  EXPECT_EQ(demux.find({twin, kRtp}), std::nullopt);
  demux.add_tuple(twin, kBob);
  EXPECT_EQ(demux.find({victim, kRtp}), kAlice);
  EXPECT_EQ(demux.find({twin, kRtp}), kBob);
}

}  // namespace
}  // namespace consomme::transport
