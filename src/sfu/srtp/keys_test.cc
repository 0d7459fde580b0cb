// The published vectors: RFC 3711 appendix B, RFC 7714 §16 and §17.
#include "sfu/srtp/keys.h"

#include "sfu/srtp/testing.h"

namespace consomme::srtp::testing {
namespace {

MasterKey master_of(std::string_view key, std::string_view salt) {
  MasterKey m;
  std::ranges::copy(from_hex(key), m.key.begin());
  std::ranges::copy(from_hex(salt), m.salt.begin());
  return m;
}

SessionKeys session_of(Profile profile, std::string_view key, std::string_view salt) {
  SessionKeys k;
  k.profile = profile;
  std::ranges::copy(from_hex(key), k.encryption.begin());
  std::ranges::copy(from_hex(salt), k.salt.begin());
  return k;
}

constexpr std::string_view kKey128 = "000102030405060708090a0b0c0d0e0f";
constexpr std::string_view kKey256 = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
constexpr std::string_view kGcmSalt = "517569642070726f2071756f";

TEST(Keys, AreDerivedAsInRfc3711AppendixB3) {
  const MasterKey master = master_of("E1F97A0D3E018BE0D64FA32C06DE4139", "0EC675AD498AFEEBB6960B3AABE6");
  const SessionKeys keys = derive(Profile::kAes128CmSha1_80, master, Kind::kRtp);
  EXPECT_TRUE(std::ranges::equal(keys.encryption_key(), from_hex("C61E7A93744F39EE10734AFE3FF7A087")));
  EXPECT_TRUE(std::ranges::equal(keys.salt, from_hex("30CBBC08863D8C85D49DB34A9AE1")));
  EXPECT_TRUE(std::ranges::equal(keys.authentication, from_hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4")));
}

TEST(Keys, OfRtpAndRtcpDiffer) {
  for (const ProfileTraits& profile : kProfiles) {
    const SessionKeys rtp = derive(profile.profile, master_key(), Kind::kRtp);
    const SessionKeys rtcp = derive(profile.profile, master_key(), Kind::kRtcp);
    EXPECT_NE(rtp.encryption, rtcp.encryption) << profile.name;
    EXPECT_NE(rtp.salt, rtcp.salt) << profile.name;
  }
}

TEST(Keys, ComeFromAnExporterOnlyInTheLengthsOfTheProfile) {
  const Bytes key = counting(16);
  const Bytes salt = counting(12);
  const auto material = make_keying_material(0x0007, key, salt, counting(16, 99), counting(12, 77));
  ASSERT_TRUE(material);
  EXPECT_EQ(material->profile, Profile::kAeadAes128Gcm);
  EXPECT_TRUE(std::ranges::equal(ByteView(material->local.key).first(16), key));
  EXPECT_TRUE(std::ranges::equal(ByteView(material->remote.salt).first(12), counting(12, 77)));
  EXPECT_FALSE(make_keying_material(0x0008, key, salt, key, salt)) << "256-bit keys are 32 bytes";
  EXPECT_FALSE(make_keying_material(0x0001, key, salt, key, salt)) << "AES-CM salts are 14 bytes";
  EXPECT_FALSE(make_keying_material(0x0002, key, salt, key, salt)) << "SHA1_32 is not spoken";
}

class EachBackend : public ::testing::TestWithParam<Backend> {
 protected:
  void SetUp() override {
    if (engine_.backend() != GetParam()) GTEST_SKIP() << "intel-ipsec-mb is not here";
  }
  CryptoEngine engine_ = engine(GetParam());
};
INSTANTIATE_TEST_SUITE_P(Vectors, EachBackend, ::testing::Values(Backend::kIpsecMb, Backend::kEvp),
                         [](const auto& backend) { return backend.param == Backend::kIpsecMb ? "ipsec_mb" : "evp"; });

TEST_P(EachBackend, MakesTheKeyStreamOfRfc3711AppendixB2) {
  const SessionKeys keys =
      session_of(Profile::kAes128CmSha1_80, "2B7E151628AED2A6ABF7158809CF4F3C", "F0F1F2F3F4F5F6F7F8F9FAFBFCFD");
  Bytes slot(12 + 0xff02 * 16 + 16);
  const ByteSpan body = ByteSpan(slot).subspan(12, 0xff02 * 16);
  const Bytes zeros(body.size());
  const Bytes rollover(4);
  engine_.cipher(keys, Direction::kSeal)
      ->seal(make_iv(keys, 0, 0), {ByteView(slot).first(12), rollover}, body, zeros, &slot[slot.size() - 16]);
  EXPECT_TRUE(std::ranges::equal(body.first(48), from_hex("E03EAD0935C95E80E166B16DD92B4EB4"
                                                          "D23513162B02D0F72A43A2FE4A5F97AB"
                                                          "41E95B3BB0A2E8DD477901E4FCA894C0")));
  EXPECT_TRUE(std::ranges::equal(body.last(48), from_hex("EC8CDF7398607CB0F2D21675EA9EA1E4"
                                                         "362B7C3C6773516318A077D7FC5073AE"
                                                         "6A2CC3787889374FBEB4C81B17BA6C44")));
}

struct GcmVector {
  Profile profile;
  std::string_view key;
  std::string_view sealed;
};

TEST_P(EachBackend, SealsTheSrtpPacketsOfRfc7714Section16) {
  const Bytes plain = from_hex(
      "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472 "
      "6573");
  const GcmVector vectors[] = {
      {Profile::kAeadAes128Gcm, kKey128,
       "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf "
       "8833899d 7f27beb1 6a9152cf 765ee439 0cce"},
      {Profile::kAeadAes256Gcm, kKey256,
       "8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02 76ffae0f 1ba63799 "
       "b87b7aa3 db36dfff d6b0f9bb 7878d7a7 6c13"},
  };
  for (const GcmVector& v : vectors) {
    const SessionKeys keys = session_of(v.profile, v.key, kGcmSalt);
    const Iv iv = make_iv(keys, 0x5501a0b2, 0xf17b);
    EXPECT_TRUE(std::ranges::equal(ByteView(iv).first(12), from_hex("51753c6580c2726f20718414")));
    const Bytes sealed = from_hex(v.sealed);
    Bytes slot(plain.begin(), plain.begin() + 12);
    slot.resize(sealed.size());
    const ByteSpan body = ByteSpan(slot).subspan(12, plain.size() - 12);
    engine_.cipher(keys, Direction::kSeal)
        ->seal(iv, {ByteView(slot).first(12), {}}, body, ByteView(plain).subspan(12), &slot[plain.size()]);
    EXPECT_EQ(slot, sealed) << traits(v.profile).name;
  }
}

TEST_P(EachBackend, SealsTheSrtcpPacketOfRfc7714Section17) {
  const Bytes plain = from_hex(
      "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef deadbeef "
      "deadbeef");
  const Bytes sealed = from_hex(
      "81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46 86303ded "
      "0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4");
  const SessionKeys keys = session_of(Profile::kAeadAes128Gcm, kKey128, kGcmSalt);
  Bytes slot(plain.begin(), plain.begin() + 8);
  slot.resize(sealed.size());
  std::copy(sealed.end() - 4, sealed.end(), slot.end() - 4);
  const ByteSpan body = ByteSpan(slot).subspan(8, plain.size() - 8);
  engine_.cipher(keys, Direction::kSeal)
      ->seal(make_iv(keys, 0x4d617273, 0x5d4), {ByteView(slot).first(8), ByteView(slot).last(4)}, body,
             ByteView(plain).subspan(8), &slot[plain.size()]);
  EXPECT_EQ(slot, sealed);
}

TEST_P(EachBackend, SealsInTwoPiecesWhatItSealsInOne) {
  for (const ProfileTraits& profile : kProfiles) {
    const SessionKeys keys = derive(profile.profile, master_key(), Kind::kRtp);
    const auto cipher = engine_.cipher(keys, Direction::kSeal);
    const Bytes plain = counting(333);
    const Bytes rollover(4);
    const auto seal = [&](std::size_t prefix) {
      Bytes slot = counting(12);
      slot.insert(slot.end(), plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(prefix));
      slot.resize(12 + plain.size() + 16);
      cipher->seal(make_iv(keys, 1, 2), {ByteView(slot).first(12), profile.aead ? ByteView() : ByteView(rollover)},
                   ByteSpan(slot).subspan(12, plain.size()), ByteView(plain).subspan(prefix), &slot[12 + plain.size()]);
      slot.resize(12 + plain.size() + profile.tag_bytes);
      return slot;
    };
    const Bytes whole = seal(0);
    for (const std::size_t prefix : {1u, 2u, 15u, 16u, 17u, 32u, 100u, 332u, 333u})
      EXPECT_EQ(seal(prefix), whole) << profile.name << " prefix " << prefix;
  }
}

}  // namespace
}  // namespace consomme::srtp::testing
