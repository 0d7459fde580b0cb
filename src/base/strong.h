// Strong types: one machine word each, explicit to make, equal or not, hashable, and nothing else. A type that wraps
// has no order; a type that orders says so.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace consomme {

template <class Tag, class Rep>
class Strong {
 public:
  using rep = Rep;
  constexpr Strong() = default;
  constexpr explicit Strong(Rep value) : value_(value) {}
  constexpr Rep value() const { return value_; }
  constexpr bool operator==(const Strong&) const = default;

 private:
  Rep value_{};
};

// As Strong, with an order: for numbers that do not wrap.
template <class Tag, class Rep>
class Ordered {
 public:
  using rep = Rep;
  constexpr Ordered() = default;
  constexpr explicit Ordered(Rep value) : value_(value) {}
  constexpr Rep value() const { return value_; }
  constexpr auto operator<=>(const Ordered&) const = default;

 private:
  Rep value_{};
};

using Ssrc = Strong<struct SsrcTag, std::uint32_t>;
using PayloadType = Strong<struct PayloadTypeTag, std::uint8_t>;
using ExtensionId = Strong<struct ExtensionIdTag, std::uint8_t>;
using Bitrate = Ordered<struct BitrateTag, std::int64_t>;  // bits per second

// Names of things on one worker, given by the control side, never reused.
using RouterId = Ordered<struct RouterIdTag, std::uint64_t>;
using TransportId = Ordered<struct TransportIdTag, std::uint64_t>;
using ProducerId = Ordered<struct ProducerIdTag, std::uint64_t>;
using ConsumerId = Ordered<struct ConsumerIdTag, std::uint64_t>;
using StatsToken = Ordered<struct StatsTokenTag, std::uint64_t>;  // of a question for statistics

// boost::hash and std::hash find these; integer mixing is the table's work.
template <class Tag, class Rep>
std::size_t hash_value(const Strong<Tag, Rep>& v) {
  return std::hash<Rep>{}(v.value());
}
template <class Tag, class Rep>
std::size_t hash_value(const Ordered<Tag, Rep>& v) {
  return std::hash<Rep>{}(v.value());
}

}  // namespace consomme

template <class Tag, class Rep>
struct std::hash<consomme::Strong<Tag, Rep>> {
  std::size_t operator()(const consomme::Strong<Tag, Rep>& v) const { return std::hash<Rep>{}(v.value()); }
};
template <class Tag, class Rep>
struct std::hash<consomme::Ordered<Tag, Rep>> {
  std::size_t operator()(const consomme::Ordered<Tag, Rep>& v) const { return std::hash<Rep>{}(v.value()); }
};
