// One client's Socket.IO conversation on top of an Engine.IO session: which namespaces it is in, and whole events out
// of packets and their attachments. Deterministic: a message in, at most one Received out. Driven by Hub, which knows
// the namespaces, the sockets and the rooms.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"
#include "socketio/socketio_packet.h"

namespace consomme::socketio {

struct ConnectReceived {
  std::string nsp;
  boost::json::object auth;
  std::size_t bytes = 0;  // of the packet
};
struct EventReceived {
  std::string nsp;
  std::optional<std::uint64_t> id;  // of the acknowledgement asked for
  boost::json::array args;          // begins with the event's name, a string or a number
};
struct AckReceived {
  std::string nsp;
  std::optional<std::uint64_t> id;
  boost::json::array args;
};
struct DisconnectReceived {
  std::string nsp;
};
// Against the protocol: the connection is to be closed.
struct Violation {};
// Nothing to do, for instance because attachments are still to come.
struct Nothing {};
using Received = std::variant<Nothing, Violation, ConnectReceived, EventReceived, AckReceived, DisconnectReceived>;

class Connection {
 public:
  // Closed at `connect_by` unless it has joined a namespace. `limits` and `verbatim` outlive it.
  Connection(const Config& limits, VerbatimTexts& verbatim, Instant connect_by)
      : limits_(&limits), verbatim_(&verbatim), connect_by_(connect_by) {}

  Received receive(bool is_binary, std::string data);

  // How the CONNECT that receive() returned was decided. After either, the client may try again or leave.
  void accept(const std::string& nsp);
  void refuse(const std::string& nsp) { membership_.erase(nsp); }
  // We disconnected the client from the namespace.
  void leave(const std::string& nsp) { membership_.erase(nsp); }

  Instant deadline() const { return connect_by_; }
  // Whether the time to join a first namespace is over.
  bool expired(Instant now) const { return connect_by_ <= now; }

 private:
  enum class Membership { kAsked, kJoined };
  struct Partial {
    Message message;
    std::vector<std::optional<std::string>> attachments;
    std::size_t bytes = 0;  // of the attachments
  };

  Received on_text(std::string_view text);
  Received on_attachment(std::string bytes);
  Received admit(Message message);
  bool has_joined(const std::string& nsp) const;

  const Config* limits_;
  VerbatimTexts* verbatim_;
  Instant connect_by_;
  std::map<std::string, Membership> membership_;
  std::unique_ptr<Partial> partial_;  // an event whose attachments are still to come
};

}  // namespace consomme::socketio
