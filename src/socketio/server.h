// A Socket.IO 5 server on Engine.IO 4: long-polling, WebSocket and the upgrade between them, on one port. This is the
// library's public header. Single threaded: everything happens on the thread that runs the io_context, and every
// handler is called from its loop, never from inside a call into the library. So a handler may emit, join, leave or
// disconnect anything, itself included. Left out: TLS (a proxy's work), permessage-deflate (97 kB per connection),
// Engine.IO 3.
//
//   Server server(io, {.port = 8080});
//   server.of("/", {.on_event = [](Socket socket, std::string_view event, Args args, Ack ack) { ack("pong"); }});
//   const auto port = server.listen();
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "socketio/http.h"

namespace boost::asio {
class io_context;
}

namespace consomme::socketio {

class Ack;
struct SocketState;
struct Session;
class ServerCore;
class EngineSessions;

// What becomes of JSON that JavaScript writes and this library cannot hold: nesting beyond 128 levels, and halves of
// surrogate pairs. It ends the connection, or null and U+FFFD stand in its place.
enum class UnholdableJson { kRefused, kReplaced };

struct Config {
  std::string host = "0.0.0.0";  // an IPv4 or IPv6 address
  std::uint16_t port = 8080;     // 0: any free one, see Server::listen
  std::string path = "/socket.io/";
  Duration ping_interval = 25s;
  Duration ping_timeout = 20s;     // without a pong for this long the client is gone
  Duration connect_timeout = 45s;  // to join a first namespace
  Duration upgrade_timeout = 10s;  // for a WebSocket to take a polling session over
  // One POST body and one WebSocket message, announced to clients.
  std::size_t max_payload_bytes = 1'000'000;
  // What a client has not read yet; a client that lets more pile up is closed.
  std::size_t max_unread_bytes = 4'000'000;
  // A client that buffered while offline sends all of it in one payload, an event being ten bytes or more.
  std::size_t max_packets_per_payload = 100'000;
  std::size_t max_attachments = 10;  // of one event (CVE-2026-33151)
  // Of one event, all together: they are kept until the last of them has come.
  std::size_t max_attachments_bytes = 4'000'000;
  // Of a CONNECT whose `auth` is kept as long as the socket is there: as much as a request's head may have. The auth of
  // a longer one (up to max_payload_bytes, as for a token of many claims) is there for admit and on_connect only.
  std::size_t max_kept_connect_bytes = 16'384;
  // Open at once from one address (an IPv6 /64 counts as one); loopback is not limited.
  std::size_t max_address_connections = 10'000;
  UnholdableJson unholdable_json = UnholdableJson::kRefused;
  // Members of an event's arguments that many clients send word for word, and whose objects arrive as text for that
  // reason: see as_verbatim().
  std::vector<std::string> verbatim_members = {};
  // "*", or origins as browsers send them ("https://example.org"). With a list, requests from other origins are refused
  // (403), except those whose origin is the very host they ask. Only listed ones may send credentials.
  std::vector<std::string> cors_origins = {"*"};
};

// The arguments of an event or acknowledgement, without the event's name. Numbers are finite. What a client has sent,
// and copies of it, share one piece of memory that stays until all of them have gone: what is kept for long is better
// copied into memory of its own, as value(given, storage_ptr()).
using Args = boost::json::array;

// A binary argument inside Args, at any depth. It travels as an attachment. (It is an object with the one key "\xff",
// which no JSON text can carry, so a client cannot forge it, and it is never mistaken for a string.)
boost::json::value binary(std::string_view bytes);
// The bytes of a binary argument; nullopt for any other value. Valid as long as `value` is.
std::optional<std::string_view> as_binary(const boost::json::value& value);
// The text of a JSON object that was not read but left as the client wrote it: for who reads it once for all who send
// the same. Only an object that an argument holds as one of Config::verbatim_members may arrive so, and it need not:
// one of more than 16 KB, for instance, or in an event with attachments, arrives as any other. nullopt for any other
// value. (It is an object with the one key "\xfe", which no JSON text can carry either; sent on, it is the text again.)
std::optional<std::string_view> as_verbatim(const boost::json::value& value);

// The JSON that `value` is sent as, with placeholders for what is binary.
std::string json_text(const boost::json::value& value);

// How the connection began. `auth` is the payload of this namespace's CONNECT, the rest is the first HTTP request's.
struct Handshake {
  boost::json::object auth;   // see Config::max_kept_connect_bytes
  boost::json::object query;  // decoded, all strings, with "EIO" and "transport"; the last of equal names
  std::vector<Header> headers;
  std::string address;  // the peer's IP address
};

namespace detail {
template <class... A>
Args make_args(A&&... args) {
  Args list;
  list.reserve(sizeof...(A));
  (list.emplace_back(std::forward<A>(args)), ...);
  return list;
}
}  // namespace detail

// One client in one namespace: a handle, cheap to copy and to keep. After the client has left it answers the same and
// does nothing. Arguments are anything a boost::json::value can be made of.
class Socket {
 public:
  Socket() = default;  // nobody
  explicit Socket(std::shared_ptr<SocketState> state) : state_(std::move(state)) {}

