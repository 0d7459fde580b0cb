#include "sfu/media/source_clock.h"

namespace consomme::media {
namespace {

constexpr Instant kStart = Instant(Duration(1'700'000'000s));
constexpr Duration kAhead = 3h;  // of the peer's clock

TEST(SourceClock, TakesTheFirstReportAtItsWord) {
  SourceClock clock;
  EXPECT_EQ(clock.note(kStart, NtpTime::from(kStart + kAhead)), -kAhead);
}

TEST(SourceClock, IsMovedLittleByAReportThatWasLate) {
  SourceClock clock;
  clock.note(kStart, NtpTime::from(kStart + kAhead));
  const Duration offset = clock.note(kStart + 1s + 80ms, NtpTime::from(kStart + kAhead + 1s));
  EXPECT_NEAR(static_cast<double>((offset + kAhead).count()), 5e6, 10);
}

TEST(SourceClock, FollowsAClockThatDrifts) {
  SourceClock clock;
  Duration offset{};
  for (int second = 0; second < 3600; ++second)
    offset = clock.note(kStart + second * 1s, NtpTime::from(kStart + kAhead + second * (1s + 100us)));
  EXPECT_LT(std::chrono::abs(offset + kAhead + 3599 * 100us), Duration(2ms)) << "it is 360 ms off by now";
}

TEST(SourceClock, BeginsAnewWhenTheClockWasSet) {
  SourceClock clock;
  clock.note(kStart, NtpTime::from(kStart + kAhead));
  EXPECT_EQ(clock.note(kStart + 1s, NtpTime::from(kStart + 1s)), 0s);
}

TEST(SourceClock, SurvivesAnyTimestamp) {
  SourceClock clock;
  for (const std::uint64_t value : {0UL, ~0UL, 1UL << 63, 0xffffffffUL}) clock.note(kStart, NtpTime(value));
  EXPECT_EQ(clock.note(kStart, NtpTime::from(kStart)), 0s);
}

}  // namespace
}  // namespace consomme::media
