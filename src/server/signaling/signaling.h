// Who is in which room, and who sends what to whom: the whole of the documented events, as an engine. The Server hands
// in what clients send and what the media plane reports, sends the answer it gets back, and then the outputs. It reads
// no clock and no socket, and is not thread-safe: it lives on the control thread.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "server/signaling/limits.h"
#include "server/signaling/media_plane.h"
#include "server/signaling/output.h"

namespace consomme::server {

struct World;

struct Census {
  std::size_t rooms = 0;
  std::size_t connections = 0;   // clients, members of a room or not
  std::size_t participants = 0;  // members of rooms
  std::size_t transports = 0;
  std::size_t producers = 0;
  std::size_t consumers = 0;
};

class Signaling {
 public:
  // `make_id` gives unguessable names for transports, producers and consumers.
  Signaling(Limits limits, MediaPlane& media, std::function<std::string()> make_id);
  ~Signaling();
  Signaling(const Signaling&) = delete;
  Signaling& operator=(const Signaling&) = delete;

  // `id` is the socket's; `auth` and `query` are of its handshake.
  void connect(Instant now, const std::string& id, const boost::json::object& auth, const boost::json::object& query);
  void disconnect(Instant now, const std::string& id);

  // One event of a client. The result is the acknowledgement, to be sent first, if the client asked for one; `error` is
  // in it exactly if the request was refused. One that is answered later comes with poll(), unless the client has gone.
  Answer receive(Instant now, const std::string& id, std::string_view event, const boost::json::array& args);
  void receive(Instant now, const sfu::Event& event);

  // From now on no new room; everybody is told until when calls may go on.
  void drain(Instant now, Instant until);
  // Whether no call is going on.
  bool is_idle() const;

  Instant deadline() const;
  void expire(Instant now);

  // Whether end_turn() is to be called when everything has been handed in that came in this turn of the caller's loop.
  bool has_open_turn() const;
  // May leave something to be sent, and the next turn open.
  void end_turn(Instant now);

  // What is to be sent, in order. Empties it.
  std::vector<Output> poll();

  Census census() const;

 private:
  std::unique_ptr<World> world_;
};

}  // namespace consomme::server
