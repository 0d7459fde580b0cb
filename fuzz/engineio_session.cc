// A session and the conversation on it, driven in any order: each step is a digit for what happens, a length and that
// many bytes.
#include "socketio/engineio_session.h"

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/check.h"
#include "socketio/socketio_connection.h"

using namespace consomme;
using namespace consomme::socketio;

namespace {

struct Play {
  EngineLimits limits{.max_unread_bytes = 500, .max_packets_per_payload = 20};
  Instant now{100s};
  EngineSession session{limits, "sid", Transport::kPolling, WireId(1), now};
  Config config;
  VerbatimTexts verbatim{config.verbatim_members};
  Connection connection{config, verbatim, kNever};
  std::uint64_t last_wire = 1;
  bool has_ended = false;

  void step(std::uint8_t what, std::string bytes) {
    const WireId old(1 + what / 10U % (last_wire + 1));
    switch (what % 10) {
      case 0:
        return session.on_get(now, WireId(++last_wire));
      case 1:
        return session.on_post_head(now, WireId(++last_wire));
      case 2:
        return session.on_post(now, old, "text/plain", bytes);
      case 3:
        return session.on_upgrade(now, WireId(++last_wire));
      case 4:
        return session.on_websocket_message(now, old, false, std::move(bytes));
      case 5:
        return session.on_websocket_message(now, old, true, std::move(bytes));
      case 6:
        return session.on_gone(now, old);
      case 7:
        return session.send(encode_packet(PacketType::kMessage, bytes));
      case 8:
        return session.close(now);
      default:
        now = std::max(now, session.deadline() == kNever ? now : session.deadline());
        return session.expire(now);
    }
  }

  void drain() {
    while (auto output = session.poll()) {
      check(!has_ended || std::holds_alternative<Answer>(*output) || std::holds_alternative<CloseWebSocket>(*output),
            "after its end a session only refuses");
      if (auto* const message = std::get_if<Deliver>(&*output)) receive(*message);
      if (std::holds_alternative<Ended>(*output)) has_ended = true;
    }
    check(!has_ended || session.deadline() == kNever, "an ended session waits for nothing");
    check(has_ended || session.deadline() != kNever, "a live session always ends by itself");
  }

  void receive(Deliver& message) {
    const Received received = connection.receive(message.is_binary, std::move(message.data));
    if (const auto* asked = std::get_if<ConnectReceived>(&received)) connection.accept(asked->nsp);
    if (std::holds_alternative<Violation>(received)) session.abort("protocol violation");
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Play play;
  play.drain();
  ByteReader reader({data, size});
  while (reader.remaining() >= 2) {
    const std::uint8_t what = reader.u8();
    const std::size_t length = reader.u8();
    play.step(what, std::string(as_text(reader.bytes(std::min(length, reader.remaining())))));
    play.drain();
  }
  return 0;
}
