// What the media plane takes in and gives out. A worker never sees a socket: it is handed a Datagram and appends its
// answers to a SendBatch, which net/ flushes with a few system calls. A TCP frame (RFC 4571) is a datagram too.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"
#include "base/check.h"

namespace consomme {

// The largest datagram taken in or sent: an Ethernet frame's payload. Anything larger is dropped and counted.
inline constexpr std::size_t kMaxDatagramBytes = 1500;

struct Datagram {
  Tuple from;
  ByteView bytes;  // valid during the call
};

// Datagrams on their way out, contiguous in one arena. Neighbours with the same destination and size form a
// segmentation run (UDP_SEGMENT), which net/ finds by looking at neighbours; so whoever sends several packets to one
// peer appends them one behind the other.
class SendBatch {
 public:
  struct Entry {
    Tuple to;
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
  };

  explicit SendBatch(std::size_t max_datagrams = 256)
      : capacity_(max_datagrams * kMaxDatagramBytes), arena_(std::make_unique<std::uint8_t[]>(capacity_)) {
    entries_.reserve(max_datagrams);
  }

  // How many datagrams of the largest size fit; a full batch is flushed before more is appended.
  std::size_t room() const {
    return std::min(entries_.capacity() - entries_.size(), (capacity_ - used_) / kMaxDatagramBytes);
  }
  // Without room()'s divisions, for it is asked for every packet.
  bool has_room() const { return entries_.size() < entries_.capacity() && capacity_ - used_ >= kMaxDatagramBytes; }
  // Where the next datagram is written, kMaxDatagramBytes long. Only if has_room().
  ByteSpan slot() {
    check(has_room(), "a slot is asked for only when the batch has room");
    return {arena_.get() + used_, kMaxDatagramBytes};
  }
  // The first `size` bytes of slot() become a datagram to `to`.
  void commit(const Tuple& to, std::size_t size) {
    check(has_room() && size <= kMaxDatagramBytes, "a datagram is committed into its slot");
    entries_.push_back({to, static_cast<std::uint32_t>(used_), static_cast<std::uint32_t>(size)});
    used_ += size;
  }
  void append(const Tuple& to, ByteView bytes) {
    const ByteSpan out = slot();
    check(bytes.size() <= out.size(), "a datagram is at most kMaxDatagramBytes");
    if (!bytes.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
    commit(to, bytes.size());
  }

  const std::vector<Entry>& entries() const { return entries_; }
  ByteView bytes(const Entry& e) const { return {arena_.get() + e.offset, e.size}; }
  std::uint8_t* data(const Entry& e) { return arena_.get() + e.offset; }
  bool empty() const { return entries_.empty(); }
  void clear() {
    entries_.clear();
    used_ = 0;
  }

 private:
  std::size_t capacity_;
  std::unique_ptr<std::uint8_t[]> arena_;
  std::size_t used_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace consomme
