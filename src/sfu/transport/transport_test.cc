#include "sfu/transport/transport.h"

#include "sfu/transport/testing.h"
#include "sfu/wire/rtcp_feedback.h"
#include "sfu/wire/rtcp_report.h"
#include "sfu/wire/twcc.h"

namespace consomme::transport {
namespace {

using testing::Bytes;
using testing::kStart;
using testing::tuple;

const ice::Credentials kLocal{"ourfragment", "a password of 22 chars"};
constexpr Ssrc kUs{7};
constexpr Ssrc kCamera{10};

class TransportTest : public ::testing::Test {
 protected:
  TransportTest() { transport_.announce({ProducerId(1), "0", {{kCamera, {}, ""}}, {}, testing::extension_ids()}); }

  Received receive(const Bytes& bytes) { return receive_from(peer_.at(), bytes); }
  Received receive_from(const Tuple& from, const Bytes& bytes) {
    Received got = transport_.receive(now_, {from, bytes}, out_);
    deliver();
    return got;
  }
  // What was sent reaches the peer, if it went to it.
  void deliver() {
    for (const auto& entry : out_.entries()) {
      sent_to_.push_back(entry.to);
      if (entry.to != peer_.at()) continue;
      const ByteView bytes = out_.bytes(entry);
      if (packet_kind(bytes) == PacketKind::kDtls) ++dtls_sent_;
      peer_.receive(now_, bytes);
    }
    out_.clear();
  }
  void flush() {
    while (!transport_.flush(now_, out_)) deliver();
    deliver();
  }
  void connect_transport() {
    transport_.connect(now_, dtls::Role::kServer, peer_.fingerprints(), out_);
    deliver();
  }
  // True when the last flight connected it.
  bool shake_hands() {
    bool changed = false;
    peer_.start_dtls(now_, certificate_.fingerprints());
    for (int round = 0; round < 6; ++round)
      for (const Bytes& bytes : peer_.take_dtls()) changed |= receive(bytes).state_changed;
    return changed;
  }
  void connect() {
    connect_transport();
    receive(peer_.check());
    ASSERT_TRUE(shake_hands());
    ASSERT_EQ(transport_.state(), State::kConnected);
    ASSERT_TRUE(peer_.connected());
    sent_to_.clear();
    peer_.take(PacketKind::kStun);
  }
  // A packet that came, as others are sent it.
  media::PacketRef packet(std::uint16_t seq) {
    Received got = receive(peer_.protect_rtp({.ssrc = kCamera, .seq = seq}));
    return got.packet.publish();
  }
  media::OutboundStream stream() {
    return media::OutboundStream({.header = {.ssrc = Ssrc(99),
                                             .payload_type = PayloadType(111),
                                             .extensions = {HeaderExtension::kTransportWideCc},
                                             .mid = media::Mid("0")}});
  }

  media::OutboundStream base_layer_without_rtx() {
    media::OutboundStream to({.header = {.ssrc = Ssrc(99), .payload_type = PayloadType(101)},
                              .codec = wire::Codec::kVp8,
                              .clock_rate = 90000,
                              .nack = true});
    to.set_limit(media::Layer{0, 0});
    return to;
  }

  // Of nearly 5 Mbit/s for a second all arrives; the estimate then.
  Bitrate show_wide_link() {
    bwe::Estimator& estimator = transport_.estimator();
    std::vector<wire::TwccArrival> arrivals;
    for (std::int64_t seq = estimator.next_seq().value(); arrivals.size() < 500; now_ += 2ms) {
      arrivals.push_back({ExtSeqNo(seq++), now_});
      estimator.sent(now_, 1200);
    }
    std::array<std::uint8_t, kMaxDatagramBytes> bytes;
    ByteWriter writer(bytes);
    EXPECT_EQ(wire::write_twcc(writer, {Ssrc(1), Ssrc(2), 0}, arrivals), arrivals.size());
    wire::RtcpReader reader(writer.written());
    const auto packet = reader.next();
    estimator.receive(now_, *wire::parse_twcc(*packet));
    return estimator.estimate();
  }

