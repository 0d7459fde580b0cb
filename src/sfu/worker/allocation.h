// Who of a peer's consumers gets which layer: gathers what each could have, lets bwe/allocation.h share out the
// estimated bandwidth, and hands every stream its limit. Driven by the worker several times a second for each peer that
// receives video, and at once when the estimate falls.
#pragma once

#include <vector>

#include "base/time.h"
#include "sfu/bwe/allocation.h"
#include "sfu/router/router.h"
#include "sfu/worker/peer.h"

namespace consomme::worker {

// Of all peers of one worker. An object only to keep its storage, so that allocating costs no allocations.
class LayerAllocation {
 public:
  static constexpr Duration kInterval = 200ms;

  explicit LayerAllocation(router::Router& router) : router_(&router) {}

  // `joining`: one that is held still and about to be released, or none. The consumers whose limit was changed, valid
  // until the next call: their sources may be wanted for a key frame.
  std::span<router::Consumer* const> run(Instant now, Peer& peer, const router::Consumer* joining = nullptr);

 private:
  // A video that takes part, and where its rungs lie in rungs_.
  struct Part {
    router::Consumer* consumer = nullptr;
    std::size_t first = 0;
    std::size_t count = 0;
  };

  Bitrate gather(Instant now, Peer& peer, const router::Consumer* joining);
  Bitrate repeat_lost_sound(Instant now, Peer& peer, Bitrate sound);
  void add_video(Instant now, router::Consumer& consumer);
  void describe();
  Bitrate used() const;
  // Whether a spatial layer was raised. `believed`: by which that was decided; not `informed`: a guess.
  bool apply(Instant now, Bitrate believed, bool informed);

  router::Router* router_;
  std::vector<Part> parts_;
  std::vector<router::Consumer*> lossy_;  // whose sound may be said twice
  std::vector<bwe::Rung> rungs_;
  std::vector<bwe::Demand> demands_;
  bwe::Share share_;
  std::vector<router::Consumer*> changed_;
};

}  // namespace consomme::worker
