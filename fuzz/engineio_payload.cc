// Engine.IO payloads: what is accepted is written back to the same packets.
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "socketio/engineio_packet.h"

using namespace consomme::socketio;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto packets = parse_payload(consomme::as_text({data, size}), 1000);
  if (!packets) return 0;
  std::vector<Encoded> encoded;
  for (const Packet& packet : *packets)
    encoded.push_back(packet.is_binary ? encode_binary(packet.data) : encode_packet(packet.type, packet.data));
  consomme::check(parse_payload(write_payload(encoded), 1000) == packets, "a payload survives being written");
  return 0;
}
