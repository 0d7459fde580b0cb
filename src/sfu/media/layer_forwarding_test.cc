// Whatever is wished and allowed: of every codec each frame that reaches the consumer can be decoded, and nothing in
// its numbers tells that anything was left out.
#include <set>

#include "sfu/media/outbound_stream.h"
#include "sfu/media/scalable_source.h"
#include "sfu/wire/payload/payload_info.h"

namespace consomme::media {
namespace {

using namespace test;

// Takes the packets as they are written for the wire, and keeps what a decoder would have.
class Receiver {
 public:
  // VP8's close up, but of pictures that are repaired late, and then left out, a number is missing. VP9's skip what is
  // left out; its TL0PICIDX counts pictures of which none is.
  enum class PictureIds : std::uint8_t { kNone, kGrow, kSkip, kCloseUp };

  Receiver(const std::vector<ScalableSource>& sources, wire::Codec codec, PictureIds ids)
      : sources_(sources), codec_(codec), ids_(ids) {}

  void take(const Packet& packet, const Rewrite& rewrite, const OutboundHeader& header) {
    std::array<std::uint8_t, kMaxDatagramBytes> slot{};
    const WrittenHeader written = write_header(slot, header, packet, rewrite, {});
    const ByteView rest = payload_of(packet, rewrite).subspan(written.replaced_bytes);
    std::ranges::copy(rest, slot.begin() + static_cast<std::ptrdiff_t>(written.header_bytes + written.prefix_bytes));
    const ByteView bytes = ByteView(slot).first(written.header_bytes + written.prefix_bytes + rest.size());
    const auto rtp = wire::parse_rtp(bytes);
    ASSERT_TRUE(rtp);
    if (seq_) {
      ASSERT_EQ(rewrite.seq - *seq_, 1) << "a gap";
    }
    seq_ = rewrite.seq;
    const ByteView payload = bytes.subspan(rtp->payload_offset, rtp->payload_bytes);
    if (payload.empty()) return;  // it fills a gap
    take_frame(payload);
    take_picture(*rtp, payload);
    take_dependencies(bytes);
  }
  // Everything that was begun is whole.
  void check_complete() {
    for (const auto& [id, packets] : packets_) ASSERT_EQ(packets, model(id).packets) << "frame " << id;
  }
  // Every frame is the best of its picture or is needed for one that is.
  void check_needed() const {
    std::set<int> needed;
    for (auto it = packets_.rbegin(); it != packets_.rend(); ++it) {  // a frame needs older ones only
      const auto& [id, packets] = *it;
      const auto above = packets_.upper_bound(id);
      const bool is_best = above == packets_.end() || model(above->first).layer.spatial <= model(id).layer.spatial;
      ASSERT_TRUE(is_best || needed.contains(id)) << "frame " << id << " of layer " << int{model(id).layer.spatial};
      needed.insert(model(id).needs.begin(), model(id).needs.end());
    }
  }
  std::size_t frames() const { return packets_.size(); }
  const std::set<Layer>& layers() const { return layers_; }
  // Whether what comes next, in `rewrite`, begins a picture though that before it has not ended.
  bool misses_an_end(const Rewrite& rewrite) const {
    return rewrite.empty == 0 && timestamp_ && *timestamp_ != rewrite.timestamp && !marker_;
  }

