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
#include <string_view>

#include "base/address.h"
#include "base/bytes.h"
#include "base/time.h"
#include "sfu/wire/stun.h"

namespace consomme::ice {

// Tuples of one peer at a time: a phone with two networks, two families and two protocols makes eight.
inline constexpr std::size_t kMaxTuples = 8;

// Checks of one tuple that are remembered to know a repetition by: Firefox has three under way at once.
inline constexpr std::size_t kRememberedChecks = 8;

// For so long media go to a tuple of which nothing is known but that a check came over it: the source of a check can be
// forged, and who is there may never have asked for them. Whoever has asked reports on what it gets, or soon enough
// that there is nothing: with video about once a second, with sound alone every 2.5 s to 7.5 s (RFC 3550 §6.3.1, §A.7).
inline constexpr Duration kProbation = 10s;

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
  kDisconnected,  // consent was lost; a new check revives
};

// What the last call changed, for the transport to act on.
enum class Change : std::uint8_t {
  kNone,
  kSelected,      // selected() is another tuple, or the first; state() may be another too
  kState,         // state() is another, selected() is not
  kDisconnected,  // consent was lost: selected() is null, sending stops
};

// Why a message came to nothing; transport/ counts by these.
enum class Drop : std::uint8_t {
  kMalformed,         // not STUN, or a broken attribute
  kFingerprint,       // absent or wrong; ICE always has one (RFC 8445 §7.1)
  kNotRequest,        // an indication, or a response to nothing that we ever sent
  kMethod,            // not Binding
  kNoCredentials,     // USERNAME or MESSAGE-INTEGRITY absent: 400
  kUsername,          // not for this agent, or its ufrag was replaced by a restart that the peer has followed: 401
  kIntegrity,         // a wrong password: silence
  kUnknownAttribute,  // comprehension-required and unknown: 420
  kRoleConflict,      // the peer says that it is controlled too: 487
  kNoRoom,            // the answer does not fit `out`
  kCount,
};

struct Outcome {
  std::size_t reply_bytes = 0;  // of `out`; to be sent to where the message came from
  Change change = Change::kNone;
  std::optional<Drop> drop{};  // unset: `from` is validated; set: nothing changed, though there may be an answer
};

class Agent {
 public:
  explicit Agent(Credentials local, Config config = {});

  // A STUN message from `from`. At most one answer is written into `out`.
  //
  // What is not authenticated is answered with at most as many bytes as it brought, or not at all. Deviation: RFC 8489
  // §9.1.3 answers a wrong MESSAGE-INTEGRITY with 401; here it is dropped in silence, as a forger learns nothing by it.
  Outcome receive(Instant now, const Tuple& from, ByteView stun, ByteSpan out);

  // The peer, whose keys nobody else has, has sent something from `from`.
  void hear(Instant now, const Tuple& from);

  // The peer has sent DTLS or authentic RTCP from `from`: over the pair of its choice, where it wants ours too.
  // Its checks alone may not tell which that is. One that nominates aggressively (RFC 5245 §8.1.1.2: Firefox) sets
  // USE-CANDIDATE on all of them and takes the best pair that answers, while they overtake each other on the way to us.
  void follow(Instant now, const Tuple& from);

  // ICE restart (RFC 8445 §9): all stays as it is until the first check with the new credentials, for the peer learns
  // of them later than we do. From then on the old ones count no more; tuples validated with them keep carrying media.
  void restart(Credentials local);

  // Whether DTLS, SRTP and SRTCP are taken from this very tuple: it was validated, and its consent is alive.
  bool validated(const Tuple& tuple) const;
  // Where we send; null before the first check, and after consent was lost. The pointer lives until the next receive or
  // expire.
  const Tuple* selected() const;
  // Where media go: there as well, but see kProbation.
  const Tuple* media_target(Instant now) const;
  // When the peer was heard over this tuple, last.
  std::optional<Instant> heard(const Tuple& tuple) const;
  State state() const { return state_; }
  const Credentials& local() const { return local_; }
  // Those in force while no check has come with the new ones.
  const std::optional<Credentials>& former() const { return former_; }

  // When expire() has something to do; kNever when there is no tuple.
  Instant deadline() const;
  Change expire(Instant now);

  // Calls visit(tuple) for every tuple that validated() says yes to.
  template <class Visit>
  void each_validated(Visit visit) const {
    for (const auto& path : paths_)
      if (path) visit(path->tuple);
  }
  // Tuples that the last receive or expire forgot, because others took their places or consent ended.
  std::span<const Tuple> forgotten() const { return std::span(forgotten_).first(forgotten_count_); }

 private:
  struct Path {
    Tuple tuple;
    Instant consent_until{};
    std::uint32_t generation = 0;    // of the credentials of its last check
    std::optional<Instant> heard{};  // when the peer was, last
    std::array<wire::StunTransactionId, kRememberedChecks> checks{};
    std::size_t checks_seen = 0;

    bool repeats(const wire::StunTransactionId& transaction) const;
    void remember(const wire::StunTransactionId& transaction);
  };
  static constexpr std::size_t kNoPath = kMaxTuples;

  std::expected<const Credentials*, Drop> authenticate(ByteView stun, const wire::StunMessage& message) const;
  const Credentials* addressed(std::string_view username) const;
  void follow_restart();
  std::size_t place_of(const Tuple& tuple) const;
  std::size_t place_for(const Tuple& tuple);
  void select(Instant now, std::size_t place);
  void accept(Instant now, const Tuple& from, const wire::StunMessage& check);
  bool nominates(const wire::StunMessage& check);
  void forget(std::size_t place);
  std::size_t freshest() const;

  Credentials local_;
  std::optional<Credentials> former_;
  Config config_;
  State state_ = State::kNew;
  std::array<std::optional<Path>, kMaxTuples> paths_{};
  std::size_t selected_ = kNoPath;           // a place in paths_
  std::optional<std::uint32_t> nomination_;  // the highest of this generation
  std::optional<Instant> probation_until_;   // since something unheard was selected; ends where the peer is heard
  std::uint32_t generation_ = 0;             // of the credentials in force, counted by restarts
  std::array<Tuple, kMaxTuples> forgotten_{};
  std::size_t forgotten_count_ = 0;
};

}  // namespace consomme::ice
