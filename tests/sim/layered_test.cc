// What the receiver of a video with layers sees over each of the links. What is promised is held for every seed.
#include "tests/sim/layered_scenarios.h"
#include "tests/sim/scenarios.h"
#include "tests/sim/viewer.h"

namespace consomme::sim {
namespace {

class Layered : public testing::TestWithParam<std::tuple<LayeredVideo, std::uint64_t>> {};

TEST_P(Layered, ShowsTheBestThatFitsSoonSteadilyAndWithAShortQueue) {
  for (const LayeredScenario& row : layered_scenarios()) {
    SCOPED_TRACE(row.name);
    const LayeredFigures figures = show(row, std::get<0>(GetParam()), std::get<1>(GetParam()));
    EXPECT_LE(figures.reached, row.reaches_within);
    EXPECT_LE(figures.changes, 1);
    EXPECT_LE(figures.told, 3);
    EXPECT_GE(figures.at_best, 0.9);
    EXPECT_LE(figures.queue_p95_ms, 100);
  }
}

// Whatever the link carries: also what lies just below a layer's rate.
TEST_P(Layered, ChangesSizeAtMostOnceAMinuteOnAnySteadyLink) {
  for (double rate_kbps = 170; rate_kbps < 2500; rate_kbps *= 1.1) {
    const auto whole = static_cast<std::int64_t>(rate_kbps);
    SCOPED_TRACE(whole);
    const LayeredScenario steady{.name = "steady", .down = bottleneck(whole), .best = 0};
    EXPECT_LE(show(steady, std::get<0>(GetParam()), std::get<1>(GetParam())).changes, 1);
  }
}

// Together they can fill any link to the brim.
TEST_P(Layered, SeldomChangesLayersWhereEightShareALink) {
  struct Row {
    std::int64_t rate_kbps;
    double mean_layer;
  };
  for (const auto& [rate_kbps, mean_layer] :
       {Row{500, 0}, Row{1000, 0}, Row{2000, 0.1}, Row{3000, 0.3}, Row{5000, 0.95}, Row{10'000, 1.45}}) {
    SCOPED_TRACE(rate_kbps);
    const CrowdFigures figures = show_eight(bottleneck(rate_kbps), std::get<0>(GetParam()), std::get<1>(GetParam()));
    EXPECT_LE(figures.told, 12);
    EXPECT_GE(figures.least_between, 5s);
    EXPECT_GE(figures.mean_layer, mean_layer);
    EXPECT_LE(figures.queue_p95_ms, 100);
  }
}

INSTANTIATE_TEST_SUITE_P(Videos, Layered, testing::Combine(testing::ValuesIn(layered_videos()), testing::Values(1, 2)),
                         [](const auto& row) {
                           return std::string(std::get<0>(row.param).name) + "_" +
                                  std::to_string(std::get<1>(row.param));
                         });

constexpr LinkConfig kGood{.delay = 20ms};

// In which a picture is taken to be shown still.
Duration shown_for(const LayeredVideo& video) {
  return std::max<Duration>(200ms, video.frame_interval);
}

// From the last picture of a layer until the one below is seen. In K-SVC it takes a key picture besides. Encoders of
// AV1 say which layers they stop (active_decode_targets_bitmask); from this source, which does not, it is asked for
// behind eight pictures, or as many as come in 600 ms, two at least: known when the next begins, and seen with the one
// after.
Duration patience(const LayeredVideo& video) {
  constexpr Duration kLong = 1100ms;
  const Duration lower = shown_for(video) + 60ms;
  if (!video.key_dependent) return lower;
  return std::min(lower + 9 * video.frame_interval, std::max(kLong, 4 * video.frame_interval));
}

// Of one stream.
std::vector<LayeredVideo> scalable_videos() {
  std::vector<LayeredVideo> videos;
  std::ranges::remove_copy_if(layered_videos(), std::back_inserter(videos), &LayeredVideo::simulcast);
  return videos;
}

class UpperLayer : public testing::TestWithParam<std::tuple<LayeredVideo, Duration>> {};

// It is shown again when it comes back.
TEST_P(UpperLayer, ThatStopsIsLeftAndTakenAgain) {
  LayeredVideo video = std::get<0>(GetParam());
  video.frame_interval = std::get<1>(GetParam());
  World world(3);
  Member& alice = world.join(kGood, kGood);
  Member& bob = world.join(kGood, kGood);
  const World::PublishedLayers published = world.publish_layers(alice, video);
  const Sink& sink = *world.consume(bob, published.producer).sink;
  const Viewer viewer(published.sources, sink);
  const auto shows = [&](std::uint8_t spatial) {
    const auto layer = viewer.layer(world.now(), shown_for(video));
    return layer && layer->spatial == spatial;
  };
  world.run_for(10s);
  ASSERT_TRUE(shows(2));
  const std::uint64_t asked = published.sources[0]->key_frames();
  published.sources[0]->code_layers(2);  // with its next picture of the lowest temporal layer
  Instant last{};
  const auto is_left = [&] {
    const auto layer = viewer.layer(world.now(), 20ms);
    if (layer && layer->spatial == 2) last = world.now();
    return shows(1);
  };
  EXPECT_TRUE(world.run_until(is_left, 5s));
  EXPECT_LE(world.now() - last, patience(video));
  world.run_for(3s);
  EXPECT_TRUE(shows(1));
  published.sources[0]->code_layers(3);
  // With the next picture of the lowest temporal layer.
  EXPECT_TRUE(world.run_until([&] { return shows(2); }, std::max<Duration>(1s, 5 * video.frame_interval)));
  world.run_for(3s);
  EXPECT_TRUE(shows(2));
  EXPECT_EQ(sink.missing(), 0U);
  EXPECT_EQ(sink.ill_marked(), 0U);
  EXPECT_THAT(viewer.undecodable(world.now()), testing::IsEmpty());
  EXPECT_LE(published.sources[0]->key_frames(), asked + (video.key_dependent ? 2 : 1));
}

INSTANTIATE_TEST_SUITE_P(Videos, UpperLayer,
                         testing::Combine(testing::ValuesIn(scalable_videos()),
                                          testing::Values(33ms, 66ms, 100ms, 200ms, 333ms)),
                         [](const auto& row) {
                           return std::string(std::get<0>(row.param).name) + "_every_" +
                                  std::to_string(std::get<1>(row.param) / 1ms) + "_ms";
                         });

}  // namespace
}  // namespace consomme::sim
