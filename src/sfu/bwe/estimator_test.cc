// What the estimator makes of another path, and of silence. How well it estimates is held over links, in tests/sim.
#include "sfu/bwe/estimator.h"

#include <deque>

#include "sfu/wire/rtcp.h"

namespace consomme::bwe {
namespace {

constexpr Instant kStart{1000s};

// An estimator whose packets all arrive, as late as a path is long. What has come is told of every 50 ms.
class EstimatorTest : public testing::Test {
 protected:
  void send(Bitrate rate, Duration path, Duration span) {
    for (const Instant until = now_ + span; now_ < until; now_ += kStep) {
      on_its_way_.push_back({ExtSeqNo(next_++), now_ + path});
      estimator_.sent(now_, static_cast<std::size_t>(bytes_in(rate, kStep)));
      if (now_ - told_ >= 50ms) tell();
    }
  }
  void tell() {
    told_ = now_;
    std::vector<wire::TwccArrival> arrived;
    for (; !on_its_way_.empty() && on_its_way_.front().at <= now_; on_its_way_.pop_front())
      arrived.push_back(on_its_way_.front());
    if (arrived.empty()) return;
    std::array<std::uint8_t, 1200> bytes;
    ByteWriter writer(bytes);
    ASSERT_EQ(wire::write_twcc(writer, {Ssrc(1), Ssrc(2), 0}, arrived), arrived.size());
    wire::RtcpReader reader(writer.written());
    const auto packet = reader.next();
    estimator_.receive(now_, *wire::parse_twcc(*packet));
  }

  static constexpr Duration kStep = 5ms;
  static constexpr Bitrate kFirst = Estimator::kLimits.start;
  Estimator estimator_;
  Instant now_ = kStart;
  Instant told_ = kStart;
  std::int64_t next_ = 0;
  std::deque<wire::TwccArrival> on_its_way_;
};

TEST_F(EstimatorTest, BelievesInLittleMoreThanABaseWhereNothingCouldBeToldOfAProbe) {
  estimator_.set_wanted({.next = kbps(1000), .all = kbps(2000)});
  estimator_.expect_no_numbers();
  EXPECT_EQ(estimator_.estimate(), kbps(200));
  EXPECT_FALSE(estimator_.limited());
  estimator_.expire(now_);
  EXPECT_EQ(estimator_.padding(now_), 0U) << "the first key picture is on its way";
  EXPECT_GT(estimator_.deadline(), now_ + 200ms);
}

TEST_F(EstimatorTest, KnowsNothingOfAnotherPath) {
  send(kbps(5000), 20ms, 2s);
  ASSERT_GT(estimator_.estimate(), kbps(4000));
  estimator_.change_path(now_);
  EXPECT_EQ(estimator_.estimate(), kFirst);
  EXPECT_EQ(estimator_.arriving(now_), Bitrate());
  EXPECT_EQ(estimator_.carried(now_), Bitrate());
}

TEST_F(EstimatorTest, ExpectsNoMoreOfAnotherPathThanOfTheOldOne) {
  for (Duration path = 20ms; !estimator_.limited(); path += 10ms) {
    ASSERT_LT(path, 1s);
    send(kbps(500), path, 50ms);
  }
  const Bitrate before = estimator_.estimate();
  ASSERT_LT(before, kFirst);
  estimator_.change_path(now_);
  EXPECT_EQ(estimator_.estimate(), before);
  EXPECT_FALSE(estimator_.limited()) << "that was the old one's limit";
}

TEST_F(EstimatorTest, TakesALongerPathForNoQueueThoughWhatIsOnTheOldOneIsStillToldOf) {
  send(kbps(2000), 30ms, 2s);
  estimator_.change_path(now_);
  ASSERT_FALSE(on_its_way_.empty());
  send(kFirst, 200ms, 2s);
  EXPECT_EQ(estimator_.evidence(now_), Patience::Evidence::kNone);
  EXPECT_GE(estimator_.estimate(), kFirst);
  EXPECT_FALSE(estimator_.limited());
}

TEST_F(EstimatorTest, TakesItForSilenceOnlyWhereSomethingIsUnanswered) {
  send(kbps(500), 20ms, 2s);
  now_ += 100ms;
  tell();
  const Bitrate before = estimator_.estimate();
  for (const Instant until = now_ + 10s; now_ < until; now_ += 100ms) estimator_.expire(now_);
  EXPECT_EQ(estimator_.estimate(), before) << "nothing was sent";

  estimator_.sent(now_, 1000);
  estimator_.expire(now_ + 2900ms);
  EXPECT_EQ(estimator_.estimate(), before);
  estimator_.expire(now_ + 3s);
  EXPECT_LT(estimator_.estimate(), before);
}

TEST(EstimatorByRemb, TriesANewPathAtOnce) {
  Estimator estimator;
  estimator.set_wanted({.next = kbps(1700), .all = kbps(1700)});
  Instant now{1000s};
  for (Duration at{}; at < 60s; at += 20ms, now += 20ms) {
    if (at % 1s == Duration::zero()) estimator.receive_remb(now, kbps(300));
    if (now < estimator.deadline()) continue;
    estimator.expire(now);
    estimator.padded(now);
  }
  EXPECT_GT(estimator.deadline(), now + 5s) << "tried seldom by now";
  estimator.change_path(now);
  EXPECT_LE(estimator.deadline(), now);
}

}  // namespace
}  // namespace consomme::bwe
