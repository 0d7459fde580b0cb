#include "server/signaling/capabilities.h"

#include <algorithm>
#include <utility>

#include "server/json/rtp.h"
#include "sfu/ortc/validate.h"

namespace consomme::server {
namespace {

namespace bj = boost::json;

// How many values there are in it, itself included.
std::size_t count(const bj::value& value) {
  std::size_t sum = 1;
  if (const bj::array* const array = value.if_array())
    for (const bj::value& element : *array) sum += count(element);
  if (const bj::object* const object = value.if_object())
    for (const auto& member : *object) sum += count(member.value());
  return sum;
}

// Whether both say the same in the same order, as two browsers of one kind do. Boost's own comparison looks every name
// up, which takes as long as reading all of it.
bool is_same(const bj::value& a, const bj::value& b) {
  if (a.is_array() && b.is_array()) return std::ranges::equal(a.get_array(), b.get_array(), is_same);
  if (a.is_object() && b.is_object())
    return std::ranges::equal(a.get_object(), b.get_object(), [](const auto& one, const auto& other) {
      return one.key() == other.key() && is_same(one.value(), other.value());
    });
  if (a.is_string() && b.is_string()) return a.get_string() == b.get_string();
  return !a.is_structured() && !b.is_structured() && a == b;
}

Result<ortc::RtpCapabilities> read_and_judge(const bj::value& rtp_capabilities) {
  auto read = json::from_json(rtp_capabilities, "rtpCapabilities", json::read_rtp_capabilities);
  if (!read) return read;
  return ortc::validate(std::move(*read));
}

}  // namespace

Result<CapabilitiesPtr> SharedCapabilities::read(const bj::value& rtp_capabilities) {
  std::erase_if(kinds_, [](const Kind& kind) { return kind.read.expired(); });
  for (const Kind& kind : kinds_)
    if (is_same(kind.said, rtp_capabilities)) return kind.read.lock();
  auto read = read_and_judge(rtp_capabilities);
  if (!read) return std::unexpected(read.error());
  auto fresh = std::make_shared<const ortc::RtpCapabilities>(std::move(*read));
  if (count(rtp_capabilities) > kMaxValues) return fresh;
  if (kinds_.size() == kKinds) kinds_.erase(kinds_.begin());
  kinds_.push_back({bj::value(rtp_capabilities, bj::storage_ptr()), fresh});
  return fresh;
}

}  // namespace consomme::server
