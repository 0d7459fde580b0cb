// Everything that an operator may set, with its default. Read once at the start, then passed by const reference. What
// each setting is called, means and accepts stands in settings.cc; where its value comes from in config_load.cc.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace consomme::server {

struct Config {
  std::string host = "0.0.0.0";
  std::uint32_t port = 8080;
  std::string path = "/socket.io/";
  std::string web_root;  // empty: where the binary finds it, see web_root.h
  std::vector<std::string> cors_origins = {"*"};
  std::string log_level = "info";

  std::vector<std::string> media_addresses = {"0.0.0.0"};  // "ip" or "ip=announced"
  std::uint32_t media_port = 40000;
  std::uint32_t workers = 0;
  bool single_port = false;
  bool udp = true;
  bool tcp = true;
  std::vector<std::string> codecs;  // filled with the defaults of sfu/ortc/supported.h

  std::uint32_t max_rooms = 10'000;
  std::uint32_t max_peers = 10'000;
  std::uint32_t max_room_peers = 500;
  std::uint32_t max_load = 90;  // per cent
  std::uint32_t max_message_bytes = 1'000'000;
  std::uint32_t requests_per_second = 100;
  std::uint32_t request_burst = 0;  // as many as joining a full room takes
  std::uint32_t connections_per_second = 1'000;
  std::uint32_t connection_burst = 5'000;
  std::uint32_t max_address_connections = 10'000;

  std::uint32_t empty_room_s = 20;
  std::uint32_t drain_s = 8;
  std::uint32_t ping_interval_s = 25;
  std::uint32_t ping_timeout_s = 20;

  Config();
};

}  // namespace consomme::server
