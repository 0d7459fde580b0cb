// Statistics as JSON: an array of objects in the field names of WebRTC's statistics (W3C webrtc-stats), seconds and
// bits per second as there, and a few that it does not have (score, bitrate, bitrateByLayer, currentLayers).
#pragma once

#include <boost/json/array.hpp>
#include <string>

#include "base/time.h"
#include "sfu/ortc/stats.h"

namespace consomme::json {

// `id` names the subject to the client. Empty when it has ended.
boost::json::array to_json(const ortc::Stats& stats, const std::string& id, Instant now);

}  // namespace consomme::json
