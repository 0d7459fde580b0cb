#include "net/rfc4571.h"

#include "base/datagram.h"

namespace consomme::net {
namespace {

using ::testing::ElementsAre;

TEST(Rfc4571, CutsOneFrameAndLeavesTheRest) {
  const std::uint8_t stream[] = {0, 2, 'a', 'b', 0, 1, 'c'};
  const FrameCut cut = cut_frame(stream);
  EXPECT_EQ(cut.state, FrameState::kComplete);
  EXPECT_EQ(as_text(cut.frame), "ab");
  EXPECT_THAT(cut.rest, ElementsAre(0, 1, 'c'));
}

TEST(Rfc4571, EveryPrefixOfAFrameIsIncomplete) {
  const std::vector<std::uint8_t> stream = {0, 3, 'a', 'b', 'c'};
  for (std::size_t length = 0; length < stream.size(); ++length) {
    const ByteView prefix = ByteView(stream).first(length);
    const FrameCut cut = cut_frame(prefix);
    EXPECT_EQ(cut.state, FrameState::kIncomplete) << length;
    EXPECT_EQ(cut.rest.size(), length);
  }
}

TEST(Rfc4571, ANullPacketIsACompleteEmptyFrame) {
  const std::uint8_t stream[] = {0, 0, 9};
  const FrameCut cut = cut_frame(stream);
  EXPECT_EQ(cut.state, FrameState::kComplete);
  EXPECT_TRUE(cut.frame.empty());
  EXPECT_EQ(cut.rest.size(), 1u);
}

TEST(Rfc4571, TheAnnouncedLengthAloneCondemnsAnOversizeFrame) {
  std::uint8_t header[2];
  store_be<2>(header, kMaxDatagramBytes + 1);
  EXPECT_EQ(cut_frame(header).state, FrameState::kOversize);
  store_be<2>(header, kMaxDatagramBytes);
  EXPECT_EQ(cut_frame(header).state, FrameState::kIncomplete);
}

TEST(Rfc4571, WhatIsAppendedIsWhatIsCut) {
  const std::vector<std::uint8_t> frame(kMaxDatagramBytes, 0x5a);
  std::vector<std::uint8_t> stream = {'x'};
  append_frame(stream, frame);
  const FrameCut cut = cut_frame(ByteView(stream).subspan(1));
  ASSERT_EQ(cut.state, FrameState::kComplete);
  EXPECT_TRUE(std::ranges::equal(cut.frame, frame));
  EXPECT_TRUE(cut.rest.empty());
}

}  // namespace
}  // namespace consomme::net
