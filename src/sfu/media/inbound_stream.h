// One encoding of a producer, as it comes in: its SSRC and the RTX stream that repairs it. Takes each plaintext packet
// once: puts it in order, undoes RTX, keeps the statistics of RFC 3550, notices losses and key frames, and publishes
// it. Driven by the transport: receive() per packet, expire() when deadline() has come, the RTCP parts as they arrive.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "base/sequence.h"
#include "base/time.h"
#include "sfu/media/dependency_tracker.h"
#include "sfu/media/frame_gaps.h"
#include "sfu/media/key_frames.h"
#include "sfu/media/layer.h"
#include "sfu/media/layer_rates.h"
#include "sfu/media/nack.h"
#include "sfu/media/packet.h"
#include "sfu/media/rate_meter.h"
#include "sfu/media/redundancy.h"
#include "sfu/media/score.h"
#include "sfu/media/sequence_validator.h"
#include "sfu/wire/extension_values.h"
#include "sfu/wire/payload/codec.h"
#include "sfu/wire/rtcp_report.h"

namespace consomme::media {

// Codecs whose receivers can start at key frames only.
constexpr bool has_key_frames(wire::Codec codec) {
  return codec == wire::Codec::kVp8 || codec == wire::Codec::kVp9 || codec == wire::Codec::kH264 ||
         codec == wire::Codec::kAv1;
}

// Codecs of which a dependency descriptor tells more of the layers than they do themselves.
constexpr bool heeds_dependencies(wire::Codec codec) {
  return codec == wire::Codec::kAv1 || codec == wire::Codec::kH264;
}

// Why a packet was not published.
enum class Drop : std::uint8_t {
  kPayloadType,   // not the negotiated one
  kDuplicate,     // already here, directly or repaired
  kTooOld,        // behind the window
  kJump,          // far from what was expected, and not yet proven to be a restart
  kRtxProbe,      // RTX with nothing inside: bandwidth probing
  kRtxMalformed,  // RTX too short for its original sequence number
  kRedMalformed,  // redundant audio whose blocks do not add up
  kCount,
};
inline constexpr std::array<std::string_view, static_cast<std::size_t>(Drop::kCount)> kDropNames = {
    "payload-type", "duplicate", "too-old", "sequence-jump", "rtx-probe", "rtx-malformed", "red-malformed"};
constexpr std::string_view to_string(Drop drop) {
  return kDropNames[static_cast<std::size_t>(drop)];
}

struct InboundConfig {
  wire::Codec codec = wire::Codec::kOpus;
  std::uint32_t clock_rate = 48000;
  PayloadType payload_type{};                     // the sender's own
  std::optional<PayloadType> rtx_payload_type{};  // the sender's own
  std::optional<Ssrc> ssrc{};                     // unknown until the first packet when only a RID was announced
  std::optional<Ssrc> rtx_ssrc{};
  bool nack = false;               // the sender answers NACK
  bool key_frames = false;         // the sender answers PLI
  std::optional<RedConfig> red{};  // of Opus where receivers may take it redundantly
};

// Sums since the stream was made. Bytes are those of whole RTP packets.
struct InboundCounts {
  std::uint64_t packets = 0;  // published
  std::uint64_t payload_bytes = 0;
  std::uint64_t repaired = 0;   // of those, by RTX
  std::uint64_t discarded = 0;  // of no use, but no duplicates and no probes: those are there on the best of links
  std::uint64_t nacked = 0;     // packets asked for, repetitions included
  std::uint64_t nacks = 0;      // messages that asked
  std::uint64_t key_frames = 0;
  std::uint64_t key_frame_requests = 0;
};

// The last sender report as it came: what the source's timestamps mean in its wall clock, and what it has sent.
struct LastSenderReport {
  wire::SenderInfo info;
  Instant received;
  std::uint64_t count = 0;  // of all that have come
};

class InboundStream {
 public:
  // An encoding or layer that sent nothing for this long is taken for dead. Screen capture repeats a picture that does
  // not change once a second, and what died has to be left within 1.5 s.
  static constexpr Duration kActiveFor = 1250ms;

  // One that misses so many pictures that another encoding of its source has is taken for dead before that: what is
  // shown instead begins with a key picture, and a slow source has few. Eight are many for none to have come of; where
  // they take long, as many as come meanwhile have to do.
  static constexpr Duration kLeastSilence = 500ms;
  static constexpr Duration kLongSilence = 800ms;
  static constexpr std::int64_t kPicturesMissed = 8;
  static constexpr std::int64_t kFewestMissed = 2;

  explicit InboundStream(const InboundConfig& config);

  // `packet` holds a plaintext packet of this encoding, with rtp, size and extensions filled in by the transport.
  // `is_rtx`: it came with the RTX SSRC.
  std::expected<PacketRef, Drop> receive(Instant now, PacketBuilder packet, bool is_rtx);

  // Instead of receive(), where another worker receives the stream: a packet as that one has published it. Rates,
  // layers and signs of life are then the same here; what only the receiver knows or does is left to it.
  void follow(Instant now, const Packet& packet);
  void set_score(Score score) { score_.adopt(score); }  // which that one tells

  // The SSRC was learned from a RID, or the client began again with another one.
  void bind(Ssrc ssrc);
  void bind_rtx(Ssrc ssrc) { config_.rtx_ssrc = ssrc; }
  std::optional<Ssrc> ssrc() const { return config_.ssrc; }
  std::optional<Ssrc> rtx_ssrc() const { return config_.rtx_ssrc; }

