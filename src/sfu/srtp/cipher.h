// What a backend does for one packet: encrypt and authenticate, or check and decrypt. Knows nothing of indices, windows
// or packet layouts; those are Inbound's and Outbound's.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "sfu/srtp/keys.h"

namespace consomme::srtp {

enum class Direction : std::uint8_t { kSeal, kOpen };

// What is authenticated besides the ciphertext.
struct Associated {
  ByteView header;   // in clear; the ciphertext lies directly behind it
  ByteView trailer;  // at most 4 bytes: the rollover counter (AES-CM SRTP), E bit and index (SRTCP), none (GCM SRTP)
};

// One keyed direction, for one kind of packet.
class PacketCipher {
 public:
  virtual ~PacketCipher() = default;

  // Fills `body`, which lies directly behind the header: its first bytes up to body.size() - payload.size() are
  // encrypted in place, then the payload from where it is. Writes the profile's tag to `tag`.
  virtual void seal(const Iv& iv, const Associated& with, ByteSpan body, ByteView payload, std::uint8_t* tag) = 0;

  // Decrypts `body` into `plain` (same size). False if the tag does not match; `plain` is then all zeros.
  virtual bool open(const Iv& iv, const Associated& with, ByteView body, ByteView tag, ByteSpan plain) = 0;
};

class CipherFactory {
 public:
  virtual ~CipherFactory() = default;
  virtual std::unique_ptr<PacketCipher> make(const SessionKeys& keys, Direction direction) = 0;
};

std::unique_ptr<CipherFactory> make_evp_factory();
// nullptr where the library was absent at build time, or does not run on this processor.
std::unique_ptr<CipherFactory> make_ipsec_mb_factory();

}  // namespace consomme::srtp
