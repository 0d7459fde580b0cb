#include "sfu/dtls/session.h"

#include <openssl/err.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>

#include <array>
#include <utility>

#include "base/check.h"
#include "base/datagram.h"
#include "sfu/dtls/record.h"
#include "sfu/dtls/session_io.h"

namespace consomme::dtls {
namespace {

// Encrypted records taken in before the handshake is done: OpenSSL keeps those that come too early, with 16 kB for
// each. A handshake needs one, and one more for each retransmission.
constexpr std::size_t kMaxEarlyRecords = 16;

// A peer that leaves says so once, or why and then so. Each that is looked at costs a decryption.
constexpr std::size_t kMaxAlertsPerDatagram = 2;

// Answers of the timer callback: so short that OpenSSL finds the timer expired at once, and longer than a handshake
// lives.
constexpr unsigned int kAtOnce = 1;
constexpr unsigned int kNotAgain = 3'600'000'000;

struct ExportLengths {
  std::uint16_t profile;
  std::size_t key_bytes;
  std::size_t salt_bytes;
};
constexpr std::array kExportLengths = {
    ExportLengths{SRTP_AEAD_AES_128_GCM, 16, 12},
    ExportLengths{SRTP_AEAD_AES_256_GCM, 32, 12},
    ExportLengths{SRTP_AES128_CM_SHA1_80, 16, 14},
};

// RFC 5764 §4.2. nullopt without a profile in common.
std::optional<ExportedKeys> export_keys(SSL* ssl, Role role) {
  constexpr std::string_view kLabel = "EXTRACTOR-dtls_srtp";
  const SRTP_PROTECTION_PROFILE* const chosen = SSL_get_selected_srtp_profile(ssl);
  if (chosen == nullptr) return std::nullopt;
  for (const ExportLengths& row : kExportLengths) {
    if (row.profile != chosen->id) continue;
    ExportedKeys keys;
    keys.profile = row.profile;
    keys.role = role;
    keys.key_bytes = row.key_bytes;
    keys.salt_bytes = row.salt_bytes;
    const std::size_t size = 2 * (row.key_bytes + row.salt_bytes);
    if (SSL_export_keying_material(ssl, keys.block.data(), size, kLabel.data(), kLabel.size(), nullptr, 0, 0) != 1)
      return std::nullopt;
    return keys;
  }
  return std::nullopt;
}

// The error queue belongs to the thread, not to the session: what an earlier call of another session left there would
// be taken for this one's failure.
template <class Call>
int with_clean_errors(Call call) {
  ERR_clear_error();
  return call();
}

}  // namespace

std::string_view name(State s) {
  constexpr std::array<std::string_view, 5> kNames = {"new", "handshaking", "connected", "closed", "failed"};
  return kNames[static_cast<std::size_t>(s)];
}

std::string_view name(Failure f) {
  constexpr std::array<std::string_view, 5> kNames = {"none", "fingerprint", "no SRTP profile", "timeout", "protocol"};
  return kNames[static_cast<std::size_t>(f)];
}

void Session::Free::operator()(SSL* s) const {
  SSL_free(s);
}

Session::Session(const Context& context, Role role, std::vector<Fingerprint> remote)
    : role_(role), io_(std::make_unique<SessionIo>()), ssl_(SSL_new(context.ssl_ctx())) {
  io_->announced = std::move(remote);
  BIO* const bio = make_datagram_bio(context.bio_method(), io_->port);
  check(ssl_ != nullptr && bio != nullptr, "there is memory for a DTLS session");
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_app_data(ssl_.get(), io_.get());
  SSL_set_mtu(ssl_.get(), kMtuBytes);
  DTLS_set_timer_cb(ssl_.get(), on_timer);
  if (role == Role::kClient)
    SSL_set_connect_state(ssl_.get());
  else
    SSL_set_accept_state(ssl_.get());
}

Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

// OpenSSL asks how long to wait: with 0 as it begins a flight, with our last answer as it is about to repeat one.
unsigned int Session::on_timer(SSL* ssl, unsigned int microseconds) {
  Outbox& outbox = static_cast<SessionIo*>(SSL_get_app_data(ssl))->port.outbox;
  if (microseconds == 0) {
    outbox.begin_flight();
    return kAtOnce;
  }
  return outbox.begin_copy() ? kAtOnce : kNotAgain;
}

void Session::start(Instant now) {
  check(state_ == State::kNew, "a session is started once");
  become(State::kHandshaking);
  handshake(now);
}

void Session::receive(Instant now, ByteView datagram) {
  if (!admissible(datagram)) {
    ++counters_.dropped_datagrams;
    return;
  }
  if (!ssl_) return receive_alerts(datagram);
  io_->port.incoming = datagram;
  if (state_ == State::kHandshaking) handshake(now);
  if (state_ == State::kConnected) discard_application_data();
  if (state_ == State::kConnected) SSL_free_buffers(ssl_.get());  // 36 kB, needed again at most for a goodbye
  io_->port.outbox.settle(now);
  io_->port.incoming = {};
  // A server's Finished comes last, and answers ours (RFC 5246 §7.3): no flight of a client is left to be repeated.
  if (role_ == Role::kClient) confirm();
}

bool Session::admissible(ByteView datagram) {
  if (state_ != State::kHandshaking && state_ != State::kConnected) return false;
  if (datagram.size() > kMaxDatagramBytes) return false;
  const std::optional<std::size_t> encrypted = count_encrypted_records(datagram);
  if (!encrypted) return false;
  if (state_ == State::kHandshaking) early_records_ += *encrypted;
  return state_ == State::kConnected || early_records_ <= kMaxEarlyRecords;
}

std::size_t Session::poll(ByteSpan out) {
  return io_->port.outbox.poll(out);
}

Instant Session::deadline() const {
  return io_->port.outbox.deadline();
}

void Session::expire(Instant now) {
  if (now < deadline()) return;
  if (!io_->port.outbox.expire(now)) return become(State::kFailed, Failure::kTimeout);
  ++counters_.retransmitted_flights;
}

void Session::confirm() {
  if (protection_) ssl_.reset();
}

void Session::close() {
  if (state_ == State::kConnected) say_goodbye();
  if (state_ != State::kFailed) become(State::kClosed);
}

void Session::handshake(Instant now) {
  const int done = with_clean_errors([&] { return SSL_do_handshake(ssl_.get()); });
  io_->port.outbox.settle(now);
  if (done == 1) return finish(now);
  if (SSL_get_error(ssl_.get(), done) != SSL_ERROR_WANT_READ) fail();
}

void Session::finish(Instant now) {
  if (io_->verdict != Verdict::kMatches) return become(State::kFailed, Failure::kFingerprint);
  keys_ = export_keys(ssl_.get(), role_);
  round_trip_ = io_->port.outbox.since_flight(now);
  if (keys_) {
    protection_ = RecordProtection::of(ssl_.get(), role_);
    return become(State::kConnected);
  }
  with_clean_errors([&] { return SSL_shutdown(ssl_.get()); });
  become(State::kFailed, Failure::kNoProfile);
}

void Session::discard_application_data() {
  std::array<std::uint8_t, kMaxDatagramBytes> bytes;
  for (;;) {
    const int size =
        with_clean_errors([&] { return SSL_read(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())); });
    if (size > 0) {
      counters_.application_bytes += static_cast<std::uint64_t>(size);
      continue;
    }
    const int error = SSL_get_error(ssl_.get(), size);
    if (error == SSL_ERROR_WANT_READ) return;
    return error == SSL_ERROR_ZERO_RETURN ? close() : fail();
  }
}

