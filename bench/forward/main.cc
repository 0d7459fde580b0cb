// What forwarding costs: CPU microseconds per forwarded packet of the production worker over real sockets, and the
// share of each stage; beside it, in the same run, the floor (floor.h). `bench/forward/run` gives it a device to send
// to; alone it sends over loopback, where a send pays for the receiving side's kernel work too.
//
//   forward_bench [repetitions] [first address of the consumers, off loopback]
#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "bench/forward/floor.h"
#include "bench/forward/meeting.h"
#include "bench/forward/parts.h"
#include "bench/machine.h"
#include "net/thread.h"
#include "sfu/srtp/engine.h"
#include "sfu/srtp/outbound.h"

using namespace consomme;
using namespace consomme::bench;

namespace {

constexpr Work kWorks[] = {
    {.name = "video, 1 to 100, frames of 4", .packets_per_frame = 4},
    {.name = "video, 1 to 100, frames of 10", .packets_per_frame = 10},
    {.name = "audio, 1 to 100", .video = false, .packets_per_frame = 1, .packet_bytes = 160},
    {.name = "video, 25 rooms of 1 to 4, frames of 4", .rooms = 25, .fan_out = 4},
};
constexpr int kPacketsPerRepetition = 40'000;

// One work with its measurements, a value a repetition.
struct Measured {
  explicit Measured(const Work& work_, const Destination& to)
      : work(work_), meeting(std::make_unique<Meeting>(work_, to)) {}

