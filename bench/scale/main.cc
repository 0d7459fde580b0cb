// Rooms of three shapes over loopback, from few to many consumers: what the server's process costs for each packet that
// reaches a bot, what is lost, how long it takes, and how much memory it wants. Says when the bots were the limit.
//   scale_bench [workers] [seconds a row]
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <string>

#include "base/check.h"
#include "bench/bot/receiver.h"
#include "bench/scale/sfu_process.h"
#include "net/clock.h"
#include "tests/sim/live.h"

namespace consomme::bench {
namespace {

struct Shape {
  int rooms = 1;
  int members = 0;        // of a room, who receive
  bool all_send = false;  // and get each other's video; else one more sends, and all get that
};

// 2.4 Mbit/s, as one of 720p.
constexpr Duration kFrameInterval = 40ms;
constexpr int kPacketsPerFrame = 10;
constexpr std::size_t kPayloadBytes = 1176;

constexpr Duration kPatience = 60s;  // for all to be connected
constexpr Duration kWarmUp = 2s;
constexpr double kBotsAreTheLimit = 0.9;  // of a core

Duration own_cpu() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto time = [](const timeval& t) {
    return std::chrono::seconds(t.tv_sec) + std::chrono::microseconds(t.tv_usec);
  };
  return time(usage.ru_utime) + time(usage.ru_stime);
}

// What was measured of a room, or rooms, in a while.
struct Row {
  std::size_t consumers = 0;
  Duration span{};
  Duration server_cpu{};
  Duration bots_cpu{};
  std::size_t bytes = 0;  // that the server needs for them
  Tally tally;
};

class Run {
 public:
  Run(unsigned workers, const Shape& shape) : server_(workers) {
    idle_bytes_ = server_.resident_bytes();
    for (int i = 0; i < shape.rooms; ++i) open_room(shape);
  }

  // False: not everybody got connected.
  bool connect() {
    const Instant until = clock_.now() + kPatience;
    const auto all = [&] {
      return std::ranges::all_of(receivers_, &Receiver::connected) &&
             std::ranges::all_of(senders_, [](const Sender& s) { return s.live->client().connected(); });
    };
    while (!all()) {
      if (clock_.now() >= until) return false;
      turn();
    }
    // Frames of many senders do not come all at once.
    for (std::size_t i = 0; i < senders_.size(); ++i)
      senders_[i].source->start(clock_.now() + kFrameInterval * static_cast<std::int64_t>(i) /
                                                   static_cast<std::int64_t>(senders_.size()));
    run_for(kWarmUp);
    take_tally();
    return true;
  }

  Row measure(Duration span) {
    const Duration before = server_.cpu_time();
    const Duration own_before = own_cpu();
    const Instant start = clock_.now();
    run_for(span);
    return {.consumers = consumers_,
            .span = clock_.now() - start,
            .server_cpu = server_.cpu_time() - before,
            .bots_cpu = own_cpu() - own_before,
            .bytes = server_.resident_bytes() - idle_bytes_,
            .tally = take_tally()};
  }

 private:
  struct Sender {
    std::unique_ptr<sim::Live> live;
    sim::Source* source = nullptr;
    ProducerId producer;
  };

  void open_room(const Shape& shape) {
    const RouterId room = server_.open_room();
    const std::size_t first = senders_.size();
    const int senders = shape.all_send ? shape.members : 1;
    for (int i = 0; i < senders; ++i) add_sender(room);
    for (int i = 0; i < shape.members; ++i) {
      Receiver& receiver = add_receiver(room);
      for (std::size_t from = first; from < senders_.size(); ++from)
        if (!shape.all_send || from != first + static_cast<std::size_t>(i)) watch(receiver, senders_[from]);
    }
  }

  void add_sender(RouterId room) {
    const sfu::TransportOffer offer = server_.join(room);
    Sender& sender = senders_.emplace_back();
    sender.live = std::make_unique<sim::Live>(clock_, shared_.loop, Protocol::kUdp, offer, senders_.size());
    server_.connect(offer.id, sender.live->client().dtls_parameters());
    sim::Described described =
        sim::describe_source(server_.rtp_capabilities(), "video/VP8", Ssrc(next_ssrc_), std::to_string(next_ssrc_));
    next_ssrc_ += 2;
    sender.producer = server_.produce(offer.id, described);
    described.config.frame_interval = kFrameInterval;
    described.config.packets_per_frame = kPacketsPerFrame;
    described.config.payload_bytes = kPayloadBytes;
    sender.source = &sender.live->client().add(described.config);
  }

