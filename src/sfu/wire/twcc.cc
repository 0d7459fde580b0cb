#include "sfu/wire/twcc.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace consomme::wire {
namespace {

constexpr std::uint16_t kVectorChunk = 0x8000;
constexpr std::uint16_t kTwoBitVector = 0x4000;
constexpr std::uint16_t kMaxRun = 0x1fff;
constexpr std::size_t kOneBitSymbols = 14;
constexpr std::size_t kTwoBitSymbols = 7;
constexpr std::size_t kFixedBytes = 16;  // sources, first number, count, reference time, feedback number
constexpr std::int64_t kTicksPerReferenceUnit = kTwccReferenceUnit / kTwccTick;

std::int32_t sign_extend_24(std::uint32_t value) {
  return static_cast<std::int32_t>(value << 8) >> 8;
}

std::size_t delta_bytes(TwccSymbol symbol) {
  return symbol == TwccSymbol::kSmallDelta ? 1 : symbol == TwccSymbol::kLargeDelta ? 2 : 0;
}

// ---- writing ----

std::int64_t to_ticks(Instant at) {
  return std::chrono::floor<std::chrono::duration<std::int64_t, std::ratio<1, 4000>>>(at.time_since_epoch()).count();
}
std::int64_t reference_units(Instant at) {
  return to_ticks(at) / kTicksPerReferenceUnit;
}

// Walks arrivals status by status: what to say of each sequence number from the first arrival's to the last one's.
class StatusCursor {
 public:
  explicit StatusCursor(std::span<const TwccArrival> arrivals)
      : arrivals_(arrivals),
        seq_(arrivals.front().seq),
        ticks_(reference_units(arrivals.front().at) * kTicksPerReferenceUnit) {}

  bool done() const { return arrivals_.empty(); }
  // The status of the current number. Only if !done().
  TwccSymbol symbol() const {
    if (arrivals_.front().seq != seq_) return TwccSymbol::kLost;
    const std::int64_t d = delta();
    return d >= 0 && d <= 0xff ? TwccSymbol::kSmallDelta : TwccSymbol::kLargeDelta;
  }
  std::int64_t delta() const { return to_ticks(arrivals_.front().at) - ticks_; }
  void step() {
    if (arrivals_.front().seq == seq_) {
      ticks_ = to_ticks(arrivals_.front().at);
      arrivals_ = arrivals_.subspan(1);
    }
    seq_ = seq_ + 1;
  }

 private:
  std::span<const TwccArrival> arrivals_;
  ExtSeqNo seq_;
  std::int64_t ticks_;
};

// How many arrivals, from the first, one message can speak of: numbers in reach, and differences in time of 16 bits.
std::size_t sayable(std::span<const TwccArrival> arrivals) {
  std::int64_t ticks = reference_units(arrivals.front().at) * kTicksPerReferenceUnit;
  std::size_t n = 0;
  for (const TwccArrival& arrival : arrivals) {
    const std::int64_t delta = to_ticks(arrival.at) - ticks;
    const bool in_reach = arrival.seq - arrivals.front().seq < static_cast<std::int64_t>(kMaxTwccStatuses);
    if (!in_reach || delta < INT16_MIN || delta > INT16_MAX) break;
    ticks += delta;
    ++n;
  }
  return n;
}

struct Run {
  TwccSymbol symbol = TwccSymbol::kLost;
  std::uint16_t length = 0;
};
Run run_at(StatusCursor cursor) {
  Run run{cursor.symbol(), 0};
  for (; !cursor.done() && run.length < kMaxRun && cursor.symbol() == run.symbol; cursor.step()) ++run.length;
  return run;
}

// The next symbols, and how many of them a vector chunk takes: 14 of one bit if none has a large delta, else 7 of two.
struct Vector {
  std::array<TwccSymbol, kOneBitSymbols> symbols{};
  std::size_t size = 0;
  bool one_bit = true;
};
Vector vector_at(StatusCursor cursor) {
  Vector vector;
  for (; !cursor.done() && vector.size < kOneBitSymbols; cursor.step()) vector.symbols[vector.size++] = cursor.symbol();
  const auto filled = std::span(vector.symbols).first(vector.size);
  vector.one_bit = std::ranges::find(filled, TwccSymbol::kLargeDelta) == filled.end();
  if (!vector.one_bit) vector.size = std::min(vector.size, kTwoBitSymbols);
  return vector;
}
std::uint16_t encode(const Vector& vector) {
  const unsigned bits = vector.one_bit ? 1 : 2;
  unsigned chunk = kVectorChunk | (vector.one_bit ? 0U : kTwoBitVector);
  for (std::size_t i = 0; i < vector.size; ++i) {
    chunk |= static_cast<unsigned>(vector.symbols[i]) << (kOneBitSymbols - bits * (i + 1));
  }
  return static_cast<std::uint16_t>(chunk);
}

void write_chunks(ByteWriter& writer, StatusCursor cursor) {
  while (!cursor.done() && writer.ok()) {
    const Run run = run_at(cursor);
    const Vector vector = vector_at(cursor);
    const bool as_run = run.length >= vector.size;
    writer.u16(as_run ? static_cast<std::uint16_t>(static_cast<unsigned>(run.symbol) << 13 | run.length)
                      : encode(vector));
    for (std::size_t i = 0; i < (as_run ? run.length : vector.size); ++i) cursor.step();
  }
}

void write_deltas(ByteWriter& writer, StatusCursor cursor) {
  for (; !cursor.done() && writer.ok(); cursor.step()) {
    if (cursor.symbol() == TwccSymbol::kSmallDelta) writer.u8(static_cast<std::uint8_t>(cursor.delta()));
    if (cursor.symbol() == TwccSymbol::kLargeDelta) writer.u16(static_cast<std::uint16_t>(cursor.delta()));
  }
}

// One message about all of `arrivals`. False: it did not fit; the writer is then of no more use.
bool write_all(ByteWriter& writer, const TwccHeader& header, std::span<const TwccArrival> arrivals) {
  const std::size_t start = writer.size();
  if (!begin_rtcp(writer, RtcpType::kRtpFeedback, static_cast<std::uint8_t>(RtpFeedback::kTransportWide),
                  kFixedBytes)) {
    return false;
  }
  writer.u32(header.sender.value());
  writer.u32(header.media.value());
  writer.u16(truncate(arrivals.front().seq).value());
  writer.u16(static_cast<std::uint16_t>(arrivals.back().seq - arrivals.front().seq + 1));
  writer.u24(static_cast<std::uint32_t>(reference_units(arrivals.front().at)) & 0xffffff);
  writer.u8(header.feedback_number);
  write_chunks(writer, StatusCursor(arrivals));
  write_deltas(writer, StatusCursor(arrivals));
  writer.zeros((4 - (writer.size() - start) % 4) % 4);
  writer.patch_u16(start + 2, static_cast<std::uint16_t>((writer.size() - start) / 4 - 1));
  return writer.ok();
}

}  // namespace

