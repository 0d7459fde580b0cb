#include "sfu/worker/stats.h"

#include <algorithm>

namespace consomme::worker {

namespace {

ortc::IceState to_ortc(ice::State state) {
  switch (state) {
    case ice::State::kNew:
      return ortc::IceState::kNew;
    case ice::State::kConnected:
      return ortc::IceState::kConnected;
    case ice::State::kCompleted:
      return ortc::IceState::kCompleted;
    case ice::State::kDisconnected:
      return ortc::IceState::kDisconnected;
  }
  return ortc::IceState::kNew;
}

ortc::DtlsState to_ortc(std::optional<dtls::State> state) {
  if (!state) return ortc::DtlsState::kNew;
  switch (*state) {
    case dtls::State::kNew:
      return ortc::DtlsState::kNew;
    case dtls::State::kHandshaking:
      return ortc::DtlsState::kConnecting;
    case dtls::State::kConnected:
      return ortc::DtlsState::kConnected;
    case dtls::State::kClosed:
      return ortc::DtlsState::kClosed;
    case dtls::State::kFailed:
      return ortc::DtlsState::kFailed;
  }
  return ortc::DtlsState::kNew;
}

// Of each layer with all below it. What brings nothing to what is below it does not come at present.
std::vector<ortc::LayerBitrate> by_layer(Instant now, media::InboundStream& stream) {
  std::vector<ortc::LayerBitrate> layers;
  if (!stream.active(now)) return layers;
  const auto rate = [&](int spatial, int temporal) {
    if (spatial < 0 || temporal < 0) return Bitrate(0);
    return stream.bitrate(now, {static_cast<std::uint8_t>(spatial), static_cast<std::uint8_t>(temporal)});
  };
  for (std::uint8_t spatial = 0; spatial < stream.spatial_layers(now); ++spatial)
    for (std::uint8_t temporal = 0; temporal < stream.temporal_layers(now); ++temporal) {
      const Bitrate below = temporal == 0 ? rate(spatial - 1, 0) : rate(spatial, temporal - 1);
      if (const Bitrate all = rate(spatial, temporal); all != below) layers.push_back({spatial, temporal, all});
    }
  return layers;
}

ortc::RemoteOutboundStats told_by(const media::LastSenderReport& report) {
  const wire::SenderInfo& info = report.info;
  const bool has_clock = info.ntp != NtpTime();
  return {.received = report.received,
          .remote_timestamp = has_clock ? std::optional(info.ntp.to_instant()) : std::nullopt,
          .packets_sent = info.packets,
          .bytes_sent = info.payload_bytes,
          .reports_sent = report.count};
}

ortc::RemoteInboundStats told_by(const media::RemoteReport& report) {
  return {.received = report.received,
          .packets_lost = report.cumulative_lost,
          .fraction_lost = report.fraction_lost,
          .jitter = report.jitter,
          .round_trip_time = report.rtt(),
          .total_round_trip_time = report.total_rtt,
          .round_trip_time_measurements = report.rtt_measurements};
}

ortc::InboundRtpStats stats_of_encoding(Instant now, media::InboundStream& stream, bool asks_by_pli) {
  const media::InboundCounts& counts = stream.counts();
  ortc::InboundRtpStats stats;
  stats.ssrc = stream.ssrc();
  stats.packets_received = counts.packets;
  stats.bytes_received = counts.payload_bytes;
  stats.packets_lost = stream.last_packet() ? stream.cumulative_lost() : 0;
  stats.packets_discarded = counts.discarded;
  stats.retransmitted_packets_received = counts.repaired;
  stats.jitter = stream.jitter();
  stats.nack_count = counts.nacks;
  (asks_by_pli ? stats.pli_count : stats.fir_count) = counts.key_frame_requests;
  stats.fraction_lost = stream.fraction_lost();
  stats.round_trip_time = stream.rtt();
  stats.bitrate = stream.bitrate(now);
  stats.bitrate_by_layer = by_layer(now, stream);
  stats.frames_received = stream.frame_gaps().frames();
  stats.freeze_count = stream.frame_gaps().freezes();
  stats.total_freezes_duration = stream.frame_gaps().frozen();
  if (const auto& report = stream.sender_report()) stats.remote = told_by(*report);
  return stats;
}

}  // namespace

ortc::TransportStats stats_of(const Peer& peer) {
  const transport::Transport& transport = peer.transport;
  const transport::Traffic& traffic = transport.traffic();
  ortc::TransportStats stats;
  stats.ice_state = to_ortc(transport.ice_state());
  stats.dtls_state = to_ortc(transport.dtls_state());
  if (const Tuple* const tuple = transport.selected()) stats.selected = *tuple;
  stats.packets_sent = traffic.packets_sent;
  stats.bytes_sent = traffic.bytes_sent;
  stats.packets_received = traffic.packets_received;
  stats.bytes_received = traffic.bytes_received;
  stats.current_round_trip_time = peer.rtt;
  if (!peer.consumers.empty()) stats.available_outgoing_bitrate = transport.estimator().estimate();
  return stats;
}

ortc::ProducerStats stats_of(Instant now, router::Producer& producer) {
  ortc::ProducerStats stats;
  for (std::size_t i = 0; i < producer.encodings.size(); ++i) {
    stats.encodings.push_back(stats_of_encoding(now, producer.encodings[i], producer.takes_pli));
    stats.encodings.back().rid = producer.rids[i];
    if (producer.told_score) stats.encodings.back().score = producer.encodings[i].score();
  }
  stats.score = producer.told_score.value_or(0);
  return stats;
}

ortc::ConsumerStats stats_of(const router::Consumer& consumer) {
  const media::OutboundStream& stream = consumer.stream;
  ortc::ConsumerStats stats;
  stats.ssrc = stream.header().ssrc;
  stats.packets_sent = stream.packets() + stream.resent_packets();
  stats.bytes_sent = stream.payload_bytes() + stream.resent_payload_bytes();
  stats.retransmitted_packets_sent = stream.resent_packets();
  stats.retransmitted_bytes_sent = stream.resent_payload_bytes();
  stats.nack_count = consumer.nacks;
  stats.pli_count = consumer.plis;
  stats.fir_count = consumer.firs;
  if (const auto& report = stream.remote_report()) stats.remote = told_by(*report);
  if (consumer.holds == 0) stats.bitrate = consumer.quality.bitrate();
  if (consumer.told_scores) {
    stats.score = consumer.told_scores->first;
    stats.producer_score = consumer.told_scores->second;
  }
  if (const auto layer = stream.current()) stats.current_layers = ortc::CurrentLayers{layer->spatial, layer->temporal};
  return stats;
}

}  // namespace consomme::worker
