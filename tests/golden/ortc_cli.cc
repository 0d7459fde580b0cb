// Our negotiation as a filter for the differential test (negotiation.test.mjs): a request a line on stdin, its answer a
// line on stdout. {"op": "router" | "produce" | ..., ...} gives {"ok": ...} or {"error": "..."}.
#include <array>
#include <boost/json.hpp>
#include <iostream>
#include <string>

#include "server/json/rtp.h"
#include "server/json/transport.h"
#include "sfu/ortc/negotiate.h"
#include "sfu/ortc/supported.h"
#include "sfu/ortc/validate.h"

namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using namespace consomme;

using Answer = Result<value>;

Answer default_router(const object&) {
  std::vector<ortc::RtpCodecCapability> codecs;
  for (const std::string_view text : ortc::kDefaultMediaCodecs) codecs.push_back(ortc::parse_media_codec(text).value());
  return json::to_json(ortc::router_capabilities(codecs).value());
}

Answer router(const object& request) {
  const auto configured = json::from_json(request.at("mediaCodecs"), "mediaCodecs", json::read_rtp_capabilities);
  if (!configured) return std::unexpected(configured.error());
  const auto capabilities = ortc::router_capabilities(configured->codecs);
  if (!capabilities) return std::unexpected(capabilities.error());
  return json::to_json(*capabilities);
}

template <auto kRead>
Answer validated(const object& request, std::string_view name) {
  const auto given = json::from_json(request.at(name), name, kRead);
  if (!given) return std::unexpected(given.error());
  const auto valid = ortc::validate(*given);
  if (!valid) return std::unexpected(valid.error());
  return json::to_json(*valid);
}
Answer validate_capabilities(const object& request) {
  return validated<json::read_rtp_capabilities>(request, "rtpCapabilities");
}
Answer validate_parameters(const object& request) {
  return validated<json::read_rtp_parameters>(request, "rtpParameters");
}

object mapping_to_json(const ortc::ProducerMapping& mapping) {
  array codecs;
  for (const auto& codec : mapping.codecs) {
    codecs.push_back(
        {{"payloadType", codec.payload_type.value()}, {"mappedPayloadType", codec.mapped_payload_type.value()}});
  }
  array encodings;
  for (const auto& encoding : mapping.encodings) {
    object out;
    if (encoding.ssrc) out["ssrc"] = encoding.ssrc->value();
    if (encoding.rid) out["rid"] = *encoding.rid;
    out["mappedSsrc"] = encoding.mapped_ssrc.value();
    encodings.push_back(std::move(out));
  }
  return {{"codecs", std::move(codecs)}, {"encodings", std::move(encodings)}};
}

// A request's kind is ours to write, so that it is always valid.
ortc::MediaKind kind_in(const object& request) {
  return json::from_json(request.at("kind"), "kind", json::read_media_kind).value();
}
Ssrc ssrc_in(const object& request) {
  return Ssrc(request.at("ssrc").to_number<std::uint32_t>());
}

Answer produce(const object& request) {
  auto parameters = json::from_json(request.at("rtpParameters"), "rtpParameters", json::read_rtp_parameters);
  if (!parameters) return std::unexpected(parameters.error());
  const auto capabilities = json::from_json(request.at("router"), "router", json::read_rtp_capabilities).value();
  const auto producer =
      ortc::negotiate_producer(kind_in(request), *std::move(parameters), capabilities, ssrc_in(request));
  if (!producer) return std::unexpected(producer.error());
  return object{{"rtpParameters", json::to_json(producer->parameters)},
                {"mapping", mapping_to_json(producer->mapping)},
                {"consumable", json::to_json(producer->consumable)}};
}

Answer consume(const object& request) {
  const auto consumable = json::from_json(request.at("consumable"), "consumable", json::read_rtp_parameters).value();
  const auto given = json::from_json(request.at("rtpCapabilities"), "rtpCapabilities", json::read_rtp_capabilities);
  if (!given) return std::unexpected(given.error());
  const auto remote = ortc::validate(*given);
  if (!remote) return std::unexpected(remote.error());
  const auto parameters = ortc::consumer_parameters(kind_in(request), consumable, *remote, ssrc_in(request),
                                                    std::string(request.at("mid").as_string()));
  if (!parameters) return std::unexpected(parameters.error());
  return json::to_json(*parameters);
}

Answer read_dtls(const object& request) {
  const auto parameters = json::from_json(request.at("dtlsParameters"), "dtlsParameters", json::read_dtls_parameters);
  if (!parameters) return std::unexpected(parameters.error());
  return json::to_json(*parameters);
}

struct Operation {
  std::string_view name;
  Answer (*run)(const object& request);
};
constexpr std::array kOperations{
    Operation{"defaultRouter", default_router},
    Operation{"router", router},
    Operation{"validateCapabilities", validate_capabilities},
    Operation{"validateParameters", validate_parameters},
    Operation{"produce", produce},
    Operation{"consume", consume},
    Operation{"dtls", read_dtls},
};

object answer(const std::string& line) {
  const value request = boost::json::parse(line);
  const std::string_view name = request.at("op").as_string();
  for (const Operation& operation : kOperations) {
    if (operation.name != name) continue;
    const Answer result = operation.run(request.as_object());
    return result ? object{{"ok", *result}} : object{{"error", result.error().text}};
  }
  return {{"error", "no such op"}};
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) std::cout << answer(line) << '\n';
}
