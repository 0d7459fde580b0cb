// Whether the process is well, as far as a supervisor that may restart it should know. Pure.
#pragma once

#include <fmt/format.h>

#include <span>
#include <string>

#include "sfu/sfu.h"

namespace consomme::server {

// Workers report once a second. One that has not for so long hangs, with all of its calls; a busy one is late by less.
inline constexpr Duration kReportOverdue = 10s;

// What is wrong, or empty.
inline std::string ailment(std::span<const sfu::WorkerReport> workers) {
  for (std::size_t i = 0; i < workers.size(); ++i)
    if (workers[i].age > kReportOverdue)
      return fmt::format("worker {} has not reported for {} s", i,
                         std::chrono::duration_cast<std::chrono::seconds>(workers[i].age).count());
  return {};
}

}  // namespace consomme::server
