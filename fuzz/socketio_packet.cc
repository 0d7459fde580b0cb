// Socket.IO packets: what was accepted is written, read and written again to the same bytes. (The values themselves may
// change their type on the way: 1.0 is written as 1.) What cannot be held is replaced, so that mending is tried too.
#include "socketio/socketio_packet.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"

using namespace consomme::socketio;

// What an object that stays text says, and whether its message is taken, is the same as when it is read.
static void check_verbatim(std::string_view text) {
  VerbatimTexts verbatim({"a"});
  const auto whole = parse_message(text, 10);
  const auto kept = parse_message(text, 10, UnholdableJson::kRefused, &verbatim);
  consomme::check(whole.has_value() == kept.has_value(), "it is taken or refused all the same");
  if (!kept || kept->type != MessageType::kEvent || kept->is_binary) return;
  const std::vector<Encoded> sent = write_ack(kept->nsp, 1, kept->payload->get_array());
  const auto again = parse_message(std::string_view(*sent[0].bytes).substr(1), 10);
  consomme::check(again.has_value(), "what was left as text can be sent on");
  const std::vector<Encoded> expected = write_ack(whole->nsp, 1, whole->payload->get_array());
  const std::vector<Encoded> resent = write_ack(again->nsp, 1, again->payload->get_array());
  consomme::check(*resent[0].bytes == *expected[0].bytes, "it says the same");
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = consomme::as_text({data, size});
  check_verbatim(text);
  auto message = parse_message(text, 10, UnholdableJson::kReplaced);
  consomme::check(message || !parse_message(text, 10), "mending refuses nothing that can be held as it is");
  if (!message || message->type != MessageType::kAck || !message->id) return 0;
  std::vector<std::optional<std::string>> attachments(message->attachments, "bytes");
  if (message->is_binary && !place_attachments(*message->payload, attachments)) return 0;
  const std::vector<Encoded> packets = write_ack(message->nsp, *message->id, message->payload->get_array());
  if (message->is_binary)
    consomme::check(packets.size() <= message->attachments + 1, "no attachment is placed more than once");
  std::vector<std::optional<std::string>> sent;
  for (std::size_t i = 1; i < packets.size(); ++i) sent.push_back(*packets[i].bytes);
  auto again = parse_message(std::string_view(*packets[0].bytes).substr(1), packets.size());
  consomme::check(again && again->nsp == message->nsp && again->id == message->id, "its head survives being written");
  consomme::check(!again->is_binary || place_attachments(*again->payload, sent),
                  "every placeholder names an attachment");
  const std::vector<Encoded> rewritten = write_ack(again->nsp, *again->id, again->payload->get_array());
  consomme::check(rewritten.size() == packets.size(), "its attachments survive being written");
  for (std::size_t i = 0; i < packets.size(); ++i)
    consomme::check(*rewritten[i].bytes == *packets[i].bytes, "its payload survives being written");
  return 0;
}
