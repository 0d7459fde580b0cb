// A receiving browser for load: one transport on a socket of its own, connected by ICE and DTLS, that answers with
// receiver reports and transport-wide feedback. It opens a sample of what it gets and counts the rest by its header, so
// that many of them cost little beside the server.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/datagram.h"
#include "base/sequence.h"
#include "base/time.h"
#include "net/clock.h"
#include "net/epoll_loop.h"
#include "net/fd.h"
#include "net/udp_receiver.h"
#include "sfu/bwe/transport_feedback.h"
#include "sfu/sfu.h"
#include "sfu/transport/testing.h"
#include "tests/sim/source.h"

namespace consomme::bench {

// The owner of receivers' events in the loop.
inline constexpr std::uint16_t kReceivers = 1;

// What all receivers of a run have in common.
struct Shared {
  std::shared_ptr<const transport::testing::Identity> identity =
      std::make_shared<const transport::testing::Identity>(transport::testing::make_certificate(net::Clock().now()));
  net::UdpReceiver receiver{0};
  net::EpollLoop loop;
};

// Sums over all streams since they were last taken.
struct Tally {
  std::uint64_t packets = 0;
  std::uint64_t lost = 0;     // numbers between the first and the last that came which did not
  std::uint64_t opened = 0;   // of the sample: decrypted, and by their number a packet that was sent
  std::uint64_t spoiled = 0;  // of the sample: not
  std::vector<Duration> latencies;
};

class Receiver {
 public:
  // `index` names its events in the loop.
  Receiver(Shared& shared, const sfu::TransportOffer& offer, std::uint32_t index);

  // What it will be sent under this SSRC, and by whom.
  void expect(Ssrc ssrc, const sim::Source& source) { streams_[ssrc].source = &source; }

  // The ids of another router's header extensions.
  void use(const wire::ExtensionIds& ids) { extension_ids_ = ids; }

  void receive(Instant now);
  void expire(Instant now);
  bool connected() const { return peer_.connected(); }
  srtp::Profile profile() const { return peer_.profile(); }  // once connected
  void add_to(Tally& tally);

 private:
  static constexpr Duration kCheckInterval = 2500ms;  // as Chromium has it
  static constexpr Duration kFirstCheckInterval = 100ms;
  static constexpr Duration kReportInterval = 1s;
  static constexpr std::uint64_t kSample = 16;  // of so many packets one is opened

  struct Stream {
    const sim::Source* source = nullptr;
    SeqUnwrapper unwrapper;
    std::int64_t first = -1;  // of the interval
    std::int64_t highest = -1;
    std::uint64_t packets = 0;  // of the interval
  };

  void receive_stun(Instant now, ByteView bytes);
  void receive_rtp(Instant now, ByteView bytes);
  void open(Instant now, const Stream& stream, ByteView bytes);
  void report();
  void send(ByteView bytes) const;
  void send_dtls();

  Shared* shared_;
  SocketAddress address_;  // of the server
  net::Fd socket_;
  net::Watch watch_;
  transport::testing::Peer peer_;
  std::vector<dtls::Fingerprint> server_;
  wire::ExtensionIds extension_ids_ = transport::testing::extension_ids();
  bool shaking_hands_ = false;
  Instant next_check_{};
  Instant next_report_{};
  bwe::TransportFeedback feedback_{Ssrc(1)};
  boost::unordered_flat_map<Ssrc, Stream> streams_;
  std::uint64_t packets_ = 0;
  Tally sample_;
};

}  // namespace consomme::bench
