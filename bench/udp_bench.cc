// What a packet of 1200 bytes costs net/: CPU time of the calling thread, over loopback, where a send pays for the
// receiving side's kernel work too. Figures are for comparison within one run; docs/performance.md has the floor.
#include <benchmark/benchmark.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <ctime>
#include <vector>

#include "base/check.h"
#include "net/udp_socket.h"

namespace consomme::net {
namespace {

constexpr IpAddress kLoopback = IpAddress::v4(0x7f000001);
constexpr std::size_t kPacketBytes = 1200;
constexpr std::size_t kPacketsPerTurn = 240;

double thread_cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

UdpSocket open(int receive_buffer_bytes) {
  auto socket = UdpSocket::open({.ip = kLoopback, .receive_buffer_bytes = receive_buffer_bytes});
  check(socket.has_value(), "loopback can be bound");
  return std::move(*socket);
}

// Packets in runs of `run`, to the receivers in turn. Each run is of a larger size than the one before, or it would be
// one run with it where there is a single receiver.
SendBatch packets_in_runs(const std::vector<UdpSocket>& receivers, std::size_t run) {
  const std::vector<std::uint8_t> bytes(kPacketBytes + kPacketsPerTurn, 0x5a);
  SendBatch batch;
  for (std::size_t i = 0; i < kPacketsPerTurn; ++i) {
    const std::size_t number = i / run;
    batch.append({.remote = receivers[number % receivers.size()].local()},
                 ByteView(bytes).first(kPacketBytes - kPacketsPerTurn / 2 + number));
  }
  return batch;
}

void report(benchmark::State& state, std::uint64_t packets) {
  state.counters["per_packet"] =
      benchmark::Counter(static_cast<double>(packets), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// Receivers that nobody reads: their buffers stay full, and the kernel drops where it would have delivered.
void send_in_runs(benchmark::State& state) {
  constexpr int kTinyBuffer = 1;
  std::vector<UdpSocket> receivers;
  for (int i = 0; i < 24; ++i) receivers.push_back(open(kTinyBuffer));
  UdpSocket sender = open(kTinyBuffer);
  const SendBatch batch = packets_in_runs(receivers, static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    const double start = thread_cpu_seconds();
    sender.send(batch);
    state.SetIterationTime(thread_cpu_seconds() - start);
  }
  report(state, sender.sent().datagrams);
}
BENCHMARK(send_in_runs)->ArgName("run")->Arg(1)->Arg(4)->Arg(10)->UseManualTime();

void receive(benchmark::State& state) {
  constexpr int kRoomForATurn = 8 << 20;
  std::vector<UdpSocket> receivers;
  receivers.push_back(open(kRoomForATurn));
  UdpSocket& receiver = receivers.front();
  const int coalesce = static_cast<int>(state.range(1));
  check(setsockopt(receiver.fd(), SOL_UDP, UDP_GRO, &coalesce, sizeof coalesce) == 0, "GRO can be chosen");
  UdpSocket sender = open(1);
  const SendBatch batch = packets_in_runs(receivers, static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    sender.send(batch);
    const double start = thread_cpu_seconds();
    while (receiver.receive().more) benchmark::ClobberMemory();
    state.SetIterationTime(thread_cpu_seconds() - start);
  }
  report(state, receiver.received().datagrams);
}
BENCHMARK(receive)->ArgNames({"run", "gro"})->ArgsProduct({{1, 4, 10}, {0, 1}})->UseManualTime();

}  // namespace
}  // namespace consomme::net

BENCHMARK_MAIN();
