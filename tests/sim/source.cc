#include "tests/sim/source.h"

#include <algorithm>
#include <utility>

#include "sfu/bwe/bitrate.h"
#include "sfu/wire/extension_values.h"
#include "sfu/wire/rtp.h"

namespace consomme::sim {

namespace {

constexpr std::size_t kRemembered = 4096;
constexpr std::size_t kNumberAt = 16;  // in the payload, behind every codec's descriptor
constexpr std::size_t kLeastBytes = kNumberAt + sizeof(std::uint64_t) + 1;
// Of a source with a rate: bytes of a packet on the link at most, and what of it is no payload.
constexpr double kFullPacket = 1200;
constexpr double kOverheadBytes = 44;
constexpr double kKeyFrameFactor = 3;

// VP8 payload descriptor with S set on a frame's first packet, then the payload header whose lowest bit says "no key
// frame" (RFC 7741 §4.2, §4.3).
std::vector<std::uint8_t> make_payload(std::size_t bytes, bool first, bool key) {
  std::vector<std::uint8_t> payload(bytes, 0x55);
  payload[0] = first ? 0x10 : 0x00;
  payload[1] = key ? 0x10 : 0x11;
  if (first && key) {
    const std::uint8_t start_code[] = {0x9d, 0x01, 0x2a, 64, 0, 48, 0};
    std::copy(std::begin(start_code), std::end(start_code), payload.begin() + 4);
  }
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

// How a packet tells of its way: by its number, or by when it was sent.
struct Departure {
  Instant at;
  std::uint16_t transport_seq = 0;
};

Source::Outgoing write_packet(const SourceConfig& config, const Head& head, ByteView dependency, ByteView payload,
                              const Departure& departure) {
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
  if (config.numbered)
    extensions.add(config.transport_seq_id, wire::write_transport_seq(SeqNo(departure.transport_seq)));
  else
    extensions.add(config.send_time_id, wire::write_abs_send_time(wire::abs_send_time(departure.at)));
  if (!dependency.empty()) extensions.add(config.dependency_id, dependency);
  out.header_bytes = writer.size() + extensions.finish();
  std::copy(payload.begin(), payload.end(), out.bytes.begin() + static_cast<std::ptrdiff_t>(out.header_bytes));
  out.bytes.resize(out.header_bytes + payload.size());
  return out;
}

}  // namespace

std::vector<Source::Outgoing> Source::expire(Instant now, std::uint16_t& transport_seq) {
  std::vector<Outgoing> frame;
  if (now < next_frame_) return frame;
  last_frame_ = now;
  for (Content& content : scalable_ ? layered_contents() : contents())
    frame.push_back(packet(now, std::move(content), transport_seq));
  timestamp_ += ticks(config_, config_.frame_interval);
  next_frame_ += config_.frame_interval;
  return frame;
}

std::vector<Source::Content> Source::contents() {
  const bool key = config_.video && std::exchange(make_key_frame_, false);
  if (key) ++key_frames_;
  const Cut cut = rate_ ? cut_of_rate(key) : Cut{config_.packets_per_frame, config_.payload_bytes};
  std::vector<Content> frame;
  for (int i = 0; i < cut.packets; ++i)
    frame.push_back({make_payload(cut.payload_bytes, i == 0, key), {}, timestamp_, i + 1 == cut.packets});
  return frame;
}

// Frames vary by a quarter around their mean.
Source::Cut Source::cut_of_rate(bool key) {
  const double mean = bwe::bytes_in(*rate_, config_.frame_interval) * (key ? kKeyFrameFactor : 1);
  const double varied = mean * (0.75 + 0.5 * rng_.unit());
  const int packets = static_cast<int>(varied / kFullPacket) + 1;
  const double payload = varied / packets - kOverheadBytes;
  return {packets, static_cast<std::size_t>(std::max<double>(payload, kLeastBytes))};
}

std::vector<Source::Content> Source::layered_contents() {
  if (std::exchange(make_key_frame_, false)) {
    scalable_->make_key_picture();
    ++key_frames_;
  }
  std::vector<Content> picture;
  for (media::test::ModelPacket& made : scalable_->next_picture()) {
    made.payload.resize(std::max(made.bytes, kLeastBytes), 0x55);
    frame_ids_.push_back(made.frame.id);
    picture.push_back({std::move(made.payload), std::move(made.dependency), timestamp_, made.marker});
  }
  return picture;
}

Source::Outgoing Source::packet(Instant now, Content content, std::uint16_t& transport_seq) {
  const SeqNo seq = truncate(next_seq_);
  store_be<8>(content.payload.data() + kNumberAt, config_.first_number + packets_);
  const Head head{config_.payload_type, content.marker, seq, RtpTimestamp(content.timestamp), config_.ssrc};
  Outgoing out = write_packet(config_, head, content.dependency, content.payload, {now, transport_seq++});
  out.index = next_seq_;
  const auto oldest = static_cast<std::uint16_t>(seq.value() - kRemembered);
  if (config_.video) {
    contents_[seq.value()] = std::move(content);
    contents_.erase(oldest);
  } else {
    sent_[seq.value()] = out;
    sent_.erase(oldest);
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
  const auto it = contents_.find(lost.value());
  if (it == contents_.end()) return {};
  const Content& content = it->second;
  std::vector<std::uint8_t> payload(2 + content.payload.size());  // original sequence number first (RFC 4588 §4)
  store_be<2>(payload.data(), lost.value());
  std::copy(content.payload.begin(), content.payload.end(), payload.begin() + 2);
  const Head head{config_.rtx_payload_type, content.marker, truncate(next_rtx_), RtpTimestamp(content.timestamp),
                  config_.rtx_ssrc};
  Outgoing out = write_packet(config_, head, content.dependency, payload, {now, transport_seq++});
  out.index = next_rtx_;
  next_rtx_ = next_rtx_ + 1;
  return {std::move(out)};
}

}  // namespace consomme::sim
