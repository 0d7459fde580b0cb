#include "sfu/media/sequence_validator.h"

namespace consomme::media {
namespace {

TEST(SequenceValidator, UnwrapsAcrossTheWrap) {
  SequenceValidator v;
  const ExtSeqNo first = v.admit(SeqNo(65534))->seq;
  EXPECT_EQ(v.admit(SeqNo(65535))->seq, first + 1);
  EXPECT_EQ(v.admit(SeqNo(0))->seq, first + 2);
  EXPECT_EQ(v.admit(SeqNo(1))->seq, first + 3);
  EXPECT_EQ(v.expected(), 4);
}

TEST(SequenceValidator, AdmitsAPacketReorderedBeforeTheFirst) {
  SequenceValidator v;
  const ExtSeqNo first = v.admit(SeqNo(0))->seq;
  EXPECT_EQ(v.admit(SeqNo(65535))->seq, first + -1);
  EXPECT_GT(first + -1, ExtSeqNo(0));
}

TEST(SequenceValidator, RefusesDuplicatesWhicheverWayTheyCame) {
  SequenceValidator v;
  ASSERT_TRUE(v.admit(SeqNo(10)));
  ASSERT_TRUE(v.admit(SeqNo(12)));
  EXPECT_EQ(v.admit(SeqNo(12)).error(), SequenceError::kDuplicate);
  ASSERT_TRUE(v.admit_repair(SeqNo(11)));
  EXPECT_EQ(v.admit(SeqNo(11)).error(), SequenceError::kDuplicate);
  EXPECT_EQ(v.admit_repair(SeqNo(10)).error(), SequenceError::kDuplicate);
}

TEST(SequenceValidator, SeesEveryNumberOnceOverManyWraps) {
  SequenceValidator v;
  ExtSeqNo last = v.admit(SeqNo(0))->seq;
  for (int i = 1; i < 200'000; ++i) {
    const auto admitted = v.admit(SeqNo(static_cast<std::uint16_t>(i)));
    ASSERT_TRUE(admitted) << i;
    ASSERT_EQ(admitted->seq, last + 1);
    ASSERT_EQ(v.admit(SeqNo(static_cast<std::uint16_t>(i))).error(), SequenceError::kDuplicate);
    last = admitted->seq;
  }
}

TEST(SequenceValidator, RefusesRepairsBehindItsWindow) {
  SequenceValidator v;
  ASSERT_TRUE(v.admit(SeqNo(0)));
  ASSERT_TRUE(v.admit(SeqNo(2500)));
  EXPECT_TRUE(v.admit_repair(SeqNo(2500 - 2047)));
  EXPECT_EQ(v.admit_repair(SeqNo(2500 - 2048)).error(), SequenceError::kTooOld);
}

TEST(SequenceValidator, BelievesAJumpWhenTheNextPacketConfirmsIt) {
  SequenceValidator v;
  const ExtSeqNo first = v.admit(SeqNo(100))->seq;
  EXPECT_EQ(v.admit(SeqNo(5000)).error(), SequenceError::kJump);
  ASSERT_TRUE(v.admit(SeqNo(101))) << "a single stray packet changes nothing";
  EXPECT_EQ(v.admit(SeqNo(20'000)).error(), SequenceError::kJump);
  const auto restarted = v.admit(SeqNo(20'001));
  ASSERT_TRUE(restarted);
  EXPECT_TRUE(restarted->restarted);
  EXPECT_EQ(restarted->seq, first + 19'901);
  EXPECT_EQ(v.expected(), 1);
}

TEST(SequenceValidator, NeverStepsBackWhenASourceRestartsLower) {
  SequenceValidator v;
  const ExtSeqNo first = v.admit(SeqNo(30'000))->seq;
  EXPECT_FALSE(v.admit(SeqNo(10)));
  const auto restarted = v.admit(SeqNo(11));
  ASSERT_TRUE(restarted);
  EXPECT_TRUE(restarted->restarted);
  EXPECT_GT(restarted->seq, first);
  EXPECT_EQ(truncate(restarted->seq), SeqNo(11));
}

TEST(SequenceValidator, TakesNoRepairForProofOfARestart) {
  SequenceValidator v;
  ASSERT_TRUE(v.admit(SeqNo(100)));
  EXPECT_EQ(v.admit_repair(SeqNo(9000)).error(), SequenceError::kJump);
  EXPECT_EQ(v.admit_repair(SeqNo(9001)).error(), SequenceError::kJump);
  EXPECT_TRUE(v.admit(SeqNo(101)));
}

TEST(SequenceValidator, AdmitsAnotherSsrcAtOnceAndFarFromTheOldNumbers) {
  SequenceValidator v;
  const ExtSeqNo first = v.admit(SeqNo(100))->seq;
  v.expect_restart();
  const auto restarted = v.admit(SeqNo(101));
  ASSERT_TRUE(restarted);
  EXPECT_TRUE(restarted->restarted);
  EXPECT_GT(restarted->seq - first, SequenceValidator::kMaxDropout);
  EXPECT_EQ(truncate(restarted->seq), SeqNo(101));
}

}  // namespace
}  // namespace consomme::media