  const std::string& id() const;   // unguessable, 20 characters of [A-Za-z0-9_-]
  const std::string& nsp() const;  // "/", "/custom"
  const Handshake& handshake() const;
  bool connected() const;
  std::string_view transport() const;  // now: "polling" or "websocket"

  template <class... A>
  void emit(std::string_view event, A&&... args) const {
    emit_args(event, detail::make_args(std::forward<A>(args)...));
  }
  // `on_ack(Args)` is called once, or never when the client leaves before it answers.
  template <class... A>
  void emit_with_ack(std::string_view event, std::function<void(Args)> on_ack, A&&... args) const {
    emit_args_with_ack(event, detail::make_args(std::forward<A>(args)...), std::move(on_ack));
  }
  // To everyone in the room of this namespace but this socket. The payload is written once.
  template <class... A>
  void to_room(std::string_view room, std::string_view event, A&&... args) const {
    to_room_args(room, event, detail::make_args(std::forward<A>(args)...));
  }
  void emit_args(std::string_view event, const Args& args) const;
  void emit_args_with_ack(std::string_view event, const Args& args, std::function<void(Args)> on_ack) const;
  void to_room_args(std::string_view room, std::string_view event, const Args& args) const;

  void join(std::string_view room) const;
  void leave(std::string_view room) const;
  std::vector<std::string> rooms() const;  // sorted

  // Leaves the namespace with a DISCONNECT packet; `close` ends the whole connection too.
  void disconnect(bool close = false) const;

  explicit operator bool() const { return state_ != nullptr; }
  bool operator==(const Socket&) const = default;

 private:
  friend class Ack;
  std::shared_ptr<SocketState> state_;
};

// The acknowledgement a client asked for: called at most once, now or later. Does nothing when none was asked for, when
// it was already sent, or when the client has gone.
class Ack {
 public:
  Ack() = default;
  Ack(Socket socket, std::uint64_t id) : socket_(std::move(socket)), id_(id) {}
  Ack(Ack&& other) noexcept : socket_(std::move(other.socket_)), id_(std::exchange(other.id_, std::nullopt)) {}
  Ack& operator=(Ack&& other) noexcept {
    socket_ = std::move(other.socket_);
    id_ = std::exchange(other.id_, std::nullopt);
    return *this;
  }

  // Whether the client waits for this acknowledgement.
  explicit operator bool() const { return id_.has_value(); }
  template <class... A>
  void operator()(A&&... args) {
    send(detail::make_args(std::forward<A>(args)...));
  }
  void send(const Args& args);
  // One argument that is JSON text already, taken as it is.
  void send_json(std::string_view json);

 private:
  template <class Write>
  void once(Write write);

