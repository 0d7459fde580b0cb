#include "sfu/media/speech_activity.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace consomme::media {
namespace {

constexpr std::uint8_t kDigitalSilence = 127;
constexpr double kDbPerUnit = 3;  // 13 units are the 40 dB between background and a raised voice
constexpr int kActiveUnits = 5;   // 15 dB above the background
constexpr int kActiveSlots = 3;   // of a block of kMediumSlots, that it counts in the long run
// A packet of up to 60 ms speaks for all the slots that it holds; what lies further back was not sent.
constexpr std::int64_t kMaxSlotsPerPacket = 3;
constexpr double kLeast = 1e-10;  // scores are compared by their ratio

constexpr std::uint64_t low_bits(int count) {
  return (std::uint64_t{1} << count) - 1;
}

// The paper's score of `v` active parts out of `n`: how much likelier they are in speech, where each part is active
// with probability 1/2, than in noise, where their number falls off exponentially with the rate `lambda`.
double likelihood(int n, int v, double lambda) {
  const double ways = std::lgamma(n + 1.0) - std::lgamma(v + 1.0) - std::lgamma(n - v + 1.0);
  return std::max(ways + n * std::log(0.5) - std::log(lambda) + lambda * v, kLeast);
}

template <int n>
std::array<double, n + 1> table(double lambda) {
  std::array<double, n + 1> scores;
  for (int v = 0; v <= n; ++v) scores[static_cast<std::size_t>(v)] = likelihood(n, v, lambda);
  return scores;
}

// The rates that the paper fitted to its recordings.
struct Tables {
  std::array<double, SpeechActivity::kImmediateUnits + 1> immediate = table<SpeechActivity::kImmediateUnits>(0.78);
  std::array<double, SpeechActivity::kMediumSlots + 1> medium = table<SpeechActivity::kMediumSlots>(24);
  std::array<double, SpeechActivity::kLongBlocks + 1> long_term = table<SpeechActivity::kLongBlocks>(47);
};
const Tables& tables() {
  static const Tables kTables;
  return kTables;
}

std::int64_t slot_of(Instant at) {
  return at.time_since_epoch() / SpeechActivity::kSlot;
}

}  // namespace

int SpeechActivity::units_of(std::uint8_t minus_dbov) {
  if (minus_dbov >= kDigitalSilence) return 0;  // says nothing of the background
  const double loudness = kDigitalSilence - minus_dbov;
  const int units = static_cast<int>((loudness - floor_db_) / kDbPerUnit);
  floor_db_ = std::clamp(std::min(floor_db_ + kFloorRiseDb, loudness), kLowestFloorDb, kHighestFloorDb);
  return std::clamp(units, 0, kImmediateUnits);
}

void SpeechActivity::receive(Instant now, std::uint8_t minus_dbov) {
  const int units = units_of(minus_dbov);
  const std::int64_t passed = slot_of(now) - newest_;
  if (passed > 0) {
    newest_ += passed;
    active_ = passed < 64 ? active_ << passed : 0;
    units_ = units;
  } else {
    units_ = std::max(units_, units);
  }
  if (units < kActiveUnits) return;
  active_ |= low_bits(static_cast<int>(std::clamp<std::int64_t>(passed, 1, kMaxSlotsPerPacket)));
}

// As active_, but counted from now.
std::uint64_t SpeechActivity::slots(Instant now) const {
  const std::int64_t passed = std::max<std::int64_t>(slot_of(now) - newest_, 0);
  return passed < 64 ? active_ << passed : 0;
}

SpeechActivity::Scores SpeechActivity::scores(Instant now) const {
  const std::uint64_t active = slots(now);
  const auto in_block = [&](int block) {
    return std::popcount(active >> (block * kMediumSlots) & low_bits(kMediumSlots));
  };
  std::size_t blocks = 0;
  for (int block = 0; block < kLongBlocks; ++block)
    if (in_block(block) >= kActiveSlots) ++blocks;
  const bool is_fresh = slot_of(now) - newest_ <= kMaxSlotsPerPacket;
  return {.immediate = tables().immediate[static_cast<std::size_t>(is_fresh ? units_ : 0)],
          .medium = tables().medium[static_cast<std::size_t>(in_block(0))],
          .long_term = tables().long_term[blocks]};
}

SpeechActivity::Scores SpeechActivity::silence() {
  return {tables().immediate[0], tables().medium[0], tables().long_term[0]};
}

bool SpeechActivity::speaking(Instant now) const {
  return std::popcount(slots(now) & low_bits(kMediumSlots)) >= kActiveSlots;
}

}  // namespace consomme::media
