// One DTLS 1.2 association (RFC 6347, RFC 5764): datagrams in, datagrams out, SRTP keys at the end. Driven by its
// transport, which feeds it only from the ICE-validated tuple. Deterministic in the caller's time; its randomness is
// OpenSSL's. Application data is counted and dropped: there are no data channels.
//
// Retransmission (RFC 6347 §4.2.4) runs in the caller's time although OpenSSL reads the wall clock: see outbox.h.
#pragma once

#include <openssl/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "sfu/dtls/context.h"
#include "sfu/dtls/exported_keys.h"
#include "sfu/dtls/fingerprint.h"
#include "sfu/dtls/record_protection.h"

namespace consomme::dtls {

struct SessionIo;

enum class State : std::uint8_t {
  kNew,          // start() has not been called
  kHandshaking,  //
  kConnected,    // keys() are there
  kClosed,       // by close_notify of either side
  kFailed,       // failure() says why
};

enum class Failure : std::uint8_t {
  kNone,
  kFingerprint,  // the peer's certificate is not the one that signaling announced
  kNoProfile,    // no SRTP profile in common
  kTimeout,      // the peer stayed silent through all retransmissions
  kProtocol,     // anything OpenSSL refused, or a fatal alert of the peer
};

std::string_view name(State s);
std::string_view name(Failure f);

class Session {
 public:
  // `context` outlives the session. The peer's certificate must match, for every algorithm in `remote`, one of its
  // values (RFC 8122 §5); an empty list matches nothing.
  Session(const Context& context, Role role, std::vector<Fingerprint> remote);
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  // Once, before anything else. A client's ClientHello is then there to be polled.
  void start(Instant now);
  // One datagram of the peer (first byte 20..63, RFC 7983). Ignored unless handshaking or connected.
  void receive(Instant now, ByteView datagram);
  // Moves the next datagram to send into `out` (kMtuBytes at least) and returns its size; 0 when there is none. To be
  // drained after every other call.
  std::size_t poll(ByteSpan out);
  // When expire() wants to be called: kNever unless a flight waits for its answer.
  Instant deadline() const;
  void expire(Instant now);
  // The peer is known to hold our last flight, since it encrypts with the keys() of this handshake: nothing will have
  // to be repeated, and OpenSSL's session, 41 KB, is given back. Costs nothing when called again, or at another time.
  void confirm();
  // Sends close_notify if connected, and ends.
  void close();

  State state() const { return state_; }
  Failure failure() const { return failure_; }
  Role role() const { return role_; }
  // Non-null exactly while connected; the peer's fingerprint has been checked then.
  const ExportedKeys* keys() const { return keys_ ? &*keys_ : nullptr; }
  // From our last flight to its answer, which the peer took some time to compute; nullopt if it was sent again.
  std::optional<Duration> round_trip() const { return round_trip_; }

  struct Counters {
    std::uint64_t dropped_datagrams = 0;  // too large, not DTLS records, or at the wrong time
    std::uint64_t application_bytes = 0;  // decrypted and thrown away, until confirm()
    std::uint64_t retransmitted_flights = 0;
  };
  const Counters& counters() const { return counters_; }

 private:
  struct Free {
    void operator()(SSL* s) const;
  };

  static unsigned int on_timer(SSL* ssl, unsigned int microseconds);

  void become(State next, Failure why = Failure::kNone);
  bool admissible(ByteView datagram);
  void handshake(Instant now);
  void discard_application_data();
  void receive_alerts(ByteView datagram);
  void finish(Instant now);
  void say_goodbye();
  void fail();

  Role role_;
  State state_ = State::kNew;
  Failure failure_ = Failure::kNone;
  std::unique_ptr<SessionIo> io_;
  std::unique_ptr<SSL, Free> ssl_;              // nullptr once confirmed
  std::optional<RecordProtection> protection_;  // nullopt unless connected, and for suites that stay with OpenSSL
  std::optional<ExportedKeys> keys_;
  std::optional<Duration> round_trip_;
  std::size_t early_records_ = 0;
  Counters counters_;
};

}  // namespace consomme::dtls
