// Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1): which packets
// of a transport arrived, and when. Times are of the receiver's clock, of which only differences mean something to the
// sender.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/sequence.h"
#include "base/time.h"
#include "sfu/wire/rtcp.h"

namespace consomme::wire {

// Statuses in one message that we read or write: at 100 ms between messages 8191 packets are a gigabit per second.
inline constexpr std::size_t kMaxTwccStatuses = 8191;
inline constexpr Duration kTwccTick = 250us;
inline constexpr Duration kTwccReferenceUnit = 64ms;
inline constexpr Duration kTwccReferenceWrap = kTwccReferenceUnit * (1 << 24);

// Of `count` packets from `seq` on: of one that was received, or of a run that were not.
struct TwccStatus {
  SeqNo seq;
  std::uint16_t count = 1;
  std::optional<Duration> arrival;  // since the receiver's epoch, modulo kTwccReferenceWrap; nullopt: not received
};

// A checked message: its chunks speak of status_count packets, and every delta that they announce is there.
struct TwccFeedback {
  Ssrc sender;
  Ssrc media;
  SeqNo first;
  std::uint16_t status_count = 0;   // 1..kMaxTwccStatuses
  std::int32_t reference_time = 0;  // in kTwccReferenceUnit, 24 bits, signed
  std::uint8_t feedback_number = 0;
  ByteView chunks;
  ByteView deltas;
};
std::optional<TwccFeedback> parse_twcc(const RtcpPacket& packet);

// What a packet status chunk says of one packet (§3.1.1); the numbers are those of the wire.
enum class TwccSymbol : std::uint8_t { kLost = 0, kSmallDelta = 1, kLargeDelta = 2, kReserved = 3 };

// Unpacks run lengths and vectors (§3.1.3, §3.1.4) into symbols. A run stays one: two bytes can speak of 8191 packets,
// and whoever counted them one by one would work a thousand times as long as the sender.
class TwccSymbols {
 public:
  struct Run {
    TwccSymbol symbol = TwccSymbol::kLost;
    std::uint16_t length = 1;  // at most what was asked for
  };

  explicit TwccSymbols(ByteView chunks) : chunks_(chunks) {}
  std::optional<Run> next(std::uint16_t max_length);  // nullopt: no chunk is left
  std::size_t bytes_read() const { return chunks_.offset(); }

 private:
  ByteReader chunks_;
  std::uint16_t chunk_ = 0;
  std::uint16_t left_ = 0;  // symbols of chunk_ not handed out yet
};

// while (const auto status = reader.next()) ...: every packet spoken of, in sequence. Takes as long as the message has
// bytes.
class TwccReader {
 public:
  explicit TwccReader(const TwccFeedback& feedback);
  // Valid until the next call; nullptr: that was all. No copy, which would wait until all its parts are written.
  const TwccStatus* next();

 private:
  TwccSymbols symbols_;
  ByteReader deltas_;
  TwccSymbols::Run run_{.length = 0};  // what of it was not handed out yet
  SeqNo next_;
  std::uint16_t left_;  // behind run_
  Duration arrival_;
  TwccStatus status_;
};

// Once for every packet that is sent, so it is worth being inlined.
inline const TwccStatus* TwccReader::next() {
  if (run_.length == 0) {
    if (left_ == 0) return nullptr;
    run_ = symbols_.next(left_).value_or(TwccSymbols::Run{TwccSymbol::kLost, left_});
    left_ = static_cast<std::uint16_t>(left_ - run_.length);
  }
  status_.seq = next_;
  status_.count = run_.symbol == TwccSymbol::kLost ? run_.length : std::uint16_t{1};
  status_.arrival.reset();
  run_.length = static_cast<std::uint16_t>(run_.length - status_.count);
  next_ = SeqNo(static_cast<std::uint16_t>(next_.value() + status_.count));
  if (run_.symbol == TwccSymbol::kSmallDelta) status_.arrival = arrival_ += deltas_.u8() * kTwccTick;
  if (run_.symbol == TwccSymbol::kLargeDelta)
    status_.arrival = arrival_ += static_cast<std::int16_t>(deltas_.u16()) * kTwccTick;
  return &status_;
}

// A packet that came. `seq` is the unwrapped transport-wide sequence number.
struct TwccArrival {
  ExtSeqNo seq;
  Instant at;
};
struct TwccHeader {
  Ssrc sender;
  Ssrc media;
  std::uint8_t feedback_number = 0;  // counts messages
};
// Appends one message about as many of `arrivals` (ascending by seq, no two alike) as one message can hold; those
// between them are said to be lost. Returns how many were taken; 0: not even one fitted.
std::size_t write_twcc(ByteWriter& writer, const TwccHeader& header, std::span<const TwccArrival> arrivals);

}  // namespace consomme::wire
