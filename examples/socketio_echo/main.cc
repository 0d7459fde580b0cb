// An echo server on the socketio library, for protocol test suites and real clients: raw Engine.IO sessions on
// /engine.io/, Socket.IO on /socket.io/, and what the process holds under /test/stats.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>

#include "handlers.h"
#include "socketio/server.h"

namespace {

namespace json = boost::json;
using consomme::socketio::Config;
using consomme::socketio::HttpRequest;
using consomme::socketio::HttpResponse;
using consomme::socketio::RawHandlers;
using consomme::socketio::RawSession;
using consomme::socketio::Server;
using consomme::socketio::SessionDecision;
using std::chrono::milliseconds;

struct Options {
  Config config;
  milliseconds handshake_delay{0};
};

// Milliseconds on the command line are a Duration in the configuration.
void add_ms(CLI::App& app, const std::string& name, consomme::Duration& value, const std::string& meaning) {
  app.add_option_function<std::int64_t>(
         name, [&value](std::int64_t ms) { value = milliseconds(ms); }, meaning)
      ->type_name("MS");
}

Options defaults() {
  using namespace std::chrono_literals;
  Options options;
  options.config.host = "127.0.0.1";
  options.config.port = 3000;
  options.config.ping_interval = 300ms;
  options.config.ping_timeout = 200ms;
  options.config.connect_timeout = 1s;
  options.config.upgrade_timeout = 1s;
  // `burst` writes megabytes in one go, which no client can have read meanwhile.
  options.config.max_unread_bytes = 64'000'000;
  return options;
}

void declare(CLI::App& app, Options& options) {
  Config& config = options.config;
  app.add_option("--host", config.host, "address to listen on");
  app.add_option("--port", config.port, "port to listen on");
  app.add_option("--max-payload", config.max_payload_bytes, "limit of a POST body and of a WebSocket message, bytes");
  app.add_option("--max-unread", config.max_unread_bytes, "what a client may leave unread, bytes");
  app.add_option("--cors-origin", config.cors_origins, "origins allowed, or *");
  add_ms(app, "--ping-interval", config.ping_interval, "between a pong and the next ping");
  add_ms(app, "--ping-timeout", config.ping_timeout, "to answer a ping");
  add_ms(app, "--connect-timeout", config.connect_timeout, "to join a first namespace");
  add_ms(app, "--upgrade-timeout", config.upgrade_timeout, "for an upgrade to finish");
  app.add_option_function<std::int64_t>(
      "--handshake-delay", [&options](std::int64_t ms) { options.handshake_delay = milliseconds(ms); },
      "before a new session is answered");
}

std::int64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t total = 0;
  std::int64_t resident = 0;
  statm >> total >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

std::int64_t open_files() {
  const std::filesystem::directory_iterator files("/proc/self/fd");
  return std::distance(begin(files), end(files)) - 1;  // without the one that lists them
}

HttpResponse stats_response(const Server& server) {
  const consomme::socketio::Stats stats = server.stats();
  json::object sockets;
  for (const auto& [nsp, count] : stats.sockets) sockets.emplace(nsp, count);
  const json::object body{{"engine", stats.raw},  {"clients", stats.clients}, {"sockets", std::move(sockets)},
                          {"rooms", stats.rooms}, {"rss", resident_bytes()},  {"fds", open_files()}};
  return {200, {{"Content-Type", "application/json"}}, json::serialize(body)};
}

HttpResponse serve(const Server& server, const HttpRequest& request) {
  if (request.path() == "/healthz") return {200, {{"Content-Type", "text/plain"}}, "ok"};
  if (request.path() == "/test/stats") return stats_response(server);
  return {404, {}, "Not found"};
}

void echo_raw(Server& server) {
  RawHandlers handlers;
  handlers.on_message = [](const RawSession& session, std::string_view bytes, bool is_binary) {
    session.send(bytes, is_binary);
  };
  server.raw("/engine.io/", std::move(handlers));
}

void delay_handshakes(boost::asio::io_context& io, Server& server, milliseconds delay) {
  if (delay == milliseconds(0)) return;
  server.on_session([&io, delay](const HttpRequest&, SessionDecision decide) {
    const auto timer = std::make_shared<boost::asio::steady_timer>(io, delay);
    timer->async_wait([timer, decide = std::move(decide)](boost::system::error_code ec) {
      if (!ec) decide(std::nullopt);
    });
  });
}

int run(const Options& options) {
  boost::asio::io_context io(1);
  Server server(io, options.config);
  sio_echo::register_namespaces(io, server);
  echo_raw(server);
  server.on_http([&server](const HttpRequest& request) { return serve(server, request); });
  delay_handshakes(io, server, options.handshake_delay);
  const auto port = server.listen();
  if (!port) {
    std::cerr << port.error().text << "\n";
    return 1;
  }
  std::cerr << "listening on " << options.config.host << " port " << *port << "\n";
  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&](boost::system::error_code, int) {
    server.stop();
    io.stop();
  });
  io.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Socket.IO echo server"};
  Options options = defaults();
  declare(app, options);
  CLI11_PARSE(app, argc, argv);
  return run(options);
}
