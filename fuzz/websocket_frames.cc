// A client's WebSocket frames, cut at a place the input chooses: the cut must not change what is read.
#include "socketio/websocket_frames.h"

#include <cstdint>
#include <string>
#include <variant>

#include "base/bytes.h"
#include "base/check.h"

using namespace consomme::socketio;

namespace {

constexpr std::size_t kMaxMessage = 300;

std::string words(const MessageReceived& message) {
  consomme::check(message.data.size() <= kMaxMessage, "no message is longer than allowed");
  return (message.is_binary ? "binary " : "text ") + message.data;
}
std::string words(const PingReceived& ping) {
  return "ping " + ping.data;
}
std::string words(const CloseReceived& close) {
  return "close " + close.body;
}
std::string words(const FrameViolation& violation) {
  return "violation " + close_body(violation.code);
}

std::string transcript(std::string_view first, std::string_view second) {
  FrameReader reader(kMaxMessage);
  std::string said;
  for (std::string_view bytes : {first, second})
    while (const auto received = reader.read(bytes)) {
      said += std::visit([](const auto& what) { return words(what); }, *received) + "\n";
      if (std::holds_alternative<FrameViolation>(*received)) return said;
    }
  return said;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes = consomme::as_text({data + 1, size - 1});
  const std::size_t cut = bytes.size() * data[0] / 256;
  consomme::check(transcript(bytes, {}) == transcript(bytes.substr(0, cut), bytes.substr(cut)),
                  "a cut changes nothing");
  return 0;
}
