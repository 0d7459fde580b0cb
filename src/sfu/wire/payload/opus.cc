#include "sfu/wire/payload/opus.h"

namespace consomme::wire {

std::optional<OpusPayload> parse_opus(ByteView payload) {
  if (payload.empty()) return std::nullopt;
  return OpusPayload{.dtx = payload.size() <= 2};
}

}  // namespace consomme::wire
