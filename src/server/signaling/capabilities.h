// What a client says it can receive, read from its request and judged.
#pragma once

#include <boost/json/value.hpp>

#include "base/error.h"
#include "sfu/ortc/parameters.h"

namespace consomme::server {

// Errors: kInvalid naming the field by its path from `rtpCapabilities`.
Result<ortc::RtpCapabilities> read_capabilities(const boost::json::value& rtp_capabilities);

}  // namespace consomme::server
