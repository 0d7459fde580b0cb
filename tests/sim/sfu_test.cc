// The library as its user has it: threads, sockets, ports. Every wait has a condition and a deadline.
#include "sfu/sfu.h"

#include <poll.h>
#include <sys/socket.h>

#include <deque>
#include <filesystem>

#include "net/socket_address.h"
#include "net/tcp_endpoint.h"
#include "sfu/transport/testing.h"
#include "tests/sim/describe.h"
#include "tests/sim/live.h"

namespace consomme::sim {
namespace {

constexpr Duration kPatience = 20s;
// More than most machines that build this have cores, so that threads are also taken off them at bad moments.
constexpr unsigned kWorkers = 4;

sfu::Config loopback(unsigned workers, const char* ip = "127.0.0.1") {
  sfu::Config config;
  config.workers = workers;
  config.listen = {{ip, ""}};
  config.first_port = 0;
  config.packets_per_worker = 4096;
  return config;
}

std::string refusal(const sfu::Config& config) {
  const auto started = sfu::Sfu::start(config);
  return started ? "started" : started.error().text;
}

std::size_t open_descriptors() {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

// An SFU, the browsers at it, and the loop that turns all of them.
class Stage {
 public:
  explicit Stage(const sfu::Config& config)
      : sfu_(std::move(*sfu::Sfu::start(config))), events_watch_(loop_, sfu_->event_fd(), {}, {.read = true}) {}

  sfu::Sfu& sfu() { return *sfu_; }
  struct Member {
    TransportId transport;
    std::unique_ptr<Live> live;
  };
  Member& join(RouterId router, Protocol protocol) {
    const auto offer = sfu_->create_transport(router);
    members_.push_back(
        {offer->id, std::make_unique<Live>(clock_, loop_, protocol, *offer, Client(Tuple{}, members_.size()))});
    Member& member = members_.back();
    EXPECT_TRUE(sfu_->connect_transport(offer->id, member.live->client().dtls_parameters()).has_value());
    return member;
  }
  ProducerId publish(Member& member, bool video = true) {
    const Described described = describe_source(sfu_->rtp_capabilities(), video ? "video/VP8" : "audio/opus",
                                                Ssrc(next_ssrc_), std::to_string(next_ssrc_));
    next_ssrc_ += 2;
    const auto kind = video ? ortc::MediaKind::kVideo : ortc::MediaKind::kAudio;
    const auto produced = sfu_->produce({member.transport, kind, described.parameters, false});
    EXPECT_TRUE(produced.has_value());
    member.live->client().add(described.config).start(clock_.now());
    return produced->id;
  }
  struct Watching {
    ConsumerId consumer;
    Sink* sink = nullptr;
  };
  Watching watch(Member& member, ProducerId producer) {
    const auto offer = sfu_->consume({member.transport, producer, sfu_->rtp_capabilities(), true});
    EXPECT_TRUE(offer.has_value());
    Sink& sink = member.live->client().add(describe_sink(*offer));
    sfu_->resume_consumer(offer->id);
    return {offer->id, &sink};
  }
  bool run_until(const std::function<bool()>& done) {
    const Instant until = clock_.now() + kPatience;
    while (!done()) {
      Instant next = until;
      for (const Member& member : members_) {
        member.live->turn();
        next = std::min(next, member.live->client().deadline());
      }
      sfu_->poll(events_);
      const Instant now = clock_.now();
      if (now >= until) return false;
      if (!done()) loop_.wait(now, next);
    }
    return true;
  }
  template <class Event>
  std::size_t count() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(events_, [](const sfu::Event& event) { return std::holds_alternative<Event>(event); }));
  }

