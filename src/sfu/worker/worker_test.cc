// A worker as its thread drives it, with peers that do only what a test tells them. Whole calls are in tests/sim.
#include "sfu/worker/worker.h"

#include "sfu/transport/testing.h"
#include "sfu/wire/rtcp_feedback.h"
#include "sfu/wire/rtcp_report.h"

namespace consomme::worker {
namespace {

using transport::Drop;
using transport::PacketKind;
using transport::testing::Bytes;
using transport::testing::kStart;
using transport::testing::tuple;

ice::Credentials credentials(std::uint64_t id) {
  return {"ufrag" + std::to_string(id) + ".", "a password for " + std::to_string(id)};
}

class WorkerTest : public ::testing::Test {
 protected:
  void execute(const Command& command) {
    make_room();
    worker_.execute(now_, command, out_);
    turn();
  }
  void receive(const Tuple& from, const Bytes& bytes) {
    make_room();
    worker_.receive(now_, {from, bytes}, out_);
  }
  // The end of a loop turn.
  void turn() {
    while (!worker_.expire(now_, out_)) deliver();
    while (!worker_.flush(now_, out_)) deliver();
    deliver();
    for (const Notice& notice : worker_.take_notices()) notices_.push_back(notice);
  }
  void make_room() {
    if (out_.room() < transport::kRoomPerInput) deliver();
  }
  void deliver() {
    for (const auto& entry : out_.entries())
      for (auto& peer : peers_)
        if (entry.to == peer->at()) peer->receive(now_, out_.bytes(entry));
    out_.clear();
  }
  void wait(Duration span) {
    const Instant until = now_ + span;
    while (worker_.deadline() <= until) {
      now_ = std::max(now_, worker_.deadline());
      turn();
    }
    now_ = until;
  }

  transport::testing::Peer& join(std::uint64_t id) {
    execute(CreateTransport{TransportId(id), credentials(id)});
    peers_.push_back(
        std::make_unique<transport::testing::Peer>(tuple(static_cast<std::uint16_t>(id)), credentials(id)));
    return *peers_.back();
  }
  void connect(transport::testing::Peer& peer, std::uint64_t id) {
    execute(ConnectTransport{TransportId(id), dtls::Role::kServer, peer.fingerprints()});
    receive(peer.at(), peer.check());
    turn();
    peer.start_dtls(now_, certificate_.fingerprints());
    for (int round = 0; round < 6; ++round)
      for (const Bytes& bytes : peer.take_dtls()) {
        receive(peer.at(), bytes);
        turn();
      }
    ASSERT_TRUE(peer.connected());
  }
  transport::testing::Peer& join_connected(std::uint64_t id) {
    transport::testing::Peer& peer = join(id);
    connect(peer, id);
    return peer;
  }

