#include "server/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/serialize.hpp>
#include <csignal>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/clock.h"
#include "server/config_parts.h"
#include "server/connection_limiter.h"
#include "server/health.h"
#include "server/http.h"
#include "server/metrics.h"
#include "server/process.h"
#include "server/random_id.h"
#include "server/refusals.h"
#include "server/sfu_media_plane.h"
#include "server/signaling/signaling.h"
#include "socketio/server.h"

namespace consomme::server {
namespace {

namespace asio = boost::asio;
namespace bj = boost::json;

constexpr const char* kNamespace = "/";

// In the form of Engine.IO's own refusals.
socketio::HttpResponse too_many_connections() {
  return {429, {{"Content-Type", "application/json"}}, R"({"code":4,"message":"Too many connections"})"};
}

}  // namespace

class Server::Body {
 public:
  Body(asio::io_context& io, const Config& config, const Log& log, sfu::Sfu& sfu, WebFiles files)
      : io_(io),
        config_(config),
        log_(log),
        sfu_(sfu),
        files_(std::move(files)),
        media_(sfu),
        signaling_(signaling_limits(config), media_, random_id),
        connections_(config.connections_per_second, config.connection_burst),
        socketio_(io, socketio_config(config)),
        media_events_(io, sfu.event_fd()),
        signals_(io, SIGTERM, SIGINT),
        signaling_timer_(io),
        drain_timer_(io) {
    if (!is_signal_ignored(SIGHUP)) signals_.add(SIGHUP);
    socketio_.of(kNamespace,
                 {.admit = nullptr,
                  .on_connect = [this](socketio::Socket socket) { on_connect(std::move(socket)); },
                  .on_event = [this](const socketio::Socket& socket, std::string_view event, const socketio::Args& args,
                                     socketio::Ack ack) { on_event(socket, event, args, std::move(ack)); },
                  .on_disconnect = [this](const socketio::Socket& socket,
                                          std::string_view reason) { on_disconnect(socket, reason); }});
    socketio_.on_session([this](const socketio::HttpRequest& request, const socketio::SessionDecision& decide) {
      if (connections_.admit(clock_.now(), request.address)) return decide(std::nullopt);
      refusals_.add(Refused::kConnectionRate);
      decide(too_many_connections());
    });
    socketio_.on_turned_away([this](socketio::TurnedAway why) { on_turned_away(why); });
    socketio_.on_http([this](const socketio::HttpRequest& request) { return on_http(request); });
  }
  ~Body() { media_events_.release(); }  // the descriptor is the Sfu's
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;

  Result<std::uint16_t> listen() {
    auto port = socketio_.listen();
    if (!port) return port;
    wait_for_media();
    wait_for_signal();
    return port;
  }

 private:
  void on_connect(socketio::Socket socket) {
    const std::string id = socket.id();
    const socketio::Handshake& handshake = socket.handshake();
    debug_socket_("{} connected from {} by {}", id, handshake.address, socket.transport());
    signaling_.connect(clock_.now(), id, handshake.auth, handshake.query);
    clients_.insert_or_assign(id, Client{std::move(socket), {}});
    flush();
  }

  void on_event(const socketio::Socket& socket, std::string_view event, const socketio::Args& args, socketio::Ack ack) {
    if (debug_request_.enabled())
      debug_request_("{} {} {}", socket.id(), printable(event), printable(socketio::json_text(args)));
    Answer answer = signaling_.receive(clock_.now(), socket.id(), event, args);
    if (auto* const now = std::get_if<bj::object>(&answer))
      acknowledge(socket.id(), *now, ack);
    else if (const auto* const written = std::get_if<WrittenAnswer>(&answer))
      ack.send_json(*written->json);
    else if (const auto client = clients_.find(socket.id()); client != clients_.end())
      client->second.waiting.insert_or_assign(std::get<AnsweredLater>(answer).token, std::move(ack));
    flush();
  }

  void acknowledge(const std::string& id, bj::object& answer, socketio::Ack& ack) {
    if (const bj::value* const error = answer.if_contains("error")) {
      refusals_.add_error(error->get_string());
      debug_request_("{} refused: {}", id, printable(error->get_string()));
    }
    ack(std::move(answer));
  }

  void on_disconnect(const socketio::Socket& socket, std::string_view reason) {
    debug_socket_("{} disconnected: {}", socket.id(), reason);
    clients_.erase(socket.id());
    signaling_.disconnect(clock_.now(), socket.id());
    flush();
  }

  void on_turned_away(socketio::TurnedAway why) {
    const bool has_descriptor = why != socketio::TurnedAway::kNoDescriptor;
    refusals_.add(has_descriptor ? Refused::kAddressConnections : Refused::kNoDescriptor);
    if (!has_descriptor && no_descriptor_line_.is_due(clock_.now()))
      log_.warn(
          "connections are turned away, for the process has no file descriptor left: raise LimitNOFILE= or nofile");
  }

  socketio::HttpResponse on_http(const socketio::HttpRequest& request) {
    debug_http_("{} {} from {}", printable(request.method), printable(request.target), request.address);
    return answer_http(
        {files_, !is_draining_, [this] { return metrics(); }, [this] { return ailment(sfu_.reports()); }}, request);
  }

  std::string metrics() const {
    const std::vector<sfu::WorkerReport> workers = sfu_.reports();
    return metrics_text({signaling_.census(), workers, refusals_, log_.lines_dropped(), process_figures()});
  }

