// Rooms of three shapes over loopback, from few to many consumers: what the server's process costs for each packet that
// reaches a bot, how many consumers a core would carry at that price, what is lost, how long it takes, and how much
// memory it wants. Says when the bots were the limit.
//   scale_bench [workers] [seconds a row] [single_port]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/bot/bots.h"
#include "bench/machine.h"
#include "bench/scale/sfu_process.h"

namespace consomme::bench {
namespace {

struct Shape {
  int rooms = 1;
  int members = 0;        // of a room, who receive
  bool all_send = false;  // and get each other's video; else so many more send, and all get that
  int senders = 1;
};

// 2.4 Mbit/s, as one of 720p.
constexpr Duration kFrameInterval = 40ms;
constexpr int kPacketsPerFrame = 10;
constexpr std::size_t kPayloadBytes = 1176;

constexpr Duration kWarmUp = 2s;
constexpr int kSettlingSeconds = 8;       // until it has given back what handshakes needed, or what those who left had
constexpr double kBotsAreTheLimit = 0.9;  // of a core

// What was measured of a room, or rooms, in a while.
struct Row {
  std::size_t consumers = 0;
  std::size_t bytes = 0;  // that the server needs for them
  Measured measured;
};

class Run {
 public:
  Run(const Workers& workers, const Shape& shape) : server_(workers) {
    idle_bytes_ = own_bytes_of(server_.id());
    for (int i = 0; i < shape.rooms; ++i) open_room(shape);
  }

  // False: not everybody got connected.
  bool connect() { return bots_.connect(); }

  Row measure(Duration span) {
    bots_.start();
    bots_.run_for(kWarmUp);
    Measured measured = bots_.measure(server_.id(), span);
    return {consumers_, bytes(), std::move(measured)};
  }
  // What is left of it when everybody has gone.
  std::size_t bytes_after_closing() {
    for (const RouterId room : rooms_) server_.close_room(room);
    for (int i = 0; i < kSettlingSeconds; ++i) wait_a_second();
    return bytes();
  }
  // While nothing is sent: by how much the server has grown.
  std::size_t idle_bytes() {
    for (int i = 0; i < kSettlingSeconds; ++i) wait_a_second();
    return bytes();
  }

 private:
  struct Sender {
    const sim::Source* source = nullptr;
    ProducerId producer;
  };

  // The server learns what its workers have measured, and gives memory back, when it is asked for something.
  void wait_a_second() {
    bots_.run_for(1s);
    server_.open_room();
  }
  std::size_t bytes() const { return own_bytes_of(server_.id()) - idle_bytes_; }

  void open_room(const Shape& shape) {
    const RouterId room = server_.open_room();
    rooms_.push_back(room);
    const int count = shape.all_send ? shape.members : shape.senders;
    std::vector<Sender> senders;
    for (int i = 0; i < count; ++i) senders.push_back(add_sender(room));
    for (int i = 0; i < shape.members; ++i) {
      const sfu::TransportOffer offer = server_.join(room);
      server_.connect(offer.id, bots_.receivers_dtls());
      Receiver& receiver = bots_.add_receiver(offer);
      for (int from = 0; from < count; ++from) {
        if (shape.all_send && from == i) continue;
        const Sender& sender = senders[static_cast<std::size_t>(from)];
        receiver.expect(server_.consume(offer.id, sender.producer), *sender.source);
        ++consumers_;
      }
    }
  }

  Sender add_sender(RouterId room) {
    const sfu::TransportOffer offer = server_.join(room);
    sim::Client client = bots_.new_client();
    server_.connect(offer.id, client.dtls_parameters());
    sim::Described described =
        sim::describe_source(server_.rtp_capabilities(), "video/VP8", Ssrc(next_ssrc_), std::to_string(next_ssrc_));
    next_ssrc_ += 2;
    const ProducerId producer = server_.produce(offer.id, described);
    described.config.frame_interval = kFrameInterval;
    described.config.packets_per_frame = kPacketsPerFrame;
    described.config.payload_bytes = kPayloadBytes;
    return {&bots_.add_sender(offer, std::move(client), described.config), producer};
  }

