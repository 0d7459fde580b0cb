// The events of the wire, in one table: what a client may send, with which fields, and who answers. docs/events.md says
// the same in words, and a test holds the two together.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "server/signaling/fields.h"
#include "server/signaling/requests.h"

namespace consomme::server {

enum class RoomId : std::uint8_t {
  kAny,      // required; the room need not exist yet
  kJoined,   // required; the room that the peer has joined
  kImplied,  // optional; else the room that the peer has joined
};

inline constexpr std::size_t kMaxFields = 5;

struct EventSpec {
  std::string_view name;
  RoomId room;
  std::array<Field, kMaxFields> fields;  // besides roomId; the first without a name ends them
  Reply (*handle)(const Call&);

  constexpr std::span<const Field> field_list() const {
    const auto end = std::find_if(fields.begin(), fields.end(), [](const Field& f) { return f.name.empty(); });
    return {fields.begin(), end};
  }
};

inline constexpr bool kOptional = false;

inline constexpr std::array kClientEvents{
    EventSpec{"get-rtp-capabilities", RoomId::kAny, {}, get_rtp_capabilities},
    EventSpec{"join-mediasoup-room",
              RoomId::kAny,
              {{{"rtpCapabilities", FieldType::kObject},
                {"userName", FieldType::kName, kOptional},
                {"name", FieldType::kName, kOptional},
                {"displayName", FieldType::kName, kOptional}}},
              join_room},
    EventSpec{"create-webrtc-transport",
              RoomId::kJoined,
              {{{"direction", FieldType::kDirection}, {"appData", FieldType::kAppData, kOptional}}},
              create_webrtc_transport},
    EventSpec{"connect-transport",
              RoomId::kJoined,
              {{{"transportId", FieldType::kId}, {"dtlsParameters", FieldType::kObject}}},
              connect_transport},
    EventSpec{"produce",
              RoomId::kJoined,
              {{{"transportId", FieldType::kId},
                {"kind", FieldType::kKind},
                {"rtpParameters", FieldType::kObject},
                {"appData", FieldType::kAppData, kOptional}}},
              produce},
    EventSpec{"consume",
              RoomId::kJoined,
              {{{"producerId", FieldType::kId}, {"rtpCapabilities", FieldType::kObject, kOptional}}},
              consume},
    EventSpec{"resume-consumer", RoomId::kJoined, {{{"consumerId", FieldType::kId}}}, resume_consumer},

    EventSpec{"leave-room", RoomId::kImplied, {}, leave_room_request},
    EventSpec{"close-producer", RoomId::kImplied, {{{"producerId", FieldType::kId}}}, close_producer_request},
    EventSpec{"pause-producer", RoomId::kImplied, {{{"producerId", FieldType::kId}}}, pause_producer},
    EventSpec{"resume-producer", RoomId::kImplied, {{{"producerId", FieldType::kId}}}, resume_producer},
    EventSpec{"pause-consumer", RoomId::kImplied, {{{"consumerId", FieldType::kId}}}, pause_consumer},
    EventSpec{"close-consumer", RoomId::kImplied, {{{"consumerId", FieldType::kId}}}, close_consumer_request},
    EventSpec{"request-keyframe", RoomId::kImplied, {{{"consumerId", FieldType::kId}}}, request_key_frame},
    EventSpec{"set-preferred-layers",
              RoomId::kImplied,
              {{{"consumerId", FieldType::kId},
                {"spatialLayer", FieldType::kLayer},
                {"temporalLayer", FieldType::kLayer, kOptional}}},
              set_preferred_layers},
    EventSpec{"set-consumer-priority",
              RoomId::kImplied,
              {{{"consumerId", FieldType::kId}, {"priority", FieldType::kPriority}}},
              set_consumer_priority},
    EventSpec{"get-stats",
              RoomId::kImplied,
              {{{"transportId", FieldType::kId, kOptional},
                {"producerId", FieldType::kId, kOptional},
                {"consumerId", FieldType::kId, kOptional}}},
              get_stats},
    EventSpec{"restart-ice", RoomId::kImplied, {{{"transportId", FieldType::kId}}}, restart_ice},
    EventSpec{"update-my-state",
              RoomId::kImplied,
              {{{"isAudioMuted", FieldType::kBoolean, kOptional},
                {"isVideoPaused", FieldType::kBoolean, kOptional},
                {"name", FieldType::kText, kOptional}}},
              update_my_state},
};

inline constexpr std::array<std::string_view, 13> kServerEvents{
    "new-producer",    "participant-list-update", "participant-left",        "producer-closed", "consumer-closed",
    "consumer-paused", "consumer-resumed",        "consumer-layers-changed", "consumer-score",  "producer-score",
    "active-speaker",  "transport-closed",        "server-draining",
};

constexpr const EventSpec* find_event(std::string_view name) {
  const auto found =
      std::find_if(kClientEvents.begin(), kClientEvents.end(), [&](const EventSpec& e) { return e.name == name; });
  return found == kClientEvents.end() ? nullptr : &*found;
}

}  // namespace consomme::server