std::optional<TwccSymbols::Run> TwccSymbols::next(std::uint16_t max_length) {
  while (left_ == 0) {
    if (chunks_.remaining() < 2) return std::nullopt;
    chunk_ = chunks_.u16();
    if ((chunk_ & kVectorChunk) == 0) {
      left_ = chunk_ & kMaxRun;
    } else {
      left_ = (chunk_ & kTwoBitVector) == 0 ? kOneBitSymbols : kTwoBitSymbols;
    }
  }
  if ((chunk_ & kVectorChunk) == 0) {
    const std::uint16_t length = std::min(left_, max_length);
    left_ = static_cast<std::uint16_t>(left_ - length);
    return Run{static_cast<TwccSymbol>(chunk_ >> 13 & 3), length};
  }
  --left_;
  if ((chunk_ & kTwoBitVector) == 0) return Run{static_cast<TwccSymbol>(chunk_ >> left_ & 1)};
  return Run{static_cast<TwccSymbol>(chunk_ >> (2 * left_) & 3)};
}

std::optional<TwccFeedback> parse_twcc(const RtcpPacket& packet) {
  if (packet.type != RtcpType::kRtpFeedback || packet.count != static_cast<std::uint8_t>(RtpFeedback::kTransportWide)) {
    return std::nullopt;
  }
  ByteReader reader(packet.body);
  TwccFeedback feedback;
  feedback.sender = Ssrc(reader.u32());
  feedback.media = Ssrc(reader.u32());
  feedback.first = SeqNo(reader.u16());
  feedback.status_count = reader.u16();
  feedback.reference_time = sign_extend_24(reader.u24());
  feedback.feedback_number = reader.u8();
  if (!reader.ok() || feedback.status_count == 0 || feedback.status_count > kMaxTwccStatuses) return std::nullopt;

  const ByteView rest = reader.rest();
  TwccSymbols symbols(rest);
  std::size_t announced_bytes = 0;
  for (std::uint16_t left = feedback.status_count; left > 0;) {
    const auto run = symbols.next(left);
    if (!run || run->symbol == TwccSymbol::kReserved) return std::nullopt;
    announced_bytes += run->length * delta_bytes(run->symbol);
    left = static_cast<std::uint16_t>(left - run->length);
  }
  feedback.chunks = rest.first(symbols.bytes_read());
  feedback.deltas = rest.subspan(symbols.bytes_read());
  if (feedback.deltas.size() < announced_bytes) return std::nullopt;
  return feedback;
}

TwccReader::TwccReader(const TwccFeedback& feedback)
    : symbols_(feedback.chunks),
      deltas_(feedback.deltas),
      next_(feedback.first),
      left_(feedback.status_count),
      arrival_(feedback.reference_time * kTwccReferenceUnit) {}

std::size_t write_twcc(ByteWriter& writer, const TwccHeader& header, std::span<const TwccArrival> arrivals) {
  if (arrivals.empty() || !writer.ok()) return 0;
  // Halving finds an amount that fits within a dozen tries, and most messages fit at once.
  for (std::size_t n = sayable(arrivals); n > 0; n /= 2) {
    ByteWriter attempt = writer;
    if (!write_all(attempt, header, arrivals.first(n))) continue;
    writer = attempt;
    return n;
  }
  return 0;
}

}  // namespace consomme::wire
