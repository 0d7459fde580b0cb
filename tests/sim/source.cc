#include "tests/sim/source.h"

#include <array>

#include "sfu/wire/extension_values.h"
#include "sfu/wire/rtp.h"

namespace consomme::sim {

namespace {

constexpr std::size_t kRemembered = 4096;

// VP8 payload descriptor with S set on a frame's first packet, then the payload header whose lowest bit says "no key
// frame" (RFC 7741 §4.2, §4.3); then the packet's number.
std::vector<std::uint8_t> make_payload(const SourceConfig& config, bool first, bool key, std::uint64_t number) {
  std::vector<std::uint8_t> payload(config.payload_bytes, 0x55);
  payload[0] = first ? 0x10 : 0x00;
  payload[1] = key ? 0x10 : 0x11;
  if (first && key) {
    const std::uint8_t start_code[] = {0x9d, 0x01, 0x2a, 64, 0, 48, 0};
    std::copy(std::begin(start_code), std::end(start_code), payload.begin() + 4);
  }
  store_be<8>(payload.data() + 16, number);
  return payload;
}

std::uint32_t ticks(const SourceConfig& config, Duration span) {
  return static_cast<std::uint32_t>(span / 1us * config.clock_rate / 1'000'000);
}

struct Head {
  PayloadType payload_type;
  bool marker = false;
  SeqNo seq;
  RtpTimestamp timestamp;
  Ssrc ssrc;
};

Source::Outgoing write_packet(const SourceConfig& config, const Head& head, ByteView payload,
                              std::uint16_t transport_seq) {
  Source::Outgoing out;
  out.bytes.resize(1500);
  ByteWriter writer(out.bytes);
  writer.u8(0x90);
  writer.u8(static_cast<std::uint8_t>(head.payload_type.value() | (head.marker ? 0x80 : 0)));
  writer.u16(head.seq.value());
  writer.u32(head.timestamp.value());
  writer.u32(head.ssrc.value());
  wire::ExtensionWriter extensions(ByteSpan(out.bytes).subspan(writer.size()));
  extensions.add(config.mid_id, as_bytes(config.mid));
  if (!config.rid.empty()) extensions.add(config.rid_id, as_bytes(config.rid));
  extensions.add(config.transport_seq_id, wire::write_transport_seq(SeqNo(transport_seq)));
  out.header_bytes = writer.size() + extensions.finish();
  std::copy(payload.begin(), payload.end(), out.bytes.begin() + static_cast<std::ptrdiff_t>(out.header_bytes));
  out.bytes.resize(out.header_bytes + payload.size());
  return out;
}

}  // namespace

std::vector<Source::Outgoing> Source::expire(Instant now, std::uint16_t& transport_seq) {
  std::vector<Outgoing> frame;
  if (now < next_frame_) return frame;
  frame_is_key_ = config_.video && make_key_frame_;
  make_key_frame_ = false;
  if (frame_is_key_) ++key_frames_;
  last_frame_ = now;
  picture_ = (picture_ + 1) & 0x7fff;
  if (temporal_layer() == 0) ++base_index_;
  for (int i = 0; i < config_.packets_per_frame; ++i)
    frame.push_back(packet(now, i == 0, i + 1 == config_.packets_per_frame, transport_seq));
  timestamp_ += ticks(config_, config_.frame_interval);
  next_frame_ += config_.frame_interval;
  return frame;
}

int Source::temporal_layer() const {
  constexpr std::array<std::array<int, 4>, 3> kPatterns = {{{0, 0, 0, 0}, {0, 1, 0, 1}, {0, 2, 1, 2}}};
  if (temporal_layers_ == 0 || frame_is_key_) return 0;
  return kPatterns[static_cast<std::size_t>(temporal_layers_ - 1)][picture_ % 4U];
}

// The longest VP8 descriptor (RFC 7741 §4.2) in place of the shortest: I, L and T, 15 bits of picture id.
void Source::describe_layer(std::vector<std::uint8_t>& payload) const {
  const int temporal = temporal_layer();
  payload[6] = payload[1];
  payload[0] |= 0x80;
  payload[1] = 0xe0;
  store_be<2>(payload.data() + 2, 0x8000U | picture_);
  payload[4] = base_index_;
  payload[5] = static_cast<std::uint8_t>(temporal << 6 | (temporal != 0 ? 0x20 : 0));
}

Source::Outgoing Source::packet(Instant now, bool first, bool last, std::uint16_t& transport_seq) {
  const SeqNo seq = truncate(next_seq_);
  auto payload = make_payload(config_, first, frame_is_key_, config_.first_number + packets_);
  if (config_.video && temporal_layers_ != 0) describe_layer(payload);
  Outgoing out = write_packet(config_, {config_.payload_type, last, seq, RtpTimestamp(timestamp_), config_.ssrc},
                              payload, transport_seq++);
  out.index = next_seq_;
  payloads_[seq.value()] = std::move(payload);
  timestamps_[seq.value()] = timestamp_;
  if (payloads_.size() > kRemembered) {
    const auto oldest = static_cast<std::uint16_t>(seq.value() - kRemembered);
    payloads_.erase(oldest);
    timestamps_.erase(oldest);
  }
  if (!config_.video) {
    sent_[seq.value()] = out;
    sent_.erase(static_cast<std::uint16_t>(seq.value() - kRemembered));
  }
  next_seq_ = next_seq_ + 1;
  ++packets_;
  sent_at_.push_back(now);
  return out;
}

wire::SenderInfo Source::sender_info(Instant now, Duration ahead) const {
  const std::uint32_t last = timestamp_ - ticks(config_, config_.frame_interval);
  return {.ntp = NtpTime::from(now + ahead),
          .rtp = RtpTimestamp(last + ticks(config_, now - (last_frame_ - config_.encoding))),
          .packets = static_cast<std::uint32_t>(packets_)};
}

std::vector<Source::Outgoing> Source::retransmit(Instant now, SeqNo lost, std::uint16_t& transport_seq) {
  asked_.push_back({now, lost});
  if (const auto sent = sent_.find(lost.value()); sent != sent_.end()) {
    Outgoing again = sent->second;
    again.again = true;
    return {std::move(again)};
  }
  const auto it = payloads_.find(lost.value());
  if (it == payloads_.end()) return {};
  std::vector<std::uint8_t> payload(2 + it->second.size());  // original sequence number first (RFC 4588 §4)
  store_be<2>(payload.data(), lost.value());
  std::copy(it->second.begin(), it->second.end(), payload.begin() + 2);
  const Head head{config_.rtx_payload_type, false, truncate(next_rtx_), RtpTimestamp(timestamps_[lost.value()]),
                  config_.rtx_ssrc};
  Outgoing out = write_packet(config_, head, payload, transport_seq++);
  out.index = next_rtx_;
  next_rtx_ = next_rtx_ + 1;
  return {std::move(out)};
}

}  // namespace consomme::sim
