// Packets of one transport that wait for being written and encrypted, in the order in which they came. Owned by the
// transport.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "sfu/media/outbound_stream.h"
#include "sfu/media/packet.h"

namespace consomme::transport {

struct Queued {
  enum class Sending : std::uint8_t { kFirst, kAsRtx, kAgain };
  media::PacketRef packet;
  media::Rewrite rewrite;
  media::OutboundStream* stream = nullptr;
  Sending sending = Sending::kFirst;
  ExtSeqNo rtx_seq{};  // kAsRtx
};

class SendQueue {
 public:
  // A turn of a busy worker brings a consumer of many streams some hundred packets; more than this is a stall.
  static constexpr std::size_t kMaxQueued = 4096;

  bool full() const { return queue_.size() - next_ >= kMaxQueued; }
  bool empty() const { return next_ == queue_.size(); }
  std::size_t bytes() const { return bytes_; }  // of the packets as they came
  const Queued& front() const { return queue_[next_]; }

  // What is left of a queue that does not become empty moves to its beginning when that is less than has gone.
  void push(Queued queued) {
    bytes_ += queued.packet->size;
    if (next_ != 0 && 2 * next_ >= queue_.size()) {
      queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(next_));
      next_ = 0;
    }
    queue_.push_back(std::move(queued));
  }
  void pop() {
    bytes_ -= queue_[next_].packet->size;
    queue_[next_++].packet = {};
    if (!empty()) return;
    queue_.clear();  // its storage is used again
    next_ = 0;
  }
  void forget(const media::OutboundStream& stream) {
    const auto from = queue_.begin() + static_cast<std::ptrdiff_t>(next_);
    queue_.erase(std::remove_if(from, queue_.end(), [&](const Queued& q) { return q.stream == &stream; }),
                 queue_.end());
    bytes_ = 0;
    for (std::size_t i = next_; i < queue_.size(); ++i) bytes_ += queue_[i].packet->size;
  }

 private:
  std::vector<Queued> queue_;
  std::size_t next_ = 0;  // the first that is still to go
  std::size_t bytes_ = 0;
};

}  // namespace consomme::transport
