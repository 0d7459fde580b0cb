// The filters one by one, where the rule of one codec is the subject; what all of them promise is in
// layer_forwarding_test.cc.
#include "sfu/media/layer_filter.h"

#include "sfu/media/dependency_tracker.h"
#include "sfu/media/layer_filter_dependency.h"
#include "sfu/media/outbound_stream.h"
#include "sfu/media/picture_numbering.h"
#include "sfu/media/scalable_source.h"

namespace consomme::media {
namespace {

using namespace test;

class LayerFilterTest : public ::testing::Test {
 protected:
  void use(wire::Codec codec) { filter_.emplace(codec); }
  PacketRef packet(const wire::PayloadInfo& info, std::uint32_t picture, std::int64_t seq = 0) {
    PacketBuilder builder = build(pool_, {.timestamp = picture * 3000});
    builder->seq = ExtSeqNo(seq != 0 ? seq : next_++);
    builder->timestamp = ExtTimestamp(picture * 3000);
    builder->info = info;
    builder->dependencies = {};
    return builder.publish();
  }
  Verdict plan(const wire::PayloadInfo& info, std::uint32_t picture, std::int64_t seq = 0) {
    const PacketRef p = packet(info, picture, seq);
    if (info.key_frame && !started_) {
      started_ = true;
      filter_->start(*p, limit_);
    }
    return filter_->plan(*p, limit_);
  }
  bool forwards(const wire::PayloadInfo& info, std::uint32_t picture, std::int64_t seq = 0) {
    return plan(info, picture, seq).forward;
  }

