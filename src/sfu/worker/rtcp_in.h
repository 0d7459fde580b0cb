// RTCP that a peer sent, part by part: to the streams that it speaks of. What it asks for comes into the peer's send
// queue (retransmissions) or to the sources of its consumers (key frames).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "sfu/wire/rtcp.h"
#include "sfu/worker/peer.h"

namespace consomme::worker {

struct RtcpOutcome {
  bool well_formed = true;                           // false: the compound broke off; what came before it counted
  bool queued = false;                               // retransmissions wait in the peer's transport
  std::span<router::Producer* const> sources_asked;  // for a key frame, each as often as it was; until the next call
};

// What receivers asked for, since the start.
struct RtcpCounts {
  std::uint64_t nacks = 0;   // messages
  std::uint64_t resent = 0;  // packets that they brought
  std::uint64_t key_frame_requests = 0;
};

// Of all peers of one worker. An object only to keep its storage, so that RTCP costs no allocations.
class RtcpReceiver {
 public:
  explicit RtcpReceiver(router::Router& router) : router_(&router) {}

  RtcpOutcome receive(Instant now, Peer& peer, ByteView compound);
  const RtcpCounts& counts() const { return counts_; }

 private:
  void take_part(Instant now, Peer& peer, const wire::RtcpPacket& packet);
  void take_nack(Instant now, Peer& peer, const wire::RtcpPacket& packet);
  void ask_key_frame(Instant now, Peer& peer, Ssrc media, std::uint64_t router::Consumer::* count);

  router::Router* router_;
  RtcpCounts counts_;
  bool queued_ = false;
  std::vector<media::Resend> resends_;
  std::vector<router::Producer*> sources_asked_;
};

}  // namespace consomme::worker
