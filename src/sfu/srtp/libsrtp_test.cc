// Packet by packet against libsrtp, an implementation that shares nothing with ours (Debian's ciphers come from NSS).
#include <srtp2/srtp.h>

#include "base/rng.h"
#include "sfu/srtp/testing.h"

namespace consomme::srtp::testing {
namespace {

class Oracle {
 public:
  Oracle(Profile profile, srtp_ssrc_type_t direction) {
    static const srtp_err_status_t initialized = srtp_init();
    check(initialized == srtp_err_status_ok, "libsrtp starts");
    const MasterKey master = master_key();
    const ProfileTraits& t = traits(profile);
    key_.assign(master.key.begin(), master.key.begin() + static_cast<std::ptrdiff_t>(t.key_bytes));
    key_.insert(key_.end(), master.salt.begin(), master.salt.begin() + static_cast<std::ptrdiff_t>(t.salt_bytes));

    srtp_policy_t policy{};
    const auto configure = profile == Profile::kAeadAes128Gcm   ? srtp_crypto_policy_set_aes_gcm_128_16_auth
                           : profile == Profile::kAeadAes256Gcm ? srtp_crypto_policy_set_aes_gcm_256_16_auth
                                                                : srtp_crypto_policy_set_rtp_default;
    configure(&policy.rtp);
    configure(&policy.rtcp);
    policy.ssrc.type = direction;
    policy.key = key_.data();
    policy.window_size = ReplayWindow::kPackets;
    check(srtp_create(&session_, &policy) == srtp_err_status_ok, "libsrtp takes the policy");
  }
  ~Oracle() { srtp_dealloc(session_); }
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;

  Bytes protect(const Bytes& plain) { return run(srtp_protect, plain).value(); }
  Bytes protect_rtcp(const Bytes& plain) { return run(srtp_protect_rtcp, plain).value(); }
  std::optional<Bytes> unprotect(const Bytes& packet) { return run(srtp_unprotect, packet); }
  std::optional<Bytes> unprotect_rtcp(const Bytes& packet) { return run(srtp_unprotect_rtcp, packet); }

 private:
  std::optional<Bytes> run(srtp_err_status_t (*work)(srtp_t, void*, int*), const Bytes& in) {
    Bytes buffer = in;
    buffer.resize(in.size() + SRTP_MAX_TRAILER_LEN + 4);
    int size = static_cast<int>(in.size());
    if (work(session_, buffer.data(), &size) != srtp_err_status_ok) return std::nullopt;
    buffer.resize(static_cast<std::size_t>(size));
    return buffer;
  }
  Bytes key_;
  srtp_t session_ = nullptr;
};

using Libsrtp = EachCipher;
INSTANTIATE_TEST_SUITE_P(Each, Libsrtp, each_cipher(), cipher_name);

constexpr std::uint32_t kSsrc = 0xcafe0001;

TEST_P(Libsrtp, SendsTheSameBytesAcrossTheWrap) {
  Oracle oracle(profile(), ssrc_any_outbound);
  Outbound out = outbound();
  const RtpShape shape{.csrcs = 2, .extension_words = 3};
  for (std::int64_t index = 65000; index < 66500; ++index) {
    const Bytes plain = rtp_packet(kSsrc, index, static_cast<std::size_t>(index) % 400, shape);
    ASSERT_EQ(protect(out, plain, index, 0, shape), oracle.protect(plain)) << index;
  }
}

TEST_P(Libsrtp, OpensOurPiecedPackets) {
  Oracle oracle(profile(), ssrc_any_inbound);
  Outbound out = outbound();
  for (std::int64_t index = 1; index < 200; ++index) {
    const Bytes plain = rtp_packet(kSsrc, index, 300);
    ASSERT_EQ(oracle.unprotect(protect(out, plain, index, static_cast<std::size_t>(index))), plain) << index;
  }
}

TEST_P(Libsrtp, AgreesOnRtcp) {
  Oracle sender(profile(), ssrc_any_outbound);
  Oracle receiver(profile(), ssrc_any_inbound);
  Outbound out = outbound();
  Inbound in = inbound();
  for (std::uint32_t n = 0; n < 300; ++n) {
    const Bytes plain = rtcp_packet(kSsrc + n % 3, n % 90);
    EXPECT_EQ(receiver.unprotect_rtcp(protect_rtcp(out, plain)), plain);
    EXPECT_EQ(unprotect_rtcp(in, sender.protect_rtcp(plain)), plain);
  }
}

// A sender's packets reordered, repeated, cut and damaged: both receivers take and refuse the same ones.
TEST_P(Libsrtp, AgreesOnEveryPacketOfABadNetwork) {
  Rng rng(2024);
  Oracle sender(profile(), ssrc_any_outbound);
  Oracle receiver(profile(), ssrc_any_inbound);
  Inbound in = inbound();
  std::vector<Bytes> sent;
  for (std::int64_t index = 64000; index < 68000; ++index)
    sent.push_back(sender.protect(rtp_packet(kSsrc, index, 20 + rng.below(60))));

  int taken = 0;
  int refused = 0;
  for (std::size_t at = 0; at < sent.size(); ++at) {
    const std::size_t back = rng.chance(0.3) ? rng.below(std::min<std::size_t>(at + 1, 1500)) : 0;
    Bytes packet = sent[at - back];
    if (rng.chance(0.1)) packet.resize(rng.below(packet.size()));
    if (rng.chance(0.1) && !packet.empty())
      packet[rng.below(packet.size())] ^= static_cast<std::uint8_t>(1u << rng.below(8));
    const std::optional<Bytes> expected = packet.size() < 12 ? std::nullopt : receiver.unprotect(packet);
    const Unprotected actual = unprotect(in, packet);
    ASSERT_EQ(actual.has_value(), expected.has_value()) << at << " back " << back;
    if (expected) {
      ASSERT_EQ(*actual, *expected);
      ++taken;
    } else {
      ++refused;
    }
  }
  EXPECT_GT(taken, 2000);
  EXPECT_GT(refused, 500);
}

}  // namespace
}  // namespace consomme::srtp::testing
