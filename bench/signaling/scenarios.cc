#include "bench/signaling/scenarios.h"

#include <algorithm>

#include "base/check.h"
#include "bench/signaling/crowd.h"
#include "bench/signaling/server_process.h"

namespace consomme::bench {
namespace {

constexpr std::size_t kWarmUp = 500;
constexpr std::size_t kJoining = 4000;
constexpr std::size_t kIdle = 2000;
constexpr std::size_t kStorming = 500;
constexpr std::size_t kUnderWay = 16;  // enough that the server never waits for the clients
constexpr Duration kAfterwards = 1s;   // for broadcasts behind the last answer
constexpr Duration kSettling = 3s;

std::string room_of_four(std::size_t nth) {
  return "room-" + std::to_string(nth / 4);
}

double milliseconds(Duration span) {
  return std::chrono::duration<double, std::milli>(span).count();
}

Waits summary(std::vector<Duration> waits) {
  std::ranges::sort(waits);
  return {milliseconds(waits[waits.size() / 2]), milliseconds(waits[waits.size() * 99 / 100]),
          milliseconds(waits.back())};
}

// What a piece of work took: of the wall's clock, of the server's CPU, and of the load generator's time.
class Effort {
 public:
  Effort(const ServerProcess& server, const Crowd& crowd) : server_(server), crowd_(crowd) {}

  void stop_clock() {
    wall_ = milliseconds(clock_.now() - start_);
    generator_ = wall_ - milliseconds(crowd_.idle() - idle_);
  }
  double wall_ms() const { return wall_; }
  double generator_share() const { return generator_ / wall_; }
  double server_cpu_ms() const { return milliseconds(server_.cpu_time() - server_cpu_); }

 private:
  const ServerProcess& server_;
  const Crowd& crowd_;
  const net::Clock clock_;
  const Instant start_ = clock_.now();
  const Duration idle_ = crowd_.idle();
  const Duration server_cpu_ = server_.cpu_time();
  double wall_ = 0;
  double generator_ = 0;
};

double settled_kb(const ServerProcess& server, Crowd& crowd) {
  crowd.listen(kSettling);
  return static_cast<double>(server.resident_bytes()) / 1024;
}

}  // namespace

Joins measure_joins(const Command& command) {
  const ServerProcess server(command);
  Crowd before(server.port());
  before.admit(kWarmUp, Step::kRecvTransport, kUnderWay,
               [](std::size_t nth) { return "warm-up " + room_of_four(nth); });
  before.listen(kAfterwards);

  Joins joins;
  Crowd crowd(server.port());
  Effort joining(server, crowd);
  crowd.admit(kJoining, Step::kJoin, kUnderWay, room_of_four);
  joining.stop_clock();
  crowd.listen(kAfterwards);
  check(before.lost() + crowd.lost() == 0, "the server keeps its clients");
  joins.cpu_us = joining.server_cpu_ms() * 1000 / kJoining;
  joins.per_second = kJoining * 1000 / joining.wall_ms();
  joins.generator = joining.generator_share();
  joins.join = summary(crowd.take_waits(Step::kJoin));

  const Effort opening(server, crowd);
  crowd.proceed(Step::kRecvTransport, kUnderWay);
  crowd.listen(kAfterwards);
  joins.transports_cpu_us = opening.server_cpu_ms() * 1000 / kJoining;
  joins.transport = summary(crowd.take_waits(Step::kRecvTransport));
  return joins;
}

Memory measure_memory(const Command& command) {
  const ServerProcess server(command);
  Crowd crowd(server.port());
  crowd.admit(kWarmUp, Step::kConnect, kUnderWay, room_of_four);
  const double before = settled_kb(server, crowd);
  crowd.admit(kIdle, Step::kConnect, kUnderWay, room_of_four);
  const double connected = settled_kb(server, crowd);
  crowd.proceed(Step::kJoin, kUnderWay);
  const double joined = settled_kb(server, crowd);
  crowd.proceed(Step::kRecvTransport, kUnderWay);
  const double open = settled_kb(server, crowd);

  Memory memory;
  memory.connected_kb = (connected - before) / kIdle;
  memory.joined_kb = memory.connected_kb + (joined - connected) / (kWarmUp + kIdle);
  memory.transports_kb = memory.joined_kb + (open - joined) / (kWarmUp + kIdle);
  return memory;
}

Storm measure_storm(const Command& command) {
  const ServerProcess server(command);
  Crowd before(server.port());
  before.admit(kWarmUp, Step::kJoin, kUnderWay, room_of_four);
  before.listen(kAfterwards);

  Crowd crowd(server.port());
  crowd.admit(kStorming, Step::kCapabilities, kUnderWay, [](std::size_t) { return "storm"; });
  crowd.listen(kAfterwards);
  Storm storm;
  Effort joining(server, crowd);
  crowd.proceed(Step::kJoin, kStorming);
  joining.stop_clock();
  crowd.listen(kAfterwards);
  storm.cpu_ms = joining.server_cpu_ms();
  storm.lost = static_cast<double>(crowd.lost());
  storm.generator = joining.generator_share();
  storm.join = summary(crowd.take_waits(Step::kJoin));
  return storm;
}

}  // namespace consomme::bench
