#include "socketio/socketio_packet.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "socketio/json.h"

namespace consomme::socketio {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kMaxSafeInteger = (std::uint64_t{1} << 53) - 1;
// Names that mean something to the client itself (CVE-2024-38355 is what comes of letting such through).
constexpr std::array<std::string_view, 6> kReservedEvents = {"connect",       "connect_error", "disconnect",
                                                             "disconnecting", "newListener",   "removeListener"};

// The digits in front of `text`, which are cut off; nullopt when there are none or the number is above `max`.
std::optional<std::uint64_t> take_number(std::string_view& text, std::uint64_t max) {
  std::uint64_t number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec != std::errc{} || number > max) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(result.ptr - text.data()));
  return number;
}

bool begins_with_digit(std::string_view text) {
  return !text.empty() && text[0] >= '0' && text[0] <= '9';
}

std::string take_namespace(std::string_view& text) {
  if (!text.starts_with('/')) return "/";
  const std::string_view nsp = text.substr(0, text.find(','));
  text.remove_prefix(std::min(text.size(), nsp.size() + 1));
  return std::string(nsp);
}

bool is_event(const json::value& payload) {
  const json::array* const args = payload.if_array();
  if (args == nullptr || args->empty()) return false;
  const json::value& name = args->front();
  if (name.is_number()) return true;
  return name.is_string() &&
         std::ranges::find(kReservedEvents, std::string_view(name.get_string())) == kReservedEvents.end();
}

bool has_shape(MessageType type, const std::optional<json::value>& payload) {
  switch (type) {
    case MessageType::kConnect:
      return !payload || payload->is_object();
    case MessageType::kDisconnect:
      return !payload;
    case MessageType::kEvent:
      return payload && is_event(*payload);
    case MessageType::kAck:
      return payload && payload->is_array();
    default:
      return false;  // CONNECT_ERROR is the server's
  }
}

std::optional<std::size_t> placeholder(const json::object& object, bool& is_placeholder) {
  const json::value* const mark = object.if_contains("_placeholder");
  is_placeholder = mark != nullptr && mark->is_bool() && mark->get_bool();
  if (!is_placeholder) return std::nullopt;
  const json::value* const num = object.if_contains("num");
  if (num == nullptr || !num->is_int64() || num->get_int64() < 0) return std::nullopt;
  return static_cast<std::size_t>(num->get_int64());
}

void append_namespace(std::string& text, std::string_view nsp) {
  if (nsp == "/") return;
  text += nsp;
  text.push_back(',');
}

std::string message_text(MessageType type) {
  return {static_cast<char>(PacketType::kMessage), static_cast<char>(type)};
}

Encoded encoded_text(std::string text) {
  return {false, std::make_shared<const std::string>(std::move(text))};
}

// `list`: elements of a JSON array, without its brackets. In one piece of memory: capabilities of a router are long.
Encoded encoded_list(std::string head, std::string_view list) {
  head.reserve(head.size() + list.size() + 2);
  head.append("[").append(list).append("]");
  return encoded_text(std::move(head));
}

struct Types {
  MessageType plain;
  MessageType binary;
};

// `list` holds the first elements already, without the brackets.
std::vector<Encoded> write_list(Types types, std::string_view nsp, std::optional<std::uint64_t> id, std::string list,
                                const json::array& args) {
  std::vector<std::string> attachments;
  for (const json::value& arg : args) {
    if (!list.empty()) list.push_back(',');
    append_json(list, arg, attachments);
  }
  std::string text = message_text(attachments.empty() ? types.plain : types.binary);
  if (!attachments.empty()) text += std::to_string(attachments.size()) + "-";
  append_namespace(text, nsp);
  if (id) text += std::to_string(*id);

  std::vector<Encoded> packets{encoded_list(std::move(text), list)};
  for (std::string& attachment : attachments) packets.push_back(encode_binary(std::move(attachment)));
  return packets;
}

