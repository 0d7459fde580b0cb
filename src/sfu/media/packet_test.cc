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

TEST(Packet, KeepsItsWordsInTwoCacheLines) {
  EXPECT_LE(sizeof(Packet), 128U + kMaxDatagramBytes + 64U);
}

}  // namespace
}  // namespace consomme::media
