// What is sent when more is to be sent than there is media, to try out a rate: packets of the last seconds once more,
// as retransmissions, since those may be of use; else packets of the probator, a stream of no content that clients make
// a consumer for with their first video (SSRC 1234, payload type 127).
#pragma once

#include "base/time.h"
#include "sfu/media/packet.h"
#include "sfu/worker/peer.h"

namespace consomme::worker {

// Queues about `bytes` in the peer's transport; less if there is nothing to queue.
void queue_padding(Instant now, std::size_t bytes, Peer& peer, media::PacketPool& packets);

}  // namespace consomme::worker