  PacketPool pool_{64};
  std::optional<LayerFilter> filter_;
  Layer limit_ = kHighestLayer;
  bool started_ = false;
  std::int64_t next_ = 1000;
};

constexpr wire::PayloadInfo vp8(int temporal, bool sync = false) {
  return {.layer_sync = sync, .temporal_layer = static_cast<std::uint8_t>(temporal)};
}
constexpr wire::PayloadInfo kVp8Key{.starts_frame = true, .key_frame = true, .temporal_layer = 0};
wire::PayloadInfo numbered(wire::PayloadInfo info, std::uint16_t id, std::uint8_t tl0) {
  info.numbers = {.head_bytes = 6, .picture_id_offset = 2, .tl0_offset = 4, .tl0_index = tl0, .picture_id = id};
  return info;
}

TEST_F(LayerFilterTest, SoundHasOneLayerAndAllOfItIsForwarded) {
  use(wire::Codec::kOpus);
  limit_ = {};
  EXPECT_TRUE(forwards({.key_frame = true}, 0));
  EXPECT_TRUE(forwards({.temporal_layer = 1}, 1));
  EXPECT_EQ(filter_->current(), Layer{});
  EXPECT_FALSE(filter_->wants_key_frame());
}

TEST_F(LayerFilterTest, Vp8GoesDownAtAnyPictureAndUpWhereOneIsSynchronized) {
  use(wire::Codec::kVp8);
  EXPECT_TRUE(forwards(kVp8Key, 0));
  EXPECT_TRUE(forwards(vp8(2), 1));
  limit_.temporal = 0;
  EXPECT_TRUE(forwards(vp8(2), 1)) << "the rest of a picture that is begun";
  EXPECT_FALSE(forwards(vp8(1), 2));
  EXPECT_TRUE(forwards(vp8(0), 3));
  limit_.temporal = 2;
  EXPECT_FALSE(forwards(vp8(2, true), 4)) << "the layer between has to come first";
  EXPECT_FALSE(forwards(vp8(1), 5));
  EXPECT_TRUE(forwards(vp8(1, true), 6));
  EXPECT_FALSE(forwards(vp8(2), 7));
  EXPECT_TRUE(forwards(vp8(2, true), 8));
  EXPECT_TRUE(forwards(vp8(1), 9));
  EXPECT_EQ(filter_->current(), (Layer{0, 2}));
}

TEST_F(LayerFilterTest, Vp8DecidesALatePacketAsItsTimeDid) {
  use(wire::Codec::kVp8);
  EXPECT_TRUE(forwards(kVp8Key, 0, 100));
  EXPECT_TRUE(forwards(vp8(1), 1, 102));
  limit_.temporal = 0;
  EXPECT_FALSE(forwards(vp8(1), 3, 106));
  EXPECT_TRUE(forwards(vp8(1), 1, 101)) << "of a picture that was taken";
  EXPECT_FALSE(forwards(vp8(1), 3, 105)) << "of one that was not";
  EXPECT_TRUE(forwards(vp8(0), 2, 103)) << "nothing of it was known";
  EXPECT_FALSE(forwards(vp8(0), 9, 99)) << "from before the start";
}

TEST_F(LayerFilterTest, Vp8TakesNothingLateThatRefersToWhatWasLeftOut) {
  use(wire::Codec::kVp8);
  limit_.temporal = 0;
  EXPECT_TRUE(forwards(kVp8Key, 0, 100));
  EXPECT_FALSE(forwards(vp8(1), 1, 101));
  EXPECT_TRUE(forwards(vp8(0), 2, 102));
  limit_.temporal = 1;
  EXPECT_TRUE(forwards(vp8(1, true), 5, 105));
  EXPECT_FALSE(forwards(vp8(1), 3, 103)) << "whatever is forwarded now";
  EXPECT_TRUE(forwards(vp8(0), 4, 104));
}

TEST_F(LayerFilterTest, AsksForAKeyFrameWhenNoSwitchingPointComes) {
  use(wire::Codec::kVp8);
  limit_.temporal = 0;
  EXPECT_TRUE(forwards(kVp8Key, 0));
  limit_.temporal = 1;
  std::uint32_t picture = 1;
  for (; !filter_->wants_key_frame() && picture < 1000; ++picture)
    forwards(vp8(static_cast<int>(picture % 2)), picture);
  EXPECT_NEAR(picture, 120, 3);
  EXPECT_TRUE(forwards(kVp8Key, picture++));
  EXPECT_FALSE(filter_->wants_key_frame());
  EXPECT_TRUE(forwards(vp8(1), picture++));
}

TEST_F(LayerFilterTest, Vp8NumbersCloseUp) {
  use(wire::Codec::kVp8);
  EXPECT_EQ(plan(numbered(kVp8Key, 0x7ffe, 255), 0).descriptor, 0U) << "it begins with the source's";
  limit_.temporal = 0;
  EXPECT_FALSE(forwards(numbered(vp8(1), 0x7fff, 255), 1));
  const Verdict next = plan(numbered(vp8(0), 0, 0), 2);
  EXPECT_EQ(PictureNumbering::picture_id(next.descriptor), 0x7fff);
  EXPECT_EQ(PictureNumbering::tl0_index(next.descriptor), 0);

  const PacketRef other = packet(numbered(kVp8Key, 77, 5), 10);
  filter_->start(*other, limit_);
  const Verdict key = filter_->plan(*other, limit_);
  EXPECT_EQ(PictureNumbering::picture_id(key.descriptor), 0);
  EXPECT_EQ(PictureNumbering::tl0_index(key.descriptor), 1);
}

// A picture that comes late, behind which nothing was sent, was the last that was; a repair of an older one is not.
TEST_F(LayerFilterTest, Vp8NumbersGoOnBehindAPictureThatCameLate) {
  use(wire::Codec::kVp8);
  limit_.temporal = 0;
  EXPECT_TRUE(forwards(numbered(kVp8Key, 500, 10), 0, 100));
  EXPECT_TRUE(forwards(numbered(vp8(0), 502, 12), 2, 102));
  EXPECT_FALSE(forwards(numbered(vp8(1), 504, 13), 4, 104));
  EXPECT_EQ(plan(numbered(vp8(0), 503, 13), 3, 103).descriptor, 0U) << "it stays as it came";
  EXPECT_EQ(plan(numbered(vp8(0), 501, 11), 1, 101).descriptor, 0U);

  const PacketRef other = packet(numbered(kVp8Key, 77, 5), 10, 900);
  filter_->start(*other, limit_);
  const Verdict key = filter_->plan(*other, limit_);
  EXPECT_EQ(PictureNumbering::picture_id(key.descriptor), 504);
  EXPECT_EQ(PictureNumbering::tl0_index(key.descriptor), 14);
}

TEST_F(LayerFilterTest, H264LeavesOutWhatNothingRefersTo) {
  use(wire::Codec::kH264);
  EXPECT_TRUE(forwards({.key_frame = true}, 0));
  EXPECT_TRUE(forwards({.temporal_layer = 1}, 1));
  limit_.temporal = 0;
  EXPECT_TRUE(forwards({.temporal_layer = 1}, 1)) << "the rest of a picture that is begun";
  EXPECT_FALSE(forwards({.temporal_layer = 1}, 2));
  EXPECT_TRUE(forwards({}, 3)) << "SEI";
  EXPECT_TRUE(forwards({.temporal_layer = 1}, 3)) << "whose picture must follow";
  EXPECT_EQ(filter_->current(), (Layer{0, 0}));
  limit_.temporal = 1;
  EXPECT_TRUE(forwards({.temporal_layer = 1}, 4));
  EXPECT_EQ(filter_->current(), (Layer{0, 1}));
}

// Its receivers take nothing behind a gap: of a picture that was lost, repaired and then left out, the numbers go out.
TEST_F(LayerFilterTest, H264LeavesNoGapWhateverComesLate) {
  OutboundConfig config{.codec = wire::Codec::kH264, .clock_rate = 90000, .first_seq = SeqNo(100)};
  OutboundStream stream(config);
  stream.set_limit(Layer{0, 0});
  const auto sent = [&](const wire::PayloadInfo& info, std::uint32_t picture, std::int64_t seq) {
    const auto rewrite = stream.plan(*packet(info, picture, seq), 0);
    return rewrite ? std::pair(rewrite->seq.value(), rewrite->empty == 0) : std::pair(std::int64_t{-1}, false);
  };
  constexpr wire::PayloadInfo kDisposable{.temporal_layer = 1};
  EXPECT_EQ(sent({.key_frame = true}, 0, 10), std::pair(100L, true));
  EXPECT_EQ(sent(kDisposable, 1, 12), std::pair(-1L, false)) << "in order, it closes up";
  EXPECT_EQ(sent(kDisposable, 1, 11), std::pair(101L, false)) << "of a picture of which the rest was left out";
  EXPECT_EQ(sent({}, 3, 15), std::pair(104L, true));
  EXPECT_EQ(sent(kDisposable, 2, 14), std::pair(103L, true)) << "refers only to what was sent";
  EXPECT_EQ(sent(kDisposable, 2, 13), std::pair(102L, true)) << "and is whole";
}

wire::PayloadInfo vp9(int spatial, int temporal, bool inter, bool up = false) {
  return {.starts_frame = true,
          .key_frame = !inter && spatial == 0,
          .layer_sync = up,
          .ends_frame = true,
          .inter_predicted = inter,
          .temporal_layer = static_cast<std::uint8_t>(temporal),
          .spatial_layer = static_cast<std::uint8_t>(spatial)};
}

TEST_F(LayerFilterTest, Vp9EndsThePictureAtTheHighestLayerThatIsForwarded) {
  use(wire::Codec::kVp9);
  limit_ = {1, 0};
  EXPECT_FALSE(plan(vp9(0, 0, false), 0).ends_picture);
  EXPECT_TRUE(plan(vp9(1, 0, false), 0).ends_picture);
  EXPECT_FALSE(plan(vp9(2, 0, false), 0).forward);
  limit_ = {0, 0};
  EXPECT_TRUE(plan(vp9(1, 0, false), 0).forward) << "the picture that is begun is as it was";
  EXPECT_TRUE(plan(vp9(0, 0, true), 1).ends_picture);
  EXPECT_FALSE(plan(vp9(1, 0, true), 1).forward);
}

TEST_F(LayerFilterTest, Vp9GoesUpInSpaceAtAKeyPicture) {
  use(wire::Codec::kVp9);
  limit_ = {0, 0};
  EXPECT_TRUE(forwards(vp9(0, 0, false), 0));
  limit_ = {2, 0};
  EXPECT_TRUE(forwards(vp9(0, 0, true), 1));
  EXPECT_FALSE(forwards(vp9(1, 0, true), 1));
  EXPECT_TRUE(filter_->wants_key_frame());
  EXPECT_TRUE(plan(vp9(0, 0, true), 2).ends_picture);
  EXPECT_FALSE(filter_->wants_key_frame()) << "the next picture may help";
  EXPECT_FALSE(forwards(vp9(1, 0, false), 2)) << "it needs no earlier picture, but this one has ended";
  EXPECT_TRUE(filter_->wants_key_frame());
  EXPECT_FALSE(plan(vp9(0, 0, false), 3).ends_picture);
  EXPECT_TRUE(forwards(vp9(1, 0, false), 3));
  EXPECT_TRUE(plan(vp9(2, 0, false), 3).ends_picture);
  EXPECT_TRUE(forwards(vp9(2, 0, true), 4));
  EXPECT_FALSE(filter_->wants_key_frame());
}

TEST_F(LayerFilterTest, Vp9DoesNotGoUpAtAKeyPictureThatWasLeftOutInPart) {
  use(wire::Codec::kVp9);
  limit_ = {0, 0};
  EXPECT_TRUE(forwards(vp9(0, 0, false), 0, 1000));
  limit_ = {2, 0};
  EXPECT_FALSE(forwards(vp9(1, 0, false), 1, 1002)) << "nothing tells yet that this is a key picture";
  EXPECT_FALSE(forwards(vp9(2, 0, false), 1, 1003));
  EXPECT_TRUE(plan(vp9(0, 0, false), 1, 1001).ends_picture) << "for this consumer";
  EXPECT_TRUE(filter_->wants_key_frame());
  EXPECT_TRUE(forwards(vp9(0, 0, true), 2, 1004));
  EXPECT_FALSE(forwards(vp9(1, 0, true), 2, 1005)) << "it refers to what was left out";
  EXPECT_TRUE(forwards(vp9(0, 0, false), 3, 1006));
  EXPECT_TRUE(forwards(vp9(2, 0, false), 3, 1008));
  EXPECT_TRUE(forwards(vp9(1, 0, false), 3, 1007));
}

TEST_F(LayerFilterTest, Vp9DoesNotGoUpAtAKeyPictureThatHasEnded) {
  use(wire::Codec::kVp9);
  limit_ = {0, 0};
  EXPECT_TRUE(plan(vp9(0, 0, false), 0, 1001).ends_picture) << "the last packet of the layer";
  limit_ = {2, 0};
  EXPECT_TRUE(forwards(vp9(0, 0, false), 0, 1000)) << "the first, repaired";
  EXPECT_FALSE(forwards(vp9(1, 0, false), 0, 1002)) << "behind the marker";
  EXPECT_TRUE(filter_->wants_key_frame());
}

TEST_F(LayerFilterTest, Vp9GoesDownAtTheNextPictureThoughAKeyPictureIsRepaired) {
  use(wire::Codec::kVp9);
  const auto without_end = [](wire::PayloadInfo info) {
    info.ends_frame = false;
    return info;
  };
  limit_ = {1, 0};
  EXPECT_TRUE(forwards(vp9(0, 0, false), 0, 1001));
  EXPECT_TRUE(forwards(without_end(vp9(1, 0, false)), 0, 1002));
  limit_ = {0, 0};
  EXPECT_TRUE(forwards(without_end(vp9(0, 0, false)), 0, 1000));
  EXPECT_TRUE(plan(vp9(1, 0, false), 0, 1003).ends_picture) << "the rest of a layer that is begun";
  EXPECT_TRUE(plan(vp9(0, 0, true), 1, 1004).ends_picture);
}

TEST_F(LayerFilterTest, Vp9AsksForNoKeyFrameForAPictureThatIsLeftOutInTime) {
  use(wire::Codec::kVp9);
  limit_ = {0, 0};
  EXPECT_TRUE(forwards(vp9(0, 0, false), 0));
  limit_ = {1, 2};
  EXPECT_FALSE(forwards(vp9(0, 2, true), 1));
  EXPECT_FALSE(forwards(vp9(1, 2, true), 1));
  EXPECT_FALSE(filter_->wants_key_frame());
  EXPECT_TRUE(forwards(vp9(0, 0, true), 2));
  EXPECT_FALSE(forwards(vp9(1, 0, true), 2));
  EXPECT_TRUE(filter_->wants_key_frame()) << "since it is left out in space";
}

TEST_F(LayerFilterTest, Vp9GoesUpInTimeBehindAPictureThatAllowsIt) {
  use(wire::Codec::kVp9);
  limit_ = {0, 0};
  EXPECT_TRUE(forwards(vp9(0, 0, false), 0));
  limit_ = {0, 2};
  EXPECT_TRUE(forwards(vp9(0, 0, true), 1));
  EXPECT_FALSE(forwards(vp9(0, 1, true, true), 2)) << "it speaks of those above it, not of itself";
  EXPECT_TRUE(forwards(vp9(0, 0, true, true), 3));
  EXPECT_TRUE(forwards(vp9(0, 2, true), 4));
  EXPECT_TRUE(forwards(vp9(0, 1, true), 5));
}

TEST_F(LayerFilterTest, Vp9GoesUpInTimeAcrossAPictureThatIsRepaired) {
  use(wire::Codec::kVp9);
  limit_ = {0, 0};
  EXPECT_TRUE(forwards(vp9(0, 0, false, true), 0, 1000));
  limit_ = {0, 2};
  EXPECT_TRUE(forwards(vp9(0, 2, true), 2, 1002));
  EXPECT_TRUE(forwards(vp9(0, 1, true), 1, 1001)) << "to which the one before may refer";
  limit_ = {0, 1};
  EXPECT_FALSE(forwards(vp9(0, 2, true), 3, 1003));
  EXPECT_FALSE(forwards(vp9(0, 2, true), 4, 1005));
  EXPECT_FALSE(forwards(vp9(0, 2, true), 3, 1004)) << "of a picture that was left out";
}

TEST_F(LayerFilterTest, Vp9DoesNotGoUpInTimeBehindAPictureOfWhichTheForwardedPartIsLost) {
  use(wire::Codec::kVp9);
  limit_ = {0, 0};
  EXPECT_TRUE(forwards(vp9(0, 0, false), 0, 1000));
  limit_ = {0, 2};
  EXPECT_FALSE(forwards(vp9(1, 0, true, true), 1, 1002));
  EXPECT_FALSE(forwards(vp9(0, 2, true), 2, 1003)) << "what was lost may not allow it";
  EXPECT_TRUE(forwards(vp9(0, 0, true), 1, 1001));
}

// Numbers go on by one in another encoding, and then as that one counts: it may refer to pictures by how far back they
// are (RFC 9628 §4.2, P_DIFF).
TEST_F(LayerFilterTest, Vp9NumbersGoOnInAnotherEncoding) {
  use(wire::Codec::kVp9);
  limit_ = {0, 0};
  EXPECT_EQ(plan(numbered(vp9(0, 0, false), 0x7ffe, 255), 0).descriptor, 0U) << "it begins with the source's";
  EXPECT_FALSE(forwards(numbered(vp9(0, 1, true), 0x7fff, 255), 1));
  EXPECT_EQ(plan(numbered(vp9(0, 0, true), 0, 0), 2).descriptor, 0U) << "and skips what is left out";

  const PacketRef other = packet(numbered(vp9(0, 0, false), 77, 5), 10);
  filter_->start(*other, limit_);
  const Verdict key = filter_->plan(*other, limit_);
  EXPECT_EQ(PictureNumbering::picture_id(key.descriptor), 1);
  EXPECT_EQ(PictureNumbering::tl0_index(key.descriptor), 1);
  EXPECT_FALSE(forwards(numbered(vp9(0, 1, true), 78, 5), 11));
  const Verdict next = plan(numbered(vp9(0, 0, true), 79, 6), 12);
  EXPECT_EQ(PictureNumbering::picture_id(next.descriptor), 3);
  EXPECT_EQ(PictureNumbering::tl0_index(next.descriptor), 2);
}

// K-SVC: outside key pictures no layer needs another.
wire::PayloadInfo vp9_alone(int spatial, int temporal, bool up = false) {
  wire::PayloadInfo info = vp9(spatial, temporal, true, up);
  info.not_for_upper_layers = true;
  return info;
}

class Ksvc : public LayerFilterTest {
 protected:
  Ksvc() { use(wire::Codec::kVp9); }
  void key_picture(std::uint32_t picture) {
    for (int spatial = 0; spatial < 3; ++spatial) {
      wire::PayloadInfo info = vp9(spatial, 0, false, true);
      info.not_for_upper_layers = spatial == 2;
      info.spatial_layers = spatial == 0 ? 3 : 0;
      forwarded_[spatial] = plan(info, picture);
    }
  }
  void delta_picture(std::uint32_t picture, int temporal = 0) {
    for (int spatial = 0; spatial < 3; ++spatial) forwarded_[spatial] = plan(vp9_alone(spatial, temporal), picture);
  }
  // Which layers of the last picture were.
  std::string forwarded() const {
    std::string layers;
    for (int spatial = 0; spatial < 3; ++spatial)
      if (forwarded_[spatial].forward) layers += static_cast<char>('0' + spatial);
    return layers;
  }

