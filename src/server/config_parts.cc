#include "server/config_parts.h"

#include "server/origin.h"
#include "sfu/ortc/supported.h"

namespace consomme::server {
namespace {

// "ip" or "ip=announced"; settings.cc has checked it.
sfu::ListenAddress listen_address(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return {text, {}};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

}  // namespace

sfu::Config sfu_config(const Config& config) {
  sfu::Config out;
  out.workers = config.workers;
  out.listen.clear();
  for (const std::string& address : config.media_addresses) out.listen.push_back(listen_address(address));
  out.first_port = static_cast<std::uint16_t>(config.media_port);
  out.single_port = config.single_port;
  out.udp = config.udp;
  out.tcp = config.tcp;
  out.max_load = config.max_load / 100.0;
  for (const std::string& codec : config.codecs) out.codecs.push_back(ortc::parse_media_codec(codec).value());
  return out;
}

socketio::Config socketio_config(const Config& config) {
  socketio::Config out;
  out.host = config.host;
  out.port = static_cast<std::uint16_t>(config.port);
  out.path = config.path;
  out.ping_interval = std::chrono::seconds(config.ping_interval_s);
  out.ping_timeout = std::chrono::seconds(config.ping_timeout_s);
  out.max_payload_bytes = config.max_message_bytes;
  out.max_address_connections = config.max_address_connections;
  out.cors_origins.clear();
  for (const std::string& origin : config.cors_origins) out.cors_origins.push_back(normal_origin(origin).value());
  out.max_kept_connect_bytes = 0;  // signaling reads the name at once
  // Signaling answers such requests with an error, and the client stays.
  out.unholdable_json = socketio::UnholdableJson::kReplaced;
  out.verbatim_members = {"rtpCapabilities"};  // SharedCapabilities reads them once
  return out;
}

Limits signaling_limits(const Config& config) {
  Limits limits{.max_rooms = config.max_rooms,
                .max_peers = config.max_peers,
                .max_room_peers = config.max_room_peers,
                .requests_per_second = config.requests_per_second,
                .empty_room = std::chrono::seconds(config.empty_room_s)};
  if (config.request_burst != 0) limits.request_burst = config.request_burst;
  return limits;
}

}  // namespace consomme::server
