// One consumer's stream: decides for every packet of its source's encodings whether and as what it goes out, remembers
// what it sent, and answers NACK. Driven by the router (plan, pause, resume, set_active), by whoever shares out the
// bandwidth (set_limit), and by the transport (sent, receive_nack, reports). What plan() and sent() touch is in the
// first four cache lines.
//
// Whoever forwards asks after each packet whether a key frame is wanted, and passes the want on: a request that was
// lost, answered too early or given up is so repeated by the next packet that does not help.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "base/sequence.h"
#include "base/time.h"
#include "sfu/media/history.h"
#include "sfu/media/layer.h"
#include "sfu/media/layer_filter.h"
#include "sfu/media/layers.h"
#include "sfu/media/packet.h"
#include "sfu/media/rewrite.h"
#include "sfu/media/send_stamps.h"
#include "sfu/media/sequence_map.h"
#include "sfu/wire/payload/codec.h"
#include "sfu/wire/rtcp_report.h"

namespace consomme::media {

struct OutboundConfig {
  OutboundHeader header{};
  wire::Codec codec = wire::Codec::kOpus;
  std::uint32_t clock_rate = 48000;
  std::size_t encodings = 1;  // of the source, at most kMaxEncodings
  bool nack = false;          // the receiver asks again for what it lost
  // Where numbering begins, random. Sequence numbers below 2^15, so that a receiver guesses the right rollover counter
  // even when the first packets are lost (RFC 3711 §3.3.1).
  SeqNo first_seq{};
  SeqNo first_rtx_seq{};
  RtpTimestamp first_timestamp{};
};

// A retransmission to send: as a packet of the RTX stream, or else the very packet again, with the stamp that it was
// sent with.
struct Resend {
  PacketRef packet;
  Rewrite rewrite;
  std::optional<ExtSeqNo> rtx_seq;
};

// What the path allows of retransmissions.
struct RepairTerms {
  // With what stands in its queues; nullopt: nobody knows. A receiver asks again by a round trip that was shorter
  // before the queue grew, and answering each time would keep the queue full of the same packets.
  std::optional<Duration> present_rtt;
  std::int64_t bytes = std::numeric_limits<std::int64_t>::max();  // of payload
};

// What the receiver says of this stream.
struct RemoteReport {
  double fraction_lost = 0;  // of the last interval, 0 to 1
  std::int32_t cumulative_lost = 0;
  std::uint32_t highest_seq = 0;  // extended
  std::uint32_t expected = 0;     // packets since the report before; 0: it is the first
  std::uint32_t rtt_measurements = 0;
  Duration jitter{};
  Duration last_rtt{};
  Duration total_rtt{};
  Instant received;

  // nullopt: it has seen no sender report of ours yet.
  std::optional<Duration> rtt() const { return rtt_measurements == 0 ? std::nullopt : std::optional(last_rtt); }
};

class alignas(64) OutboundStream {
 public:
  explicit OutboundStream(const OutboundConfig& config);

  // What `packet`, of the encoding `source`, becomes for this consumer. nullopt: it is not for it. Numbers that were
  // given are used up, so a planned packet is to be sent.
  std::optional<Rewrite> plan(const Packet& packet, Encoding source);
  // A plan() follows soon: what it will touch is fetched.
  void prefetch() const {
    __builtin_prefetch(this);
    __builtin_prefetch(&header_.mid);
  }
  // It went out: kept for retransmission, and counted.
  void sent(Instant now, const PacketRef& packet, const Rewrite& rewrite, const SendStamp& stamp);

  // Paused at the wish of the consumer or because its producer is.
  void pause();
  void resume() { paused_ = false; }
  bool paused() const { return paused_; }
  // The highest layer that the bandwidth allows, as it was before it was first said; nullopt: nothing is forwarded
  // until it is said again. In a simulcast source every layer of a lower encoding is below those of a higher one.
  void set_limit(std::optional<Layer> limit);
  // The highest that the client wishes for.
  void set_preferred(Layer preferred);
  // Of sound: whether what the source said before goes along in each packet (redundancy.h), if the receiver takes it.
  // What came with redundancy goes on with it in any case.
  void set_redundant(bool redundant) { redundant_ = redundant && header_.red; }
  bool redundant() const { return redundant_; }
  // What is being forwarded now; nullopt: nothing.
  std::optional<Layer> current() const;
  // Which encodings of the source are alive (InboundStream::active), bit by bit.
  void set_active(std::uint8_t mask) { layers_.set_active(mask); }
  const Layers& layers() const { return layers_; }
  // The encoding that has to bring a key frame before this consumer can go on, or go up.
  std::optional<Encoding> wants_key_frame() const {
    if (paused_ || !needs_key_frame_) return std::nullopt;
    if (layers_.switching()) return layers_.target();
    return filter_.wants_key_frame() ? layers_.current() : std::nullopt;
  }

