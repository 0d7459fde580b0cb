// Fills the defaults of parameters that a client sent, and judges what their types alone do not say. Every refusal
// names the field. Pure functions; the types and ranges were checked by server/json.
#pragma once

#include "base/error.h"
#include "sfu/ortc/parameters.h"

namespace consomme::ortc {

// Defaults: channels 1 for audio and none for video. Errors (kInvalid): a MIME type that is neither audio nor video, a
// missing clock rate, an apt that is no number, an unnamed feedback or extension.
Result<RtpCapabilities> validate(RtpCapabilities capabilities);

// As above, and what makes a set of streams unusable: two codecs with one payload type, two extensions with one id, two
// encodings with one SSRC or RID, RTX for no media codec, an encoding of an unknown codec, no codec at all.
Result<RtpParameters> validate(RtpParameters parameters);

}  // namespace consomme::ortc
