#include "sfu/media/packet.h"

#include "sfu/media/test_packets.h"

namespace consomme::media {
namespace {

using namespace test;

TEST(PacketPool, IsBoundedAndCountsRefusals) {
  PacketPool pool(300);
  std::vector<PacketBuilder> builders;
  for (int i = 0; i < 300; ++i) builders.push_back(pool.acquire());
  EXPECT_TRUE(builders.back());
  EXPECT_FALSE(pool.acquire());
  EXPECT_EQ(pool.refused(), 1U);
  EXPECT_EQ(pool.in_use(), 300U);
  builders.pop_back();
  EXPECT_TRUE(pool.acquire());
}

TEST(PacketPool, AllocatesInStepsAndReusesTheWarmestSlot) {
  PacketPool pool(10'000);
  EXPECT_EQ(pool.allocated(), 0U);
  const Packet* first = nullptr;
  {
    PacketBuilder builder = pool.acquire();
    first = &*builder;
  }
  EXPECT_EQ(pool.allocated(), 256U);
  PacketBuilder again = pool.acquire();
  EXPECT_EQ(&*again, first);
}

TEST(PacketPool, IsScarceWhenASixteenthIsLeft) {
  PacketPool pool(320);
  std::vector<PacketBuilder> builders;
  for (int i = 0; i < 300; ++i) builders.push_back(pool.acquire());
  EXPECT_FALSE(pool.is_scarce());
  builders.push_back(pool.acquire());
  EXPECT_TRUE(pool.is_scarce());
  EXPECT_TRUE(pool.acquire());
}

TEST(PacketPool, GivesBackBlocksThatNobodyHasAPacketOf) {
  PacketPool pool(100'000);
  std::vector<PacketRef> packets;
  for (int i = 0; i < 20'000; ++i) packets.push_back(publish(pool, kStart, i, {}));
  const std::size_t most = pool.allocated();
  packets.resize(10'000);
  for (int i = 0; i < 100; ++i) pool.shrink();
  EXPECT_EQ(pool.allocated(), most) << "they may all be wanted again at once";

  std::vector<PacketRef> kept;
  for (std::size_t i = 0; i < 10'000; i += 1000) kept.push_back(packets[i]);
  packets.clear();
  for (int i = 0; i < 100; ++i) pool.shrink();
  EXPECT_EQ(pool.in_use(), 10U);
  EXPECT_EQ(pool.allocated(), 10 * PacketPool::kBlockPackets) << "one each for those that somebody has";
  for (std::size_t i = 0; i < kept.size(); ++i) EXPECT_EQ(kept[i]->seq, ExtSeqNo(static_cast<std::int64_t>(1000 * i)));
  for (int i = 0; i < 5000; ++i) packets.push_back(publish(pool, kStart, i, {}));
  EXPECT_EQ(pool.in_use(), 5010U);
}

TEST(PacketPool, KeepsTwoBlocksMoreThanItsPacketsTakeTwice) {
  constexpr std::size_t kBlock = PacketPool::kBlockPackets;
  PacketPool pool(100'000);
  std::vector<PacketRef> packets;
  for (std::size_t i = 0; i < 8 * kBlock; ++i) packets.push_back(publish(pool, kStart, 1, {}));
  packets.resize(2 * kBlock);
  EXPECT_TRUE(pool.shrink());
  EXPECT_FALSE(pool.shrink()) << "all of it at once";
  EXPECT_EQ(pool.in_use(), 2 * kBlock);
  EXPECT_EQ(pool.allocated(), 5 * kBlock);
}

TEST(PacketRef, ReturnsTheSlotWithTheLastReference) {
  PacketPool pool(4);
  PacketRef a = publish(pool, kStart, 1, {});
  PacketRef b = a;
  PacketRef c(*a);
  PacketRef moved = std::move(b);
  a.reset();
  c = PacketRef();
  EXPECT_EQ(pool.in_use(), 1U);
  EXPECT_EQ(moved->seq, ExtSeqNo(1));
  moved = PacketRef();
  EXPECT_EQ(pool.in_use(), 0U);
}

TEST(PacketRef, SurvivesAssignmentToItself) {
  PacketPool pool(4);
  PacketRef a = publish(pool, kStart, 1, {});
  a = *&a;
  EXPECT_EQ(pool.in_use(), 1U);
  EXPECT_EQ(a->seq, ExtSeqNo(1));
}

TEST(PacketBuilder, RemembersWhichExtensionsThePacketCarries) {
  PacketPool pool(4);
  wire::ExtensionIds ids;
  ids.set(ExtensionId(3), HeaderExtension::kAudioLevel);
  const PacketRef packet = publish(pool, kStart, 1, {.extension = {0xbe, 0xde, 0, 1, 0x30, 0x85, 0, 0}}, ids);
  EXPECT_EQ(packet->carried, (ExtensionSet{HeaderExtension::kAudioLevel}));
  ASSERT_EQ(packet->extension(HeaderExtension::kAudioLevel).size(), 1U);
  EXPECT_EQ(packet->extension(HeaderExtension::kAudioLevel)[0], 0x85);
  EXPECT_TRUE(packet->extension(HeaderExtension::kMid).empty());
}

TEST(Packet, KeepsItsWordsInTwoCacheLinesAndAThirdForAv1) {
  EXPECT_EQ(alignof(Packet), 64U);
  EXPECT_LE(sizeof(PacketWords) - sizeof(PacketDependencies), 128U);
  EXPECT_EQ(sizeof(Packet), 192U);
}

TEST(Loan, KeepsThePacketInItsPoolUntilItIsTakenBack) {
  PacketPool pool(4);
  PacketRef packet = publish(pool, kStart, 1, {});
  const Loan first = pool.lend(*packet);
  const Loan second = pool.lend(*packet);
  packet.reset();
  EXPECT_EQ(pool.lent(), 2U);
  pool.take_back(first);
  EXPECT_EQ(pool.in_use(), 1U);
  EXPECT_EQ(second.packet->seq, ExtSeqNo(1));
  pool.take_back(second);
  EXPECT_EQ(pool.in_use(), 0U);
  EXPECT_EQ(pool.lent(), 0U);
}

TEST(Loan, MayOutliveItsPoolSinceNobodyReadsItAnyMore) {
  PacketPool pool(4);
  pool.lend(*publish(pool, kStart, 1, {}));
  EXPECT_EQ(pool.in_use(), 1U);
}

TEST(LoanDeathTest, GoesBackToItsLenderOnly) {
  PacketPool pool(4);
  PacketPool other(4);
  const PacketRef packet = publish(pool, kStart, 1, {});
  EXPECT_DEATH(other.take_back({&*packet}), "a loan goes back to its lender");
}

}  // namespace
}  // namespace consomme::media
