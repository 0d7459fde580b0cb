// What signaling carries about a transport: ICE and DTLS, as mediasoup-client sends and expects them. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace consomme::ortc {

struct IceParameters {
  std::string username_fragment;
  std::string password;
  bool ice_lite = true;  // RFC 8445 §2.5
  bool operator==(const IceParameters&) const = default;
};

enum class IceProtocol : std::uint8_t { kUdp, kTcp };
enum class IceCandidateType : std::uint8_t { kHost, kServerReflexive, kPeerReflexive, kRelay };
enum class TcpType : std::uint8_t { kActive, kPassive, kSimultaneousOpen };  // RFC 6544 §4.5

struct IceCandidate {
  std::string foundation;
  std::uint32_t priority = 0;
  std::string ip;       // what older clients read
  std::string address;  // the same
  IceProtocol protocol = IceProtocol::kUdp;
  std::uint16_t port = 0;
  IceCandidateType type = IceCandidateType::kHost;
  std::optional<TcpType> tcp_type;  // present for TCP only
  bool operator==(const IceCandidate&) const = default;
};

enum class DtlsRole : std::uint8_t { kAuto, kClient, kServer };

struct DtlsFingerprint {
  std::string algorithm;  // "sha-256" (RFC 8122 §5)
  std::string value;      // "AB:CD:..."
  bool operator==(const DtlsFingerprint&) const = default;
};

struct DtlsParameters {
  DtlsRole role = DtlsRole::kAuto;
  std::vector<DtlsFingerprint> fingerprints;
  bool operator==(const DtlsParameters&) const = default;
};

}  // namespace consomme::ortc
