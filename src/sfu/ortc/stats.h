// Statistics of transports, producers and consumers, in the nouns of WebRTC's statistics API (W3C webrtc-stats), for
// clients to be told. Plain values, filled by a worker; what only negotiation knows is added by the control side.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/strong.h"
#include "base/time.h"
#include "sfu/ortc/parameters.h"

namespace consomme::ortc {

// What a receiver of one layer inside an encoding is sent: it and all below it. Of a codec without layers all is in
// layer 0, 0.
struct LayerBitrate {
  std::uint8_t spatial = 0;
  std::uint8_t temporal = 0;
  Bitrate bitrate;
};

// What a sender's reports say of what it has sent: remote-outbound-rtp.
struct RemoteOutboundStats {
  Instant received;                         // the last report
  std::optional<Instant> remote_timestamp;  // its sender's clock then; nullopt: it has none (RFC 3550 §6.4.1)
  std::uint64_t packets_sent = 0;
  std::uint64_t bytes_sent = 0;  // of payloads
  std::uint64_t reports_sent = 0;
};

// One encoding of a producer: inbound-rtp.
struct InboundRtpStats {
  std::optional<Ssrc> ssrc;  // nullopt: nothing has come yet
  std::string rid;           // may be empty
  std::uint64_t packets_received = 0;
  std::uint64_t bytes_received = 0;  // of payloads
  std::int64_t packets_lost = 0;
  std::uint64_t packets_discarded = 0;  // too late or not to be read; neither duplicates nor probes
  std::uint64_t retransmitted_packets_received = 0;
  Duration jitter{};
  std::uint64_t nack_count = 0;
  std::uint64_t pli_count = 0;
  std::uint64_t fir_count = 0;
  double fraction_lost = 0;
  std::optional<Duration> round_trip_time;
  Bitrate bitrate;
  std::vector<LayerBitrate> bitrate_by_layer;  // only those that come at present
  std::uint64_t frames_received = 0;           // this and the two below of video only
  std::uint64_t freeze_count = 0;
  Duration total_freezes_duration{};
  std::optional<std::uint8_t> score;          // nullopt: nothing has come yet, and may still come
  std::optional<RemoteOutboundStats> remote;  // nullopt: its sender has not reported yet
};

struct ProducerStats {
  MediaKind kind = MediaKind::kAudio;
  std::string mime_type;
  std::uint8_t score = 0;
  std::vector<InboundRtpStats> encodings;  // worst first
};

struct CurrentLayers {
  std::uint8_t spatial = 0;
  std::uint8_t temporal = 0;
};

// What a consumer's receiver says of what it gets: remote-inbound-rtp.
struct RemoteInboundStats {
  Instant received;  // the last report
  std::int64_t packets_lost = 0;
  double fraction_lost = 0;
  Duration jitter{};
  std::optional<Duration> round_trip_time;
  Duration total_round_trip_time{};
  std::uint64_t round_trip_time_measurements = 0;
};

// outbound-rtp, with what the receiver reports of it.
struct ConsumerStats {
  MediaKind kind = MediaKind::kAudio;
  std::string mime_type;
  Ssrc ssrc;
  std::uint64_t packets_sent = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t retransmitted_packets_sent = 0;
  std::uint64_t retransmitted_bytes_sent = 0;
  std::uint64_t nack_count = 0;
  std::uint64_t pli_count = 0;
  std::uint64_t fir_count = 0;
  std::optional<RemoteInboundStats> remote;  // nullopt: it has not reported yet
  Bitrate bitrate;
  std::optional<std::uint8_t> score;  // nullopt: nothing has been sent yet
  std::optional<std::uint8_t> producer_score;
  std::optional<CurrentLayers> current_layers;
};

enum class IceState : std::uint8_t { kNew, kConnected, kCompleted, kDisconnected };
enum class DtlsState : std::uint8_t { kNew, kConnecting, kConnected, kClosed, kFailed };

struct TransportStats {
  IceState ice_state = IceState::kNew;
  DtlsState dtls_state = DtlsState::kNew;
  std::optional<Tuple> selected;
  std::uint64_t packets_sent = 0;  // RTP and RTCP
  std::uint64_t bytes_sent = 0;
  std::uint64_t packets_received = 0;
  std::uint64_t bytes_received = 0;
  std::optional<Duration> current_round_trip_time;
  std::optional<Bitrate> available_outgoing_bitrate;  // nullopt: it has no consumers
};

// monostate: it has ended meanwhile.
using Stats = std::variant<std::monostate, TransportStats, ProducerStats, ConsumerStats>;

}  // namespace consomme::ortc
