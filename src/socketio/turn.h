// Work put off to the end of the loop's current turn. It is what keeps the promise of server.h that no handler runs
// inside a call into the library, and it keeps chains of handlers that cause each other from becoming a deep stack.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <utility>

namespace consomme::socketio {

class Turn : public std::enable_shared_from_this<Turn> {
 public:
  explicit Turn(boost::asio::io_context& io) : io_(io) {}

  void later(std::function<void()> work) {
    work_.push_back(std::move(work));
    if (is_running_ || std::exchange(is_posted_, true)) return;
    boost::asio::post(io_, [self = shared_from_this()] {
      self->is_posted_ = false;
      self->run();
    });
  }
  // Called at the end of everything that comes from the network; also does what those pieces put off.
  void run() {
    if (std::exchange(is_running_, true)) return;
    while (!work_.empty()) {
      const std::function<void()> next = std::move(work_.front());
      work_.pop_front();
      next();
    }
    is_running_ = false;
  }
  void clear() { work_.clear(); }

 private:
  boost::asio::io_context& io_;
  std::deque<std::function<void()>> work_;
  bool is_running_ = false;
  bool is_posted_ = false;
};

}  // namespace consomme::socketio
