// A room on several workers, as the control side sees it: where transports are placed, and what each worker is told in
// which order. A worker loses its room for transports here by its load, which a test measures as it likes.
#include <map>

#include "sfu/runtime/control.h"
#include "sfu/runtime/testing.h"

namespace consomme::sfu {
namespace {

using testing::camera;
using testing::microphone;

class SpreadRoom : public ::testing::Test {
 protected:
  static constexpr unsigned kWorkers = 3;
  using Told = std::map<unsigned, std::vector<std::string>>;

  // The next transports come on this worker.
  void place_on(unsigned worker) {
    for (unsigned w = 0; w < kWorkers; ++w)
      for (int second = 0; second < 3; ++second) control_.measured(w, w == worker ? 0.0 : 0.9);
  }
  TransportId transport(unsigned worker) {
    place_on(worker);
    const TransportId id = control_.create_transport(router_).value().id;
    EXPECT_EQ(take(), (Told{{worker, {"transport"}}}));
    return id;
  }
  ProducerId produce(TransportId on, bool video = true) {
    const std::string mid = std::to_string(next_ssrc_);
    next_ssrc_ += 2;
    return control_
        .produce({on, video ? ortc::MediaKind::kVideo : ortc::MediaKind::kAudio,
                  video ? camera(mid, next_ssrc_) : microphone(mid, next_ssrc_)})
        .value()
        .id;
  }
  ConsumerId consume(TransportId on, ProducerId producer) {
    return control_.consume({on, producer, testing::router()}).value().id;
  }

  struct Namer {
    std::string operator()(const worker::CreateTransport&) const { return "transport"; }
    std::string operator()(const worker::CloseTransport&) const { return "close transport"; }
    std::string operator()(const worker::CreateProducer&) const { return "producer"; }
    std::string operator()(const worker::OpenMirror&) const { return "mirror"; }
    std::string operator()(const worker::UpdateMirror&) const { return "update"; }
    std::string operator()(const worker::Lend&) const { return "lend"; }
    std::string operator()(const worker::StopLending&) const { return "stop lending"; }
    std::string operator()(const worker::PauseProducer&) const { return "pause"; }
    std::string operator()(const worker::CloseProducer&) const { return "close producer"; }
    std::string operator()(const worker::CreateConsumer&) const { return "consumer"; }
    std::string operator()(const worker::CloseConsumer&) const { return "close consumer"; }
    std::string operator()(const worker::GetStats&) const { return "stats"; }
    std::string operator()(const auto&) const { return "another"; }
  };
  // What each worker was told since the last call.
  Told take() {
    Told told;
    last_ = control_.take_commands();
    for (const auto& [worker, command] : last_) told[worker].push_back(std::visit(Namer{}, command));
    return told;
  }
  template <class Command>
  const Command& last() const {
    for (const auto& addressed : last_)
      if (const auto* const command = std::get_if<Command>(&addressed.command)) return *command;
    ADD_FAILURE() << "it was not told";
    static const Command kNone{};
    return kNone;
  }

