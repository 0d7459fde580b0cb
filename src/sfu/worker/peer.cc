#include "sfu/worker/peer.h"

#include <algorithm>

namespace consomme::worker {

Instant deadline(const Peer& peer) {
  Instant earliest = std::min({peer.transport.deadline(), peer.next_report, peer.next_activity});
  for (const router::Producer* const producer : peer.producers)
    for (const media::InboundStream& encoding : producer->encodings) earliest = std::min(earliest, encoding.deadline());
  return earliest;
}

}  // namespace consomme::worker
