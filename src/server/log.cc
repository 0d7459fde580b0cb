#include "server/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace consomme::server {
namespace {

std::shared_ptr<spdlog::logger> make_logger(const char* pattern, spdlog::level::level_enum level) {
  auto logger = std::make_shared<spdlog::logger>("consomme", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger->set_pattern(pattern);
  logger->set_level(level);
  logger->flush_on(level);
  return logger;
}

}  // namespace

Log::Log(std::string_view level, std::string_view debug)
    : lines_(make_logger("%Y-%m-%d %H:%M:%S.%e %^%-5l%$ %v", spdlog::level::from_str(std::string(level)))),
      debug_lines_(make_logger("%Y-%m-%d %H:%M:%S.%e %v", spdlog::level::debug)),
      filter_(debug) {}

DebugLog Log::debug(std::string name) const {
  const bool enabled = filter_.enabled(name);
  return DebugLog(debug_lines_, std::move(name), enabled);
}

void Log::write_info(std::string_view line) const {
  lines_->info(line);
}
void Log::write_warning(std::string_view line) const {
  lines_->warn(line);
}
void Log::write_error(std::string_view line) const {
  lines_->error(line);
}
void DebugLog::write(std::string_view line) const {
  sink_->debug("{} {}", name_, line);
}

std::string printable(std::string_view text, std::size_t max_bytes) {
  std::string line(text.substr(0, max_bytes));
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  if (text.size() > max_bytes) line += "...";
  return line;
}

}  // namespace consomme::server