  Control control_{{.capabilities = testing::router(),
                    .workers = {WorkerPlace{}, WorkerPlace{}, WorkerPlace{}},
                    .fingerprints = {},
                    .make_credentials = [](unsigned) { return ice::Credentials{"u", "p"}; },
                    .seed = 1,
                    .max_transports_per_worker = 100,
                    .max_producers_per_transport = 10,
                    .max_consumers_per_transport = 100}};
  RouterId router_ = control_.create_router();  // begins on worker 0
  std::uint32_t next_ssrc_ = 100;
  std::vector<Control::Addressed> last_;
};

TEST_F(SpreadRoom, GrowsOntoOtherWorkersByLoadAndComesBackToItsFirst) {
  transport(0);
  transport(2);
  place_on(0);
  control_.measured(2, 0.1);
  control_.create_transport(router_);
  EXPECT_EQ(take(), (Told{{0, {"transport"}}}));
  control_.measured(0, Placement::kEnough);
  control_.create_transport(router_);
  EXPECT_EQ(take(), (Told{{2, {"transport"}}})) << "where it is already";
}

TEST_F(SpreadRoom, AJoinStormIsSpreadBeforeAnythingIsMeasured) {
  std::map<unsigned, int> transports;
  for (int i = 0; i < 60; ++i) {
    const TransportId on = control_.create_transport(router_).value().id;
    for (int kind = 0; kind < 8; ++kind) produce(on);
    for (const auto& [worker, told] : take())
      transports[worker] += static_cast<int>(std::ranges::count(told, "transport"));
  }
  EXPECT_EQ(transports[0], 60) << "as many fit on one";
  const ProducerId seen = produce(control_.create_transport(router_).value().id);
  for (int i = 0; i < 100; ++i) {
    const auto on = control_.create_transport(router_);
    for (int n = 0; n < 30; ++n) consume(on->id, seen);
  }
  take();
  EXPECT_GT(control_.census(1).consumers, 500U);
  EXPECT_GT(control_.census(2).consumers, 500U);
}

TEST_F(SpreadRoom, AMirrorIsOpenedWithItsFirstConsumerAndClosedWithItsLast) {
  const TransportId alice = transport(0);
  const TransportId bob = transport(1);
  const ProducerId video = produce(alice);
  EXPECT_EQ(take(), (Told{{0, {"producer"}}}));
  const ConsumerId first = consume(bob, video);
  EXPECT_EQ(take(), (Told{{0, {"lend"}}, {1, {"mirror", "consumer"}}}));
  EXPECT_EQ(last<worker::OpenMirror>().home, 0U);
  EXPECT_EQ(last<worker::OpenMirror>().setup.producer, video);
  EXPECT_EQ(last<worker::Lend>().to, 1U);
  const ConsumerId second = consume(bob, video);
  EXPECT_EQ(take(), (Told{{1, {"consumer"}}}));
  consume(alice, video);
  EXPECT_EQ(take(), (Told{{0, {"consumer"}}})) << "no mirror where the packets come in";
  control_.close_consumer(first);
  EXPECT_EQ(take(), (Told{{1, {"close consumer"}}}));
  control_.close_consumer(second);
  EXPECT_EQ(take(), (Told{{0, {"stop lending"}}, {1, {"close consumer", "close producer"}}}));
  consume(bob, video);
  EXPECT_EQ(take(), (Told{{0, {"lend"}}, {1, {"mirror", "consumer"}}})) << "and again";
}

TEST_F(SpreadRoom, AMirrorBeginsWithWhatIsKnownOfItsProducer) {
  const TransportId alice = transport(0);
  const TransportId bob = transport(1);
  const ProducerId video = produce(alice);
  control_.pause_producer(video, true);
  control_.notice(worker::ProducerScored{video, 8, {8}});
  control_.notice(worker::ProducerSilent{video, true});
  consume(bob, video);
  take();
  EXPECT_TRUE(last<worker::OpenMirror>().setup.paused);
  EXPECT_TRUE(last<worker::OpenMirror>().state.silent);
  EXPECT_EQ(last<worker::OpenMirror>().state.scores, std::vector<std::uint8_t>{8});
  control_.notice(worker::ProducerScored{video, 9, {9}});
  EXPECT_EQ(take(), (Told{{1, {"update"}}}));
  EXPECT_EQ(last<worker::UpdateMirror>().state.scores, std::vector<std::uint8_t>{9});
  EXPECT_TRUE(last<worker::UpdateMirror>().state.silent);
  control_.pause_producer(video, false);
  EXPECT_EQ(take(), (Told{{0, {"pause"}}, {1, {"pause"}}}));
}

TEST_F(SpreadRoom, AllSoundIsHeardByTheWorkerWhereTheRoomBegan) {
  transport(0);
  const TransportId bob = transport(1);
  const TransportId carol = transport(2);
  const ProducerId sound = produce(bob, false);
  EXPECT_EQ(take(), (Told{{0, {"mirror"}}, {1, {"producer", "lend"}}}));
  EXPECT_EQ(last<worker::OpenMirror>().router, router_);
  const ConsumerId at_carol = consume(carol, sound);
  EXPECT_EQ(take(), (Told{{1, {"lend"}}, {2, {"mirror", "consumer"}}}));
  EXPECT_EQ(last<worker::OpenMirror>().router, std::nullopt) << "and only there";
  control_.close_consumer(at_carol);
  EXPECT_EQ(take(), (Told{{1, {"stop lending"}}, {2, {"close consumer", "close producer"}}}));
  control_.close_producer(sound);
  EXPECT_EQ(take(), (Told{{0, {"close producer"}}, {1, {"close producer"}}}));
}

TEST_F(SpreadRoom, ATransportTellsItsRoomOnlyWhereTheRoomBegan) {
  place_on(0);
  control_.create_transport(router_);
  take();
  EXPECT_EQ(last<worker::CreateTransport>().router, router_);
  place_on(1);
  control_.create_transport(router_);
  take();
  EXPECT_EQ(last<worker::CreateTransport>().router, std::nullopt);
}

TEST_F(SpreadRoom, AClosedProducerEndsEverywhere) {
  const TransportId alice = transport(0);
  const TransportId bob = transport(1);
  const TransportId carol = transport(2);
  const ProducerId video = produce(alice);
  const ConsumerId at_bob = consume(bob, video);
  const ConsumerId at_carol = consume(carol, video);
  take();
  control_.close_producer(video);
  EXPECT_EQ(take(), (Told{{0, {"close producer"}}, {1, {"close producer"}}, {2, {"close producer"}}}));
  const auto events = control_.take_events();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(std::get<ConsumerEnded>(events[0]).consumer, at_bob);
  EXPECT_EQ(std::get<ConsumerEnded>(events[1]).consumer, at_carol);
  EXPECT_EQ(control_.census(1).consumers + control_.census(2).consumers, 0U);
}

TEST_F(SpreadRoom, ATransportThatEndsByItselfTakesItsMirrorsAlongInTheUsualOrder) {
  const TransportId alice = transport(0);
  const TransportId bob = transport(1);
  const ProducerId of_alice = produce(alice);
  const ProducerId of_bob = produce(bob);
  consume(bob, of_alice);
  consume(alice, of_bob);
  take();
  control_.notice(worker::TransportDown{alice, worker::End::kConsentLost});
  EXPECT_EQ(take(), (Told{{0, {"close transport", "close producer"}}, {1, {"close producer", "stop lending"}}}));
  const auto events = control_.take_events();
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(std::get<ConsumerEnded>(events[0]).producer, of_alice);
  EXPECT_EQ(std::get<ProducerEnded>(events[1]).producer, of_alice);
  EXPECT_EQ(std::get<ConsumerEnded>(events[2]).producer, of_bob);
  EXPECT_EQ(std::get<TransportEnded>(events[3]).transport, alice);
  control_.notice(worker::ProducerScored{of_alice, 9, {9}});
  control_.notice(worker::ProducerSilent{of_alice, true});
  EXPECT_TRUE(take().empty()) << "stale";
}

TEST_F(SpreadRoom, AClosedRoomLeavesNothing) {
  const TransportId alice = transport(0);
  const TransportId bob = transport(1);
  const ProducerId sound = produce(bob, false);
  consume(alice, sound);
  consume(bob, produce(alice));
  take();
  control_.close_router(router_);
  EXPECT_TRUE(control_.take_events().empty());
  for (unsigned worker = 0; worker < kWorkers; ++worker) {
    const Control::Census& census = control_.census(worker);
    EXPECT_EQ(census.routers + census.transports + census.producers + census.consumers, 0U);
  }
}

TEST_F(SpreadRoom, StatisticsAreAskedOfTheWorkerThatHasThem) {
  const TransportId alice = transport(0);
  const TransportId bob = transport(1);
  const ProducerId video = produce(alice);
  const ConsumerId at_bob = consume(bob, video);
  take();
  const StatsToken of_consumer = control_.request_stats(at_bob).value();
  EXPECT_EQ(take(), (Told{{1, {"stats"}}}));
  control_.request_stats(video);
  EXPECT_EQ(take(), (Told{{0, {"stats"}}}));
  control_.notice(worker::StatsReady{of_consumer, ortc::ConsumerStats{}});
  const auto events = control_.take_events();
  EXPECT_EQ(std::get<ortc::ConsumerStats>(std::get<StatsReady>(events.at(0)).stats).mime_type, "video/VP8");
}

}  // namespace
}  // namespace consomme::sfu
