// What one worker knows of a stream that another receives.
#include "sfu/media/borrowed_packets.h"
#include "sfu/media/inbound_stream.h"
#include "sfu/media/scalable_source.h"

namespace consomme::media {
namespace {

using namespace test;

class Following : public ::testing::TestWithParam<wire::Codec> {
 protected:
  static InboundConfig config() {
    return {.codec = GetParam(), .clock_rate = 90000, .payload_type = kPt, .ssrc = kSsrc, .key_frames = true};
  }
  void picture() {
    for (const PacketRef& packet : source_.picture(now_, pool_, received_)) {
      const PacketRef here = borrowed_.borrow(0, pool_.lend(*packet));
      followed_.follow(now_, *here);
      if (late_) late_->follow(now_, *here);
    }
    borrowed_.each_ended([this](unsigned, Loan loan) { pool_.take_back(loan); });
    now_ += 33ms;
  }
  void expect_the_same(InboundStream& followed) {
    EXPECT_EQ(followed.bitrate(now_), received_.bitrate(now_));
    EXPECT_EQ(followed.bitrates(now_), received_.bitrates(now_));
    EXPECT_EQ(followed.spatial_layers(now_), received_.spatial_layers(now_));
    EXPECT_EQ(followed.temporal_layers(now_), received_.temporal_layers(now_));
    EXPECT_EQ(followed.frame_gaps().mean(), received_.frame_gaps().mean());
    EXPECT_EQ(followed.active(now_), received_.active(now_));
  }

  Instant now_ = kStart;
  PacketPool pool_{256};
  BorrowedPackets borrowed_{256};
  ScalableSource source_{
      {.codec = GetParam(), .spatial_layers = GetParam() == wire::Codec::kVp8 ? 1 : 3, .temporal_layers = 3}};
  InboundStream received_{config()};
  InboundStream followed_{config()};
  std::optional<InboundStream> late_;
};

TEST_P(Following, KnowsRatesLayersAndActivityAsTheReceiverDoes) {
  for (int i = 0; i < 200; ++i) picture();
  EXPECT_GT(received_.temporal_layers(now_), 1);
  expect_the_same(followed_);
  now_ += InboundStream::kActiveFor;
  EXPECT_FALSE(followed_.active(now_));
}

TEST_P(Following, KnowsThemTooWhereItBeganLate) {
  for (int i = 0; i < 50; ++i) picture();
  late_.emplace(config());
  for (int i = 0; i < 50; ++i) picture();
  source_.make_key_picture();
  for (int i = 0; i < 400; ++i) picture();
  expect_the_same(*late_);
}

TEST_P(Following, AKeyFrameMeetsItsWantToo) {
  picture();
  followed_.request_key_frame(now_);
  picture();
  EXPECT_TRUE(followed_.expire(now_).key_frame);
  source_.make_key_picture();
  picture();
  now_ += 5s;
  EXPECT_FALSE(followed_.expire(now_).key_frame);
}

TEST_P(Following, GoesOnWithASourceThatBeganAnew) {
  for (int i = 0; i < 100; ++i) picture();
  received_.bind(Ssrc(99));
  source_ = ScalableSource({.codec = GetParam(), .seed = 5});
  for (int i = 0; i < 400; ++i) picture();
  expect_the_same(followed_);
}

INSTANTIATE_TEST_SUITE_P(Codecs, Following, ::testing::Values(wire::Codec::kVp8, wire::Codec::kVp9, wire::Codec::kAv1));

}  // namespace
}  // namespace consomme::media
