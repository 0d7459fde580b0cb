// Sources with layers, for tests: pictures of real packets, of which it is known what each frame needs to be decoded.
// The frame's number lies in every payload, behind the codec's descriptor, where a receiver finds it again.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/rng.h"
#include "sfu/media/inbound_stream.h"
#include "sfu/media/test_packets.h"
#include "sfu/wire/bits.h"

namespace consomme::media::test {

struct ModelFrame {
  int id = 0;
  Layer layer;
  bool key = false;
  bool renewed = false;    // see ScalableConfig::renewing
  std::vector<int> needs;  // ids
  int packets = 1;
};

// One packet of a frame, before it has a header.
struct ModelPacket {
  ModelFrame frame;
  int index = 0;  // within the frame
  bool marker = false;
  std::vector<std::uint8_t> payload;     // the codec's descriptor
  std::vector<std::uint8_t> dependency;  // the dependency descriptor, a header extension's value; empty: none
  std::size_t bytes = 0;                 // of the whole payload, where the configuration says it
};

struct ScalableConfig {
  wire::Codec codec = wire::Codec::kVp8;
  int spatial_layers = 1;
  int temporal_layers = 1;
  bool key_dependent = false;  // K-SVC
  bool flexible = true;        // VP9's mode
  bool renewing = false;       // now and then an upper layer needs what is below it in its picture, and nothing else
  bool described = false;      // H264 with a dependency descriptor
  bool overshooting = false;   // behind a key picture frames are larger for a while, and then smaller
  std::uint64_t seed = 1;
  // A frame of each spatial layer on average, cut into packets of at most kPacketBytes. 0: one to three packets of next
  // to nothing, by chance.
  std::array<int, 4> frame_bytes{};
  int first_id = 0;  // ids of different sources do not meet
  std::uint32_t first_timestamp = 0;
};

inline constexpr std::array<std::array<int, 4>, 3> kTemporalPatterns = {{{0, 0, 0, 0}, {0, 1, 0, 1}, {0, 2, 1, 2}}};
// A frame's size in tenths of the mean, by temporal layer: with three of them 40, 20 and 40 % of the rate.
inline constexpr std::array<std::array<int, 3>, 3> kTemporalTenths = {{{10, 0, 0}, {12, 8, 0}, {16, 8, 8}}};
inline constexpr int kKeyFrameFactor = 3;
// Of an encoder that overshoots, as Chromium 156 does with AV1 in three layers: sizes in tenths of the usual, and
// pictures.
inline constexpr int kOvershootTenths = 24;
inline constexpr int kOvershootPictures = 9;
inline constexpr int kPaybackTenths = 7;
inline constexpr int kPaybackPictures = 45;  // those of the overshoot among them
inline constexpr int kPacketBytes = 1000;
inline constexpr ExtensionId kDescriptorId{5};

class ScalableSource {
 public:
  explicit ScalableSource(const ScalableConfig& config)
      : config_(config),
        rng_(config.seed),
        timestamp_(config.first_timestamp),
        next_id_(config.first_id),
        wanted_(config.spatial_layers) {
    ids_.set(kDescriptorId, HeaderExtension::kDependencyDescriptor);
    picture_id_ = rng_.u16() & 0x7fff;
    tl0_ = static_cast<std::uint8_t>(rng_.u16());
    frame_number_ = rng_.u16();
    seq_ = rng_.u16();
  }

  void make_key_picture() { wants_key_ = true; }
  // With a key picture, other template ids for its dependency structure: as Chromium when that changes, so that packets
  // of both cannot be mixed up.
  void renew_structure() {
    make_key_picture();
    first_template_ = (first_template_ + 2U * static_cast<std::uint32_t>(layers())) % kTemplateIds;
  }
  // A sender that has begun anew.
  void set_timestamp(std::uint32_t timestamp) { timestamp_ = timestamp; }
  // As of an encoder that has no room for the others, or for which they are worth nothing. Where they come back they
  // begin with what is below them; in K-SVC that takes a key picture.
  void code_layers(int spatial_layers) {
    wants_key_ |= config_.key_dependent && spatial_layers > coded_;
    wanted_ = spatial_layers;
  }
  // The next picture, worst spatial layer first.
  std::vector<ModelPacket> next_picture() {
    const bool key = std::exchange(wants_key_, false);
    if (key) position_ = 0;
    const int temporal = kTemporalPatterns[static_cast<std::size_t>(config_.temporal_layers - 1)]
                                          [static_cast<std::size_t>(position_++ % 4)];
    begin(key, temporal);
    if (temporal == 0) coded_ = wanted_;
    std::vector<ModelPacket> packets;
    for (int spatial = 0; spatial < coded_; ++spatial) {
      const ModelFrame& frame = make_frame(key, spatial, temporal);
      for (int i = 0; i < frame.packets; ++i) packets.push_back(packet(frame, i));
      ++frame_number_;
    }
    for (int spatial = coded_; spatial < config_.spatial_layers; ++spatial)
      last_[static_cast<std::size_t>(spatial)].fill(kNone);
    ++picture_id_;
    return packets;
  }
  // The same as an inbound stream publishes it. `lost`: so many packets of its beginning do not come.
  std::vector<PacketRef> picture(Instant now, PacketPool& pool, InboundStream& inbound, std::size_t lost = 0) {
    std::vector<PacketRef> packets;
    for (const ModelPacket& made : next_picture()) {
      const Given sent = given(made);
      if (lost > 0)
        --lost;
      else if (auto packet = inbound.receive(now, build(pool, sent, ids_), false))
        packets.push_back(std::move(*packet));
    }
    timestamp_ += 3000;
    return packets;
  }
  const std::map<int, ModelFrame>& frames() const { return frames_; }

