// The figures of a server as Prometheus reads them (text format 0.0.4).
#pragma once

#include <span>
#include <string>

#include "server/process.h"
#include "server/refusals.h"
#include "server/signaling/signaling.h"
#include "sfu/sfu.h"

namespace consomme::server {

inline constexpr const char* kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

struct Figures {
  Census census{};
  std::span<const sfu::WorkerReport> workers{};
  Refusals refusals{};
  std::uint64_t log_lines_dropped = 0;
  ProcessFigures process{};
};

std::string metrics_text(const Figures& figures);

}  // namespace consomme::server
