// Finds what a request names. A peer reaches only its own transports and consumers, and only producers of its room; an
// id of anything else is as unknown as one that never was. The texts are fixed: front ends compare them.
#pragma once

#include "base/error.h"
#include "server/signaling/requests.h"
#include "server/signaling/world.h"

namespace consomme::server {

inline constexpr const char* kNoTransport = "Transport not found";
inline constexpr const char* kNoProducer = "Producer not found";
inline constexpr const char* kNoConsumer = "Consumer not found";

// By the fields transportId, producerId, consumerId. Errors: kNotFound.
Result<Transport*> find_own_transport(const Call&);
Result<Producer*> find_own_producer(const Call&);
Result<Producer*> find_room_producer(const Call&);
Result<Consumer*> find_own_consumer(const Call&);
// The newest of the peer's recv transports. Errors: kNotFound.
Result<Transport*> find_recv_transport(const Call&);

}  // namespace consomme::server
