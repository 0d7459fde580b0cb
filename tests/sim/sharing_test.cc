// A whole worker before links that carry less than is sent: what its receivers get, and what their clients are told.
#include <algorithm>
#include <tuple>

#include "tests/sim/layered_scenarios.h"
#include "tests/sim/rival.h"
#include "tests/sim/viewer.h"
#include "tests/sim/world.h"

namespace consomme::sim {
namespace {

using bwe::kbps;

constexpr LinkConfig kGood{.delay = 20ms};
LinkConfig carrying(std::int64_t rate_kbps) {
  return {.delay = 20ms, .rate = kbps(rate_kbps)};
}

class WithoutTransportWideNumbers : public testing::TestWithParam<LinkFeedback> {};

// Of those who say nothing of their link but what receiver reports have of it, and a REMB or not.
TEST_P(WithoutTransportWideNumbers, AVideoIsRaisedToItsBestLayerAndLoweredByLoss) {
  World world(1);
  Member& alice = world.join(kGood, kGood);
  Member& bob = world.join(kGood, carrying(2500));
  bob.client->speak(GetParam());
  const auto video = world.publish_layers(alice, layered_videos().front());
  const Viewer viewer(video.sources, *world.consume(bob, video.producer).sink);
  const auto shows = [&](int layer) {
    return [&, layer] {
      const auto now = viewer.layer(world.now());
      return now && now->spatial == layer;
    };
  };
  EXPECT_TRUE(world.run_until(shows(2), 20s));
  bob.down.config().loss = 0.25;
  EXPECT_TRUE(world.run_until(shows(1), 10s));
  bob.down.config().loss = 0;
  EXPECT_TRUE(world.run_until(shows(2), 40s));
}

INSTANTIATE_TEST_SUITE_P(Feedback, WithoutTransportWideNumbers,
                         testing::Values(LinkFeedback::kReportsOnly, LinkFeedback::kRemb), [](const auto& feedback) {
                           return feedback.param == LinkFeedback::kRemb ? "Remb" : "ReportsOnly";
                         });

// Of a video that is under way it is known what its layers cost.
TEST(ReceiverReports, FillTheQueueOfANarrowLinkForNoMoreThanASecondWhereAVideoIsJoined) {
  for (const LayeredVideo& video : layered_videos()) {
    SCOPED_TRACE(video.name);
    World world(1);
    Member& alice = world.join(kGood, kGood);
    Member& carol = world.join(kGood, kGood);
    const auto published = world.publish_layers(alice, video);
    world.consume(carol, published.producer);
    world.run_for(5s);
    Member& bob = world.join(kGood, carrying(300));
    bob.client->speak(LinkFeedback::kReportsOnly);
    const Viewer viewer(published.sources, *world.consume(bob, published.producer).sink);
    Duration full{};
    for (Duration at{}; at < 10s; at += 20ms) {
      world.run_for(20ms);
      if (bob.down.backlog(world.now()) > 100ms) full += 20ms;
    }
    EXPECT_LE(full, 1s);
    const auto layer = viewer.layer(world.now());
    EXPECT_TRUE(layer && layer->spatial == 0);
  }
}

// Whether a video goes on while somebody fills the queue before it.
bool goes_on_beside_a_download(const LayeredVideo& layered, std::uint64_t seed) {
  World world(seed);
  Member& alice = world.join(kGood, kGood);
  Member& bob = world.join(kGood, carrying(3000));
  const auto video = world.publish_layers(alice, layered);
  const Viewer viewer(video.sources, *world.consume(bob, video.producer).sink);
  world.run_for(10s);
  Rival rival(kGood.delay);
  for (Duration at{}; at < 50s; at += 1ms) {
    world.run_for(1ms);
    rival.step(world.now(), bob.down);
    if (at % 500ms == Duration::zero() && !viewer.layer(world.now(), 1s)) return false;
  }
  return true;
}

TEST(BesideADownload, AVideoGoesOn) {
  constexpr int kRuns = 24;
  for (const LayeredVideo& video : layered_videos()) {
    SCOPED_TRACE(video.name);
    int stood_still = 0;
    for (int seed = 1; seed <= kRuns; ++seed)
      if (!goes_on_beside_a_download(video, static_cast<std::uint64_t>(seed))) ++stood_still;
    EXPECT_EQ(stood_still, 0) << "of " << kRuns;
  }
}

// About what Chromium sends of a camera: 150 kbit/s, 1 and 2.6 Mbit/s.
constexpr LayeredVideo kCamera = {.name = "simulcast_L1T2",
                                  .mime_type = "video/VP8",
                                  .frame_bytes = {620, 4125, 10725},
                                  .temporal_layers = 2,
                                  .simulcast = true};

// A source's number is in its packets' (World::publish_simulcast): 250, 500 and 760 kbit/s. What came last; -1: nothing
// within `lately`.
int layer_of(const World& world, const Sink& sink, Duration lately = 1s) {
  const auto& arrivals = sink.arrivals();
  const auto newer = [](const auto& a, const auto& b) { return a.second.at < b.second.at; };
  const auto last = std::ranges::max_element(arrivals, newer);
  if (last == arrivals.end() || world.now() - last->second.at > lately) return -1;
  return static_cast<int>(last->first / 1'000'000);
}

// A link, and the spatial layer that it carries.
struct Fit {
  std::int64_t kbps;
  int layer;
};
struct Row {
  LayeredVideo video;
  std::vector<Fit> links;
  std::vector<Fit> changed;  // what a link of 2 Mbit/s becomes
};

// A spatial layer begins at less than its rate where it has temporal layers, and every packet of AV1 has a descriptor;
// no link lies near a step.
const Row kRows[] = {
    {{.name = "simulcast",
      .mime_type = "video/VP8",
      .frame_bytes = kEncodings,
      .temporal_layers = 1,
      .simulcast = true},
     {{180, 0}, {400, 0}, {650, 1}, {1200, 1}, {2000, 2}},
     {{400, 0}, {1200, 1}}},
    {{.name = "simulcast_L1T3", .mime_type = "video/VP8", .frame_bytes = kEncodings, .simulcast = true},
     {{400, 1}, {1200, 2}, {2000, 2}},
     {{560, 1}}},
    {{.name = "H264_L1T3", .mime_type = "video/H264", .frame_bytes = kEncodings, .simulcast = true, .described = true},
     {{400, 1}, {1200, 2}, {2000, 2}},
     {{560, 1}}},
    {{.name = "H264_L1T2",
      .mime_type = "video/H264",
      .frame_bytes = kEncodings,
      .temporal_layers = 2,
      .simulcast = true},
     {{440, 1}, {1200, 2}, {2000, 2}},
     {{560, 1}}},
    {{.name = "VP9_L3T3", .mime_type = "video/VP9", .frame_bytes = kLayers},
     {{180, 0}, {400, 1}, {1200, 2}, {2000, 2}},
     {{560, 1}}},
    {{.name = "VP9_L3T3_KEY", .mime_type = "video/VP9", .frame_bytes = kEncodings, .key_dependent = true},
     {{180, 0}, {440, 1}, {1200, 2}, {2000, 2}},
     {{560, 1}}},
    {{.name = "AV1_L3T3", .mime_type = "video/AV1", .frame_bytes = kLayers},
     {{180, 0}, {440, 1}, {1200, 2}, {2000, 2}},
     {{560, 1}}},
    {{.name = "AV1_L3T3_KEY", .mime_type = "video/AV1", .frame_bytes = kEncodings, .key_dependent = true},
     {{180, 0}, {440, 1}, {1200, 2}, {2000, 2}},
     {{560, 1}}},
    {{.name = "AV1_L3T3_KEY_overshooting",
      .mime_type = "video/AV1",
      .frame_bytes = kEncodings,
      .key_dependent = true,
      .overshooting = true},
     {{180, 0}, {440, 1}, {1200, 2}, {2000, 2}},
     {{560, 1}}},
};

// One receiver of one video, behind a link.
class SharingLayers : public testing::TestWithParam<std::tuple<Row, std::uint64_t>> {
 protected:
  void watch(const LinkConfig& link) {
    world_.emplace(std::get<1>(GetParam()));
    Member& alice = world_->join(kGood, kGood);
    receiver_ = &world_->join(kGood, link);
    const auto video = world_->publish_layers(alice, row().video);
    sink_ = world_->consume(*receiver_, video.producer).sink;
    viewer_.emplace(video.sources, *sink_);
  }
  static const Row& row() { return std::get<0>(GetParam()); }
  // -1: nothing.
  int spatial() const {
    const auto layer = viewer_->layer(world_->now());
    return layer ? layer->spatial : -1;
  }
  bool reaches(int layer, Duration within) {
    return world_->run_until([&] { return spatial() == layer; }, within);
  }
  // How often the layer is another one in `span`.
  int changes(Duration span) {
    int count = 0;
    int before = spatial();
    for (Duration at{}; at < span; at += 100ms) {
      world_->run_for(100ms);
      const int now = spatial();
      count += std::exchange(before, now) == now ? 0 : 1;
    }
    return count;
  }
  std::optional<World> world_;
  std::optional<Viewer> viewer_;
  Member* receiver_ = nullptr;
  Sink* sink_ = nullptr;
};

TEST_P(SharingLayers, GivesTheHighestThatFitsTheLinkAndStaysThere) {
  for (const Fit& link : row().links) {
    SCOPED_TRACE(link.kbps);
    watch(carrying(link.kbps));
    const Instant settled = world_->now() + 5s;
    EXPECT_TRUE(reaches(link.layer, 5s)) << spatial();
    world_->run_for(settled - world_->now());
    EXPECT_LE(changes(60s), 1);
    EXPECT_EQ(spatial(), link.layer);
  }
}

TEST_P(SharingLayers, FollowsALinkThatChanges) {
  for (const Fit& link : row().changed) {
    SCOPED_TRACE(link.kbps);
    watch(carrying(2000));
    world_->run_for(20s);
    EXPECT_EQ(spatial(), 2);
    receiver_->down.config().rate = kbps(link.kbps);
    EXPECT_TRUE(reaches(link.layer, 3s)) << spatial();
    world_->run_for(17s);
    EXPECT_EQ(spatial(), link.layer);
    receiver_->down.config().rate = kbps(2000);
    EXPECT_TRUE(reaches(2, 10s)) << spatial();
  }
}

// A layer that is lost soon behind a rise is not tried again for a while, but what was lost here was another link's.
TEST_P(SharingLayers, ComesBackFromALinkThatFellAsSoonAsItWasKnown) {
  for (const Duration known_for : {2s, 4s, 6s}) {
    SCOPED_TRACE(known_for / 1s);
    watch(carrying(2500));
    EXPECT_TRUE(reaches(2, 5s));
    world_->run_for(known_for);
    receiver_->down.config().rate = kbps(400);
    EXPECT_TRUE(world_->run_until([&] { return spatial() < 2; }, 3s));
    world_->run_for(2s);
    receiver_->down.config().rate = kbps(2500);
    EXPECT_TRUE(reaches(2, 10s)) << spatial();
  }
}

TEST_P(SharingLayers, AnswersAStepToAFifthWithinASecondAndComesBack) {
  watch(carrying(2500));
  world_->run_for(20s);
  EXPECT_EQ(spatial(), 2);
  receiver_->down.config().rate = kbps(500);
  EXPECT_TRUE(world_->run_until([&] { return spatial() < 2; }, 1s));
  world_->run_for(19s);
  EXPECT_LT(spatial(), 2);
  receiver_->down.config().rate = kbps(2500);
  EXPECT_TRUE(reaches(2, 10s)) << spatial();
}

TEST_P(SharingLayers, FollowsALinkThatFadesAndComesBackWithAShortQueue) {
  constexpr std::int64_t kWide = 2500;
  constexpr std::int64_t kNarrow = 450;
  constexpr Duration kRamp = 20s;
  watch(carrying(kWide));
  world_->run_for(20s);
  std::vector<Duration> queue;
  int times_without = 0;
  const auto fade = [&](std::int64_t from, std::int64_t to) {
    for (Duration at{}; at < kRamp; at += 20ms) {
      receiver_->down.config().rate = kbps(from + (to - from) * (at / 20ms) / (kRamp / 20ms));
      world_->run_for(20ms);
      queue.push_back(receiver_->down.backlog(world_->now()));
      times_without += spatial() < 0 ? 1 : 0;
    }
  };
  fade(kWide, kNarrow);
  fade(kNarrow, kWide);
  std::ranges::sort(queue);
  const Duration most = row().video.overshooting ? 120ms : 100ms;  // that encoder fills queues itself
  EXPECT_LE(queue[queue.size() * 95 / 100], most);
  EXPECT_EQ(times_without, 0);
  EXPECT_TRUE(reaches(2, 10s)) << spatial();
}

// Two people in one house see the same video, from ten seconds before.
struct House {
  House(const LayeredVideo& layered, std::int64_t rate_kbps, std::uint64_t seed) : world(seed) {
    Member& alice = world.join(kGood, kGood);
    bob = &world.join(kGood, carrying(rate_kbps));
    Member& carol = world.join(kGood, kGood);
    carol.behind = bob;
    const auto video = world.publish_layers(alice, layered);
    for (Member* const member : {bob, &carol})
      viewers.emplace_back(video.sources, *world.consume(*member, video.producer).sink);
    world.run_for(10s);
  }
  // What each sees; -1: nothing.
  std::vector<int> spatial_layers() const {
    std::vector<int> layers;
    for (const Viewer& viewer : viewers) {
      const auto layer = viewer.layer(world.now());
      layers.push_back(layer ? layer->spatial : -1);
    }
    return layers;
  }
  // How many see another layer than when this was asked before.
  int changes() {
    const std::vector<int> before = std::exchange(seen, spatial_layers());
    int count = 0;
    for (std::size_t i = 0; i < before.size(); ++i) count += before[i] == seen[i] ? 0 : 1;
    return count;
  }

