// A receiver as a browser has it: puts one stream in order, asks for what is missing, asks for a key frame until it has
// one, and keeps account of what came when.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/bytes.h"
#include "base/sequence.h"
#include "base/strong.h"
#include "base/time.h"
#include "sfu/wire/payload/codec.h"
#include "sfu/wire/payload/vp8.h"
#include "sfu/wire/rtcp_report.h"
#include "sfu/wire/rtp.h"

namespace consomme::sim {

struct SinkConfig {
  Ssrc ssrc;
  std::optional<Ssrc> rtx_ssrc;
  PayloadType payload_type;
  wire::Codec codec = wire::Codec::kOpus;
  bool video = true;
  std::optional<PayloadType> red_payload_type{};
  Duration round_trip = 100ms;  // between two asks for one packet
};

class Sink {
 public:
  explicit Sink(const SinkConfig& config) : config_(config) {}

  // A plaintext packet of the stream or of its RTX stream.
  void receive(Instant now, const wire::RtpView& rtp, ByteView packet);
  // What to ask for now.
  std::vector<SeqNo> expire(Instant now);
  void receive_sender_report(Instant now, const wire::SenderInfo& info) { sender_report_ = {info, now}; }
  // This stream's block of the next receiver report (RFC 3550 §6.4.1), without jitter. A repair is no arrival: what was
  // lost stays lost.
  wire::ReportBlock report(Instant now);
  // Video came that cannot be decoded, and nobody asked lately.
  bool wants_key_frame(Instant now);

  const SinkConfig& config() const { return config_; }
  struct Arrival {
    Instant at;
    RtpTimestamp timestamp;
    bool repaired = false;
  };
  // When a packet of this timestamp was captured, in the wall clock of the last sender report; only if there was one.
  Instant captured_at(RtpTimestamp timestamp, std::uint32_t clock_rate) const;
  // By the number in the payload, which the source gave it.
  const std::map<std::uint64_t, Arrival>& arrivals() const { return arrivals_; }
  std::uint64_t packets() const { return packets_; }  // of the stream itself, without RTX
  std::uint64_t duplicates() const { return duplicates_; }
  std::uint64_t repeated() const { return repeated_; }  // what came before under another sequence number
  std::uint64_t duplicates_of_asked() const { return duplicates_of_asked_; }  // others are padding
  std::size_t missing() const { return missing_.size(); }  // numbers of the output sequence that never came
  // Of a source that numbers its pictures and their layers: packets by temporal layer, and picture ids between the
  // first and the last that never came.
  std::uint64_t packets_of_layer(std::size_t temporal) const { return packets_of_layer_[temporal]; }
  std::size_t missing_pictures() const;
  // Pictures, all but the last, of which not the last packet and no other bears the marker.
  std::size_t ill_marked() const;
  std::optional<Instant> first_key_frame() const { return first_key_frame_; }
  bool began_with_key_frame() const { return began_with_key_frame_; }
  const std::vector<std::uint32_t>& timestamps() const { return timestamps_; }  // as they came, in order
  // Of sound: that can be played, since it came itself or was said again with the next; and packets that did so.
  const std::set<std::uint32_t>& heard() const { return heard_; }
  std::uint64_t redundant() const { return redundant_; }

 private:
  void count(const wire::Vp8Descriptor& vp8);
  ByteView hear(const wire::RtpView& rtp, ByteView payload);
  void take(ExtSeqNo seq, bool marker, ByteView payload, const Arrival& arrival);

  // What is known of the packets of one timestamp.
  struct Marks {
    int markers = 0;
    std::int64_t marked = 0;  // the last that bears one
    std::int64_t last = 0;
  };
  struct ReceivedReport {
    wire::SenderInfo info;
    Instant at;
  };

  SinkConfig config_;
  std::optional<ReceivedReport> sender_report_;
  SeqUnwrapper unwrapper_;
  std::optional<ExtSeqNo> highest_;
  std::map<std::int64_t, Instant> missing_;  // asked last
  std::set<std::int64_t> asked_;
  std::set<std::int64_t> seen_;
  std::map<std::uint64_t, Arrival> arrivals_;
  std::array<std::uint64_t, 4> packets_of_layer_{};
  std::set<std::uint16_t> pictures_;
  std::uint16_t first_picture_ = 0;
  std::uint64_t packets_ = 0;
  std::map<std::uint32_t, Marks> marks_;  // by timestamp
  std::int64_t first_ = 0;                // sequence number
  std::int64_t expected_prior_ = 0;
  std::int64_t received_prior_ = 0;
  std::uint64_t repeated_ = 0;
  std::uint64_t duplicates_ = 0;
  std::uint64_t duplicates_of_asked_ = 0;
  std::optional<Instant> first_key_frame_;
  std::optional<Instant> asked_key_frame_;
  bool began_with_key_frame_ = false;
  std::vector<std::uint32_t> timestamps_;
  std::set<std::uint32_t> heard_;
  std::uint64_t redundant_ = 0;
};

}  // namespace consomme::sim
