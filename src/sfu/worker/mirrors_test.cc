// Rooms that are spread over several workers, in one thread and virtual time: what they say to each other is carried
// over at the end of each turn, unless a test holds it back.
#include <deque>

#include "sfu/transport/testing.h"
#include "sfu/wire/rtcp_feedback.h"
#include "sfu/worker/worker.h"

namespace consomme::worker {
namespace {

using transport::Drop;
using transport::PacketKind;
using transport::testing::Bytes;
using transport::testing::Peer;
using transport::testing::tuple;

ice::Credentials credentials(std::uint64_t id) {
  return {"ufrag" + std::to_string(id) + ".", "a password for " + std::to_string(id)};
}

// Of the sender's streams, one behind the other.
constexpr std::uint32_t kFirstSsrc = 10;

class MirrorsTest : public ::testing::Test {
 protected:
  static constexpr unsigned kWorkers = 3;

  struct Site {
    Site(const dtls::Context& dtls, const srtp::CryptoEngine& crypto)
        : worker({.ice = {}, .max_packets = 8192, .seed = 1}, dtls, crypto) {}
    Worker worker;
    SendBatch out{64};
    std::vector<Notice> notices;
    bool busy = false;  // in a turn that takes long: it takes nothing from others
  };
  struct Member {
    unsigned at;
    std::unique_ptr<Peer> peer;
  };

  MirrorsTest() {
    for (unsigned i = 0; i < kWorkers; ++i) sites_.emplace_back(identity_->context, identity_->crypto);
  }

  Worker& worker(unsigned at) { return sites_[at].worker; }
  void execute(unsigned at, const Command& command) {
    make_room(sites_[at]);
    worker(at).execute(now_, command, sites_[at].out);
    turn();
  }
  void receive(unsigned at, const Tuple& from, const Bytes& bytes) {
    make_room(sites_[at]);
    worker(at).receive(now_, {from, bytes}, sites_[at].out);
  }
  // Until nobody has anything to say any more.
  void turn() {
    do {
      for (Site& site : sites_) {
        while (!site.worker.expire(now_, site.out)) deliver(site);
        while (!site.worker.flush(now_, site.out)) deliver(site);
        deliver(site);
        for (const Notice& notice : site.worker.take_notices()) site.notices.push_back(notice);
      }
    } while (cross());
  }
  bool cross() {
    bool any = false;
    for (unsigned from = 0; from < kWorkers; ++from) {
      const auto outboxes = worker(from).outboxes();
      for (unsigned to = 0; to < outboxes.size(); ++to) {
        if (sites_[to].busy) continue;
        outboxes[to].move_to([&](std::span<const Crossing> waiting) {
          for (const Crossing& said : waiting) worker(to).receive(now_, from, said);
          any |= !waiting.empty();
          return waiting.size();
        });
      }
    }
    return any;
  }
  void wait(Duration span) {
    const Instant until = now_ + span;
    while (deadline() <= until) {
      now_ = std::max(now_, deadline());
      turn();
    }
    now_ = until;
  }

