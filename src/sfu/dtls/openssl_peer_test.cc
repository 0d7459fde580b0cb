// Against OpenSSL as others use it: its own datagram BIO over a socket pair, its own configuration, either role.
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sfu/dtls/testing.h"

namespace consomme::dtls::testing {
namespace {

struct PeerConfig {
  Role role = Role::kClient;
  const char* srtp_profiles = "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM";  // null: none
  int max_version = DTLS1_2_VERSION;
  const char* cipher_suites = "ALL";
  long mtu = 1200;
  bool certificate = true;
  bool rsa = false;
};

struct Freed {
  void operator()(SSL* s) const { SSL_free(s); }
  void operator()(SSL_CTX* c) const { SSL_CTX_free(c); }
  void operator()(X509* x) const { X509_free(x); }
  void operator()(EVP_PKEY* k) const { EVP_PKEY_free(k); }
};

class OpensslPeer {
 public:
  explicit OpensslPeer(const PeerConfig& config) : key_(config.rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256")) {
    make_certificate();
    ctx_.reset(SSL_CTX_new(DTLS_method()));
    SSL_CTX_set_security_level(ctx_.get(), 0);  // lets it offer DTLS 1.0
    SSL_CTX_set_max_proto_version(ctx_.get(), config.max_version);
    SSL_CTX_set_cipher_list(ctx_.get(), config.cipher_suites);
    SSL_CTX_set_verify(ctx_.get(), SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
    if (config.srtp_profiles != nullptr) SSL_CTX_set_tlsext_use_srtp(ctx_.get(), config.srtp_profiles);
    if (config.certificate) {
      SSL_CTX_use_certificate(ctx_.get(), x509_.get());
      SSL_CTX_use_PrivateKey(ctx_.get(), key_.get());
    }
    ssl_.reset(SSL_new(ctx_.get()));
    SSL_set_options(ssl_.get(), SSL_OP_NO_QUERY_MTU);
    SSL_set_mtu(ssl_.get(), config.mtu);
    connect_to_socket();
    if (config.role == Role::kClient)
      SSL_set_connect_state(ssl_.get());
    else
      SSL_set_accept_state(ssl_.get());
  }
  ~OpensslPeer() { ::close(ours_); }
  OpensslPeer(const OpensslPeer&) = delete;
  OpensslPeer& operator=(const OpensslPeer&) = delete;

  Fingerprint fingerprint() const { return fingerprint_of(x509_.get(), HashAlgorithm::kSha256); }
  SSL* ssl() const { return ssl_.get(); }

  // Hands over what came for it, lets it work, and takes what it sends.
  std::vector<Bytes> exchange(const std::vector<Bytes>& datagrams) {
    for (const Bytes& d : datagrams) EXPECT_EQ(::send(ours_, d.data(), d.size(), 0), static_cast<ssize_t>(d.size()));
    Bytes ignored(2000);
    if (SSL_is_init_finished(ssl_.get()))
      SSL_read(ssl_.get(), ignored.data(), static_cast<int>(ignored.size()));
    else
      SSL_do_handshake(ssl_.get());
    ERR_clear_error();
    return taken();
  }
  std::vector<Bytes> taken() {
    std::vector<Bytes> all;
    Bytes buffer(2000);
    for (;;) {
      const ssize_t size = ::recv(ours_, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (size < 0) return all;
      all.emplace_back(buffer.begin(), buffer.begin() + size);
    }
  }
  Bytes exported(std::size_t size) const {
    Bytes block(size);
    SSL_export_keying_material(ssl_.get(), block.data(), size, "EXTRACTOR-dtls_srtp", 19, nullptr, 0, 0);
    return block;
  }

 private:
  void make_certificate() {
    x509_.reset(X509_new());
    ASN1_INTEGER_set(X509_get_serialNumber(x509_.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509_.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(x509_.get()), 3600);
    X509_set_pubkey(x509_.get(), key_.get());
    X509_sign(x509_.get(), key_.get(), EVP_sha256());
  }
  void connect_to_socket() {
    int fds[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds), 0);
    ours_ = fds[0];
    BIO* const bio = BIO_new_dgram(fds[1], BIO_CLOSE);
    BIO_ADDR* const anybody = BIO_ADDR_new();
    BIO_ctrl_set_connected(bio, anybody);
    BIO_ADDR_free(anybody);
    SSL_set_bio(ssl_.get(), bio, bio);
  }

  std::unique_ptr<EVP_PKEY, Freed> key_;
  std::unique_ptr<X509, Freed> x509_;
  std::unique_ptr<SSL_CTX, Freed> ctx_;
  std::unique_ptr<SSL, Freed> ssl_;
  int ours_ = -1;
};

// A session of ours and a peer that is not.
struct Meeting {
  explicit Meeting(const PeerConfig& config)
      : peer(config),
        session(identity.context, config.role == Role::kClient ? Role::kServer : Role::kClient, {peer.fingerprint()}) {
    session.start(kStart);
    for (int turn = 0; turn < 20; ++turn) {
      const std::vector<Bytes> to_peer = drain(session);
      for (const Bytes& datagram : peer.exchange(to_peer)) {
        largest_from_peer = std::max(largest_from_peer, datagram.size());
        ++datagrams_from_peer;
        session.receive(kStart, datagram);
      }
    }
  }
  Identity identity;
  OpensslPeer peer;
  Session session;
  std::size_t largest_from_peer = 0;
  std::size_t datagrams_from_peer = 0;
};

void expect_connected(const Meeting& meeting, std::uint16_t profile) {
  ASSERT_EQ(meeting.session.state(), State::kConnected) << name(meeting.session.failure());
  const ExportedKeys& keys = *meeting.session.keys();
  EXPECT_EQ(keys.profile, profile);
  EXPECT_EQ(SSL_get_selected_srtp_profile(meeting.peer.ssl())->id, profile);
  const Bytes exported = meeting.peer.exported(2 * (keys.key_bytes + keys.salt_bytes));
  EXPECT_TRUE(std::ranges::equal(exported, ByteView(keys.block).first(exported.size())));
}

TEST(OpensslPeer, IsServedWithOurPreferredProfile) {
  const Meeting meeting(PeerConfig{});
  expect_connected(meeting, 0x0007);
  EXPECT_STREQ(SSL_get_version(meeting.peer.ssl()), "DTLSv1.2");
  EXPECT_STREQ(SSL_get_cipher(meeting.peer.ssl()), "ECDHE-ECDSA-AES128-GCM-SHA256");
  EXPECT_FALSE(SSL_session_reused(meeting.peer.ssl()));
}

TEST(OpensslPeer, IsServedWithWhateverProfileItHas) {
  expect_connected(Meeting(PeerConfig{.srtp_profiles = "SRTP_AES128_CM_SHA1_32:SRTP_AES128_CM_SHA1_80"}), 0x0001);
  expect_connected(Meeting(PeerConfig{.srtp_profiles = "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM"}), 0x0008);
}

TEST(OpensslPeer, ServesUs) {
  expect_connected(Meeting(PeerConfig{.role = Role::kServer}), 0x0001);  // its order counts
  expect_connected(Meeting(PeerConfig{.role = Role::kServer, .rsa = true}), 0x0001);
}

TEST(OpensslPeer, MayHaveAnRsaCertificate) {
  expect_connected(Meeting(PeerConfig{.rsa = true}), 0x0007);
}

TEST(OpensslPeer, MaySendSmallFragments) {
  for (const Role role : {Role::kClient, Role::kServer}) {
    const Meeting meeting(PeerConfig{.role = role, .mtu = 256, .rsa = true});
    EXPECT_EQ(meeting.session.state(), State::kConnected);
    EXPECT_LE(meeting.largest_from_peer, 256u);
    EXPECT_GT(meeting.datagrams_from_peer, 5u);
  }
}

TEST(OpensslPeer, IsRefusedWithoutAnSrtpProfile) {
  for (const char* profiles : {static_cast<const char*>(nullptr), "SRTP_AES128_CM_SHA1_32"}) {
    const Meeting meeting(PeerConfig{.srtp_profiles = profiles});
    EXPECT_EQ(meeting.session.failure(), Failure::kNoProfile);
    EXPECT_EQ(meeting.session.keys(), nullptr);
    EXPECT_NE(SSL_get_shutdown(meeting.peer.ssl()) & SSL_RECEIVED_SHUTDOWN, 0) << "it was told";
  }
}

TEST(OpensslPeer, IsRefusedWithoutACertificate) {
  const Meeting meeting(PeerConfig{.certificate = false});
  EXPECT_EQ(meeting.session.state(), State::kFailed);
  EXPECT_EQ(meeting.session.keys(), nullptr);
}

TEST(OpensslPeer, IsRefusedBelowDtls12) {
  const Meeting meeting(PeerConfig{.max_version = DTLS1_VERSION});
  EXPECT_EQ(meeting.session.state(), State::kFailed);
  EXPECT_EQ(meeting.session.failure(), Failure::kProtocol);
}

// Without forward secrecy, without authenticated encryption, without authentication, without encryption.
TEST(OpensslPeer, IsRefusedWithoutAStrongCipherSuite) {
  for (const Role role : {Role::kClient, Role::kServer})
    for (const char* const suites : {"AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA256:ECDHE-RSA-AES128-SHA",
                                     "AECDH-AES128-SHA", "ECDHE-RSA-NULL-SHA"}) {
      const Meeting meeting(PeerConfig{.role = role, .cipher_suites = suites, .rsa = true});
      EXPECT_NE(meeting.session.state(), State::kConnected) << suites;
      EXPECT_EQ(meeting.session.keys(), nullptr) << suites;
    }
}

TEST(OpensslPeer, SendsApplicationDataInVain) {
  Meeting meeting(PeerConfig{});
  ASSERT_EQ(meeting.session.state(), State::kConnected);
  ASSERT_EQ(SSL_write(meeting.peer.ssl(), "hello", 5), 5);
  for (const Bytes& datagram : meeting.peer.taken()) meeting.session.receive(kStart, datagram);
  EXPECT_EQ(meeting.session.counters().application_bytes, 5u);
  EXPECT_EQ(meeting.session.state(), State::kConnected);
  EXPECT_TRUE(drain(meeting.session).empty());
}

// Each suite that we agree to; those of AES-GCM without OpenSSL's session once it is confirmed, which then reads no
// application data any more.
struct Suite {
  const char* name;
  bool gcm;
};
class AfterTheHandshake : public ::testing::TestWithParam<std::tuple<Role, Suite>> {
 protected:
  AfterTheHandshake()
      : meeting_(PeerConfig{.role = std::get<Role>(GetParam()), .cipher_suites = std::get<Suite>(GetParam()).name}) {
    meeting_.session.confirm();
  }
  void receive_all() {
    for (const Bytes& datagram : meeting_.peer.taken()) meeting_.session.receive(kStart, datagram);
  }
  Meeting meeting_;
};
INSTANTIATE_TEST_SUITE_P(Suites, AfterTheHandshake,
                         ::testing::Combine(::testing::Values(Role::kClient, Role::kServer),
                                            ::testing::Values(Suite{"ECDHE-ECDSA-AES128-GCM-SHA256", true},
                                                              Suite{"ECDHE-ECDSA-AES256-GCM-SHA384", true},
                                                              Suite{"ECDHE-ECDSA-CHACHA20-POLY1305", false})));

TEST_P(AfterTheHandshake, ApplicationDataIsReadByOpensslOnly) {
  ASSERT_EQ(meeting_.session.state(), State::kConnected);
  ASSERT_EQ(SSL_write(meeting_.peer.ssl(), "hello", 5), 5);
  receive_all();
  EXPECT_EQ(meeting_.session.counters().application_bytes, std::get<Suite>(GetParam()).gcm ? 0u : 5u);
  EXPECT_EQ(meeting_.session.state(), State::kConnected);
}

TEST_P(AfterTheHandshake, ThePeersGoodbyeIsHeardAndAnswered) {
  ASSERT_EQ(SSL_write(meeting_.peer.ssl(), "hello", 5), 5);
  SSL_shutdown(meeting_.peer.ssl());
  receive_all();
  EXPECT_EQ(meeting_.session.state(), State::kClosed);
  EXPECT_EQ(drain(meeting_.session).size(), 1u);
}

TEST_P(AfterTheHandshake, OurGoodbyeIsHeard) {
  meeting_.session.close();
  meeting_.peer.exchange(drain(meeting_.session));
  std::uint8_t nothing;
  EXPECT_EQ(SSL_read(meeting_.peer.ssl(), &nothing, 1), 0);
  EXPECT_NE(SSL_get_shutdown(meeting_.peer.ssl()) & SSL_RECEIVED_SHUTDOWN, 0);
}

TEST(OpensslPeer, CannotRenegotiate) {
  Meeting meeting(PeerConfig{});
  ASSERT_EQ(meeting.session.state(), State::kConnected);
  SSL_renegotiate(meeting.peer.ssl());
  SSL_do_handshake(meeting.peer.ssl());
  for (const Bytes& datagram : meeting.peer.taken()) meeting.session.receive(kStart, datagram);
  for (const Bytes& answer : drain(meeting.session)) EXPECT_LT(answer.size(), 60u) << "at most an alert";
  EXPECT_NE(meeting.session.state(), State::kHandshaking);
}

}  // namespace
}  // namespace consomme::dtls::testing
