#include "sfu/media/borrowed_packets.h"

#include "sfu/media/test_packets.h"

namespace consomme::media {
namespace {

using namespace test;

struct Ended {
  unsigned lender = 0;
  const Packet* packet = nullptr;
  bool operator==(const Ended&) const = default;
};

std::vector<Ended> take_ended(BorrowedPackets& borrowed) {
  std::vector<Ended> ended;
  borrowed.each_ended([&](unsigned lender, Loan loan) { ended.push_back({lender, loan.packet}); });
  return ended;
}

TEST(BorrowedPackets, AreTheLendersWordsAroundTheLendersBytes) {
  PacketPool pool(4);
  BorrowedPackets borrowed(4);
  const PacketRef packet = publish(pool, kStart, 77, {.seq = 9, .timestamp = 3000});
  PacketRef here = borrowed.borrow(5, pool.lend(*packet));
  EXPECT_NE(&*here, &*packet);
  EXPECT_EQ(here->seq, ExtSeqNo(77));
  EXPECT_EQ(here->rtp.seq, SeqNo(9));
  EXPECT_EQ(here->received, kStart);
  EXPECT_EQ(here->payload().data(), packet->payload().data());
  EXPECT_TRUE(std::ranges::equal(here->bytes(), packet->bytes()));
}

TEST(BorrowedPackets, EndWithTheirLastReferenceHereAndAreGivenBackOnce) {
  PacketPool pool(4);
  BorrowedPackets borrowed(4);
  const PacketRef packet = publish(pool, kStart, 1, {});
  PacketRef here = borrowed.borrow(5, pool.lend(*packet));
  PacketRef again = here;
  here.reset();
  EXPECT_TRUE(take_ended(borrowed).empty());
  again.reset();
  EXPECT_EQ(borrowed.in_use(), 0U);
  EXPECT_EQ(take_ended(borrowed), (std::vector<Ended>{{5, &*packet}}));
  EXPECT_TRUE(take_ended(borrowed).empty());
  pool.take_back({&*packet});
}

TEST(BorrowedPackets, LeaveNoMemoryBehindWhenAllHaveEnded) {
  PacketPool pool(4);
  BorrowedPackets borrowed(1);
  const PacketRef packet = publish(pool, kStart, 1, {});
  const Loan loan = pool.lend(*packet);
  PacketRef here = borrowed.borrow(0, loan);
  borrowed.shrink();
  EXPECT_EQ(here->seq, ExtSeqNo(1));
  here.reset();
  borrowed.shrink();
  EXPECT_EQ(take_ended(borrowed).size(), 1U) << "a loan is not forgotten";
  borrowed.shrink();
  here = borrowed.borrow(0, loan);
  EXPECT_EQ(here->seq, ExtSeqNo(1));
  here.reset();
  take_ended(borrowed);
  pool.take_back(loan);
}

TEST(BorrowedPackets, AreBounded) {
  PacketPool pool(4);
  BorrowedPackets borrowed(1);
  const PacketRef packet = publish(pool, kStart, 1, {});
  const Loan loan = pool.lend(*packet);
  PacketRef first = borrowed.borrow(0, loan);
  EXPECT_FALSE(borrowed.borrow(0, loan));
  first.reset();
  EXPECT_FALSE(borrowed.borrow(0, loan)) << "not before it was given back";
  take_ended(borrowed);
  EXPECT_TRUE(borrowed.borrow(0, loan));
  take_ended(borrowed);
  pool.take_back(loan);
}

}  // namespace
}  // namespace consomme::media