 private:
  static constexpr int kNone = -1;
  static constexpr std::uint32_t kTemplateIds = 64;

  int layers() const { return config_.spatial_layers * config_.temporal_layers; }

  bool is_described() const { return config_.codec == wire::Codec::kAv1 || config_.described; }

  void begin(bool key, int temporal) {
    if (key)
      for (auto& layer : last_) layer.fill(kNone);
    if (key)
      for (auto& layer : last_number_) layer.fill(kNone);
    if (temporal == 0) ++tl0_;
    // VP8: the picture needs the base layer only. VP9: nothing above it will need what was before it. With a dependency
    // descriptor: as its indications say, always.
    sync_ = is_described() || key || rng_.chance(0.5);
  }

  ModelFrame& make_frame(bool key, int spatial, int temporal) {
    ModelFrame frame{.id = next_id_++, .layer = layer(spatial, temporal), .key = key, .needs = {}};
    const int bytes = bytes_of(frame);
    frame.packets = bytes == 0 ? 1 + static_cast<int>(rng_.below(3)) : (bytes + kPacketBytes - 1) / kPacketBytes;
    references_.clear();
    auto& last = last_[static_cast<std::size_t>(spatial)];
    frame.renewed =
        !key && spatial > 0 && temporal == 0 && (last[0] == kNone || (config_.renewing && rng_.chance(0.2)));
    if (!key && !frame.renewed) {
      const int deepest = config_.codec == wire::Codec::kVp8 && sync_ ? 0
                          : config_.codec == wire::Codec::kAv1 || config_.codec == wire::Codec::kH264
                              ? std::max(temporal - 1, 0)
                              : temporal;
      for (int t = 0; t <= deepest; ++t) need(frame, last[static_cast<std::size_t>(t)], spatial, t);
    }
    if (spatial > 0 && (key || frame.renewed || !config_.key_dependent)) {
      frame.needs.push_back(frame.id - 1);
      references_.push_back(1);
    }
    if ((config_.codec == wire::Codec::kVp9 || is_described()) && sync_)
      for (std::size_t t = static_cast<std::size_t>(temporal) + 1; t < last.size(); ++t) last[t] = kNone;
    last[static_cast<std::size_t>(temporal)] = frame.id;
    last_number_[static_cast<std::size_t>(spatial)][static_cast<std::size_t>(temporal)] = frame_number_;
    return frames_[frame.id] = frame;
  }
  void need(ModelFrame& frame, int id, int spatial, int temporal) {
    if (id == kNone) return;
    frame.needs.push_back(id);
    const int number = last_number_[static_cast<std::size_t>(spatial)][static_cast<std::size_t>(temporal)];
    references_.push_back(static_cast<std::uint16_t>(frame_number_ - number));
  }
  static Layer layer(int spatial, int temporal) {
    return {static_cast<std::uint8_t>(spatial), static_cast<std::uint8_t>(temporal)};
  }

  int bytes_of(const ModelFrame& frame) const {
    const int mean = config_.frame_bytes[frame.layer.spatial];
    const int tenths = kTemporalTenths[static_cast<std::size_t>(config_.temporal_layers - 1)][frame.layer.temporal];
    return mean * tenths / 10 * (frame.key ? kKeyFrameFactor : 1) * rate_control_tenths() / 10;
  }

  int rate_control_tenths() const {
    if (!config_.overshooting || position_ == 1 || position_ > kPaybackPictures) return 10;
    return position_ <= kOvershootPictures ? kOvershootTenths : kPaybackTenths;
  }

