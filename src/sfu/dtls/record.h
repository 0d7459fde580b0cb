// The records of a datagram (RFC 6347 §4.1), looked at before anything is decrypted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace consomme::dtls {

inline constexpr std::size_t kRecordHeaderBytes = 13;
inline constexpr std::uint16_t kDtls12 = 0xfefd;

// RFC 5246 §6.2.1.
enum class ContentType : std::uint8_t { kChangeCipherSpec = 20, kAlert = 21, kHandshake = 22, kApplicationData = 23 };

struct Record {
  ContentType type;
  std::uint16_t epoch;             // encrypted, if it is not 0
  std::uint64_t epoch_and_number;  // as the header has them, and as the AEAD authenticates them
  ByteView fragment;
};

// nullopt, and an end of all reading, for what is no whole DTLS record of epoch 0 or 1: there is no renegotiation that
// could lead beyond.
inline std::optional<Record> next_record(ByteReader& datagram) {
  constexpr std::uint16_t kDtls10 = 0xfeff;  // of a first ClientHello (RFC 6347 §4.2.1)
  const std::uint8_t type = datagram.u8();
  const std::uint16_t version = datagram.u16();
  const std::uint64_t epoch_and_number = datagram.u64();
  const ByteView fragment = datagram.bytes(datagram.u16());
  const auto epoch = static_cast<std::uint16_t>(epoch_and_number >> 48);
  const bool valid = type >= 20 && type <= 23 && (version == kDtls10 || version == kDtls12) && epoch <= 1;
  if (!datagram.ok() || !valid) return std::nullopt;
  return Record{static_cast<ContentType>(type), epoch, epoch_and_number, fragment};
}

// How many of a datagram's records are encrypted; nullopt if it is not a sequence of whole records.
inline std::optional<std::size_t> count_encrypted_records(ByteView datagram) {
  ByteReader reader(datagram);
  std::size_t encrypted = 0;
  do {
    const std::optional<Record> record = next_record(reader);
    if (!record) return std::nullopt;
    encrypted += record->epoch;
  } while (reader.remaining() > 0);
  return encrypted;
}

}  // namespace consomme::dtls
