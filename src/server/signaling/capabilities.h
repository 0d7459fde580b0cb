// What a client says it can receive, read from its request and judged; once for all who say the same.
#pragma once

#include <boost/json/value.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "sfu/ortc/parameters.h"

namespace consomme::server {

using CapabilitiesPtr = std::shared_ptr<const ortc::RtpCapabilities>;

// A few browsers in a few versions are all there are, each says 5 KB or more, and says it again with every consume.
class SharedCapabilities {
 public:
  // As ortc::validate() returns them, which is what the media plane takes; of a client whose capabilities are still in
  // use the same pointer, without reading them again. They may arrive as text (kVerbatimKey). Errors: kInvalid naming
  // the field by its path from `rtpCapabilities`.
  Result<CapabilitiesPtr> read(const boost::json::value& rtp_capabilities);

 private:
  struct Kind {
    std::string said;  // as JSON
    std::weak_ptr<const ortc::RtpCapabilities> read;
  };

  // So many that clients who make up their own cannot make the search long, nor fill the memory with what they say.
  // Browsers say 5 to 6 KB.
  static constexpr std::size_t kKinds = 16;
  static constexpr std::size_t kMaxBytes = 16'384;
  std::vector<Kind> kinds_;  // the one seen last in front
};

}  // namespace consomme::server