  // A whole picture of VP8 that came; RFC 7741 §4.2: X, S, then I, L and T, and the three that they announce.
  struct Vp8 {
    std::uint8_t picture_id = 0;
    std::uint8_t tl0_pic_idx = 0;
    std::uint8_t temporal_layer = 0;
    bool key_frame = false;
  };
  media::PacketRef vp8_packet(std::uint16_t seq, Vp8 picture) {
    const Bytes bytes = testing::make_rtp({.ssrc = Ssrc(1),
                                           .seq = seq,
                                           .timestamp = 3000U * seq,
                                           .payload = {0x90, 0xe0, picture.picture_id, picture.tl0_pic_idx,
                                                       static_cast<std::uint8_t>(picture.temporal_layer << 6),
                                                       static_cast<std::uint8_t>(picture.key_frame ? 0 : 1), 9, 9}});
    media::PacketBuilder packet = pool_.acquire();
    std::ranges::copy(bytes, packet.room().begin());
    packet->size = static_cast<std::uint16_t>(bytes.size());
    packet->rtp = *wire::parse_rtp(packet->bytes());
    packet->seq = ExtSeqNo(seq);
    packet->timestamp = ExtTimestamp(3000 * seq);
    packet->received = packet->captured = now_;
    packet->info = wire::inspect_payload(wire::Codec::kVp8, packet->payload()).value();
    return packet.publish();
  }
  // What goes out for a packet, and then for a NACK of it.
  std::pair<Bytes, Bytes> sent_twice(const media::PacketRef& packet, const media::Rewrite& rewrite,
                                     media::OutboundStream& to) {
    const auto sent_by = [&](auto queue) {
      queue();
      transport_.flush(now_, out_);
      const ByteView bytes = out_.entries().size() == 1 ? out_.bytes(out_.entries()[0]) : ByteView();
      Bytes copy(bytes.begin(), bytes.end());
      out_.clear();
      return copy;
    };
    const Bytes first = sent_by([&] { transport_.queue(packet, rewrite, to); });
    now_ += 200ms;
    std::vector<media::Resend> resends;
    const SeqNo lost = truncate(rewrite.seq);
    to.receive_nack(now_, {&lost, 1}, {}, resends);
    return {first, resends.size() == 1 ? sent_by([&] { transport_.queue(resends[0], to); }) : Bytes()};
  }

