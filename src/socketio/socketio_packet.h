// Socket.IO 5 packets: the text inside an Engine.IO message and the attachments behind it. Pure functions.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "socketio/engineio_packet.h"
#include "socketio/server.h"
#include "socketio/verbatim.h"

namespace consomme::socketio {

enum class MessageType : char {
  kConnect = '0',
  kDisconnect = '1',
  kEvent = '2',
  kAck = '3',
  kConnectError = '4',
  kBinaryEvent = '5',
  kBinaryAck = '6'
};

// A client's packet that has the shape its type demands. Binary types come as kEvent and kAck with `attachments` to
// follow.
struct Message {
  MessageType type = MessageType::kEvent;
  std::string nsp = "/";
  std::optional<std::uint64_t> id;            // of the acknowledgement; at most 2^53 - 1
  std::optional<boost::json::value> payload;  // kConnect: an object. kEvent, kAck: an array. kDisconnect: none
  std::size_t attachments = 0;
  bool is_binary = false;  // even without attachments its placeholders are placeholders
};

// `verbatim` finds the objects that stay text, in events without attachments.
std::optional<Message> parse_message(std::string_view text, std::size_t max_attachments,
                                     UnholdableJson unholdable = UnholdableJson::kRefused,
                                     VerbatimTexts* verbatim = nullptr);

// Moves the attachments to where the placeholders are. False when one names no attachment, or one that is placed
// already: placeholders are short, and as many copies of a long attachment would take all the memory there is.
bool place_attachments(boost::json::value& payload, std::span<std::optional<std::string>> attachments);

// What follows CONNECT, DISCONNECT or CONNECT_ERROR in `nsp`; `payload` may be null for none.
Encoded write_control(MessageType type, std::string_view nsp, const boost::json::value& payload);
// An event or an acknowledgement and its attachments, to be sent one right behind the other.
std::vector<Encoded> write_event(std::string_view nsp, std::optional<std::uint64_t> id, std::string_view event,
                                 const boost::json::array& args);
std::vector<Encoded> write_ack(std::string_view nsp, std::uint64_t id, const boost::json::array& args);
// With one argument, the text of which is at hand.
Encoded write_json_ack(std::string_view nsp, std::uint64_t id, std::string_view json);

}  // namespace consomme::socketio