  Work work;
  std::unique_ptr<Meeting> meeting;
  std::unique_ptr<Meeting> unheard;  // the same without consumers: what one received packet costs by itself
  std::vector<double> per_packet;    // nanoseconds
  std::unique_ptr<Floor> floor;
  std::vector<double> floor_per_packet;
  std::array<std::vector<double>, kStages> stages;
  std::vector<double> taken_in;  // of kTakeIn, what does not depend on the consumers
};

double nanoseconds(Duration span) {
  return static_cast<double>(span.count());
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[values.size() / 2];
}

// A turn is measured between two readings of the clock, and pays for one of them.
Duration cost_of_reading() {
  std::vector<double> costs;
  for (int i = 0; i < 1001; ++i) {
    const Duration start = thread_cpu_time();
    costs.push_back(nanoseconds(thread_cpu_time() - start));
  }
  return Duration(static_cast<Duration::rep>(median(costs)));
}

int turns_of(const Work& work) {
  return kPacketsPerRepetition / (work.packets_per_frame * work.fan_out);
}

void measure(Measured& m, Duration reading) {
  const int turns = turns_of(m.work);
  m.floor_per_packet.push_back(m.floor->measure(turns, reading));
  const Cost whole = m.meeting->play(turns, false);
  m.per_packet.push_back(nanoseconds(whole.cpu - reading * turns) / static_cast<double>(whole.forwarded));
  const Cost parts = m.meeting->play(turns, true);
  for (std::size_t i = 0; i < kStages; ++i)
    m.stages[i].push_back(nanoseconds(parts.stages[i]) / static_cast<double>(parts.forwarded));
  const Cost alone = m.unheard->play(turns, true);
  const double taken_in = nanoseconds(alone.stages[static_cast<std::size_t>(Stage::kTakeIn)] - reading * turns);
  m.taken_in.push_back(taken_in / static_cast<double>(alone.received) / m.work.fan_out);
}

// srtp::Outbound and nothing else: as many packets of this size, for as many consumers, in runs as a flush has them.
double protect_alone(const srtp::CryptoEngine& engine, const Work& work) {
  constexpr std::size_t kHeaderBytes = 28;
  constexpr std::size_t kSlots = 256;
  constexpr std::int64_t kTurns = 100;
  std::vector<srtp::Outbound> consumers;
  for (int i = 0; i < work.rooms * work.fan_out; ++i) {
    srtp::MasterKey key;
    key.key.fill(static_cast<std::uint8_t>(i));
    consumers.emplace_back(engine, srtp::Profile::kAeadAes128Gcm, key);
  }
  const std::vector<std::uint8_t> payload(work.packet_bytes - kHeaderBytes, 0x5a);
  std::vector<std::uint8_t> arena(kSlots * kMaxDatagramBytes);
  std::size_t slot = 0;
  std::uint64_t packets = 0;
  const Duration start = thread_cpu_time();
  for (std::int64_t turn = 0; turn < kTurns; ++turn)
    for (srtp::Outbound& consumer : consumers)
      for (int i = 0; i < work.packets_per_frame; ++i, ++packets) {
        const ByteSpan out = ByteSpan(arena).subspan(slot++ % kSlots * kMaxDatagramBytes, kMaxDatagramBytes);
        const ExtSeqNo index(turn * work.packets_per_frame + i);
        store_be<2>(out.data() + 2, truncate(index).value());
        store_be<4>(out.data() + 8, 1);
        check(consumer.protect_rtp(out, kHeaderBytes, 0, payload, index).has_value(), "a packet can be protected");
      }
  return nanoseconds(thread_cpu_time() - start) / static_cast<double>(packets);
}

void print_head(const srtp::CryptoEngine& engine, const Destination& to, int repetitions) {
  utsname system{};
  uname(&system);
  const std::string backend(name(engine.backend()));
  std::printf("%s, Linux %s, load %.1f; AES-128-GCM by %s; %s; median of %d\n", processor().c_str(), system.release,
              load_average(), backend.c_str(), to.loopback ? "to loopback, receivers full" : "to a device",
              repetitions);
  std::printf("%-40s%8s%8s%8s%8s%7s |%11s%11s%11s%11s%11s%11s\n", "CPU us per forwarded packet", "median", "min", "max",
              "floor", "ratio", "receive", "take in", "route", "write", "protect", "send");
}

// "write" is what a flush does besides encrypting: headers, histories, RTCP.
void print(const Measured& m, double protect) {
  const auto stage = [&](Stage s) { return median(m.stages[static_cast<std::size_t>(s)]); };
  const double take_in = median(m.taken_in);
  const double parts[] = {stage(Stage::kReceive),         take_in, stage(Stage::kTakeIn) - take_in,
                          stage(Stage::kWrite) - protect, protect, stage(Stage::kSend)};
  double sum = 0;
  for (const double part : parts) sum += part;
  const auto [low, high] = std::ranges::minmax(m.per_packet);
  const double cost = median(m.per_packet);
  const double floor = median(m.floor_per_packet);
  std::printf("%-40s%8.3f%8.3f%8.3f%8.3f%7.2f |", std::string(m.work.name).c_str(), cost / 1e3, low / 1e3, high / 1e3,
              floor / 1e3, cost / floor);
  for (const double part : parts) std::printf("%6.3f %3.0f%%", part / 1e3, 100 * part / sum);
  std::printf("\n");
}

// What the layers of a video and estimation may take of what a forwarded packet costs with them.
constexpr double kGoal = 0.1;

// Beside the path as it was measured in the same repetition: machines are not as fast at all times.
template <class Cost>
double print_part(std::string_view name, std::span<const Parts> repetitions, const Measured& path, Cost cost_of) {
  std::vector<double> costs;
  std::vector<double> shares;
  for (std::size_t i = 0; i < repetitions.size(); ++i) {
    costs.push_back(cost_of(repetitions[i]));
    shares.push_back(costs.back() / path.per_packet[i]);
  }
  const double share = median(shares);
  std::printf("%-40s%8.3f%7.1f%%\n", std::string(name).c_str(), median(costs) / 1e3, 100 * share);
  return share;
}

// False: more is taken than aimed at.
bool print_parts(std::span<const Parts> repetitions, const Measured& path) {
  std::printf("%-40s%8s%8s\n", "of that, besides or in it", "median", "share");
  print_part("deciding and header, without layers", repetitions, path, [](const Parts& p) { return p.deciding; });
  print_part("estimation, feedback included", repetitions, path, [](const Parts& p) { return p.estimation; });
  bool kept = true;
  for (std::size_t i = 0; i < kLayered.size(); ++i) {
    std::printf("%s\n", std::string(kLayered[i].name).c_str());
    print_part("  layers", repetitions, path, [&](const Parts& p) { return p.layers[i].selecting; });
    print_part("  sharing out", repetitions, path, [&](const Parts& p) { return p.layers[i].sharing_out; });
    const double sum = print_part("  both and estimation", repetitions, path, [&](const Parts& p) { return p.sum(i); });
    std::printf("  %s %.0f %%, which is the goal\n", sum <= kGoal ? "within" : "MORE THAN", 100 * kGoal);
    kept = kept && sum <= kGoal;
  }
  return kept;
}

}  // namespace

int main(int argc, char** argv) {
  const int repetitions = argc > 1 ? std::atoi(argv[1]) : 9;
  Destination to;
  if (argc > 2) {
    const auto address = IpAddress::parse(argv[2]);
    check(address && address->is_v4() && repetitions > 0, "usage: forward_bench [repetitions] [IPv4 address]");
    to = {.first_address = address->v4_host_order(), .loopback = false};
  }
  net::pin_thread(net::allowed_cores().front());
  const srtp::CryptoEngine engine = srtp::CryptoEngine::make().value();
  print_head(engine, to, repetitions);

  std::vector<Measured> all;
  for (const Work& work : kWorks) {
    Work unheard = work;
    unheard.fan_out = 0;
    Measured& measured = all.emplace_back(work, to);
    measured.unheard = std::make_unique<Meeting>(unheard, to);
    measured.floor = std::make_unique<Floor>(work, to, engine);
  }
  const Duration reading = cost_of_reading();
  std::vector<Parts> parts;
  for (int i = 0; i < repetitions; ++i) {
    for (Measured& m : all) measure(m, reading);
    parts.push_back(measure_parts(reading));
  }
  for (const Measured& m : all) print(m, protect_alone(engine, m.work));
  return print_parts(parts, all.front()) ? 0 : 1;
}
