// An ICE-lite agent (RFC 8445 §2.5) of one peer path: answers the peer's checks, knows which tuples are validated, and
// which one the peer wants us to send on. Consent (RFC 7675) is what its checks renew. Driven by transport/ with
// (now, message); it has no clock, no socket and no random source, and never sends a check of its own.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>

#include "base/address.h"
#include "base/bytes.h"
#include "base/time.h"
#include "sfu/wire/stun.h"

namespace consomme::ice {

// Tuples of one peer at a time: a phone with two networks, two families and two protocols makes eight.
inline constexpr std::size_t kMaxTuples = 8;

// What signaling hands to the peer, 32 characters each, made outside: ice has no random source.
struct Credentials {
  std::string ufrag;
  std::string password;
};

struct Config {
  // A tuple without an authenticated check for this long is forgotten (RFC 7675 §5.1: 30 s).
  Duration consent_timeout = 30s;
};

enum class State : std::uint8_t {
  kNew,           // no check has come
  kConnected,     // a tuple is validated, and we send on it provisionally
  kCompleted,     // the peer has nominated
  kDisconnected,  // consent was lost; a new check, or a restart, revives
};

// What the last input changed, for the transport to act on.
enum class Change : std::uint8_t {
  kNone,
  kSelected,      // selected() is another tuple, or the first
  kState,         // state() is another, selected() is not
  kDisconnected,  // consent was lost: selected() is null, sending stops
};

// Why a message came to nothing; transport/ counts by these.
enum class Drop : std::uint8_t {
  kMalformed,         // not STUN, or a broken attribute
  kFingerprint,       // absent or wrong (RFC 8445 §7.1.3 demands it)
  kMethod,            // not Binding
  kNotRequest,        // an indication, or a response to nothing that we ever sent
  kNoCredentials,     // USERNAME or MESSAGE-INTEGRITY absent
  kUsername,          // not for this agent, or its ufrag was replaced by a restart
  kIntegrity,         // a wrong password
  kUnknownAttribute,  // comprehension-required and unknown: answered 420
  kRoleConflict,      // the peer says that it is controlled too: answered 487
  kNoRoom,            // the answer does not fit `out`
  kCount,
};

struct Outcome {
  std::size_t reply_bytes = 0;  // of `out`; to be sent to where the message came from
  Change change = Change::kNone;
  std::optional<Drop> drop;  // set: the message changed nothing; it may have an answer all the same
};

class Agent {
 public:
  explicit Agent(Credentials local, Config config = {});

  // A STUN message from `from`. At most one answer is written into `out`. Never answered with more bytes than it
  // brought unless it was authenticated.
  Outcome receive(Instant now, const Tuple& from, ByteView stun, ByteSpan out);

  // ICE restart (RFC 8445 §9): from now on only checks with the new credentials count. Tuples validated before keep
  // carrying media, and selected() stays, until the first check with the new credentials validates a tuple.
  void restart(Credentials local);

  // Whether DTLS, SRTP and SRTCP are taken from this very tuple: it was validated, and its consent is alive.
  bool validated(const Tuple& tuple) const;
  // Where we send; null before the first check, and after consent was lost. Valid until the next call that changes.
  const Tuple* selected() const;
  State state() const { return state_; }
  const Credentials& local() const { return local_; }

  // When expire() has something to do; kNever when there is no tuple.
  Instant deadline() const;
  Change expire(Instant now);

 private:
  struct Path {
    Tuple tuple;
    Instant consent_until;
    Instant first_seen;
    std::uint32_t generation = 0;  // of the credentials that validated it last
  };
  using Verdict = std::expected<wire::StunMessage, Drop>;

  Verdict authenticate(ByteView stun) const;
  Change accept(Instant now, const Tuple& from, const wire::StunMessage& check);
  Path& validate(Instant now, const Tuple& from);

  Credentials local_;
  Config config_;
  State state_ = State::kNew;
  std::array<Path, kMaxTuples> paths_{};
  std::uint8_t path_count_ = 0;
};

}  // namespace consomme::ice
