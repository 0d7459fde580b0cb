#include "socketio/websocket.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <list>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "socketio/websocket_frames.h"

namespace consomme::socketio {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// For the other side to answer our close frame, or to close TCP after its own.
constexpr auto kCloseTime = std::chrono::seconds(1);
constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kFramesAtOnce = 32;  // in one system call; Asio takes 64 buffers, a head and a payload each

// Nothing is kept for an idle one: it waits until there is something, reads it into the stack, and what goes out is
// shared with whoever else is sent it. All that one turn of the loop has to say leaves in one system call.
class TcpWebSocket final : public WebSocket, public std::enable_shared_from_this<TcpWebSocket> {
 public:
  TcpWebSocket(TcpSocket socket, WebSocketLimits limits, WebSocketEvents events)
      : socket_(std::move(socket)),
        reader_(limits.max_message_bytes),
        max_unread_bytes_(limits.max_unread_bytes),
        events_(std::move(events)) {}

  void start(const HttpRequest& request, std::string already_read) {
    push({{},
          std::make_shared<const std::string>(
              handshake_answer(request.header("Sec-WebSocket-Key"), request.header("Sec-WebSocket-Protocol")))});
    asio::post(socket_.get_executor(), [self = shared_from_this(), bytes = std::move(already_read)] {
      self->receive(bytes);
      self->wait_for_bytes();
    });
  }

  void send(const Encoded& message) override {
    if (state_ != State::kOpen) return;
    push({frame_head(message.is_binary ? Opcode::kBinary : Opcode::kText, message.bytes->size()), message.bytes});
  }

  void close() override {
    if (state_ != State::kOpen) return;
    state_ = State::kClosing;
    push_control(Opcode::kClose, close_body(CloseCode::kNormal));
    cut_after_close_time();
  }

  void cut() override {
    events_ = {};
    flush();  // as far as there is room for it: the goodbye, if that was said in this turn
    abort();
    close_timer_.reset();
  }

 private:
  // kClosing: our close frame is on its way, the peer's has not come. kOver: the conversation is, TCP may not be yet.
  enum class State { kOpen, kClosing, kOver };
  struct Piece {
    FrameHead head;
    std::shared_ptr<const std::string> payload;
    std::size_t size() const { return head.size + payload->size(); }
  };

  void abort() {
    state_ = State::kOver;
    queue_.clear();
    sent_bytes_ = unread_bytes_ = 0;
    error_code ignored;
    socket_.close(ignored);  // what waits for the socket reports it
  }

  void cut_after_close_time() {
    close_timer_ = std::make_unique<Timer>(socket_.get_executor(), kCloseTime);
    close_timer_->async_wait([self = shared_from_this()](error_code ec) {
      if (!ec) self->abort();
    });
  }

  void wait_for_bytes() {
    socket_.async_wait(TcpSocket::wait_read, [self = shared_from_this()](error_code ec) { self->on_readable(ec); });
  }

  void on_readable(error_code ec) {
    std::array<char, kReadBytes> chunk;
    const std::size_t n = ec ? 0 : socket_.read_some(asio::buffer(chunk), ec);
    if (ec && ec != asio::error::would_block) return on_lost();
    receive({chunk.data(), n});
    wait_for_bytes();
  }

  void receive(std::string_view bytes) {
    while (state_ != State::kOver) {
      std::optional<FrameReceived> received = reader_.read(bytes);
      if (!received) return;
      std::visit([this](auto& what) { on(what); }, *received);
    }
  }

  void on(MessageReceived& message) {
    if (state_ == State::kOpen && events_.on_message) events_.on_message(message.is_binary, std::move(message.data));
  }
  void on(PingReceived& ping) {
    if (state_ == State::kOpen) push_control(Opcode::kPong, std::move(ping.data));
  }
  void on(CloseReceived& close) { finish(std::move(close.body)); }
  void on(FrameViolation& violation) { finish(close_body(violation.code)); }

  // The conversation is over. TCP is kept for a moment, so that a peer still sending gets to read our close frame.
  void finish(std::string last_word) {
    if (state_ == State::kOpen) push_control(Opcode::kClose, std::move(last_word));
    state_ = State::kOver;
    if (const auto on_closed = std::exchange(events_, {}).on_closed) on_closed();
    cut_after_close_time();
    flush();
  }

  void on_lost() {
    abort();
    if (const auto on_closed = std::exchange(events_, {}).on_closed) on_closed();
    close_timer_.reset();
  }

  void push_control(Opcode opcode, std::string payload) {
    const FrameHead head = frame_head(opcode, payload.size());
    push({head, std::make_shared<const std::string>(std::move(payload))});
  }

  void push(Piece piece) {
    unread_bytes_ += piece.size();
    queue_.push_back(std::move(piece));
    if (unread_bytes_ > max_unread_bytes_) return abort();
    if (std::exchange(is_flush_posted_, true)) return;
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
      self->is_flush_posted_ = false;
      self->flush();
    });
  }

  void flush() {
    if (is_blocked_) return;
    while (!queue_.empty()) {
      error_code ec;
      const std::size_t n = socket_.write_some(next_pieces(), ec);
      if (ec == asio::error::would_block) return wait_for_room();
      if (ec) return;  // what waits for bytes reports it
      drop_sent(n);
    }
    if (state_ != State::kOver) return;
    error_code ignored;
    socket_.shutdown(TcpSocket::shutdown_send, ignored);
  }

  std::vector<asio::const_buffer> next_pieces() const {
    std::vector<asio::const_buffer> buffers;
    for (auto piece = queue_.begin(); piece != queue_.end() && buffers.size() < 2 * kFramesAtOnce; ++piece) {
      buffers.push_back(asio::buffer(piece->head.bytes.data(), piece->head.size));
      buffers.push_back(asio::buffer(*piece->payload));
    }
    std::size_t sent = sent_bytes_;  // of the first two
    for (asio::const_buffer& buffer : std::span(buffers).first(2)) {
      const std::size_t here = std::min(sent, buffer.size());
      buffer += here;
      sent -= here;
    }
    return buffers;
  }

  void drop_sent(std::size_t bytes) {
    unread_bytes_ -= bytes;
    sent_bytes_ += bytes;
    while (!queue_.empty() && sent_bytes_ >= queue_.front().size()) {
      sent_bytes_ -= queue_.front().size();
      queue_.pop_front();
    }
  }

  void wait_for_room() {
    is_blocked_ = true;
    socket_.async_wait(TcpSocket::wait_write, [self = shared_from_this()](error_code ec) {
      self->is_blocked_ = false;
      if (!ec) self->flush();
    });
  }

  TcpSocket socket_;
  std::unique_ptr<Timer> close_timer_;  // once either side has said goodbye
  FrameReader reader_;
  const std::size_t max_unread_bytes_;
  WebSocketEvents events_;
  std::list<Piece> queue_;
  std::size_t sent_bytes_ = 0;    // of the first in the queue
  std::size_t unread_bytes_ = 0;  // in the queue
  State state_ = State::kOpen;
  bool is_flush_posted_ = false;
  bool is_blocked_ = false;  // until the peer has taken some of what was sent
};

}  // namespace

std::shared_ptr<WebSocket> accept_websocket(TcpSocket socket, const HttpRequest& request, std::string already_read,
                                            WebSocketLimits limits, WebSocketEvents events) {
  const auto websocket = std::make_shared<TcpWebSocket>(std::move(socket), limits, std::move(events));
  websocket->start(request, std::move(already_read));
  return websocket;
}

}  // namespace consomme::socketio
