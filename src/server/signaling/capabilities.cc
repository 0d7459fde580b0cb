#include "server/signaling/capabilities.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <utility>

#include "server/json/rtp.h"
#include "server/signaling/fields.h"
#include "sfu/ortc/validate.h"

namespace consomme::server {
namespace {

namespace bj = boost::json;

// The text that they arrive as; nullopt if they arrive as they are.
std::optional<std::string_view> verbatim(const bj::value& rtp_capabilities) {
  const bj::object* const object = rtp_capabilities.if_object();
  const bj::value* const text = object == nullptr ? nullptr : object->if_contains(kVerbatimKey);
  if (text == nullptr) return std::nullopt;
  return text->get_string();
}

Result<ortc::RtpCapabilities> read_and_judge(const bj::value& rtp_capabilities) {
  auto read = json::from_json(rtp_capabilities, "rtpCapabilities", json::read_rtp_capabilities);
  if (!read) return read;
  return ortc::validate(std::move(*read));
}

}  // namespace

Result<CapabilitiesPtr> SharedCapabilities::read(const bj::value& rtp_capabilities) {
  const std::optional<std::string_view> text = verbatim(rtp_capabilities);
  const std::string written = text ? std::string() : bj::serialize(rtp_capabilities);
  const std::string_view said = text ? *text : written;
  std::erase_if(kinds_, [](const Kind& kind) { return kind.read.expired(); });
  if (const auto known = std::ranges::find(kinds_, said, &Kind::said); known != kinds_.end()) {
    std::rotate(kinds_.begin(), known, known + 1);
    return kinds_.front().read.lock();
  }
  // As text only what is JSON arrives, and less deep than this parser takes.
  auto read = read_and_judge(text ? bj::parse(said) : rtp_capabilities);
  if (!read) return std::unexpected(read.error());
  auto fresh = std::make_shared<const ortc::RtpCapabilities>(std::move(*read));
  if (said.size() > kMaxBytes) return fresh;
  if (kinds_.size() == kKinds) kinds_.pop_back();
  kinds_.insert(kinds_.begin(), {std::string(said), fresh});
  return fresh;
}

}  // namespace consomme::server
