#include "server/signaling/world.h"

namespace consomme::server {
namespace {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalid:
      return "invalid";
    case ErrorCode::kNotFound:
      return "not-found";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kConflict:
      return "conflict";
    case ErrorCode::kLimit:
      return "limit";
    case ErrorCode::kUnavailable:
      return "unavailable";
  }
  return "invalid";
}

}  // namespace

boost::json::object error_object(const Error& error) {
  return {{"error", error.text}, {"code", to_string(error.code)}};
}

boost::json::object speaker_payload(const Room& room) {
  boost::json::value peer;
  if (!room.speaker.empty()) peer = room.speaker;
  return {{"peerId", std::move(peer)}};
}

boost::json::object new_producer_payload(const Producer& producer) {
  boost::json::object payload{{"producerId", producer.id}, {"peerId", producer.peer->id}};
  if (producer.app_data) payload["appData"] = *producer.app_data;
  return payload;
}

}  // namespace consomme::server
