// RTP: whatever is parsed lies inside the packet, and extensions that are read can be written and read again.
#include "sfu/wire/rtp.h"

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "sfu/wire/dependency_descriptor.h"
#include "sfu/wire/extension_values.h"

using namespace consomme;

namespace {

wire::ExtensionIds all_ids() {
  wire::ExtensionIds ids;
  for (std::uint8_t i = 0; i < kHeaderExtensionCount; ++i) {
    ids.set(ExtensionId(static_cast<std::uint8_t>(i + 1)), static_cast<HeaderExtension>(i));
  }
  return ids;
}

ByteView value_of(ByteView packet, const wire::ExtensionSlice& slice) {
  check(std::size_t{slice.offset} + slice.size <= packet.size(), "a value lies inside the packet");
  return packet.subspan(slice.offset, slice.size);
}

void read_values(ByteView value) {
  wire::parse_stream_name(value);
  wire::parse_abs_send_time(value);
  wire::parse_transport_seq(value);
  wire::parse_audio_level(value);
  wire::parse_video_orientation(value);
  wire::parse_playout_delay(value);
  wire::parse_dependency_descriptor_head(value);
}

void write_and_read_again(ByteView packet, const wire::ExtensionSlices& slices) {
  std::vector<std::uint8_t> out(4096);
  ByteWriter header(out);
  wire::write_rtp_header(header, {.has_extension = true});
  wire::ExtensionWriter writer(ByteSpan(out).subspan(header.size()));
  for (std::size_t i = 0; i < slices.size(); ++i) {
    if (slices[i].offset == 0) continue;
    check(writer.add(ExtensionId(static_cast<std::uint8_t>(i + 1)), value_of(packet, slices[i])), "a value fits");
  }
  const std::size_t written = writer.finish();
  if (written == 0) return;
  const ByteView copy = ByteView(out).first(header.size() + written);
  const auto view = wire::parse_rtp(copy);
  check(view.has_value(), "what was written is read");
  const wire::ExtensionSlices again = wire::read_extensions(copy, *view, all_ids());
  for (std::size_t i = 0; i < slices.size(); ++i) {
    check(std::ranges::equal(value_of(packet, slices[i]), value_of(copy, again[i])), "values survive");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView packet(data, size);
  const auto view = wire::parse_rtp(packet);
  if (!view) return 0;
  check(wire::rtp_header_bytes(packet) == view->payload_offset, "both parsers see one header");
  check(std::size_t{view->payload_offset} + view->payload_bytes + view->padding_bytes == size, "the parts add up");
  const wire::ExtensionSlices slices = wire::read_extensions(packet, *view, all_ids());
  for (const wire::ExtensionSlice& slice : slices) read_values(value_of(packet, slice));
  write_and_read_again(packet, slices);
  return 0;
}
