#include "server/signaling/announcements.h"

namespace consomme::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Instant kJoin{1000s};

TEST(Announcements, RepeatsWhatWasMissedWhenThePeerHasProducedAndIsQuiet) {
  Announcements a(std::vector<std::string>{});
  a.announced("p1");
  a.announced("p2");
  EXPECT_EQ(a.deadline(), kNever);
  a.requested(kJoin + 2s);
  a.produced();
  a.requested(kJoin + 2500ms);
  EXPECT_EQ(a.deadline(), kJoin + 3500ms);
  EXPECT_THAT(a.expire(kJoin + 3499ms), IsEmpty());
  EXPECT_THAT(a.expire(kJoin + 3500ms), ElementsAre("p1", "p2"));
}

TEST(Announcements, RepeatsFiveSecondsAfterTheRecvTransportOfAViewer) {
  Announcements a(std::vector<std::string>{});
  a.made_recv_transport(kJoin);
  a.made_recv_transport(kJoin + 3s);  // a second one starts no second wait
  a.announced("p1");
  EXPECT_EQ(a.deadline(), kJoin + 5s);
  EXPECT_THAT(a.expire(kJoin + 5s), ElementsAre("p1"));
}

TEST(Announcements, RepeatsOnlyOnce) {
  Announcements a(std::vector<std::string>{});
  a.made_recv_transport(kJoin);
  a.announced("p1");
  a.requested(kJoin);
  a.produced();
  EXPECT_THAT(a.expire(kJoin + 1s), ElementsAre("p1"));
  a.announced("p2");
  EXPECT_EQ(a.deadline(), kNever);
  EXPECT_THAT(a.expire(kJoin + 9s), IsEmpty());
}

TEST(Announcements, LeavesOutWhatWasConsumedOrIsGone) {
  Announcements a(std::vector<std::string>{});
  for (const char* producer : {"p1", "p2", "p3"}) a.announced(producer);
  a.settled("p2");
  a.made_recv_transport(kJoin);
  EXPECT_THAT(a.expire(kJoin + 5s), ElementsAre("p1", "p3"));
}

TEST(Announcements, RepeatsOnceMoreToAPeerStillConsumingWhatExisted) {
  Announcements a(std::vector<std::string>{"old"});
  a.made_recv_transport(kJoin);
  a.announced("p1");
  EXPECT_THAT(a.expire(kJoin + 5s), ElementsAre("p1"));
  a.settled("old");
  a.requested(kJoin + 10s);
  a.produced();
  EXPECT_THAT(a.expire(kJoin + 11s), ElementsAre("p1"));
  EXPECT_EQ(a.deadline(), kNever);
}

}  // namespace
}  // namespace consomme::server