  ModelPacket packet(const ModelFrame& frame, int i) {
    const bool first = i == 0;
    const bool last = i + 1 == frame.packets;
    ModelPacket packet{.frame = frame,
                       .index = i,
                       .marker = last && frame.layer.spatial + 1 == coded_,
                       .payload = descriptor(frame, first, last),
                       .dependency = {},
                       .bytes = static_cast<std::size_t>(bytes_of(frame) / frame.packets)};
    if (is_described()) packet.dependency = dependency(frame, first, last);
    return packet;
  }
  Given given(const ModelPacket& made) {
    Given given{.seq = seq_++, .timestamp = timestamp_, .payload = made.payload, .marker = made.marker};
    for (int shift = 24; shift >= 0; shift -= 8)
      given.payload.push_back(static_cast<std::uint8_t>(made.frame.id >> shift));
    given.payload.push_back(static_cast<std::uint8_t>(made.index));
    given.payload.resize(std::max(given.payload.size(), made.bytes));
    if (!made.dependency.empty()) given.extension = extension(made.dependency);
    return given;
  }

  std::vector<std::uint8_t> descriptor(const ModelFrame& frame, bool first, bool last) const {
    const auto bytes = [](auto... values) { return std::vector<std::uint8_t>{static_cast<std::uint8_t>(values)...}; };
    const int temporal = frame.layer.temporal;
    switch (config_.codec) {
      case wire::Codec::kVp8:  // X and S; I, L, T; 15 bits; TL0PICIDX; TID and Y; then P of the payload header
        return bytes(first ? 0x90 : 0x80, 0xe0, 0x80 | picture_id_ >> 8, picture_id_, tl0_,
                     temporal << 6 | (temporal > 0 && sync_ ? 0x20 : 0), first && frame.key ? 0x10 : 0x11);
      case wire::Codec::kVp9: {
        const bool inter = !frame.key && !frame.renewed;
        const bool top = frame.layer.spatial + 1 == config_.spatial_layers;
        const bool alone = top || (config_.key_dependent && !frame.key);
        const bool tells_layers = !config_.flexible && frame.key && first && frame.layer.spatial == 0;
        auto out = bytes(0xa0 | (inter ? 0x40 : 0) | (config_.flexible ? 0x10 : 0) | (first ? 8 : 0) | (last ? 4 : 0) |
                             (tells_layers ? 2 : 0) | (alone ? 1 : 0),
                         0x80 | picture_id_ >> 8, picture_id_,
                         temporal << 5 | (sync_ ? 0x10 : 0) | frame.layer.spatial << 1 |
                             (frame.layer.spatial > 0 && (frame.key || !config_.key_dependent) ? 1 : 0));
        if (!config_.flexible) out.push_back(tl0_);
        if (config_.flexible && inter) out.push_back(1 << 1);
        if (tells_layers) out.push_back(static_cast<std::uint8_t>((config_.spatial_layers - 1) << 5));
        return out;
      }
      case wire::Codec::kH264:  // an IDR slice or another, of which those of the upper layer are no references
        return bytes((temporal == 0 || temporal + 1 < config_.temporal_layers ? 0x60 : 0) | (frame.key ? 5 : 1),
                     first ? 0x88 : 0x08);
      default:  // one element, with a sequence header first in a key frame
        if (frame.key && first && frame.layer.spatial == 0) return bytes(0x28, 2, 0x08, 0, 0x30);
        return bytes(0x10, 0x30);
    }
  }

