// A set of header extensions as bits: which of them a packet carries, or a consumer has negotiated.
#pragma once

#include <bit>
#include <cstdint>
#include <initializer_list>

#include "base/header_extension.h"

namespace consomme::media {

class ExtensionSet {
 public:
  constexpr ExtensionSet() = default;
  constexpr ExtensionSet(std::initializer_list<HeaderExtension> extensions) {
    for (const HeaderExtension e : extensions) add(e);
  }
  constexpr void add(HeaderExtension e) { bits_ = static_cast<std::uint16_t>(bits_ | bit(e)); }
  constexpr bool has(HeaderExtension e) const { return (bits_ & bit(e)) != 0; }
  constexpr void remove(HeaderExtension e) { bits_ = static_cast<std::uint16_t>(bits_ & ~bit(e)); }
  constexpr bool empty() const { return bits_ == 0; }
  // The first, in the order of the enum; of an empty set none.
  constexpr HeaderExtension first() const { return static_cast<HeaderExtension>(std::countr_zero(bits_)); }
  constexpr ExtensionSet operator&(ExtensionSet other) const {
    ExtensionSet both;
    both.bits_ = static_cast<std::uint16_t>(bits_ & other.bits_);
    return both;
  }
  constexpr bool operator==(const ExtensionSet&) const = default;

 private:
  static_assert(kHeaderExtensionCount <= 16);
  static constexpr std::uint16_t bit(HeaderExtension e) {
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(e));
  }
  std::uint16_t bits_ = 0;
};

}  // namespace consomme::media