  Verdict forwarded_[3];
};

TEST_F(Ksvc, ForwardsAllLayersOfAKeyPictureAndOneOfOthers) {
  limit_ = {2, 0};
  key_picture(0);
  EXPECT_EQ(forwarded(), "012");
  delta_picture(1);
  EXPECT_EQ(forwarded(), "2");
  EXPECT_TRUE(forwarded_[2].ends_picture);
  EXPECT_EQ(filter_->current(), (Layer{2, 0}));
}

TEST_F(Ksvc, EndsThePictureAtTheOnlyLayer) {
  limit_ = {1, 0};
  key_picture(0);
  EXPECT_EQ(forwarded(), "01");
  delta_picture(1);
  EXPECT_EQ(forwarded(), "1");
  EXPECT_TRUE(forwarded_[1].ends_picture);
}

TEST_F(Ksvc, GoesDownInSpaceAtAKeyPictureAndShowsFewerPicturesUntilThen) {
  limit_ = {2, 2};
  key_picture(0);
  delta_picture(1, 2);
  EXPECT_EQ(forwarded(), "2");
  limit_ = {0, 2};
  delta_picture(2, 2);
  EXPECT_EQ(forwarded(), "");
  EXPECT_TRUE(filter_->wants_key_frame());
  delta_picture(3, 0);
  EXPECT_EQ(forwarded(), "2");
  EXPECT_TRUE(filter_->wants_key_frame());
  key_picture(4);
  EXPECT_EQ(forwarded(), "0");
  EXPECT_FALSE(filter_->wants_key_frame());
  delta_picture(5, 2);
  EXPECT_EQ(forwarded(), "0");
}

TEST_F(Ksvc, GoesDownBehindAKeyPictureThatIsNoticedLate) {
  limit_ = {2, 0};
  key_picture(0);
  limit_ = {0, 0};
  EXPECT_TRUE(forwards(vp9(1, 0, false), 1, 1004)) << "nothing tells yet that this is a key picture";
  EXPECT_TRUE(forwards(vp9(0, 0, false), 1, 1003));
  EXPECT_TRUE(plan(vp9(2, 0, false), 1, 1005).ends_picture) << "the rest of a picture that is begun";
  next_ = 1006;
  delta_picture(2);
  EXPECT_EQ(forwarded(), "0");
  EXPECT_FALSE(filter_->wants_key_frame());
}

TEST_F(Ksvc, IsLeftForALowerLayerWhenTheSourceSaysThatItEnds) {
  limit_ = {2, 0};
  key_picture(0);
  wire::PayloadInfo fewer = vp9_alone(0, 0);
  fewer.spatial_layers = 2;
  EXPECT_FALSE(forwards(fewer, 1));
  EXPECT_TRUE(filter_->wants_key_frame());
}

TEST_F(Ksvc, IsLeftForALowerLayerWhenItDoesNotComeAnyMore) {
  limit_ = {2, 1};
  key_picture(0);
  delta_picture(1);
  const auto without_the_highest = [&](std::uint32_t picture, int temporal) {
    for (int spatial = 0; spatial < 2; ++spatial) EXPECT_FALSE(forwards(vp9_alone(spatial, temporal), picture));
  };
  std::uint32_t picture = 2;
  for (; picture < 10; ++picture) without_the_highest(picture, 0);
  without_the_highest(picture++, 2);
  EXPECT_TRUE(filter_->wants_key_frame());
  EXPECT_TRUE(forwards(vp9(0, 0, false), picture));
  EXPECT_TRUE(forwards(vp9(1, 0, false), picture++));
  EXPECT_FALSE(forwards(vp9_alone(0, 0), picture));
  EXPECT_TRUE(forwards(vp9_alone(1, 0), picture++));
  EXPECT_FALSE(filter_->wants_key_frame());
}

TEST_F(Ksvc, WaitsForALayerThatIsRepaired) {
  limit_ = {2, 0};
  key_picture(0);
  for (std::uint32_t picture = 1; picture < 20; ++picture) {
    const std::int64_t lost = next_++;
    EXPECT_FALSE(forwards(vp9_alone(0, 0), picture));
    EXPECT_FALSE(forwards(vp9_alone(1, 0), picture));
    EXPECT_FALSE(filter_->wants_key_frame());
    if (picture % 4 == 0) {
      EXPECT_TRUE(forwards(vp9_alone(2, 0), picture, lost));
    }
  }
}

TEST_F(Ksvc, OfOneLayerIsForwardedWhole) {
  wire::PayloadInfo key = vp9(0, 0, false);
  key.not_for_upper_layers = true;
  EXPECT_TRUE(forwards(key, 0));
  EXPECT_TRUE(forwards(vp9_alone(0, 0), 1));
  limit_ = {1, 0};
  EXPECT_TRUE(forwards(vp9_alone(0, 0), 2));
  EXPECT_FALSE(filter_->wants_key_frame());
}

// An encoder that has spent its bits on key pictures leaves out its lowest spatial layer where it would be large, and
// sends it in the pictures between.
TEST_F(Ksvc, GoesUpInTimeBehindAPictureWithoutTheLayerThatIsShown) {
  limit_ = {0, 0};
  key_picture(0);
  const auto without_the_lowest = [&](std::uint32_t picture) {
    for (int spatial = 1; spatial < 3; ++spatial) EXPECT_FALSE(forwards(vp9_alone(spatial, 0, true), picture));
  };
  delta_picture(1, 1);
  without_the_lowest(2);
  limit_ = {0, 1};
  delta_picture(3, 1);
  EXPECT_EQ(forwarded(), "0");

  limit_ = {0, 0};
  delta_picture(4, 1);
  EXPECT_EQ(forwarded(), "");
  ++next_;  // which may be that layer
  without_the_lowest(5);
  limit_ = {0, 1};
  delta_picture(6, 1);
  EXPECT_EQ(forwarded(), "") << "what was lost may not allow it";
  without_the_lowest(7);
  ++next_;
  delta_picture(8, 1);
  EXPECT_EQ(forwarded(), "");
  delta_picture(9, 0);
  delta_picture(10, 1);
  EXPECT_EQ(forwarded(), "") << "it does not allow it";
  without_the_lowest(11);
  delta_picture(12, 1);
  EXPECT_EQ(forwarded(), "0");
}

TEST_F(Ksvc, DecidesALatePacketAsItsTimeDid) {
  limit_ = {2, 0};
  key_picture(0);
  EXPECT_TRUE(forwards(vp9_alone(2, 0), 1, 1005));
  limit_ = {0, 0};
  next_ = 1009;
  key_picture(3);
  EXPECT_FALSE(forwards(vp9_alone(0, 0), 1, 1003));
  EXPECT_FALSE(forwards(vp9_alone(1, 0), 2, 1007)) << "all of its picture is late";
  EXPECT_TRUE(plan(vp9_alone(2, 0), 2, 1008).ends_picture);
}

TEST_F(LayerFilterTest, Vp9OfFullSvcGoesDownInSpaceAtAnyPictureBehindTheFirst) {
  use(wire::Codec::kVp9);
  limit_ = {1, 0};
  EXPECT_TRUE(forwards(vp9(0, 0, false), 0));
  EXPECT_TRUE(forwards(vp9(1, 0, false), 0));
  EXPECT_TRUE(forwards(vp9(0, 0, true), 1));
  EXPECT_TRUE(forwards(vp9(1, 0, true), 1));
  limit_ = {0, 0};
  EXPECT_TRUE(plan(vp9(0, 0, true), 2).ends_picture);
  EXPECT_FALSE(forwards(vp9(1, 0, true), 2));
  EXPECT_FALSE(filter_->wants_key_frame());
}

// AV1 by way of a source, since descriptors are resolved before the filter sees them.
class Av1FilterTest : public ::testing::Test {
 protected:
  void use(const ScalableConfig& config) { source_.emplace(config); }
  struct Sent {
    Layer layer;
    Verdict verdict;
    PacketRef packet;
  };
  // What is forwarded of the next pictures.
  std::vector<Sent> next(int pictures = 1) {
    std::vector<Sent> out;
    for (int i = 0; i < pictures; ++i)
      for (const PacketRef& packet : source_->picture(kStart, pool_, inbound_)) {
        if (packet->info.key_frame && !std::exchange(started_, true)) filter_.start(*packet, limit_);
        const Verdict verdict = filter_.plan(*packet, limit_);
        if (verdict.forward) out.push_back({layer_of(*packet), verdict, packet});
      }
    return out;
  }
  static Layer highest(const std::vector<Sent>& sent) {
    Layer top;
    for (const Sent& s : sent) top = higher_of(top, s.layer);
    return top;
  }

