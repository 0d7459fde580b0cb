#include "sfu/worker/peer.h"

#include <algorithm>

namespace consomme::worker {

void set_rtt(Peer& peer, Duration rtt) {
  peer.rtt = rtt;
  for (router::Producer* const producer : peer.producers)
    for (media::InboundStream& encoding : producer->encodings) encoding.set_rtt(rtt);
  for (router::Consumer* const consumer : peer.consumers) consumer->stream.set_path_rtt(rtt);
}

void set_clock_offset(Peer& peer, Duration offset) {
  for (router::Producer* const producer : peer.producers)
    for (media::InboundStream& encoding : producer->encodings) encoding.set_clock_offset(offset);
}

Instant deadline(const Peer& peer) {
  Instant earliest = std::min({peer.transport.deadline(), peer.next_report, peer.next_activity, peer.next_allocation,
                               peer.next_presence, peer.next_assessment});
  for (const router::Producer* const producer : peer.producers)
    for (const media::InboundStream& encoding : producer->encodings) earliest = std::min(earliest, encoding.deadline());
  return earliest;
}

}  // namespace consomme::worker
