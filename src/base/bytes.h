// Bounded reading and writing of network byte order. Neither ever touches a byte outside its span: a reader that ran
// short returns zeros and remembers it, a writer that ran over writes nothing and remembers it, so that a parser reads
// all its fields and asks once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace consomme {

using ByteView = std::span<const std::uint8_t>;
using ByteSpan = std::span<std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <std::size_t N>
constexpr std::uint64_t load_be(const std::uint8_t* p) {
  std::uint64_t v = 0;
  for (std::size_t i = 0; i < N; ++i) v = (v << 8) | p[i];
  return v;
}
template <std::size_t N>
constexpr void store_be(std::uint8_t* p, std::uint64_t v) {
  for (std::size_t i = N; i-- > 0; v >>= 8) p[i] = static_cast<std::uint8_t>(v);
}

class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  std::size_t remaining() const { return bytes_.size() - at_; }
  std::size_t offset() const { return at_; }

  std::uint8_t u8() { return static_cast<std::uint8_t>(number<1>()); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number<2>()); }
  std::uint32_t u24() { return static_cast<std::uint32_t>(number<3>()); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number<4>()); }
  std::uint64_t u64() { return number<8>(); }

  // The next `n` bytes, or an empty view (and !ok()) when fewer are left.
  ByteView bytes(std::size_t n) {
    if (!has(n)) return {};
    const ByteView view = bytes_.subspan(at_, n);
    at_ += n;
    return view;
  }
  ByteView rest() { return bytes(remaining()); }
  void skip(std::size_t n) { bytes(n); }

 private:
  bool has(std::size_t n) {
    if (!ok_ || n > remaining()) ok_ = false;
    return ok_;
  }
  template <std::size_t N>
  std::uint64_t number() {
    if (!has(N)) return 0;
    const std::uint64_t v = load_be<N>(bytes_.data() + at_);
    at_ += N;
    return v;
  }

  ByteView bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

class ByteWriter {
 public:
  explicit ByteWriter(ByteSpan out) : out_(out) {}

  bool ok() const { return ok_; }
  std::size_t size() const { return at_; }
  std::size_t remaining() const { return out_.size() - at_; }
  ByteSpan written() const { return out_.first(at_); }

  void u8(std::uint8_t v) { number<1>(v); }
  void u16(std::uint16_t v) { number<2>(v); }
  void u24(std::uint32_t v) { number<3>(v); }
  void u32(std::uint32_t v) { number<4>(v); }
  void u64(std::uint64_t v) { number<8>(v); }
  void bytes(ByteView v) {
    if (!has(v.size())) return;
    if (!v.empty()) std::memcpy(out_.data() + at_, v.data(), v.size());
    at_ += v.size();
  }
  void zeros(std::size_t n) {
    if (!has(n)) return;
    if (n != 0) std::memset(out_.data() + at_, 0, n);
    at_ += n;
  }
  // Overwrites two bytes written before, for lengths that are known last.
  void patch_u16(std::size_t at, std::uint16_t v) {
    if (at + 2 <= at_) store_be<2>(out_.data() + at, v);
  }

 private:
  bool has(std::size_t n) {
    if (!ok_ || n > remaining()) ok_ = false;
    return ok_;
  }
  template <std::size_t N>
  void number(std::uint64_t v) {
    if (!has(N)) return;
    store_be<N>(out_.data() + at_, v);
    at_ += N;
  }

  ByteSpan out_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace consomme