  Peer& join(unsigned at, std::uint64_t id, std::optional<RouterId> router = std::nullopt) {
    execute(at, CreateTransport{TransportId(id), credentials(id), router});
    members_.push_back({at, std::make_unique<Peer>(tuple(static_cast<std::uint16_t>(id)), credentials(id), identity_)});
    Peer& peer = *members_.back().peer;
    execute(at, ConnectTransport{TransportId(id), dtls::Role::kServer, peer.fingerprints()});
    receive(at, peer.at(), peer.check());
    turn();
    peer.start_dtls(now_, identity_->certificate.fingerprints());
    for (int round = 0; round < 6; ++round)
      for (const Bytes& bytes : peer.take_dtls()) {
        receive(at, peer.at(), bytes);
        turn();
      }
    return peer;
  }
  static router::ProducerSetup setup(std::uint64_t id, bool video, std::uint32_t streams) {
    router::ProducerSetup setup;
    setup.producer = ProducerId(id);
    setup.video = video;
    setup.mid = std::to_string(id);
    setup.payloads = {{PayloadType(96),
                       PayloadType(101),
                       video ? wire::Codec::kVp8 : wire::Codec::kOpus,
                       video ? 90000U : 48000U,
                       {}}};
    for (std::uint32_t i = 0; i < streams; ++i) setup.streams.push_back({Ssrc(kFirstSsrc + i), {}, ""});
    setup.extensions = transport::testing::extension_ids();
    setup.extensions.set(ExtensionId(7), HeaderExtension::kAudioLevel);
    setup.nack = setup.pli = video;
    return setup;
  }
  // As the control side tells it.
  void open_mirror(unsigned at, unsigned home, const router::ProducerSetup& setup,
                   std::optional<RouterId> router = std::nullopt) {
    execute(at, OpenMirror{setup, home, router, {}});
    execute(home, Lend{setup.producer, at});
  }
  void consume(unsigned at, std::uint64_t transport, std::uint64_t producer, std::uint64_t consumer,
               bool video = true) {
    CreateConsumer create{TransportId(transport), {}};
    create.setup.consumer = ConsumerId(consumer);
    create.setup.producer = ProducerId(producer);
    create.setup.video = video;
    create.setup.paused = false;
    create.setup.header.ssrc = ssrc_of(consumer);
    create.setup.header.payload_type = PayloadType(101);
    if (video) create.setup.header.rtx = {Ssrc(ssrc_of(consumer).value() + 1), PayloadType(102)};
    create.setup.codec = video ? wire::Codec::kVp8 : wire::Codec::kOpus;
    create.setup.clock_rate = video ? 90000U : 48000U;
    create.setup.nack = true;
    create.setup.cname = "someone";
    execute(at, create);
  }
  static Ssrc ssrc_of(std::uint64_t consumer) { return Ssrc(static_cast<std::uint32_t>(10'000 + 2 * consumer)); }

  // A key picture of one packet, whose last byte names its encoding.
  void send(unsigned at, Peer& peer, std::uint32_t encoding = 0) {
    Bytes payload{0x10, 0x00, 0x00, 0x00, 0x9d, 0x01, 0x2a, 0x00, 0x00, 0x00, static_cast<std::uint8_t>(encoding)};
    receive(at, peer.at(),
            peer.protect_rtp(
                {.ssrc = Ssrc(kFirstSsrc + encoding), .seq = ++seq_, .timestamp = seq_ * 3000U, .payload = payload}));
    turn();
  }
  // The last bytes of what came since the last call.
  static std::vector<int> got(Peer& peer) {
    std::vector<int> last;
    for (const Bytes& bytes : peer.take(PacketKind::kRtp)) last.push_back(bytes.back());
    return last;
  }
  void ask_by_pli(unsigned at, Peer& peer, std::uint64_t consumer) {
    std::array<std::uint8_t, 100> bytes;
    ByteWriter writer(bytes);
    wire::write_pli(writer, {Ssrc(1), ssrc_of(consumer)});
    receive(at, peer.at(), peer.protect_rtcp(writer.written()));
    turn();
  }
  void ask_again(unsigned at, Peer& peer, std::uint64_t consumer, std::uint16_t seq) {
    std::array<std::uint8_t, 100> bytes;
    ByteWriter writer(bytes);
    const wire::NackItem lost{SeqNo(seq), 0};
    wire::write_nack(writer, Ssrc(1), ssrc_of(consumer), std::span(&lost, 1));
    receive(at, peer.at(), peer.protect_rtcp(writer.written()));
    turn();
  }
  static int plis(Peer& peer) {
    int count = 0;
    for (const Bytes& bytes : peer.take(PacketKind::kRtcp)) {
      wire::RtcpReader reader(bytes);
      while (const auto part = reader.next()) count += wire::parse_pli(*part) ? 1 : 0;
    }
    return count;
  }
  template <class Kind>
  std::vector<Kind> told(unsigned at) {
    std::vector<Kind> found;
    for (const Notice& notice : std::exchange(sites_[at].notices, {}))
      if (const auto* const kind = std::get_if<Kind>(&notice)) found.push_back(*kind);
    return found;
  }
  // Alice sends a video to worker 0; bob and carol are to get it from worker 1, dave from worker 2.
  void spread(std::uint32_t streams = 1) {
    alice_ = &join(0, 1);
    bob_ = &join(1, 2);
    carol_ = &join(1, 3);
    dave_ = &join(2, 4);
    execute(0, CreateProducer{TransportId(1), setup(5, true, streams)});
    open_mirror(1, 0, setup(5, true, streams));
    open_mirror(2, 0, setup(5, true, streams));
    consume(1, 2, 5, 2);
    consume(1, 3, 5, 3);
    consume(2, 4, 5, 4);
    plis(*alice_);
  }
  void close_all() {
    for (std::uint64_t id = 1; id <= members_.size(); ++id)
      execute(members_[id - 1].at, CloseTransport{TransportId(id)});
    for (unsigned at = 0; at < kWorkers; ++at) {
      execute(at, CloseProducer{ProducerId(5)});
      EXPECT_EQ(worker(at).producers() + worker(at).consumers(), 0U);
      EXPECT_EQ(worker(at).packets_borrowed(), 0U);
    }
    for (unsigned at = 0; at < kWorkers; ++at) EXPECT_EQ(worker(at).packets_in_use(), 0U);
  }

  Instant now_ = transport::testing::kStart;
  std::shared_ptr<const transport::testing::Identity> identity_ =
      std::make_shared<const transport::testing::Identity>();
  std::deque<Site> sites_;
  std::vector<Member> members_;
  std::uint16_t seq_ = 0;
  Peer* alice_ = nullptr;
  Peer* bob_ = nullptr;
  Peer* carol_ = nullptr;
  Peer* dave_ = nullptr;

 private:
  void make_room(Site& site) {
    if (site.out.room() < transport::kRoomPerInput) deliver(site);
  }
  void deliver(Site& site) {
    for (const auto& entry : site.out.entries())
      for (Member& member : members_)
        if (entry.to == member.peer->at()) member.peer->receive(now_, site.out.bytes(entry));
    site.out.clear();
  }
  Instant deadline() const {
    Instant earliest = kNever;
    for (const Site& site : sites_) earliest = std::min(earliest, site.worker.deadline());
    return earliest;
  }
};

TEST_F(MirrorsTest, APacketCrossesOnceToEachWorkerAndReachesAllConsumersThere) {
  spread();
  send(0, *alice_);
  send(0, *alice_);
  EXPECT_EQ(got(*bob_).size(), 2U);
  EXPECT_EQ(got(*carol_).size(), 2U);
  EXPECT_EQ(got(*dave_).size(), 2U);
  EXPECT_EQ(worker(0).counters().rtp_lent, 4U);
  EXPECT_EQ(worker(0).counters().rtp_forwarded, 0U);
  EXPECT_EQ(worker(1).counters().rtp_forwarded, 4U);
  EXPECT_EQ(worker(1).packets_in_use(), 0U) << "borrowed, not copied";
  close_all();
}

TEST_F(MirrorsTest, WhoLostAPacketGetsItAgainFromItsOwnWorker) {
  spread();
  send(0, *alice_);
  const auto first = bob_->take(PacketKind::kRtp);
  ASSERT_EQ(first.size(), 1U);
  wait(200ms);
  ask_again(1, *bob_, 2, wire::parse_rtp(first[0])->seq.value());
  const auto again = bob_->take(PacketKind::kRtp);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(wire::parse_rtp(again[0])->payload_type, PayloadType(102));
  close_all();
}

TEST_F(MirrorsTest, LoansComeBackWhenHistoriesEnd) {
  spread();
  for (int i = 0; i < 20; ++i) send(0, *alice_);
  EXPECT_EQ(worker(0).packets_in_use(), 20U);
  wait(5s);
  EXPECT_EQ(worker(1).packets_borrowed(), 0U);
  EXPECT_EQ(worker(0).packets_in_use(), 0U);
  close_all();
}

TEST_F(MirrorsTest, WantsForAKeyFrameCrossMergedAndAreRepeatedByTheHomeWorker) {
  spread();
  send(0, *alice_);
  wait(3s);
  plis(*alice_);
  ask_by_pli(1, *bob_, 2);
  ask_by_pli(1, *carol_, 3);
  ask_by_pli(2, *dave_, 4);
  EXPECT_EQ(plis(*alice_), 1);
  wait(900ms);
  EXPECT_EQ(plis(*alice_), 1) << "the quick retry";
  wait(1s);
  EXPECT_EQ(plis(*alice_), 1);
  send(0, *alice_);
  wait(5s);
  EXPECT_EQ(plis(*alice_), 0);
  ask_by_pli(1, *bob_, 2);
  EXPECT_EQ(plis(*alice_), 1) << "the mirror knows that its last want was met";
  close_all();
}

TEST_F(MirrorsTest, ANewConsumerAsksTheSourceForAKeyFrame) {
  spread();
  send(0, *alice_);
  wait(3s);
  plis(*alice_);
  execute(1, PauseConsumer{ConsumerId(2), true});
  execute(1, PauseConsumer{ConsumerId(2), false});
  EXPECT_EQ(plis(*alice_), 1);
  close_all();
}

TEST_F(MirrorsTest, EncodingsAreChosenWhereTheConsumerIs) {
  spread(2);
  const auto call = [this](Duration span, bool both) {
    for (const Instant until = now_ + span; now_ < until;) {
      send(0, *alice_, 0);
      if (both) send(0, *alice_, 1);
      wait(33ms);
    }
  };
  call(2s, true);
  got(*bob_);
  call(100ms, true);
  EXPECT_THAT(got(*bob_), ::testing::Each(1)) << "the better one";
  execute(1, SetPreferredLayers{ConsumerId(2), 0, {}});
  call(500ms, true);
  got(*bob_);
  got(*carol_);
  call(100ms, true);
  EXPECT_THAT(got(*bob_), ::testing::Each(0)) << "by its wish";
  EXPECT_THAT(got(*carol_), ::testing::Each(1));
  call(1s, false);
  got(*carol_);
  call(100ms, false);
  EXPECT_THAT(got(*carol_), ::testing::Each(0)) << "the better one has ended";
  close_all();
}

TEST_F(MirrorsTest, APausedProducerIsPausedEverywhere) {
  spread();
  send(0, *alice_);
  got(*bob_);
  wait(3s);
  for (unsigned at = 0; at < kWorkers; ++at) execute(at, PauseProducer{ProducerId(5), true});
  send(0, *alice_);
  EXPECT_TRUE(got(*bob_).empty());
  plis(*alice_);
  ask_by_pli(1, *bob_, 2);
  worker(0).receive(now_, 1, KeyFrameWanted{ProducerId(5), 0});  // one that was under way
  turn();
  EXPECT_EQ(plis(*alice_), 0);
  for (unsigned at = 0; at < kWorkers; ++at) execute(at, PauseProducer{ProducerId(5), false});
  EXPECT_EQ(plis(*alice_), 1);
  send(0, *alice_);
  EXPECT_EQ(got(*bob_).size(), 1U);
  close_all();
}

TEST_F(MirrorsTest, WhateverEndsFirstLoansGoBack) {
  spread();
  sites_[1].busy = true;
  send(0, *alice_);  // waits for worker 1
  execute(1, CloseProducer{ProducerId(5)});
  EXPECT_EQ(worker(1).consumers(), 0U);
  sites_[1].busy = false;
  turn();
  execute(0, StopLending{ProducerId(5), 1});
  EXPECT_TRUE(got(*bob_).empty());
  send(0, *alice_);
  EXPECT_EQ(worker(0).counters().rtp_lent, 3U);
  execute(0, CloseTransport{TransportId(1)});
  EXPECT_EQ(worker(0).packets_in_use(), 2U) << "worker 2 still has them";
  worker(0).receive(now_, 2, KeyFrameWanted{ProducerId(5), 0});
  execute(2, CloseProducer{ProducerId(5)});
  EXPECT_EQ(worker(0).packets_in_use(), 0U);
  close_all();
}

TEST_F(MirrorsTest, PacketsThatComeBeforeTheMirrorIsOpenGoBackUnread) {
  alice_ = &join(0, 1);
  execute(0, CreateProducer{TransportId(1), setup(5, true, 1)});
  execute(0, Lend{ProducerId(5), 1});
  send(0, *alice_);
  EXPECT_EQ(worker(0).counters().rtp_lent, 1U);
  EXPECT_EQ(worker(0).packets_in_use(), 0U);
}

TEST_F(MirrorsTest, AWorkerThatDoesNotKeepUpLosesTheOldestVideoAndNobodyElseAnything) {
  spread();
  sites_[1].busy = true;
  for (std::size_t i = 0; i < Outbox::kMaxPackets + 10; ++i) {
    send(0, *alice_);
    got(*dave_);
  }
  EXPECT_EQ(worker(0).drops()[Drop::kCrossingFull], 10U);
  EXPECT_EQ(worker(2).counters().rtp_forwarded, Outbox::kMaxPackets + 10);
  sites_[1].busy = false;
  turn();
  EXPECT_GT(worker(1).counters().rtp_forwarded, 0U);
  close_all();
}

TEST_F(MirrorsTest, ScoresAndSilenceOfTheSourceAreThoseThatItsWorkerTells) {
  spread();
  execute(1, UpdateMirror{ProducerId(5), {.silent = false, .scores = {7}}});
  for (int i = 0; i < 100; ++i) {
    send(0, *alice_);
    wait(20ms);
  }
  const auto scored = told<ConsumerScored>(1);
  ASSERT_FALSE(scored.empty());
  EXPECT_EQ(scored.front().producer_score, 7);
  EXPECT_FALSE(told<ProducerScored>(0).empty());
  EXPECT_TRUE(told<ProducerScored>(1).empty()) << "told once, by the home worker";
  wait(3s);
  EXPECT_EQ(told<ProducerSilent>(0).size(), 1U);
  EXPECT_TRUE(told<ProducerSilent>(1).empty());
  close_all();
}

TEST_F(MirrorsTest, OneWorkerDecidesWhoSpeaksOfAllThatSpeakAnywhere) {
  const RouterId room(9);
  join(0, 1, room);
  Peer& bob = join(1, 2);
  execute(1, CreateProducer{TransportId(2), setup(5, false, 1)});
  open_mirror(0, 1, setup(5, false, 1), room);
  for (int i = 0; i < 100; ++i) {
    const Bytes speech =
        transport::testing::make_rtp({.ssrc = Ssrc(kFirstSsrc), .seq = ++seq_, .timestamp = seq_ * 960U});
    Bytes loud(speech.begin(), speech.begin() + wire::kRtpFixedHeaderBytes);
    loud[0] |= 0x10;
    loud.insert(loud.end(), {0xbe, 0xde, 0, 1, 0x70, 0x8a, 0, 0});  // -10 dBov
    loud.insert(loud.end(), speech.begin() + wire::kRtpFixedHeaderBytes, speech.end());
    receive(1, bob.at(), *bob.protect_rtp(loud));
    turn();
    wait(20ms);
  }
  const auto speakers = told<SpeakerChanged>(0);
  ASSERT_EQ(speakers.size(), 1U);
  EXPECT_EQ(speakers[0].router, room);
  EXPECT_EQ(speakers[0].speaker, ProducerId(5));
  EXPECT_TRUE(told<SpeakerChanged>(1).empty());
  execute(0, CloseProducer{ProducerId(5)});
  const auto ended = told<SpeakerChanged>(0);
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_FALSE(ended[0].speaker);
  close_all();
}

}  // namespace
}  // namespace consomme::worker