  SfuProcess server_;
  std::size_t idle_bytes_ = 0;
  Bots bots_;
  std::vector<RouterId> rooms_;
  std::uint32_t next_ssrc_ = 1000;
  std::size_t consumers_ = 0;
};

void print_head(const char* shape, const Workers& workers) {
  std::printf(
      "\n%s, %u worker%s%s\n\n| consumers | packets/s | server, of a core | its busiest thread | consumers per core | "
      "CPU us per packet | lost | latency p50, "
      "p99 "
      "ms "
      "| KB per consumer | bots, of a core |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
      shape, workers.count, workers.count == 1 ? "" : "s", workers.single_port ? " on one port" : "");
}

void print(const Row& row) {
  const Measured& m = row.measured;
  const auto packets = static_cast<double>(std::max<std::uint64_t>(m.tally.packets, 1));
  const auto lost = static_cast<double>(m.tally.lost);
  const double bots = seconds(m.bots_cpu) / seconds(m.span);
  std::printf("| %zu | %.0f | %.0f %% | %.0f %% | %.0f | %.2f | %.3f %% | %.2f, %.2f | %.0f | %.0f %%%s |%s\n",
              row.consumers, packets / seconds(m.span), 100 * seconds(m.server_cpu) / seconds(m.span),
              100 * seconds(m.busiest_thread_cpu) / seconds(m.span),
              static_cast<double>(row.consumers) * seconds(m.span) / seconds(m.server_cpu),
              1e6 * seconds(m.server_cpu) / packets, 100 * lost / (packets + lost),
              percentile_ms(m.tally.latencies, 0.5), percentile_ms(m.tally.latencies, 0.99),
              static_cast<double>(row.bytes) / 1024 / static_cast<double>(row.consumers), 100 * bots,
              bots > kBotsAreTheLimit ? " (the limit)" : "", m.tally.spoiled == 0 ? "" : " packets were spoiled");
  std::fflush(stdout);
}

void run(const Workers& workers, const Shape& shape, Duration span) {
  Run run(workers, shape);
  if (run.connect())
    print(run.measure(span));
  else
    std::puts("| not everybody could connect |");
}

// Its packets included.
void print_what_is_left(const Workers& workers, const Shape& shape) {
  Run run(workers, shape);
  if (!run.connect()) return static_cast<void>(std::puts("not everybody could connect"));
  constexpr double kMegabyte = 1 << 20;
  const auto all = static_cast<double>(run.measure(kWarmUp).bytes) / kMegabyte;
  const auto left = static_cast<double>(run.bytes_after_closing()) / kMegabyte;
  std::printf("\n%d rooms of %d: %.0f MB more while they see each other, %.0f MB when all have gone\n", shape.rooms,
              shape.members, all, left);
}

// What is there before anything is sent, by what more of it costs: a worker has buffers of its own, however few come.
void print_idle(const Workers& workers) {
  constexpr int kFew = 200;
  constexpr int kMany = 600;
  constexpr int kSenders = 100;
  constexpr int kTransportsOfPeer = 2;
  Run few(workers, {.members = kFew, .senders = 0});
  Run many(workers, {.members = kMany, .senders = 0});
  Run with_consumers(workers, {.members = kFew - kSenders, .senders = kSenders});
  if (!few.connect() || !many.connect() || !with_consumers.connect())
    return static_cast<void>(std::puts("| not everybody could connect |"));
  const auto base = static_cast<double>(few.idle_bytes());
  const auto transports = static_cast<double>(many.idle_bytes()) - base;
  const auto all = static_cast<double>(with_consumers.idle_bytes());
  std::printf(
      "\nnothing is sent: %.1f KB per peer with two transports, %.1f KB per consumer; %.0f %% left when all have "
      "gone\n",
      kTransportsOfPeer * transports / 1024 / (kMany - kFew), (all - base) / 1024 / ((kFew - kSenders) * kSenders),
      100 * static_cast<double>(with_consumers.bytes_after_closing()) / all);
}

}  // namespace
}  // namespace consomme::bench

int main(int argc, char** argv) {
  using namespace consomme;
  using namespace consomme::bench;
  const Workers workers{.count = static_cast<unsigned>(argc > 1 ? std::atoi(argv[1]) : 1),
                        .single_port = argc > 3 && std::string_view(argv[3]) == "single_port"};
  const Duration span = std::chrono::seconds(argc > 2 ? std::atoi(argv[2]) : 10);
  print_idle(workers);
  print_what_is_left(workers, {.rooms = 25, .members = 4, .all_send = true});
  print_head("one sender, N receivers", workers);
  for (const int n : {10, 100, 200, 400, 600, 1000, 1500, 2000}) run(workers, {.members = n}, span);
  print_head("one room in which K see K", workers);
  for (const int k : {4, 8, 12, 20, 30, 40, 50}) run(workers, {.members = k, .all_send = true}, span);
  print_head("R rooms of 4", workers);
  for (const int r : {1, 8, 32, 48, 64}) run(workers, {.rooms = r, .members = 4, .all_send = true}, span);
}
