// A transport and what hangs on it: the producers whose packets come in over it, the consumers whose packets leave over
// it, and the RTCP they share. Owned by the worker.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/path_handle.h"
#include "base/strong.h"
#include "base/time.h"
#include "sfu/bwe/allocation.h"
#include "sfu/media/repetition.h"
#include "sfu/media/source_clock.h"
#include "sfu/router/router.h"
#include "sfu/transport/transport.h"
#include "sfu/worker/probator.h"
#include "sfu/worker/timer_queue.h"

namespace consomme::worker {

// The peer's clock as its receiver reference time report gave it (RFC 3611 §4.4).
struct ReferenceTime {
  Ssrc sender;
  NtpTime time;
  Instant received;
};

struct Peer {
  Peer(TransportId id_, transport::Transport transport_) : id(id_), transport(std::move(transport_)) {}

  TransportId id;
  PathHandle handle;
  std::string former_ufrag;  // by which a peer finds us that has not heard of an ICE restart
  std::optional<RouterId> router;
  transport::Transport transport;
  std::vector<router::Producer*> producers;
  std::vector<router::Consumer*> consumers;
  boost::unordered_flat_map<Ssrc, router::Consumer*> consumers_by_ssrc;  // the primary SSRC

  bool queued = false;  // is in the worker's list of those with packets to flush
  Wake wake;
  Instant next_report = kNever;      // of sender and receiver reports; never before it is connected
  std::size_t reported = 0;          // of the consumers, in a round of reports that ran out of room
  Instant next_activity = kNever;    // when to look which encodings are alive
  std::optional<Duration> rtt;       // to the peer, by the handshake, then by our reference time reports
  Instant next_allocation = kNever;  // when its bandwidth is shared out again
  Bitrate shared_estimate{};         // what was shared out
  media::Repetition repetition;
  bwe::Patience patience;
  Instant next_presence = kNever;  // which producers are silent
  Instant next_assessment = kNever;
  std::optional<ReferenceTime> reference_time;
  media::SourceClock clock;            // of its sender reports
  std::unique_ptr<Probator> probator;  // once it was needed
};

// The round trip to the peer was measured: its streams space out by it what they ask for, and what they send again.
void set_rtt(Peer& peer, Duration rtt);

// Its wall clock was seen anew: at any moment all its streams go by one, so that picture and sound stay together.
void set_clock_offset(Peer& peer, Duration offset);

// When the peer wants to be woken next.
Instant deadline(const Peer& peer);

}  // namespace consomme::worker
