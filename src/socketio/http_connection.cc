#include "socketio/http_connection.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "socketio/listener.h"

namespace consomme::socketio {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr Duration kIdleTime = 60s;   // between two requests
constexpr Duration kHeadTime = 10s;   // for a head, whole
constexpr Duration kBodyTime = 60s;   // for a body: 1 MB at 140 kbit/s
constexpr Duration kLingerTime = 1s;  // for the last answer to be read before TCP is reset

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kMaxPipelinedBytes = 64 * 1024;  // kept of requests behind one that is owed its answer

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

HttpConnection::HttpConnection(std::shared_ptr<Listener> listener, TcpSocket socket, std::string address,
                               std::size_t max_body_bytes, Duration stall_time)
    : listener_(std::move(listener)),
      socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      stall_time_(stall_time),
      parser_(max_body_bytes),
      address_(std::move(address)) {}

// Reads before it waits: most clients send as soon as they are connected, so that their request is there already.
void HttpConnection::start() {
  error_code ec;
  socket_.non_blocking(true, ec);
  if (ec) return lose();
  on_readable();
  if (phase_ != Phase::kDone) pump();
}

// Waits before it reads, so that an idle connection holds no buffer. What follows a WebSocket handshake is not read
// here: the socket is about to be handed on.
void HttpConnection::read() {
  if (has_ended_ || wants_websocket_ || input_.size() >= kMaxPipelinedBytes) return;
  if (std::exchange(is_reading_, true)) return;
  socket_.async_wait(TcpSocket::wait_read, [self = shared_from_this()](error_code ec) {
    self->is_reading_ = false;
    if (!ec && self->phase_ != Phase::kDone) self->on_readable();
  });
}

void HttpConnection::on_readable() {
  std::array<char, kReadBytes> chunk;
  error_code ec;
  const std::size_t n = socket_.read_some(asio::buffer(chunk), ec);
  if (ec == asio::error::would_block) return read();
  if (ec) return on_end();
  if (phase_ != Phase::kLingering) input_.append(chunk.data(), n);
  pump();
  if (phase_ != Phase::kDone) read();
}

void HttpConnection::on_end() {
  has_ended_ = true;
  if (phase_ != Phase::kWriting) lose();
}

void HttpConnection::pump() {
  if (std::exchange(is_pumping_, true)) return;
  while (step()) {
  }
  is_pumping_ = false;
}

// Whether there may be more to do at once.
bool HttpConnection::step() {
  switch (phase_) {
    case Phase::kHead:
    case Phase::kBody:
      break;
    case Phase::kOwed:
      if (response_) write(write_response(*response_, is_head_request_, parser_.keep_alive()), parser_.keep_alive());
      return false;
    default:
      return false;
  }
  switch (parser_.feed(input_)) {
    case HttpParser::Event::kNeedMore:
      return on_need_more();
    case HttpParser::Event::kHead:
      return on_head();
    case HttpParser::Event::kBody:
      return on_body();
    case HttpParser::Event::kUnreadable:
      break;
  }
  if (exchange_) listener_->gone(*std::exchange(exchange_, std::nullopt));
  write(write_response(listener_->unreadable(parser_.head(), parser_.status()), false, false), false);
  return false;
}

bool HttpConnection::on_head() {
  HttpRequest& head = parser_.head();
  head.address = address_;
  is_head_request_ = head.method == "HEAD";
  wants_websocket_ = parser_.wants_websocket();
  phase_ = Phase::kBody;
  exchange_ = listener_->begin(shared_from_this());
  listener_->head(*exchange_, head, wants_websocket_);
  return phase_ != Phase::kDone;
}

bool HttpConnection::on_body() {
  phase_ = Phase::kOwed;
  wait(Waiting::kNothing);
  if (exchange_ && !wants_websocket_) listener_->body(*exchange_, parser_.take_request());
  if (phase_ == Phase::kOwed) read();
  return true;
}

bool HttpConnection::on_need_more() {
  if (response_) {  // refused before its body has come
    write(write_response(*response_, is_head_request_, false), false);
    return false;
  }
  if (has_ended_) {
    lose();
    return false;
  }
  if (phase_ == Phase::kBody && parser_.expects_continue() && waiting_ != Waiting::kBody) {
    error_code ignored;
    socket_.write_some(asio::buffer(kContinue), ignored);
  }
  if (phase_ == Phase::kBody)
    wait(Waiting::kBody);
  else
    wait(input_.empty() && !is_fresh_ ? Waiting::kRequest : Waiting::kHead);
  read();
  return false;
}

void HttpConnection::answer(HttpResponse response) {
  exchange_.reset();
  response_ = std::move(response);
  pump();
}

void HttpConnection::accept_websocket() {
  const WireId websocket = *std::exchange(exchange_, std::nullopt);
  phase_ = Phase::kDone;
  timer_.cancel();
  listener_->become_websocket(websocket, shared_from_this(), std::move(socket_), parser_.head(), std::move(input_));
}

void HttpConnection::write(std::string bytes, bool keep_alive) {
  phase_ = Phase::kWriting;
  output_ = std::move(bytes);
  wants_websocket_ = false;
  const auto self = shared_from_this();
  const auto progress = [self](error_code ec, std::size_t n) {
    self->on_progress();
    return asio::transfer_all()(ec, n);
  };
  asio::async_write(socket_, asio::buffer(output_), progress, [self, keep_alive](error_code ec, std::size_t) {
    if (self->phase_ == Phase::kDone) return;
    if (ec) return self->lose();
    self->on_written(keep_alive);
  });
}

// Before the first byte of an answer, and whenever the peer has taken some more.
void HttpConnection::on_progress() {
  if (phase_ != Phase::kWriting) return;
  wait(Waiting::kNothing);
  wait(Waiting::kWrite);
}

void HttpConnection::on_written(bool keep_alive) {
  output_ = {};
  response_.reset();
  is_fresh_ = false;
  wait(Waiting::kNothing);
  if (!keep_alive) return linger();
  parser_.reset();
  phase_ = Phase::kHead;
  pump();
}

void HttpConnection::linger() {
  if (has_ended_) return lose();
  phase_ = Phase::kLingering;
  input_ = {};
  error_code ignored;
  socket_.shutdown(TcpSocket::shutdown_send, ignored);
  wait(Waiting::kLinger);
  read();
}

void HttpConnection::lose() {
  if (phase_ == Phase::kDone) return;
  const std::shared_ptr<HttpConnection> self = shared_from_this();
  if (exchange_) listener_->gone(*std::exchange(exchange_, std::nullopt));
  listener_->remove(self);
  cut();
}

void HttpConnection::cut() {
  phase_ = Phase::kDone;
  timer_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

// One clock for each thing waited for; asking again for the same one does not restart it.
void HttpConnection::wait(Waiting what) {
  if (std::exchange(waiting_, what) == what) return;
  ++wait_count_;
  if (what == Waiting::kNothing) return void(timer_.cancel());
  const std::array times{Duration(), kIdleTime, kHeadTime, kBodyTime, stall_time_, kLingerTime};
  timer_.expires_after(times[static_cast<std::size_t>(what)]);
  timer_.async_wait([self = shared_from_this(), nth = wait_count_](error_code ec) {
    if (!ec && nth == self->wait_count_) self->lose();
  });
}

}  // namespace consomme::socketio
