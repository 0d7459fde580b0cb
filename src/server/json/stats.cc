#include "server/json/stats.h"

#include <array>
#include <string_view>

namespace consomme::json {
namespace {

using boost::json::array;
using boost::json::object;

// In the order of their enums.
constexpr std::array<std::string_view, 4> kIceStates{"new", "connected", "completed", "disconnected"};
constexpr std::array<std::string_view, 5> kDtlsStates{"new", "connecting", "connected", "closed", "failed"};
constexpr std::array<std::string_view, 2> kProtocols{"udp", "tcp"};

std::string_view word_of(const auto& words, auto value) {
  return words[static_cast<std::size_t>(value)];
}

double seconds(Duration span) {
  return static_cast<double>(span.count()) / 1e9;
}

std::int64_t milliseconds(Instant at) {
  return at.time_since_epoch() / 1ms;
}

object head(std::string_view type, const std::string& id, Instant at) {
  return {{"type", type}, {"id", id}, {"timestamp", milliseconds(at)}};
}

std::string remote_id(const std::string& id) {
  return id + "/remote";
}

void put_round_trip(object& out, std::string_view name, std::optional<Duration> span) {
  if (span) out[name] = seconds(*span);
}

object layers_to_json(const std::vector<ortc::LayerBitrate>& layers) {
  object out;
  for (const ortc::LayerBitrate& layer : layers)
    out[std::to_string(layer.spatial) + "." + std::to_string(layer.temporal)] = layer.bitrate.value();
  return out;
}

object encoding_to_json(const ortc::InboundRtpStats& stats, const ortc::ProducerStats& producer, object out) {
  if (stats.ssrc) out["ssrc"] = stats.ssrc->value();
  if (!stats.rid.empty()) out["rid"] = stats.rid;
  out["kind"] = ortc::to_string(producer.kind);
  out["mimeType"] = producer.mime_type;
  out["packetsReceived"] = stats.packets_received;
  out["bytesReceived"] = stats.bytes_received;
  out["packetsLost"] = stats.packets_lost;
  out["packetsDiscarded"] = stats.packets_discarded;
  out["retransmittedPacketsReceived"] = stats.retransmitted_packets_received;
  out["jitter"] = seconds(stats.jitter);
  out["nackCount"] = stats.nack_count;
  out["pliCount"] = stats.pli_count;
  out["firCount"] = stats.fir_count;
  out["fractionLost"] = stats.fraction_lost;
  put_round_trip(out, "roundTripTime", stats.round_trip_time);
  out["bitrate"] = stats.bitrate.value();
  out["bitrateByLayer"] = layers_to_json(stats.bitrate_by_layer);
  if (producer.kind == ortc::MediaKind::kVideo) {
    out["framesReceived"] = stats.frames_received;
    out["freezeCount"] = stats.freeze_count;
    out["totalFreezesDuration"] = seconds(stats.total_freezes_duration);
  }
  if (stats.score) out["score"] = *stats.score;
  return out;
}

object remote_to_json(const ortc::RemoteOutboundStats& stats, object out) {
  if (stats.remote_timestamp) out["remoteTimestamp"] = milliseconds(*stats.remote_timestamp);
  out["packetsSent"] = stats.packets_sent;
  out["bytesSent"] = stats.bytes_sent;
  out["reportsSent"] = stats.reports_sent;
  return out;
}

object remote_to_json(const ortc::RemoteInboundStats& stats, object out) {
  out["packetsLost"] = stats.packets_lost;
  out["fractionLost"] = stats.fraction_lost;
  out["jitter"] = seconds(stats.jitter);
  put_round_trip(out, "roundTripTime", stats.round_trip_time);
  out["totalRoundTripTime"] = seconds(stats.total_round_trip_time);
  out["roundTripTimeMeasurements"] = stats.round_trip_time_measurements;
  return out;
}

// What the other end says of a stream, beside what we say of it. Its time is when it was heard (webrtc-stats, timestamp
// of RTCStats).
template <class Remote>
void put_remote(array& out, std::string_view type, object& local, const Remote& remote) {
  const std::string id(local["id"].as_string());
  local["remoteId"] = remote_id(id);
  object said = head(type, remote_id(id), remote.received);
  said["localId"] = id;
  said["ssrc"] = local["ssrc"];
  said["kind"] = local["kind"];
  out.push_back(remote_to_json(remote, std::move(said)));
}

array report(const ortc::ProducerStats& stats, const std::string& id, Instant now) {
  array out;
  array remotes;
  for (std::size_t i = 0; i < stats.encodings.size(); ++i) {
    const ortc::InboundRtpStats& encoding = stats.encodings[i];
    object local = encoding_to_json(encoding, stats, head("inbound-rtp", id + "/" + std::to_string(i), now));
    if (encoding.remote) put_remote(remotes, "remote-outbound-rtp", local, *encoding.remote);
    out.push_back(std::move(local));
  }
  out.insert(out.end(), remotes.begin(), remotes.end());
  return out;
}

array report(const ortc::ConsumerStats& stats, const std::string& id, Instant now) {
  object out = head("outbound-rtp", id, now);
  out["ssrc"] = stats.ssrc.value();
  out["kind"] = ortc::to_string(stats.kind);
  out["mimeType"] = stats.mime_type;
  out["packetsSent"] = stats.packets_sent;
  out["bytesSent"] = stats.bytes_sent;
  out["retransmittedPacketsSent"] = stats.retransmitted_packets_sent;
  out["retransmittedBytesSent"] = stats.retransmitted_bytes_sent;
  out["nackCount"] = stats.nack_count;
  out["pliCount"] = stats.pli_count;
  out["firCount"] = stats.fir_count;
  // Front ends of mediasoup look for these here, beside what is sent.
  if (const auto& remote = stats.remote) {
    out["packetsLost"] = remote->packets_lost;
    out["fractionLost"] = remote->fraction_lost;
    out["jitter"] = seconds(remote->jitter);
    put_round_trip(out, "roundTripTime", remote->round_trip_time);
  }
  out["bitrate"] = stats.bitrate.value();
  if (stats.score) out["score"] = *stats.score;
  if (stats.producer_score) out["producerScore"] = *stats.producer_score;
  if (stats.current_layers)
    out["currentLayers"] =
        object{{"spatialLayer", stats.current_layers->spatial}, {"temporalLayer", stats.current_layers->temporal}};
  array remotes;
  if (stats.remote) put_remote(remotes, "remote-inbound-rtp", out, *stats.remote);
  remotes.insert(remotes.begin(), std::move(out));
  return remotes;
}

array report(const ortc::TransportStats& stats, const std::string& id, Instant now) {
  object out = head("transport", id, now);
  out["iceState"] = word_of(kIceStates, stats.ice_state);
  out["dtlsState"] = word_of(kDtlsStates, stats.dtls_state);
  if (stats.selected)
    out["selectedTuple"] = object{{"remoteIp", stats.selected->remote.ip.to_string()},
                                  {"remotePort", stats.selected->remote.port},
                                  {"protocol", word_of(kProtocols, stats.selected->protocol)}};
  out["packetsSent"] = stats.packets_sent;
  out["bytesSent"] = stats.bytes_sent;
  out["packetsReceived"] = stats.packets_received;
  out["bytesReceived"] = stats.bytes_received;
  put_round_trip(out, "currentRoundTripTime", stats.current_round_trip_time);
  if (stats.available_outgoing_bitrate) out["availableOutgoingBitrate"] = stats.available_outgoing_bitrate->value();
  return {std::move(out)};
}

array report(std::monostate, const std::string&, Instant) {
  return {};
}

}  // namespace

array to_json(const ortc::Stats& stats, const std::string& id, Instant now) {
  return std::visit([&](const auto& s) { return report(s, id, now); }, stats);
}

}  // namespace consomme::json