  Socket socket_;
  std::optional<std::uint64_t> id_;
};

// CONNECT_ERROR: {"message", "data"}; no data when it is null.
struct Refusal {
  std::string message;
  boost::json::value data;
};

// A client's CONNECT, to be decided once, now or later. Never deciding leaves the client to its connect timeout.
class Admission {
 public:
  explicit Admission(std::function<void(std::optional<Refusal>)> decide) : decide_(std::move(decide)) {}
  Admission(Admission&&) = default;
  Admission& operator=(Admission&&) = default;

  void accept() { decide(std::nullopt); }
  void refuse(Refusal why) { decide(std::move(why)); }

 private:
  void decide(std::optional<Refusal> refusal) {
    if (auto once = std::exchange(decide_, nullptr)) once(std::move(refusal));
  }
  std::function<void(std::optional<Refusal>)> decide_;
};

// What an application does in a namespace. A handler left out accepts, or ignores.
struct Namespace {
  std::function<void(const Handshake&, Admission)> admit = {};
  std::function<void(Socket)> on_connect = {};  // the client has been told already
  // `ack` is false in a bool context when the client asked for none. Numeric event names do not arrive here.
  std::function<void(Socket, std::string_view event, Args, Ack)> on_event = {};
  // After the client has gone, for whatever reason; rooms() still says where it was.
  std::function<void(Socket, std::string_view reason)> on_disconnect = {};
};

// An Engine.IO session without Socket.IO on it: a handle like Socket.
class RawSession {
 public:
  RawSession(std::weak_ptr<EngineSessions> owner, std::weak_ptr<Session> session, std::string id)
      : owner_(std::move(owner)), session_(std::move(session)), id_(std::move(id)) {}
  const std::string& id() const { return id_; }
  void send(std::string_view bytes, bool is_binary) const;
  void close() const;

 private:
  std::weak_ptr<EngineSessions> owner_;
  std::weak_ptr<Session> session_;
  std::string id_;
};

struct RawHandlers {
  std::function<void(RawSession)> on_open = {};
  std::function<void(RawSession, std::string_view bytes, bool is_binary)> on_message = {};
  std::function<void(RawSession, std::string_view reason)> on_close = {};
};

// Asked before a new session is made; answers now or later: nullopt admits, a response refuses.
using SessionDecision = std::function<void(std::optional<HttpResponse>)>;
using SessionAdmission = std::function<void(const HttpRequest&, SessionDecision)>;

struct Stats {
  std::size_t clients = 0;                     // live sessions on Config::path
  std::size_t raw = 0;                         // live sessions on all raw paths
  std::map<std::string, std::size_t> sockets;  // by namespace, every registered one
  std::size_t rooms = 0;                       // with a member
};

class Server {
 public:
  Server(boost::asio::io_context& io, Config config);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Before listen(). A namespace that was not registered is refused: "Invalid namespace".
  void of(std::string nsp, Namespace handlers);
  void raw(std::string path, const RawHandlers& handlers);
  // Every path that is neither Config::path nor a raw one; GET and HEAD are answered from the same response. Without
  // it: 404.
  void on_http(std::function<HttpResponse(const HttpRequest&)> handler);
  void on_session(SessionAdmission hook);
  void on_turned_away(std::function<void(TurnedAway)> handler);

  // Binds and accepts from now on. The port, or why it could not.
  Result<std::uint16_t> listen();
  // Ends every session and stops accepting; the io_context runs out of this server's work soon after.
  void stop();

  template <class... A>
  void to_room(std::string_view nsp, std::string_view room, std::string_view event, A&&... args) {
    to_room_args(nsp, room, event, detail::make_args(std::forward<A>(args)...));
  }
  // To everyone in the room. The payload is written once.
  void to_room_args(std::string_view nsp, std::string_view room, std::string_view event, const Args& args);
  std::size_t room_size(std::string_view nsp, std::string_view room) const;
  Stats stats() const;

 private:
  std::shared_ptr<ServerCore> core_;
};

}  // namespace consomme::socketio