 private:
  // One more packet of the frame that `payload` is of.
  void take_frame(ByteView payload) {
    const auto id = static_cast<int>(load_be<4>(payload.data() + payload.size() - 5));
    const ModelFrame& frame = model(id);
    if (++packets_[id] == 1) {
      layers_.insert(frame.layer);
      for (const int needed : frame.needs) {
        const auto it = packets_.find(needed);
        ASSERT_TRUE(it != packets_.end() && it->second == model(needed).packets)
            << "frame " << id << " of layer " << int{frame.layer.spatial} << "," << int{frame.layer.temporal}
            << " needs " << needed;
      }
    }
    ASSERT_LE(packets_[id], frame.packets) << "a packet twice";
  }
  const ModelFrame& model(int id) const {
    for (const ScalableSource& source : sources_)
      if (const auto it = source.frames().find(id); it != source.frames().end()) return it->second;
    ADD_FAILURE() << "no such frame: " << id;
    return sources_[0].frames().begin()->second;
  }
  void take_picture(const wire::RtpView& rtp, ByteView payload) {
    const bool first = !timestamp_ || *timestamp_ != rtp.timestamp;
    ASSERT_TRUE(first || !marker_) << "a packet behind the last of its picture";
    marker_ = rtp.marker;
    if (first && timestamp_) {
      ASSERT_GT(distance(*timestamp_, rtp.timestamp), 0);
    }
    timestamp_ = rtp.timestamp;
    if (ids_ != PictureIds::kNone) take_picture_id(payload, first);
  }
  void take_picture_id(ByteView payload, bool first) {
    const auto info = wire::inspect_payload(codec_, payload);
    ASSERT_TRUE(info && info->temporal_layer && info->numbers.picture_id_offset != 0);
    const wire::PictureNumbers& numbers = info->numbers;
    if (picture_id_) {
      const int step = (numbers.picture_id - *picture_id_) & 0x7fff;
      const int most = !first ? 0 : ids_ == PictureIds::kCloseUp ? 1 : 100;
      ASSERT_GE(step, first ? 1 : 0);
      ASSERT_LE(step, most);
    }
    if (picture_id_ && first && ids_ != PictureIds::kGrow && numbers.tl0_offset != 0) {
      ASSERT_EQ(numbers.tl0_index, static_cast<std::uint8_t>(tl0_ + (*info->temporal_layer == 0 ? 1 : 0)));
    }
    picture_id_ = numbers.picture_id;
    tl0_ = numbers.tl0_index;
  }

  // AV1: far from looking older than what came before.
  void take_dependencies(ByteView bytes) {
    wire::ExtensionIds ids;
    constexpr HeaderExtension kDescriptor = HeaderExtension::kDependencyDescriptor;
    ids.set(kRouterExtensionIds[static_cast<std::size_t>(kDescriptor)], kDescriptor);
    const auto slices = wire::read_extensions(bytes, *wire::parse_rtp(bytes), ids);
    const wire::ExtensionSlice slice = slices[static_cast<std::size_t>(kDescriptor)];
    if (slice.size == 0) return;
    const auto head = wire::parse_dependency_descriptor_head(bytes.subspan(slice.offset, slice.size));
    ASSERT_TRUE(head);
    const SeqNo number(head->frame_number);
    if (frame_number_) {
      ASSERT_GE(distance(*frame_number_, number), 0);
      ASSERT_LE(distance(*frame_number_, number), 1 << 14);
    }
    frame_number_ = number;
  }

