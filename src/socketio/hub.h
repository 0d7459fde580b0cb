// Namespaces, sockets and rooms: what Socket.IO adds to sessions. Between the engines (Connection, EngineSessions) and
// the application's handlers, which it always calls from the loop's turn, never from inside a call.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "socketio/asio.h"
#include "socketio/engine_sessions.h"
#include "socketio/server.h"
#include "socketio/socketio_connection.h"
#include "socketio/turn.h"

namespace consomme::socketio {

// Acknowledgements we wait for from one socket; of more the oldest are given up.
inline constexpr std::size_t kMaxPendingAcks = 10'000;

class Hub;

struct SocketState {
  std::weak_ptr<Hub> hub;
  std::string id;
  std::string nsp;
  std::weak_ptr<Session> session;  // an application may keep this longer than there is a loop
  std::shared_ptr<const Handshake> handshake;
  bool is_connected = true;
  std::set<std::string, std::less<>> rooms;  // kept until on_disconnect has been called
  std::map<std::uint64_t, std::function<void(Args)>> acks;
  std::uint64_t next_ack = 0;
};
using SocketPtr = std::shared_ptr<SocketState>;

class Hub : public std::enable_shared_from_this<Hub> {
 public:
  Hub(boost::asio::io_context& io, const Config& config, Turn& turn)
      : io_(io), config_(config), turn_(turn), verbatim_(config.verbatim_members) {}

  void of(std::string nsp, Namespace handlers) { namespaces_[std::move(nsp)].handlers = std::move(handlers); }
  // Before the first session.
  void attach(std::shared_ptr<EngineSessions> sessions) { sessions_ = std::move(sessions); }

  void on_open(const SessionPtr& session, HttpRequest opened_by);
  void on_message(const SessionPtr& session, bool is_binary, std::string data);
  void on_end(const SessionPtr& session, std::string_view reason);

  void emit(const SocketPtr& socket, std::string_view event, const Args& args, std::function<void(Args)> on_ack);
  void acknowledge(const SocketPtr& socket, const std::vector<Encoded>& ack);
  void to_room(std::string_view nsp, std::string_view room, std::string_view event, const Args& args,
               const SocketState* except);
  void join(const SocketPtr& socket, std::string_view room);
  void leave(const SocketPtr& socket, std::string_view room);
  void disconnect(const SocketPtr& socket, bool close);

  Transport transport(const SocketState& socket) const;  // kPolling after its session has ended
  std::size_t room_size(std::string_view nsp, std::string_view room) const;
  void count(Stats& stats) const;

 private:
  struct Client {
    Connection connection;
    std::shared_ptr<const Handshake> handshake;  // without auth, and that of the sockets which gave none
    std::unique_ptr<Timer> connect_timer;        // nullptr once it has joined a namespace
    std::map<std::string, SocketPtr> sockets;    // by namespace
  };
  struct NamespaceState {
    Namespace handlers;
    std::size_t sockets = 0;  // in it now
    std::map<std::string, std::unordered_map<SocketState*, SocketPtr>, std::less<>> rooms;
  };

  void receive(const SessionPtr& session, ConnectReceived received);
  void receive(const SessionPtr& session, EventReceived received);
  void receive(const SessionPtr& session, const AckReceived& received);
  void receive(const SessionPtr& session, const DisconnectReceived& received);
  void receive(const SessionPtr& session, Violation);
  void receive(const SessionPtr&, Nothing) {}

  void decide(const SessionPtr& session, const ConnectReceived& asked, const std::optional<Refusal>& refusal);
  void refuse(const SessionPtr& session, const std::string& nsp, const Refusal& refusal);
  void enter(const SessionPtr& session, const ConnectReceived& asked);
  void depart(const SocketPtr& socket, std::string_view reason);
  void leave_members(const SocketPtr& socket, std::string_view room);
  Client* find(const SessionPtr& session);
  SocketPtr find(const SessionPtr& session, const std::string& nsp);
  void send(const SocketState& socket, const std::vector<Encoded>& packets);
  template <class Call>
  void guarded(const SessionPtr& session, Call call);
  void watch_connect_time(const SessionPtr& session, Client& client);

  boost::asio::io_context& io_;
  const Config& config_;
  Turn& turn_;
  VerbatimTexts verbatim_;
  std::shared_ptr<EngineSessions> sessions_;
  std::map<std::string, NamespaceState, std::less<>> namespaces_;
  std::unordered_map<SessionPtr, Client> clients_;
};

}  // namespace consomme::socketio
