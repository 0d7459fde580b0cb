// What a client says it can receive, read from its request and judged; and kept once for all who say the same.
#pragma once

#include <boost/json/value.hpp>
#include <memory>
#include <vector>

#include "base/error.h"
#include "sfu/ortc/parameters.h"

namespace consomme::server {

// Errors: kInvalid naming the field by its path from `rtpCapabilities`.
Result<ortc::RtpCapabilities> read_capabilities(const boost::json::value& rtp_capabilities);

// A few browsers in a few versions are all there are, and each says 5 KB or more.
class SharedCapabilities {
 public:
  // Those that are equal to `capabilities` and still in use, or else these.
  std::shared_ptr<const ortc::RtpCapabilities> share(ortc::RtpCapabilities capabilities);

 private:
  // The latest kinds, so that clients who make up their own cannot make the search long.
  static constexpr std::size_t kKinds = 16;
  std::vector<std::weak_ptr<const ortc::RtpCapabilities>> kinds_;
};

}  // namespace consomme::server
