// Compounds of RTCP that we send: reports about once a second (RFC 3550 §6), and feedback to a source at once (RFC 4585
// §3.1, RFC 5506). Written in plaintext; the transport protects them.
#pragma once

#include <span>

#include "base/datagram.h"
#include "base/time.h"
#include "sfu/worker/peer.h"

namespace consomme::worker {

// Sender reports and source descriptions of what the peer is sent, receiver reports on what it sends, our reference
// time and the answer to its own. In as many compounds as needed; false: `out` has no room for all of them, and the
// next call goes on.
bool send_reports(Instant now, Peer& peer, SendBatch& out);

// NACK and key frame requests of the peer's streams that are due. What `out` has no room for stays due.
void send_stream_feedback(Instant now, Peer& peer, SendBatch& out);

}  // namespace consomme::worker
