#include "sfu/transport/demux.h"

#include <utility>

#include "sfu/transport/packet_kind.h"
#include "sfu/wire/stun.h"

namespace consomme::transport {

std::string_view addressed_ufrag(ByteView stun) {
  const auto message = wire::parse_stun(stun);
  if (!message) return {};
  const std::string_view username = message->username.value_or(std::string_view{});
  return username.substr(0, username.find(':'));
}

std::optional<PathHandle> Demux::find(const Datagram& in) const {
  if (packet_kind(in.bytes) == PacketKind::kStun) {
    const auto it = by_ufrag_.find(addressed_ufrag(in.bytes));
    if (it == by_ufrag_.end()) return std::nullopt;
    return it->second;
  }
  return owner(in.from);
}

std::optional<PathHandle> Demux::owner(const Tuple& tuple) const {
  const auto it = by_tuple_.find(tuple);
  if (it == by_tuple_.end()) return std::nullopt;
  return it->second;
}

bool Demux::add_tuple(const Tuple& tuple, PathHandle path) {
  const auto [it, added] = by_tuple_.try_emplace(tuple, path);
  return added || std::exchange(it->second, path) != path;
}

bool Demux::remove_tuple(const Tuple& tuple, PathHandle path) {
  const auto it = by_tuple_.find(tuple);
  if (it == by_tuple_.end() || it->second != path) return false;
  by_tuple_.erase(it);
  return true;
}

}  // namespace consomme::transport
