#include "sfu/worker/probator.h"

#include <algorithm>

namespace consomme::worker {
namespace {

media::OutboundConfig config(media::ExtensionSet extensions) {
  return {
      .header = {.ssrc = Probator::kSsrc,
                 .payload_type = Probator::kPayloadType,
                 .extensions = extensions & media::ExtensionSet{HeaderExtension::kMid, HeaderExtension::kAbsSendTime,
                                                                HeaderExtension::kTransportWideCc},
                 .mid = media::Mid("probator")},
      .codec = wire::Codec::kRtx,
      .clock_rate = 90000};
}

media::PacketRef blank_packet(std::size_t bytes, media::PacketPool& packets) {
  media::PacketBuilder packet = packets.acquire();
  if (!packet) return {};
  packet->size = static_cast<std::uint16_t>(bytes);
  std::ranges::fill(packet.room().first(bytes), std::uint8_t{0});
  packet->extensions = {};
  packet->rtp = {};
  packet->rtp.payload_bytes = static_cast<std::uint16_t>(bytes);
  return packet.publish();
}

}  // namespace

Probator::Probator(media::ExtensionSet extensions) : stream_(config(extensions)) {}

bool Probator::queue(std::size_t bytes, transport::Transport& transport, media::PacketPool& packets) {
  if (!payload_ || payload_->size != bytes) payload_ = blank_packet(bytes, packets);
  if (!payload_) return false;
  transport.queue(payload_, {.seq = next_, .timestamp = RtpTimestamp(static_cast<std::uint32_t>(next_.value()))},
                  stream_);
  next_ = next_ + 1;
  return true;
}

}  // namespace consomme::worker
