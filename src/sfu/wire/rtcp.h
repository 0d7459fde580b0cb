// RTCP compound packets (RFC 3550 §6.1) as a walk over their parts; reduced-size ones (RFC 5506) are walked the same
// way. What is in a part is read by rtcp_report.h, rtcp_feedback.h, rtcp_xr.h and twcc.h. Views only, no allocation.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/strong.h"

namespace consomme::wire {

inline constexpr std::size_t kRtcpHeaderBytes = 4;
inline constexpr std::size_t kMaxRtcpCount = 31;  // the 5-bit count of reports, chunks and sources

enum class RtcpType : std::uint8_t {
  kSenderReport = 200,
  kReceiverReport = 201,
  kSourceDescription = 202,
  kBye = 203,
  kApplication = 204,
  kRtpFeedback = 205,      // RFC 4585: FMT says which, see RtpFeedback
  kPayloadFeedback = 206,  // RFC 4585: FMT says which, see PayloadFeedback
  kExtendedReport = 207,   // RFC 3611
};

enum class RtpFeedback : std::uint8_t { kNack = 1, kTransportWide = 15 };
enum class PayloadFeedback : std::uint8_t { kPictureLoss = 1, kFullIntraRequest = 4, kApplicationLayer = 15 };

// One part. A type that is not in RtcpType is handed out too: whoever reads skips it.
struct RtcpPacket {
  RtcpType type{};
  std::uint8_t count = 0;  // reports, chunks, sources, or FMT: 5 bits
  ByteView body;           // behind the 4-byte header, without padding; its size is a multiple of 4 unless padded
};

// while (const auto packet = reader.next()) ...; afterwards ok() says whether the end was reached in good order.
class RtcpReader {
 public:
  explicit RtcpReader(ByteView compound) : rest_(compound) {}
  std::optional<RtcpPacket> next();
  bool ok() const { return ok_; }

 private:
  ByteView rest_;
  bool ok_ = true;
};

// Items of one fixed size, read when looked at. T has `static constexpr std::size_t kBytes` and `static T
// parse(ByteView)`.
template <class T>
class RtcpItems {
 public:
  RtcpItems() = default;
  // Whole items only: what is left over at the end is not seen.
  explicit RtcpItems(ByteView bytes) : bytes_(bytes.first(bytes.size() - bytes.size() % T::kBytes)) {}

  std::size_t size() const { return bytes_.size() / T::kBytes; }
  bool empty() const { return bytes_.empty(); }
  T operator[](std::size_t i) const { return T::parse(bytes_.subspan(i * T::kBytes, T::kBytes)); }

  class Iterator {
   public:
    Iterator(const RtcpItems* items, std::size_t i) : items_(items), i_(i) {}
    T operator*() const { return (*items_)[i_]; }
    Iterator& operator++() {
      ++i_;
      return *this;
    }
    bool operator==(const Iterator& other) const { return i_ == other.i_; }

   private:
    const RtcpItems* items_;
    std::size_t i_;
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size()}; }

 private:
  ByteView bytes_;
};

// A list of sources, as goodbye and REMB carry it.
struct SsrcItem {
  static constexpr std::size_t kBytes = 4;
  static SsrcItem parse(ByteView bytes) { return {Ssrc(static_cast<std::uint32_t>(load_be<4>(bytes.data())))}; }

  Ssrc ssrc;
};
using SsrcList = RtcpItems<SsrcItem>;

// The header of one part whose body is `body_bytes` long (a multiple of 4). False, and nothing is written, unless
// header and body fit: a writer of a part that begins with this writes all of it or nothing.
bool begin_rtcp(ByteWriter& writer, RtcpType type, std::uint8_t count, std::size_t body_bytes);

}  // namespace consomme::wire