  Instant now_ = kStart;
  dtls::Certificate certificate_ = testing::make_certificate();
  dtls::Context context_ = std::move(*dtls::Context::make(certificate_));
  srtp::CryptoEngine crypto_ = std::move(*srtp::CryptoEngine::make());
  media::PacketPool pool_{64};
  DropCounters drops_;
  Shared shared_{context_, crypto_, pool_, drops_, {}};
  Transport transport_{shared_, kLocal, kUs};
  testing::Peer peer_{tuple(1), kLocal};
  SendBatch out_{16};
  std::vector<Tuple> sent_to_;
  int dtls_sent_ = 0;
};

TEST_F(TransportTest, AnswersNothingButChecksBeforeAnAuthenticatedOne) {
  connect_transport();
  peer_.start_dtls(now_, certificate_.fingerprints());
  for (const Bytes& hello : peer_.take_dtls()) receive(hello);
  receive(testing::make_check({kLocal.ufrag, "a guess"}));
  EXPECT_TRUE(sent_to_.empty());
  EXPECT_EQ(drops_[Drop::kTupleNotValidated], 1U);
  EXPECT_EQ(drops_[Drop::kIceUnauthenticated], 1U);
  EXPECT_TRUE(receive(peer_.check()).tuple_validated);
  EXPECT_EQ(sent_to_, std::vector{peer_.at()});
}

TEST_F(TransportTest, DropsTheClientHelloOfAStrangerAndServesItsPeer) {
  connect_transport();
  receive(peer_.check());
  testing::Peer mallory(tuple(2), kLocal);
  mallory.start_dtls(now_, certificate_.fingerprints());
  for (const Bytes& hello : mallory.take_dtls()) receive_from(mallory.at(), hello);
  EXPECT_EQ(dtls_sent_, 0);
  EXPECT_EQ(drops_[Drop::kTupleNotValidated], 1U);
  EXPECT_TRUE(shake_hands());
  EXPECT_EQ(transport_.state(), State::kConnected);
}

TEST_F(TransportTest, AnswersAHandshakeThatBeganBeforeItWasConnectedAsSoonAsItIs) {
  receive(peer_.check());
  peer_.start_dtls(now_, certificate_.fingerprints());
  for (const Bytes& hello : peer_.take_dtls()) receive(hello);
  EXPECT_EQ(dtls_sent_, 0) << "without the fingerprints of signaling nothing is answered";
  connect_transport();
  EXPECT_GT(dtls_sent_, 0) << "the peer's timer need not fire";
  for (int round = 0; round < 6; ++round)
    for (const Bytes& bytes : peer_.take_dtls()) receive(bytes);
  EXPECT_EQ(transport_.state(), State::kConnected);
}

TEST_F(TransportTest, HoldsAFewEarlyDatagramsOfItsPeerAndNoneOfStrangers) {
  receive(peer_.check());
  const Bytes record{22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0};
  for (int i = 0; i < 100; ++i) receive(record);
  receive_from(tuple(2), record);
  EXPECT_EQ(drops_[Drop::kDtlsTooEarly], 96U);
  EXPECT_EQ(drops_[Drop::kTupleNotValidated], 1U);
  connect_transport();
  EXPECT_TRUE(shake_hands());
}

TEST_F(TransportTest, FailsWhenTheCertificateIsNotTheOneOfSignaling) {
  transport_.connect(now_, dtls::Role::kServer, testing::Peer(tuple(3), kLocal).fingerprints(), out_);
  receive(peer_.check());
  EXPECT_TRUE(shake_hands());
  EXPECT_EQ(transport_.state(), State::kDtlsFailed);
  EXPECT_FALSE(transport_.can_send());
}

TEST_F(TransportTest, AsDtlsClientSpeaksAsSoonAsATupleIsValidated) {
  transport_.connect(now_, dtls::Role::kClient, peer_.fingerprints(), out_);
  EXPECT_TRUE(out_.empty());
  transport_.receive(now_, {peer_.at(), peer_.check()}, out_);
  ASSERT_EQ(out_.entries().size(), 2U);
  EXPECT_EQ(packet_kind(out_.bytes(out_.entries()[0])), PacketKind::kStun);
  EXPECT_EQ(packet_kind(out_.bytes(out_.entries()[1])), PacketKind::kDtls);
}

TEST_F(TransportTest, HandsOutAuthenticPacketsWithTheirStream) {
  connect();
  Received got = receive(peer_.protect_rtp({.ssrc = kCamera, .seq = 5, .mid = "0"}));
  ASSERT_TRUE(got.packet);
  EXPECT_EQ(got.match.producer, ProducerId(1));
  EXPECT_EQ(got.packet->rtp.seq, SeqNo(5));
  EXPECT_EQ(as_text(got.packet->extension(HeaderExtension::kMid)), "0");
  EXPECT_EQ(got.packet->received, now_);
}

TEST_F(TransportTest, TakesMediaFromNoAddressButItsPeers) {
  connect();
  const Bytes media = peer_.protect_rtp({.ssrc = kCamera, .seq = 5});
  EXPECT_FALSE(receive_from(tuple(2), media).packet);  // the very bytes, from elsewhere
  EXPECT_EQ(drops_[Drop::kTupleNotValidated], 1U);
  EXPECT_TRUE(receive(media).packet);
}

TEST_F(TransportTest, KeepsTheStateOfAMutedStreamWhileProducersComeAndGo) {
  connect();
  const Bytes late = peer_.protect_rtp({.ssrc = kCamera, .seq = 5});
  const Bytes media = peer_.protect_rtp({.ssrc = kCamera, .seq = 6});
  EXPECT_TRUE(receive(media).packet);
  for (std::uint32_t n = 100; n < 100 + 2 * srtp::Inbound::kMaxSsrcs; ++n) {
    transport_.announce({ProducerId(n), std::to_string(n), {{Ssrc(n), {}, ""}}, {}, testing::extension_ids()});
    EXPECT_TRUE(receive(peer_.protect_rtp({.ssrc = Ssrc(n), .seq = 1})).packet);
    transport_.withdraw(ProducerId(n));
  }
  EXPECT_FALSE(receive(media).packet);
  EXPECT_EQ(drops_[Drop::kSrtpReplay], 1U);
  EXPECT_TRUE(receive(late).packet);
}

TEST_F(TransportTest, CountsWhyItDropsSrtp) {
  const Bytes early = {0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 10, 1, 2, 3, 4};
  receive(peer_.check());
  receive(early);
  EXPECT_EQ(drops_[Drop::kSrtpNoKeys], 1U);
  connect();
  Bytes media = peer_.protect_rtp({.ssrc = kCamera, .seq = 5});
  receive(media);
  receive(media);
  EXPECT_EQ(drops_[Drop::kSrtpReplay], 1U);
  media = peer_.protect_rtp({.ssrc = kCamera, .seq = 6});
  media.back() ^= 1;
  receive(media);
  EXPECT_EQ(drops_[Drop::kSrtpAuthentication], 1U);
  receive(peer_.protect_rtp({.ssrc = Ssrc(12345), .seq = 7}));
  EXPECT_EQ(drops_[Drop::kRtpNoStream], 1U);
  receive({200, 1, 2, 3});
  receive({64, 0});
  receive({});
  EXPECT_EQ(drops_[Drop::kUnknownKind], 3U);
  EXPECT_EQ(pool_.in_use(), 0U);
}

TEST_F(TransportTest, RefusesPacketsWhenThePoolIsEmptyAndGoesOnWhenItIsNot) {
  connect();
  std::vector<media::PacketRef> held;
  for (std::uint16_t seq = 1; seq <= 64; ++seq) held.push_back(packet(seq));
  receive(peer_.protect_rtp({.ssrc = kCamera, .seq = 65}));
  EXPECT_EQ(drops_[Drop::kPoolExhausted], 1U);
  held.clear();
  EXPECT_TRUE(receive(peer_.protect_rtp({.ssrc = kCamera, .seq = 66})).packet);
}

TEST_F(TransportTest, SendsOnlyToTheTupleThatThePeerSelected) {
  connect();
  const media::PacketRef media = packet(1);
  media::OutboundStream to = stream();
  receive_from(tuple(2), peer_.check(false));  // another path that works
  sent_to_.clear();
  transport_.queue(media, {ExtSeqNo(1), RtpTimestamp(0)}, to);
  flush();
  EXPECT_EQ(sent_to_, std::vector{peer_.at()});
  sent_to_.clear();
  const Tuple before = peer_.at();
  peer_.move_to(tuple(2));
  receive(peer_.check(true));
  sent_to_.clear();
  transport_.queue(media, {ExtSeqNo(2), RtpTimestamp(0)}, to);
  flush();
  EXPECT_EQ(sent_to_, std::vector{tuple(2)});
  EXPECT_TRUE(transport_.validated(before));
}

TEST_F(TransportTest, SendsWhereAuthenticReportsComeFrom) {
  connect();
  media::OutboundStream to = stream();
  const Tuple other = tuple(2);
  receive_from(other, peer_.check(true));  // nominated as well, but the peer goes on to use the first
  const media::PacketRef media = packet(1);
  const Bytes report = {0x80, 201, 0, 1, 0, 0, 0, 9};  // of a receiver that has received nothing yet
  receive(peer_.protect_rtcp(report));
  Bytes spoiled = peer_.protect_rtcp(report);
  spoiled.back() ^= 1;
  receive_from(other, spoiled);
  sent_to_.clear();
  transport_.queue(media, {ExtSeqNo(1), RtpTimestamp(0)}, to);
  flush();
  EXPECT_EQ(sent_to_, std::vector{peer_.at()});

  receive_from(other, peer_.protect_rtcp(report));
  sent_to_.clear();
  transport_.queue(media, {ExtSeqNo(2), RtpTimestamp(0)}, to);
  flush();
  EXPECT_EQ(sent_to_, std::vector{other});
}

TEST_F(TransportTest, BeginsItsEstimateAnewWhereReportsComeFromAnotherAddress) {
  connect();
  const Bitrate known = show_wide_link();
  ASSERT_GT(known, bwe::Estimator::kLimits.start);
  const auto estimate = [&] { return transport_.estimator().estimate(); };
  const Bytes report = {0x80, 201, 0, 1, 0, 0, 0, 9};
  receive(peer_.protect_rtcp(report));
  EXPECT_EQ(estimate(), known) << "the first report tells nothing";
  receive(peer_.protect_rtcp(report));
  EXPECT_EQ(estimate(), known);

  const Tuple other_port = tuple(2);
  receive_from(other_port, peer_.check(true));
  receive_from(other_port, peer_.protect_rtcp(report));
  ASSERT_EQ(*transport_.selected(), other_port);
  EXPECT_EQ(estimate(), known) << "the path is the same";

  const Tuple other_address{{IpAddress::v4(0xc0000208), 1}, Protocol::kUdp, 0};
  receive_from(other_address, peer_.check(true));
  ASSERT_EQ(*transport_.selected(), other_address);
  EXPECT_EQ(estimate(), known) << "it may never be used";
  receive_from(other_address, peer_.protect_rtcp(report));
  EXPECT_EQ(estimate(), bwe::Estimator::kLimits.start);

  show_wide_link();
  receive_from(other_address, peer_.protect_rtcp(report));
  EXPECT_EQ(estimate(), known) << "that was once";
}

// A check with a forged source, and there is somebody who never asked for it.
TEST_F(TransportTest, SoonSendsNoMediaToATupleThatOnlyAChecksSourceSpeaksFor) {
  connect();
  media::OutboundStream to = stream();
  const media::PacketRef media = packet(1);
  const Tuple other = tuple(2);
  std::int64_t seq = 0;
  const auto sent_at = [&](Duration later) {
    now_ += later;
    sent_to_.clear();
    transport_.queue(media, {ExtSeqNo(++seq), RtpTimestamp(0)}, to);
    flush();
    return sent_to_;
  };
  receive_from(other, peer_.check(true));
  EXPECT_EQ(sent_at(0s), std::vector{other}) << "a client that moves has no gap";
  EXPECT_EQ(sent_at(9s), std::vector{other});
  EXPECT_EQ(sent_at(1s), std::vector<Tuple>{});
  EXPECT_EQ(drops_[Drop::kNotSendable], 1U);
  receive_from(other, peer_.check(true));
  receive_from(tuple(3), peer_.check(true));
  EXPECT_EQ(sent_at(0s), std::vector<Tuple>{}) << "another forged one buys nothing";
  EXPECT_TRUE(transport_.can_send()) << "RTCP goes on";

  const Bytes report = {0x80, 201, 0, 1, 0, 0, 0, 9};
  receive_from(other, peer_.protect_rtcp(report));
  EXPECT_EQ(sent_at(0s), std::vector{other});
  EXPECT_EQ(sent_at(25s), std::vector{other}) << "from then on consent decides";
}

// Who receives nothing has nothing to report.
TEST_F(TransportTest, GoesOnSendingWhereTheHandshakeWasForAsLongAsThereIsConsent) {
  connect();
  media::OutboundStream to = stream();
  const media::PacketRef media = packet(1);
  now_ += 29s;
  transport_.queue(media, {ExtSeqNo(1), RtpTimestamp(0)}, to);
  flush();
  EXPECT_EQ(sent_to_, std::vector{peer_.at()});
}

TEST_F(TransportTest, ShakesHandsWhereTheHelloComesFrom) {
  connect_transport();
  receive(peer_.check(true));
  receive_from(tuple(2), peer_.check(true));
  peer_.start_dtls(now_, certificate_.fingerprints());
  sent_to_.clear();
  for (const Bytes& hello : peer_.take_dtls()) receive(hello);
  EXPECT_GT(dtls_sent_, 0);
  EXPECT_THAT(sent_to_, ::testing::Each(peer_.at()));
}

TEST_F(TransportTest, NumbersWhatItSendsTransportWide) {
  connect();
  const media::PacketRef media = packet(1);
  media::OutboundStream to = stream();
  for (int i = 1; i <= 3; ++i) transport_.queue(media, {ExtSeqNo(i), RtpTimestamp(0)}, to);
  flush();
  wire::ExtensionIds ids;
  ids.set(ExtensionId(5), HeaderExtension::kTransportWideCc);
  std::vector<int> numbers;
  for (const Bytes& plain : peer_.take(PacketKind::kRtp)) {
    const auto view = wire::parse_rtp(plain);
    const auto slice =
        wire::read_extensions(plain, *view, ids)[static_cast<std::size_t>(HeaderExtension::kTransportWideCc)];
    numbers.push_back(static_cast<int>(load_be<2>(plain.data() + slice.offset)));
  }
  EXPECT_EQ(numbers, (std::vector{0, 1, 2}));
}

TEST_F(TransportTest, SendsAPacketAgainToTheByteWhereThereIsNoRtx) {
  connect();
  const media::PacketRef media = packet(1);
  media::OutboundStream to({.header = {.ssrc = Ssrc(99),
                                       .payload_type = PayloadType(111),
                                       .extensions = {HeaderExtension::kMid, HeaderExtension::kAbsSendTime,
                                                      HeaderExtension::kTransportWideCc},
                                       .mid = media::Mid("0")},
                            .nack = true});
  const auto rewrite = to.plan(*media, 0);
  ASSERT_TRUE(rewrite);
  const auto [first, second] = sent_twice(media, *rewrite, to);
  EXPECT_FALSE(first.empty());
  EXPECT_EQ(second, first) << "or a nonce would have met two packets";
}

TEST_F(TransportTest, SendsARewrittenDescriptorAgainToTheByteWhereThereIsNoRtx) {
  connect();
  media::OutboundStream to = base_layer_without_rtx();
  ASSERT_TRUE(to.plan(*vp8_packet(10, {.picture_id = 5, .tl0_pic_idx = 1, .key_frame = true}), 0));
  ASSERT_FALSE(to.plan(*vp8_packet(11, {.picture_id = 6, .tl0_pic_idx = 1, .temporal_layer = 1}), 0));
  const media::PacketRef media = vp8_packet(12, {.picture_id = 7, .tl0_pic_idx = 2});
  const auto rewrite = to.plan(*media, 0);
  ASSERT_TRUE(rewrite);
  ASSERT_NE(rewrite->descriptor, 0U) << "nothing would be rewritten";
  const auto [first, second] = sent_twice(media, *rewrite, to);
  EXPECT_FALSE(first.empty());
  EXPECT_EQ(second, first);
}

TEST_F(TransportTest, SendsNothingOfAPacketThatIsLeftOutTooLateButItsNumber) {
  connect();
  const media::PacketRef media = packet(1);
  media::OutboundStream to = stream();
  transport_.queue(media, {.seq = ExtSeqNo(7), .timestamp = RtpTimestamp(0), .empty = 1}, to);
  flush();
  const auto sent = peer_.take(PacketKind::kRtp);
  ASSERT_EQ(sent.size(), 1U);
  const auto view = wire::parse_rtp(sent[0]);
  EXPECT_EQ(view->seq, SeqNo(7));
  EXPECT_EQ(view->payload_bytes, 0U);
}

TEST_F(TransportTest, SendsAnEmptyPacketAgainToTheByteWhereThereIsNoRtx) {
  connect();
  media::OutboundStream to = base_layer_without_rtx();
  for (const media::PacketRef& media : {vp8_packet(10, {.key_frame = true}), vp8_packet(12, {})})
    transport_.queue(media, to.plan(*media, 0).value(), to);
  flush();
  const media::PacketRef late = vp8_packet(11, {.temporal_layer = 1});
  const auto rewrite = to.plan(*late, 0);
  ASSERT_TRUE(rewrite);
  ASSERT_TRUE(rewrite->empty);
  const auto [first, second] = sent_twice(late, *rewrite, to);
  EXPECT_FALSE(first.empty());
  EXPECT_EQ(second, first);
}

TEST_F(TransportTest, FlushesOverSeveralBatchesInOrder) {
  connect();
  const media::PacketRef media = packet(1);
  media::OutboundStream to = stream();
  for (int i = 1; i <= 50; ++i) transport_.queue(media, {ExtSeqNo(i), RtpTimestamp(0)}, to);
  EXPECT_FALSE(transport_.flush(now_, out_));  // 16 a batch
  EXPECT_TRUE(transport_.has_queued());
  flush();
  EXPECT_FALSE(transport_.has_queued());
  const auto got = peer_.take(PacketKind::kRtp);
  ASSERT_EQ(got.size(), 50U);
  for (std::size_t i = 0; i < 50; ++i)
    EXPECT_EQ(wire::parse_rtp(got[i])->seq, SeqNo(static_cast<std::uint16_t>(i + 1)));
  EXPECT_EQ(to.packets(), 50U);
}

TEST_F(TransportTest, SpreadsAKeyPictureOnceTheLinkHasShownALimit) {
  connect();
  const media::PacketRef media = packet(1);
  media::OutboundStream to = stream();
  const auto left_at_once = [&](std::int64_t first) {
    for (std::int64_t i = first; i < first + 400; ++i)
      transport_.queue(media, {ExtSeqNo(i), RtpTimestamp(0)}, to, Transport::Departure::kPaced);
    flush();
    return peer_.take(PacketKind::kRtp).size();
  };
  EXPECT_EQ(left_at_once(1), 400U);
  transport_.estimator().receive_remb(now_, bwe::kbps(200));
  const std::size_t at_once = left_at_once(401);
  EXPECT_LT(at_once, 200U);
  transport_.queue(media, {ExtSeqNo(801), RtpTimestamp(0)}, to);
  flush();
  EXPECT_EQ(peer_.take(PacketKind::kRtp).size(), 1U) << "sound does not wait";
  std::size_t later = 0;
  while (transport_.has_queued()) {
    ASSERT_LT(now_, transport_.deadline());
    now_ = transport_.deadline();
    transport_.expire(now_, out_);
    flush();
    later += peer_.take(PacketKind::kRtp).size();
  }
  EXPECT_EQ(at_once + later, 400U);
}

TEST_F(TransportTest, BoundsItsQueue) {
  connect();
  const media::PacketRef media = packet(1);
  media::OutboundStream to = stream();
  for (int i = 1; i <= 5000; ++i) transport_.queue(media, {ExtSeqNo(i), RtpTimestamp(0)}, to);
  EXPECT_EQ(drops_[Drop::kSendQueueFull], 5000U - 4096U);
  flush();
  EXPECT_EQ(peer_.take(PacketKind::kRtp).size(), 4096U);
}

TEST_F(TransportTest, ForgetsAStreamInTheMiddleOfAFlush) {
  connect();
  const media::PacketRef media = packet(1);
  media::OutboundStream stays = stream();
  {
    media::OutboundStream goes({.header = {.ssrc = Ssrc(50), .payload_type = PayloadType(111)}});
    for (int i = 1; i <= 20; ++i) {
      transport_.queue(media, {ExtSeqNo(i), RtpTimestamp(0)}, goes);
      transport_.queue(media, {ExtSeqNo(i), RtpTimestamp(0)}, stays);
    }
    EXPECT_FALSE(transport_.flush(now_, out_));
    transport_.forget(goes);
  }
  flush();
  EXPECT_EQ(stays.packets(), 20U);
}

TEST_F(TransportTest, DropsWhatIsQueuedWhenItCannotSend) {
  media::OutboundStream to = stream();
  media::PacketBuilder slot = pool_.acquire();
  slot->size = 0;
  const media::PacketRef media = slot.publish();
  transport_.queue(media, {ExtSeqNo(1), RtpTimestamp(0)}, to);
  flush();
  EXPECT_EQ(drops_[Drop::kNotSendable], 1U);
  EXPECT_TRUE(sent_to_.empty());
}

TEST_F(TransportTest, EndsThirtySecondsAfterTheLastConsent) {
  connect();
  now_ += 29s;
  transport_.expire(now_, out_);
  EXPECT_EQ(transport_.state(), State::kConnected);
  receive(peer_.check());
  now_ += 29s;
  transport_.expire(now_, out_);
  EXPECT_EQ(transport_.state(), State::kConnected);
  now_ += 1s;
  transport_.expire(now_, out_);
  EXPECT_EQ(transport_.state(), State::kConsentLost);
  EXPECT_FALSE(transport_.can_send());
  EXPECT_EQ(transport_.forgotten().size(), 1U);
  out_.clear();
  transport_.send_rtcp(std::array<std::uint8_t, 8>{0x80, 201, 0, 1}, out_);
  transport_.close(out_);
  EXPECT_TRUE(out_.empty());
}

TEST_F(TransportTest, EndsWithTheGoodbyeOfItsPeer) {
  connect();
  peer_.close_dtls();
  bool changed = false;
  for (const Bytes& bytes : peer_.take_dtls()) changed |= receive(bytes).state_changed;
  EXPECT_TRUE(changed);
  EXPECT_EQ(transport_.state(), State::kDtlsClosed);
  EXPECT_FALSE(receive(peer_.protect_rtp({.ssrc = kCamera, .seq = 9})).packet);
}

TEST_F(TransportTest, SaysGoodbyeIfThereIsRoom) {
  connect();
  while (out_.has_room()) out_.append(tuple(9), {});
  transport_.close(out_);
  EXPECT_EQ(out_.entries().size(), 16U);
  out_.clear();
  Transport other(shared_, kLocal, kUs);
  other.close(out_);  // never connected: nobody to say it to
  EXPECT_TRUE(out_.empty());
}

TEST_F(TransportTest, ReportsArrivalsTransportWideEveryTenthOfASecond) {
  connect();
  for (std::uint16_t i = 1; i <= 3; ++i) receive(peer_.protect_rtp({.ssrc = kCamera, .seq = i, .transport_seq = i}));
  EXPECT_EQ(transport_.deadline(), now_ + 100ms);
  now_ += 100ms;
  while (out_.has_room()) out_.append(tuple(9), {});
  transport_.expire(now_, out_);
  EXPECT_LE(transport_.deadline(), now_);  // no room: still due
  out_.clear();
  transport_.expire(now_, out_);
  deliver();
  const auto got = peer_.take(PacketKind::kRtcp);
  ASSERT_EQ(got.size(), 1U);
  wire::RtcpReader reader(got[0]);
  EXPECT_TRUE(wire::parse_twcc(*reader.next()).has_value());
  EXPECT_GT(transport_.deadline(), now_ + 1s);
}

TEST_F(TransportTest, EstimatesForASenderOnlyWhereItDoesNotDoSoItself) {
  connect();
  const auto rembs = [this] {
    std::size_t count = 0;
    for (const Bytes& bytes : peer_.take(PacketKind::kRtcp)) {
      wire::RtcpReader reader(bytes);
      while (const auto part = reader.next())
        if (wire::parse_remb(*part)) ++count;
    }
    return count;
  };
  std::uint16_t seq = 0;
  const auto send_for_five_seconds = [&](bool numbered) {
    for (int i = 0; i < 250; ++i) {
      receive(peer_.protect_rtp({.ssrc = kCamera, .seq = ++seq, .abs_send_time = seq * 5243U}));
      if (numbered) receive(peer_.protect_rtp({.ssrc = Ssrc(11), .seq = seq, .transport_seq = seq}));
      now_ += 20ms;
      transport_.expire(now_, out_);
      deliver();
    }
  };
  send_for_five_seconds(false);
  EXPECT_GE(rembs(), 4U);
  send_for_five_seconds(true);
  EXPECT_EQ(rembs(), 0U) << "the sound alone would hold down the picture too";
}

}  // namespace
}  // namespace consomme::transport
