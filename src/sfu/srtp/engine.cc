#include "sfu/srtp/engine.h"

#include <algorithm>
#include <array>

namespace consomme::srtp {
namespace {

// One packet of every profile with its right tag, which depends on every byte of key, IV, header and ciphertext.
// The tags were computed outside of this program.
struct KnownPacket {
  Profile profile;
  std::array<std::uint8_t, 16> tag;
};
constexpr std::array kKnownPackets = {
    KnownPacket{Profile::kAeadAes128Gcm,
                {0x4b, 0xd5, 0x46, 0xd0, 0xd0, 0x09, 0x48, 0x0d, 0x52, 0x56, 0x05, 0x20, 0x04, 0xe5, 0x71, 0xc7}},
    KnownPacket{Profile::kAeadAes256Gcm,
                {0x05, 0xf5, 0x0f, 0x33, 0x26, 0x71, 0xf4, 0x88, 0x2d, 0xdf, 0xc0, 0xaa, 0xdc, 0x0f, 0x07, 0x83}},
    KnownPacket{Profile::kAes128CmSha1_80, {0xd0, 0xfa, 0x77, 0x5d, 0xc2, 0xc5, 0xe2, 0x93, 0x8a, 0x27}},
};
static_assert(kKnownPackets.size() == kProfiles.size());

constexpr std::size_t kHeader = 12;
constexpr std::size_t kBody = 1001;  // not a whole number of blocks
constexpr std::size_t kPrefix = 7;

template <std::size_t N>
std::array<std::uint8_t, N> counting(std::uint8_t first) {
  std::array<std::uint8_t, N> bytes;
  for (std::size_t i = 0; i < N; ++i) bytes[i] = static_cast<std::uint8_t>(first + i);
  return bytes;
}

bool reproduces(CipherFactory& factory, const KnownPacket& known) {
  SessionKeys keys;
  keys.profile = known.profile;
  keys.encryption = counting<kMaxKeyBytes>(1);
  keys.authentication = counting<kAuthKeyBytes>(101);
  const Iv iv = counting<16>(201);
  const auto plain = counting<kBody>(0);
  const std::size_t tag_bytes = traits(known.profile).tag_bytes;

  std::array<std::uint8_t, kHeader + kBody + 16> packet{};
  std::ranges::copy(counting<kHeader>(0x80), packet.begin());
  std::ranges::copy(ByteView(plain).first(kPrefix), packet.begin() + kHeader);
  const std::array<std::uint8_t, 4> rollover{0, 0, 0, 9};
  const ByteSpan body = ByteSpan(packet).subspan(kHeader, kBody);
  const ByteSpan tag = ByteSpan(packet).subspan(kHeader + kBody, tag_bytes);
  const Associated with{ByteView(packet).first(kHeader), traits(known.profile).aead ? ByteView() : ByteView(rollover)};

  factory.make(keys, Direction::kSeal)->seal(iv, with, body, ByteView(plain).subspan(kPrefix), tag.data());
  if (!std::ranges::equal(tag, ByteView(known.tag).first(tag_bytes))) return false;

  const auto opener = factory.make(keys, Direction::kOpen);
  std::array<std::uint8_t, kBody> opened{};
  if (!opener->open(iv, with, body, tag, opened) || opened != plain) return false;
  body[kBody / 2] ^= 1;
  return !opener->open(iv, with, body, tag, opened);
}

bool works(const std::unique_ptr<CipherFactory>& factory) {
  return factory != nullptr &&
         std::ranges::all_of(kKnownPackets, [&](const KnownPacket& known) { return reproduces(*factory, known); });
}

}  // namespace

Result<CryptoEngine> CryptoEngine::make(Backend preferred) {
  if (preferred == Backend::kIpsecMb) {
    auto factory = make_ipsec_mb_factory();
    if (works(factory)) return CryptoEngine(Backend::kIpsecMb, std::move(factory));
  }
  auto factory = make_evp_factory();
  if (works(factory)) return CryptoEngine(Backend::kEvp, std::move(factory));
  return refuse(ErrorCode::kUnavailable, "no SRTP cipher implementation passes its self-test");
}

std::unique_ptr<PacketCipher> CryptoEngine::cipher(const SessionKeys& keys, Direction direction) const {
  return factory_->make(keys, direction);
}

}  // namespace consomme::srtp