std::optional<json::value> read_payload(std::string_view text, UnholdableJson unholdable, VerbatimTexts* verbatim) {
  const std::optional<TextRange> as_it_is = verbatim == nullptr ? std::nullopt : verbatim->find(text);
  std::optional<json::value> payload = as_it_is ? parse_json_around(text, *as_it_is) : std::nullopt;
  if (!payload) payload = parse_json(text);
  if (!payload && unholdable == UnholdableJson::kReplaced) payload = parse_json(mend_json(text));
  return payload;
}

}  // namespace

std::optional<Message> parse_message(std::string_view text, std::size_t max_attachments, UnholdableJson unholdable,
                                     VerbatimTexts* verbatim) {
  if (text.empty() || text[0] < '0' || text[0] > '6') return std::nullopt;
  Message message;
  message.type = static_cast<MessageType>(text[0]);
  text.remove_prefix(1);
  if (message.type == MessageType::kBinaryEvent || message.type == MessageType::kBinaryAck) {
    const auto count = take_number(text, max_attachments);
    if (!count || !text.starts_with('-')) return std::nullopt;
    text.remove_prefix(1);
    message.attachments = static_cast<std::size_t>(*count);
    message.is_binary = true;
    message.type = message.type == MessageType::kBinaryEvent ? MessageType::kEvent : MessageType::kAck;
  }
  message.nsp = take_namespace(text);
  const bool may_have_id = message.type == MessageType::kEvent || message.type == MessageType::kAck;
  if (may_have_id && begins_with_digit(text)) {
    message.id = take_number(text, kMaxSafeInteger);
    if (!message.id) return std::nullopt;
  }
  std::optional<json::value> payload;
  if (!text.empty()) {
    const bool may_hold_verbatim = message.type == MessageType::kEvent && !message.is_binary;
    payload = read_payload(text, unholdable, may_hold_verbatim ? verbatim : nullptr);
    if (!payload) return std::nullopt;
  }
  if (!has_shape(message.type, payload)) return std::nullopt;
  if (message.type == MessageType::kConnect && !payload) payload = json::object();
  message.payload = std::move(payload);
  return message;
}

bool place_attachments(json::value& payload, std::span<std::optional<std::string>> attachments) {
  if (json::array* const array = payload.if_array())
    return std::ranges::all_of(*array, [&](json::value& v) { return place_attachments(v, attachments); });
  json::object* const object = payload.if_object();
  if (object == nullptr) return true;
  bool is_placeholder = false;
  const std::optional<std::size_t> num = placeholder(*object, is_placeholder);
  if (!is_placeholder)
    return std::ranges::all_of(*object, [&](auto&& member) { return place_attachments(member.value(), attachments); });
  if (!num || *num >= attachments.size() || !attachments[*num]) return false;
  payload = binary(*std::exchange(attachments[*num], std::nullopt));
  return true;
}

Encoded write_control(MessageType type, std::string_view nsp, const json::value& payload) {
  std::string text = message_text(type);
  append_namespace(text, nsp);
  std::vector<std::string> none;
  if (!payload.is_null()) append_json(text, payload, none);
  return encoded_text(std::move(text));
}

std::vector<Encoded> write_event(std::string_view nsp, std::optional<std::uint64_t> id, std::string_view event,
                                 const json::array& args) {
  std::string list;
  append_json_string(list, event);
  return write_list({MessageType::kEvent, MessageType::kBinaryEvent}, nsp, id, std::move(list), args);
}

std::vector<Encoded> write_ack(std::string_view nsp, std::uint64_t id, const json::array& args) {
  return write_list({MessageType::kAck, MessageType::kBinaryAck}, nsp, id, {}, args);
}

Encoded write_json_ack(std::string_view nsp, std::uint64_t id, std::string_view json) {
  std::string text = message_text(MessageType::kAck);
  append_namespace(text, nsp);
  text += std::to_string(id);
  return encoded_list(std::move(text), json);
}

}  // namespace consomme::socketio
