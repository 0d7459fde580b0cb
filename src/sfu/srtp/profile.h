// The SRTP protection profiles we speak, as a table. Numbered as DTLS negotiates them, so that what the handshake chose
// is looked up and never translated.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace consomme::srtp {

enum class Profile : std::uint8_t {
  kAes128CmSha1_80 = 0x0001,  // RFC 5764 §4.1.2
  kAeadAes128Gcm = 0x0007,    // RFC 7714 §14.2
  kAeadAes256Gcm = 0x0008,
};

struct ProfileTraits {
  Profile profile;
  std::string_view name;
  std::size_t key_bytes;   // master and session encryption key
  std::size_t salt_bytes;  // master and session salt
  std::size_t tag_bytes;   // authentication tag at the end of every packet
  bool aead;               // AES-GCM; otherwise AES-CM with HMAC-SHA1
};

inline constexpr std::array kProfiles = {
    ProfileTraits{Profile::kAeadAes128Gcm, "AEAD_AES_128_GCM", 16, 12, 16, true},
    ProfileTraits{Profile::kAeadAes256Gcm, "AEAD_AES_256_GCM", 32, 12, 16, true},
    ProfileTraits{Profile::kAes128CmSha1_80, "AES_CM_128_HMAC_SHA1_80", 16, 14, 10, false},
};

inline constexpr std::size_t kMaxKeyBytes = 32;
inline constexpr std::size_t kMaxSaltBytes = 14;
inline constexpr std::size_t kMaxRtpOverheadBytes = 16;   // what protection adds at most: a tag
inline constexpr std::size_t kMaxRtcpOverheadBytes = 20;  // a tag and the index word

constexpr const ProfileTraits& traits(Profile profile) {
  for (const ProfileTraits& row : kProfiles)
    if (row.profile == profile) return row;
  return kProfiles.back();  // unreachable: the table names every enumerator
}

// The profile with this number in the DTLS-SRTP registry, if we speak it.
constexpr std::optional<Profile> profile_from_id(std::uint16_t id) {
  for (const ProfileTraits& row : kProfiles)
    if (static_cast<std::uint16_t>(row.profile) == id) return row.profile;
  return std::nullopt;
}

}  // namespace consomme::srtp
