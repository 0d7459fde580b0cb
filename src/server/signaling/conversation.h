// Clients talking to one Signaling in virtual time, for its tests: what each of them receives is kept as lines, in
// order.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "server/json/rtp.h"
#include "server/signaling/fake_media_plane.h"
#include "server/signaling/signaling.h"

namespace consomme::server {

namespace bj = boost::json;

inline constexpr Instant kStart{std::chrono::seconds(1'700'000'000)};

// rtpParameters as Chromium sends them; ssrc and mid tell producers apart.
inline bj::object audio_parameters(std::uint32_t ssrc = 1111, std::string mid = "0") {
  bj::object parameters = bj::parse(R"({"codecs":[{"mimeType":"audio/opus","payloadType":111,"clockRate":48000,
      "channels":2,"parameters":{"minptime":10,"useinbandfec":1},"rtcpFeedback":[{"type":"transport-cc","parameter":""}]}],
      "headerExtensions":[{"uri":"urn:ietf:params:rtp-hdrext:sdes:mid","id":4}],"rtcp":{"cname":"cname"}})")
                              .as_object();
  parameters["mid"] = mid;
  parameters["encodings"] = bj::array{bj::object{{"ssrc", ssrc}}};
  return parameters;
}
inline bj::object video_parameters(std::uint32_t ssrc = 2222, std::string mid = "1",
                                   std::string mime_type = "video/VP8") {
  bj::object parameters = bj::parse(R"({"headerExtensions":[],"rtcp":{"cname":"cname"}})").as_object();
  parameters["codecs"] = bj::array{bj::object{{"mimeType", mime_type}, {"payloadType", 96}, {"clockRate", 90000}}};
  parameters["mid"] = mid;
  parameters["encodings"] = bj::array{bj::object{{"ssrc", ssrc}}};
  return parameters;
}
inline bj::object dtls_parameters(std::string value = "AA:BB") {
  return {{"role", "client"}, {"fingerprints", bj::array{bj::object{{"algorithm", "sha-256"}, {"value", value}}}}};
}
inline std::string text(const bj::value& value) {
  return bj::serialize(value);
}

class Conversation {
 public:
  explicit Conversation(Limits limits = {})
      : signaling(limits, media, [this] { return "id" + std::to_string(++last_id_); }) {}

  Instant now = kStart;
  FakeMediaPlane media;
  Signaling signaling;

  void connect(const std::string& id, const bj::object& auth = {}, const bj::object& query = {}) {
    inboxes_[id];
    signaling.connect(now, id, auth, query);
    deliver();
  }
  void disconnect(const std::string& id) {
    signaling.disconnect(now, id);
    for (auto& [room, members] : rooms_) members.erase(id);
    inboxes_.erase(id);
    deliver();
  }
  // Sends an event and returns the acknowledgement; it stands in the client's lines too, before what it caused. One
  // that comes later is empty here, and stands in the lines when it has come.
  bj::object ask_with(const std::string& id, std::string_view event, const bj::array& args) {
    const std::optional<bj::object> ack = read(signaling.receive(now, id, event, args));
    if (ack) inboxes_[id].push_back("ack " + text(*ack));
    deliver();
    return ack.value_or(bj::object());
  }
  bj::object ask(const std::string& id, std::string_view event, const bj::object& request) {
    bj::array args;
    args.push_back(request);
    return ask_with(id, event, args);
  }
  std::string ask_text(const std::string& id, std::string_view event, const bj::object& request) {
    return text(ask(id, event, request));
  }
  // What comes in between the two comes in one turn; all else is a turn of its own.
  void begin_turn() { is_in_turn_ = true; }
  void end_turn() {
    is_in_turn_ = false;
    deliver();
  }
  void report(const sfu::Event& event) {
    signaling.receive(now, event);
    deliver();
  }
  // Lets time pass, deadline by deadline.
  void advance(Duration span) {
    const Instant until = now + span;
    while (signaling.deadline() <= until) {
      now = std::max(now, signaling.deadline());
      signaling.expire(now);
      deliver();
    }
    now = until;
  }

