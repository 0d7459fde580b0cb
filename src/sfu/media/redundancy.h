// Sound that is said twice (RFC 2198), for receivers who lose packets: each packet of Opus is given the one before it
// as an earlier block. It is done once, where the packet comes in, and in place, since all receivers know the router's
// payload types: who takes redundancy is sent the bytes from there on, who does not, those of the packet's own payload.
// What comes with redundancy is brought into the same form. Owned by an inbound stream.
#pragma once

#include <optional>

#include "base/strong.h"
#include "sfu/media/packet.h"

namespace consomme::media {

struct RedConfig {
  std::optional<PayloadType> incoming{};  // the sender's own; nullopt: it sends none
  PayloadType block{};                    // what receivers call the sound inside
};

class Redundancy {
 public:
  // Redundancy is for sound that can be missed: with more than this in a packet, its sender does not care for
  // bandwidth, and headers would no longer fit the 1200 bytes that every path lets through.
  static constexpr std::size_t kMaxBytes = 1000;

  explicit Redundancy(const RedConfig& config) : config_(config) {}

  bool is_red(PayloadType type) const { return config_.incoming == type; }
  // The payload of a packet that came as RED, whose blocks its sender calls `block`, becomes its primary. False: it is
  // not well-formed.
  bool unpack(PacketBuilder& packet, PayloadType block) const;
  // Puts the packet before it in front of the payload, unless there is something, or nothing is to be gained.
  void add(PacketBuilder& packet) const;
  // To be said once more with the next.
  void keep(const PacketRef& packet);
  void restart() { last_.reset(); }

 private:
  RedConfig config_;
  PacketRef last_;  // the newest
};

}  // namespace consomme::media
