#include "server/config_load.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <optional>

#include "base/address.h"
#include "server/config_file.h"
#include "server/log.h"
#include "server/settings.h"
#include "server/version.h"

namespace consomme::server {
namespace {

constexpr std::string_view kPrefix = "CONSOMME_";
constexpr std::string_view kFileVariable = "CONSOMME_CONFIG";

// What the command line says, as text.
struct Flags {
  std::map<const Setting*, std::string> values;
  std::string file;
  bool print_config = false;
  std::string print;  // not empty: help or the version were asked for
};

std::string default_text(const Setting& setting) {
  return fmt::format("[{}] {}", toml_value(Config(), setting), variable_of(setting));
}

// A flag's name without dashes, in the table's spelling.
std::string setting_name(std::string_view flag) {
  flag = flag.substr(std::min(flag.find_first_not_of('-'), flag.size()));
  std::string name(flag.substr(0, flag.find('=')));
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

Result<Flags> parse_flags(std::vector<std::string> arguments) {
  CLI::App app("consomme: a WebRTC server for calls, in one binary");
  Flags flags;
  app.add_option("--config", flags.file, "TOML file with settings")->type_name("FILE CONSOMME_CONFIG");
  app.set_version_flag("--version", fmt::format("consomme {}", version()), "Print the version, and end");
  app.add_flag("--print-config", flags.print_config, "Print the settings in force as a commented file, and end");
  std::map<const Setting*, CLI::Option*> options;
  for (const Setting& setting : settings())
    options[&setting] = app.add_option(flag_of(setting), flags.values[&setting], std::string(setting.help))
                            ->type_name(default_text(setting))
                            ->group(std::string(setting.section))
                            ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.allow_extras();
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes a vector
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    flags.print = app.help();
    return flags;
  } catch (const CLI::CallForVersion& asked) {
    flags.print = fmt::format("{}\n", asked.what());
    return flags;
  } catch (const CLI::ParseError& error) {
    return invalid(fmt::format("{}; see consomme --help", error.what()));
  }
  if (const auto extra = app.remaining(); !extra.empty())
    return invalid(fmt::format("unknown flag {}{}; see consomme --help", extra[0], suggestion(setting_name(extra[0]))));
  std::erase_if(flags.values, [&](const auto& value) { return options[value.first]->count() == 0; });
  return flags;
}

// What Kubernetes tells the containers beside a service that is named consomme (enableServiceLinks).
bool is_of_kubernetes(std::string_view variable, std::string_view value) {
  const std::string_view name = variable.substr(kPrefix.size());
  const bool is_url = value.find("://") != std::string_view::npos;
  return name == "SERVICE_HOST" || name.starts_with("SERVICE_PORT") || name.starts_with("PORT_") ||
         (name == "PORT" && is_url);
}

// The settings among the environment variables; the configuration file's name is one too.
Result<Flags> parse_variables(const std::vector<std::string>& environment) {
  Flags found;
  for (const std::string& entry : environment) {
    if (!entry.starts_with(kPrefix)) continue;
    const std::size_t equals = std::min(entry.find('='), entry.size());
    const std::string variable = entry.substr(0, equals);
    const std::string value = entry.substr(std::min(equals + 1, entry.size()));
    if (is_of_kubernetes(variable, value)) continue;
    if (variable == kFileVariable) {
      found.file = value;
      continue;
    }
    std::string name = variable.substr(kPrefix.size());
    for (char& c : name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const Setting* const setting = find_setting(name);
    if (setting == nullptr)
      return invalid(fmt::format("unknown environment variable {}{}", variable, suggestion(name)));
    found.values[setting] = value;
  }
  return found;
}

Result<void> apply(Config& config, const Flags& flags, std::string (*spelling)(const Setting&)) {
  for (const auto& [setting, text] : flags.values)
    if (const auto done = assign(config, *setting, text); !done)
      return invalid(fmt::format("{}: {}", spelling(*setting), done.error().text));
  return {};
}

// Of "ip" or "ip=announced"; settings.cc has checked it.
IpAddress bound_ip(std::string_view media_address) {
  return IpAddress::parse(media_address.substr(0, media_address.find('='))).value();
}

// Whether sockets on both cannot have the same port. One for media on an IPv6 address takes IPv6 alone.
bool overlap(const IpAddress& a, const IpAddress& b) {
  return a == b || (a.is_v4() == b.is_v4() && (a.is_unspecified() || b.is_unspecified()));
}

Result<void> check_media_addresses(const std::vector<std::string>& addresses) {
  for (auto one = addresses.begin(); one != addresses.end(); ++one) {
    const auto other =
        std::find_if(one + 1, addresses.end(), [&](const auto& a) { return overlap(bound_ip(*one), bound_ip(a)); });
    if (other != addresses.end())
      return invalid(
          fmt::format("media_addresses has {} and {}, which cannot share a port: leave one out", *one, *other));
  }
  return {};
}

// The port for HTTP must be none of those for media over TCP. How many workers = 0 are is not known here.
Result<void> check_ports(const Config& config) {
  const std::uint32_t ports = config.single_port ? 1 : std::max(config.workers, 1u);
  const bool is_of_media = config.tcp && config.media_port != 0 && config.port >= config.media_port &&
                           config.port < config.media_port + ports;
  const IpAddress host = IpAddress::parse(config.host).value();
  const auto taken = [&](const std::string& address) { return overlap(host, bound_ip(address)); };
  if (!is_of_media || std::ranges::none_of(config.media_addresses, taken)) return {};
  return invalid(fmt::format("port = {} is one of the media ports too, which begin at media_port = {}: write another",
                             config.port, config.media_port));
}

// What no single setting shows to be wrong.
Result<void> check_together(const Config& config) {
  constexpr std::size_t kMaxAddresses = 4;
  if (!config.udp && !config.tcp)
    return invalid("udp and tcp are both false, so no media could flow: write udp = true or tcp = true");
  if (config.media_addresses.size() > kMaxAddresses)
    return invalid("media_addresses has more than 4 entries: write at most 4");
  if (auto done = check_media_addresses(config.media_addresses); !done) return done;
  return check_ports(config);
}

Result<Launch> load(std::vector<std::string> arguments, const std::vector<std::string>& environment) {
  const auto flags = parse_flags(std::move(arguments));
  if (!flags) return std::unexpected(flags.error());
  if (!flags->print.empty()) return Launch{{}, flags->print};
  const auto variables = parse_variables(environment);
  if (!variables) return std::unexpected(variables.error());

  Launch launch;
  const std::string& file = flags->file.empty() ? variables->file : flags->file;
  if (!file.empty())
    if (const auto read = read_config_file(file, launch.config); !read) return std::unexpected(read.error());
  if (const auto done = apply(launch.config, *variables, variable_of); !done) return std::unexpected(done.error());
  if (const auto done = apply(launch.config, *flags, flag_of); !done) return std::unexpected(done.error());
  if (const auto done = check_together(launch.config); !done) return std::unexpected(done.error());
  if (flags->print_config) launch.print = example_file(launch.config);
  return launch;
}

}  // namespace

// What was given may hold anything; an error quotes it, and stays one line.
Result<Launch> load_config(std::vector<std::string> arguments, const std::vector<std::string>& environment) {
  constexpr std::size_t kMaxLineBytes = 1000;
  auto launch = load(std::move(arguments), environment);
  if (!launch) launch.error().text = printable(launch.error().text, kMaxLineBytes);
  return launch;
}

}  // namespace consomme::server
