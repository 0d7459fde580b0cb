// Why something that arrived went no further. Counted by reason, never logged one by one.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace consomme::transport {

enum class Drop : std::uint8_t {
  kUnknownKind,
  kNoTransport,
  kIceMalformed,
  kIceUnauthenticated,
  kIceRefused,
  kTupleNotValidated,
  kDtlsTooEarly,
  kSrtpNoKeys,
  kSrtpMalformed,
  kSrtpAuthentication,
  kSrtpReplay,
  kRtpMalformed,
  kRtpNoStream,
  kRtpPayloadType,
  kRtpDuplicate,
  kRtpTooOld,
  kRtpJump,
  kRtxProbe,
  kRtxMalformed,
  kRedMalformed,
  kPoolExhausted,
  kRtcpMalformed,
  kNotSendable,
  kSendQueueFull,
  kCrossingFull,
  kHandoverFull,
  kCount,
};

inline constexpr std::size_t kDropCount = static_cast<std::size_t>(Drop::kCount);

inline constexpr std::array<std::string_view, kDropCount> kDropNames = {
    "unknown-kind",        "no-transport",   "ice-malformed", "ice-unauthenticated", "ice-refused",
    "tuple-not-validated", "dtls-too-early", "srtp-no-keys",  "srtp-malformed",      "srtp-authentication",
    "srtp-replay",         "rtp-malformed",  "rtp-no-stream", "rtp-payload-type",    "rtp-duplicate",
    "rtp-too-old",         "rtp-jump",       "rtx-probe",     "rtx-malformed",       "red-malformed",
    "pool-exhausted",      "rtcp-malformed", "not-sendable",  "send-queue-full",     "crossing-full",
    "handover-full",
};
static_assert(!kDropNames.back().empty(), "every reason has a name");

class DropCounters {
 public:
  void count(Drop reason) { ++counts_[static_cast<std::size_t>(reason)]; }
  std::uint64_t operator[](Drop reason) const { return counts_[static_cast<std::size_t>(reason)]; }

 private:
  std::array<std::uint64_t, kDropCount> counts_{};
};

}  // namespace consomme::transport
