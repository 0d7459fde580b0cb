#include "sfu/runtime/control.h"

#include <set>

#include "sfu/ortc/validate.h"
#include "sfu/runtime/testing.h"

namespace consomme::sfu {
namespace {

using testing::camera;
using testing::microphone;

const dtls::Fingerprint kOurs =
    *dtls::parse_fingerprint("sha-256",
                             "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:"
                             "AA:BB:CC:DD:EE:FF");

ortc::DtlsParameters remote(ortc::DtlsRole role = ortc::DtlsRole::kClient, std::string last = "FF") {
  return {role,
          {{"sha-256",
            "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:" + last}}};
}

class ControlTest : public ::testing::Test {
 protected:
  TransportId transport() { return control_.create_transport(router_).value().id; }
  ProducerId produce(TransportId on, const ortc::RtpParameters& parameters) {
    return control_.produce({on, ortc::MediaKind::kVideo, parameters}).value().id;
  }
  Result<ConsumerOffer> consume(TransportId on, ProducerId producer) {
    return control_.consume({on, producer, testing::router()});
  }
  // Commands of one kind since the last call; the others are forgotten.
  template <class Command>
  std::vector<Command> told() {
    std::vector<Command> found;
    for (auto& addressed : control_.take_commands())
      if (auto* const command = std::get_if<Command>(&addressed.command)) found.push_back(std::move(*command));
    return found;
  }

