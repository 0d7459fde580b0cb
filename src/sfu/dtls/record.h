// The record headers of a datagram (RFC 6347 §4.1), looked at before OpenSSL sees it.
#pragma once

#include <cstddef>
#include <optional>

#include "base/bytes.h"

namespace consomme::dtls {

// How many of a datagram's records are encrypted (epoch 1); nullopt if it is not a sequence of whole DTLS records of
// epoch 0 and 1 (there is no renegotiation that could lead beyond).
inline std::optional<std::size_t> count_encrypted_records(ByteView datagram) {
  constexpr std::uint8_t kChangeCipherSpec = 20;
  constexpr std::uint8_t kApplicationData = 23;
  constexpr std::uint16_t kDtls10 = 0xfeff;  // of a first ClientHello (RFC 6347 §4.2.1)
  constexpr std::uint16_t kDtls12 = 0xfefd;
  ByteReader reader(datagram);
  std::size_t encrypted = 0;
  do {
    const std::uint8_t type = reader.u8();
    const std::uint16_t version = reader.u16();
    const std::uint16_t epoch = reader.u16();
    reader.skip(6);  // sequence number
    reader.skip(reader.u16());
    const bool valid = type >= kChangeCipherSpec && type <= kApplicationData &&
                       (version == kDtls10 || version == kDtls12) && epoch <= 1;
    if (!reader.ok() || !valid) return std::nullopt;
    encrypted += epoch;
  } while (reader.remaining() > 0);
  return encrypted;
}

}  // namespace consomme::dtls
