// Scripts clients talking to one Signaling: whatever they send, every answer is an object whose error is a sentence,
// and when the last one has gone, nothing is left. A line of the input is one step:
//
//   +1              client 1 connects            -1     it disconnects
//   1 event [...]   it sends an event with these arguments
//   t 1500          1500 ms pass                 e 2    the media plane loses its transport number 2
//   d               the server begins to drain
//   q               the media plane answers what it was asked, with nothing: the subjects have ended
//
// Ids of transports, producers and consumers are id1, id2, ... in the order of their making.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "server/signaling/conversation.h"

namespace consomme::server {
namespace {

constexpr std::size_t kMaxSteps = 200;

std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

std::uint32_t number(std::string_view text, std::uint32_t bound) {
  std::uint32_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value % bound;
}

void send_event(Conversation& c, const std::string& client, std::string_view rest) {
  const std::string_view event = take_until(rest, ' ');
  bj::error_code error;
  const bj::value args = bj::parse(rest, error, {}, {.max_depth = 128});
  if (error || !args.is_array()) return;
  const bj::object ack = c.ask_with(client, event, args.as_array());
  if (const bj::value* const refused = ack.if_contains("error"))
    check(refused->is_string() && !refused->get_string().empty() && ack.at("code").is_string(),
          "an error is a sentence with a code");
}

void lose_transport(Conversation& c, std::string_view which) {
  if (c.media.transports.empty()) return;
  const auto count = static_cast<std::uint32_t>(c.media.transports.size());
  const TransportId lost = std::next(c.media.transports.begin(), number(which, count))->first;
  c.report(sfu::TransportEnded{lost, sfu::TransportEnd::kConsentLost});
}

void answer_questions(Conversation& c) {
  for (const auto& [token, subject] : std::exchange(c.media.questions, {})) c.report(sfu::StatsReady{token, {}});
}

void step(Conversation& c, std::string_view line) {
  const std::string_view first = take_until(line, ' ');
  if (first.starts_with('+')) return c.connect(std::string(first.substr(1, 1)), {{"name", line}});
  if (first.starts_with('-')) return c.disconnect(std::string(first.substr(1, 1)));
  if (first == "t") return c.advance(std::chrono::milliseconds(number(line, 60'000)));
  if (first == "e") return lose_transport(c, line);
  if (first == "q") return answer_questions(c);
  if (first == "d") return c.signaling.drain(c.now, c.now + 8s);
  send_event(c, std::string(first.substr(0, 1)), line);
}

void check_nothing_is_left(Conversation& c) {
  const Census census = c.signaling.census();
  check(census.participants + census.connections == 0, "who has gone is not counted");
  check(census.transports + census.producers + census.consumers == 0, "what they made has gone with them");
  check(census.rooms == 0, "empty rooms are forgotten");
  check(c.media.transports.empty() && c.media.producers.empty() && c.media.consumers.empty() && c.media.routers.empty(),
        "the media plane is empty too");
}

void run(std::string_view script) {
  Conversation c({.max_rooms = 3, .max_peers = 6, .max_room_peers = 4});
  for (std::size_t i = 0; i < kMaxSteps && !script.empty(); ++i) {
    step(c, take_until(script, '\n'));
    check(c.media.producers.size() == c.signaling.census().producers, "both sides know the same producers");
    check(c.media.consumers.size() == c.signaling.census().consumers, "both sides know the same consumers");
  }
  for (int id = 0; id < 256; ++id) c.disconnect(std::string(1, static_cast<char>(id)));
  c.disconnect("");
  c.advance(1min);
  check_nothing_is_left(c);
}

}  // namespace
}  // namespace consomme::server

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  consomme::server::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