  Control control_{
      {.capabilities = testing::router(),
       .workers = {WorkerPlace{}, WorkerPlace{}},
       .fingerprints = {kOurs},
       .make_credentials = [n = 0](unsigned) mutable { return ice::Credentials{"u" + std::to_string(n++), "p"}; },
       .seed = 1,
       .max_transports_per_worker = 8,
       .max_producers_per_transport = 3,
       .max_consumers_per_transport = 4}};
  RouterId router_ = control_.create_router();
};

TEST_F(ControlTest, NeverGivesAnIdTwice) {
  std::set<std::uint64_t> ids{router_.value()};
  for (int i = 0; i < 5; ++i) {
    const TransportId on = transport();
    const ProducerId producer = produce(on, camera("0", 10));
    EXPECT_TRUE(ids.insert(on.value()).second);
    EXPECT_TRUE(ids.insert(producer.value()).second);
    EXPECT_TRUE(ids.insert(consume(on, producer)->id.value()).second);
    control_.close_transport(on);
  }
}

TEST_F(ControlTest, OffersATransportWithItsOwnCredentialsAndOurFingerprint) {
  const auto first = control_.create_transport(router_);
  const auto second = control_.create_transport(router_);
  EXPECT_NE(first->ice_parameters.username_fragment, second->ice_parameters.username_fragment);
  EXPECT_TRUE(first->ice_parameters.ice_lite);
  EXPECT_EQ(first->dtls_parameters.role, ortc::DtlsRole::kAuto);
  EXPECT_EQ(first->dtls_parameters.fingerprints.back().value, kOurs.to_string());
  const auto created = told<worker::CreateTransport>();
  ASSERT_EQ(created.size(), 2U);
  EXPECT_EQ(created[0].local.ufrag, first->ice_parameters.username_fragment);
}

TEST_F(ControlTest, ConnectsOnceAndAcceptsTheSameAgain) {
  const TransportId on = transport();
  EXPECT_TRUE(control_.connect_transport(on, remote()).has_value());
  EXPECT_TRUE(control_.connect_transport(on, remote()).has_value());
  EXPECT_EQ(told<worker::ConnectTransport>().size(), 1U);
  EXPECT_EQ(control_.connect_transport(on, remote(ortc::DtlsRole::kClient, "00")).error().code, ErrorCode::kConflict);
  EXPECT_TRUE(told<worker::ConnectTransport>().empty());
}

TEST_F(ControlTest, TakesTheDtlsRoleThatThePeerLeavesUs) {
  for (const auto& [theirs, ours] : {std::pair(ortc::DtlsRole::kClient, dtls::Role::kServer),
                                     std::pair(ortc::DtlsRole::kServer, dtls::Role::kClient),
                                     std::pair(ortc::DtlsRole::kAuto, dtls::Role::kClient)}) {
    ASSERT_TRUE(control_.connect_transport(transport(), remote(theirs)).has_value());
    EXPECT_EQ(told<worker::ConnectTransport>().at(0).role, ours);
  }
}

TEST_F(ControlTest, RefusesDtlsParametersThatCannotBeCheckedAndTakesBetterOnesThen) {
  const TransportId on = transport();
  EXPECT_FALSE(control_.connect_transport(on, {ortc::DtlsRole::kClient, {}}).has_value());
  const auto bad = control_.connect_transport(on, {ortc::DtlsRole::kClient, {{"sha-256", "00:11"}}});
  EXPECT_TRUE(bad.error().text.starts_with("dtlsParameters.fingerprints[0]: "));
  EXPECT_TRUE(control_.connect_transport(on, remote()).has_value());
}

TEST_F(ControlTest, RestartsIceWithNewCredentials) {
  const auto offer = control_.create_transport(router_);
  const auto restarted = control_.restart_ice(offer->id);
  EXPECT_NE(restarted->username_fragment, offer->ice_parameters.username_fragment);
  EXPECT_EQ(told<worker::RestartIce>().at(0).local.ufrag, restarted->username_fragment);
}

TEST_F(ControlTest, ReplacesAStaleProducerOfTheSameMidOrSsrc) {
  const TransportId on = transport();
  const ProducerId first = produce(on, camera("0", 10));
  const ConsumerId watching = consume(on, first)->id;
  const auto same_mid = control_.produce({on, ortc::MediaKind::kVideo, camera("0", 20)});
  EXPECT_EQ(same_mid->replaced, std::vector{first});
  const auto events = control_.take_events();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(std::get<ConsumerEnded>(events[0]).consumer, watching);
  const auto same_rtx = control_.produce({on, ortc::MediaKind::kVideo, camera("1", 21)});
  EXPECT_EQ(same_rtx->replaced, std::vector{same_mid->id});
  EXPECT_TRUE(control_.produce({on, ortc::MediaKind::kVideo, camera("2", 40)})->replaced.empty());
  EXPECT_EQ(control_.census(0).producers, 2U);
}

TEST_F(ControlTest, TellsTheWorkerOfTheEndBeforeTheSuccessor) {
  const TransportId on = transport();
  produce(on, camera("0", 10));
  control_.take_commands();
  produce(on, camera("0", 10));
  const auto commands = control_.take_commands();
  ASSERT_EQ(commands.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<worker::CloseProducer>(commands[0].command));
  EXPECT_TRUE(std::holds_alternative<worker::CreateProducer>(commands[1].command));
}

TEST_F(ControlTest, KeepsOneCnameForAllProducersOfATransport) {
  const TransportId on = transport();
  auto nameless = camera("0", 10);
  nameless.rtcp.cname = "";
  produce(on, nameless);
  const ProducerId sound = control_.produce({on, ortc::MediaKind::kAudio, microphone("1", 30)})->id;
  const auto setups = told<worker::CreateProducer>();
  EXPECT_EQ(setups.at(0).setup.cname.size(), 8U);
  EXPECT_EQ(setups.at(1).setup.cname, setups.at(0).setup.cname);
  EXPECT_EQ(consume(on, sound)->rtp_parameters.rtcp.cname, setups.at(0).setup.cname);
}

TEST_F(ControlTest, ARefusedProducerChangesNothing) {
  const TransportId on = transport();
  produce(on, camera("0", 10));
  auto wrong = camera("0", 10);
  wrong.codecs[0].mime_type = "video/unknown";
  EXPECT_FALSE(control_.produce({on, ortc::MediaKind::kVideo, wrong}).has_value());
  EXPECT_EQ(control_.census(0).producers, 1U);
  EXPECT_TRUE(control_.take_events().empty());
}

TEST_F(ControlTest, ReplacesWithoutAddingWhereNoMoreMayBeAdded) {
  const TransportId on = transport();
  const ProducerId first = produce(on, camera("0", 10));
  const auto without_adding = [&](const ortc::RtpParameters& parameters) {
    return control_.produce(
        {.transport = on, .kind = ortc::MediaKind::kVideo, .rtp_parameters = parameters, .may_add = false});
  };
  EXPECT_EQ(without_adding(camera("1", 20)).error().code, ErrorCode::kLimit);
  EXPECT_EQ(without_adding(camera("0", 20))->replaced, std::vector{first});
}

TEST_F(ControlTest, TakesAnEmptyMidForNone) {
  const TransportId on = transport();
  produce(on, camera("", 10));
  EXPECT_TRUE(control_.produce({on, ortc::MediaKind::kVideo, camera("", 20)})->replaced.empty());
}

TEST_F(ControlTest, HoldsItsLimits) {
  const TransportId on = transport();
  for (int i = 0; i < 3; ++i) produce(on, camera(std::to_string(i), static_cast<std::uint32_t>(10 + 2 * i)));
  EXPECT_EQ(control_.produce({on, ortc::MediaKind::kVideo, camera("9", 90)}).error().code, ErrorCode::kLimit);
  const ProducerId last = produce(on, camera("2", 14));  // in the place of another
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(consume(on, last).has_value());
  EXPECT_EQ(consume(on, last).error().code, ErrorCode::kLimit);
  for (int i = 0; i < 15; ++i) transport();  // on both workers
  EXPECT_EQ(control_.create_transport(router_).error().code, ErrorCode::kLimit);
}

TEST_F(ControlTest, NumbersTheConsumersOfATransportByMidAndSsrcWithoutRepetition) {
  const TransportId on = transport();
  const ProducerId producer = produce(on, camera("0", 10));
  std::set<std::uint32_t> ssrcs;
  for (int i = 0; i < 1000; ++i) {
    const auto offer = consume(on, producer);
    EXPECT_EQ(offer->rtp_parameters.mid, std::to_string(i));
    const auto& encoding = offer->rtp_parameters.encodings.at(0);
    EXPECT_TRUE(ssrcs.insert(encoding.ssrc->value()).second);
    EXPECT_TRUE(ssrcs.insert(encoding.rtx->ssrc.value()).second);
    control_.close_consumer(offer->id);
  }
}

TEST_F(ControlTest, WhateverLeavesInWhateverOrderTheOthersStay) {
  const TransportId on = transport();
  const ProducerId producer = produce(on, camera("0", 10));
  std::vector<TransportId> transports;
  std::vector<ConsumerId> consumers;
  for (int i = 0; i < 5; ++i) {
    transports.push_back(transport());
    consumers.push_back(consume(transports.back(), producer)->id);
  }
  control_.close_consumer(consumers[0]);
  control_.close_transport(transports[4]);
  control_.close_consumer(consumers[2]);
  control_.close_transport(transports[1]);
  control_.take_events();
  control_.close_producer(producer);
  const auto events = control_.take_events();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(std::get<ConsumerEnded>(events[0]).consumer, consumers[3]);
  control_.take_commands();
  control_.close_router(router_);
  EXPECT_EQ(told<worker::CloseTransport>().size(), 4U);
}

TEST_F(ControlTest, ReachesNothingOfAnotherRouter) {
  const TransportId here = transport();
  const ProducerId producer = produce(here, camera("0", 10));
  const RouterId other = control_.create_router();
  const TransportId there = control_.create_transport(other)->id;
  EXPECT_EQ(consume(there, producer).error().text, "Producer not found");
}

TEST_F(ControlTest, KnowsNothingOfWhatNeverWas) {
  const TransportId on = transport();
  EXPECT_EQ(control_.create_transport(RouterId(999)).error().text, "Router not found");
  EXPECT_EQ(control_.connect_transport(TransportId(999), remote()).error().text, "Transport not found");
  EXPECT_EQ(control_.restart_ice(TransportId(999)).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(control_.produce({TransportId(999), ortc::MediaKind::kVideo, camera("0", 1)}).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(consume(on, ProducerId(999)).error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(control_.can_consume(ProducerId(999), testing::router()));
  control_.take_commands();
  control_.close_router(RouterId(999));
  control_.close_transport(TransportId(999));
  control_.close_producer(ProducerId(999));
  control_.close_consumer(ConsumerId(999));
  control_.pause_producer(ProducerId(999), true);
  control_.pause_consumer(ConsumerId(999), true);
  control_.request_key_frame(ConsumerId(999));
  control_.notice(worker::TransportUp{TransportId(999)});
  control_.notice(worker::TransportDown{TransportId(999), worker::End::kConsentLost});
  EXPECT_TRUE(control_.take_commands().empty());
  EXPECT_TRUE(control_.take_events().empty());
}

TEST_F(ControlTest, TakesCapabilitiesAsTheyAreAndJudgesThemNotAgain) {
  const TransportId on = transport();
  const ProducerId producer = produce(on, camera("0", 10));
  ortc::RtpCapabilities said = testing::router();
  for (auto& codec : said.codecs) codec.channels = 1;  // of a video, which validate() mends
  EXPECT_FALSE(control_.can_consume(producer, said));
  EXPECT_EQ(control_.consume({on, producer, said}).error().code, ErrorCode::kUnsupported);
  const auto judged = ortc::validate(said).value();
  EXPECT_TRUE(control_.can_consume(producer, judged));
  EXPECT_TRUE(control_.consume({on, producer, judged}));
}

TEST_F(ControlTest, PutsRoutersOnTheWorkerWithTheLeastToDo) {
  const TransportId on = transport();
  produce(on, camera("0", 10));
  told<worker::CreateTransport>();
  const RouterId second = control_.create_router();
  const RouterId third = control_.create_router();
  control_.create_transport(second);
  control_.create_transport(third);
  for (const auto& addressed : control_.take_commands()) EXPECT_EQ(addressed.worker, 1U);
}

struct Namer {
  std::string operator()(const TransportConnected&) const { return "connected"; }
  std::string operator()(const TransportEnded&) const { return "transport"; }
  std::string operator()(const ProducerEnded&) const { return "producer"; }
  std::string operator()(const ConsumerEnded&) const { return "consumer"; }
  std::string operator()(const auto&) const { return "report"; }
};
std::string name_of(const Event& event) {
  return std::visit(Namer{}, event);
}

class ControlCascade : public ControlTest {
 protected:
  ControlCascade() {
    alice_ = transport();
    bob_ = transport();
    of_alice_ = produce(alice_, camera("0", 10));
    of_bob_ = produce(bob_, camera("0", 10));
    at_bob_ = consume(bob_, of_alice_)->id;
    at_alice_ = consume(alice_, of_bob_)->id;
    control_.take_commands();
  }
  std::vector<std::string> events() {
    std::vector<std::string> names;
    for (const Event& event : control_.take_events()) names.push_back(name_of(event));
    return names;
  }
  void expect_census(std::uint32_t transports, std::uint32_t producers, std::uint32_t consumers) {
    EXPECT_EQ(control_.census(0).transports, transports);
    EXPECT_EQ(control_.census(0).producers, producers);
    EXPECT_EQ(control_.census(0).consumers, consumers);
  }

  TransportId alice_, bob_;
  ProducerId of_alice_, of_bob_;
  ConsumerId at_bob_, at_alice_;
};

using Names = std::vector<std::string>;

TEST_F(ControlCascade, ATransportThatEndsByItselfIsToldOfLast) {
  control_.notice(worker::TransportDown{alice_, worker::End::kDtlsClosed});
  const auto events = control_.take_events();
  Names names;
  for (const Event& event : events) names.push_back(name_of(event));
  EXPECT_EQ(names, (Names{"consumer", "producer", "consumer", "transport"}));
  EXPECT_EQ(std::get<ConsumerEnded>(events[0]).consumer, at_bob_);
  EXPECT_EQ(std::get<ConsumerEnded>(events[2]).consumer, at_alice_);
  EXPECT_EQ(std::get<TransportEnded>(events[3]).reason, TransportEnd::kDtlsClosed);
  expect_census(1, 1, 0);
}

TEST_F(ControlCascade, AClosedTransportTakesItsProducersAndConsumersAlong) {
  control_.close_transport(alice_);
  EXPECT_EQ(events(), (Names{"consumer", "producer", "consumer"}));
  expect_census(1, 1, 0);
  control_.close_transport(alice_);
  EXPECT_TRUE(events().empty());
}

TEST_F(ControlCascade, AClosedProducerEndsItsConsumersOnly) {
  control_.close_producer(of_alice_);
  EXPECT_EQ(events(), Names{"consumer"});
  EXPECT_FALSE(control_.can_consume(of_alice_, testing::router()));
  expect_census(2, 1, 1);
}

TEST_F(ControlCascade, AClosedConsumerIsNoEvent) {
  control_.close_consumer(at_bob_);
  EXPECT_TRUE(events().empty());
  EXPECT_EQ(told<worker::CloseConsumer>().size(), 1U);
  expect_census(2, 2, 1);
}

TEST_F(ControlCascade, AClosedRouterLeavesNothingAndSaysNothing) {
  control_.close_router(router_);
  EXPECT_TRUE(events().empty());
  EXPECT_EQ(told<worker::CloseTransport>().size(), 2U);
  expect_census(0, 0, 0);
  EXPECT_EQ(control_.census(0).routers, 0U);
}

TEST_F(ControlCascade, ANoticeOfWhatWasClosedMeanwhileSaysNothing) {
  control_.close_transport(alice_);
  events();
  control_.notice(worker::TransportUp{alice_});
  control_.notice(worker::TransportDown{alice_, worker::End::kConsentLost});
  EXPECT_TRUE(events().empty());
}

TEST_F(ControlCascade, WhatWorkersObserveIsPassedOnWhileItsSubjectLives) {
  const auto report = [this] {
    control_.notice(worker::ProducerSilent{of_alice_, true});
    control_.notice(worker::SpeakerChanged{router_, of_alice_});
    control_.notice(worker::ProducerScored{of_alice_, 7, {5, 7}});
    control_.notice(worker::ConsumerScored{at_bob_, 6, 7});
    control_.notice(worker::LayersChanged{at_bob_, media::Layer{1, 2}});
    control_.notice(worker::LayersChanged{at_bob_, std::nullopt});
    return control_.take_events();
  };
  const auto events = report();
  ASSERT_EQ(events.size(), 6U);
  EXPECT_TRUE(std::get<ProducerSilent>(events[0]).silent);
  EXPECT_EQ(std::get<SpeakerChanged>(events[1]).speaker, of_alice_);
  EXPECT_EQ(std::get<ProducerScored>(events[2]).encodings.size(), 2U);
  EXPECT_EQ(std::get<ConsumerScored>(events[3]).producer_score, 7);
  EXPECT_EQ(std::get<ConsumerLayersChanged>(events[4]).layers->temporal, 2);
  EXPECT_FALSE(std::get<ConsumerLayersChanged>(events[5]).layers.has_value());
  control_.close_router(router_);
  EXPECT_TRUE(report().empty());
}

TEST_F(ControlCascade, WishesOfAConsumerReachItsWorker) {
  control_.set_preferred_layers(at_bob_, 1, 2);
  control_.set_priority(at_bob_, 200);
  const auto commands = control_.take_commands();
  ASSERT_EQ(commands.size(), 2U);
  EXPECT_EQ(std::get<worker::SetPreferredLayers>(commands[0].command).temporal, 2);
  EXPECT_EQ(std::get<worker::SetPriority>(commands[1].command).priority, 200);
  control_.close_consumer(at_bob_);
  control_.take_commands();
  control_.set_preferred_layers(at_bob_, 1, {});
  control_.set_priority(at_bob_, 1);
  EXPECT_TRUE(control_.take_commands().empty());
}

TEST_F(ControlTest, TakesALayerAboveThoseThatThereAreForTheHighest) {
  const TransportId on = transport();
  const auto wish_of = [&](const char* mode, std::uint8_t spatial) {
    ortc::RtpParameters parameters = camera("0", 10);
    if (mode != nullptr) parameters.encodings[0].scalability_mode = mode;
    const ProducerId producer = produce(on, parameters);
    control_.set_preferred_layers(consume(on, producer)->id, spatial, 0);
    control_.close_producer(producer);
    return told<worker::SetPreferredLayers>().at(0).spatial;
  };
  EXPECT_EQ(wish_of("L1T3", 2), 0);
  EXPECT_EQ(wish_of("L3T3_KEY", 2), 2);
  EXPECT_EQ(wish_of("L3T3_KEY", 200), 2);
  EXPECT_EQ(wish_of(nullptr, 2), 2) << "nobody said how many there are";
}

TEST_F(ControlCascade, StatisticsAreAskedOfTheWorkerAndCompletedWithTheCodec) {
  const StatsToken token = control_.request_stats(at_bob_).value();
  const auto asked = told<worker::GetStats>();
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].token, token);
  control_.notice(worker::StatsReady{token, ortc::ConsumerStats{}});
  const auto events = control_.take_events();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(std::get<StatsReady>(events[0]).token, token);
  EXPECT_EQ(std::get<ortc::ConsumerStats>(std::get<StatsReady>(events[0]).stats).mime_type, "video/VP8");
  control_.notice(worker::StatsReady{token, ortc::ConsumerStats{}});
  EXPECT_TRUE(control_.take_events().empty()) << "each question is answered once";
}

TEST_F(ControlCascade, StatisticsOfWhatWasClosedMeanwhileAreAnsweredEmpty) {
  const StatsToken token = control_.request_stats(at_bob_).value();
  control_.close_producer(of_alice_);
  events();
  control_.notice(worker::StatsReady{token, ortc::ConsumerStats{}});
  const auto answered = control_.take_events();
  ASSERT_EQ(answered.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(std::get<StatsReady>(answered[0]).stats));
  EXPECT_EQ(control_.request_stats(at_bob_).error().text, "Consumer not found");
  EXPECT_EQ(control_.request_stats(TransportId(999)).error().code, ErrorCode::kNotFound);
}

TEST_F(ControlCascade, PausesAreToldOnce) {
  control_.pause_producer(of_alice_, true);
  control_.pause_producer(of_alice_, true);
  EXPECT_EQ(told<worker::PauseProducer>().size(), 1U);
  EXPECT_TRUE(consume(bob_, of_alice_)->producer_paused);
}

}  // namespace
}  // namespace consomme::sfu
