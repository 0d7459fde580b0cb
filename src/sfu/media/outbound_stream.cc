#include "sfu/media/outbound_stream.h"

#include <algorithm>

#include "base/check.h"
#include "sfu/media/inbound_stream.h"
#include "sfu/media/ticks.h"

namespace consomme::media {
namespace {

constexpr std::uint16_t kFirstSeqBound = 1 << 15;  // RFC 3711 §3.3.1, see OutboundConfig

// Anything longer is nonsense, or an answer to a report of another life.
constexpr Duration kMaxRoundTrip = 60s;

ExtSeqNo first_of(SeqNo seq) {
  check(seq.value() < kFirstSeqBound, "outgoing sequence numbers begin below 2^15");
  return ExtSeqNo(seq.value());
}

// RFC 3550 §6.4.1: now - LSR - DLSR.
std::optional<Duration> round_trip(Instant now, const wire::ReportBlock& block) {
  if (block.last_sender_report == 0) return std::nullopt;
  const std::uint32_t units = NtpTime::from(now).compact() - block.last_sender_report - block.since_sender_report;
  if (static_cast<std::int32_t>(units) < 0) return Duration::zero();  // the receiver's clock ticks faster
  const Duration rtt = from_compact_ntp(units);
  return rtt <= kMaxRoundTrip ? std::optional(rtt) : std::nullopt;
}

// Between two reports, by the extended numbers of their receiver; 0 where those make no sense.
std::uint32_t packets_between(std::uint32_t before, std::uint32_t after) {
  constexpr std::uint32_t kMost = 1 << 16;
  return after - before <= kMost ? after - before : 0;
}

}  // namespace

OutboundStream::OutboundStream(const OutboundConfig& config)
    : layers_(config.encodings),
      needs_key_frame_(has_key_frames(config.codec)),
      simulcast_(config.encodings > 1),
      last_timestamp_(config.first_timestamp),
      filter_(config.codec),
      header_(config.header),
      map_(first_of(config.first_seq)),
      nack_(config.nack),
      history_(needs_key_frame_ ? History::kVideo : History::kAudio),
      clock_rate_(config.clock_rate),
      next_rtx_(first_of(config.first_rtx_seq)) {}

std::optional<Rewrite> OutboundStream::plan(const Packet& packet, Encoding source) {
  if (paused_ || !limit_) return std::nullopt;
  const bool is_padding = packet.rtp.payload_bytes == 0;  // by which a sender probes its own way
  if (!is_padding) layers_.saw(source);
  if (layers_.current() == source && !map_.continues(packet.seq)) layers_.leave();
  if (layers_.current() != source) {
    if (!may_start(packet, source)) return std::nullopt;
    start(packet, source);
  }
  const Verdict verdict = is_padding ? Verdict{.forward = false} : filter_.plan(packet, limit_inside_);
  // What is left out too late to close up leaves an empty packet. A receiver of H264 would not go on behind a gap, and
  // any would ask for it in vain.
  if (!verdict.forward && map_.skip(packet.seq)) return std::nullopt;
  const bool is_newest = map_.is_newest(packet.seq);  // by its number: a source may set its timestamps back
  const std::optional<ExtSeqNo> seq = map_.map(packet.seq);
  if (!seq) return std::nullopt;
  const RtpTimestamp timestamp(packet.rtp.timestamp.value() + timestamp_offset_);
  if (is_newest) {
    last_timestamp_ = timestamp;
    last_captured_ = packet.captured;
  }
  Rewrite rewrite{*seq, timestamp, verdict.ends_picture, !verdict.forward,
                  verdict.descriptor & Rewrite::kDescriptorMask};
  if (goes_with_redundancy(packet)) rewrite.descriptor = Rewrite::kWithRedundancy;
  return rewrite;
}

bool OutboundStream::goes_with_redundancy(const Packet& packet) const {
  return packet.redundancy_bytes != 0 && (redundant_ || (packet.came_as_red != 0 && header_.red));
}

bool OutboundStream::may_start(const Packet& packet, Encoding source) {
  if (source != layers_.target() || packet.rtp.payload_bytes == 0) return false;
  if (!needs_key_frame_) return true;
  // A key frame whose first packet came late is of no use: what came before it was not sent, and cannot be any more.
  return packet.info.key_frame && !packet.info.passed;
}

// The timestamps go on by the time between what was sent last and this, at least by one: two frames with one timestamp
// would be one frame. So a moment that was shown already, since the other encoding's picture of it came first, is shown
// once more and at once: the key frame cannot be left out, and which picture it will be of nobody knows before it is
// here. To hold each picture back until then would delay them all.
void OutboundStream::start(const Packet& packet, Encoding source) {
  const auto passed = std::max(distance(last_timestamp_, timestamp_at(packet.captured)), 1);
  const RtpTimestamp timestamp =
      started_ ? RtpTimestamp(last_timestamp_.value() + static_cast<std::uint32_t>(passed)) : last_timestamp_;
  timestamp_offset_ = timestamp.value() - packet.rtp.timestamp.value();
  map_.splice(packet.seq);
  layers_.reach(source);
  limit_inside_ = limit_within(source);
  filter_.start(packet, limit_inside_);
  started_ = true;
}

void OutboundStream::set_limit(std::optional<Layer> limit) {
  limit_ = limit;
  aim();
}

void OutboundStream::set_preferred(Layer preferred) {
  preferred_ = preferred;
  aim();
}

// An encoding of a simulcast source is a layer of its own; in one encoding all layers are inside.
void OutboundStream::aim() {
  if (!limit_)
    layers_.set_limit(std::nullopt);
  else
    layers_.set_limit(simulcast_ ? limit_->spatial : kHighestLayer.spatial);
  if (simulcast_) layers_.set_wish(preferred_.spatial);
  if (const auto source = layers_.current()) limit_inside_ = limit_within(*source);
}

// Of an encoding that is to be left for a worse one, or is taken for want of one, only the lowest temporal layer.
Layer OutboundStream::limit_within(Encoding source) const {
  if (!limit_) return {};
  const Layer highest = std::min(*limit_, preferred_);  // fewer pictures are preferred of the preferred size only
  if (!simulcast_) return highest;
  const std::uint8_t temporal = source == highest.spatial  ? highest.temporal
                                : source < highest.spatial ? kHighestLayer.temporal
                                                           : 0;
  return {kHighestLayer.spatial, temporal};
}

std::optional<Layer> OutboundStream::current() const {
  const auto source = layers_.current();
  if (!source) return std::nullopt;
  const Layer inside = filter_.current();
  return simulcast_ ? Layer{*source, inside.temporal} : inside;
}

// Of what is captured at that time.
RtpTimestamp OutboundStream::timestamp_at(Instant at) const {
  const std::int64_t passed = to_ticks(at - last_captured_, clock_rate_);
  return RtpTimestamp(last_timestamp_.value() + static_cast<std::uint32_t>(passed));
}

void OutboundStream::sent(Instant now, const PacketRef& packet, const Rewrite& rewrite, const SendStamp& stamp) {
  ++packets_;
  const std::uint16_t bytes = payload_bytes_of(*packet, rewrite);
  payload_bytes_ += bytes;
  if (!nack_) return;
  if (!header_.rtx) stamps_.keep(rewrite.seq, stamp);
  resend_credit_bytes_ = std::min(resend_credit_bytes_ + bytes, kMaxResendCredit);
  history_.add(now, packet, rewrite);
}

void OutboundStream::pause() {
  paused_ = true;
  layers_.leave();
}

void OutboundStream::receive_nack(Instant now, std::span<const SeqNo> lost, const RepairTerms& terms,
                                  std::vector<Resend>& out) {
  const std::optional<Duration> reported = remote_ && remote_->rtt() ? remote_->rtt() : path_rtt_;
  const std::optional<Duration> rtt = std::max(reported, terms.present_rtt);
  std::int64_t left = terms.bytes;
  for (const SeqNo seq : lost) {
    if (resend_credit_bytes_ <= 0 || left <= 0) return;
    std::optional<Sent> sent = history_.resend(now, seq, rtt);
    if (!sent) continue;
    const std::uint16_t bytes = payload_bytes_of(*sent->packet, sent->rewrite);
    const std::uint16_t cost = bytes != 0 ? bytes : kEmptyResendCost;
    resend_credit_bytes_ -= cost;
    left -= cost;
    out.push_back({std::move(sent->packet), sent->rewrite, next_rtx_number()});
    ++resent_packets_;
    resent_payload_bytes_ += bytes;
  }
}

std::optional<Resend> OutboundStream::padding(Instant now) {
  if (paused_ || !header_.rtx) return std::nullopt;
  std::optional<Sent> sent = history_.any(now);
  if (!sent) return std::nullopt;
  return Resend{std::move(sent->packet), sent->rewrite, next_rtx_number()};
}

std::optional<ExtSeqNo> OutboundStream::next_rtx_number() {
  if (!header_.rtx) return std::nullopt;
  const ExtSeqNo number = next_rtx_;
  next_rtx_ = next_rtx_ + 1;
  return number;
}

std::optional<wire::SenderInfo> OutboundStream::sender_info(Instant now) const {
  if (packets_ == 0) return std::nullopt;
  return wire::SenderInfo{.ntp = NtpTime::from(now),
                          .rtp = timestamp_at(now),
                          .packets = static_cast<std::uint32_t>(packets_),
                          .payload_bytes = static_cast<std::uint32_t>(payload_bytes_)};
}

const RemoteReport& OutboundStream::receive_report(Instant now, const wire::ReportBlock& block) {
  const std::optional<Duration> measured = round_trip(now, block);
  const RemoteReport before = remote_.value_or(RemoteReport());
  remote_ = RemoteReport{.fraction_lost = block.fraction_lost / 256.0,
                         .cumulative_lost = block.cumulative_lost,
                         .highest_seq = block.highest_seq,
                         .expected = remote_ ? packets_between(remote_->highest_seq, block.highest_seq) : 0,
                         .rtt_measurements = before.rtt_measurements + (measured ? 1 : 0),
                         .jitter = from_ticks(block.jitter, clock_rate_),
                         .last_rtt = measured.value_or(before.last_rtt),
                         .total_rtt = before.total_rtt + measured.value_or(Duration()),
                         .received = now};
  return *remote_;
}

}  // namespace consomme::media
