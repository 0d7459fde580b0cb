// One sender and N receivers, by the same bots and in the same run at one server after the other: consomme with one
// worker; Janus's VideoRoom as it comes, with a thread for every peer; and the same with two event loops. Run by
// bench/peers/run, which writes Janus's configurations.
//   peers_bench FOLDER [receivers] [seconds] [repetitions]
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "bench/bot/bots.h"
#include "bench/machine.h"
#include "bench/peers/servers.h"

namespace consomme::bench {
namespace {

// 2.4 Mbit/s, as one of 720p (bench/scale), and a voice.
constexpr std::array kMedia = {Medium{"video, 250 packets of 1200 bytes a second", "video/VP8", 40ms, 10, 1176},
                               Medium{"audio, 50 packets of 160 bytes a second", "audio/opus", 20ms, 1, 136}};

struct Candidate {
  const char* name;
  const char* configuration;  // of Janus; nullptr: consomme
};
constexpr std::array kCandidates = {Candidate{"consomme", nullptr}, Candidate{"Janus", "threads"},
                                    Candidate{"Janus, 2 event loops", "loops"}};

constexpr Duration kWarmUp = 2s;
constexpr double kBotsAreTheLimit = 0.9;  // of a core

struct Task {
  int receivers = 0;
  Duration span{};
  int repetitions = 0;
};

struct Row {
  srtp::Profile profile = srtp::Profile::kAeadAes128Gcm;
  Measured measured;
  std::size_t bytes = 0;  // that the server needs for all

  double cpu_us() const {
    return 1e6 * seconds(measured.server_cpu) / static_cast<double>(std::max<std::uint64_t>(measured.tally.packets, 1));
  }
};

Row measure(Server& server, const Medium& medium, const Task& task) {
  const std::size_t idle = own_bytes_of(server.id());
  Bots bots;
  const sim::Source& source = server.publish(bots, medium);
  check(bots.connect() && bots.turn_until([&] { return server.on_air(); }), "the sender can connect");
  std::vector<const Receiver*> receivers;
  for (int i = 0; i < task.receivers; ++i) receivers.push_back(&server.subscribe(bots, source));
  check(bots.connect(), "everybody can connect");
  bots.start();
  bots.run_for(kWarmUp);
  const srtp::Profile profile = receivers.front()->profile();
  Measured measured = bots.measure(server.id(), task.span);
  return {profile, std::move(measured), own_bytes_of(server.id()) - idle};
}

void print(const char* name, const Row& row, const Task& task, double reference) {
  const Measured& m = row.measured;
  const auto packets = static_cast<double>(m.tally.packets);
  const auto lost = static_cast<double>(m.tally.lost);
  const double bots = seconds(m.bots_cpu) / seconds(m.span);
  std::printf("| %s | %d | %.0f | %.0f %% | %.2f | %.2f | %.3f %% | %.2f, %.2f | %.0f | %s | %.0f %%%s |%s\n", name,
              task.receivers, packets / seconds(m.span), 100 * seconds(m.server_cpu) / seconds(m.span), row.cpu_us(),
              row.cpu_us() / reference, 100 * lost / std::max(packets + lost, 1.0),
              percentile_ms(m.tally.latencies, 0.5), percentile_ms(m.tally.latencies, 0.99),
              static_cast<double>(row.bytes) / 1024 / task.receivers, srtp::traits(row.profile).name.data(), 100 * bots,
              bots > kBotsAreTheLimit ? " (the limit)" : "", m.tally.spoiled == 0 ? "" : " packets were spoiled");
}

// In turn, so that what else the machine does meets all alike; of each candidate the run in the middle, by what a
// packet costs.
void compare(const std::string& folder, const Medium& medium, const Task& task) {
  std::array<std::vector<Row>, kCandidates.size()> rows;
  for (int i = 0; i < task.repetitions; ++i)
    for (std::size_t c = 0; c < kCandidates.size(); ++c) {
      const auto server = kCandidates[c].configuration == nullptr ? start_consomme()
                                                                  : start_janus(folder, kCandidates[c].configuration);
      rows[c].push_back(measure(*server, medium, task));
    }
  std::printf(
      "\n%s\n\n"
      "| server | receivers | packets/s | server, of a core | CPU us per packet | times ours | lost "
      "| latency p50, p99 ms | KB per receiver | SRTP | bots, of a core |\n"
      "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
      medium.name);
  for (auto& of_one : rows) std::ranges::sort(of_one, {}, &Row::cpu_us);
  const auto middle = static_cast<std::size_t>(task.repetitions / 2);
  for (std::size_t c = 0; c < kCandidates.size(); ++c)
    print(kCandidates[c].name, rows[c][middle], task, rows[0][middle].cpu_us());
  std::fflush(stdout);
}

}  // namespace
}  // namespace consomme::bench

int main(int argc, char** argv) {
  using namespace consomme;
  using namespace consomme::bench;
  if (argc < 2) {
    std::fprintf(stderr,
                 "usage: peers_bench FOLDER [receivers] [seconds] [repetitions]; bench/peers/run calls it so\n");
    return EXIT_FAILURE;
  }
  const auto number = [&](int at, int otherwise) { return argc > at ? std::atoi(argv[at]) : otherwise; };
  const Task task{number(2, 50), std::chrono::seconds(number(3, 5)), number(4, 3)};
  check(task.receivers > 0 && task.span > Duration{} && task.repetitions > 0, "every number is positive");
  utsname system{};
  uname(&system);
  std::printf("%s, Linux %s, load %.1f, median of %d\n", processor().c_str(), system.release, load_average(),
              task.repetitions);
  for (const Medium& medium : kMedia) compare(argv[1], medium, task);
}
