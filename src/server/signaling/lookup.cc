#include "server/signaling/lookup.h"

#include <algorithm>

#include "server/signaling/fields.h"

namespace consomme::server {
namespace {

// The object named by `field` if it is there and `may_reach` it.
template <class T, class Id, class Predicate>
Result<T*> reach(Catalog<T, Id>& catalog, const Call& call, const char* field, const char* absent,
                 Predicate may_reach) {
  T* const found = catalog.find(text_field(call.request, field));
  if (found == nullptr || !may_reach(*found)) return refuse(ErrorCode::kNotFound, absent);
  return found;
}

auto owned_by(const Peer& peer) {
  return [&peer](const auto& object) { return object.peer == &peer; };
}

}  // namespace

Result<Transport*> find_own_transport(const Call& call) {
  return reach(call.world.transports, call, "transportId", kNoTransport, owned_by(call.peer));
}

Result<Producer*> find_own_producer(const Call& call) {
  return reach(call.world.producers, call, "producerId", kNoProducer, owned_by(call.peer));
}

Result<Producer*> find_room_producer(const Call& call) {
  return reach(call.world.producers, call, "producerId", kNoProducer,
               [&](const Producer& producer) { return producer.peer->room == call.peer.room; });
}

Result<Consumer*> find_own_consumer(const Call& call) {
  return reach(call.world.consumers, call, "consumerId", kNoConsumer, owned_by(call.peer));
}

Result<Transport*> find_recv_transport(const Call& call) {
  const auto& ids = call.peer.transports;
  for (auto id = ids.rbegin(); id != ids.rend(); ++id)
    if (Transport* const transport = call.world.transports.find(*id); transport->direction == TransportDirection::kRecv)
      return transport;
  return refuse(ErrorCode::kNotFound, kNoTransport);
}

}  // namespace consomme::server
