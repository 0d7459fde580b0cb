#include "server/debug_filter.h"

namespace consomme::server {
namespace {

TEST(DebugFilter, IsSilentWithoutPatterns) {
  EXPECT_FALSE(DebugFilter("").enabled("mediasoup:room"));
  EXPECT_FALSE(DebugFilter(" , ,").enabled("mediasoup:room"));
}

TEST(DebugFilter, StarStandsForAnything) {
  const DebugFilter filter("mediasoup*");
  EXPECT_TRUE(filter.enabled("mediasoup"));
  EXPECT_TRUE(filter.enabled("mediasoup:room"));
  EXPECT_FALSE(filter.enabled("engine"));
  EXPECT_FALSE(filter.enabled("a-mediasoup:room"));
  EXPECT_TRUE(DebugFilter("*").enabled("anything"));
}

TEST(DebugFilter, StarInTheMiddleBacktracks) {
  const DebugFilter filter("media*:ro*m");
  EXPECT_TRUE(filter.enabled("mediasoup:room"));
  EXPECT_TRUE(filter.enabled("media:x:ro:rom"));
  EXPECT_FALSE(filter.enabled("mediasoup:rooms"));
}

TEST(DebugFilter, WithoutAStarTheWholeNameCounts) {
  const DebugFilter filter("mediasoup:room");
  EXPECT_TRUE(filter.enabled("mediasoup:room"));
  EXPECT_FALSE(filter.enabled("mediasoup:rooms"));
  EXPECT_FALSE(filter.enabled("mediasoup:roo"));
}

TEST(DebugFilter, TakesCommasAndSpaces) {
  const DebugFilter filter("mediasoup:room, mediasoup:http\tmediasoup:peer");
  EXPECT_TRUE(filter.enabled("mediasoup:room"));
  EXPECT_TRUE(filter.enabled("mediasoup:http"));
  EXPECT_TRUE(filter.enabled("mediasoup:peer"));
  EXPECT_FALSE(filter.enabled("mediasoup:"));
}

TEST(DebugFilter, MinusExcludesWhereverItStands) {
  for (const char* patterns : {"mediasoup*,-mediasoup:room*", "-mediasoup:room* mediasoup*"}) {
    const DebugFilter filter(patterns);
    EXPECT_TRUE(filter.enabled("mediasoup:http"));
    EXPECT_FALSE(filter.enabled("mediasoup:room"));
    EXPECT_FALSE(filter.enabled("mediasoup:room:x"));
  }
}

}  // namespace
}  // namespace consomme::server
