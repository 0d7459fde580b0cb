// From the sequence numbers of sources to those of one consumer. Within a segment - one source, forwarded without a
// break - a source's losses stay gaps, so that the consumer can ask for them; what we leave out closes up; a new
// segment goes on right behind the last. No output number is given twice: SRTP's nonces depend on it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/sequence.h"

namespace consomme::media {

class SequenceMap {
 public:
  // A step of the source beyond this is no loss that anybody repairs; RFC 3550 §A.1 calls it a restart.
  static constexpr std::int64_t kMaxStep = 3000;

  // The first number that map() will give.
  explicit SequenceMap(ExtSeqNo first)
      : next_output_(first.value()), first_(static_cast<std::uint32_t>(first.value())) {}

  // A new segment begins with `source`, which map() then takes.
  void splice(ExtSeqNo source);
  // Whether `source` goes on with the segment: not so far ahead that it must be a new one.
  bool continues(ExtSeqNo source) const { return source.value() - highest_ <= kMaxStep; }
  // Whether nothing that lies behind it has been mapped or skipped.
  bool is_newest(ExtSeqNo source) const { return source.value() > highest_; }
  // Its output number; nullopt: from before the segment, or from before the breaks that we remember.
  std::optional<ExtSeqNo> map(ExtSeqNo source) {
    const Run* const run = source.value() >= run_.since ? &run_ : past_run_of(source.value());
    if (run == nullptr) return std::nullopt;
    const std::int64_t output = source.value() - run->offset;
    highest_ = std::max(highest_, source.value());
    next_output_ = std::max(next_output_, output + 1);
    return ExtSeqNo(output);
  }
  // Up to the highest, those of the source's losses among them.
  std::int64_t numbers_given() const { return next_output_ - first_; }
  // `source` is left out, and what follows it closes up. False: too late, what follows it has its number already.
  bool skip(ExtSeqNo source);

 private:
  // Outputs are source - offset for sources from `since` to the next run's.
  struct Run {
    std::int64_t since = 0;
    std::int64_t offset = 0;
  };
  // Late packets are mapped across this many breaks: where a layer is left out of each picture, two seconds at 60.
  static constexpr std::size_t kPastRuns = 128;

  void remember(const Run& run);
  const Run* past_run_of(std::int64_t source) const;  // nullptr: none that we remember

  std::int64_t next_output_;
  std::int64_t highest_ = 0;  // source, mapped or skipped
  Run run_;
  std::uint8_t past_count_ = 0;
  std::uint8_t past_next_ = 0;
  std::uint32_t first_;          // small, and where there is room for it
  std::unique_ptr<Run[]> past_;  // a ring, from the first break on; the last one written ended where run_ begins
};

}  // namespace consomme::media