  // A consumer cannot go on without a key frame. May be called for each packet that does not help him.
  void request_key_frame(Instant now);
  // The producer is paused or nobody listens: stop asking.
  void cancel_key_frame() { key_frame_requests_.cancel(); }

  // What to send to the source now. `lost` fits one NACK and is valid until the next call.
  struct Feedback {
    std::span<const SeqNo> lost;
    bool key_frame = false;
  };
  Feedback expire(Instant now);
  Instant deadline() const;

  void receive_sender_report(Instant now, const wire::SenderInfo& info);
  // Our time less the sender's wall clock: the same for all its streams at any moment, see SourceClock.
  void set_clock_offset(Duration offset) { clock_offset_ = offset; }
  // This stream's block of the next receiver report (RFC 3550 §6.4.1), which starts a new interval for fraction lost;
  // nullopt before the first packet.
  std::optional<wire::ReportBlock> report(Instant now);
  // The round trip to the sender, which spaces out what is asked for.
  void set_rtt(Duration rtt);
  // About once a second: how well it arrives, since the last call.
  Score assess(Instant now);

  // Its sender repeats itself, so that the rate is that of both.
  bool comes_redundant() const { return comes_redundant_; }
  bool active(Instant now) const { return last_packet_ && now - *last_packet_ < kActiveFor; }
  // It stopped while `other`, of the same source, went on. A path that stalls and a screen that does not change stop
  // both; and for one that has few pictures, few are missed.
  bool left_behind_by(const InboundStream& other, Instant now) const;
  std::optional<Instant> last_packet() const { return last_packet_; }
  std::optional<wire::AudioLevel> audio_level() const { return audio_level_; }  // of the last packet that told
  const std::optional<LastSenderReport>& sender_report() const { return sender_report_; }
  Bitrate bitrate(Instant now) { return rate_.rate(now); }
  // Of what a consumer limited to a layer inside this encoding would be sent.
  Bitrate bitrate(Instant now, Layer up_to) { return layers_ ? layers_->up_to(now, up_to) : rate_.rate(now); }
  // The same of every layer at once; only of video.
  LayerRates::Table bitrates(Instant now) { return layers_->table(now); }
  LayerRates::Table peak_bitrates() const { return layers_->peaks(); }
  // How many layers it had of late, one at least.
  std::uint8_t spatial_layers(Instant now) const { return highest_layer(now).spatial + 1; }
  std::uint8_t temporal_layers(Instant now) const { return highest_layer(now).temporal + 1; }
  Duration jitter() const;
  std::int64_t cumulative_lost() const { return sequence_.expected() - in_order_count_; }
  double fraction_lost() const { return fraction_lost_; }  // in the last receiver report, 0 to 1
  std::optional<Duration> rtt() const { return rtt_; }
  Score score() const { return score_.score(); }   // when last assessed, as the next
  FrameGaps& frame_gaps() { return frame_gaps_; }  // of video
  const FrameGaps& frame_gaps() const { return frame_gaps_; }
  const InboundCounts& counts() const { return counts_; }
  const InboundConfig& config() const { return config_; }

 private:
  std::expected<void, Drop> take(PacketBuilder& packet, bool is_rtx);
  std::expected<void, Drop> undo_red(PacketBuilder& packet) const;
  std::expected<void, Drop> undo_rtx(Packet& packet) const;
  void begin_again();
  void inspect(Packet& packet);
  void note_losses(Instant now, Packet& packet);
  void note_frame(Instant now, const Packet& packet);
  void measure_jitter(Instant now, const Packet& packet);
  Instant captured(Instant now, RtpTimestamp timestamp) const;
  void measure_layers(Instant now, const Packet& packet);
  Layer highest_layer(Instant now) const { return layers_ ? layers_->highest(now, kActiveFor) : Layer{}; }

  InboundConfig config_;
  SequenceValidator sequence_;
  TimestampUnwrapper timestamps_;
  NackGenerator nack_;
  KeyFrameRequests key_frame_requests_;
  RateMeter rate_;
  std::optional<LayerRates> layers_;  // of video
  std::optional<Redundancy> redundancy_;
  bool comes_redundant_ = false;
  DependencyTracker dependencies_;
  InboundCounts counts_;
  std::optional<Instant> last_packet_;
  std::optional<wire::AudioLevel> audio_level_;
  std::optional<LastSenderReport> sender_report_;
  Duration clock_offset_{};
  std::optional<ExtSeqNo> followed_;  // the highest, of follow()
  std::optional<ExtTimestamp> last_key_frame_;
  ExtSeqNo key_frame_begin_;  // the first packet that was seen of it

  // Receiver report state (RFC 3550 §A.3, §A.8). A repair is no arrival: what was lost stays lost in the report.
  std::int64_t in_order_count_ = 0;  // packets of the stream itself since its (re)start, late ones included
  std::int64_t expected_prior_ = 0;
  std::int64_t received_prior_ = 0;
  std::optional<Instant> jitter_arrival_;
  ExtTimestamp jitter_timestamp_;
  std::uint32_t jitter_q4_ = 0;  // RTP timestamp units times 16
  double fraction_lost_ = 0;

  struct Frame {
    ExtSeqNo first;  // that was seen of it
    ExtTimestamp timestamp;
  };
  std::optional<Frame> newest_frame_;
  FrameGaps frame_gaps_;
  std::optional<Duration> rtt_;
  struct Assessed {
    std::int64_t expected = 0;
    std::int64_t in_order = 0;
    std::uint64_t repaired = 0;
  };
  Assessed assessed_;  // sums at the last assessment
  ScoreMeter score_;
};

}  // namespace consomme::media
