// What clients say in tests of the control side: parameters as a browser names them.
#pragma once

#include <string>
#include <vector>

#include "sfu/ortc/negotiate.h"
#include "sfu/ortc/supported.h"

namespace consomme::sfu::testing {

inline ortc::RtpCapabilities router() {
  std::vector<ortc::RtpCodecCapability> codecs;
  for (const char* const name : {"opus", "VP8"}) codecs.push_back(ortc::parse_media_codec(name).value());
  return ortc::router_capabilities(codecs).value();
}

inline ortc::RtpParameters named(std::string mid, std::string cname) {
  ortc::RtpParameters parameters;
  parameters.mid = std::move(mid);
  parameters.header_extensions = {
      {.uri = std::string(ortc::supported(HeaderExtension::kMid).uri), .id = ExtensionId(9), .parameters = {}}};
  parameters.rtcp.cname = std::move(cname);
  return parameters;
}

// VP8 with RTX, one stream with `ssrc`, and `ssrc` + 1 for its RTX.
inline ortc::RtpParameters camera(std::string mid, std::uint32_t ssrc) {
  ortc::RtpParameters parameters = named(std::move(mid), "camera");
  parameters.codecs = {{.mime_type = "video/VP8",
                        .payload_type = PayloadType(96),
                        .clock_rate = 90000,
                        .channels = {},
                        .parameters = {},
                        .rtcp_feedback = {{"nack", ""}, {"nack", "pli"}}},
                       {.mime_type = "video/rtx",
                        .payload_type = PayloadType(97),
                        .clock_rate = 90000,
                        .channels = {},
                        .parameters = {{"apt", 96}},
                        .rtcp_feedback = {}}};
  parameters.encodings.resize(1);
  parameters.encodings[0].ssrc = Ssrc(ssrc);
  parameters.encodings[0].rtx = ortc::RtxEncoding{Ssrc(ssrc + 1)};
  return parameters;
}

inline ortc::RtpParameters microphone(std::string mid, std::uint32_t ssrc) {
  ortc::RtpParameters parameters = named(std::move(mid), "microphone");
  parameters.codecs = {{.mime_type = "audio/opus",
                        .payload_type = PayloadType(111),
                        .clock_rate = 48000,
                        .channels = 2,
                        .parameters = {},
                        .rtcp_feedback = {}}};
  parameters.encodings.resize(1);
  parameters.encodings[0].ssrc = Ssrc(ssrc);
  return parameters;
}

}  // namespace consomme::sfu::testing
