// What is asked of a server, and what it took. Every scenario starts a server of its own and lets some clients go
// before, so that tables have grown, code is compiled and pools are filled when measuring begins.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"

namespace consomme::bench {

// The program and its arguments.
using Command = std::vector<std::string>;

struct Waits {
  double p50_ms = 0;
  double p99_ms = 0;
  double max_ms = 0;
};

// Shares of the time that the load generator was at work; above kBusy it may have been the limit.
inline constexpr double kBusy = 0.9;

// Clients that connect, ask for the capabilities and join rooms of 4, and then make two transports.
struct Joins {
  double cpu_us = 0;             // of the server, per client that has joined
  double per_second = 0;         // by the clock on the wall
  double transports_cpu_us = 0;  // per client, for both
  Waits join;
  Waits transport;
  double generator = 0;
};
Joins measure_joins(const Command& command);

// Kilobytes of a client that does nothing any more.
struct Memory {
  double connected_kb = 0;
  double joined_kb = 0;
  double transports_kb = 0;  // has joined and made two
};
Memory measure_memory(const Command& command);

// 500 connected clients that ask to join one room at the same moment.
struct Storm {
  Waits join;
  double lost = 0;    // clients that the server has cut off
  double cpu_ms = 0;  // of the server, until everything is sent
  double generator = 0;
};
Storm measure_storm(const Command& command);

}  // namespace consomme::bench
