// Which announcements of new producers a peer may have missed. Front ends of this family attach their `new-producer`
// listener only after they have consumed every producer that existed when they joined; what was announced before that
// is lost on them. One Announcements lives as long as a peer's membership, is told of everything that matters, and says
// when what to announce once more. Reads no clock, sends nothing.
//
// The repeat comes when the setup looks finished: the peer has produced and then asked nothing for a second; or 5 s
// after its recv transport, for one that never produces. A peer that by then has not consumed all that existed when it
// joined is still at it, so what it missed is kept for the other of the two moments.
#pragma once

#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/time.h"
#include "server/signaling/limits.h"

namespace consomme::server {

class Announcements {
 public:
  Announcements() = default;  // of nobody: collects nothing
  // A peer that joined and was told of these producers in the answer.
  explicit Announcements(const std::vector<std::string>& existing)
      : collecting_(true), existing_(existing.begin(), existing.end()) {}

  void announced(const std::string& producer);
  // The peer consumed it, or it is gone.
  void settled(const std::string& producer);

  // What the peer does.
  void requested(Instant now) { last_request_ = now; }
  void produced() { produced_ = true; }
  void made_recv_transport(Instant now);

  // When expire() may have something; kNever if only another call can change that.
  Instant deadline() const;
  // The producers to announce once more, in the order of their first announcement.
  std::vector<std::string> expire(Instant now);

 private:
  Instant after_produce() const { return produced_ ? last_request_ + kSettledAfter : kNever; }
  Instant after_transport() const { return recv_transport_ ? *recv_transport_ + kRepeatAfterTransport : kNever; }

  bool collecting_ = false;
  std::unordered_set<std::string> existing_;  // told at the join, not consumed yet
  std::vector<std::string> missed_;           // announced since, not consumed yet
  Instant last_request_{};
  bool produced_ = false;
  std::optional<Instant> recv_transport_;
  bool repeated_after_produce_ = false;
  bool repeated_after_transport_ = false;
};

}  // namespace consomme::server