void Session::receive_alerts(ByteView datagram) {
  ByteReader reader(datagram);
  std::size_t alerts = 0;
  while (const std::optional<Record> record = next_record(reader)) {
    if (record->type != ContentType::kAlert) continue;
    if (++alerts > kMaxAlertsPerDatagram) return;
    const std::optional<Alert> alert = protection_->open_alert(*record);
    if (!alert) continue;
    if (alert->description == Alert::kCloseNotify) return close();
    if (alert->level == Alert::Level::kFatal) return fail();
  }
}

void Session::say_goodbye() {
  if (!ssl_) return io_->port.outbox.push(protection_->seal_close_notify());
  // OpenSSL gets back the buffers that were freed when it reads, but not when it writes.
  std::uint8_t nothing;
  with_clean_errors([&] { return SSL_peek(ssl_.get(), &nothing, 1); });
  with_clean_errors([&] { return SSL_shutdown(ssl_.get()); });
}

void Session::fail() {
  const bool impostor = io_->verdict == Verdict::kDiffers;
  become(State::kFailed, impostor ? Failure::kFingerprint : Failure::kProtocol);
}

void Session::become(State next, Failure why) {
  state_ = next;
  failure_ = why;
  if (next != State::kConnected) {
    keys_.reset();
    protection_.reset();
  }
  if (next != State::kHandshaking) io_->port.outbox.stop();
}

}  // namespace consomme::dtls
