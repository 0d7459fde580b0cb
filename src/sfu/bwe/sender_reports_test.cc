#include "sfu/bwe/sender_reports.h"

namespace consomme::bwe {
namespace {

constexpr Instant kStart{1000s};

SeenReport seen(Instant sent, Duration since) {
  return {NtpTime::from(sent).compact(), since};
}

TEST(SenderReports, TellHowLongOneWasOnItsWayAndWhatWasSentBefore) {
  SenderReports reports;
  reports.sent(kStart, 1000);
  reports.sent(kStart + 1s, 5000);
  const auto answer = reports.answer(kStart + 1500ms, seen(kStart, 1400ms));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->sent, kStart);
  EXPECT_EQ(answer->bytes, 1000);
  EXPECT_EQ(answer->round_trip, 100ms);
}

TEST(SenderReports, AreKnownUntilEightMoreHaveLeft) {
  SenderReports reports;
  for (int i = 0; i < 9; ++i) reports.sent(kStart + i * 1s, 0);
  EXPECT_FALSE(reports.answer(kStart + 9s, seen(kStart, 0s)));
  EXPECT_TRUE(reports.answer(kStart + 9s, seen(kStart + 1s, 0s)));
}

TEST(SenderReports, OfOneMomentAreOne) {
  SenderReports reports;
  reports.sent(kStart - 1s, 0);
  for (int i = 0; i < 100; ++i) reports.sent(kStart, i);
  EXPECT_TRUE(reports.answer(kStart, seen(kStart - 1s, 0s)));
  EXPECT_EQ(reports.answer(kStart, seen(kStart, 0s))->bytes, 0);
}

TEST(SenderReports, ThatNobodyHasSeenOrSentAreNotAnswered) {
  SenderReports reports;
  EXPECT_FALSE(reports.answer(kStart, {}));
  reports.sent(kStart, 0);
  EXPECT_FALSE(reports.answer(kStart + 1s, {}));
  EXPECT_FALSE(reports.answer(kStart + 1s, seen(kStart + 10ms, 0s)));
}

TEST(SenderReports, TakeNoTimeAtTheLeastWhateverAReceiverClaims) {
  SenderReports reports;
  reports.sent(kStart, 0);
  EXPECT_EQ(reports.answer(kStart + 1s, seen(kStart, 3s))->round_trip, Duration::zero());
}

}  // namespace
}  // namespace consomme::bwe
