#include "sfu/media/inbound_stream.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "sfu/media/ticks.h"
#include "sfu/media/verdict.h"

namespace consomme::media {
namespace {

constexpr std::size_t kRtxPrefixBytes = 2;  // the original sequence number (RFC 4588 §4)

// A step in time beyond this is a pause or a restart of the source, not jitter.
constexpr std::int64_t kMaxJitterSeconds = 5;

// A capture time further from the arrival than any queue is long: the sender report does not speak of this packet.
constexpr Duration kMaxCaptureAge = 5s;

Drop drop_of(SequenceError error) {
  switch (error) {
    case SequenceError::kDuplicate:
      return Drop::kDuplicate;
    case SequenceError::kTooOld:
      return Drop::kTooOld;
    case SequenceError::kJump:
      return Drop::kJump;
  }
  return Drop::kJump;
}

}  // namespace

InboundStream::InboundStream(const InboundConfig& config) : config_(config) {
  if (has_key_frames(config.codec)) layers_.emplace();
  if (config.red) redundancy_.emplace(*config.red);
}

std::expected<PacketRef, Drop> InboundStream::receive(Instant now, PacketBuilder packet, bool is_rtx) {
  if (const auto taken = take(packet, is_rtx); !taken) {
    if (taken.error() != Drop::kDuplicate && taken.error() != Drop::kRtxProbe) ++counts_.discarded;
    return std::unexpected(taken.error());
  }
  packet->received = now;
  packet->captured = captured(now, packet->rtp.timestamp);
  ++counts_.packets;
  counts_.payload_bytes += std::uint64_t{packet->rtp.payload_bytes} + packet->redundancy_bytes;
  rate_.add(now, packet->size);
  if (packet->rtp.payload_bytes != 0) last_packet_ = now;  // padding shows nothing
  if (is_rtx) {
    ++counts_.repaired;
  } else {
    ++in_order_count_;
    measure_jitter(now, *packet);
  }
  inspect(*packet);
  note_frame(now, *packet);
  note_losses(now, *packet);
  if (layers_) measure_layers(now, *packet);
  comes_redundant_ = packet->came_as_red != 0;
  if (redundancy_) redundancy_->add(packet);
  PacketRef published = packet.publish();
  if (redundancy_) redundancy_->keep(published);
  return published;
}

// A step that the receiver takes for a restart is one.
void InboundStream::follow(Instant now, const Packet& packet) {
  if (followed_ && packet.seq - *followed_ > SequenceValidator::kMaxDropout) begin_again();
  followed_ = followed_ ? std::max(*followed_, packet.seq) : packet.seq;
  rate_.add(now, packet.received_bytes());
  comes_redundant_ = packet.came_as_red != 0;
  if (packet.rtp.payload_bytes != 0) last_packet_ = now;
  dependencies_.follow(packet);
  note_frame(now, packet);
  if (packet.info.key_frame) {
    last_key_frame_ = packet.timestamp;
    key_frame_requests_.received_key_frame();
  }
  if (layers_) measure_layers(now, packet);
}

// Gives the packet its place in the stream.
std::expected<void, Drop> InboundStream::take(PacketBuilder& packet, bool is_rtx) {
  if (is_rtx) {
    if (const auto undone = undo_rtx(*packet); !undone) return undone;
    const auto seq = sequence_.admit_repair(packet->rtp.seq);
    if (!seq) return std::unexpected(drop_of(seq.error()));
    packet->seq = *seq;
  } else {
    if (const auto undone = undo_red(packet); !undone) return undone;
    if (packet->rtp.payload_type != config_.payload_type) return std::unexpected(Drop::kPayloadType);
    const auto admitted = sequence_.admit(packet->rtp.seq);
    if (!admitted) return std::unexpected(drop_of(admitted.error()));
    if (admitted->restarted) begin_again();
    packet->seq = admitted->seq;
  }
  packet->timestamp = timestamps_.unwrap(packet->rtp.timestamp);
  return {};
}

// Nothing, of most packets. One that is empty is padding, whatever it is called.
std::expected<void, Drop> InboundStream::undo_red(PacketBuilder& packet) const {
  if (!redundancy_ || !redundancy_->is_red(packet->rtp.payload_type)) return {};
  if (packet->rtp.payload_bytes == 0) {
    packet->rtp.payload_type = config_.payload_type;
    return {};
  }
  if (!redundancy_->unpack(packet, config_.payload_type)) return std::unexpected(Drop::kRedMalformed);
  return {};
}

// The view becomes that of the original packet (RFC 4588 §4); the bytes stay.
std::expected<void, Drop> InboundStream::undo_rtx(Packet& packet) const {
  wire::RtpView& rtp = packet.rtp;
  if (rtp.payload_type != config_.rtx_payload_type) return std::unexpected(Drop::kPayloadType);
  if (rtp.payload_bytes == 0) return std::unexpected(Drop::kRtxProbe);
  if (rtp.payload_bytes < kRtxPrefixBytes) return std::unexpected(Drop::kRtxMalformed);
  rtp.seq = SeqNo(static_cast<std::uint16_t>(load_be<kRtxPrefixBytes>(packet.payload().data())));
  rtp.ssrc = config_.ssrc.value_or(Ssrc());
  rtp.payload_type = config_.payload_type;
  rtp.payload_offset = static_cast<std::uint16_t>(rtp.payload_offset + kRtxPrefixBytes);
  rtp.payload_bytes = static_cast<std::uint16_t>(rtp.payload_bytes - kRtxPrefixBytes);
  return {};
}

void InboundStream::begin_again() {
  nack_.restart();
  timestamps_.reset();
  in_order_count_ = expected_prior_ = received_prior_ = 0;
  assessed_.expected = assessed_.in_order = 0;
  jitter_arrival_.reset();
  last_key_frame_.reset();
  sender_report_.reset();
  dependencies_.reset();
  newest_frame_.reset();
  if (redundancy_) redundancy_->restart();
}

// A payload that its codec's parser refuses is forwarded all the same: end-to-end encryption may have hidden it, and
// only the receivers can know.
void InboundStream::inspect(Packet& packet) {
  packet.info = wire::inspect_payload(config_.codec, packet.payload()).value_or(wire::PayloadInfo{});
  packet.dependencies = {};
  if (heeds_dependencies(config_.codec)) dependencies_.resolve(packet);
  if (packet.extensions[static_cast<std::size_t>(HeaderExtension::kAudioLevel)].offset == 0) return;
  if (const auto level = wire::parse_audio_level(packet.extension(HeaderExtension::kAudioLevel))) audio_level_ = level;
}

// A packet of a decode target counts for that target; elsewhere layers need all that is below them, unless it says that
// they do not. One that follows the stream knows the targets from its first key frame on.
void InboundStream::measure_layers(Instant now, const Packet& packet) {
  const LayerRates::Part part{.bytes = packet.size,
                              .layer = layer_of(packet),
                              .key_picture = last_key_frame_ == packet.timestamp,
                              .alone = packet.info.not_for_upper_layers};
  const DecodeTargets* const targets = dependencies_.targets();
  if (packet.dependencies.decode_targets != 0 && targets != nullptr)
    layers_->add(now, part, packet.dependencies.targets.present(), *targets);
  else
    layers_->add(now, part);
}

// Which frame is newer, numbers tell: a sender may set its timestamps back.
void InboundStream::note_frame(Instant now, const Packet& packet) {
  if (!has_key_frames(config_.codec) || packet.rtp.payload_bytes == 0) return;  // no video, or padding
  if (newest_frame_ && (packet.timestamp == newest_frame_->timestamp || packet.seq < newest_frame_->first)) return;
  newest_frame_ = {packet.seq, packet.timestamp};
  frame_gaps_.frame(now);
}

void InboundStream::note_losses(Instant now, Packet& packet) {
  if (config_.nack && nack_.receive(now, packet.seq)) request_key_frame(now);
  // Sound can be started with at any packet, but the packets before it are missed all the same. Parameter sets and
  // picture of one key frame may both say that it starts; what is missing between them is needed.
  // Nobody can start behind the first of them.
  if (!has_key_frames(config_.codec) || !packet.info.key_frame) return;
  // Behind a gap it may lack its parameter sets, which are then asked for, and begin anew with them.
  if (packet.info.parameters_precede && sequence_.lacks_before(packet.seq)) {
    packet.info.key_frame = false;
    return;
  }
  packet.info.passed = packet.seq < *sequence_.highest();
  if (last_key_frame_ == packet.timestamp) {
    packet.info.key_frame = packet.seq < key_frame_begin_;
    key_frame_begin_ = std::min(key_frame_begin_, packet.seq);
    return;
  }
  last_key_frame_ = packet.timestamp;
  key_frame_begin_ = packet.seq;
  ++counts_.key_frames;
  nack_.received_key_frame(packet.seq);
  key_frame_requests_.received_key_frame();
}

// RFC 3550 §A.8, the estimate kept with four fractional bits.
void InboundStream::measure_jitter(Instant now, const Packet& packet) {
  if (jitter_arrival_) {
    const std::int64_t arrivals = to_ticks(now - *jitter_arrival_, config_.clock_rate);
    const std::int64_t step = std::abs(arrivals - (packet.timestamp.value() - jitter_timestamp_.value()));
    if (step <= kMaxJitterSeconds * config_.clock_rate)
      jitter_q4_ += static_cast<std::uint32_t>(step) - ((jitter_q4_ + 8) >> 4);
  }
  jitter_arrival_ = now;
  jitter_timestamp_ = packet.timestamp;
}

Instant InboundStream::captured(Instant now, RtpTimestamp timestamp) const {
  if (!sender_report_) return now;
  const Instant at = sender_report_->info.ntp.to_instant() + clock_offset_ +
                     from_ticks(distance(sender_report_->info.rtp, timestamp), config_.clock_rate);
  return std::chrono::abs(at - now) <= kMaxCaptureAge ? at : now;
}

Duration InboundStream::jitter() const {
  return from_ticks(jitter_q4_ >> 4, config_.clock_rate);
}

void InboundStream::bind(Ssrc ssrc) {
  if (config_.ssrc && *config_.ssrc != ssrc) sequence_.expect_restart();
  config_.ssrc = ssrc;
}

void InboundStream::request_key_frame(Instant now) {
  if (config_.key_frames) key_frame_requests_.request(now);
}

InboundStream::Feedback InboundStream::expire(Instant now) {
  const Feedback feedback{nack_.expire(now), key_frame_requests_.expire(now)};
  counts_.nacked += feedback.lost.size();
  if (!feedback.lost.empty()) ++counts_.nacks;
  if (feedback.key_frame) ++counts_.key_frame_requests;
  return feedback;
}

Instant InboundStream::deadline() const {
  return std::min(nack_.deadline(), key_frame_requests_.deadline());
}

void InboundStream::set_rtt(Duration rtt) {
  nack_.set_rtt(rtt);
  key_frame_requests_.set_rtt(rtt);
  rtt_ = rtt;
}

bool InboundStream::left_behind_by(const InboundStream& other, Instant now) const {
  const auto usual = frame_gaps_.mean();
  const auto others = other.frame_gaps_.mean();
  if (!last_packet_ || !usual || !others) return false;
  const Duration missed = std::min(kPicturesMissed * *usual, std::max(kLongSilence, kFewestMissed * *usual));
  if (now - *last_packet_ < std::max(kLeastSilence, missed)) return false;
  const std::int64_t meanwhile = kLongSilence / std::max<Duration>(*others, 1ms);
  const auto began = other.frame_gaps_.began(
      static_cast<std::size_t>(std::clamp<std::int64_t>(meanwhile, kFewestMissed, kPicturesMissed) - 1));
  return began && *began > *last_packet_;
}

Score InboundStream::assess(Instant now) {
  if (!last_packet_ || now - *last_packet_ >= ScoreMeter::kSilence) {
    if (redundancy_) redundancy_->restart();  // it holds no packet meanwhile
    return score_.silence();
  }
  const Assessed sums{sequence_.expected(), in_order_count_, counts_.repaired};
  const Assessed before = std::exchange(assessed_, sums);
  const std::int64_t expected = sums.expected - before.expected;
  return score_.update({.expected = expected,
                        .lost = static_cast<double>(expected - (sums.in_order - before.in_order)),
                        .repaired = static_cast<std::int64_t>(sums.repaired - before.repaired)},
                       rtt_);
}

void InboundStream::receive_sender_report(Instant now, const wire::SenderInfo& info) {
  sender_report_ = LastSenderReport{info, now, sender_report_ ? sender_report_->count + 1 : 1};
}

std::optional<wire::ReportBlock> InboundStream::report(Instant now) {
  if (!sequence_.highest() || !config_.ssrc) return std::nullopt;
  constexpr std::int64_t kMax24 = (1 << 23) - 1;

  const std::int64_t expected = sequence_.expected() - std::exchange(expected_prior_, sequence_.expected());
  const std::int64_t received = in_order_count_ - std::exchange(received_prior_, in_order_count_);
  const std::int64_t lost = expected - received;

  wire::ReportBlock block;
  block.ssrc = *config_.ssrc;
  block.fraction_lost =
      expected > 0 && lost > 0 ? static_cast<std::uint8_t>(std::min<std::int64_t>(lost * 256 / expected, 255)) : 0;
  block.cumulative_lost = static_cast<std::int32_t>(std::clamp(cumulative_lost(), -kMax24 - 1, kMax24));
  fraction_lost_ = block.fraction_lost / 256.0;
  // Our extended numbers begin in the second cycle, those of the report in the first.
  block.highest_seq = static_cast<std::uint32_t>(sequence_.highest()->value() - (1 << 16));
  block.jitter = jitter_q4_ >> 4;
  if (sender_report_) {
    block.last_sender_report = sender_report_->info.ntp.compact();
    block.since_sender_report = to_compact_ntp(now - sender_report_->received);
  }
  return block;
}

}  // namespace consomme::media
