// H264 payloads (RFC 6184) in packetization modes 0 and 1: single NAL units, STAP-A, FU-A. The interleaved mode's types
// are refused. Nothing of the bitstream is read but NAL headers and the first bit of a slice.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace consomme::wire {

enum class NalType : std::uint8_t {
  kSlice = 1,
  kIdrSlice = 5,
  kSei = 6,
  kSequenceParameters = 7,
  kPictureParameters = 8,
  kDelimiter = 9,
  kStapA = 24,
  kFuA = 28,
};

struct H264Payload {
  bool starts_frame = false;    // as far as one packet tells: parameter sets, SEI, delimiter, or the first slice
  bool key_frame = false;       // IDR slice or sequence parameters, at their start
  bool has_parameters = false;  // sequence parameters are inside
  bool has_slice = false;       // of the picture itself, or a part of one
  bool disposable = false;      // nal_ref_idc 0 in every NAL unit and a slice among them: nothing is predicted from it
};

// nullopt: empty, an aggregate whose lengths do not add up, or a type that is not used in these modes.
std::optional<H264Payload> parse_h264(ByteView payload);

}  // namespace consomme::wire
