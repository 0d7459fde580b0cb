// Dependency descriptors: a structure by one descriptor, then others in its terms, and the masks and numbers written
// into all of them. The input is a list of descriptors, each behind a byte with its size.
#include "sfu/wire/dependency_descriptor.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/check.h"

using namespace consomme;

namespace {

void write_and_read_again(ByteView value, const wire::DependencyStructure& structure,
                          const wire::DependencyDescriptor& before) {
  std::array<std::uint8_t, 255> out;
  const std::uint32_t mask = 0x2aaaaaaaU & structure.all_targets();
  const std::size_t size = wire::write_active_targets(out, value, structure.decode_targets, mask);
  check(size != 0 || value.size() > 245, "what can be read can be written");
  if (size == 0) return;
  const auto after = wire::parse_dependency_descriptor(ByteView(out).first(size), structure);
  check(after.has_value(), "what was written can be read");
  check(after->active_targets == mask, "the mask is the one that was written");
  check(after->frame == before.frame, "the frame is as it was");
  const auto number = static_cast<std::uint16_t>(before.frame_number + 1);
  wire::write_frame_number(ByteSpan(out).first(size), number);
  const auto renumbered = wire::parse_dependency_descriptor(ByteView(out).first(size), structure);
  check(renumbered && renumbered->frame_number == number, "so is the number");
  check(renumbered->template_id == before.template_id && renumbered->frame == before.frame, "and nothing else");
}

void take(ByteView value, std::optional<wire::DependencyStructure>& structure) {
  const auto head = wire::parse_dependency_descriptor_head(value);
  check(head.has_value() == (value.size() >= 3), "three bytes are a descriptor");
  if (const auto attached = wire::parse_dependency_structure(value)) {
    check(head && head->has_structure, "a structure is announced");
    check(attached->template_count >= 1 && attached->decode_targets >= 1, "a structure has something in it");
    structure = attached;
  }
  if (!structure) return;
  const auto d = wire::parse_dependency_descriptor(value, *structure);
  if (!d) return;
  check(d->frame.reference_count <= wire::kMaxReferences, "references are bounded");
  check((d->frame.targets.present() & ~structure->all_targets()) == 0, "a frame is for targets that there are");
  write_and_read_again(value, *structure, *d);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader reader(ByteView(data, size));
  std::optional<wire::DependencyStructure> structure;
  while (reader.remaining() != 0) {
    const std::size_t wanted = reader.u8();
    take(reader.bytes(std::min(wanted, reader.remaining())), structure);
  }
  return 0;
}
