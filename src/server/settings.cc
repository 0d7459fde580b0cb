#include "server/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>

#include "base/address.h"
#include "server/origin.h"
#include "sfu/ortc/supported.h"

namespace consomme::server {
namespace {

bool is_ip(std::string_view text) {
  return IpAddress::parse(text).has_value();
}

// "192.0.2.1" or "10.0.0.1=192.0.2.1"
bool is_media_address(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return is_ip(text);
  const auto announced = IpAddress::parse(text.substr(equals + 1));
  return is_ip(text.substr(0, equals)) && announced && !announced->is_unspecified();
}

bool is_origin(std::string_view text) {
  return normal_origin(text).has_value();
}

// As clients ask for it: of what needs no escape (RFC 3986 §3.3), and with the slash that they put at the end. "/" is
// the demo page's.
bool is_socketio_path(std::string_view text) {
  constexpr std::string_view kPathChars =
      "/abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@";
  return text.size() > 2 && text.starts_with('/') && text.ends_with('/') &&
         text.find_first_not_of(kPathChars) == std::string_view::npos;
}

bool is_log_level(std::string_view text) {
  return text == "error" || text == "warn" || text == "info";
}

bool is_codec(std::string_view text) {
  return ortc::parse_media_codec(text).has_value();
}

constexpr std::uint32_t kMaxPort = 65535;
constexpr std::uint32_t kMaxCount = 1'000'000;
constexpr std::uint32_t kDay = 86'400;  // seconds

constexpr std::array kSettings{
    Setting{"server", "host", &Config::host, "Address to listen on for HTTP and Socket.IO.",
            "an IPv4 or IPv6 address such as 0.0.0.0, 127.0.0.1 or ::", 0, 0, is_ip},
    Setting{"server", "port", &Config::port, "TCP port for HTTP and Socket.IO; 0 takes any free one.", "a port number",
            0, kMaxPort},
    Setting{"server", "path", &Config::path, "Path of Socket.IO; the demo page knows only the default.",
            "a path that begins and ends with a slash, such as /socket.io/", 0, 0, is_socketio_path},
    Setting{"server", "web_root", &Config::web_root, "Folder of the demo page; empty: looked for beside the binary.",
            "the path of a folder"},
    Setting{"server", "cors_origins", &Config::cors_origins,
            "Web pages that may connect: \"*\" for all, without credentials, or their origins, with them if they like.",
            "\"*\" or origins such as \"https://example.org\", without a path", 0, 0, is_origin},
    Setting{"server", "log_level", &Config::log_level,
            "What is logged: error, warn or info. Debug lines are switched by DEBUG=mediasoup* instead.",
            "error, warn or info", 0, 0, is_log_level},
    Setting{
        "media", "media_addresses", &Config::media_addresses,
        "Addresses that carry media, at most 4: \"ip\", or \"ip=announced\" behind NAT. 0.0.0.0 and :: are all that "
        "the host has; behind NAT, name the private address if it has several.",
        "literal addresses such as \"0.0.0.0\", \"::\" or \"10.0.0.5=203.0.113.7\"", 0, 0, is_media_address},
    Setting{"media", "media_port", &Config::media_port,
            "UDP and TCP port of the first worker; worker n uses this plus n. 0 takes any free ones.", "a port number",
            0, kMaxPort},
    Setting{"media", "single_port", &Config::single_port,
            "Whether all workers share media_port. Best with CAP_BPF and CAP_NET_ADMIN: see docs/operations.md.",
            "true or false"},
    Setting{"media", "workers", &Config::workers,
            "Threads that carry media; 0: one per processor core, or as many as the quota of a container or a systemd "
            "unit allows.",
            "a number of threads", 0, 256},
    Setting{"media", "udp", &Config::udp, "Whether media may travel over UDP.", "true or false"},
    Setting{"media", "tcp", &Config::tcp, "Whether media may travel over TCP.", "true or false"},
    Setting{
        "media", "codecs", &Config::codecs,
        "Codecs offered, in this order: the first of audio and of video is what clients send by default."
        " \"audio/red\" behind \"audio/opus\": see docs/operations.md.",
        "codecs such as \"audio/opus\", \"video/VP8\" or \"video/H264;packetization-mode=1;profile-level-id=42e01f\", "
        "whose profile-level-id is one of RFC 6184",
        0, 0, is_codec},
    Setting{"limits", "max_rooms", &Config::max_rooms, "Rooms at once.", "a number of rooms", 1, kMaxCount},
    Setting{"limits", "max_peers", &Config::max_peers, "Participants at once, of all rooms together.",
            "a number of participants", 1, kMaxCount},
    Setting{"limits", "max_room_peers", &Config::max_room_peers, "Participants at once of one room.",
            "a number of participants", 1, kMaxCount},
    Setting{
        "limits", "max_load", &Config::max_load,
        "Per cent of the time of a core, or of the packets it may hold: where every worker's load is above, joins are "
        "refused and calls go on.",
        "a percentage", 1, 100},
    Setting{"limits", "max_message_bytes", &Config::max_message_bytes, "Bytes of one message from a client.",
            "a number of bytes", 10'000, 100'000'000},
    Setting{"limits", "requests_per_second", &Config::requests_per_second, "Requests of one client, in the long run.",
            "requests per second", 1, kMaxCount},
    Setting{"limits", "request_burst", &Config::request_burst,
            "Requests of one client that may come at once; 0: as many as joining a full room takes, which is two for "
            "each producer.",
            "a number of requests", 0, kMaxCount},
    Setting{"limits", "connections_per_second", &Config::connections_per_second,
            "New clients of one address, in the long run. Loopback is not limited; another proxy's address is.",
            "clients per second", 1, kMaxCount},
    Setting{"limits", "connection_burst", &Config::connection_burst,
            "New clients of one address that may come at once, as after a restart.", "a number of clients", 1,
            kMaxCount},
    Setting{
        "limits", "max_address_connections", &Config::max_address_connections,
        "TCP connections of one address at once; a client takes one, or two while it polls. Loopback is not limited.",
        "a number of connections", 2, kMaxCount},
    Setting{"times", "empty_room_s", &Config::empty_room_s, "Seconds until an empty room is forgotten.",
            "a number of seconds", 0, kDay},
    Setting{"times", "drain_s", &Config::drain_s,
            "Seconds that running calls get after the first SIGTERM; less than your supervisor waits.",
            "a number of seconds", 0, kDay},
    Setting{"times", "ping_interval_s", &Config::ping_interval_s, "Seconds between two Engine.IO pings.",
            "a number of seconds", 1, kDay},
    Setting{"times", "ping_timeout_s", &Config::ping_timeout_s,
            "Seconds without an answer to a ping after which a client is gone.", "a number of seconds", 1, kDay},
};

std::string expectation(const Setting& setting) {
  if (std::holds_alternative<std::uint32_t Config::*>(setting.member))
    return fmt::format("write {} from {} to {}", setting.expects, setting.min, setting.max);
  return fmt::format("write {}", setting.expects);
}

std::unexpected<Error> refuse_value(const Setting& setting, std::string_view text) {
  return invalid(fmt::format("{} = {}: {}", setting.name, text, expectation(setting)));
}

bool accepts(const Setting& setting, std::string_view text) {
  return setting.accepts == nullptr || setting.accepts(text);
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view item = text.substr(0, comma);
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    items.emplace_back(item);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

// As TOML writes it; control characters have to be escaped.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    const auto code = static_cast<unsigned char>(c);
    out += code < 0x20 || code == 0x7f ? fmt::format("\\u{:04X}", code) : std::string(1, c);
  }
  return out + '"';
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t change = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

struct Assign {
  Config& config;
  const Setting& setting;
  std::string_view text;

  Result<void> operator()(bool Config::* member) const {
    if (text != "true" && text != "false") return refuse_value(setting, text);
    config.*member = text == "true";
    return {};
  }
  Result<void> operator()(std::uint32_t Config::* member) const {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < setting.min || number > setting.max)
      return refuse_value(setting, text);
    config.*member = number;
    return {};
  }
  Result<void> operator()(std::string Config::* member) const {
    if (!accepts(setting, text)) return refuse_value(setting, text);
    config.*member = text;
    return {};
  }
  Result<void> operator()(std::vector<std::string> Config::*) const {
    return assign_list(config, setting, split_list(text));
  }
};

struct TomlValue {
  const Config& config;
  std::string operator()(bool Config::* member) const { return config.*member ? "true" : "false"; }
  std::string operator()(std::uint32_t Config::* member) const { return std::to_string(config.*member); }
  std::string operator()(std::string Config::* member) const { return quoted(config.*member); }
  std::string operator()(std::vector<std::string> Config::* member) const {
    std::vector<std::string> items;
    for (const std::string& item : config.*member) items.push_back(quoted(item));
    return fmt::format("[{}]", fmt::join(items, ", "));
  }
};

}  // namespace

Config::Config() : codecs(ortc::kDefaultMediaCodecs.begin(), ortc::kDefaultMediaCodecs.end()) {}

std::span<const Setting> settings() {
  return kSettings;
}

const Setting* find_setting(std::string_view name) {
  const auto found = std::find_if(kSettings.begin(), kSettings.end(), [&](const Setting& s) { return s.name == name; });
  return found == kSettings.end() ? nullptr : &*found;
}

std::string suggestion(std::string_view mistyped) {
  constexpr std::size_t kNear = 3;  // typing mistakes
  constexpr std::size_t kMaxLength = 64;
  if (mistyped.size() > kMaxLength) return {};
  const auto nearest = std::min_element(kSettings.begin(), kSettings.end(), [&](const Setting& a, const Setting& b) {
    return edit_distance(mistyped, a.name) < edit_distance(mistyped, b.name);
  });
  if (edit_distance(mistyped, nearest->name) > kNear) return {};
  return fmt::format("; did you mean {}?", nearest->name);
}

std::string flag_of(const Setting& setting) {
  std::string flag = fmt::format("--{}", setting.name);
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

std::string variable_of(const Setting& setting) {
  std::string variable = fmt::format("CONSOMME_{}", setting.name);
  for (char& c : variable)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return variable;
}

Result<void> assign(Config& config, const Setting& setting, std::string_view text) {
  return std::visit(Assign{config, setting, text}, setting.member);
}

Result<void> assign_list(Config& config, const Setting& setting, std::vector<std::string> items) {
  const auto* const member = std::get_if<std::vector<std::string> Config::*>(&setting.member);
  if (member == nullptr || items.empty()) return refuse_value(setting, "[]");
  for (const std::string& item : items)
    if (!accepts(setting, item)) return refuse_value(setting, quoted(item));
  config.*(*member) = std::move(items);
  return {};
}

std::string toml_value(const Config& config, const Setting& setting) {
  return std::visit(TomlValue{config}, setting.member);
}

std::string example_file(const Config& config) {
  std::string file =
      "# The configuration of consomme. Every setting can be given as a flag and as an environment variable too;\n"
      "# a flag wins over a variable, a variable over this file, this file over the defaults.\n";
  std::string_view section;
  for (const Setting& setting : kSettings) {
    if (setting.section != section) file += fmt::format("\n[{}]\n", section = setting.section);
    file += fmt::format("\n# {}\n# {} or {}\n", setting.help, flag_of(setting), variable_of(setting));
    file += fmt::format("{} = {}\n", setting.name, toml_value(config, setting));
  }
  return file;
}

}  // namespace consomme::server
