#include "server/json/transport.h"

#include <algorithm>
#include <array>

namespace consomme::json {
namespace {

using boost::json::array;
using boost::json::object;
using ortc::DtlsRole;

constexpr std::array kRoles{
    Word<DtlsRole>{"auto", DtlsRole::kAuto},
    Word<DtlsRole>{"client", DtlsRole::kClient},
    Word<DtlsRole>{"server", DtlsRole::kServer},
};
// In the order of their enums.
constexpr std::array<std::string_view, 2> kProtocols{"udp", "tcp"};
constexpr std::array<std::string_view, 4> kCandidateTypes{"host", "srflx", "prflx", "relay"};
constexpr std::array<std::string_view, 3> kTcpTypes{"active", "passive", "so"};

std::string_view word_of(const auto& words, auto value) {
  return words[static_cast<std::size_t>(value)];
}

DtlsRole read_role(const Reader& in) {
  return in.word<DtlsRole>(kRoles);
}

ortc::DtlsFingerprint read_fingerprint(const Reader& in) {
  return {.algorithm = in["algorithm"].text(), .value = in["value"].text()};
}

object candidate_to_json(const ortc::IceCandidate& candidate) {
  object out{{"foundation", candidate.foundation},
             {"priority", candidate.priority},
             {"ip", candidate.ip},
             {"address", candidate.address},
             {"protocol", word_of(kProtocols, candidate.protocol)},
             {"port", candidate.port},
             {"type", word_of(kCandidateTypes, candidate.type)}};
  if (candidate.tcp_type) out["tcpType"] = word_of(kTcpTypes, *candidate.tcp_type);
  return out;
}

}  // namespace

ortc::DtlsParameters read_dtls_parameters(const Reader& in) {
  ortc::DtlsParameters parameters{.role = in["role"].optional(read_role).value_or(DtlsRole::kAuto),
                                  .fingerprints = in["fingerprints"].elements(kMaxFingerprints, read_fingerprint)};
  if (parameters.fingerprints.empty()) in["fingerprints"].complain("must hold at least one fingerprint");
  return parameters;
}

object to_json(const ortc::DtlsParameters& parameters) {
  array fingerprints;
  for (const ortc::DtlsFingerprint& fingerprint : parameters.fingerprints) {
    fingerprints.push_back({{"algorithm", fingerprint.algorithm}, {"value", fingerprint.value}});
  }
  const auto role = std::ranges::find(kRoles, parameters.role, &Word<DtlsRole>::second);
  return {{"role", role->first}, {"fingerprints", std::move(fingerprints)}};
}

object to_json(const ortc::IceParameters& parameters) {
  return {{"usernameFragment", parameters.username_fragment},
          {"password", parameters.password},
          {"iceLite", parameters.ice_lite}};
}

array to_json(std::span<const ortc::IceCandidate> candidates) {
  array out;
  for (const ortc::IceCandidate& candidate : candidates) out.push_back(candidate_to_json(candidate));
  return out;
}

}  // namespace consomme::json
