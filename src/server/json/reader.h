// Strict, typed reading of JSON that a client sent. A Reader is one value and the way to it; it never fails at once:
// the first thing that is wrong is remembered in the document's Complaint, reading goes on with zeros, and whoever
// started asks in the end (as base/bytes.h does for bytes). Unknown members are ignored. For an optional member, null
// means absent, since some clients write it so.
#pragma once

#include <boost/json/value.hpp>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.h"

namespace consomme::json {

// The longest text in a request: what an SDES item (RFC 3550 §6.5) and a two-byte header extension (RFC 8285 §4.3)
// carry.
inline constexpr std::size_t kMaxTextBytes = 255;

// At most `max_bytes` of UTF-8 text, cut between two characters: for repeating a client's words to it.
std::string_view cut_text(std::string_view text, std::size_t max_bytes);

// The first thing that was wrong with a document.
class Complaint {
 public:
  void add(std::string text) {
    if (!first_) first_ = std::move(text);
  }
  const std::optional<std::string>& first() const { return first_; }

 private:
  std::optional<std::string> first_;
};

// A word and what it stands for.
template <class T>
using Word = std::pair<std::string_view, T>;

class Reader {
 public:
  // The root of a document; `name` is how complaints call it ("rtpParameters").
  Reader(const boost::json::value& value, std::string_view name, Complaint& complaint)
      : value_(&value), name_(name), complaint_(complaint) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // A member of an object; complains if this is none. Lives no longer than this.
  Reader operator[](std::string_view name) const;

  // Whether there is anything to read, null counting as nothing.
  bool is_present() const { return value_ != nullptr && !value_->is_null(); }
  // Whether the member was written at all, be it as null.
  bool is_given() const { return value_ != nullptr; }

  // These complain if the value is absent, or of another type, or out of bounds.
  std::string text(std::size_t max_bytes = kMaxTextBytes) const;
  bool boolean() const;
  template <std::integral T>
  T integer(T min = std::numeric_limits<T>::min(), T max = std::numeric_limits<T>::max()) const {
    return static_cast<T>(bounded_integer(min, max));
  }
  double number() const;  // finite
  template <class T>
  T word(const auto& words) const {
    const std::string given = text();
    std::string expected;
    for (const Word<T>& entry : words) {
      if (entry.first == given) return entry.second;
      expected.append(expected.empty() ? "\"" : ", \"").append(entry.first).append("\"");
    }
    complain("must be one of " + expected);
    return T();
  }
  // read(element) for each element of an array; `max` bounds their number.
  template <class Read>
  auto elements(std::size_t max, Read read) const {
    std::vector<std::invoke_result_t<Read, const Reader&>> list;
    const std::size_t count = array_size(max);
    list.reserve(count);
    for (std::size_t i = 0; i < count; ++i) list.push_back(read(element(i)));
    return list;
  }
  // visit(name, value) for each member of an object; `max` bounds their number.
  template <class Visit>
  void each_member(std::size_t max, Visit visit) const {
    const std::size_t count = object_size(max);
    for (std::size_t i = 0; i < count; ++i) {
      const boost::json::key_value_pair& member = value_->get_object().begin()[i];
      visit(std::string_view(member.key()), Reader(*this, &member.value(), member.key(), kNoIndex));
    }
  }

  // read(*this) if there is anything to read.
  template <class Read>
  auto optional(Read read) const -> std::optional<std::invoke_result_t<Read, const Reader&>> {
    if (!is_present()) return std::nullopt;
    return read(*this);
  }

  const boost::json::value& value() const { return *value_; }  // only if is_given()
  void complain(std::string_view what_must_hold) const;

 private:
  static constexpr std::size_t kNoIndex = std::numeric_limits<std::size_t>::max();

  Reader(const Reader& parent, const boost::json::value* value, std::string_view name, std::size_t index)
      : value_(value), parent_(&parent), name_(name), index_(index), complaint_(parent.complaint_) {}

  Reader element(std::size_t index) const;
  std::size_t array_size(std::size_t max) const;
  std::size_t object_size(std::size_t max) const;
  std::int64_t bounded_integer(std::int64_t min, std::int64_t max) const;
  std::string path() const;

  const boost::json::value* value_;  // nullptr: absent
  const Reader* parent_ = nullptr;
  std::string_view name_;
  std::size_t index_ = kNoIndex;
  Complaint& complaint_;
};

// Reads a whole document by `read`, one of the read_...() functions; the error names the field by its path from `name`.
template <class Read>
auto from_json(const boost::json::value& value, std::string_view name, Read read)
    -> Result<std::invoke_result_t<Read, const Reader&>> {
  Complaint complaint;
  auto result = read(Reader(value, name, complaint));
  if (complaint.first()) return invalid(*complaint.first());
  return result;
}

}  // namespace consomme::json
