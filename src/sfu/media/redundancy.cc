#include "sfu/media/redundancy.h"

#include <cstring>

#include "sfu/wire/payload/opus.h"
#include "sfu/wire/payload/red.h"

namespace consomme::media {
namespace {

// The payload begins `bytes` later, and what is passed over is redundancy.
void begin_later(Packet& packet, std::size_t bytes) {
  packet.redundancy_bytes = static_cast<std::uint16_t>(bytes & 0x7fff);
  packet.rtp.payload_offset = static_cast<std::uint16_t>(packet.rtp.payload_offset + bytes);
}

bool is_sound(const Packet& packet) {
  const auto opus = wire::parse_opus(packet.payload());
  return opus && !opus->dtx;
}

}  // namespace

bool Redundancy::unpack(PacketBuilder& packet, PayloadType block) const {
  const auto primary = wire::find_red_primary(packet->payload(), block);
  if (!primary) return false;
  wire::rename_red_blocks(packet.room().subspan(packet->rtp.payload_offset, packet->rtp.payload_bytes), config_.block);
  begin_later(*packet, *primary);
  packet->rtp.payload_bytes = static_cast<std::uint16_t>(packet->rtp.payload_bytes - *primary);
  packet->rtp.payload_type = block;
  packet->came_as_red = 1;
  return true;
}

void Redundancy::add(PacketBuilder& packet) const {
  if (packet->came_as_red || !last_ || last_->seq + 1 != packet->seq || !is_sound(*last_)) return;
  if (packet->rtp.payload_bytes == 0) return;  // padding
  const ByteView before = last_->payload();
  const auto passed = static_cast<std::uint64_t>(packet->timestamp.value() - last_->timestamp.value());
  const std::size_t added = wire::kRedHeadBytes + before.size();
  const std::size_t both = added + packet->rtp.payload_bytes;
  const ByteSpan room = packet.room().subspan(packet->rtp.payload_offset);
  if (passed > wire::kMaxRedTimestampOffset || both > kMaxBytes || both > room.size()) return;
  std::memmove(room.data() + added, room.data(), packet->rtp.payload_bytes);
  wire::write_red_head(room, config_.block, {static_cast<std::uint32_t>(passed), before.size()});
  std::memcpy(room.data() + wire::kRedHeadBytes, before.data(), before.size());
  packet->size = static_cast<std::uint16_t>(packet->rtp.payload_offset + both);
  begin_later(*packet, added);
}

void Redundancy::keep(const PacketRef& packet) {
  if (!last_ || packet->seq > last_->seq) last_ = packet;
}

}  // namespace consomme::media
