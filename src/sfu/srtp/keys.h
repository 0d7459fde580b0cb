// Master keys as DTLS exports them, and the session keys derived from them (RFC 3711 §4.3 with key derivation rate 0;
// RFC 7714 §11 for GCM). Derived once a session; whoever holds keys wipes them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "sfu/srtp/profile.h"

namespace consomme::srtp {

// A master key and salt; the profile says how many bytes of each count. Wiped when it dies.
struct MasterKey {
  std::array<std::uint8_t, kMaxKeyBytes> key{};
  std::array<std::uint8_t, kMaxSaltBytes> salt{};

  MasterKey() = default;
  MasterKey(const MasterKey&) = default;
  MasterKey& operator=(const MasterKey&) = default;
  ~MasterKey();
};

// Everything the two directions of one transport are keyed with.
struct KeyingMaterial {
  Profile profile = Profile::kAeadAes128Gcm;
  MasterKey local;   // protects what we send
  MasterKey remote;  // protects what we receive
};

// From a DTLS-SRTP exporter: the profile's registry number and the four pieces. nullopt if the profile is not one of
// ours or a piece has another length than the profile says.
std::optional<KeyingMaterial> make_keying_material(std::uint16_t profile_id, ByteView local_key, ByteView local_salt,
                                                   ByteView remote_key, ByteView remote_salt);

// Labels of RFC 3711 §4.3.1 are {base, base + 1, base + 2} for encryption key, authentication key and salt.
enum class Kind : std::uint8_t { kRtp = 0, kRtcp = 3 };

inline constexpr std::size_t kAuthKeyBytes = 20;  // HMAC-SHA1, RFC 3711 §5.2

// The session keys of one direction and one kind of packet. Wiped when they die.
struct SessionKeys {
  Profile profile = Profile::kAeadAes128Gcm;
  std::array<std::uint8_t, kMaxKeyBytes> encryption{};
  std::array<std::uint8_t, kAuthKeyBytes> authentication{};  // AES-CM only
  std::array<std::uint8_t, kMaxSaltBytes> salt{};

  SessionKeys() = default;
  SessionKeys(const SessionKeys&) = default;
  SessionKeys& operator=(const SessionKeys&) = default;
  ~SessionKeys();
  ByteView encryption_key() const { return ByteView(encryption).first(traits(profile).key_bytes); }
};

SessionKeys derive(Profile profile, const MasterKey& master, Kind kind);

// An initialization vector: 12 bytes count for GCM (RFC 7714 §8.1, §9.1), 16 for AES-CM (RFC 3711 §4.1.1).
using Iv = std::array<std::uint8_t, 16>;

// `index` is the 48-bit packet index of SRTP, or the 31-bit index of SRTCP.
Iv make_iv(const SessionKeys& keys, std::uint32_t ssrc, std::uint64_t index);

}  // namespace consomme::srtp
