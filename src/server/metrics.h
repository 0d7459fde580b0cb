// The figures of a server as Prometheus reads them (text format 0.0.4).
#pragma once

#include <span>
#include <string>

#include "server/refusals.h"
#include "server/signaling/signaling.h"
#include "sfu/sfu.h"

namespace consomme::server {

inline constexpr const char* kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

std::string metrics_text(const Census& census, std::span<const sfu::WorkerReport> workers, const Refusals& refusals,
                         std::uint64_t log_lines_dropped);

}  // namespace consomme::server
