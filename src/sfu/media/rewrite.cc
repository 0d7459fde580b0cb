#include "sfu/media/rewrite.h"

#include "base/check.h"
#include "sfu/wire/rtp.h"

namespace consomme::media {
namespace {

// What describes the media itself goes on to the receiver as it came. What describes the way (MID, send time, transport
// number) is ours to write, and transmission offset and RIDs speak of a way that ended here.
constexpr std::array kPassedOn = {
    HeaderExtension::kAudioLevel,     HeaderExtension::kDependencyDescriptor, HeaderExtension::kVideoOrientation,
    HeaderExtension::kAbsCaptureTime, HeaderExtension::kPlayoutDelay,
};
constexpr ExtensionSet kPassedOnSet = [] {
  ExtensionSet set;
  for (const HeaderExtension e : kPassedOn) set.add(e);
  return set;
}();

constexpr ExtensionId router_id(HeaderExtension e) {
  return kRouterExtensionIds[static_cast<std::size_t>(e)];
}

std::size_t write_extensions(ByteSpan out, const OutboundHeader& header, const Packet& packet, const SendStamp& stamp) {
  wire::ExtensionWriter writer(out);
  const ExtensionSet ours = header.extensions;
  if (ours.has(HeaderExtension::kMid)) writer.add(router_id(HeaderExtension::kMid), header.mid.bytes());
  if (ours.has(HeaderExtension::kAbsSendTime)) {
    writer.add(router_id(HeaderExtension::kAbsSendTime), wire::write_abs_send_time(stamp.abs_send_time));
  }
  if (ours.has(HeaderExtension::kTransportWideCc) && stamp.transport_seq) {
    writer.add(router_id(HeaderExtension::kTransportWideCc), wire::write_transport_seq(*stamp.transport_seq));
  }
  if (const ExtensionSet passed_on = ours & packet.carried & kPassedOnSet; !passed_on.empty()) {
    for (const HeaderExtension e : kPassedOn)
      if (passed_on.has(e)) writer.add(router_id(e), packet.extension(e));
  }
  return writer.finish();
}

std::size_t write_whole(ByteSpan slot, wire::RtpHeader fixed, const OutboundHeader& header, const Packet& packet,
                        const SendStamp& stamp) {
  check(slot.size() >= kMaxDatagramBytes, "a send slot holds a datagram");
  const std::size_t extension_bytes = write_extensions(slot.subspan(wire::kRtpFixedHeaderBytes), header, packet, stamp);
  fixed.has_extension = extension_bytes != 0;
  ByteWriter writer(slot);
  wire::write_rtp_header(writer, fixed);
  return wire::kRtpFixedHeaderBytes + extension_bytes;
}

}  // namespace

WrittenHeader write_header(ByteSpan slot, const OutboundHeader& header, const Packet& packet, const Rewrite& rewrite,
                           const SendStamp& stamp) {
  const wire::RtpHeader fixed{.payload_type = header.payload_type,
                              .marker = packet.rtp.marker,
                              .seq = truncate(rewrite.seq),
                              .timestamp = rewrite.timestamp,
                              .ssrc = header.ssrc};
  return {.header_bytes = write_whole(slot, fixed, header, packet, stamp), .prefix_bytes = 0};
}

WrittenHeader write_rtx_header(ByteSpan slot, const OutboundHeader& header, const Packet& packet,
                               const Rewrite& rewrite, ExtSeqNo rtx_seq, const SendStamp& stamp) {
  check(header.rtx.has_value(), "a retransmission needs a negotiated RTX stream");
  const wire::RtpHeader fixed{.payload_type = header.rtx->payload_type,
                              .marker = packet.rtp.marker,
                              .seq = truncate(rtx_seq),
                              .timestamp = rewrite.timestamp,
                              .ssrc = header.rtx->ssrc};
  const std::size_t header_bytes = write_whole(slot, fixed, header, packet, stamp);
  store_be<2>(slot.data() + header_bytes, truncate(rewrite.seq).value());
  return {.header_bytes = header_bytes, .prefix_bytes = 2};
}

}  // namespace consomme::media
