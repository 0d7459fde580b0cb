// A sender without transport-wide feedback behind a slow link up, who sends what our REMB allows, in virtual time. What
// is promised is held for every seed.
#include <algorithm>
#include <utility>

#include "sfu/bwe/bitrate.h"
#include "tests/sim/world.h"

namespace consomme::sim {
namespace {

using bwe::kbps;

constexpr Duration kStarted = 5s;

// A camera in a room, 40 ms away there and back, and what its link up has carried.
class Uplink {
 public:
  Uplink(Bitrate carries, std::uint64_t seed)
      : world_(seed), member_(&world_.join({.delay = 20ms, .rate = carries, .queue = 300ms}, {.delay = 20ms})) {
    member_->client->speak(LinkFeedback::kRemb);
    source_ = world_.publish(*member_).source;
    source_->use_rate(Client::kFirstRate);
  }

  // The queue of every millisecond is noted.
  void run_for(Duration span) {
    for (const Instant end = world_.now() + span; world_.now() < end;) {
      world_.run_for(1ms);
      queue_.push_back(member_->up.backlog(world_.now()));
    }
  }
  void carry(Bitrate rate) { member_->up.config().rate = rate; }
  void lose(double share) { member_->up.config().loss = share; }

  // Since the last look.
  struct Figures {
    double used = 0;  // of what it could have carried
    Duration queue_p95{};
  };
  Figures look() {
    const std::uint64_t all = world_.worker().counters().bytes_received;
    const auto bytes = static_cast<double>(all - std::exchange(received_, all));
    const auto p95 = queue_.begin() + static_cast<std::ptrdiff_t>(queue_.size() * 95 / 100);
    std::ranges::nth_element(queue_, p95);
    const Duration span = world_.now() - std::exchange(looked_, world_.now());
    const Figures figures{bytes / bwe::bytes_in(*member_->up.config().rate, span), *p95};
    queue_.clear();
    return figures;
  }
  Bitrate rate() const { return *source_->rate(); }  // that it sends at
  std::uint64_t feedback_messages() const { return member_->client->feedback_messages(); }

 private:
  World world_;
  Member* member_;
  Source* source_ = nullptr;
  std::vector<Duration> queue_;
  std::uint64_t received_ = 0;
  Instant looked_ = world_.now();
};

class ToldByRemb : public testing::TestWithParam<std::uint64_t> {};

TEST_P(ToldByRemb, UsesItsLinkAndKeepsTheQueueShort) {
  for (const std::int64_t rate_kbps : {300, 500, 800, 1500}) {
    SCOPED_TRACE(rate_kbps);
    Uplink uplink(kbps(rate_kbps), GetParam());
    uplink.run_for(kStarted);
    uplink.look();
    uplink.run_for(60s);
    const Uplink::Figures figures = uplink.look();
    EXPECT_EQ(uplink.feedback_messages(), 0U);
    EXPECT_GE(figures.used, 0.85);
    EXPECT_LE(figures.queue_p95, 70ms);
  }
}

// What overflowed meanwhile is asked for and sent again, so that the queue takes longer to drain.
TEST_P(ToldByRemb, FollowsADropWithinASecond) {
  Uplink uplink(kbps(2000), GetParam());
  uplink.run_for(30s);
  for (const Bitrate rate : {kbps(800), kbps(400)}) {
    uplink.carry(rate);
    uplink.run_for(1s);
    EXPECT_LE(uplink.rate(), bwe::scaled(rate, 0.9));
    uplink.run_for(4s);
    uplink.look();
    uplink.run_for(25s);
    EXPECT_LE(uplink.look().queue_p95, 70ms);
    EXPECT_GE(uplink.rate(), bwe::scaled(rate, 0.7));
  }
}

TEST_P(ToldByRemb, ComesBackWithItsLink) {
  Uplink uplink(kbps(800), GetParam());
  uplink.run_for(15s);
  uplink.carry(kbps(400));
  uplink.run_for(15s);
  uplink.carry(kbps(800));
  uplink.run_for(15s);
  EXPECT_GE(uplink.rate(), kbps(680));
  uplink.look();
  uplink.run_for(30s);
  const Uplink::Figures figures = uplink.look();
  EXPECT_GE(figures.used, 0.85);
  EXPECT_LE(figures.queue_p95, 70ms);
}

// The last that was heard was a queue that grew.
TEST_P(ToldByRemb, ComesBackFromAnOutage) {
  Uplink uplink(kbps(1500), GetParam());
  uplink.run_for(60s);
  uplink.carry(kbps(400));
  uplink.run_for(500ms);
  uplink.lose(1);
  uplink.run_for(15s);
  uplink.lose(0);
  uplink.carry(kbps(1500));
  uplink.run_for(40s);
  uplink.look();
  uplink.run_for(20s);
  EXPECT_GE(uplink.look().used, 0.85);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ToldByRemb, testing::Values(1, 2, 3, 4, 5, 6));

}  // namespace
}  // namespace consomme::sim
