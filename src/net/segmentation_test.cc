#include "net/segmentation.h"

namespace consomme::net {
namespace {

constexpr SocketAddress kAda{IpAddress::v4(0x0a000001), 5000};
constexpr SocketAddress kBob{IpAddress::v4(0x0a000002), 5000};

// Packets of these sizes, one behind the other in one arena.
class Arena {
 public:
  explicit Arena(const std::vector<std::size_t>& sizes, SocketAddress to = kAda) : bytes_(256 * 1024) {
    std::size_t at = 0;
    for (const std::size_t size : sizes) {
      packets_.push_back({to, ByteView(bytes_).subspan(at, size)});
      at += size;
    }
  }
  std::vector<Packet>& packets() { return packets_; }

 private:
  std::vector<std::uint8_t> bytes_;
  std::vector<Packet> packets_;
};

std::size_t run_of(const std::vector<std::size_t>& sizes) {
  return Segmentation(true).run_length(Arena(sizes).packets());
}

TEST(Segmentation, JoinsEqualSizes) {
  EXPECT_EQ(run_of({100, 100, 100}), 3u);
}

TEST(Segmentation, OnlyTheLastOfARunMayBeShorter) {
  EXPECT_EQ(run_of({100, 100, 40}), 3u);
  EXPECT_EQ(run_of({100, 40, 40}), 2u);
  EXPECT_EQ(run_of({100, 40, 100}), 2u);
}

TEST(Segmentation, ALargerPacketBeginsAnotherRun) {
  EXPECT_EQ(run_of({100, 100, 101, 101}), 2u);
}

TEST(Segmentation, ARunHasAtMostTenSegments) {
  EXPECT_EQ(run_of(std::vector<std::size_t>(25, 100)), kMaxRunSegments);
}

TEST(Segmentation, ARunHasAtMostTwelveKilobytes) {
  EXPECT_EQ(run_of(std::vector<std::size_t>(10, 1228)), 10u);
  EXPECT_EQ(run_of(std::vector<std::size_t>(10, 1229)), 9u);
  EXPECT_EQ(run_of(std::vector<std::size_t>(10, 20'000)), 1u);
}

TEST(Segmentation, AnotherDestinationBeginsAnotherRun) {
  Arena arena({100, 100, 100});
  arena.packets()[2].to = kBob;
  EXPECT_EQ(Segmentation(true).run_length(arena.packets()), 2u);
}

TEST(Segmentation, AGapInMemoryEndsARun) {
  Arena arena({100, 100, 100});
  arena.packets().erase(arena.packets().begin() + 1);
  EXPECT_EQ(Segmentation(true).run_length(arena.packets()), 1u);
}

TEST(Segmentation, AnEmptyDatagramStandsAlone) {
  EXPECT_EQ(run_of({0, 0, 100}), 1u);
  EXPECT_EQ(run_of({100, 0, 100}), 1u);
}

TEST(Segmentation, APeerThatRefusedGetsSinglePacketsAndOthersDoNot) {
  Segmentation segmentation(true);
  segmentation.refused_by(kAda);
  EXPECT_EQ(segmentation.run_length(Arena({100, 100}, kAda).packets()), 1u);
  EXPECT_EQ(segmentation.run_length(Arena({100, 100}, kBob).packets()), 2u);
}

TEST(Segmentation, DisabledMeansSinglePacketsForAll) {
  Segmentation segmentation(true);
  segmentation.disable();
  EXPECT_EQ(segmentation.run_length(Arena({100, 100}).packets()), 1u);
  EXPECT_EQ(Segmentation(false).run_length(Arena({100, 100}).packets()), 1u);
}

}  // namespace
}  // namespace consomme::net
