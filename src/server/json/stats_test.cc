#include "server/json/stats.h"

#include <boost/json/serialize.hpp>

namespace consomme::json {
namespace {

constexpr Instant kNow{1'700'000'000'123'456us};

std::string text(const ortc::Stats& stats) {
  return boost::json::serialize(to_json(stats, "x", kNow));
}

TEST(StatsJson, TellsOfEveryEncodingOfAProducer) {
  ortc::InboundRtpStats encoding;
  encoding.ssrc = Ssrc(7);
  encoding.rid = "r1";
  encoding.packets_received = 100;
  encoding.bytes_received = 90'000;
  encoding.packets_lost = -1;
  encoding.retransmitted_packets_received = 3;
  encoding.jitter = 2500us;
  encoding.nack_count = 4;
  encoding.pli_count = 5;
  encoding.fraction_lost = 0.5;
  encoding.round_trip_time = 40ms;
  encoding.bitrate = Bitrate(800'000);
  encoding.bitrate_by_layer = {{0, 0, Bitrate(500'000)}, {0, 1, Bitrate(800'000)}};
  encoding.frames_received = 30;
  encoding.freeze_count = 1;
  encoding.total_freezes_duration = 250ms;
  encoding.score = 9;
  encoding.remote = {.received = kNow - 400ms,
                     .remote_timestamp = kNow - 1h,
                     .packets_sent = 102,
                     .bytes_sent = 91'000,
                     .reports_sent = 6};
  const ortc::ProducerStats producer{ortc::MediaKind::kVideo, "video/VP8", 9, {{}, encoding}};
  const auto out = to_json(producer, "x", kNow);
  ASSERT_EQ(out.size(), 3u);
  EXPECT_EQ(boost::json::serialize(out[1]),
            R"({"type":"inbound-rtp","id":"x/1","timestamp":1700000000123,"ssrc":7,"rid":"r1","kind":"video",)"
            R"("mimeType":"video/VP8","packetsReceived":100,"bytesReceived":90000,"packetsLost":-1,)"
            R"("packetsDiscarded":0,"retransmittedPacketsReceived":3,"jitter":2.5E-3,"nackCount":4,"pliCount":5,)"
            R"("firCount":0,"fractionLost":5E-1,"roundTripTime":4E-2,"bitrate":800000,)"
            R"("bitrateByLayer":{"0.0":500000,"0.1":800000},"framesReceived":30,"freezeCount":1,)"
            R"("totalFreezesDuration":2.5E-1,"score":9,"remoteId":"x/1/remote"})");
  EXPECT_EQ(boost::json::serialize(out[2]),
            R"({"type":"remote-outbound-rtp","id":"x/1/remote","timestamp":1699999999723,"localId":"x/1","ssrc":7,)"
            R"("kind":"video","remoteTimestamp":1699996400123,"packetsSent":102,"bytesSent":91000,"reportsSent":6})");
  EXPECT_FALSE(out[0].get_object().contains("ssrc")) << "of an encoding that nothing came of yet";
  EXPECT_FALSE(out[0].get_object().contains("score"));
}

TEST(StatsJson, TellsNoTimeOfASenderWithoutAClock) {
  ortc::InboundRtpStats encoding;
  encoding.ssrc = Ssrc(7);
  encoding.remote = {.received = kNow, .remote_timestamp = {}, .reports_sent = 1};
  const auto out = to_json(ortc::ProducerStats{ortc::MediaKind::kAudio, "audio/opus", 10, {encoding}}, "x", kNow);
  ASSERT_EQ(out.size(), 2u);
  EXPECT_FALSE(out[1].get_object().contains("remoteTimestamp"));
}

TEST(StatsJson, TellsNoFramesOfSound) {
  const ortc::ProducerStats producer{ortc::MediaKind::kAudio, "audio/opus", 10, {{}}};
  const auto out = to_json(producer, "x", kNow);
  EXPECT_FALSE(out[0].get_object().contains("framesReceived"));
  EXPECT_FALSE(out[0].get_object().contains("roundTripTime")) << "not known yet";
}

TEST(StatsJson, TellsOfAConsumer) {
  ortc::ConsumerStats consumer;
  consumer.kind = ortc::MediaKind::kVideo;
  consumer.mime_type = "video/VP8";
  consumer.ssrc = Ssrc(9);
  consumer.packets_sent = 10;
  consumer.bytes_sent = 9000;
  consumer.fir_count = 2;
  consumer.remote = {.received = kNow - 1s,
                     .packets_lost = 1,
                     .fraction_lost = 0.25,
                     .jitter = 1ms,
                     .round_trip_time = 50ms,
                     .total_round_trip_time = 150ms,
                     .round_trip_time_measurements = 3};
  consumer.score = 8;
  consumer.producer_score = 10;
  consumer.current_layers = ortc::CurrentLayers{2, 1};
  EXPECT_EQ(text(consumer),
            R"([{"type":"outbound-rtp","id":"x","timestamp":1700000000123,"ssrc":9,"kind":"video",)"
            R"("mimeType":"video/VP8","packetsSent":10,"bytesSent":9000,"retransmittedPacketsSent":0,)"
            R"("retransmittedBytesSent":0,"nackCount":0,"pliCount":0,"firCount":2,"packetsLost":1,)"
            R"("fractionLost":2.5E-1,"jitter":1E-3,"roundTripTime":5E-2,"bitrate":0,"score":8,"producerScore":10,)"
            R"("currentLayers":{"spatialLayer":2,"temporalLayer":1},"remoteId":"x/remote"},)"
            R"({"type":"remote-inbound-rtp","id":"x/remote","timestamp":1699999999123,"localId":"x","ssrc":9,)"
            R"("kind":"video","packetsLost":1,"fractionLost":2.5E-1,"jitter":1E-3,"roundTripTime":5E-2,)"
            R"("totalRoundTripTime":1.5E-1,"roundTripTimeMeasurements":3}])");
}

TEST(StatsJson, TellsNothingOfAConsumerThatNobodyKnowsYet) {
  const auto out = to_json(ortc::ConsumerStats(), "x", kNow);
  EXPECT_EQ(out.size(), 1u);
  for (const char* const name :
       {"packetsLost", "fractionLost", "jitter", "roundTripTime", "score", "producerScore", "currentLayers"})
    EXPECT_FALSE(out[0].get_object().contains(name)) << name;
}

TEST(StatsJson, TellsOfATransport) {
  ortc::TransportStats transport;
  transport.ice_state = ortc::IceState::kCompleted;
  transport.dtls_state = ortc::DtlsState::kConnected;
  transport.selected = Tuple{{*IpAddress::parse("192.0.2.1"), 5000}, Protocol::kTcp, 0};
  transport.packets_sent = 1;
  transport.bytes_sent = 2;
  transport.packets_received = 3;
  transport.bytes_received = 4;
  transport.current_round_trip_time = 125ms;
  transport.available_outgoing_bitrate = Bitrate(600'000);
  EXPECT_EQ(text(transport),
            R"([{"type":"transport","id":"x","timestamp":1700000000123,"iceState":"completed",)"
            R"("dtlsState":"connected",)"
            R"("selectedTuple":{"remoteIp":"192.0.2.1","remotePort":5000,"protocol":"tcp"},"packetsSent":1,)"
            R"("bytesSent":2,"packetsReceived":3,"bytesReceived":4,"currentRoundTripTime":1.25E-1,)"
            R"("availableOutgoingBitrate":600000}])");
}

TEST(StatsJson, SaysNothingOfWhatHasEnded) {
  EXPECT_EQ(text(std::monostate()), "[]");
}

}  // namespace
}  // namespace consomme::json
