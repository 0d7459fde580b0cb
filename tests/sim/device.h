// One transport of a participant, seen from his side, that costs as little as it can: it shakes hands as a browser
// does, forgets how, and of the keys keeps what it needs to send. What it is sent is not opened.
#pragma once

#include <optional>

#include "tests/sim/server.h"

namespace consomme::sim {

class Device {
 public:
  // A transport of the room. nullopt: there is no place for it.
  enum class Direction : std::uint8_t { kSends, kReceives };
  Device(Server& server, RouterId router, Direction direction);

  TransportId transport() const { return transport_; }
  unsigned worker() const { return worker_; }
  void send(Server& server, const transport::testing::RtpFields& packet);

 private:
  void shake_hands(Server& server, const sfu::TransportOffer& offer, Direction direction);

  TransportId transport_;
  unsigned worker_ = 0;
  Tuple at_;
  std::optional<srtp::Outbound> out_;  // of one that sends
};

}  // namespace consomme::sim
