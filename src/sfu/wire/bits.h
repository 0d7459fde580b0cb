// Bounded reading and writing of single bits, most significant first, as ByteReader and ByteWriter do it for bytes: a
// reader that ran short returns zeros and remembers it, a writer that ran over writes nothing and remembers it.
#pragma once

#include <bit>
#include <cstdint>

#include "base/bytes.h"

namespace consomme::wire {

class BitReader {
 public:
  explicit BitReader(ByteView bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  std::size_t offset() const { return at_; }  // in bits
  std::size_t remaining() const { return bytes_.size() * 8 - at_; }

  // The next `count` bits, at most 32.
  std::uint32_t bits(std::size_t count) {
    if (!ok_ || count > remaining()) {
      ok_ = false;
      return 0;
    }
    std::uint32_t value = 0;
    for (; count != 0; --count, ++at_) value = value << 1 | (bytes_[at_ / 8] >> (7 - at_ % 8) & 1U);
    return value;
  }
  bool flag() { return bits(1) != 0; }
  // ns(n) of the AV1 specification (§4.10.7): one of `n` values, in one bit less where the upper end allows it.
  std::uint32_t non_symmetric(std::uint32_t n) {
    const auto width = static_cast<std::size_t>(std::bit_width(n));
    if (width == 0) return 0;
    const std::uint32_t shorter = (1U << width) - n;
    const std::uint32_t value = bits(width - 1);
    return value < shorter ? value : (value << 1) - shorter + bits(1);
  }

 private:
  ByteView bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

class BitWriter {
 public:
  explicit BitWriter(ByteSpan out) : out_(out) {}

  bool ok() const { return ok_; }
  std::size_t size() const { return (at_ + 7) / 8; }  // in bytes, the last one padded with zeros

  void bits(std::uint32_t value, std::size_t count) {
    if (!ok_ || at_ + count > out_.size() * 8) {
      ok_ = false;
      return;
    }
    while (count-- != 0) put((value >> count & 1U) != 0);
  }
  void flag(bool value) { bits(value ? 1 : 0, 1); }

 private:
  void put(bool bit) {
    std::uint8_t& byte = out_[at_ / 8];
    if (at_ % 8 == 0) byte = 0;
    if (bit) byte = static_cast<std::uint8_t>(byte | 0x80U >> at_ % 8);
    ++at_;
  }

  ByteSpan out_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace consomme::wire
