// The nouns of signaling: rooms, the peers in them, and what peers have made. Plain data, owned by one World; what
// happens to it stands in requests_*.cc (on a client's request) and departures.cc (when something ends).
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/signaling/announcements.h"
#include "server/signaling/capabilities.h"
#include "server/signaling/catalog.h"
#include "server/signaling/limits.h"
#include "server/signaling/media_plane.h"
#include "server/signaling/output.h"
#include "server/signaling/timers.h"
#include "server/signaling/token_bucket.h"

namespace consomme::server {

struct Peer;
struct Room;

enum class TransportDirection : std::uint8_t { kSend, kRecv };

struct Transport {
  std::string id;
  TransportId media;
  Peer* peer;
  TransportDirection direction;
  bool was_connected = false;  // ICE and DTLS have been up
};

struct Producer {
  std::string id;
  ProducerId media;
  Peer* peer;
  std::string transport;
  ortc::MediaKind kind;
  std::optional<boost::json::object> app_data = {};
  bool paused = false;
  bool silent = false;  // inferred from its media
  std::vector<std::string> consumers = {};
};

struct Consumer {
  std::string id;
  ConsumerId media;
  Peer* peer;
  std::string transport;
  std::string producer;
};

// A connected client; `id` is its socket's.
struct Peer {
  std::string id;
  std::string handshake_name = {};  // may be empty
  TokenBucket requests;

  // Of a member of a room; `room` is nullptr for a client that has not joined.
  Room* room = nullptr;
  std::string name = {};
  CapabilitiesPtr rtp_capabilities = {};
  std::vector<std::string> transports = {};  // from old to new, as the two below
  std::vector<std::string> producers = {};
  std::vector<std::string> consumers = {};
  bool has_list = false;              // of the room's participants, since it joined
  bool declared_audio_muted = false;  // by update-my-state
  bool declared_video_paused = false;
  Announcements announcements = {};
  Instant announcements_timer = kNever;  // the earliest reminder that is queued
};

// Of a room's participant list, in a turn of the caller's loop.
enum class ListTurn : std::uint8_t {
  kQuiet,  // not sent in this turn, nor owed by the last
  kSent,
  kOwed,  // somebody has come or gone since: sent when the turn ends
};

struct Room {
  std::string id;
  RouterId router;
  Instant empty_since{};       // means something while there are no members
  std::vector<Peer*> members;  // in the order of joining
  TokenBucket lists{Instant{}, static_cast<std::uint32_t>(1s / kListInterval), kListBurst};
  Instant list_sent_at{};
  Instant list_due = kNever;  // when one goes out that was put off
  ListTurn list_turn = ListTurn::kQuiet;
  std::string speaker = {};  // the peer who was announced last; empty: nobody
};

// A client that waits for statistics.
struct Question {
  std::string peer;
  std::string subject;
  const char* absent;  // what it is told when the subject has ended meanwhile
};

struct World {
  Limits limits;
  MediaPlane& media;
  std::function<std::string()> make_id;
  WrittenAnswer router_capabilities;  // the answer to get-rtp-capabilities: routers are all alike

  std::unordered_map<std::string, Peer> peers = {};
  std::unordered_map<std::string, Room> rooms = {};
  std::unordered_map<RouterId, std::string> rooms_by_router = {};
  std::set<std::pair<Instant, std::string>> empty_rooms = {};  // all that have no members, by empty_since
  Catalog<Transport, TransportId> transports = {};
  Catalog<Producer, ProducerId> producers = {};
  Catalog<Consumer, ConsumerId> consumers = {};
  std::unordered_map<StatsToken, Question> questions = {};
  SharedCapabilities capabilities = {};
  std::size_t members = 0;  // of all rooms together
  std::optional<Instant> drain_until = {};

  std::vector<std::string> listed_rooms = {};  // whose list_turn is not kQuiet
  Timers timers = {};
  std::vector<Output> outputs = {};

  void send(const Peer& to, std::string_view event, boost::json::value payload) {
    outputs.push_back(ToPeer{to.id, event, std::move(payload)});
  }
  void send(const Room& to, std::string_view event, boost::json::value payload, std::string except = {}) {
    outputs.push_back(ToRoom{to.id, event, std::move(payload), std::move(except)});
  }
};

// {error, code}: the form of every refusal.
boost::json::object error_object(const Error& error);
// Of active-speaker: {peerId}, null for nobody.
boost::json::object speaker_payload(const Room& room);
// Of new-producer: {producerId, peerId, appData?}.
boost::json::object new_producer_payload(const Producer& producer);

}  // namespace consomme::server