  World world;
  Member* bob = nullptr;  // behind whose link both are
  std::vector<Viewer> viewers;
  std::vector<int> seen;
};

TEST_P(SharingLayers, ServesTwoReceiversBehindOneLinkSteadily) {
  for (const Fit& link : {Fit{500, 0}, {1000, 0}, {3000, 1}, {4000, 2}}) {
    SCOPED_TRACE(link.kbps);
    House house(row().video, link.kbps, std::get<1>(GetParam()));
    int without = 0;
    int changes = 0;
    std::vector<Duration> queue;
    for (Duration at{}; at < 30s; at += 20ms) {
      house.world.run_for(20ms);
      queue.push_back(house.bob->down.backlog(house.world.now()));
      if (at % 1s != Duration::zero()) continue;
      changes += house.changes();
      if (std::ranges::min(house.seen) < link.layer) ++without;
    }
    std::ranges::sort(queue);
    const bool overshooting = row().video.overshooting;  // that encoder fills queues itself
    EXPECT_LE(queue[queue.size() * 95 / 100], overshooting ? 140ms : 100ms);
    EXPECT_LE(changes, overshooting ? 3 : 1) << "of both";
    EXPECT_EQ(without, 0);
  }
}

// Both best layers fill 2 Mbit/s to the brim: now and then one of the two is misled, and takes it from the other.
TEST_P(SharingLayers, SeldomTakesFromAnotherWhatALinkDoesNotCarryTwice) {
  House house(row().video, 2000, std::get<1>(GetParam()));
  int changes = 0;
  for (Duration at{}; at < 2min; at += 1s) {
    house.world.run_for(1s);
    changes += house.changes();
  }
  EXPECT_LE(changes, 12) << "of both";
}

// Each time somebody else goes up, everybody gets a key picture, and what the encoder makes of its rate behind it.
TEST_P(SharingLayers, KeepsItsLayersWhileOthersAskForKeyPictures) {
  watch(carrying(770));
  world_->run_for(10s);
  world_->take_events();
  for (int i = 0; i < 12; ++i) {
    for (Source* const source : viewer_->sources()) source->key_frame_wanted();
    world_->run_for(5s);
  }
  const std::vector<sfu::Event> told = world_->take_events();
  EXPECT_LE(std::ranges::count_if(
                told, [](const sfu::Event& e) { return std::holds_alternative<sfu::ConsumerLayersChanged>(e); }),
            2);
}

// On a link that delays and loses nothing, so that whatever is missing is our doing.
TEST_P(SharingLayers, GivesOnlyWhatCanBeDecoded) {
  watch({.delay = 20ms, .rate = kbps(2000), .queue = 60s});
  for (const std::int64_t rate : {2000, 650, 2000, 180, 2000}) {
    receiver_->down.config().rate = kbps(rate);
    world_->run_for(20s);
  }
  EXPECT_EQ(sink_->missing(), 0U);
  EXPECT_EQ(sink_->repeated(), 0U);
  EXPECT_EQ(sink_->ill_marked(), 0U);
  const std::vector<std::string> undecodable = viewer_->undecodable(world_->now());
  EXPECT_TRUE(undecodable.empty()) << undecodable.size() << ", the first: " << undecodable.front();
}

INSTANTIATE_TEST_SUITE_P(Videos, SharingLayers, testing::Combine(testing::ValuesIn(kRows), testing::Values(1, 2, 3)),
                         [](const auto& row) {
                           return std::string(std::get<0>(row.param).video.name) + "_" +
                                  std::to_string(std::get<1>(row.param));
                         });

class Sharing : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Sharing, PausesAVideoOfWhichNothingFitsTellsItsClientAndResumesIt) {
  World world(GetParam());
  Member& alice = world.join(kGood, kGood);
  Member& bob = world.join(kGood, carrying(2000));
  const auto video = world.publish_simulcast(alice, 3);
  const auto sound = world.publish(alice, false);
  const auto seen = world.consume(bob, video.producer);
  const auto heard = world.consume(bob, sound.producer);
  world.run_for(10s);
  world.take_events();

