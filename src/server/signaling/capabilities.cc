#include "server/signaling/capabilities.h"

#include <utility>

#include "server/json/rtp.h"
#include "sfu/ortc/validate.h"

namespace consomme::server {

Result<ortc::RtpCapabilities> read_capabilities(const boost::json::value& rtp_capabilities) {
  auto read = json::from_json(rtp_capabilities, "rtpCapabilities", json::read_rtp_capabilities);
  if (!read) return read;
  return ortc::validate(std::move(*read));
}

std::shared_ptr<const ortc::RtpCapabilities> SharedCapabilities::share(ortc::RtpCapabilities capabilities) {
  std::erase_if(kinds_, [](const auto& kind) { return kind.expired(); });
  for (const auto& kind : kinds_)
    if (auto shared = kind.lock(); *shared == capabilities) return shared;
  auto fresh = std::make_shared<const ortc::RtpCapabilities>(std::move(capabilities));
  if (kinds_.size() == kKinds) kinds_.erase(kinds_.begin());
  kinds_.push_back(fresh);
  return fresh;
}

}  // namespace consomme::server
