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

}  // namespace

Probator::Probator(media::ExtensionSet extensions, media::PacketRef payload)
    : stream_(config(extensions)), payload_(std::move(payload)) {}

void Probator::queue(transport::Transport& transport) {
  transport.queue(payload_, {.seq = next_, .timestamp = RtpTimestamp(static_cast<std::uint32_t>(next_.value()))},
                  stream_);
  next_ = next_ + 1;
}

media::PacketRef Probator::blank_packet(media::PacketPool& packets) {
  media::PacketBuilder packet = packets.acquire();
  if (!packet) return {};
  packet->size = kPacketBytes;
  std::ranges::fill(packet.room().first(kPacketBytes), std::uint8_t{0});
  packet->extensions = {};
  packet->rtp = {};
  packet->rtp.payload_bytes = kPacketBytes;
  return packet.publish();
}

}  // namespace consomme::worker
