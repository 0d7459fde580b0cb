// RTP capabilities and parameters as JSON, field by field as mediasoup-client writes and reads them. Only types, ranges
// and counts are judged here; what they mean is judged by sfu/ortc/validate.h.
#pragma once

#include <boost/json/object.hpp>

#include "server/json/reader.h"
#include "sfu/ortc/parameters.h"

namespace consomme::json {

// Every codec of a list has a payload type of its own, and there are 128 of these (RFC 3550 §5.1).
inline constexpr std::size_t kMaxCodecs = 128;
// Both kinds in one list; Chromium 156 knows about 20 together.
inline constexpr std::size_t kMaxHeaderExtensions = 64;
// Simulcast has 3, seldom 4; four times that.
inline constexpr std::size_t kMaxEncodings = 16;
// H264 and opus have about 10 each at most.
inline constexpr std::size_t kMaxFormatParameters = 32;
// There are 6 kinds in use.
inline constexpr std::size_t kMaxRtcpFeedback = 16;
// What mediasoup's own protocol holds, in bits per second: 4 Gbit/s, beyond any stream.
inline constexpr std::int64_t kMaxBitrate = 0xffffffff;

// For from_json(), or for a member of a larger request.
ortc::MediaKind read_media_kind(const Reader& in);
ortc::RtpCapabilities read_rtp_capabilities(const Reader& in);
ortc::RtpParameters read_rtp_parameters(const Reader& in);

boost::json::object to_json(const ortc::RtpCapabilities& capabilities);
boost::json::object to_json(const ortc::RtpParameters& parameters);

}  // namespace consomme::json
