// What the receiver of a video with layers sees over each of the links. What is promised is held for every seed.
#include "tests/sim/layered_scenarios.h"
#include "tests/sim/scenarios.h"

namespace consomme::sim {
namespace {

class Layered : public testing::TestWithParam<std::tuple<LayeredVideo, std::uint64_t>> {};

TEST_P(Layered, ShowsTheBestThatFitsSoonSteadilyAndWithAShortQueue) {
  for (const LayeredScenario& row : layered_scenarios()) {
    SCOPED_TRACE(row.name);
    const LayeredFigures figures = show(row, std::get<0>(GetParam()), std::get<1>(GetParam()));
    EXPECT_LE(figures.reached, row.reaches_within);
    EXPECT_LE(figures.changes, row.changes);
    EXPECT_GE(figures.at_best, 0.9);
    EXPECT_LE(figures.queue_p95_ms, 100);
  }
}

// Together they can fill any link to the brim.
TEST_P(Layered, SeldomChangesLayersWhereEightShareALink) {
  for (const std::int64_t rate_kbps : {500, 1000, 2000, 3000, 5000, 10'000}) {
    SCOPED_TRACE(rate_kbps);
    const CrowdFigures figures = show_eight(bottleneck(rate_kbps), std::get<0>(GetParam()), std::get<1>(GetParam()));
    EXPECT_LE(figures.told, 30);
  }
}

INSTANTIATE_TEST_SUITE_P(Videos, Layered, testing::Combine(testing::ValuesIn(layered_videos()), testing::Values(1, 2)),
                         [](const auto& row) {
                           return std::string(std::get<0>(row.param).name) + "_" +
                                  std::to_string(std::get<1>(row.param));
                         });

}  // namespace
}  // namespace consomme::sim
