// A browser as the worker sees it: full ICE agent as far as an ICE-lite server can tell, DTLS client, SRTP, sources
// that answer NACK and PLI, sinks that ask. Virtual time only: receive(), expire() and deadline(), and datagrams to
// poll.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/rng.h"
#include "base/time.h"
#include "sfu/bwe/receiver_estimate.h"
#include "sfu/bwe/transport_feedback.h"
#include "sfu/dtls/certificate.h"
#include "sfu/dtls/context.h"
#include "sfu/dtls/session.h"
#include "sfu/sfu.h"
#include "sfu/srtp/engine.h"
#include "sfu/srtp/inbound.h"
#include "sfu/srtp/outbound.h"
#include "tests/sim/remote_estimate.h"
#include "tests/sim/sink.h"
#include "tests/sim/source.h"

namespace consomme::sim {

// What a receiver can say of its link; of a sender, what it is told.
enum class LinkFeedback : std::uint8_t { kTransportWide, kRemb, kReportsOnly };

class Client {
 public:
  static constexpr std::string_view kUfrag = "client";  // its own
  // Of a camera that sends what it is told to, before it is told anything, and at most.
  static constexpr Bitrate kLowestRate{30'000};
  static constexpr Bitrate kFirstRate{300'000};
  static constexpr Bitrate kHighestRate{2'500'000};

  // Its certificate is valid since a day before `born`, which ours does not look at but Janus 1.1.2 does.
  Client(const Tuple& tuple, std::uint64_t seed, Instant born = Instant(1h * 24 * 365 * 50));

  // What signaling told: the transport to reach. Checks begin at once.
  void connect(Instant now, const sfu::TransportOffer& offer);
  ortc::DtlsParameters dtls_parameters() const;
  void use(const ortc::IceParameters& restarted) { remote_ice_ = restarted; }
  void speak(LinkFeedback feedback) { link_feedback_ = feedback; }
  void take_red() { takes_red_ = true; }
  // Of what the server offers, what it understands.
  ortc::RtpCapabilities rtp_capabilities(const ortc::RtpCapabilities& offered) const;

  Source& add(const SourceConfig& config);
  Sink& add(const SinkConfig& config);

  void receive(Instant now, ByteView datagram);
  void expire(Instant now);
  Instant deadline() const;
  // The next datagram to send; empty: none.
  std::vector<std::uint8_t> poll();

  void vanish() { gone_ = true; }  // the network cable is pulled
  void say_goodbye();              // DTLS close_notify
  void move_to(const Tuple& tuple) { tuple_ = tuple; }
  void send(const Source::Outgoing& packet);
  void send_raw(ByteView bytes) { out_.emplace_back(bytes.begin(), bytes.end()); }
  void send_rtcp(ByteView plain);
  bool send_rtp(ByteView plain);  // whatever it says; false: it has no header or its number was used

  const Tuple& tuple() const { return tuple_; }
  bool connected() const { return srtp_out_.has_value(); }
  const std::vector<std::unique_ptr<Source>>& sources() const { return sources_; }
  std::uint64_t checks_answered() const { return checks_answered_; }
  std::uint64_t feedback_messages() const { return feedback_messages_; }  // transport-wide
  std::uint64_t unreadable() const { return unreadable_; }

 private:
  void send_check();
  void ask(Instant now, Sink& sink);
  void receive_stun(Instant now, ByteView bytes);
  void receive_rtp(Instant now, ByteView bytes);
  void receive_rtcp(Instant now, ByteView bytes);
  void take_losses(Instant now, const wire::RtcpItems<wire::ReportBlock>& blocks);
  void drain_dtls();
  void follow_dtls();
  void send_reports(Instant now);
  void send_feedback(Instant now);

  Tuple tuple_;
  Rng rng_;
  dtls::Certificate certificate_;
  dtls::Context dtls_context_;
  srtp::CryptoEngine crypto_;
  std::optional<dtls::Session> dtls_;
  std::optional<srtp::Inbound> srtp_in_;
  std::optional<srtp::Outbound> srtp_out_;
  ortc::IceParameters remote_ice_;
  std::vector<dtls::Fingerprint> remote_fingerprints_;
  bool gone_ = false;
  Instant next_check_ = kNever;
  Instant next_report_ = kNever;
  Instant next_nack_ = kNever;
  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<std::unique_ptr<Sink>> sinks_;
  std::deque<std::vector<std::uint8_t>> out_;
  bool takes_red_ = false;
  LinkFeedback link_feedback_ = LinkFeedback::kTransportWide;
  bwe::TransportFeedback feedback_{Ssrc(1)};
  RemoteEstimate link_estimate_;                                       // of the link down
  bwe::ReceiverEstimate told_{kFirstRate, kLowestRate, kHighestRate};  // of the link up
  std::uint16_t transport_seq_ = 0;
  std::uint64_t checks_answered_ = 0;
  std::uint64_t feedback_messages_ = 0;
  std::uint64_t unreadable_ = 0;
  struct Reference {
    Ssrc sender;
    std::uint32_t compact = 0;
    Instant received;
  };
  std::optional<Reference> reference_;
};

}  // namespace consomme::sim