 private:
  net::Clock clock_;
  net::EpollLoop loop_;
  std::unique_ptr<sfu::Sfu> sfu_;
  net::Watch events_watch_;
  std::deque<Member> members_;
  std::vector<sfu::Event> events_;
  std::uint32_t next_ssrc_ = 1000;
};

TEST(Sfu, CarriesCallsOfARoomOnEachWorkerOverUdpAndTcp) {
  Stage stage(loopback(kWorkers));
  std::vector<Stage::Watching> watched;
  for (unsigned room = 0; room < kWorkers; ++room) {
    const RouterId router = stage.sfu().create_router();
    Stage::Member& alice = stage.join(router, Protocol::kUdp);
    Stage::Member& bob = stage.join(router, Protocol::kUdp);
    Stage::Member& carol = stage.join(router, Protocol::kTcp);
    const ProducerId of_alice = stage.publish(alice);
    const ProducerId of_carol = stage.publish(carol);
    watched.push_back(stage.watch(bob, of_alice));
    watched.push_back(stage.watch(carol, of_alice));
    watched.push_back(stage.watch(bob, of_carol));
    watched.push_back(stage.watch(bob, stage.publish(alice, false)));
  }
  EXPECT_TRUE(stage.run_until([&] {
    return std::ranges::all_of(
        watched, [](const Stage::Watching& w) { return w.sink->packets() >= 50 && w.sink->missing() == 0; });
  }));
  for (const Stage::Watching& w : watched) EXPECT_TRUE(!w.sink->config().video || w.sink->began_with_key_frame());
  EXPECT_EQ(stage.count<sfu::TransportConnected>(), 3 * kWorkers);

  EXPECT_TRUE(stage.run_until([&] {
    const auto reports = stage.sfu().reports();
    return std::ranges::all_of(reports, [](const sfu::WorkerReport& r) {
      return r.routers == 1 && r.transports == 3 && r.producers == 3 && r.packets_received > 100 &&
             r.packets_sent > 100;
    });
  }));
}

// Each worker has room for one transport, so that everything crosses.
TEST(Sfu, CarriesARoomThatIsSpreadOverWorkers) {
  sfu::Config config = loopback(kWorkers);
  config.max_transports_per_worker = 1;
  Stage stage(config);
  const RouterId router = stage.sfu().create_router();
  Stage::Member& alice = stage.join(router, Protocol::kUdp);
  Stage::Member& bob = stage.join(router, Protocol::kUdp);
  Stage::Member& carol = stage.join(router, Protocol::kTcp);
  Stage::Member& dave = stage.join(router, Protocol::kUdp);
  const ProducerId video = stage.publish(alice);
  const std::array watched = {stage.watch(bob, video),
                              stage.watch(carol, video),
                              stage.watch(dave, video),
                              stage.watch(carol, stage.publish(bob)),
                              stage.watch(bob, stage.publish(alice, false)),
                              stage.watch(alice, stage.publish(bob, false)),
                              stage.watch(alice, stage.publish(dave))};
  const auto all_got = [&](std::uint64_t packets) {
    return std::ranges::all_of(
        watched, [&](const Stage::Watching& w) { return w.sink->packets() >= packets && w.sink->missing() == 0; });
  };
  ASSERT_TRUE(stage.run_until([&] { return all_got(50); }));
  for (const Stage::Watching& w : watched) EXPECT_TRUE(!w.sink->config().video || w.sink->began_with_key_frame());
  EXPECT_TRUE(stage.run_until([&] {
    const auto reports = stage.sfu().reports();
    return std::ranges::all_of(reports, [](const sfu::WorkerReport& r) { return r.transports == 1; }) &&
           reports[0].packets_lent > 150 && reports[1].packets_lent > 50 && reports[2].packets_lent == 0 &&
           reports[3].packets_lent > 50;
  }));

  const auto of_video = [&] { return watched[0].sink->packets() + watched[1].sink->packets(); };
  const auto before = of_video();
  stage.sfu().pause_producer(video);
  stage.sfu().resume_producer(video);
  EXPECT_TRUE(stage.run_until([&] { return of_video() > before + 50; }));
  alice.live->client().say_goodbye();
  EXPECT_TRUE(stage.run_until([&] { return stage.count<sfu::TransportEnded>() == 1; }));
  EXPECT_EQ(stage.count<sfu::ProducerEnded>(), 2U);
  EXPECT_EQ(stage.count<sfu::ConsumerEnded>(), 6U);
}

// Whichever worker the kernel picks for them, checks, handshakes, connections and media come to their own.
TEST(Sfu, CarriesRoomsOnOnePortForAllWorkers) {
  constexpr unsigned kOfEach = 3;
  sfu::Config config = loopback(kWorkers);
  config.single_port = true;
  config.max_transports_per_worker = kOfEach;
  Stage stage(config);
  const RouterId router = stage.sfu().create_router();
  std::vector<Stage::Member*> members;
  for (unsigned i = 0; i < kWorkers * kOfEach; ++i)
    members.push_back(&stage.join(router, i % 3 == 0 ? Protocol::kTcp : Protocol::kUdp));
  std::vector<Stage::Watching> watched;
  for (std::size_t i = 0; i < members.size(); ++i)
    watched.push_back(stage.watch(*members[(i + 5) % members.size()], stage.publish(*members[i], i % 2 == 0)));
  ASSERT_TRUE(stage.run_until([&] {
    return std::ranges::all_of(
        watched, [](const Stage::Watching& w) { return w.sink->packets() >= 50 && w.sink->missing() == 0; });
  }));
  EXPECT_EQ(stage.count<sfu::TransportConnected>(), members.size());
  for (const sfu::WorkerReport& report : stage.sfu().reports()) EXPECT_EQ(report.transports, kOfEach);
}

TEST(Sfu, AnnouncesOnePortForAllWorkers) {
  sfu::Config config = loopback(3);
  config.single_port = true;
  config.max_transports_per_worker = 1;
  Stage stage(config);
  const RouterId router = stage.sfu().create_router();
  const auto first = stage.sfu().create_transport(router)->ice_candidates;
  ASSERT_EQ(first.size(), 2U) << "UDP and TCP";
  for (int i = 0; i < 2; ++i) {
    const auto next = stage.sfu().create_transport(router)->ice_candidates;
    ASSERT_EQ(next.size(), 2U);
    for (std::size_t c = 0; c < 2; ++c) EXPECT_EQ(next[c].port, first[c].port);
  }
}

TEST(Sfu, DoesNotShareItsPortWithAnotherServer) {
  sfu::Config config = loopback(2);
  config.single_port = true;
  const auto first = sfu::Sfu::start(config);
  ASSERT_TRUE(first.has_value());
  const auto offer = (*first)->create_transport((*first)->create_router());
  for (const ortc::IceCandidate& candidate : offer->ice_candidates) {
    sfu::Config second = config;
    second.first_port = candidate.port;
    (candidate.protocol == ortc::IceProtocol::kUdp ? second.tcp : second.udp) = false;
    EXPECT_THAT(refusal(second), ::testing::HasSubstr(std::to_string(candidate.port)));
  }
}

TEST(Sfu, CarriesACallOverIpv6) {
  if (!sfu::Sfu::start(loopback(1, "::1"))) GTEST_SKIP() << "this machine has no IPv6";
  Stage stage(loopback(1, "::1"));
  const RouterId router = stage.sfu().create_router();
  Stage::Member& alice = stage.join(router, Protocol::kUdp);
  Stage::Member& bob = stage.join(router, Protocol::kTcp);
  const Stage::Watching over_tcp = stage.watch(bob, stage.publish(alice));
  const Stage::Watching over_udp = stage.watch(alice, stage.publish(bob));
  EXPECT_TRUE(stage.run_until([&] { return over_tcp.sink->packets() >= 50 && over_udp.sink->packets() >= 50; }));
}

// RFC 8445 §7.2.5.2.1: from another address than the one that was asked an answer counts for nothing. Here the asker is
// on another interface, towards which the routes know a better one.
TEST(Sfu, AnswersFromTheAddressThatWasAsked) {
  const auto running = sfu::Sfu::start(loopback(1, "0.0.0.0"));
  ASSERT_TRUE(running.has_value());
  const auto offer = (*running)->create_transport((*running)->create_router());
  const auto check =
      transport::testing::make_check({offer->ice_parameters.username_fragment, offer->ice_parameters.password});
  for (const ortc::IceCandidate& candidate : offer->ice_candidates) {
    if (candidate.protocol != ortc::IceProtocol::kUdp) continue;
    const IpAddress from = IpAddress::v4(0x7f000001);
    const auto asker = net::open_socket(from, SOCK_DGRAM);
    ASSERT_TRUE(asker && net::bind_socket(*asker, {from, 0}));
    net::KernelAddress to{};
    const auto size = net::to_kernel({*IpAddress::parse(candidate.ip), candidate.port}, to);
    ASSERT_EQ(connect(asker->get(), &to.any, size), 0);  // takes datagrams from there only
    ASSERT_EQ(send(asker->get(), check.data(), check.size(), 0), static_cast<ssize_t>(check.size()));
    pollfd answer{.fd = asker->get(), .events = POLLIN, .revents = 0};
    EXPECT_EQ(poll(&answer, 1, 20'000), 1) << candidate.ip;
  }
}

TEST(Sfu, TakesConnectionsAndKeepsThoseOfPeersWhenStrangersHoldAllPlaces) {
  Stage stage(loopback(1));
  const RouterId router = stage.sfu().create_router();
  Stage::Member& alice = stage.join(router, Protocol::kTcp);
  const auto early = stage.watch(stage.join(router, Protocol::kUdp), stage.publish(alice));
  ASSERT_TRUE(stage.run_until([&] { return early.sink->packets() > 5; }));

  const auto offer = stage.sfu().create_transport(router);
  const auto tcp = std::ranges::find(offer->ice_candidates, ortc::IceProtocol::kTcp, &ortc::IceCandidate::protocol);
  const SocketAddress server{*IpAddress::parse(tcp->ip), tcp->port};
  net::KernelAddress to{};
  const auto size = net::to_kernel(server, to);
  std::vector<net::Fd> strangers;
  for (std::size_t i = 0; i < net::TcpOptions{}.max_connections_per_remote + 32; ++i) {
    strangers.push_back(std::move(*net::open_socket(server.ip, SOCK_STREAM)));
    connect(strangers.back().get(), &to.any, size);
  }
  const auto late = stage.watch(stage.join(router, Protocol::kTcp), stage.publish(alice));
  const auto before = early.sink->packets();
  EXPECT_TRUE(stage.run_until([&] { return late.sink->packets() > 5 && early.sink->packets() > before + 20; }));
}

TEST(Sfu, TellsOfAPeerThatSaidGoodbyeAndOfAllThatEndedWithIt) {
  Stage stage(loopback(1));
  const RouterId router = stage.sfu().create_router();
  Stage::Member& alice = stage.join(router, Protocol::kUdp);
  Stage::Member& bob = stage.join(router, Protocol::kTcp);
  const auto watching = stage.watch(bob, stage.publish(alice));
  ASSERT_TRUE(stage.run_until([&] { return watching.sink->packets() > 10; }));
  alice.live->client().say_goodbye();
  EXPECT_TRUE(stage.run_until([&] { return stage.count<sfu::TransportEnded>() == 1; }));
  EXPECT_EQ(stage.count<sfu::ProducerEnded>(), 1U);
  EXPECT_EQ(stage.count<sfu::ConsumerEnded>(), 1U);
  EXPECT_EQ(stage.sfu().reports().at(0).transports, 1U);
}

TEST(Sfu, EventsOfOwnCallsWaitForThePoll) {
  Stage stage(loopback(1));
  const RouterId router = stage.sfu().create_router();
  Stage::Member& alice = stage.join(router, Protocol::kUdp);
  Stage::Member& bob = stage.join(router, Protocol::kUdp);
  stage.watch(bob, stage.publish(alice));
  stage.sfu().close_transport(alice.transport);
  EXPECT_EQ(stage.count<sfu::ProducerEnded>(), 0U);
  EXPECT_TRUE(stage.run_until([&] { return stage.count<sfu::ProducerEnded>() == 1; }));
  EXPECT_EQ(stage.count<sfu::ConsumerEnded>(), 1U);
  EXPECT_EQ(stage.count<sfu::TransportEnded>(), 0U);
}

// More commands than the mailbox holds: those that wait keep their place.
TEST(Sfu, CarriesOutAFloodOfCommandsInTheirOrder) {
  Stage stage(loopback(1));
  const RouterId router = stage.sfu().create_router();
  Stage::Member& alice = stage.join(router, Protocol::kUdp);
  Stage::Member& bob = stage.join(router, Protocol::kUdp);
  const auto watching = stage.watch(bob, stage.publish(alice, false));
  ASSERT_TRUE(stage.run_until([&] { return watching.sink->packets() > 5; }));
  for (int i = 0; i < 150'000; ++i) {
    stage.sfu().pause_consumer(watching.consumer);
    stage.sfu().resume_consumer(watching.consumer);
  }
  const auto before = watching.sink->packets();
  EXPECT_TRUE(stage.run_until([&] { return watching.sink->packets() > before + 20; }));
}

TEST(Sfu, GivesEveryDescriptorBackWhenItStops) {
  {
    Stage once(loopback(2));
  }  // what libraries open for good
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 3; ++i) {
    Stage stage(loopback(2));
    const RouterId router = stage.sfu().create_router();
    Stage::Member& alice = stage.join(router, Protocol::kTcp);
    const auto watching = stage.watch(stage.join(router, Protocol::kUdp), stage.publish(alice));
    ASSERT_TRUE(stage.run_until([&] { return watching.sink->packets() > 5; }));
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(Sfu, RefusesSettingsThatCannotWorkAndSaysWhich) {
  sfu::Config config = loopback(1);
  config.listen = {{"0.0.0.0", "0.0.0.0"}};
  EXPECT_THAT(refusal(config), ::testing::HasSubstr("announced address \"0.0.0.0\""));
  config.listen = {{"127.0.0.1", "example.org"}};
  EXPECT_THAT(refusal(config), ::testing::HasSubstr("announced address \"example.org\""));
  config.listen = {{"localhost", ""}};
  EXPECT_THAT(refusal(config), ::testing::HasSubstr("listen address \"localhost\""));
  config.listen = {};
  EXPECT_THAT(refusal(config), ::testing::HasSubstr("no listen address"));
  config.listen.assign(5, {"127.0.0.1", ""});
  EXPECT_THAT(refusal(config), ::testing::HasSubstr("more than 4"));
  config = loopback(2);
  config.first_port = 65535;
  EXPECT_THAT(refusal(config), ::testing::HasSubstr("first media port"));
  config = loopback(1);
  config.udp = config.tcp = false;
  EXPECT_THAT(refusal(config), ::testing::HasSubstr("udp and tcp"));
}

TEST(Sfu, SaysThatAPortIsTaken) {
  sfu::Config config = loopback(1);
  config.tcp = false;
  const auto first = sfu::Sfu::start(config);
  ASSERT_TRUE(first.has_value());
  const auto offer = (*first)->create_transport((*first)->create_router());
  config.first_port = offer->ice_candidates.at(0).port;
  const auto second = sfu::Sfu::start(config);
  ASSERT_FALSE(second.has_value());
  EXPECT_THAT(second.error().text, ::testing::HasSubstr(std::to_string(config.first_port)));
}

}  // namespace
}  // namespace consomme::sim
