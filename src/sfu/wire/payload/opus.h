// Opus payloads (RFC 6716 §3): all that forwarding asks is whether anything is in them.
#pragma once

#include <optional>

#include "base/bytes.h"

namespace consomme::wire {

struct OpusPayload {
  bool dtx = false;  // silence: nothing behind the table of contents but at most one byte (RFC 6716 §2.1.9, §3.4)
};

// nullopt: empty, which no Opus packet is.
std::optional<OpusPayload> parse_opus(ByteView payload);

}  // namespace consomme::wire