  bob.down.config().rate = kbps(120);
  EXPECT_TRUE(world.run_until([&] { return layer_of(world, *seen.sink) == -1; }, 10s));
  const auto nothing = [&](const sfu::Event& event) {
    const auto* const changed = std::get_if<sfu::ConsumerLayersChanged>(&event);
    return changed != nullptr && changed->consumer == seen.consumer && !changed->layers;
  };
  const std::vector<sfu::Event> told = world.take_events();
  EXPECT_EQ(std::ranges::count_if(told, nothing), 1);
  const std::size_t heard_before = heard.sink->arrivals().size();
  world.run_for(10s);
  EXPECT_EQ(layer_of(world, *seen.sink), -1);
  EXPECT_GT(heard.sink->arrivals().size(), heard_before + 490) << "sound goes on";

  bob.down.config().rate = kbps(2000);
  EXPECT_TRUE(world.run_until([&] { return layer_of(world, *seen.sink) == 2; }, 15s));
}

TEST_P(Sharing, TellsOfAVideoThatNeverHadABandwidthAndOfNoneThatOnlyBegins) {
  World world(GetParam());
  Member& alice = world.join(kGood, kGood);
  Member& bob = world.join(kGood, carrying(350));
  std::vector<World::Consumed> seen;
  for (int i = 0; i < 2; ++i) seen.push_back(world.consume(bob, world.publish_layers(alice, kRows[0].video).producer));
  const auto times_told_of_nothing = [&](ConsumerId consumer) {
    return std::ranges::count_if(world.take_events(), [&](const sfu::Event& event) {
      const auto* const changed = std::get_if<sfu::ConsumerLayersChanged>(&event);
      return changed != nullptr && changed->consumer == consumer && !changed->layers;
    });
  };
  world.run_for(2s);
  EXPECT_EQ(times_told_of_nothing(seen[0].consumer), 0);
  world.run_for(18s);
  world.take_events();
  const auto third = world.consume(bob, world.publish_layers(alice, kRows[0].video).producer);
  world.run_for(5s);
  EXPECT_EQ(times_told_of_nothing(third.consumer), 1);
  EXPECT_EQ(layer_of(world, *third.sink), -1);
}

TEST_P(Sharing, SearchesForMoreBesideSoundWithoutDelayingOrLosingIt) {
  World world(GetParam());
  Member& alice = world.join(kGood, kGood);
  Member& bob = world.join(kGood, carrying(100));
  const auto video = world.publish_layers(alice, kRows[0].video);
  const auto heard = world.consume(bob, world.publish(alice, false).producer);
  const auto seen = world.consume(bob, video.producer);
  world.run_for(10s);
  EXPECT_EQ(layer_of(world, *seen.sink), -1) << "not even its lowest layer fits";
  const std::size_t heard_before = heard.sink->arrivals().size();
  std::vector<Duration> queue;
  for (Duration at{}; at < 60s; at += 20ms) {
    world.run_for(20ms);
    queue.push_back(bob.down.backlog(world.now()));
  }
  std::ranges::sort(queue);
  EXPECT_LE(queue[queue.size() * 95 / 100], 100ms);
  EXPECT_GE(heard.sink->arrivals().size(), heard_before + 2998) << "of 3000, but for those on their way";
}

TEST_P(Sharing, ServesThePreferredFirst) {
  World world(GetParam());
  Member& alice = world.join(kGood, kGood);
  Member& bob = world.join(kGood, carrying(900));
  const auto first = world.publish_simulcast(alice, 3);
  const auto second = world.publish_simulcast(alice, 3);
  const auto seen_first = world.consume(bob, first.producer);
  const auto seen_second = world.consume(bob, second.producer);
  world.control().set_priority(seen_second.consumer, 5);
  world.run_for(20s);
  const auto rank = [&](const Sink& sink) { return layer_of(world, sink); };
  EXPECT_GT(rank(*seen_second.sink), rank(*seen_first.sink));
}

TEST_P(Sharing, MakesRoomForAVideoThatJoins) {
  World world(GetParam());
  Member& alice = world.join(kGood, kGood);
  Member& bob = world.join(kGood, carrying(1000));
  const auto first = world.publish_simulcast(alice, 3);
  const auto second = world.publish_simulcast(alice, 3);
  const auto seen_first = world.consume(bob, first.producer);
  world.run_for(20s);
  ASSERT_EQ(layer_of(world, *seen_first.sink), 2);
  const auto seen_second = world.consume(bob, second.producer);
  EXPECT_TRUE(world.run_until(
      [&] { return layer_of(world, *seen_first.sink) < 2 && layer_of(world, *seen_second.sink) >= 0; }, 2s));
  EXPECT_GE(layer_of(world, *seen_first.sink), 0);
}

// Which reads late what came in time: to a detector of slopes that looks like a queue.
TEST_P(Sharing, KeepsTheBestLayerOfAReceiverWhoseHostStalls) {
  struct Stalls {
    Duration up_to;
    Duration every;
  };
  for (const auto& [up_to, every] : {Stalls{50ms, 300ms}, {150ms, 1s}, {400ms, 5s}}) {
    SCOPED_TRACE(up_to / 1ms);
    World world(GetParam());
    Member& alice = world.join(kGood, kGood);
    Member& bob = world.join(kGood, {.delay = 20ms, .stall = up_to, .stall_every = every});
    const auto video = world.publish_layers(alice, kCamera);
    const Viewer viewer(video.sources, *world.consume(bob, video.producer).sink);
    const auto sees_the_best = [&] {
      const auto layer = viewer.layer(world.now());
      return layer && layer->spatial == 2;
    };
    EXPECT_TRUE(world.run_until(sees_the_best, 5s));
    int others = 0;
    for (Duration at{}; at < 60s; at += 100ms) {
      world.run_for(100ms);
      others += sees_the_best() ? 0 : 1;
    }
    EXPECT_LE(others, 5);
  }
}

TEST_P(Sharing, GivesABetterSizeAtAQuarterOfThePicturesOnlyToWhoAsksForIt) {
  World world(GetParam());
  Member& alice = world.join(kGood, kGood);
  Member& bob =
      world.join(kGood, carrying(800));  // a quarter of the pictures of the best size take 600 kbit/s, half 900
  const auto video =
      world.publish_layers(alice, {.name = "VP9_L3T3", .mime_type = "video/VP9", .frame_bytes = kLayers});
  const auto seen = world.consume(bob, video.producer);
  const Viewer viewer(video.sources, *seen.sink);
  world.run_for(20s);
  EXPECT_EQ(viewer.layer(world.now()), (media::Layer{1, 2}));
  world.control().set_preferred_layers(seen.consumer, 2, 0);
  world.run_for(20s);
  EXPECT_EQ(viewer.layer(world.now()), (media::Layer{2, 0}));
}

TEST_P(Sharing, GivesAllPicturesOfASmallerSizeToWhoWishesForFewOfOneThatDoesNotFit) {
  World world(GetParam());
  Member& alice = world.join(kGood, kGood);
  Member& bob = world.join(kGood, carrying(620));
  const auto video =
      world.publish_layers(alice, {.name = "VP9_L3T3", .mime_type = "video/VP9", .frame_bytes = kLayers});
  const auto seen = world.consume(bob, video.producer);
  const Viewer viewer(video.sources, *seen.sink);
  world.control().set_preferred_layers(seen.consumer, 2, 0);
  world.run_for(20s);
  EXPECT_EQ(viewer.layer(world.now()), (media::Layer{1, 2}));
}

// A client that is shown small pictures for a while has not met a limit of the link.
TEST_P(Sharing, TakesTheBestLayerAtOnceWhenTheClientWantsItAgain) {
  for (const Duration seen_for : {2s, 20s}) {
    SCOPED_TRACE(seen_for / 1s);
    World world(GetParam());
    Member& alice = world.join(kGood, kGood);
    Member& bob = world.join(kGood, carrying(10'000));
    const auto video = world.publish_simulcast(alice, 3);
    const auto seen = world.consume(bob, video.producer);
    const auto has = [&](int layer) { return [&, layer] { return layer_of(world, *seen.sink) == layer; }; };
    ASSERT_TRUE(world.run_until(has(2), 5s));
    world.run_for(seen_for);
    for (int i = 0; i < 3; ++i) {
      world.control().set_preferred_layers(seen.consumer, 0, {});
      EXPECT_TRUE(world.run_until(has(0), 1s));
      world.run_for(2s);
      world.control().set_preferred_layers(seen.consumer, 2, {});
      EXPECT_TRUE(world.run_until(has(2), 3s));
      world.run_for(2s);
    }
  }
}

// How long the link was narrow decides what is
// under way when it opens.
TEST_P(Sharing, TakesTheBestLayerWithinTenSecondsOfALinkThatOpensWide) {
  for (const Duration narrow : {2s, 3s, 6s, 15s}) {
    SCOPED_TRACE(narrow / 1s);
    World world(GetParam());
    Member& alice = world.join(kGood, kGood);
    Member& bob = world.join(kGood, carrying(1000));
    const auto video = world.publish_layers(alice, kCamera);
    const Viewer viewer(video.sources, *world.consume(bob, video.producer).sink);
    world.run_for(5s);
    bob.down.config().rate = kbps(400);
    world.run_for(narrow);
    bob.down.config().rate = kbps(100'000);
    const auto sees_the_best = [&] {
      const auto layer = viewer.layer(world.now());
      return layer && layer->spatial == 2;
    };
    EXPECT_TRUE(world.run_until(sees_the_best, 10s));
  }
}

// What is longer by itself must not be taken for a queue.
TEST_P(Sharing, TakesTheBestLayerOnALongerPathThatIceMovesTo) {
  for (const Duration longer : {100ms, 200ms}) {
    SCOPED_TRACE(longer / 1ms);
    World world(GetParam());
    Member& alice = world.join(kGood, kGood);
    Member& bob = world.join(kGood, carrying(2000));
    const auto video = world.publish_layers(alice, kRows[0].video);
    const Viewer viewer(video.sources, *world.consume(bob, video.producer).sink);
    world.run_for(20s);
    Tuple moved = bob.client->tuple();
    moved.remote.ip = IpAddress::v4(0x0a010001);
    bob.client->move_to(moved);
    bob.up.config().delay = bob.down.config().delay = kGood.delay + longer;
    const auto sees_the_best = [&] {
      const auto layer = viewer.layer(world.now());
      return layer && layer->spatial == 2;
    };
    world.run_for(3s);  // until the next check
    EXPECT_TRUE(world.run_until(sees_the_best, 10s));
    int others = 0;
    for (Duration at{}; at < 30s; at += 100ms) {
      world.run_for(100ms);
      others += sees_the_best() ? 0 : 1;
    }
    EXPECT_LE(others, 60) << "at most one lowering, while nothing is known yet";
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Sharing, testing::Values(1, 2, 3));

}  // namespace
}  // namespace consomme::sim
