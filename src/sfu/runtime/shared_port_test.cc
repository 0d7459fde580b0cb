#include "sfu/runtime/shared_port.h"

#include "sfu/runtime/ufrag_owner.h"
#include "sfu/transport/testing.h"

namespace consomme::sfu {
namespace {

using ::testing::ElementsAre;

constexpr std::array<std::uint8_t, 12> kRtp = {0x80, 96};

Tuple tuple(std::uint16_t port) {
  return {{IpAddress::v4(0xc0000201), port}, Protocol::kUdp, 0};
}

class SharedPortTest : public ::testing::Test {
 protected:
  void receive(unsigned worker) {
    got_.clear();
    claimed_.clear();
    moved_ = 0;
    port_.receive(
        worker, [&](const Tuple& tuple) { claimed_.push_back(tuple); }, [&](SharedPort::MovedConnection&) { ++moved_; },
        [&](const Datagram& in) { got_.push_back({in.from, {in.bytes.begin(), in.bytes.end()}}); });
  }

  struct Got {
    Tuple from;
    std::vector<std::uint8_t> bytes;
    bool operator==(const Got&) const = default;
  };
  SharedPort port_{3};
  std::vector<Got> got_;
  std::vector<Tuple> claimed_;
  std::size_t moved_ = 0;
};

TEST_F(SharedPortTest, ACheckBelongsToTheWorkerThatItsUfragNames) {
  const auto check_of = [](unsigned worker) {
    return transport::testing::make_check({owner_letters(worker) + "xyz", "password"});
  };
  const auto second = check_of(2);
  EXPECT_EQ(port_.owner({tuple(1), second}), 2U);
  const auto beyond = check_of(3);
  EXPECT_EQ(port_.owner({tuple(1), beyond}), std::nullopt) << "there are three";
  port_.own(tuple(1), 0);
  EXPECT_EQ(port_.owner({tuple(1), second}), 2U) << "whoever had the tuple before";
}

TEST_F(SharedPortTest, MediaBelongToTheWorkerThatValidatedTheirTuple) {
  EXPECT_EQ(port_.owner({tuple(1), kRtp}), std::nullopt);
  port_.own(tuple(1), 1);
  EXPECT_EQ(port_.owner({tuple(1), kRtp}), 1U);
  EXPECT_EQ(port_.owner({tuple(2), kRtp}), std::nullopt);
  port_.disown(tuple(1), 1);
  EXPECT_EQ(port_.owner({tuple(1), kRtp}), std::nullopt);
}

TEST_F(SharedPortTest, ATupleStaysWithItsOwnerUntilHeGivesItUp) {
  EXPECT_TRUE(port_.own(tuple(1), 1));
  EXPECT_FALSE(port_.own(tuple(1), 2));
  EXPECT_EQ(port_.owner({tuple(1), kRtp}), 1U);
  receive(1);
  EXPECT_THAT(claimed_, ElementsAre(tuple(1)));
  port_.disown(tuple(1), 1);
  EXPECT_TRUE(port_.own(tuple(1), 2));
  port_.disown(tuple(1), 1);  // late
  EXPECT_EQ(port_.owner({tuple(1), kRtp}), 2U);
}

TEST_F(SharedPortTest, AFloodOfConnectionsLeavesRoomForClaims) {
  while (port_.hand_over(1, SharedPort::MovedConnection{})) ++moved_;
  EXPECT_EQ(moved_, 1024U);
  port_.own(tuple(1), 1);
  port_.own(tuple(1), 2);
  receive(1);
  EXPECT_EQ(moved_, 1024U);
  EXPECT_THAT(claimed_, ElementsAre(tuple(1)));
}

TEST_F(SharedPortTest, DatagramsComeAsTheyWereHandedOver) {
  EXPECT_TRUE(port_.hand_over(1, {tuple(7), kRtp}));
  EXPECT_TRUE(port_.hand_over(1, {tuple(8), ByteView(kRtp).first(1)}));
  receive(0);
  EXPECT_TRUE(got_.empty());
  receive(1);
  EXPECT_THAT(got_, ElementsAre(Got{tuple(7), {kRtp.begin(), kRtp.end()}}, Got{tuple(8), {0x80}}));
  receive(1);
  EXPECT_TRUE(got_.empty());
}

TEST_F(SharedPortTest, AWorkerThatDoesNotKeepUpIsHandedABoundedNumber) {
  std::size_t taken = 0;
  while (taken < 100'000 && port_.hand_over(1, {tuple(7), kRtp})) ++taken;
  EXPECT_EQ(taken, 1000U);
  EXPECT_TRUE(port_.hand_over(2, {tuple(7), kRtp})) << "the others are not concerned";
  receive(1);
  EXPECT_TRUE(port_.hand_over(1, {tuple(7), kRtp}));
}

}  // namespace
}  // namespace consomme::sfu