  const std::vector<ScalableSource>& sources_;
  wire::Codec codec_;
  PictureIds ids_;
  std::map<int, int> packets_;  // of each frame
  std::set<Layer> layers_;
  std::optional<ExtSeqNo> seq_;
  std::optional<RtpTimestamp> timestamp_;
  std::optional<std::uint16_t> picture_id_;
  std::optional<SeqNo> frame_number_;
  std::uint8_t tl0_ = 0;
  bool marker_ = false;
};

struct Plan {
  std::string_view name;
  ScalableConfig source;
  int encodings = 1;
};

class LayerForwarding : public ::testing::TestWithParam<Plan> {
 protected:
  static OutboundConfig outbound(const Plan& plan) {
    OutboundConfig config;
    config.codec = plan.source.codec;
    config.clock_rate = 90000;
    config.encodings = static_cast<std::size_t>(plan.encodings);
    config.header.extensions = {HeaderExtension::kDependencyDescriptor};
    return config;
  }
  // `repaired`: what is late, and what is left out of that.
  Receiver receiver(const Plan& plan, bool repaired = false) const {
    using Ids = Receiver::PictureIds;
    const wire::Codec codec = plan.source.codec;
    const bool has_ids = codec == wire::Codec::kVp8 || codec == wire::Codec::kVp9;
    const Ids in_order = codec == wire::Codec::kVp8 ? Ids::kCloseUp : Ids::kSkip;
    return {sources_, codec, !has_ids ? Ids::kNone : repaired ? Ids::kGrow : in_order};
  }
  void make_sources(const Plan& plan, std::uint64_t seed) {
    sources_.clear();
    inbounds_.clear();
    for (int i = 0; i < plan.encodings; ++i) {
      ScalableConfig config = plan.source;
      config.seed = seed * 10 + static_cast<std::uint64_t>(i);
      config.first_id = i * 1'000'000;
      config.first_timestamp = static_cast<std::uint32_t>(seed * 77'777 + static_cast<std::uint64_t>(i) * 12'345);
      sources_.emplace_back(config);
      inbounds_.emplace_back(
          InboundConfig{.codec = plan.source.codec, .clock_rate = 90000, .payload_type = kPt, .ssrc = kSsrc});
    }
  }
  // One picture of every encoding.
  template <class Between>
  void step(OutboundStream& stream, Receiver& receiver, Between between) {
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      for (const PacketRef& packet : sources_[i].picture(now_, pool_, inbounds_[i])) {
        between();
        if (const auto rewrite = stream.plan(*packet, static_cast<Encoding>(i)))
          receiver.take(*packet, *rewrite, stream.header());
        if (const auto wanted = stream.wants_key_frame()) sources_[*wanted].make_key_picture();
      }
    }
    now_ += 33ms;
  }

  Instant now_ = kStart;
  PacketPool pool_{4096};
  std::vector<ScalableSource> sources_;
  std::vector<InboundStream> inbounds_;
};

TEST_P(LayerForwarding, GivesWhatCanBeDecodedWhateverIsAllowed) {
  const Plan& plan = GetParam();
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    make_sources(plan, seed);
    Rng rng(seed);
    OutboundStream stream(outbound(plan));
    Receiver receiver = this->receiver(plan);
    const auto any_layer = [&] {
      return Layer{static_cast<std::uint8_t>(rng.below(4)), static_cast<std::uint8_t>(rng.below(4))};
    };
    for (int picture = 0; picture < 600; ++picture) {
      if (rng.chance(0.01)) stream.pause();
      if (rng.chance(0.1)) stream.resume();
      if (rng.chance(0.005)) stream.set_limit(std::nullopt);
      if (rng.chance(0.01)) stream.set_active(static_cast<std::uint8_t>(1 + rng.below(7)));
      step(stream, receiver, [&] {
        if (rng.chance(0.02)) stream.set_limit(any_layer());
        if (rng.chance(0.01)) stream.set_preferred(any_layer());
      });
      if (HasFatalFailure()) FAIL() << "seed " << seed << ", picture " << picture;
    }
    receiver.check_complete();
    ASSERT_GT(receiver.frames(), 100U) << "seed " << seed;
    ASSERT_GT(receiver.layers().size(), plan.source.temporal_layers > 1 ? 1U : 0U);
  }
}

TEST_P(LayerForwarding, GivesNothingThatIsNotNeeded) {
  const Plan& plan = GetParam();
  make_sources(plan, 5);
  Rng rng(5);
  OutboundStream stream(outbound(plan));
  Receiver receiver = this->receiver(plan);
  for (int picture = 0; picture < 2000; ++picture) {
    if (rng.chance(0.05))
      stream.set_limit(Layer{static_cast<std::uint8_t>(rng.below(4)), static_cast<std::uint8_t>(rng.below(4))});
    step(stream, receiver, [] {});
  }
  receiver.check_needed();
}

