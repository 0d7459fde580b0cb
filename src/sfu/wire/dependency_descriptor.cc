#include "sfu/wire/dependency_descriptor.h"

namespace consomme::wire {

std::optional<DependencyDescriptorHead> parse_dependency_descriptor_head(ByteView value) {
  ByteReader reader(value);
  const std::uint8_t first = reader.u8();
  DependencyDescriptorHead head;
  head.starts_frame = (first & 0x80) != 0;
  head.ends_frame = (first & 0x40) != 0;
  head.template_id = first & 0x3f;
  head.frame_number = reader.u16();
  if (!reader.ok()) return std::nullopt;
  head.has_structure = reader.remaining() != 0 && (reader.u8() & 0x80) != 0;
  return head;
}

}  // namespace consomme::wire
