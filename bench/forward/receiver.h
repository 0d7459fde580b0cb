// The peer of one consumer behind a link of its own, with the feedback that it gives and the padding that this brings
// about: what a worker shares out the bandwidth by.
#pragma once

#include <deque>

#include "base/strong.h"
#include "base/time.h"
#include "sfu/bwe/transport_feedback.h"
#include "sfu/media/packet.h"
#include "sfu/srtp/engine.h"
#include "sfu/transport/drop.h"
#include "sfu/worker/peer.h"
#include "tests/sim/link.h"

namespace consomme::bench {

// What the transports of receivers share. None of them is ever connected.
class Host {
 public:
  Host();

  const transport::Shared& shared() const { return shared_; }

 private:
  dtls::Certificate certificate_;
  dtls::Context dtls_;
  srtp::CryptoEngine crypto_;
  media::PacketPool packets_{media::PacketPool::kBlockPackets};
  transport::DropCounters drops_;
  transport::Shared shared_;
};

class Receiver {
 public:
  Receiver(const Host& host, router::Consumer& consumer, Bitrate carries);

  worker::Peer& peer() { return peer_; }
  void send(Instant now, std::size_t bytes);
  // What has arrived is told of, and answered with padding.
  void hear(Instant now);

 private:
  struct Arrival {
    Instant at;
    SeqNo seq;
  };

  bwe::Estimator& estimator() { return peer_.transport.estimator(); }

  worker::Peer peer_;
  sim::Link link_;
  bwe::TransportFeedback feedback_{Ssrc(1)};
  std::deque<Arrival> arrivals_;
};

}  // namespace consomme::bench