TEST_P(LayerForwarding, ReachesEveryLayerAndNoneAboveIt) {
  const Plan& plan = GetParam();
  make_sources(plan, 7);
  const int spatial_layers = std::max(plan.encodings, plan.source.spatial_layers);
  OutboundStream stream(outbound(plan));
  Receiver receiver = this->receiver(plan);
  for (int round = 0; round < 2; ++round)
    for (int spatial = spatial_layers - 1; spatial >= 0; --spatial)
      for (int temporal = 0; temporal < plan.source.temporal_layers; ++temporal) {
        const Layer layer{static_cast<std::uint8_t>(spatial), static_cast<std::uint8_t>(temporal)};
        stream.set_limit(layer);
        for (int i = 0; i < 80; ++i) step(stream, receiver, [] {});
        ASSERT_FALSE(HasFatalFailure());
        EXPECT_EQ(stream.current(), std::optional(layer)) << spatial << " " << temporal;
        EXPECT_EQ(stream.wants_key_frame(), std::nullopt);
      }
}

// What the network does to a source may cost pictures; it never makes two packets of one number, nor leaves the
// consumer without anything.
TEST_P(LayerForwarding, SurvivesLossAndDisorder) {
  const Plan& plan = GetParam();
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    make_sources(plan, seed);
    Rng rng(seed);
    OutboundStream stream(outbound(plan));
    std::set<std::int64_t> used;
    std::vector<std::pair<PacketRef, Encoding>> held;
    const auto give = [&](const PacketRef& packet, Encoding source) {
      if (const auto rewrite = stream.plan(*packet, source)) {
        EXPECT_TRUE(used.insert(rewrite->seq.value()).second) << "seed " << seed;
      }
      if (const auto wanted = stream.wants_key_frame()) sources_[*wanted].make_key_picture();
    };
    for (int picture = 0; picture < 400; ++picture) {
      if (rng.chance(0.03))
        stream.set_limit(Layer{static_cast<std::uint8_t>(rng.below(4)), static_cast<std::uint8_t>(rng.below(4))});
      for (std::size_t s = 0; s < sources_.size(); ++s)
        for (PacketRef& packet : sources_[s].picture(now_, pool_, inbounds_[s])) {
          if (rng.chance(0.05)) continue;
          if (rng.chance(0.1))
            held.emplace_back(std::move(packet), static_cast<Encoding>(s));
          else
            give(packet, static_cast<Encoding>(s));
        }
      for (; held.size() > 8; held.erase(held.begin())) give(held.front().first, held.front().second);
      now_ += 33ms;
    }
    EXPECT_GT(used.size(), 200U);
    EXPECT_NE(stream.current(), std::nullopt) << "seed " << seed;
  }
}

// What is lost and repaired within two seconds, whenever the limit moves: once all of it is there, no number is
// missing, each frame is whole and can be decoded, and each picture ends with its marker, without which libwebrtc never
// puts it together.
TEST_P(LayerForwarding, IsCompleteWhenWhatWasLostIsRepaired) {
  const Plan& plan = GetParam();
  if (plan.encodings > 1) GTEST_SKIP() << "what one encoding lost is not waited for when another is taken";
  for (std::uint64_t seed = 1; seed <= 16; ++seed) {
    make_sources(plan, seed);
    Rng rng(seed);
    const double loss = seed % 2 == 0 ? 0.05 : 0.2;
    OutboundStream stream(outbound(plan));
    std::map<std::int64_t, std::pair<PacketRef, Rewrite>> sent;
    std::multimap<int, PacketRef> lost;  // until a picture
    const auto give = [&](const PacketRef& packet) {
      if (const auto rewrite = stream.plan(*packet, 0)) sent[rewrite->seq.value()] = {packet, *rewrite};
      if (stream.wants_key_frame()) sources_[0].make_key_picture();
    };
    for (int picture = 0; picture < 400; ++picture, now_ += 33ms) {
      for (PacketRef& packet : sources_[0].picture(now_, pool_, inbounds_[0])) {
        if (rng.chance(picture == 0 ? 1 : 0.01))
          stream.set_limit(Layer{static_cast<std::uint8_t>(rng.below(3)), static_cast<std::uint8_t>(rng.below(3))});
        if (picture > 0 && picture < 330 && rng.chance(loss))
          lost.emplace(picture + static_cast<int>(rng.below(60)), std::move(packet));
        else
          give(packet);
      }
      for (; !lost.empty() && lost.begin()->first <= picture; lost.erase(lost.begin())) give(lost.begin()->second);
    }
    Receiver receiver = this->receiver(plan, true);
    for (const auto& [seq, packet] : sent) {
      ASSERT_FALSE(receiver.misses_an_end(packet.second)) << "seed " << seed << ", packet " << seq;
      receiver.take(*packet.first, packet.second, stream.header());
      ASSERT_FALSE(HasFatalFailure()) << "seed " << seed << ", packet " << seq;
    }
    receiver.check_complete();
  }
}

