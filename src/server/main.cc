// consomme: wires the parts together and waits for the end.
#include <fmt/ranges.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "server/announcement.h"
#include "server/config_load.h"
#include "server/config_parts.h"
#include "server/log.h"
#include "server/page_url.h"
#include "server/process.h"
#include "server/server.h"
#include "server/version.h"
#include "server/web_root.h"

namespace {

using namespace consomme;

std::vector<std::string> environment() {
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) entries.emplace_back(*entry);
  return entries;
}

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

int fail(const Error& error) {
  std::fprintf(stderr, "consomme: %s\n", error.text.c_str());
  return EXIT_FAILURE;
}

int run(const server::Config& config) {
  const server::Log log(config.log_level, variable("DEBUG"));
  const auto sfu = sfu::Sfu::start(server::sfu_config(config));
  if (!sfu) return fail(sfu.error());
  const auto warning = server::announcement_warning((*sfu)->announced(), config);
  if (!warning) return fail(warning.error());
  std::error_code unknown_path;
  const auto executable = std::filesystem::read_symlink("/proc/self/exe", unknown_path);
  const server::WebFiles page(server::find_web_root(config.web_root, executable));

  boost::asio::io_context io(1);
  server::Server server(io, config, log, **sfu, page);
  const auto port = server.listen();
  if (!port) return fail(port.error());
  log.info("consomme {} listens on {}, port {}", server::version(), config.host, *port);
  log.info("media is announced at {}", fmt::join((*sfu)->announced(), ", "));
  if (!warning->empty()) log.warn("{}", *warning);
  if (!(*sfu)->has_udp_buffers())
    log.warn(
        "the kernel grants UDP sockets little of the buffers that bursts take: sysctl net.core.rmem_max=8388608 "
        "net.core.wmem_max=4194304");
  if (config.single_port && config.udp && !(*sfu)->is_port_steered())
    log.warn(
        "single_port: the kernel spreads clients over the workers by chance, and handing their packets on costs CPU; "
        "give the process CAP_BPF and CAP_NET_ADMIN");
  if (page.empty())
    log.warn("{}", server::printable(server::missing_page(config.web_root)));
  else
    log.info("open {} for the demo page", server::page_url(config.host, *port));

  io.run();
  log.info("consomme has ended");
  return EXIT_SUCCESS;
}

}  // namespace

// What nothing here can handle ends the process with a report. NOLINTNEXTLINE(bugprone-exception-escape)
int main(int argc, char** argv) {
  const auto launch = server::load_config({argv + 1, argv + argc}, environment());
  if (!launch) return fail(launch.error());
  if (!launch->print.empty()) {
    std::fputs(launch->print.c_str(), stdout);
    return EXIT_SUCCESS;
  }
  server::raise_descriptor_limit();
  server::ignore_broken_pipes();
  return run(launch->config);
}
