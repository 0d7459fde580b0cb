// What one client may ask for, and the times that signaling keeps. Limits that an operator may need are members of
// Limits and come from the configuration; the others are constants with their reason.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace consomme::server {

// As many requests as a client has to make at once that joins a full room: it consumes and resumes the microphone and
// the camera of everybody, and sets itself up besides. A hostile client may make as many, of any kind, but once for
// each of its connections, whose number is limited too; from then on it has its requests_per_second.
constexpr std::uint32_t burst_of_a_join(std::size_t max_room_peers) {
  constexpr std::size_t kPerPeer = 4;
  constexpr std::size_t kSetup = 100;  // transports, own producers, a few more of the others'
  return static_cast<std::uint32_t>(kPerPeer * max_room_peers + kSetup);
}

struct Limits {
  std::size_t max_rooms = 10'000;
  std::size_t max_peers = 10'000;  // members of all rooms together
  std::size_t max_room_peers = 500;
  std::uint32_t requests_per_second = 100;
  std::uint32_t request_burst = burst_of_a_join(max_room_peers);
  Duration empty_room = 20s;  // a reload of the page finds its room again
};

inline constexpr std::size_t kMaxNameBytes = 256;        // room ids, participant names
inline constexpr std::size_t kMaxIdBytes = 64;           // ours are 36 long
inline constexpr std::size_t kMaxTransportsPerPeer = 4;  // one of each direction, twice, while the first ones time out
inline constexpr std::size_t kMaxProducersPerPeer = 16;  // microphone, camera, screens
inline constexpr std::size_t kMaxAppDataBytes = 4096;    // as JSON; it is repeated to every peer of the room
inline constexpr std::size_t kMaxJsonDepth = 64;         // rtpParameters need 5
inline constexpr std::int64_t kMaxLayer = 7;             // a source has at most 8 encodings (RIDs)
inline constexpr std::size_t kMaxQuotedBytes = 64;       // of a client's own words in an error
inline constexpr Duration kListInterval = 250ms;         // a room's lists in the long run; a state change waits for it
inline constexpr std::uint32_t kListBurst = 4;           // lists at once: a few who come together see each other come
inline constexpr Duration kSettledAfter = 1s;            // without a request a front end has finished its setup
inline constexpr Duration kRepeatAfterTransport = 5s;    // for one that never produces

}  // namespace consomme::server