  // Decode targets are the layers, the best first; a chain per spatial layer (as in A.6.3 and A.6.4).
  std::vector<std::uint8_t> dependency(const ModelFrame& frame, bool first, bool last) {
    std::array<std::uint8_t, 255> value{};
    wire::BitWriter out(value);
    const bool attach = frame.key && first && frame.layer.spatial == 0;
    out.flag(first);
    out.flag(last);
    out.bits(template_of(frame), 6);
    out.bits(frame_number_, 16);
    for (const bool flag : {attach, false, true, true, true}) out.flag(flag);
    if (attach) write_structure(out);
    write_targets(out, frame.layer, frame.key);
    for (const std::uint16_t reference : references_) {
      out.bits(2, 2);
      out.bits(reference - 1U, 8);
    }
    out.bits(0, 2);
    for (int chain = 0; chain < config_.spatial_layers; ++chain) write_chain(out, frame, chain, last);
    return {value.begin(), value.begin() + static_cast<std::ptrdiff_t>(out.size())};
  }
  static std::vector<std::uint8_t> extension(ByteView value) {
    constexpr std::size_t kHeads = 6;  // of the block and of the element
    std::vector<std::uint8_t> extension((kHeads + value.size() + 3) / 4 * 4);
    std::ranges::copy(value, extension.begin() + kHeads);
    extension[0] = 0x10;  // two-byte heads (RFC 8285 §4.3)
    extension[3] = static_cast<std::uint8_t>(extension.size() / 4 - 1);
    extension[4] = kDescriptorId.value();
    extension[5] = static_cast<std::uint8_t>(value.size());
    return extension;
  }
  // A row for key frames and one for others, of every layer.
  std::uint32_t template_of(const ModelFrame& frame) const {
    const int row = (frame.layer.spatial * config_.temporal_layers + frame.layer.temporal) * 2 + (frame.key ? 0 : 1);
    return (first_template_ + static_cast<std::uint32_t>(row)) % kTemplateIds;
  }
  void write_structure(wire::BitWriter& out) {
    const int layers = this->layers();
    out.bits(first_template_, 6);
    out.bits(static_cast<std::uint32_t>(layers - 1), 5);
    for (int i = 0; i < layers; ++i) {
      out.bits(0, 2);
      const bool last = i + 1 == layers;
      out.bits(last ? 3 : (i + 1) % config_.temporal_layers == 0 ? 2 : 1, 2);
    }
    for (int i = 0; i < layers * 2; ++i)
      write_targets(out, layer(i / 2 / config_.temporal_layers, i / 2 % config_.temporal_layers), i % 2 == 0);
    for (int i = 0; i < layers * 2; ++i) out.flag(false);
    non_symmetric(out, config_.spatial_layers, layers + 1);
    for (int target = 0; target < layers; ++target)
      non_symmetric(out, target_layer(target).spatial, config_.spatial_layers);
    for (int i = 0; i < layers * 2 * config_.spatial_layers; ++i) out.bits(0, 4);
    out.flag(false);
  }
  static void non_symmetric(wire::BitWriter& out, int value, int n) {
    const auto width = static_cast<int>(std::bit_width(static_cast<unsigned>(n)));
    const int shorter = (1 << width) - n;
    const bool is_short = value < shorter;
    out.bits(static_cast<std::uint32_t>(is_short ? value : value + shorter),
             static_cast<std::size_t>(is_short ? width - 1 : width));
  }
  Layer target_layer(int target) const {
    const int reversed = config_.spatial_layers * config_.temporal_layers - 1 - target;
    return layer(reversed / config_.temporal_layers, reversed % config_.temporal_layers);
  }
  void write_targets(wire::BitWriter& out, Layer of, bool key) {
    for (int i = 0; i < config_.spatial_layers * config_.temporal_layers; ++i) {
      const Layer target = target_layer(i);
      const bool reached = config_.key_dependent && !key ? of.spatial == target.spatial : of.spatial <= target.spatial;
      if (!reached || of.temporal > target.temporal)
        out.bits(0, 2);
      else if (key)
        out.bits(2, 2);
      else if (of.spatial < target.spatial)
        out.bits(3, 2);
      else
        out.bits(of.temporal == target.temporal && of.temporal > 0 ? 1 : 2, 2);
    }
  }
  void write_chain(wire::BitWriter& out, const ModelFrame& frame, int chain, bool last) {
    const auto index = static_cast<std::size_t>(chain);
    const bool starts = frame.key && frame.layer.spatial == 0;
    out.bits(starts ? 0U : static_cast<std::uint16_t>(frame_number_ - chain_[index]), 8);
    const bool member =
        frame.layer.temporal == 0 &&
        (frame.key || !config_.key_dependent ? frame.layer.spatial <= chain : frame.layer.spatial == chain);
    if (last && member) chain_[index] = frame_number_;
  }

  ScalableConfig config_;
  Rng rng_;
  wire::ExtensionIds ids_;
  std::uint32_t timestamp_;
  int next_id_;
  std::uint16_t seq_ = 0;
  std::uint16_t picture_id_ = 0;
  std::uint16_t frame_number_ = 0;
  std::uint8_t tl0_ = 0;
  std::uint32_t first_template_ = 0;
  bool wants_key_ = true;
  int coded_ = 0;   // spatial layers
  int wanted_ = 0;  // of them, from the next picture of the lowest temporal layer on
  bool sync_ = true;
  int position_ = 0;
  std::array<std::array<int, 3>, 4> last_{};         // frames, by layer, that later ones may need
  std::array<std::array<int, 3>, 4> last_number_{};  // their frame numbers
  std::array<std::uint16_t, 4> chain_{};             // frame number of each chain's last
  std::vector<std::uint16_t> references_;            // of the frame at hand, frames back
  std::map<int, ModelFrame> frames_;
};

}  // namespace consomme::media::test
