// Numbers that wrap, and how they become numbers that do not. SeqNo and RtpTimestamp know only equality; order exists
// after unwrapping (RFC 3550 §A.1 speaks of the "extended" sequence number).
#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>

#include "base/strong.h"

namespace consomme {

using SeqNo = Strong<struct SeqNoTag, std::uint16_t>;
using RtpTimestamp = Strong<struct RtpTimestampTag, std::uint32_t>;
using ExtSeqNo = Ordered<struct ExtSeqNoTag, std::int64_t>;
using ExtTimestamp = Ordered<struct ExtTimestampTag, std::int64_t>;

constexpr SeqNo truncate(ExtSeqNo n) {
  return SeqNo(static_cast<std::uint16_t>(n.value()));
}
constexpr RtpTimestamp truncate(ExtTimestamp n) {
  return RtpTimestamp(static_cast<std::uint32_t>(n.value()));
}
constexpr ExtSeqNo operator+(ExtSeqNo n, std::int64_t d) {
  return ExtSeqNo(n.value() + d);
}
constexpr std::int64_t operator-(ExtSeqNo a, ExtSeqNo b) {
  return a.value() - b.value();
}

// Distance from `from` to `to` on the circle, in [-half, half).
template <class Wrapping>
constexpr auto distance(Wrapping from, Wrapping to) {
  using Signed = std::make_signed_t<typename Wrapping::rep>;
  return static_cast<Signed>(static_cast<typename Wrapping::rep>(to.value() - from.value()));
}

// Unwraps by taking, of all candidates, the one nearest to the last value seen. `peek` looks, `unwrap` moves.
template <class Wrapping, class Extended>
class Unwrapper {
 public:
  constexpr Extended peek(Wrapping n) const {
    if (!last_) return Extended(kStart + n.value());
    const Wrapping last(static_cast<typename Wrapping::rep>(*last_));
    return Extended(*last_ + distance(last, n));
  }
  constexpr Extended unwrap(Wrapping n) {
    const Extended extended = peek(n);
    last_ = extended.value();
    return extended;
  }
  constexpr std::optional<Extended> last() const { return last_ ? std::optional(Extended(*last_)) : std::nullopt; }
  constexpr void reset() { last_.reset(); }

 private:
  // The first value is lifted by one full circle, so that a packet reordered before it is not negative.
  static constexpr std::int64_t kStart = std::int64_t{1} << (8 * sizeof(typename Wrapping::rep));
  std::optional<std::int64_t> last_;
};

using SeqUnwrapper = Unwrapper<SeqNo, ExtSeqNo>;
using TimestampUnwrapper = Unwrapper<RtpTimestamp, ExtTimestamp>;

}  // namespace consomme
