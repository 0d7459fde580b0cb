#include "socketio/websocket.h"

#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <chrono>
#include <deque>
#include <utility>

namespace consomme::socketio {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using beast::error_code;

// For the other side to answer our close frame, or to close TCP after its own.
constexpr auto kCloseTime = std::chrono::seconds(1);
constexpr std::size_t kKeptBufferBytes = 16 * 1024;  // a larger one is given back after its message

// A socket that first yields what had been read from it already. Its teardown only ends our sending direction: Beast's
// own would wait for the peer without a limit.
class PrefixedSocket {
 public:
  using executor_type = tcp::socket::executor_type;

  PrefixedSocket(tcp::socket socket, std::string prefix) : socket_(std::move(socket)), prefix_(std::move(prefix)) {}

  executor_type get_executor() { return socket_.get_executor(); }
  tcp::socket& lowest() { return socket_; }

  template <class Buffers, class Handler>
  auto async_read_some(const Buffers& buffers, Handler&& handler) {
    return asio::async_initiate<Handler, void(error_code, std::size_t)>(
        [this](auto&& h, const Buffers& into) {
          if (prefix_.empty()) return socket_.async_read_some(into, std::forward<decltype(h)>(h));
          const std::size_t n = asio::buffer_copy(into, asio::buffer(prefix_));
          prefix_.erase(0, n);
          asio::post(get_executor(), beast::bind_front_handler(std::forward<decltype(h)>(h), error_code(), n));
        },
        handler, buffers);
  }
  template <class Buffers, class Handler>
  auto async_write_some(const Buffers& buffers, Handler&& handler) {
    return socket_.async_write_some(buffers, std::forward<Handler>(handler));
  }

  friend void beast_close_socket(PrefixedSocket& s) {
    error_code ignored;
    s.socket_.close(ignored);
  }
  template <class Handler>
  friend void async_teardown(beast::role_type, PrefixedSocket& s, Handler&& handler) {
    error_code ec;
    s.socket_.shutdown(tcp::socket::shutdown_send, ec);
    asio::post(s.get_executor(), beast::bind_front_handler(std::forward<Handler>(handler), ec));
  }

 private:
  tcp::socket socket_;
  std::string prefix_;
};

class BeastWebSocket final : public WebSocket, public std::enable_shared_from_this<BeastWebSocket> {
 public:
  BeastWebSocket(tcp::socket socket, std::string already_read, WebSocketLimits limits, WebSocketEvents events)
      : stream_(PrefixedSocket(std::move(socket), std::move(already_read))),
        timer_(stream_.get_executor()),
        limits_(limits),
        events_(std::move(events)) {
    stream_.set_option(websocket::stream_base::timeout{kCloseTime * 10, websocket::stream_base::none(), false});
    stream_.auto_fragment(false);
    stream_.read_message_max(limits_.max_message_bytes);
  }

  void start(const HttpRequest& request) {
    beast::http::request<beast::http::empty_body> head(beast::http::verb::get, "/", 11);
    for (const char* name : {"Host", "Connection", "Upgrade", "Sec-WebSocket-Key", "Sec-WebSocket-Version"})
      head.set(name, beast::string_view(request.header(name)));
    stream_.async_accept(head, [self = shared_from_this()](error_code ec) {
      if (ec) return self->finish();
      self->is_accepted_ = true;
      self->read();
      self->write();
    });
  }

  void send(const Encoded& message) override {
    if (is_closing_) return;
    queue_.push_back(message);
    queued_bytes_ += message.bytes->size();
    if (queued_bytes_ > limits_.max_unread_bytes) return abort();
    write();
  }

  void close() override {
    if (std::exchange(is_closing_, true)) return;
    cut_after_close_time();
    write();
  }

  void cut() override {
    events_ = {};
    abort();
    timer_.cancel();
  }

 private:
  tcp::socket& socket() { return stream_.next_layer().lowest(); }

  void abort() {
    is_closing_ = true;
    queue_.clear();
    error_code ignored;
    socket().close(ignored);  // the pending read reports it
  }

  void cut_after_close_time() {
    timer_.expires_after(kCloseTime);
    timer_.async_wait([self = shared_from_this()](error_code ec) {
      if (!ec) self->abort();
    });
  }

  void read() {
    stream_.async_read(buffer_, [self = shared_from_this()](error_code ec, std::size_t) { self->on_read(ec); });
  }

  void on_read(error_code ec) {
    if (ec) return finish();
    std::string data = beast::buffers_to_string(buffer_.data());
    buffer_.consume(buffer_.size());
    if (buffer_.capacity() > kKeptBufferBytes) buffer_.shrink_to_fit();
    if (events_.on_message && !is_closing_) events_.on_message(stream_.got_binary(), std::move(data));
    read();
  }

  void write() {
    if (!is_accepted_ || is_writing_ || is_finished_) return;
    if (queue_.empty()) return is_closing_ ? send_close() : void();
    is_writing_ = true;
    in_flight_ = std::move(queue_.front());
    queue_.pop_front();
    stream_.binary(in_flight_.is_binary);
    stream_.async_write(asio::buffer(*in_flight_.bytes), [self = shared_from_this()](error_code ec, std::size_t) {
      self->is_writing_ = false;
      self->queued_bytes_ -= self->in_flight_.bytes->size();
      self->in_flight_ = {};
      if (!ec) self->write();  // otherwise the pending read reports it
    });
  }

  void send_close() {
    is_writing_ = true;
    stream_.async_close(websocket::close_code::normal, [self = shared_from_this()](error_code) {});
  }

  // The conversation is over. TCP is kept for a moment, so that a peer still sending gets to read our close frame.
  void finish() {
    if (std::exchange(is_finished_, true)) return;
    is_closing_ = true;
    queue_.clear();
    if (const auto on_closed = std::exchange(events_, {}).on_closed) on_closed();
    if (!socket().is_open()) return void(timer_.cancel());
    cut_after_close_time();
    drain();
  }

  void drain() {
    socket().async_read_some(asio::buffer(sink_), [self = shared_from_this()](error_code ec, std::size_t) {
      if (!ec) return self->drain();
      self->abort();
      self->timer_.cancel();
    });
  }

  websocket::stream<PrefixedSocket, false> stream_;
  asio::steady_timer timer_;
  beast::flat_buffer buffer_;
  std::array<char, 512> sink_;
  WebSocketLimits limits_;
  WebSocketEvents events_;
  std::deque<Encoded> queue_;
  Encoded in_flight_;
  std::size_t queued_bytes_ = 0;  // with what is in flight
  bool is_accepted_ = false;
  bool is_writing_ = false;
  bool is_closing_ = false;
  bool is_finished_ = false;
};

}  // namespace

std::shared_ptr<WebSocket> accept_websocket(tcp::socket socket, const HttpRequest& request, std::string already_read,
                                            WebSocketLimits limits, WebSocketEvents events) {
  const auto websocket =
      std::make_shared<BeastWebSocket>(std::move(socket), std::move(already_read), limits, std::move(events));
  websocket->start(request);
  return websocket;
}

}  // namespace consomme::socketio
