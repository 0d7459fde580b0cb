// Signaling side by side: consomme and a Node server with the same duties (reference.mjs), one after the other under
// the same load, in one table. Run by bench/signaling/run.
//
//   signaling_bench CONSOMME REFERENCE [repetitions]
#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "bench/machine.h"
#include "bench/signaling/scenarios.h"

using namespace consomme;
using namespace consomme::bench;

namespace {

// One server's figures, a value a repetition.
struct Measured {
  std::vector<Joins> joins;
  std::vector<Memory> memory;
  std::vector<Storm> storm;
};

template <class T, class Read>
double median(const std::vector<T>& repetitions, Read read) {
  std::vector<double> values;
  for (const T& repetition : repetitions) values.push_back(read(repetition));
  std::ranges::sort(values);
  return values[values.size() / 2];
}

enum class Better { kMore, kLess };

// The ratio says how many times better ours is.
void print(const char* what, Better better, int decimals, double ours, double theirs) {
  const double ratio = better == Better::kMore ? ours / theirs : theirs / ours;
  std::printf("%-58s%12.*f%12.*f%10.1f\n", what, decimals, ours, decimals, theirs, ratio);
}

void print_table(const Measured& ours, const Measured& theirs) {
  const auto joins = [&](const char* what, Better better, int decimals, auto read) {
    print(what, better, decimals, median(ours.joins, read), median(theirs.joins, read));
  };
  const auto memory = [&](const char* what, double Memory::* value) {
    const auto read = [value](const Memory& m) { return m.*value; };
    print(what, Better::kLess, 1, median(ours.memory, read), median(theirs.memory, read));
  };
  const auto storm = [&](const char* what, int decimals, auto read) {
    print(what, Better::kLess, decimals, median(ours.storm, read), median(theirs.storm, read));
  };
  std::printf("%-58s%12s%12s%10s\n", "", "consomme", "node", "times");
  joins("connect and join a room of 4: joins per second of CPU", Better::kMore, 0,
        [](const Joins& j) { return 1e6 / j.cpu_us; });
  joins("  joins per second", Better::kMore, 0, [](const Joins& j) { return j.per_second; });
  joins("  CPU of a join, us", Better::kLess, 0, [](const Joins& j) { return j.cpu_us; });
  joins("  ack of join, 50th percentile, ms", Better::kLess, 2, [](const Joins& j) { return j.join.p50_ms; });
  joins("  ack of join, 99th percentile, ms", Better::kLess, 2, [](const Joins& j) { return j.join.p99_ms; });
  joins("two transports: CPU, us", Better::kLess, 0, [](const Joins& j) { return j.transports_cpu_us; });
  joins("  ack of a transport, 50th percentile, ms", Better::kLess, 2,
        [](const Joins& j) { return j.transport.p50_ms; });
  joins("  ack of a transport, 99th percentile, ms", Better::kLess, 2,
        [](const Joins& j) { return j.transport.p99_ms; });
  memory("memory of an idle client, connected, KB", &Memory::connected_kb);
  memory("  in a room of 4, KB", &Memory::joined_kb);
  memory("  and with two transports, KB", &Memory::transports_kb);
  storm("500 join one room at once: ack, 50th percentile, ms", 1, [](const Storm& s) { return s.join.p50_ms; });
  storm("  ack, 99th percentile, ms", 1, [](const Storm& s) { return s.join.p99_ms; });
  storm("  ack, longest, ms", 1, [](const Storm& s) { return s.join.max_ms; });
  storm("  CPU, all of it, ms", 0, [](const Storm& s) { return s.cpu_ms; });
}

void admit_limits(const char* name, const Measured& measured) {
  const double joins = median(measured.joins, [](const Joins& j) { return j.generator; });
  const double storm = median(measured.storm, [](const Storm& s) { return s.generator; });
  const double lost = median(measured.storm, [](const Storm& s) { return s.lost; });
  if (lost > 0) std::printf("%s: cut off %.0f clients of the storm, which did not read fast enough\n", name, lost);
  std::printf("%s: the load generator was at work %.0f %% of the time in joins, %.0f %% in the storm%s\n", name,
              100 * joins, 100 * storm,
              std::max(joins, storm) > kBusy ? "; it may have been the limit of times, not of CPU" : "");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: signaling_bench CONSOMME REFERENCE [repetitions]; bench/signaling/run calls it so\n");
    return EXIT_FAILURE;
  }
  const int repetitions = argc > 3 ? std::atoi(argv[3]) : 3;
  check(repetitions > 0, "the number of repetitions is positive");
  const Command our_command{argv[1],          "--host=127.0.0.1", "--port=0", "--media-addresses=127.0.0.1",
                            "--media-port=0", "--workers=1"};
  const Command their_command{"node", argv[2]};
  utsname system{};
  uname(&system);
  std::printf("%s, Linux %s, load %.1f, median of %d\n", processor().c_str(), system.release, load_average(),
              repetitions);
  Measured ours, theirs;
  for (int i = 0; i < repetitions; ++i)
    for (const auto& [command, measured] : {std::pair(&our_command, &ours), std::pair(&their_command, &theirs)}) {
      measured->joins.push_back(measure_joins(*command));
      measured->memory.push_back(measure_memory(*command));
      measured->storm.push_back(measure_storm(*command));
    }
  print_table(ours, theirs);
  admit_limits("consomme", ours);
  admit_limits("node", theirs);
}
