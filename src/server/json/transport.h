// ICE and DTLS parameters as JSON, field by field as mediasoup-client reads and writes them. Clients send only
// dtlsParameters; the rest is only written. Whether a fingerprint is of a known algorithm is judged by sfu/dtls.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <span>

#include "server/json/reader.h"
#include "sfu/ortc/transport_parameters.h"

namespace consomme::json {

// One per hash function that a browser might know; browsers send one.
inline constexpr std::size_t kMaxFingerprints = 8;

// For from_json(), or for a member of a larger request.
ortc::DtlsParameters read_dtls_parameters(const Reader& in);

boost::json::object to_json(const ortc::DtlsParameters& parameters);
boost::json::object to_json(const ortc::IceParameters& parameters);
boost::json::array to_json(std::span<const ortc::IceCandidate> candidates);

}  // namespace consomme::json