  PacketPool pool_{1024};
  InboundStream inbound_{{.codec = wire::Codec::kAv1, .clock_rate = 90000, .payload_type = kPt, .ssrc = kSsrc}};
  std::optional<ScalableSource> source_;
  LayerFilter filter_{wire::Codec::kAv1};
  Layer limit_ = kHighestLayer;
  bool started_ = false;
};

constexpr ScalableConfig kAv1Svc{.codec = wire::Codec::kAv1, .spatial_layers = 3, .temporal_layers = 3};

TEST_F(Av1FilterTest, FollowsTheDecodeTargetOfTheLimit) {
  use(kAv1Svc);
  limit_ = {1, 1};
  EXPECT_EQ(highest(next(8)), (Layer{1, 1}));
  EXPECT_EQ(filter_.current(), (Layer{1, 1}));
}

TEST_F(Av1FilterTest, EndsTheTemporalUnitAtTheLastFrameThatIsForwarded) {
  use(kAv1Svc);
  limit_ = {1, 2};
  for (const Sent& s : next(4))
    EXPECT_EQ(s.verdict.ends_picture, s.layer.spatial == 1 && s.packet->info.ends_frame) << int{s.layer.spatial};
}

TEST_F(Av1FilterTest, GoesDownAtTheNextUnitOnly) {
  use({.codec = wire::Codec::kAv1, .spatial_layers = 2});
  next();
  for (const PacketRef& packet : source_->picture(kStart, pool_, inbound_)) {
    EXPECT_TRUE(filter_.plan(*packet, limit_).forward) << "the unit that is begun is as it was";
    limit_ = {0, 0};
  }
  EXPECT_EQ(highest(next()).spatial, 0);
}

TEST_F(Av1FilterTest, DecidesPacketsOfFramesThatComeMixedEachByItsOwn) {
  use({.codec = wire::Codec::kAv1, .spatial_layers = 3, .frame_bytes = {3000, 3000, 3000}});
  limit_ = {1, 0};
  next();
  const auto unit = source_->picture(kStart, pool_, inbound_);
  ASSERT_EQ(unit.size(), 9U);
  for (const std::size_t i : {0U, 3U, 6U, 2U, 5U, 7U, 1U, 4U, 8U}) {
    const Verdict verdict = filter_.plan(*unit[i], limit_);
    EXPECT_EQ(verdict.forward, i < 6) << i;
    EXPECT_EQ(verdict.ends_picture, i == 5) << i;
  }
}

// libwebrtc takes the marker for the end of a temporal unit, and never decodes one that has none.
TEST_F(Av1FilterTest, EndsAUnitThatIsRepairedWhereItsOwnTargetEnded) {
  use({.codec = wire::Codec::kAv1, .spatial_layers = 3});
  const auto is_end = [](const PacketRef& p) { return p->info.spatial_layer == 1 && p->info.ends_frame; };
  for (const Layer meanwhile : {Layer{0, 0}, Layer{2, 0}}) {
    limit_ = {1, 0};
    source_->make_key_picture();
    next();
    const auto unit = source_->picture(kStart, pool_, inbound_);
    const PacketRef lost = *std::ranges::find_if(unit, is_end);
    for (const PacketRef& packet : unit)
      if (packet != lost) filter_.plan(*packet, limit_);
    limit_ = meanwhile;
    source_->make_key_picture();
    EXPECT_EQ(highest(next(2)), meanwhile);
    const Verdict late = filter_.plan(*lost, limit_);
    EXPECT_TRUE(late.forward);
    EXPECT_TRUE(late.ends_picture) << int{meanwhile.spatial};
  }
}

TEST_F(Av1FilterTest, EndsAUnitAllOfWhichComesLateAtTheTargetOfTheOneBefore) {
  use({.codec = wire::Codec::kAv1, .spatial_layers = 3});
  limit_ = {1, 0};
  next();
  const auto unit = source_->picture(kStart, pool_, inbound_);
  limit_ = {0, 0};
  EXPECT_EQ(highest(next()).spatial, 0);
  for (const PacketRef& packet : unit) {
    const Verdict late = filter_.plan(*packet, limit_);
    const bool is_top = packet->info.spatial_layer == 1;
    EXPECT_EQ(late.forward, packet->info.spatial_layer != 2);
    EXPECT_EQ(late.forward && late.ends_picture, is_top && packet->info.ends_frame);
  }
}

TEST_F(Av1FilterTest, SendsNothingOfAUnitThatWouldHaveNoEnd) {
  use(kAv1Svc);
  limit_ = {1, 2};
  next(5);  // the last one is of the lowest temporal layer
  limit_ = {0, 2};
  EXPECT_EQ(highest(next(2)).spatial, 0);
  limit_ = {2, 2};
  EXPECT_TRUE(next().empty()) << "its base could be decoded, but neither it nor what is above it brings a switch";
  for (int unit = 0; unit < 4; ++unit) {
    const auto sent = next();
    EXPECT_TRUE(sent.empty() || sent.back().verdict.ends_picture);
  }
}

TEST_F(Av1FilterTest, TellsTheReceiverWhatItIsGivenWithTheStructureAndAtEveryChange) {
  use(kAv1Svc);
  limit_ = {0, 2};
  const auto first = next();
  EXPECT_EQ(first.front().verdict.descriptor, 0b1'1100'0000U) << "the worst three of nine";
  for (const Sent& s : next(3)) EXPECT_EQ(s.verdict.descriptor, 0U);
  limit_ = {0, 0};
  EXPECT_EQ(next().front().verdict.descriptor, 0b1'0000'0000U);
  EXPECT_EQ(next(4).front().verdict.descriptor, 0U);
  limit_ = {2, 2};
  source_->make_key_picture();
  EXPECT_EQ(next().front().verdict.descriptor, 0b1'1111'1111U);
}

TEST_F(Av1FilterTest, TellsItWithAFrameThatIsSent) {
  ScalableConfig config = kAv1Svc;
  config.key_dependent = true;
  use(config);
  next(4);
  limit_ = {2, 0};
  const Sent sent = next().front();
  EXPECT_EQ(sent.layer, (Layer{2, 0})) << "of the layers below nothing is";
  EXPECT_EQ(DependencyLayerFilter::told_targets(sent.verdict.descriptor), 0b100U);
}

TEST_F(Av1FilterTest, LeavesDescriptorsOfAnUnlimitedConsumerAlone) {
  use(kAv1Svc);
  for (const Sent& s : next(8)) EXPECT_EQ(s.verdict.descriptor, 0U);
}

TEST_F(Av1FilterTest, WaitsForAKeyFrameWhereAChainIsBroken) {
  use(kAv1Svc);
  limit_ = {0, 2};
  next(4);
  limit_ = {2, 2};
  EXPECT_EQ(highest(next(4)), (Layer{0, 2}));
  EXPECT_TRUE(filter_.wants_key_frame());
  source_->make_key_picture();
  EXPECT_EQ(highest(next(4)), (Layer{2, 2}));
  EXPECT_FALSE(filter_.wants_key_frame());
}

TEST_F(Av1FilterTest, KeepsWhatItHasUntilAKeyFrameLetsItGoDown) {
  ScalableConfig config = kAv1Svc;
  config.key_dependent = true;
  use(config);
  next(6);  // a picture of the lowest temporal layer has passed
  limit_ = {0, 2};
  for (const Sent& s : next(4)) EXPECT_EQ(s.layer.spatial, 2) << "its target has no frames of others";
  EXPECT_TRUE(filter_.wants_key_frame());
  source_->make_key_picture();
  EXPECT_EQ(highest(next(4)).spatial, 0);
}

// Neither does its source say so.
TEST_F(Av1FilterTest, LeavesALayerThatDoesNotComeAnyMoreUntilItComesAgain) {
  ScalableConfig config = kAv1Svc;
  config.key_dependent = true;
  use(config);
  next(4);
  source_->code_layers(2);
  EXPECT_TRUE(next(8).empty());
  EXPECT_FALSE(filter_.wants_key_frame()) << "the last picture may be on its way";
  EXPECT_TRUE(next().empty());
  EXPECT_TRUE(filter_.wants_key_frame());
  source_->make_key_picture();
  EXPECT_EQ(next().back().layer, (Layer{1, 0}));
  for (int unit = 1; unit < 20; ++unit) {
    const auto sent = next();
    ASSERT_FALSE(sent.empty());
    EXPECT_EQ(sent.front().layer.spatial, 1);
    EXPECT_TRUE(sent.back().verdict.ends_picture);
    if (unit == 1) {
      EXPECT_EQ(DependencyLayerFilter::told_targets(sent.front().verdict.descriptor), 0b11'1000U);
    }
  }
  EXPECT_FALSE(filter_.wants_key_frame());
  source_->code_layers(3);  // with a key picture
  EXPECT_EQ(highest(next(4)), (Layer{2, 2}));
  EXPECT_FALSE(filter_.wants_key_frame());
}

TEST_F(Av1FilterTest, WaitsForALayerOfAKeyPictureThatIsRepaired) {
  ScalableConfig config = kAv1Svc;
  config.key_dependent = true;
  use(config);
  next(4);
  source_->make_key_picture();
  std::vector<PacketRef> lost;
  for (const PacketRef& packet : source_->picture(kStart, pool_, inbound_))
    if (packet->info.spatial_layer == 2) {
      lost.push_back(packet);
    } else {
      EXPECT_TRUE(filter_.plan(*packet, limit_).forward);
    }
  EXPECT_EQ(highest(next()).spatial, 2);
  for (const PacketRef& packet : lost) EXPECT_TRUE(filter_.plan(*packet, limit_).forward);
  EXPECT_EQ(highest(next(4)).spatial, 2);
  EXPECT_FALSE(filter_.wants_key_frame());
}

// Behind a key picture of K-SVC all targets are complete, until a frame is lost: it comes late and goes by the target
// of then, so that the chain of another breaks.
TEST_F(Av1FilterTest, GoesDownAcrossALossOnlyWhereAllThatWasLostWillCome) {
  for (const bool key_dependent : {true, false}) {
    started_ = false;
    use({.codec = wire::Codec::kAv1,
         .spatial_layers = 2,
         .key_dependent = key_dependent,
         .seed = key_dependent ? 1U : 2U});
    inbound_.bind(Ssrc(kSsrc.value() + (key_dependent ? 1 : 2)));
    limit_ = {1, 0};
    next();
    const auto lost = source_->picture(kStart, pool_, inbound_);
    limit_ = {0, 0};
    EXPECT_EQ(highest(next()).spatial, key_dependent ? 1 : 0);
    EXPECT_EQ(filter_.wants_key_frame(), key_dependent);
    for (const PacketRef& packet : lost)
      EXPECT_EQ(filter_.plan(*packet, limit_).forward, packet->info.spatial_layer == 1 || !key_dependent);
    source_->make_key_picture();
    EXPECT_EQ(highest(next(4)).spatial, 0);
  }
}

TEST_F(Av1FilterTest, GoesUpInTimeAcrossALossOnlyAtASwitch) {
  use({.codec = wire::Codec::kAv1, .temporal_layers = 3});
  limit_ = {0, 0};
  next();
  const auto disposable = source_->picture(kStart, pool_, inbound_);  // both are lost
  const auto needed = source_->picture(kStart, pool_, inbound_);
  limit_ = {0, 2};
  EXPECT_TRUE(next().empty()) << "it refers to what is left out when it comes";
  for (const PacketRef& packet : needed) EXPECT_FALSE(filter_.plan(*packet, limit_).forward);
  EXPECT_EQ(highest(next(4)).temporal, 2);
}

TEST_F(Av1FilterTest, GoesDownAtOnceWhereTheLowerTargetIsComplete) {
  use(kAv1Svc);
  next(5);
  limit_ = {1, 0};
  EXPECT_EQ(highest(next(8)), (Layer{1, 0}));
  EXPECT_FALSE(filter_.wants_key_frame());
}

TEST_F(Av1FilterTest, ForwardsWholeWhatHasNoDescriptor) {
  limit_ = {0, 0};
  PacketBuilder builder = build(pool_, {});
  builder->dependencies = {};
  builder->info.key_frame = true;
  const PacketRef packet = builder.publish();
  filter_.start(*packet, limit_);
  EXPECT_TRUE(filter_.plan(*packet, limit_).forward);
}

TEST_F(Av1FilterTest, FrameNumbersGoOnBehindWhateverComesBetween) {
  const auto number = [](const Sent& s) {
    const std::uint16_t offset = DependencyLayerFilter::frame_offset(s.verdict.descriptor);
    return SeqNo(static_cast<std::uint16_t>(s.packet->dependencies.frame_number - offset));
  };
  const auto begin_again = [&] {
    started_ = false;
    source_->make_key_picture();
    return next();
  };
  use({.codec = wire::Codec::kAv1});
  const SeqNo before = number(next(5).back());
  const auto soon = begin_again();
  EXPECT_EQ(distance(before, number(soon.front())), 1);
  EXPECT_EQ(soon.front().verdict.descriptor, 0U) << "nothing to change";

  for (int i = 0; i < 40'000; ++i) source_->next_picture();  // 22 minutes: it would look older
  const auto late = begin_again();
  EXPECT_EQ(distance(before, number(late.front())), 2);
  EXPECT_EQ(distance(before, number(next().front())), 3) << "whose references are relative";

  use({.codec = wire::Codec::kAv1, .seed = 2});
  inbound_.bind(Ssrc(kSsrc.value() + 1));
  EXPECT_EQ(distance(before, number(begin_again().front())), 4) << "of a source that restarted, or another encoding";
}

TEST_F(Av1FilterTest, JoinsASourceThatCountsItsFramesAnewWithAKeyFrame) {
  use({.codec = wire::Codec::kAv1});
  const std::uint16_t newest = next(3).back().packet->dependencies.frame_number;
  const auto forwards = [&](const PacketRef& packet) {
    PacketBuilder builder = build(pool_, {.timestamp = packet->rtp.timestamp.value()});
    builder->seq = packet->seq;
    builder->info = packet->info;
    builder->dependencies = packet->dependencies;
    builder->dependencies.frame_number = static_cast<std::uint16_t>(packet->dependencies.frame_number - 1000);
    return filter_.plan(*builder.publish(), limit_);
  };
  for (const PacketRef& packet : source_->picture(kStart, pool_, inbound_))
    EXPECT_FALSE(forwards(packet).forward) << "nothing says that it is not late";
  source_->make_key_picture();
  std::uint16_t expected = newest;
  for (int i = 0; i < 3; ++i) {
    ++expected;
    for (const PacketRef& packet : source_->picture(kStart, pool_, inbound_)) {
      const Verdict verdict = forwards(packet);
      EXPECT_TRUE(verdict.forward);
      const std::uint16_t offset = DependencyLayerFilter::frame_offset(verdict.descriptor);
      EXPECT_EQ(static_cast<std::uint16_t>(packet->dependencies.frame_number - 1000 - offset), expected);
    }
  }
}

TEST_F(Av1FilterTest, FrameNumbersGoOnBehindTheNewestWhateverCameLate) {
  use({.codec = wire::Codec::kAv1});
  next();
  const auto lost = source_->picture(kStart, pool_, inbound_);
  const std::uint16_t newest = next(3).back().packet->dependencies.frame_number;
  for (const PacketRef& packet : lost) EXPECT_TRUE(filter_.plan(*packet, limit_).forward);

  use({.codec = wire::Codec::kAv1, .seed = 2});
  inbound_.bind(Ssrc(kSsrc.value() + 1));
  started_ = false;
  const Sent key = next().front();
  const std::uint16_t offset = DependencyLayerFilter::frame_offset(key.verdict.descriptor);
  EXPECT_EQ(static_cast<std::uint16_t>(key.packet->dependencies.frame_number - offset),
            static_cast<std::uint16_t>(newest + 1));
}

// The structure came in another packet than the filter was started with.
TEST_F(Av1FilterTest, CountsFramesOnAlsoWhileNothingDescribesThem) {
  use(kAv1Svc);
  const PacketRef last = next(2).back().packet;
  PacketBuilder builder = build(pool_, {.timestamp = 90'000});
  builder->seq = last->seq + 1000;
  builder->info = last->info;
  builder->dependencies = last->dependencies;  // so it is of the same number
  const PacketRef key = builder.publish();
  filter_.start(*key, limit_);
  const Verdict verdict = filter_.plan(*key, limit_);
  EXPECT_TRUE(verdict.forward);
  EXPECT_EQ(DependencyLayerFilter::frame_offset(verdict.descriptor), 0xffff) << "the one behind";
  EXPECT_EQ(DependencyLayerFilter::told_targets(verdict.descriptor), 0U);
}

TEST(DependencyTracker, KeepsTheNewestStructure) {
  PacketPool pool(64);
  InboundStream inbound({.codec = wire::Codec::kAv1, .payload_type = kPt, .ssrc = kSsrc});
  ScalableSource source(kAv1Svc);
  const auto first = source.picture(kStart, pool, inbound);
  EXPECT_EQ(first.front()->dependencies.decode_targets, 9);
  EXPECT_TRUE(first.front()->dependencies.has_structure);
  EXPECT_TRUE(first.front()->info.key_frame);
  EXPECT_FALSE(first.back()->info.key_frame);
  EXPECT_EQ(first.back()->info.spatial_layer, std::optional<std::uint8_t>(2));
  const auto next = source.picture(kStart, pool, inbound);
  EXPECT_EQ(next.front()->dependencies.targets.present(), 0b001'001'001U);
}

}  // namespace
}  // namespace consomme::media
