// RTCP that a peer sent, part by part: to the streams that it speaks of. What it asks for comes into the peer's send
// queue (retransmissions) or to the sources of its consumers (key frames).
#pragma once

#include "base/bytes.h"
#include "base/time.h"
#include "sfu/worker/peer.h"

namespace consomme::worker {

struct RtcpOutcome {
  bool well_formed = true;                // false: the compound broke off; what came before it counted
  bool queued = false;                    // retransmissions wait in the peer's transport
  std::vector<PathHandle> sources_asked;  // whose streams may have feedback to send now
};

RtcpOutcome receive_rtcp(Instant now, Peer& peer, router::Router& router, ByteView compound);

}  // namespace consomme::worker
