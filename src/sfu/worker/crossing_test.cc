#include "sfu/worker/crossing.h"

namespace consomme::worker {
namespace {

// Names of packets: what a loan refers to is never looked at here.
const std::array<media::Packet, Outbox::kMaxPackets + 2>& packets() {
  static const std::array<media::Packet, Outbox::kMaxPackets + 2> all;
  return all;
}
media::Loan loan(std::size_t name) {
  return {&packets()[name]};
}
std::optional<std::size_t> name_of(std::optional<media::Loan> loan) {
  if (!loan) return std::nullopt;
  return static_cast<std::size_t>(loan->packet - packets().data());
}
LentPacket packet(std::size_t name) {
  return {ProducerId(1), 0, loan(name)};
}

std::vector<Crossing> take(Outbox& outbox, std::size_t at_most = 1'000'000) {
  std::vector<Crossing> taken;
  outbox.move_to([&](std::span<const Crossing> waiting) {
    const std::size_t count = std::min(waiting.size(), at_most - taken.size());
    taken.insert(taken.end(), waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
  });
  return taken;
}
std::vector<std::size_t> names(const std::vector<Crossing>& messages) {
  std::vector<std::size_t> found;
  for (const Crossing& message : messages)
    if (const auto* const lent = std::get_if<LentPacket>(&message)) found.push_back(*name_of(lent->loan));
  return found;
}

TEST(Outbox, SendsWhatIsOwedFirstThenSoundThenVideo) {
  Outbox outbox;
  outbox.add(packet(0), true);
  outbox.add(packet(1), false);
  outbox.add(packet(2), true);
  outbox.give_back(loan(3));
  outbox.add(KeyFrameWanted{ProducerId(1), 2});
  const auto all = take(outbox);
  ASSERT_EQ(all.size(), 5U);
  EXPECT_TRUE(std::holds_alternative<EndedLoans>(all[0]));
  EXPECT_TRUE(std::holds_alternative<KeyFrameWanted>(all[1]));
  EXPECT_EQ(names(all), (std::vector<std::size_t>{1, 0, 2}));
  EXPECT_TRUE(outbox.empty());
}

TEST(Outbox, KeepsWhatWasNotTakenInItsOrder) {
  Outbox outbox;
  std::vector<std::size_t> taken;
  for (std::size_t i = 0; i < 100; ++i) {
    outbox.add(packet(i), true);
    if (i % 3 == 0)
      for (const std::size_t name : names(take(outbox, 2))) taken.push_back(name);
  }
  for (const std::size_t name : names(take(outbox))) taken.push_back(name);
  ASSERT_EQ(taken.size(), 100U);
  EXPECT_TRUE(std::ranges::is_sorted(taken));
}

TEST(Outbox, GivesBackManyLoansInOneMessage) {
  Outbox outbox;
  for (std::size_t i = 0; i < EndedLoans::kMax + 1; ++i) outbox.give_back(loan(i));
  const auto all = take(outbox);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(std::get<EndedLoans>(all[0]).count, EndedLoans::kMax);
  EXPECT_EQ(std::get<EndedLoans>(all[1]).count, 1);
  EXPECT_EQ(name_of(std::get<EndedLoans>(all[1]).loans[0]), EndedLoans::kMax);
}

TEST(Outbox, TheOldestVideoGivesWayWhereTooMuchWaits) {
  Outbox outbox;
  EXPECT_FALSE(outbox.add(packet(0), false));
  for (std::size_t i = 1; i < Outbox::kMaxPackets; ++i) EXPECT_FALSE(outbox.add(packet(i), true));
  EXPECT_EQ(name_of(outbox.add(packet(Outbox::kMaxPackets), false)), 1U);
  EXPECT_EQ(name_of(outbox.add(packet(Outbox::kMaxPackets + 1), true)), 2U);
  outbox.give_back(loan(0));
  EXPECT_EQ(take(outbox).size(), Outbox::kMaxPackets + 1) << "what is owed is not counted";
}

TEST(Outbox, SoundGivesWayOnlyWhereNoVideoWaits) {
  Outbox outbox;
  for (std::size_t i = 0; i < Outbox::kMaxPackets; ++i) EXPECT_FALSE(outbox.add(packet(i), false));
  EXPECT_EQ(name_of(outbox.add(packet(Outbox::kMaxPackets), true)), Outbox::kMaxPackets) << "the video itself";
  EXPECT_EQ(name_of(outbox.add(packet(Outbox::kMaxPackets + 1), false)), 0U);
}

}  // namespace
}  // namespace consomme::worker