const Plan kPlans[] = {
    {"vp8", {.codec = wire::Codec::kVp8, .temporal_layers = 3}},
    {"vp8_simulcast", {.codec = wire::Codec::kVp8, .temporal_layers = 3}, 3},
    {"vp8_simulcast_without_layers", {.codec = wire::Codec::kVp8}, 2},
    {"h264", {.codec = wire::Codec::kH264, .temporal_layers = 2}},
    {"h264_simulcast", {.codec = wire::Codec::kH264, .temporal_layers = 2}, 3},
    {"h264_described", {.codec = wire::Codec::kH264, .temporal_layers = 3, .described = true}},
    {"h264_described_simulcast", {.codec = wire::Codec::kH264, .temporal_layers = 3, .described = true}, 3},
    {"vp9_svc", {.codec = wire::Codec::kVp9, .spatial_layers = 3, .temporal_layers = 3}},
    {"vp9_svc_not_flexible",
     {.codec = wire::Codec::kVp9, .spatial_layers = 3, .temporal_layers = 3, .flexible = false}},
    {"vp9_ksvc", {.codec = wire::Codec::kVp9, .spatial_layers = 3, .temporal_layers = 3, .key_dependent = true}},
    {"vp9_ksvc_not_flexible",
     {.codec = wire::Codec::kVp9, .spatial_layers = 3, .temporal_layers = 3, .key_dependent = true, .flexible = false}},
    {"vp9_svc_without_temporal_layers", {.codec = wire::Codec::kVp9, .spatial_layers = 2}},
    {"vp9_svc_renewing", {.codec = wire::Codec::kVp9, .spatial_layers = 3, .temporal_layers = 3, .renewing = true}},
    {"vp9_simulcast", {.codec = wire::Codec::kVp9, .temporal_layers = 3, .flexible = false}, 3},
    {"vp9_simulcast_flexible", {.codec = wire::Codec::kVp9, .temporal_layers = 2}, 2},
    {"vp9_temporal", {.codec = wire::Codec::kVp9, .temporal_layers = 2}},
    {"av1_svc", {.codec = wire::Codec::kAv1, .spatial_layers = 3, .temporal_layers = 3}},
    {"av1_ksvc", {.codec = wire::Codec::kAv1, .spatial_layers = 3, .temporal_layers = 3, .key_dependent = true}},
    {"av1_svc_renewing", {.codec = wire::Codec::kAv1, .spatial_layers = 3, .temporal_layers = 3, .renewing = true}},
    {"av1_temporal", {.codec = wire::Codec::kAv1, .temporal_layers = 3}},
    {"av1_simulcast", {.codec = wire::Codec::kAv1, .temporal_layers = 2}, 2},
};
INSTANTIATE_TEST_SUITE_P(Codecs, LayerForwarding, ::testing::ValuesIn(kPlans),
                         [](const auto& plan) { return std::string(plan.param.name); });

}  // namespace
}  // namespace consomme::media
