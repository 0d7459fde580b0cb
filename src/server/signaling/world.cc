#include "server/signaling/world.h"

namespace consomme::server {

boost::json::object new_producer_payload(const Producer& producer) {
  boost::json::object payload{{"producerId", producer.id}, {"peerId", producer.peer->id}};
  if (producer.app_data) payload["appData"] = *producer.app_data;
  return payload;
}

}  // namespace consomme::server
