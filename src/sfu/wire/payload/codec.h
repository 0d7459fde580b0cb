// The codecs whose payload the server may meet, by mime type. Negotiation has its own table of parameters; this one
// says which descriptor parser a payload needs (payload_info.h).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace consomme::wire {

enum class Codec : std::uint8_t {
  kOpus,
  kMultiopus,
  kPcmu,
  kPcma,
  kG722,
  kTelephoneEvent,
  kComfortNoise,
  kVp8,
  kVp9,
  kH264,
  kAv1,
  kRtx,
  kRed,
  kCount,
};

struct CodecName {
  Codec codec;
  std::string_view mime;  // without the kind; compared without regard to case (RFC 4855 §3)
};
inline constexpr std::array<CodecName, static_cast<std::size_t>(Codec::kCount)> kCodecNames = {{
    {Codec::kOpus, "opus"},
    {Codec::kMultiopus, "multiopus"},
    {Codec::kPcmu, "PCMU"},
    {Codec::kPcma, "PCMA"},
    {Codec::kG722, "G722"},
    {Codec::kTelephoneEvent, "telephone-event"},
    {Codec::kComfortNoise, "CN"},
    {Codec::kVp8, "VP8"},
    {Codec::kVp9, "VP9"},
    {Codec::kH264, "H264"},
    {Codec::kAv1, "AV1"},
    {Codec::kRtx, "rtx"},
    {Codec::kRed, "red"},
}};

// "video/VP8", "audio/opus"; the kind is not looked at. nullopt: none of ours.
std::optional<Codec> codec_from_mime(std::string_view mime);

}  // namespace consomme::wire
