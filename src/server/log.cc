#include "server/log.h"

#include <poll.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace consomme::server {
namespace {

// A pipe is writable when a page of it is free, which is more than a line.
bool has_reader_that_keeps_up() {
  pollfd output{STDERR_FILENO, POLLOUT, 0};
  return poll(&output, 1, 0) == 1;
}

}  // namespace

LineSink::LineSink(const char* pattern, int level)
    : out_(std::make_shared<spdlog::logger>("consomme", std::make_shared<spdlog::sinks::stderr_color_sink_mt>())) {
  out_->set_pattern(pattern);
  out_->set_level(static_cast<spdlog::level::level_enum>(level));
  out_->flush_on(spdlog::level::trace);
}

void LineSink::write(int level, std::string_view line) {
  if (has_reader_that_keeps_up())
    out_->log(static_cast<spdlog::level::level_enum>(level), line);
  else
    ++dropped_;
}

Log::Log(std::string_view level, std::string_view debug)
    : lines_(
          std::make_shared<LineSink>("%Y-%m-%d %H:%M:%S.%e %^%-5l%$ %v", spdlog::level::from_str(std::string(level)))),
      debug_lines_(std::make_shared<LineSink>("%Y-%m-%d %H:%M:%S.%e %v", spdlog::level::debug)),
      filter_(debug) {}

DebugLog Log::debug(std::string name) const {
  const bool enabled = filter_.enabled(name);
  return DebugLog(debug_lines_, std::move(name), enabled);
}

void Log::write_info(std::string_view line) const {
  lines_->write(spdlog::level::info, line);
}
void Log::write_warning(std::string_view line) const {
  lines_->write(spdlog::level::warn, line);
}
void Log::write_error(std::string_view line) const {
  lines_->write(spdlog::level::err, line);
}
void DebugLog::write(std::string_view line) const {
  sink_->write(spdlog::level::debug, fmt::format("{} {}", name_, line));
}

std::string printable(std::string_view text, std::size_t max_bytes) {
  std::string line(text.substr(0, max_bytes));
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  if (text.size() > max_bytes) line += "...";
  return line;
}

}  // namespace consomme::server