  // The round trip of its path, for as long as the receiver's reports do not tell that of the stream.
  void set_path_rtt(Duration rtt) { path_rtt_ = rtt; }
  // Appends to `out` what is to be sent again, and counts it as sent.
  void receive_nack(Instant now, std::span<const SeqNo> lost, const RepairTerms& terms, std::vector<Resend>& out);
  // A packet to send once more as padding; nullopt: there is none lately, or no RTX stream to send it in.
  std::optional<Resend> padding(Instant now);
  // What a packet of a stream without RTX was sent with; nullopt: too long ago.
  std::optional<SendStamp> stamp_of(const Rewrite& rewrite) const { return stamps_.find(rewrite.seq); }

  // What our sender report says now (RFC 3550 §6.4.1); nullopt: nothing was sent yet.
  std::optional<wire::SenderInfo> sender_info(Instant now) const;
  const RemoteReport& receive_report(Instant now, const wire::ReportBlock& block);
  const std::optional<RemoteReport>& remote_report() const { return remote_; }
  // About once a second: lets go of packets that are too old to be sent again.
  void trim(Instant now) { history_.trim(now); }
  // Lets go of packets that came longer ago than this, whatever may still be asked for.
  void forget(Instant now, Duration age) { history_.forget(now, age); }

  const OutboundHeader& header() const { return header_; }
  std::uint64_t packets() const { return packets_; }  // sent, without retransmissions
  // Numbers that its source lost on the way to us, or some of which are still to be sent.
  std::int64_t missing() const { return map_.numbers_given() - static_cast<std::int64_t>(packets_); }
  std::uint64_t payload_bytes() const { return payload_bytes_; }  // of those
  std::uint64_t resent_packets() const { return resent_packets_; }
  std::uint64_t resent_payload_bytes() const { return resent_payload_bytes_; }

 private:
  // Retransmissions may take as many bytes as the stream itself, saved up to this: about two seconds of 2 Mbit/s.
  static constexpr std::int32_t kMaxResendCredit = 512 * 1024;
  // What an empty packet takes of that, so that nobody makes us send any number of them: its header.
  static constexpr std::uint16_t kEmptyResendCost = wire::kRtpFixedHeaderBytes;

  bool may_start(const Packet& packet, Encoding source);
  void start(const Packet& packet, Encoding source);
  RtpTimestamp timestamp_at(Instant at) const;
  bool goes_with_redundancy(const Packet& packet) const;
  std::optional<ExtSeqNo> next_rtx_number();
  void aim();
  Layer limit_within(Encoding source) const;

  // Every packet of the source touches the first of these lines, and those that are forwarded the second.
  Layers layers_;
  bool paused_ = false;
  bool needs_key_frame_;
  bool simulcast_;
  bool started_ = false;
  bool redundant_ = false;
  std::optional<Layer> limit_ = kHighestLayer;
  Layer limit_inside_ = kHighestLayer;  // of the encoding that is forwarded
  std::uint32_t timestamp_offset_ = 0;  // output - source
  RtpTimestamp last_timestamp_;         // of the newest packet planned
  Instant last_captured_{};             // the same packet's content
  LayerFilter filter_;
  OutboundHeader header_;
  SequenceMap map_;

  // What sent() touches besides.
  bool nack_;
  std::int32_t resend_credit_bytes_ = 0;  // below 0 by what the last one took beyond it
  std::uint64_t packets_ = 0;
  std::uint64_t payload_bytes_ = 0;
  History history_;

  Layer preferred_ = kHighestLayer;
  std::uint32_t clock_rate_;
  ExtSeqNo next_rtx_;
  std::optional<RemoteReport> remote_;
  std::optional<Duration> path_rtt_;
  SendStamps stamps_;
  std::uint64_t resent_packets_ = 0;
  std::uint64_t resent_payload_bytes_ = 0;
};

}  // namespace consomme::media
