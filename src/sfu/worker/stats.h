// The statistics of what a worker has, read off its streams when somebody asks.
#pragma once

#include "base/time.h"
#include "sfu/ortc/stats.h"
#include "sfu/worker/peer.h"

namespace consomme::worker {

ortc::TransportStats stats_of(const Peer& peer);
ortc::ProducerStats stats_of(Instant now, router::Producer& producer);
ortc::ConsumerStats stats_of(const router::Consumer& consumer);

}  // namespace consomme::worker
