// The process log: lines for people, on standard error. Levels come from the configuration; debug lines have a
// namespace (`mediasoup:...`) and are switched by the DEBUG variable alone. Leaves out anything per packet: that is
// counted, not logged.
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "server/debug_filter.h"

namespace spdlog {
class logger;
}

namespace consomme::server {

// Where lines go. One that would have to wait for the reader of standard error is dropped and counted: the thread that
// logs is the one that serves everybody.
class LineSink {
 public:
  LineSink(const char* pattern, int level);
  void write(int level, std::string_view line);
  std::uint64_t dropped() const { return dropped_; }

 private:
  std::shared_ptr<spdlog::logger> out_;
  std::uint64_t dropped_ = 0;
};

// Debug lines of one namespace; whether it is on is decided once.
class DebugLog {
 public:
  DebugLog(std::shared_ptr<LineSink> sink, std::string name, bool enabled)
      : sink_(std::move(sink)), name_(std::move(name)), enabled_(enabled) {}

  bool enabled() const { return enabled_; }
  template <class... Args>
  void operator()(fmt::format_string<Args...> format, Args&&... args) const {
    if (enabled_) write(fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  void write(std::string_view line) const;
  std::shared_ptr<LineSink> sink_;
  std::string name_;
  bool enabled_;
};

class Log {
 public:
  // `level` is one of error, warn, info; `debug` is the DEBUG variable.
  Log(std::string_view level, std::string_view debug);

  DebugLog debug(std::string name) const;
  // For want of a reader.
  std::uint64_t lines_dropped() const { return lines_->dropped() + debug_lines_->dropped(); }
  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) const {
    write_info(fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void warn(fmt::format_string<Args...> format, Args&&... args) const {
    write_warning(fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) const {
    write_error(fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  void write_info(std::string_view line) const;
  void write_warning(std::string_view line) const;
  void write_error(std::string_view line) const;

  std::shared_ptr<LineSink> lines_;
  std::shared_ptr<LineSink> debug_lines_;
  DebugFilter filter_;
};

// `text` fit for one log line: control characters become '?', what is longer than `max_bytes` is cut.
std::string printable(std::string_view text, std::size_t max_bytes = 200);

}  // namespace consomme::server
