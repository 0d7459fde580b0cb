// Certificate fingerprints as signaling carries them (RFC 8122 §5): {"sha-256", "AB:CD:..."}.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"

namespace consomme::dtls {

enum class HashAlgorithm : std::uint8_t { kSha1, kSha224, kSha256, kSha384, kSha512 };

inline constexpr std::size_t kMaxHashBytes = 64;

struct HashTraits {
  HashAlgorithm algorithm;
  std::string_view name;  // in signaling
  std::size_t bytes;
};

inline constexpr std::array kHashes = {
    HashTraits{HashAlgorithm::kSha1, "sha-1", 20},     HashTraits{HashAlgorithm::kSha224, "sha-224", 28},
    HashTraits{HashAlgorithm::kSha256, "sha-256", 32}, HashTraits{HashAlgorithm::kSha384, "sha-384", 48},
    HashTraits{HashAlgorithm::kSha512, "sha-512", 64},
};
constexpr const HashTraits& traits(HashAlgorithm a) {
  return kHashes[static_cast<std::size_t>(a)];
}

struct Fingerprint {
  HashAlgorithm algorithm = HashAlgorithm::kSha256;
  std::array<std::uint8_t, kMaxHashBytes> bytes{};  // the first traits(algorithm).bytes count, the rest is zero

  ByteView value() const { return ByteView(bytes).first(traits(algorithm).bytes); }
  std::string to_string() const;  // "AB:CD:...", upper case
  bool operator==(const Fingerprint&) const = default;
};

// Both parts regardless of case. Refuses an algorithm we do not know, a wrong length, anything but hex pairs and
// colons.
Result<Fingerprint> parse_fingerprint(std::string_view algorithm, std::string_view value);

}  // namespace consomme::dtls
