#include "sfu/media/rewrite.h"

#include <algorithm>

#include "base/check.h"
#include "sfu/media/layer_filter_dependency.h"
#include "sfu/media/picture_numbering.h"
#include "sfu/wire/dependency_descriptor.h"
#include "sfu/wire/rtp.h"

namespace consomme::media {
namespace {

constexpr std::size_t kMaxExtensionBytes = 255;  // RFC 8285 §4.3
constexpr std::size_t kRtxPrefixBytes = 2;       // the original sequence number (RFC 4588 §4)

// What describes the media itself goes on to the receiver as it came. What describes the way (MID, send time, transport
// number) is ours to write, and transmission offset and RIDs speak of a way that ended here.
constexpr ExtensionSet kPassedOn = {
    HeaderExtension::kAudioLevel,     HeaderExtension::kDependencyDescriptor, HeaderExtension::kVideoOrientation,
    HeaderExtension::kAbsCaptureTime, HeaderExtension::kPlayoutDelay,
};

constexpr ExtensionId router_id(HeaderExtension e) {
  return kRouterExtensionIds[static_cast<std::size_t>(e)];
}

// The dependency descriptor tells the receiver which decode targets it is given (AV1 RTP payload format A.4.4), unless
// that does not fit, and counts frames as they are sent to it.
void add_dependency_descriptor(wire::ExtensionWriter& writer, const Packet& packet, std::uint32_t descriptor) {
  const ByteView value = packet.extension(HeaderExtension::kDependencyDescriptor);
  const PacketDependencies& d = packet.dependencies;
  std::array<std::uint8_t, kMaxExtensionBytes> changed;
  std::size_t size = 0;
  if (const std::uint32_t told = DependencyLayerFilter::told_targets(descriptor))
    size = wire::write_active_targets(changed, value, d.decode_targets, told);
  if (size == 0) size = static_cast<std::size_t>(std::ranges::copy(value, changed.begin()).out - changed.begin());
  wire::write_frame_number(
      changed, static_cast<std::uint16_t>(d.frame_number - DependencyLayerFilter::frame_offset(descriptor)));
  writer.add(router_id(HeaderExtension::kDependencyDescriptor), ByteView(changed).first(size));
}

bool changes_dependencies(const Packet& packet, const Rewrite& rewrite) {
  return rewrite.descriptor != 0 && (packet.dependencies.decode_targets != 0 || packet.dependencies.is_numbered != 0);
}

std::size_t write_extensions(ByteSpan out, const OutboundHeader& header, const Packet& packet, const Rewrite& rewrite,
                             const SendStamp& stamp) {
  wire::ExtensionWriter writer(out);
  const ExtensionSet ours = header.extensions;
  if (ours.has(HeaderExtension::kMid)) writer.add(router_id(HeaderExtension::kMid), header.mid.bytes());
  if (ours.has(HeaderExtension::kAbsSendTime)) {
    writer.add(router_id(HeaderExtension::kAbsSendTime), wire::write_abs_send_time(stamp.abs_send_time));
  }
  if (ours.has(HeaderExtension::kTransportWideCc) && stamp.transport_seq) {
    writer.add(router_id(HeaderExtension::kTransportWideCc), wire::write_transport_seq(*stamp.transport_seq));
  }
  for (ExtensionSet left = rewrite.empty == 0 ? ours & packet.carried & kPassedOn : ExtensionSet(); !left.empty();) {
    const HeaderExtension e = left.first();
    left.remove(e);
    if (e == HeaderExtension::kDependencyDescriptor && changes_dependencies(packet, rewrite))
      add_dependency_descriptor(writer, packet, rewrite.descriptor);
    else
      writer.add(router_id(e), packet.extension(e));
  }
  return writer.finish();
}

bool marker_of(const Packet& packet, const Rewrite& rewrite) {
  return rewrite.empty == 0 && (packet.rtp.marker || rewrite.ends_picture != 0);
}

// What `rewrite` changes at the head of the payload, written to `out`. Its size, which is that of what it replaces.
std::size_t write_payload_head(ByteSpan out, const Packet& packet, const Rewrite& rewrite) {
  if (rewrite.descriptor == 0 || rewrite.empty != 0 || packet.info.numbers.head_bytes == 0) return 0;
  return wire::write_picture_numbers(out, packet.payload(), packet.info.numbers,
                                     PictureNumbering::picture_id(rewrite.descriptor),
                                     PictureNumbering::tl0_index(rewrite.descriptor));
}

PayloadType payload_type_of(const OutboundHeader& header, const Packet& packet, const Rewrite& rewrite) {
  const bool redundant = rewrite.descriptor != 0 && packet.redundancy_bytes != 0;
  return redundant ? header.red.value_or(header.payload_type) : header.payload_type;
}

std::size_t write_whole(ByteSpan slot, wire::RtpHeader fixed, const OutboundHeader& header, const Packet& packet,
                        const Rewrite& rewrite, const SendStamp& stamp) {
  check(slot.size() >= kMaxDatagramBytes, "a send slot holds a datagram");
  const std::size_t extension_bytes =
      write_extensions(slot.subspan(wire::kRtpFixedHeaderBytes), header, packet, rewrite, stamp);
  fixed.has_extension = extension_bytes != 0;
  ByteWriter writer(slot);
  wire::write_rtp_header(writer, fixed);
  return wire::kRtpFixedHeaderBytes + extension_bytes;
}

}  // namespace

WrittenHeader write_header(ByteSpan slot, const OutboundHeader& header, const Packet& packet, const Rewrite& rewrite,
                           const SendStamp& stamp) {
  const wire::RtpHeader fixed{.payload_type = payload_type_of(header, packet, rewrite),
                              .marker = marker_of(packet, rewrite),
                              .seq = truncate(rewrite.seq),
                              .timestamp = rewrite.timestamp,
                              .ssrc = header.ssrc};
  const std::size_t header_bytes = write_whole(slot, fixed, header, packet, rewrite, stamp);
  const std::size_t head_bytes = write_payload_head(slot.subspan(header_bytes), packet, rewrite);
  return {.header_bytes = header_bytes, .prefix_bytes = head_bytes, .replaced_bytes = head_bytes};
}

WrittenHeader write_rtx_header(ByteSpan slot, const OutboundHeader& header, const Packet& packet,
                               const Rewrite& rewrite, ExtSeqNo rtx_seq, const SendStamp& stamp) {
  check(header.rtx.has_value(), "a retransmission needs a negotiated RTX stream");
  const wire::RtpHeader fixed{.payload_type = header.rtx->payload_type,
                              .marker = marker_of(packet, rewrite),
                              .seq = truncate(rtx_seq),
                              .timestamp = rewrite.timestamp,
                              .ssrc = header.rtx->ssrc};
  const std::size_t header_bytes = write_whole(slot, fixed, header, packet, rewrite, stamp);
  store_be<kRtxPrefixBytes>(slot.data() + header_bytes, truncate(rewrite.seq).value());
  const std::size_t head_bytes = write_payload_head(slot.subspan(header_bytes + kRtxPrefixBytes), packet, rewrite);
  return {.header_bytes = header_bytes, .prefix_bytes = kRtxPrefixBytes + head_bytes, .replaced_bytes = head_bytes};
}

}  // namespace consomme::media
