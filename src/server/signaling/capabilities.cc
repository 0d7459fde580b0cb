#include "server/signaling/capabilities.h"

#include "server/json/rtp.h"
#include "sfu/ortc/validate.h"

namespace consomme::server {

Result<ortc::RtpCapabilities> read_capabilities(const boost::json::value& rtp_capabilities) {
  auto read = json::from_json(rtp_capabilities, "rtpCapabilities", json::read_rtp_capabilities);
  if (!read) return read;
  return ortc::validate(std::move(*read));
}

}  // namespace consomme::server
