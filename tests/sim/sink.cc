#include "tests/sim/sink.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "sfu/wire/payload/payload_info.h"
#include "sfu/wire/payload/red.h"

namespace consomme::sim {

void Sink::receive(Instant now, const wire::RtpView& rtp, ByteView packet) {
  const ByteView payload = packet.subspan(rtp.payload_offset, rtp.payload_bytes);
  if (rtp.ssrc == config_.ssrc) {
    ++packets_;
    timestamps_.push_back(rtp.timestamp.value());
    const ByteView own = config_.video ? payload : hear(rtp, payload);
    const ExtSeqNo seq = unwrapper_.unwrap(rtp.seq);
    const bool again = !config_.rtx_ssrc && highest_ && seq < *highest_;  // without RTX a repair is the packet itself
    take(seq, rtp.marker, own, {now, rtp.timestamp, again});
  } else if (config_.rtx_ssrc && rtp.ssrc == *config_.rtx_ssrc && payload.size() >= 2) {
    const SeqNo original(static_cast<std::uint16_t>(load_be<2>(payload.data())));
    take(unwrapper_.peek(original), rtp.marker, payload.subspan(2), {now, rtp.timestamp, true});
  }
}

// Returns the packet's own sound. What it says of earlier is read as RFC 2198 §3 has it.
ByteView Sink::hear(const wire::RtpView& rtp, ByteView payload) {
  heard_.insert(rtp.timestamp.value());
  if (rtp.payload_type != config_.red_payload_type) return payload;
  const auto primary = wire::find_red_primary(payload, config_.payload_type);
  check(primary.has_value(), "redundant audio is well-formed, and of the sound that was agreed on");
  for (ByteReader headers(payload); (headers.u8() & 0x80) != 0;) {
    heard_.insert(rtp.timestamp.value() - (headers.u24() >> 10));
    ++redundant_;
  }
  return payload.subspan(*primary);
}

void Sink::take(ExtSeqNo seq, bool marker, ByteView payload, const Arrival& arrival) {
  if (!seen_.insert(seq.value()).second) {
    ++duplicates_;
    if (asked_.contains(seq.value())) ++duplicates_of_asked_;
    return;
  }
  missing_.erase(seq.value());
  if (highest_)
    for (std::int64_t gap = highest_->value() + 1; gap < seq.value(); ++gap) missing_.emplace(gap, Instant::min());
  if (!highest_) first_ = seq.value();
  if (!highest_ || *highest_ < seq) highest_ = seq;
  if (payload.empty()) return;  // it fills a gap
  Marks& marks = marks_[arrival.timestamp.value()];
  marks.last = std::max(marks.last, seq.value());
  if (marker) {
    ++marks.markers;
    marks.marked = std::max(marks.marked, seq.value());
  }
  const auto info = wire::inspect_payload(config_.codec, payload);
  const bool key = payload.size() > 24 && info && info->key_frame;
  if (const auto vp8 = wire::parse_vp8(payload); config_.codec == wire::Codec::kVp8 && vp8 && vp8->picture_id)
    count(*vp8);
  if (arrivals_.empty()) began_with_key_frame_ = key;
  if (key && !first_key_frame_) first_key_frame_ = arrival.at;
  if (payload.size() > 24 && !arrivals_.emplace(load_be<8>(payload.data() + 16), arrival).second) ++repeated_;
}

void Sink::count(const wire::Vp8Descriptor& vp8) {
  ++packets_of_layer_[vp8.temporal_layer.value_or(0)];
  if (!pictures_.insert(*vp8.picture_id).second) return;
  if (pictures_.size() == 1) first_picture_ = *vp8.picture_id;
}

std::size_t Sink::missing_pictures() const {
  std::uint16_t last = 0;
  for (const std::uint16_t picture : pictures_)
    last = std::max<std::uint16_t>(last, (picture - first_picture_) & 0x7fff);
  return pictures_.empty() ? 0 : last + 1U - pictures_.size();
}

std::size_t Sink::ill_marked() const {
  return static_cast<std::size_t>(std::ranges::count_if(marks_, [&](const auto& of) {
    const Marks& marks = of.second;
    return highest_->value() != marks.last && (marks.markers != 1 || marks.marked != marks.last);
  }));
}

wire::ReportBlock Sink::report(Instant now) {
  wire::ReportBlock block;
  block.ssrc = config_.ssrc;
  if (highest_) {
    const std::int64_t expected = highest_->value() - first_ + 1;
    const auto received = static_cast<std::int64_t>(packets_);
    const std::int64_t of_late = expected - std::exchange(expected_prior_, expected);
    const std::int64_t lost = of_late - (received - std::exchange(received_prior_, received));
    if (of_late > 0 && lost > 0)
      block.fraction_lost = static_cast<std::uint8_t>(std::min<std::int64_t>(lost * 256 / of_late, 255));
    block.cumulative_lost = static_cast<std::int32_t>(expected - received);
    block.highest_seq = static_cast<std::uint32_t>(highest_->value());
  }
  if (sender_report_) {
    block.last_sender_report = sender_report_->info.ntp.compact();
    block.since_sender_report = to_compact_ntp(now - sender_report_->at);
  }
  return block;
}

Instant Sink::captured_at(RtpTimestamp timestamp, std::uint32_t clock_rate) const {
  const std::int64_t ticks = distance(sender_report_->info.rtp, timestamp);
  return sender_report_->info.ntp.to_instant() + ticks * 1'000'000'000ns / clock_rate;
}

bool Sink::wants_key_frame(Instant now) {
  constexpr Duration kPatience = 200ms;  // as browsers have it
  if (!config_.video || packets_ == 0 || first_key_frame_) return false;
  if (asked_key_frame_ && now - *asked_key_frame_ < kPatience) return false;
  asked_key_frame_ = now;
  return true;
}

std::vector<SeqNo> Sink::expire(Instant now) {
  std::vector<SeqNo> lost;
  for (auto& [seq, asked] : missing_) {
    if (asked != Instant::min() && now - asked < config_.round_trip) continue;
    if (lost.size() == 64) break;
    asked = now;
    asked_.insert(seq);
    lost.push_back(truncate(ExtSeqNo(seq)));
  }
  return lost;
}

}  // namespace consomme::sim
