// Shared by this folder's tests: packets, keys, engines, and the parameters every behaviour is tested under.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/check.h"
#include "sfu/srtp/engine.h"
#include "sfu/srtp/inbound.h"
#include "sfu/srtp/outbound.h"

namespace consomme::srtp::testing {

using Bytes = std::vector<std::uint8_t>;

inline Bytes from_hex(std::string_view hex) {
  Bytes bytes;
  std::string pair;
  for (const char c : hex) {
    if (c == ' ') continue;
    pair += c;
    if (pair.size() < 2) continue;
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(pair, nullptr, 16)));
    pair.clear();
  }
  return bytes;
}

inline Bytes counting(std::size_t size, std::size_t first = 0) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(first + 13 * i);
  return bytes;
}

// EVP where intel-ipsec-mb is not to be had; tests of it are then skipped.
inline CryptoEngine engine(Backend preferred) {
  return CryptoEngine::make(preferred).value();
}

inline MasterKey master_key(std::uint8_t salt = 1) {
  MasterKey m;
  for (std::size_t i = 0; i < m.key.size(); ++i) m.key[i] = static_cast<std::uint8_t>(salt + 31 * i);
  for (std::size_t i = 0; i < m.salt.size(); ++i) m.salt[i] = static_cast<std::uint8_t>(salt * 7 + 11 * i);
  return m;
}

struct RtpShape {
  std::size_t csrcs = 0;
  std::size_t extension_words = 0;  // 0: no extension
  std::size_t header_size() const { return 12 + 4 * csrcs + (extension_words == 0 ? 0 : 4 + 4 * extension_words); }
};

inline Bytes rtp_header(std::uint32_t ssrc, std::int64_t index, RtpShape shape = {}) {
  Bytes h = counting(shape.header_size(), 5);
  h[0] = static_cast<std::uint8_t>(0x80 | (shape.extension_words != 0 ? 0x10 : 0) | shape.csrcs);
  h[1] = 96;
  store_be<2>(h.data() + 2, static_cast<std::uint64_t>(index) & 0xffff);
  store_be<4>(h.data() + 8, ssrc);
  if (shape.extension_words != 0) {
    store_be<2>(h.data() + 12 + 4 * shape.csrcs, 0xbede);
    store_be<2>(h.data() + 12 + 4 * shape.csrcs + 2, shape.extension_words);
  }
  return h;
}

inline Bytes rtp_packet(std::uint32_t ssrc, std::int64_t index, std::size_t payload, RtpShape shape = {}) {
  Bytes packet = rtp_header(ssrc, index, shape);
  const Bytes body = counting(payload, static_cast<std::size_t>(index));
  packet.insert(packet.end(), body.begin(), body.end());
  return packet;
}

inline Bytes rtcp_packet(std::uint32_t ssrc, std::size_t words) {
  Bytes packet = counting(8 + 4 * words, ssrc);
  packet[0] = 0x81;
  packet[1] = 201;
  store_be<2>(packet.data() + 2, 1 + words);
  store_be<4>(packet.data() + 4, ssrc);
  return packet;
}

// A whole RTP packet protected, its payload's first `prefix` bytes written by the caller. Fails the test on an error.
inline Bytes protect(Outbound& out, const Bytes& plain, std::int64_t index, std::size_t prefix = 0,
                     RtpShape shape = {}) {
  Bytes slot(plain.size() + kMaxRtpOverheadBytes);
  const std::size_t written_by_caller = shape.header_size() + prefix;
  std::copy_n(plain.begin(), written_by_caller, slot.begin());
  const auto size =
      out.protect_rtp(slot, shape.header_size(), prefix, ByteView(plain).subspan(written_by_caller), ExtSeqNo(index));
  EXPECT_TRUE(size.has_value());
  slot.resize(size.value_or(0));
  return slot;
}

inline Bytes protect_rtcp(Outbound& out, const Bytes& plain) {
  Bytes slot(plain.size() + kMaxRtcpOverheadBytes);
  const auto size = out.protect_rtcp(plain, slot);
  EXPECT_TRUE(size.has_value());
  slot.resize(size.value_or(0));
  return slot;
}

using Unprotected = std::expected<Bytes, SrtpError>;

inline Unprotected unprotect(Inbound& in, const Bytes& packet) {
  Bytes out(packet.size());
  const auto size = in.unprotect_rtp(packet, out);
  if (!size) return std::unexpected(size.error());
  out.resize(*size);
  return out;
}
inline Unprotected unprotect_rtcp(Inbound& in, const Bytes& packet) {
  Bytes out(packet.size());
  const auto size = in.unprotect_rtcp(packet, out);
  if (!size) return std::unexpected(size.error());
  out.resize(*size);
  return out;
}

// Every behaviour holds for every profile with every backend.
class EachCipher : public ::testing::TestWithParam<std::tuple<Profile, Backend>> {
 protected:
  void SetUp() override {
    if (engine_.backend() != std::get<1>(GetParam())) GTEST_SKIP() << "intel-ipsec-mb is not here";
  }
  Profile profile() const { return std::get<0>(GetParam()); }
  const CryptoEngine& crypto() const { return engine_; }
  Outbound outbound() const { return Outbound(engine_, profile(), master_key()); }
  Inbound inbound() const { return Inbound(engine_, profile(), master_key()); }

 private:
  CryptoEngine engine_ = engine(std::get<1>(GetParam()));
};

inline auto each_cipher() {
  return ::testing::Combine(
      ::testing::Values(Profile::kAeadAes128Gcm, Profile::kAeadAes256Gcm, Profile::kAes128CmSha1_80),
      ::testing::Values(Backend::kIpsecMb, Backend::kEvp));
}
inline std::string cipher_name(const ::testing::TestParamInfo<std::tuple<Profile, Backend>>& info) {
  return std::string(traits(std::get<0>(info.param)).name) +
         (std::get<1>(info.param) == Backend::kIpsecMb ? "_ipsec_mb" : "_evp");
}

}  // namespace consomme::srtp::testing