  static CreateProducer source(std::uint64_t transport, std::uint64_t producer, std::uint32_t ssrc, bool video) {
    CreateProducer create{TransportId(transport), {}};
    create.setup.producer = ProducerId(producer);
    create.setup.video = video;
    create.setup.mid = std::to_string(producer);
    create.setup.payloads = {{PayloadType(96),
                              PayloadType(101),
                              video ? wire::Codec::kVp8 : wire::Codec::kOpus,
                              video ? 90000U : 48000U,
                              {}}};
    create.setup.streams = {{Ssrc(ssrc), {}, ""}};
    create.setup.extensions = transport::testing::extension_ids();
    create.setup.nack = video;
    create.setup.pli = video;
    return create;
  }
  void produce(std::uint64_t transport, std::uint64_t producer, std::uint32_t ssrc, bool video = true) {
    execute(source(transport, producer, ssrc, video));
  }
  static CreateConsumer sink(std::uint64_t transport, std::uint64_t producer, std::uint64_t consumer, bool video) {
    CreateConsumer create{TransportId(transport), {}};
    create.setup.consumer = ConsumerId(consumer);
    create.setup.producer = ProducerId(producer);
    create.setup.video = video;
    create.setup.paused = false;
    create.setup.header.ssrc = Ssrc(static_cast<std::uint32_t>(10'000 + 2 * consumer));
    create.setup.header.payload_type = PayloadType(101);
    if (video) create.setup.header.rtx = {Ssrc(static_cast<std::uint32_t>(10'001 + 2 * consumer)), PayloadType(102)};
    create.setup.codec = video ? wire::Codec::kVp8 : wire::Codec::kOpus;
    create.setup.clock_rate = video ? 90000U : 48000U;
    create.setup.nack = true;
    create.setup.cname = "someone";
    return create;
  }
  void consume(std::uint64_t transport, std::uint64_t producer, std::uint64_t consumer, bool video = true,
               const std::string& cname = "someone") {
    CreateConsumer create = sink(transport, producer, consumer, video);
    create.setup.cname = cname;
    execute(create);
  }
  void send(transport::testing::Peer& peer, const transport::testing::RtpFields& fields) {
    receive(peer.at(), peer.protect_rtp(fields));
    turn();
  }
  void send(transport::testing::Peer& peer, std::uint32_t ssrc, std::uint16_t seq, std::uint32_t timestamp = 0) {
    send(peer, {.ssrc = Ssrc(ssrc), .seq = seq, .timestamp = timestamp, .payload = kKeyFrame});
  }
  template <class Visit>
  static void each_part(const std::vector<Bytes>& compounds, Visit visit) {
    for (const Bytes& bytes : compounds) {
      wire::RtcpReader reader(bytes);
      while (const auto part = reader.next()) visit(*part);
    }
  }

  void send_rtcp(transport::testing::Peer& peer, auto write) {
    std::array<std::uint8_t, 100> bytes;
    ByteWriter writer(bytes);
    write(writer);
    receive(peer.at(), peer.protect_rtcp(writer.written()));
  }
  void ask_by_pli(transport::testing::Peer& peer, std::uint32_t media) {
    send_rtcp(peer, [&](ByteWriter& writer) { wire::write_pli(writer, {Ssrc(1), Ssrc(media)}); });
  }
  void ask_by_fir(transport::testing::Peer& peer, std::uint32_t media) {
    const wire::FirItem item{Ssrc(media), 1};
    send_rtcp(peer, [&](ByteWriter& writer) { wire::write_fir(writer, Ssrc(1), {&item, 1}); });
  }
  struct KeyFrameRequests {
    int plis = 0;
    std::vector<int> firs{};  // their numbers
    bool operator==(const KeyFrameRequests&) const = default;
  };
  template <class Stats>
  Stats stats(const decltype(GetStats::subject)& subject) {
    execute(GetStats{StatsToken(1), subject});
    const auto is_answer = [](const Notice& notice) { return std::holds_alternative<StatsReady>(notice); };
    const auto answer = std::ranges::find_if(notices_, is_answer);
    Stats stats = std::get<Stats>(std::get<StatsReady>(*answer).stats);
    notices_.erase(answer);
    return stats;
  }
  // What has been told since the last call of layers that somebody gets.
  std::vector<std::optional<media::Layer>> layers_told() {
    std::vector<std::optional<media::Layer>> told;
    for (const Notice& notice : std::exchange(notices_, {}))
      if (const auto* const changed = std::get_if<LayersChanged>(&notice)) told.push_back(changed->layers);
    return told;
  }
  // Of what came since the last call, for the source `media`.
  static KeyFrameRequests key_frame_requests(transport::testing::Peer& peer, std::uint32_t media) {
    KeyFrameRequests requests;
    each_part(peer.take(PacketKind::kRtcp), [&](const wire::RtcpPacket& part) {
      if (const auto pli = wire::parse_pli(part); pli && pli->media == Ssrc(media)) ++requests.plis;
      if (const auto fir = wire::parse_fir(part))
        for (const wire::FirItem item : fir->items)
          if (item.media == Ssrc(media)) requests.firs.push_back(item.number);
    });
    return requests;
  }

  // VP8 descriptor with S set, and the first byte of a key frame (RFC 7741 §4.2, RFC 6386 §9.1).
  const Bytes kKeyFrame = {0x10, 0x00, 0x00, 0x00, 0x9d, 0x01, 0x2a, 0x00, 0x00, 0x00, 0x00};
  // A picture of a kilobyte.
  static Bytes picture(bool key_frame) {
    Bytes bytes(1000);
    std::ranges::copy(Bytes{0x10, static_cast<std::uint8_t>(key_frame ? 0x00 : 0x01), 0, 0, 0x9d, 0x01, 0x2a},
                      bytes.begin());
    return bytes;
  }

  Instant now_ = kStart;
  dtls::Certificate certificate_ = transport::testing::make_certificate();
  dtls::Context context_ = std::move(*dtls::Context::make(certificate_));
  srtp::CryptoEngine crypto_ = std::move(*srtp::CryptoEngine::make());
  Worker worker_{{.ice = {}, .max_packets = 1024, .seed = 1}, context_, crypto_};
  std::vector<std::unique_ptr<transport::testing::Peer>> peers_;
  SendBatch out_{32};
  std::vector<Notice> notices_;
};

TEST_F(WorkerTest, TellsWhenATransportIsUp) {
  join_connected(1);
  ASSERT_EQ(notices_.size(), 1U);
  EXPECT_EQ(std::get<TransportUp>(notices_[0]).transport, TransportId(1));
}

TEST_F(WorkerTest, ForwardsToConsumersInTheirOwnNames) {
  transport::testing::Peer& alice = join_connected(1);
  transport::testing::Peer& bob = join_connected(2);
  produce(1, 5, 10);
  consume(2, 5, 7);
  send(alice, 10, 100);
  send(alice, 10, 101);
  const auto got = bob.take(PacketKind::kRtp);
  ASSERT_EQ(got.size(), 2U);
  EXPECT_EQ(wire::parse_rtp(got[0])->ssrc, Ssrc(10'014));
  EXPECT_EQ(wire::parse_rtp(got[0])->payload_type, PayloadType(101));
  EXPECT_EQ(Bytes(got[0].end() - static_cast<std::ptrdiff_t>(kKeyFrame.size()), got[0].end()), kKeyFrame);
}

TEST_F(WorkerTest, AsksForALossInTheVeryTurnThatShowedIt) {
  transport::testing::Peer& alice = join_connected(1);
  produce(1, 5, 10);
  send(alice, 10, 100);
  alice.take(PacketKind::kRtcp);
  send(alice, 10, 103);
  std::vector<int> lost;
  each_part(alice.take(PacketKind::kRtcp), [&](const wire::RtcpPacket& part) {
    if (const auto nack = wire::parse_nack(part)) nack->each_lost([&](SeqNo seq) { lost.push_back(seq.value()); });
  });
  EXPECT_EQ(lost, (std::vector{101, 102}));
}

TEST_F(WorkerTest, PassesPliAndFirOfConsumersOnAsOneRequestAndRepeatsItUntilItIsAnswered) {
  transport::testing::Peer& alice = join_connected(1);
  transport::testing::Peer& bob = join_connected(2);
  transport::testing::Peer& carol = join_connected(3);
  produce(1, 5, 10);
  consume(2, 5, 7);
  consume(3, 5, 8);
  send(alice, 10, 100);
  wait(3s);
  key_frame_requests(alice, 10);

  ask_by_pli(bob, 10'014);
  ask_by_fir(carol, 10'016);
  ask_by_pli(carol, 4711);  // nothing that it was sent
  turn();
  EXPECT_EQ(key_frame_requests(alice, 10), KeyFrameRequests{.plis = 1});
  wait(900ms);
  ask_by_pli(bob, 10'014);
  turn();
  EXPECT_EQ(key_frame_requests(alice, 10), KeyFrameRequests{.plis = 1})
      << "the quick retry, and no more in this second";
  wait(2s);
  EXPECT_EQ(key_frame_requests(alice, 10), KeyFrameRequests{.plis = 2});
  send(alice, 10, 101, 3000);
  wait(5s);
  EXPECT_EQ(key_frame_requests(alice, 10), KeyFrameRequests{});
}

TEST_F(WorkerTest, AsksASourceThatKnowsNoPliByFirWithANumberOfItsOwnEachTime) {
  transport::testing::Peer& alice = join_connected(1);
  transport::testing::Peer& bob = join_connected(2);
  CreateProducer create = source(1, 5, 10, true);
  create.setup.pli = false;
  create.setup.fir = true;
  execute(create);
  consume(2, 5, 7);
  wait(900ms);
  EXPECT_EQ(key_frame_requests(alice, 10), (KeyFrameRequests{.firs = {1, 2}}));
  ask_by_pli(bob, 10'014);
  wait(300ms);
  EXPECT_EQ(key_frame_requests(alice, 10), (KeyFrameRequests{.firs = {3}}));
}

TEST_F(WorkerTest, CommandsForWhatIsGoneDoNothing) {
  join_connected(1);
  produce(1, 5, 10);
  execute(CloseTransport{TransportId(1)});
  const TransportId gone(1);
  const std::vector<Command> late = {ConnectTransport{gone, dtls::Role::kServer, {}},
                                     RestartIce{gone, credentials(9)},
                                     CloseTransport{gone},
                                     CloseProducer{ProducerId(5)},
                                     PauseProducer{ProducerId(5), true},
                                     CloseConsumer{ConsumerId(6)},
                                     PauseConsumer{ConsumerId(6), false},
                                     RequestKeyFrame{ConsumerId(6)}};
  for (const Command& command : late) execute(command);
  produce(1, 6, 11);
  consume(1, 5, 6);
  join(2);
  consume(2, 5, 6);
  EXPECT_EQ(worker_.transports(), 1U);
  EXPECT_EQ(worker_.producers() + worker_.consumers(), 0U);
}

TEST_F(WorkerTest, ClosesWhatHangsOnWhatIsClosed) {
  for (const bool of_sender : {true, false}) {
    transport::testing::Peer& alice = join_connected(1);
    join_connected(2);
    produce(1, 5, 10);
    consume(2, 5, 7);
    consume(1, 5, 8);                                                                            // one's own producer
    receive(alice.at(), alice.protect_rtp({.ssrc = Ssrc(10), .seq = 1, .payload = kKeyFrame}));  // still queued
    worker_.execute(now_, CloseTransport{TransportId(of_sender ? 1U : 2U)}, out_);
    turn();
    EXPECT_EQ(worker_.producers(), of_sender ? 0U : 1U);
    EXPECT_EQ(worker_.consumers(), of_sender ? 0U : 1U);
    EXPECT_EQ(worker_.tuples(), 1U);
    execute(CloseTransport{TransportId(of_sender ? 2U : 1U)});
    EXPECT_EQ(worker_.transports() + worker_.producers() + worker_.consumers() + worker_.tuples(), 0U);
    EXPECT_EQ(worker_.packets_in_use(), 0U);
    peers_.clear();
  }
}

TEST_F(WorkerTest, ForgetsTuplesThatWereEvictedOrExpired) {
  transport::testing::Peer& alice = join_connected(1);
  for (std::uint16_t port = 100; port < 200; ++port) {
    receive(tuple(port), alice.check(false));
    now_ += 1ms;
  }
  EXPECT_EQ(worker_.tuples(), ice::kMaxTuples);
  receive(tuple(100), Bytes{0x80, 96, 0, 1});
  EXPECT_EQ(worker_.drops()[Drop::kNoTransport], 1U);
  wait(20s);
  receive(alice.at(), alice.check());
  wait(11s);
  EXPECT_EQ(worker_.tuples(), 1U);
  EXPECT_EQ(worker_.transports(), 1U);
}

// The bleed: knowing an address, or even the wire, is not enough to be heard as somebody or to hear him.
TEST_F(WorkerTest, HearsAndServesAPeerOnlyAtAddressesThatItsOwnChecksCameFrom) {
  transport::testing::Peer& alice = join_connected(1);
  transport::testing::Peer& bob = join_connected(2);
  join_connected(3);
  produce(1, 5, 10);
  consume(2, 5, 7);
  send(alice, 10, 1);
  EXPECT_EQ(bob.take(PacketKind::kRtp).size(), 1U);
  const Bytes media = alice.protect_rtp({.ssrc = Ssrc(10), .seq = 2, .payload = kKeyFrame});
  receive(tuple(99), media);  // from an unknown address
  receive(tuple(3), media);   // and from that of another peer
  turn();
  EXPECT_TRUE(bob.take(PacketKind::kRtp).empty());
  receive(tuple(99), transport::testing::make_check({credentials(2).ufrag, "a guess"}));
  send(alice, 10, 3);
  EXPECT_EQ(bob.take(PacketKind::kRtp).size(), 1U);  // still to bob
}

// SSRCs live per transport: two browsers may choose the same.
TEST_F(WorkerTest, TellsTwoPeersOfOneSsrcApart) {
  transport::testing::Peer& alice = join_connected(1);
  transport::testing::Peer& bob = join_connected(2);
  transport::testing::Peer& carol = join_connected(3);
  produce(1, 5, 10);
  produce(2, 6, 10);
  consume(3, 5, 7);
  consume(3, 6, 8);
  send(alice, 10, 100);
  const auto of_alice = carol.take(PacketKind::kRtp);
  ASSERT_EQ(of_alice.size(), 1U);
  EXPECT_EQ(wire::parse_rtp(of_alice[0])->ssrc, Ssrc(10'014));
  execute(CloseProducer{ProducerId(5)});
  send(alice, 10, 101);
  send(bob, 10, 101);
  const auto of_bob = carol.take(PacketKind::kRtp);
  ASSERT_EQ(of_bob.size(), 1U);
  EXPECT_EQ(wire::parse_rtp(of_bob[0])->ssrc, Ssrc(10'016));
}

// A peer may say that it is at another's address.
TEST_F(WorkerTest, APeerThatClaimsAnothersTupleGetsItOnlyWhenThatOneIsSilent) {
  transport::testing::Peer& alice = join_connected(1);
  transport::testing::Peer& mallory = join_connected(2);
  join_connected(3);
  produce(1, 5, 10);
  consume(3, 5, 7);
  send(alice, 10, 1);
  const auto forwarded = worker_.counters().rtp_forwarded;
  wait(2900ms);
  mallory.take(PacketKind::kStun);
  receive(alice.at(), mallory.check(false));
  send(alice, 10, 2);
  EXPECT_EQ(worker_.counters().rtp_forwarded, forwarded + 1);
  EXPECT_EQ(worker_.drops()[Drop::kSrtpAuthentication], 0U);

  wait(3100ms);
  receive(alice.at(), mallory.check(false));
  send(alice, 10, 3);
  EXPECT_EQ(worker_.counters().rtp_forwarded, forwarded + 1);
  EXPECT_EQ(worker_.drops()[Drop::kSrtpAuthentication], 1U);
  receive(alice.at(), alice.check());  // nobody has been heard of mallory there
  send(alice, 10, 4);
  EXPECT_EQ(worker_.counters().rtp_forwarded, forwarded + 2);
}

// A page that was loaded again may come from the port of its former call.
TEST_F(WorkerTest, ATupleIsFreeAsSoonAsItsTransportIsClosed) {
  const Tuple shared = join_connected(1).at();
  transport::testing::Peer& again = join(2);
  execute(CloseTransport{TransportId(1)});
  again.move_to(shared);
  connect(again, 2);
  EXPECT_TRUE(again.connected());
}

TEST_F(WorkerTest, GivesUpATupleToAnotherWorkerWhenItsPeerIsSilent) {
  const Tuple mine = join_connected(1).at();
  EXPECT_FALSE(worker_.give_up_tuple(now_, mine));
  wait(3s);
  EXPECT_TRUE(worker_.give_up_tuple(now_, mine));
  EXPECT_FALSE(worker_.knows(mine));
  EXPECT_TRUE(worker_.give_up_tuple(now_, mine)) << "nobody's";
}

TEST_F(WorkerTest, AsksAllSourcesOfOneWhoConnectsHoweverLittleRoomThereIs) {
  constexpr std::uint64_t kSources = 60;  // more than a batch of 32 holds
  for (std::uint64_t id = 1; id <= kSources; ++id) {
    join_connected(id);
    produce(id, 1000 + id, static_cast<std::uint32_t>(id));
  }
  transport::testing::Peer& late = join(500);
  for (std::uint64_t id = 1; id <= kSources; ++id) consume(500, 1000 + id, 2000 + id);
  for (auto& peer : peers_) peer->take(PacketKind::kRtcp);
  connect(late, 500);
  std::size_t asked = 0;
  for (auto& peer : peers_)
    each_part(peer->take(PacketKind::kRtcp),
              [&](const wire::RtcpPacket& part) { asked += wire::parse_pli(part) ? 1U : 0U; });
  EXPECT_EQ(asked, kSources);
  EXPECT_EQ(worker_.drops()[Drop::kNotSendable], 0U);
}

TEST_F(WorkerTest, ReportsOnAllConsumersHoweverLittleRoomThereIs) {
  constexpr std::uint64_t kConsumers = 240;  // four a compound with such names, twice what a batch of 32 holds
  transport::testing::Peer& alice = join_connected(1);
  transport::testing::Peer& bob = join_connected(2);
  produce(1, 5, 10, false);
  for (std::uint64_t id = 1; id <= kConsumers; ++id) consume(2, 5, id, false, std::string(255, 'c'));
  send(alice, 10, 1);
  ASSERT_EQ(worker_.counters().rtp_forwarded, kConsumers);
  bob.take(PacketKind::kRtcp);
  wait(1600ms);
  std::map<std::uint32_t, int> reports;
  each_part(bob.take(PacketKind::kRtcp), [&](const wire::RtcpPacket& part) {
    if (const auto report = wire::parse_sender_report(part)) ++reports[report->sender.value()];
  });
  EXPECT_EQ(reports.size(), kConsumers);
  EXPECT_EQ(worker_.drops()[Drop::kNotSendable], 0U);
}

TEST_F(WorkerTest, ReportsOnMoreStreamsThanOneReceiverReportHolds) {
  transport::testing::Peer& alice = join_connected(1);
  constexpr std::uint32_t kStreams = 40;
  for (std::uint32_t i = 1; i <= kStreams; ++i) {
    produce(1, i, i, false);
    send(alice, i, 1);
  }
  alice.take(PacketKind::kRtcp);
  wait(1600ms);
  std::set<std::uint32_t> reported;
  each_part(alice.take(PacketKind::kRtcp), [&](const wire::RtcpPacket& part) {
    if (const auto report = wire::parse_receiver_report(part))
      for (const wire::ReportBlock block : report->blocks) reported.insert(block.ssrc.value());
  });
  EXPECT_EQ(reported.size(), kStreams);
}

TEST_F(WorkerTest, AnswersTheOldFragmentAfterAnIceRestartUntilTheNewOneIsUsed) {
  transport::testing::Peer& alice = join_connected(1);
  alice.take(PacketKind::kStun);
  const auto answers = [&](const Bytes& check) {
    receive(alice.at(), check);
    turn();
    return alice.take(PacketKind::kStun);
  };
  const auto succeeded = [&](const Bytes& check) {
    const auto all = answers(check);
    return all.size() == 1 && wire::parse_stun(all[0])->message_class == wire::StunClass::kSuccess;
  };
  execute(RestartIce{TransportId(1), credentials(77)});
  EXPECT_TRUE(succeeded(alice.check()));
  execute(RestartIce{TransportId(1), credentials(78)});
  EXPECT_TRUE(succeeded(alice.check()));
  EXPECT_TRUE(answers(transport::testing::make_check(credentials(77))).empty()) << "replaced before it was used";
  EXPECT_TRUE(succeeded(transport::testing::make_check(credentials(78))));
  EXPECT_FALSE(succeeded(alice.check()));
}

TEST_F(WorkerTest, WherePacketsAreScarceHistoriesForgetThenVideoGoesAndSoundGoesOn) {
  auto& alice = join_connected(1);
  auto& bob = join_connected(2);
  produce(1, 10, 7);
  produce(1, 11, 8, false);
  consume(2, 10, 20);
  consume(2, 11, 21, false);
  std::uint16_t seq = 0;
  const auto send_both = [&](int count, Duration apart) {
    for (int i = 0; i < count; ++i, now_ += apart) {
      ++seq;
      send(alice, 7, seq, seq * 90U);
      if (seq % 20 == 0) send(alice, 8, seq / 20, seq * 48U);
    }
  };
  send_both(1200, 1ms);  // 1024 are there
  EXPECT_EQ(worker_.drops()[Drop::kPoolExhausted], 0U) << "half a second of them is enough";
  const auto before = worker_.counters().rtp_forwarded;
  bob.take(PacketKind::kRtp);
  send_both(1200, 100us);
  EXPECT_GT(worker_.drops()[Drop::kPoolExhausted], 100U);
  EXPECT_EQ(worker_.counters().rtp_forwarded - before + worker_.drops()[Drop::kPoolExhausted], 1260U);
  const auto got = bob.take(PacketKind::kRtp);
  EXPECT_EQ(std::ranges::count_if(got, [](const Bytes& p) { return wire::parse_rtp(p)->ssrc == Ssrc(10'042); }), 60)
      << "of sound nothing goes";
  EXPECT_LE(worker_.packets_in_use(), 1024U);
  const auto dropped = worker_.drops()[Drop::kPoolExhausted];
  now_ += 500ms;
  send_both(400, 1ms);
  EXPECT_EQ(worker_.drops()[Drop::kPoolExhausted], dropped);
}

TEST_F(WorkerTest, CountsBytesOfPayloadsBothWays) {
  transport::testing::Peer& alice = join_connected(1);
  transport::testing::Peer& bob = join_connected(2);
  produce(1, 5, 10);
  consume(2, 5, 7);
  for (std::uint16_t seq = 100; seq < 103; ++seq) send(alice, 10, seq);
  const auto of_producer = stats<ortc::ProducerStats>(ProducerId(5)).encodings.at(0);
  EXPECT_EQ(of_producer.packets_received, 3U);
  EXPECT_EQ(of_producer.bytes_received, 3 * kKeyFrame.size());

  wait(100ms);
  const wire::NackItem lost{wire::parse_rtp(bob.take(PacketKind::kRtp).at(1))->seq, 0};
  send_rtcp(bob, [&](ByteWriter& writer) { wire::write_nack(writer, Ssrc(1), Ssrc(10'014), {&lost, 1}); });
  turn();
  const auto of_consumer = stats<ortc::ConsumerStats>(ConsumerId(7));
  EXPECT_EQ(of_consumer.packets_sent, 4U);
  EXPECT_EQ(of_consumer.bytes_sent, 4 * kKeyFrame.size());
  EXPECT_EQ(of_consumer.retransmitted_packets_sent, 1U);
  EXPECT_EQ(of_consumer.retransmitted_bytes_sent, kKeyFrame.size());
}

TEST_F(WorkerTest, AConsumerThatIsHeldHasNoBitrate) {
  transport::testing::Peer& alice = join_connected(1);
  join_connected(2);
  produce(1, 5, 10);
  consume(2, 5, 7);
  for (std::uint16_t seq = 0; seq < 150; ++seq, wait(20ms))
    send(alice, {.ssrc = Ssrc(10), .seq = seq, .timestamp = seq * 1800U, .payload = picture(seq == 0)});
  const auto bitrate = [&] { return stats<ortc::ConsumerStats>(ConsumerId(7)).bitrate.value(); };
  EXPECT_NEAR(static_cast<double>(bitrate()), 400'000, 20'000);
  execute(PauseConsumer{ConsumerId(7), true});
  EXPECT_EQ(bitrate(), 0);
  execute(PauseConsumer{ConsumerId(7), false});
  execute(PauseProducer{ProducerId(5), true});
  EXPECT_EQ(bitrate(), 0);
}

TEST_F(WorkerTest, TakesTheRoundTripOfReceiverReportsOnlyOfWhoSendsNothing) {
  transport::testing::Peer& alice = join_connected(1);
  produce(1, 5, 10);
  for (const std::uint64_t id : {2U, 3U}) {
    transport::testing::Peer& peer = join_connected(id);
    const bool sends = id == 3;
    SCOPED_TRACE(sends ? "sends" : "receives only");
    if (sends) produce(id, 6, 20);
    consume(id, 5, 7 + id);
    const Ssrc media(static_cast<std::uint32_t>(10'000 + 2 * (7 + id)));
    const auto round_trip = [&] {
      return stats<ortc::TransportStats>(TransportId(id)).current_round_trip_time.value_or(0ms);
    };
    const Duration by_handshake = round_trip();
    ASSERT_LT(by_handshake, 1ms);
    send(alice, 10, static_cast<std::uint16_t>(id), static_cast<std::uint32_t>(id) * 9000);
    wait(1600ms);
    std::optional<wire::SenderInfo> reported;
    each_part(peer.take(PacketKind::kRtcp), [&](const wire::RtcpPacket& part) {
      if (const auto report = wire::parse_sender_report(part); report && report->sender == media)
        reported = report->info;
    });
    ASSERT_TRUE(reported);
    now_ = reported->ntp.to_instant() + 2s;
    const wire::ReportBlock block{.ssrc = media,
                                  .last_sender_report = reported->ntp.compact(),
                                  .since_sender_report = (2s - 80ms) / 1ms * 65'536 / 1000};
    send_rtcp(peer, [&](ByteWriter& writer) { wire::write_receiver_report(writer, Ssrc(1), {&block, 1}); });
    if (sends)
      EXPECT_EQ(round_trip(), by_handshake) << "it answers our reference times";
    else
      EXPECT_NEAR(static_cast<double>(round_trip() / 1us), 80'000, 100);
  }
}

TEST_F(WorkerTest, TellsThatNothingComesForWantOfBandwidthButNotForWantOfAKeyFrame) {
  transport::testing::Peer& alice = join_connected(1);
  transport::testing::Peer& bob = join_connected(2);
  produce(1, 5, 10);
  consume(2, 5, 7);
  std::uint16_t seq = 0;
  const auto send_pictures = [&](bool begins) {
    for (int i = 0; i < 100; ++i, ++seq, wait(20ms))
      send(alice, {.ssrc = Ssrc(10), .seq = seq, .timestamp = seq * 1800U, .payload = picture(begins && i == 0)});
  };
  send_pictures(false);
  EXPECT_THAT(layers_told(), ::testing::IsEmpty());
  send_pictures(true);
  EXPECT_THAT(layers_told(), ::testing::ElementsAre(media::Layer{0, 0}));
  for (int i = 0; i < 2; ++i) {
    send_rtcp(bob, [&](ByteWriter& writer) { wire::write_remb(writer, Ssrc(1), Bitrate(100'000), {}); });
    send_pictures(false);
  }
  EXPECT_THAT(layers_told(), ::testing::ElementsAre(std::nullopt));
}

TEST_F(WorkerTest, ProbesANarrowLinkWithSmallPacketsOfItsOwnAndAWiderOneWithPicturesOnceMore) {
  transport::testing::Peer& alice = join_connected(1);
  transport::testing::Peer& bob = join_connected(2);
  CreateProducer create = source(1, 5, 10, true);
  create.setup.streams = {{Ssrc(10), {}, ""}, {Ssrc(11), {}, ""}};
  execute(create);
  CreateConsumer consumer = sink(2, 5, 7, true);
  consumer.setup.header.extensions = {HeaderExtension::kTransportWideCc};
  execute(consumer);
  int again = 0;
  std::set<std::size_t> sizes;  // of what carries nothing
  // 50 kbit/s and 400, then 200; bob never tells that anything came, so that less and less is believed.
  for (std::uint16_t step = 0; step < 1000; ++step, wait(20ms)) {
    const bool is_narrow = stats<ortc::TransportStats>(TransportId(2)).available_outgoing_bitrate < Bitrate(200'000);
    const std::uint32_t timestamp = step * 1800U;
    if (step % 8 == 0) {
      const auto seq = static_cast<std::uint16_t>(step / 8);
      send(alice, {.ssrc = Ssrc(10), .seq = seq, .timestamp = timestamp, .payload = picture(step % 200 == 0)});
    }
    if (step < 620 || step % 2 == 0) {
      const auto seq = static_cast<std::uint16_t>(step < 620 ? step : 310 + step / 2);
      send(alice, {.ssrc = Ssrc(11), .seq = seq, .timestamp = timestamp, .payload = picture(step % 200 == 0)});
    }
    for (const Bytes& bytes : bob.take(PacketKind::kRtp)) {
      const auto rtp = wire::parse_rtp(bytes);
      if (rtp->ssrc == Probator::kSsrc) {
        EXPECT_TRUE(is_narrow);
        sizes.insert(rtp->payload_bytes);
      } else if (rtp->payload_type == PayloadType(102)) {
        EXPECT_FALSE(is_narrow);
        ++again;
      }
    }
  }
  EXPECT_GT(again, 0);
  ASSERT_GT(sizes.size(), 1U) << "as the rate is that is tried";
  EXPECT_LT(*sizes.rbegin(), 500U);
}

TEST_F(WorkerTest, APacketThatComesNineSecondsLateKeepsItFromNothing) {
  auto& alice = join_connected(1);
  produce(1, 5, 10, false);
  send(alice, {.ssrc = Ssrc(10), .seq = 102, .timestamp = 2, .transport_seq = 12});
  wait(9s);
  receive(alice.at(), alice.protect_rtp({.ssrc = Ssrc(10), .seq = 100, .timestamp = 0, .transport_seq = 10}));
  now_ += 100ms;
  int batches = 0;
  for (; batches < 100 && !worker_.expire(now_, out_); ++batches) deliver();
  EXPECT_LT(batches, 10);
}

TEST_F(WorkerTest, AnEndedTransportIsToldOnceWithItsReason) {
  join_connected(1);
  notices_.clear();
  wait(31s);
  ASSERT_EQ(notices_.size(), 1U);
  EXPECT_EQ(std::get<TransportDown>(notices_[0]).end, End::kConsentLost);
  EXPECT_EQ(worker_.deadline(), kNever);
}

}  // namespace
}  // namespace consomme::worker
