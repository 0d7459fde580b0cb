#include "sfu/ice/agent.h"

#include <algorithm>
#include <utility>

#include "sfu/ice/reply.h"
#include "sfu/wire/stun_integrity.h"

namespace consomme::ice {
namespace {

using wire::StunClass;
using wire::StunMessage;

// USERNAME of a check towards us is our fragment, a colon, and the peer's (RFC 8445 §7.2.2).
bool is_for(std::string_view username, std::string_view local_ufrag) {
  return username.size() > local_ufrag.size() && username.starts_with(local_ufrag) &&
         username[local_ufrag.size()] == ':';
}

// The error code for what is not authenticated; 0: silence.
std::uint16_t code_for(Drop drop) {
  switch (drop) {
    case Drop::kNoCredentials:
      return 400;
    case Drop::kUsername:
      return 401;
    default:
      return 0;
  }
}

// No more bytes go back than came: the source address may be forged, and we are no amplifier.
std::size_t refuse_stranger(const StunMessage& request, Drop drop, std::size_t request_bytes, ByteSpan out) {
  const std::uint16_t code = code_for(drop);
  if (code == 0) return 0;
  return write_unsigned_error(out.first(std::min(out.size(), request_bytes)), request, code);
}

}  // namespace

Agent::Agent(Credentials local, Config config) : local_(std::move(local)), config_(config) {}

Outcome Agent::receive(Instant now, const Tuple& from, ByteView stun, ByteSpan out) {
  forgotten_count_ = 0;
  const auto message = wire::parse_stun(stun);
  if (!message) return {.drop = Drop::kMalformed};
  const auto used = authenticate(stun, *message);
  if (!used) {
    return {.reply_bytes = refuse_stranger(*message, used.error(), stun.size(), out), .drop = used.error()};
  }
  const std::string_view password = (*used)->password;
  if (message->unknown.count != 0) {
    return {.reply_bytes = write_signed_error(out, *message, 420, password), .drop = Drop::kUnknownAttribute};
  }
  // A lite agent is always the controlled one, whatever the tie-breakers say (RFC 8445 §6.1.1, §7.3.1.1).
  if (message->ice_controlled) {
    return {.reply_bytes = write_signed_error(out, *message, 487, password), .drop = Drop::kRoleConflict};
  }
  const std::size_t reply_bytes = write_success(out, *message, from.remote, password);
  if (reply_bytes == 0) return {.drop = Drop::kNoRoom};

  if (*used == &local_) follow_restart();
  const State state_before = state_;
  const std::size_t selected_before = selected_;
  accept(now, from, *message);
  const Change change = selected_ != selected_before ? Change::kSelected
                        : state_ != state_before     ? Change::kState
                                                     : Change::kNone;
  return {.reply_bytes = reply_bytes, .change = change};
}

std::expected<const Credentials*, Drop> Agent::authenticate(ByteView stun, const StunMessage& message) const {
  if (!wire::fingerprint_holds(stun, message)) return std::unexpected(Drop::kFingerprint);
  if (message.message_class != StunClass::kRequest) return std::unexpected(Drop::kNotRequest);
  if (message.method != wire::kStunBinding) return std::unexpected(Drop::kMethod);
  if (!message.username || message.integrity_offset == 0) return std::unexpected(Drop::kNoCredentials);
  const Credentials* const to = addressed(*message.username);
  if (to == nullptr) return std::unexpected(Drop::kUsername);
  if (!wire::integrity_holds(stun, message, to->password)) return std::unexpected(Drop::kIntegrity);
  return to;
}

const Credentials* Agent::addressed(std::string_view username) const {
  if (is_for(username, local_.ufrag)) return &local_;
  return former_ && is_for(username, former_->ufrag) ? &*former_ : nullptr;
}

bool Agent::Path::repeats(const wire::StunTransactionId& transaction) const {
  const auto seen = std::span(checks).first(std::min(checks_seen, checks.size()));
  return std::ranges::find(seen, transaction) != seen.end();
}

void Agent::Path::remember(const wire::StunTransactionId& transaction) {
  checks[checks_seen++ % checks.size()] = transaction;
}

// A check that is sent again (RFC 8489 §6.2.1) tells that our answer has not reached the peer, which so cannot have
// chosen the pair yet: Firefox repeats those over UDP for seconds, USE-CANDIDATE in all of them, where only TCP gets
// through both ways.
void Agent::accept(Instant now, const Tuple& from, const StunMessage& check) {
  const bool chosen_before = selected_ != kNoPath && paths_[selected_]->generation == generation_;
  const std::size_t place = place_for(from);
  if (!paths_[place]) paths_[place] = Path{.tuple = from};
  Path& path = *paths_[place];
  path.consent_until = now + config_.consent_timeout;
  path.generation = generation_;
  const bool repeated = path.repeats(check.transaction);
  if (!repeated) path.remember(check.transaction);

  if (!repeated && nominates(check)) {
    select(now, place);
    state_ = State::kCompleted;
  } else if (!chosen_before) {
    // Until the peer nominates, the first tuple that works will do: it saves a round trip before the DTLS handshake.
    select(now, place);
    state_ = State::kConnected;
  }
}

// Whether this check moves the selection to its tuple. With renomination the highest number wins, and a check that says
// its number again moves nothing (draft-thatcher-ice-renomination-01 §4); without, each USE-CANDIDATE counts, since a
// controlling peer of a lite agent sets it on the pair of its present choice only.
bool Agent::nominates(const StunMessage& check) {
  if (!check.nomination) return check.use_candidate;
  if (nomination_ && *check.nomination <= *nomination_) return false;
  nomination_ = check.nomination;
  return true;
}

void Agent::hear(Instant now, const Tuple& from) {
  const std::size_t place = place_of(from);
  if (place == kNoPath) return;
  paths_[place]->heard = now;
  if (place == selected_) probation_until_.reset();
}

void Agent::follow(Instant now, const Tuple& from) {
  if (const std::size_t place = place_of(from); place != kNoPath) select(now, place);
}

// One probation for all tuples, so that forging many buys no more time.
void Agent::select(Instant now, std::size_t place) {
  selected_ = place;
  if (!paths_[place]->heard && !probation_until_) probation_until_ = now + kProbation;
}

const Tuple* Agent::media_target(Instant now) const {
  if (selected_ == kNoPath) return nullptr;
  const Path& path = *paths_[selected_];
  return path.heard || (probation_until_ && now < *probation_until_) ? &path.tuple : nullptr;
}

std::size_t Agent::place_of(const Tuple& tuple) const {
  const auto path = std::ranges::find_if(paths_, [&](const auto& p) { return p && p->tuple == tuple; });
  return path == paths_.end() ? kNoPath : static_cast<std::size_t>(path - paths_.begin());
}

// The place of a known tuple, else a free one, else that of the tuple whose last check is the longest ago; never of the
// selected one.
std::size_t Agent::place_for(const Tuple& tuple) {
  std::size_t free = kNoPath;
  std::size_t stalest = kNoPath;
  for (std::size_t i = 0; i < kMaxTuples; ++i) {
    if (!paths_[i]) {
      free = std::min(free, i);
    } else if (paths_[i]->tuple == tuple) {
      return i;
    } else if (i != selected_ && (stalest == kNoPath || paths_[i]->consent_until < paths_[stalest]->consent_until)) {
      stalest = i;
    }
  }
  if (free != kNoPath) return free;
  forget(stalest);
  return stalest;
}

void Agent::restart(Credentials local) {
  if (!former_) former_ = std::move(local_);
  local_ = std::move(local);
}

// The peer has learned of the new credentials: it nominates anew, and the old ones are nobody's any more.
void Agent::follow_restart() {
  if (!former_) return;
  former_.reset();
  ++generation_;
  nomination_.reset();
}

bool Agent::validated(const Tuple& tuple) const {
  return place_of(tuple) != kNoPath;
}

std::optional<Instant> Agent::heard(const Tuple& tuple) const {
  const std::size_t place = place_of(tuple);
  return place == kNoPath ? std::nullopt : paths_[place]->heard;
}

const Tuple* Agent::selected() const {
  return selected_ == kNoPath ? nullptr : &paths_[selected_]->tuple;
}

Instant Agent::deadline() const {
  Instant earliest = kNever;
  for (const auto& path : paths_)
    if (path) earliest = std::min(earliest, path->consent_until);
  return earliest;
}

Change Agent::expire(Instant now) {
  forgotten_count_ = 0;
  for (std::size_t i = 0; i < kMaxTuples; ++i)
    if (paths_[i] && paths_[i]->consent_until <= now) forget(i);
  if (selected_ == kNoPath || paths_[selected_]) return Change::kNone;

  // What was nominated is gone: the freshest of the others carries on until the peer nominates again.
  nomination_.reset();
  selected_ = kNoPath;
  if (const std::size_t place = freshest(); place != kNoPath) select(now, place);
  state_ = selected_ == kNoPath ? State::kDisconnected : State::kConnected;
  return selected_ == kNoPath ? Change::kDisconnected : Change::kSelected;
}

std::size_t Agent::freshest() const {
  std::size_t best = kNoPath;
  for (std::size_t i = 0; i < kMaxTuples; ++i)
    if (paths_[i] && (best == kNoPath || paths_[i]->consent_until > paths_[best]->consent_until)) best = i;
  return best;
}

void Agent::forget(std::size_t place) {
  forgotten_[forgotten_count_++] = paths_[place]->tuple;
  paths_[place].reset();
}

}  // namespace consomme::ice