  void wait_for_media() {
    media_events_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
      if (error) return;
      std::vector<sfu::Event> events;
      sfu_.poll(events);
      for (const sfu::Event& event : events) {
        log_media(event);
        signaling_.receive(clock_.now(), event);
      }
      flush();
      if (!is_stopped_) wait_for_media();
    });
  }

  void log_media(const sfu::Event& event) const {
    if (const auto* const up = std::get_if<sfu::TransportConnected>(&event))
      debug_media_("transport {} connected", up->transport.value());
    if (const auto* const end = std::get_if<sfu::TransportEnded>(&event))
      debug_media_("transport {} ended: {}", end->transport.value(), sfu::to_string(end->reason));
  }

  // Sends what signaling has to say, and looks when it wants to be called next. Behind everything that may change
  // either.
  void flush() {
    for (Output& output : signaling_.poll()) std::visit([this](auto& o) { send(o); }, output);
    if (is_stopped_) return;
    if (is_draining_ && signaling_.is_idle()) return stop();
    if (signaling_.has_open_turn()) end_turn_later();
    const Instant deadline = signaling_.deadline();
    if (std::exchange(signaling_timer_at_, deadline) == deadline || deadline == kNever) return;
    signaling_timer_.expires_at(clock_.to_steady(deadline));
    signaling_timer_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;  // moved
      signaling_timer_at_ = kNever;
      signaling_.expire(clock_.now());
      flush();
    });
  }

  // Behind everything that the loop has found waiting.
  void end_turn_later() {
    if (std::exchange(is_end_of_turn_posted_, true)) return;
    asio::post(io_, [this] {
      is_end_of_turn_posted_ = false;
      signaling_.end_turn(clock_.now());
      flush();
    });
  }

  void send(const ToPeer& o) {
    debug_event_("{} to {} {}", o.event, o.peer, excerpt(o.payload));
    if (const auto client = clients_.find(o.peer); client != clients_.end())
      client->second.socket.emit(o.event, o.payload);
  }
  // In a room of its own for as long as this takes: no client's room has an empty name.
  void send(const ToPeers& o) {
    debug_event_("{} to {} peers {}", o.event, o.peers.size(), excerpt(o.payload));
    for (const std::string& peer : o.peers) send(EnterRoom{peer, {}});
    socketio_.to_room(kNamespace, {}, o.event, o.payload);
    for (const std::string& peer : o.peers) send(LeaveRoom{peer, {}});
  }
  void send(const ToRoom& o) {
    debug_event_("{} to room {} {}", o.event, printable(o.room), excerpt(o.payload));
    if (o.except.empty()) return socketio_.to_room(kNamespace, o.room, o.event, o.payload);
    if (const auto client = clients_.find(o.except); client != clients_.end())
      client->second.socket.to_room(o.room, o.event, o.payload);
  }
  void send(const EnterRoom& o) {
    if (const auto client = clients_.find(o.peer); client != clients_.end()) client->second.socket.join(o.room);
  }
  void send(const LeaveRoom& o) {
    if (const auto client = clients_.find(o.peer); client != clients_.end()) client->second.socket.leave(o.room);
  }
  void send(LateAnswer& o) {
    const auto client = clients_.find(o.peer);
    if (client == clients_.end()) return;
    if (auto ack = client->second.waiting.extract(o.token)) acknowledge(o.peer, o.answer, ack.mapped());
  }
  std::string excerpt(const bj::value& payload) const {
    return debug_event_.enabled() ? printable(bj::serialize(payload)) : std::string();
  }

  void wait_for_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int) {
      if (error) return;
      if (is_draining_) return stop();
      wait_for_signal();
      drain();
    });
  }

  void drain() {
    is_draining_ = true;
    const Instant until = clock_.now() + std::chrono::seconds(config_.drain_s);
    if (!signaling_.is_idle())
      log_.info("draining: {} participants may go on for {} s; a second signal ends at once",
                signaling_.census().participants, config_.drain_s);
    signaling_.drain(clock_.now(), until);
    drain_timer_.expires_at(clock_.to_steady(until));
    drain_timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) stop();
    });
    flush();
  }

  void stop() {
    if (std::exchange(is_stopped_, true)) return;
    socketio_.stop();
    signaling_timer_.cancel();
    drain_timer_.cancel();
    media_events_.cancel();
    signals_.cancel();
  }

  asio::io_context& io_;
  const Config& config_;
  const Log& log_;
  const DebugLog debug_socket_ = log_.debug("mediasoup:socket");
  const DebugLog debug_request_ = log_.debug("mediasoup:request");
  const DebugLog debug_event_ = log_.debug("mediasoup:event");
  const DebugLog debug_http_ = log_.debug("mediasoup:http");
  const DebugLog debug_media_ = log_.debug("mediasoup:media");
  const Clock clock_;
  sfu::Sfu& sfu_;
  const WebFiles files_;
  SfuMediaPlane media_;
  Signaling signaling_;
  ConnectionLimiter connections_;
  Refusals refusals_;
  SeldomLine no_descriptor_line_;
  socketio::Server socketio_;
  struct Client {
    socketio::Socket socket;
    std::unordered_map<StatsToken, socketio::Ack> waiting;  // acknowledgements that the media plane has to answer
  };
  std::unordered_map<std::string, Client> clients_;
  asio::posix::stream_descriptor media_events_;
  asio::signal_set signals_;
  asio::steady_timer signaling_timer_;
  Instant signaling_timer_at_ = kNever;
  asio::steady_timer drain_timer_;
  bool is_end_of_turn_posted_ = false;
  bool is_draining_ = false;
  bool is_stopped_ = false;
};

Server::Server(asio::io_context& io, const Config& config, const Log& log, sfu::Sfu& sfu, WebFiles files)
    : body_(std::make_unique<Body>(io, config, log, sfu, std::move(files))) {}
Server::~Server() = default;

Result<std::uint16_t> Server::listen() {
  return body_->listen();
}

}  // namespace consomme::server
