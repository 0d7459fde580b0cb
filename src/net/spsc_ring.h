// A bounded road from one thread to one other, on which neither waits for the other: the writer puts in what fits, the
// reader takes out what is there. Two numbers, each written by one side only; what lies between them is the reader's.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include "base/check.h"

namespace consomme::net {

template <class T>
class SpscRing {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  // `capacity` is a power of two. Its memory is taken with the first item: most pairs of threads never talk.
  explicit SpscRing(std::size_t capacity) : mask_(capacity - 1) {
    check(capacity != 0 && (capacity & mask_) == 0, "a ring's capacity is a power of two");
  }

  // The writer. Puts in as many of `items` as fit, the first ones, and says how many.
  std::size_t push(std::span<const T> items) {
    if (slots_ == nullptr) slots_ = std::make_unique_for_overwrite<T[]>(mask_ + 1);  // seen by whoever sees the end
    const std::size_t end = end_.load(std::memory_order_relaxed);
    if (room(end) < items.size()) seen_begin_ = begin_.load(std::memory_order_acquire);
    const std::size_t count = std::min(items.size(), room(end));
    for (std::size_t i = 0; i < count; ++i) slots_[(end + i) & mask_] = items[i];
    end_.store(end + count, std::memory_order_release);
    return count;
  }

  // The reader. Calls visit(item) for each that was there when the call began, in order; their places are free when it
  // returns. How many there were.
  template <class Visit>
  std::size_t drain(Visit visit) {
    const std::size_t begin = begin_.load(std::memory_order_relaxed);
    const std::size_t end = end_.load(std::memory_order_acquire);
    if (begin == end) return 0;
    for (std::size_t i = begin; i != end; ++i) visit(std::as_const(slots_[i & mask_]));
    begin_.store(end, std::memory_order_release);
    return end - begin;
  }

 private:
  static constexpr std::size_t kCacheLine = 64;

  std::size_t room(std::size_t end) const { return mask_ + 1 - (end - seen_begin_); }

  const std::size_t mask_;
  std::unique_ptr<T[]> slots_;
  alignas(kCacheLine) std::atomic<std::size_t> end_ = 0;    // the writer's; both count on without wrapping back
  std::size_t seen_begin_ = 0;                              // begin_ as the writer last looked
  alignas(kCacheLine) std::atomic<std::size_t> begin_ = 0;  // the reader's
};

}  // namespace consomme::net