  Receiver& add_receiver(RouterId room) {
    const sfu::TransportOffer offer = server_.join(room);
    const ortc::DtlsFingerprint print{"sha-256", shared_.identity->certificate.fingerprint().to_string()};
    server_.connect(offer.id, {ortc::DtlsRole::kClient, {print}});
    transports_.push_back(offer.id);
    return receivers_.emplace_back(shared_, offer, static_cast<std::uint32_t>(receivers_.size()));
  }

  void watch(Receiver& receiver, const Sender& sender) {
    receiver.expect(server_.consume(transports_.back(), sender.producer), *sender.source);
    ++consumers_;
  }

  void run_for(Duration span) {
    for (const Instant until = clock_.now() + span; clock_.now() < until;) turn();
  }

  // Timers of receivers need not be kept to the millisecond.
  void turn() {
    const Instant now = clock_.now();
    Instant next = now + kTick;
    for (const Sender& sender : senders_) {
      sender.live->turn();
      next = std::min(next, sender.live->client().deadline());
    }
    if (now >= next_expiry_) {
      for (Receiver& receiver : receivers_) receiver.expire(now);
      next_expiry_ = now + kTick;
    }
    for (const net::Event& event : shared_.loop.wait(now, next))
      if (event.token.owner == kReceivers) receivers_[event.token.generation].receive(clock_.now());
  }

  Tally take_tally() {
    Tally tally;
    for (Receiver& receiver : receivers_) receiver.add_to(tally);
    return tally;
  }

  static constexpr Duration kTick = 10ms;

  SfuProcess server_;
  std::size_t idle_bytes_ = 0;
  net::Clock clock_;
  Shared shared_;
  std::deque<Sender> senders_;
  std::deque<Receiver> receivers_;
  std::vector<TransportId> transports_;  // of the receivers
  std::uint32_t next_ssrc_ = 1000;
  std::size_t consumers_ = 0;
  Instant next_expiry_{};
};

void print_head(const char* shape, unsigned workers) {
  std::printf(
      "\n%s, %u worker%s\n\n| consumers | packets/s | server, of a core | CPU us per packet | lost | latency p50, p99 "
      "ms "
      "| KB per consumer | bots, of a core |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n",
      shape, workers, workers == 1 ? "" : "s");
}

double seconds(Duration span) {
  return std::chrono::duration<double>(span).count();
}

// Of latencies in order, in ms.
double percentile(const std::vector<Duration>& latencies, double share) {
  if (latencies.empty()) return 0;
  return 1e3 * seconds(latencies[static_cast<std::size_t>(share * static_cast<double>(latencies.size() - 1))]);
}

void print(Row row) {
  std::ranges::sort(row.tally.latencies);
  const auto packets = static_cast<double>(std::max<std::uint64_t>(row.tally.packets, 1));
  const auto lost = static_cast<double>(row.tally.lost);
  const double bots = seconds(row.bots_cpu) / seconds(row.span);
  std::printf("| %zu | %.0f | %.0f %% | %.2f | %.3f %% | %.2f, %.2f | %.0f | %.0f %%%s |%s\n", row.consumers,
              packets / seconds(row.span), 100 * seconds(row.server_cpu) / seconds(row.span),
              1e6 * seconds(row.server_cpu) / packets, 100 * lost / (packets + lost),
              percentile(row.tally.latencies, 0.5), percentile(row.tally.latencies, 0.99),
              static_cast<double>(row.bytes) / 1024 / static_cast<double>(row.consumers), 100 * bots,
              bots > kBotsAreTheLimit ? " (the limit)" : "", row.tally.spoiled == 0 ? "" : " packets were spoiled");
  std::fflush(stdout);
}

void run(unsigned workers, const Shape& shape, Duration span) {
  Run run(workers, shape);
  if (run.connect())
    print(run.measure(span));
  else
    std::puts("| not everybody could connect |");
}

}  // namespace
}  // namespace consomme::bench

int main(int argc, char** argv) {
  using namespace consomme;
  using namespace consomme::bench;
  const auto workers = static_cast<unsigned>(argc > 1 ? std::atoi(argv[1]) : 1);
  const Duration span = std::chrono::seconds(argc > 2 ? std::atoi(argv[2]) : 10);
  print_head("one sender, N receivers", workers);
  for (const int n : {10, 50, 100, 200, 400, 600}) run(workers, {.members = n}, span);
  print_head("one room in which K see K", workers);
  for (const int k : {4, 8, 12, 16, 20}) run(workers, {.members = k, .all_send = true}, span);
  print_head("R rooms of 4", workers);
  for (const int r : {1, 8, 16, 32}) run(workers, {.rooms = r, .members = 4, .all_send = true}, span);
}
