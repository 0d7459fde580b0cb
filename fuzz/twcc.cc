// Transport-wide feedback: a message that is read can be written and read again, and says the same.
#include "sfu/wire/twcc.h"

#include <array>
#include <vector>

#include "base/check.h"

using namespace consomme;

namespace {

wire::RtcpPacket as_part(ByteView body) {
  return {wire::RtcpType::kRtpFeedback, static_cast<std::uint8_t>(wire::RtpFeedback::kTransportWide), body};
}

// What arrived, on a time line far enough from zero that no difference leaves it.
std::vector<wire::TwccArrival> arrivals_of(const wire::TwccFeedback& feedback) {
  constexpr Duration kBase = wire::kTwccReferenceWrap * 2;
  std::vector<wire::TwccArrival> arrivals;
  wire::TwccReader reader(feedback);
  ExtSeqNo seq(65536 + feedback.first.value());
  std::size_t count = 0;
  while (const auto status = reader.next()) {
    check(status->seq == truncate(seq), "numbers follow each other");
    if (status->arrival) arrivals.push_back({seq, Instant(kBase + *status->arrival)});
    check(!status->arrival || status->count == 1, "each that came has a time of its own");
    seq = seq + status->count;
    count += status->count;
  }
  check(count == feedback.status_count, "every status is handed out");
  return arrivals;
}

void write_and_read_again(const std::vector<wire::TwccArrival>& arrivals) {
  std::vector<std::uint8_t> out(65536);
  ByteWriter writer(out);
  const std::size_t taken = wire::write_twcc(writer, {}, arrivals);
  check(taken > 0, "one arrival always fits");
  const auto packet = wire::RtcpReader(writer.written()).next();
  check(packet.has_value(), "what was written is RTCP");
  const auto feedback = wire::parse_twcc(*packet);
  check(feedback.has_value(), "what was written is feedback");

  wire::TwccReader reader(*feedback);
  std::size_t next = 0;
  while (const auto status = reader.next()) {
    if (!status->arrival) continue;
    const wire::TwccArrival& original = arrivals[next++];
    check(status->seq == truncate(original.seq), "the same packets arrived");
    const Duration off = (original.at.time_since_epoch() - *status->arrival) % wire::kTwccReferenceWrap;
    check(off == 0ns, "at the same times");
  }
  check(next == taken, "all that was taken is said");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto feedback = wire::parse_twcc(as_part(ByteView(data, size)));
  if (!feedback) return 0;
  const std::vector<wire::TwccArrival> arrivals = arrivals_of(*feedback);
  if (!arrivals.empty()) write_and_read_again(arrivals);
  return 0;
}