  // What the client has received since it was last asked: "ack {...}" and "event {...}".
  std::vector<std::string> lines(const std::string& id) { return std::exchange(inboxes_[id], {}); }
  // Only the events of that name.
  std::vector<std::string> lines(const std::string& id, const std::string& event) {
    std::vector<std::string> kept = lines(id);
    std::erase_if(kept, [&](const std::string& line) { return !line.starts_with(event + " "); });
    return kept;
  }
  void forget_lines() {
    for (auto& [id, inbox] : inboxes_) inbox.clear();
  }

  bj::object capabilities() const { return json::to_json(media.rtp_capabilities()); }
  // Without one codec, by its MIME type.
  bj::object capabilities_without(std::string_view mime_type) const {
    bj::object all = capabilities();
    bj::array kept;
    for (const bj::value& codec : all.at("codecs").as_array())
      if (codec.at("mimeType").as_string() != mime_type) kept.push_back(codec);
    all["codecs"] = kept;
    return all;
  }

  // The steps of a front end, which must succeed.
  bj::object join(const std::string& id, const std::string& room = "r") {
    return succeed(ask(id, "join-mediasoup-room", {{"roomId", room}, {"rtpCapabilities", capabilities()}}));
  }
  void enter(const std::string& id, const std::string& room = "r") {
    connect(id);
    join(id, room);
  }
  std::string transport(const std::string& id, std::string_view direction, const std::string& room = "r") {
    const bj::object ack = succeed(ask(id, "create-webrtc-transport", {{"roomId", room}, {"direction", direction}}));
    return std::string(ack.at("params").at("id").as_string());
  }
  bj::object produce_on(const std::string& id, const std::string& transport_id, const bj::object& parameters,
                        const bj::object& more = {}) {
    const bool is_audio = parameters.at("codecs").at(0).at("mimeType").as_string().starts_with("audio");
    bj::object request{{"roomId", "r"},
                       {"transportId", transport_id},
                       {"kind", is_audio ? "audio" : "video"},
                       {"rtpParameters", parameters}};
    for (const auto& field : more) request[field.key()] = field.value();
    return ask(id, "produce", request);
  }
  // A producer on a transport of its own; its id.
  std::string produce(const std::string& id, const bj::object& parameters) {
    return std::string(succeed(produce_on(id, transport(id, "send"), parameters)).at("id").as_string());
  }
  bj::object consume(const std::string& id, const std::string& producer) {
    return ask(id, "consume", {{"roomId", "r"}, {"producerId", producer}, {"rtpCapabilities", capabilities()}});
  }

 private:
  static bj::object succeed(bj::object ack) {
    check(!ack.contains("error"), "this step of the test succeeds");
    return ack;
  }
  void put(const std::string& id, std::string_view event, const bj::value& payload) {
    if (inboxes_.contains(id)) inboxes_[id].push_back(std::string(event) + " " + text(payload));
  }
  static std::optional<bj::object> read(const Answer& answer) {
    if (const auto* const written = std::get_if<WrittenAnswer>(&answer)) return bj::parse(*written->json).as_object();
    if (const auto* const object = std::get_if<bj::object>(&answer)) return *object;
    return std::nullopt;
  }
  void deliver() {
    send_outputs();
    while (!is_in_turn_ && signaling.has_open_turn()) {
      signaling.end_turn(now);
      send_outputs();
    }
  }
  void send_outputs() {
    for (const Output& output : signaling.poll()) std::visit([this](const auto& o) { deliver(o); }, output);
  }
  void deliver(const LateAnswer& o) { put(o.peer, "ack", o.answer); }
  void deliver(const ToPeer& o) { put(o.peer, o.event, o.payload); }
  void deliver(const ToPeers& o) {
    for (const std::string& id : o.peers) put(id, o.event, o.payload);
  }
  void deliver(const ToRoom& o) {
    for (const std::string& id : rooms_[o.room])
      if (id != o.except) put(id, o.event, o.payload);
  }
  void deliver(const EnterRoom& o) { rooms_[o.room].insert(o.peer); }
  void deliver(const LeaveRoom& o) { rooms_[o.room].erase(o.peer); }

  int last_id_ = 0;
  bool is_in_turn_ = false;
  std::map<std::string, std::vector<std::string>> inboxes_;
  std::map<std::string, std::set<std::string>> rooms_;
};

}  // namespace consomme::server
