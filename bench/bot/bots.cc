#include "bench/bot/bots.h"

#include <sys/resource.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "bench/machine.h"

namespace consomme::bench {
namespace {

constexpr Duration kPatience = 60s;
constexpr Duration kTick = 10ms;

Duration own_cpu() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto time = [](const timeval& t) {
    return std::chrono::seconds(t.tv_sec) + std::chrono::microseconds(t.tv_usec);
  };
  return time(usage.ru_utime) + time(usage.ru_stime);
}

Duration most_since(const std::map<std::string, Duration>& before, const std::map<std::string, Duration>& after) {
  Duration most{};
  for (const auto& [thread, time] : after) {
    const auto then = before.find(thread);
    most = std::max(most, then == before.end() ? time : time - then->second);
  }
  return most;
}

}  // namespace

sim::Source& Bots::add_sender(const sfu::TransportOffer& offer, sim::Client client, const sim::SourceConfig& source) {
  Sender& sender = senders_.emplace_back();
  sender.live = std::make_unique<sim::Live>(clock_, shared_.loop, Protocol::kUdp, offer, std::move(client));
  sender.source = &sender.live->client().add(source);
  return *sender.source;
}

Receiver& Bots::add_receiver(const sfu::TransportOffer& offer) {
  return receivers_.emplace_back(shared_, offer, static_cast<std::uint32_t>(receivers_.size()));
}

ortc::DtlsParameters Bots::receivers_dtls() const {
  return {ortc::DtlsRole::kClient, {{"sha-256", shared_.identity->certificate.fingerprint().to_string()}}};
}

bool Bots::turn_until(const std::function<bool()>& holds) {
  const Instant until = clock_.now() + kPatience;
  while (!holds()) {
    if (clock_.now() >= until) return false;
    turn();
  }
  return true;
}

bool Bots::connect() {
  return turn_until([&] {
    return std::ranges::all_of(receivers_, &Receiver::connected) &&
           std::ranges::all_of(senders_, [](const Sender& s) { return s.live->client().connected(); });
  });
}

void Bots::start() {
  const auto count = static_cast<std::int64_t>(senders_.size());
  for (std::int64_t i = 0; i < count; ++i) {
    sim::Source& source = *senders_[static_cast<std::size_t>(i)].source;
    source.start(clock_.now() + source.config().frame_interval * i / count);
  }
}

void Bots::run_for(Duration span) {
  for (const Instant until = clock_.now() + span; clock_.now() < until;) turn();
}

Measured Bots::measure(pid_t server, Duration span) {
  take_tally();
  const Duration before = cpu_time_of(server);
  const auto threads_before = cpu_times_of_threads(server);
  const Duration own_before = own_cpu();
  const Instant start = clock_.now();
  run_for(span);
  return {.span = clock_.now() - start,
          .server_cpu = cpu_time_of(server) - before,
          .busiest_thread_cpu = most_since(threads_before, cpu_times_of_threads(server)),
          .bots_cpu = own_cpu() - own_before,
          .tally = take_tally()};
}

// Timers of receivers need not be kept to the millisecond.
void Bots::turn() {
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

Tally Bots::take_tally() {
  Tally tally;
  for (Receiver& receiver : receivers_) receiver.add_to(tally);
  std::ranges::sort(tally.latencies);
  return tally;
}

double percentile_ms(const std::vector<Duration>& latencies, double share) {
  if (latencies.empty()) return 0;
  return 1e3 * seconds(latencies[static_cast<std::size_t>(share * static_cast<double>(latencies.size() - 1))]);
}

}  // namespace consomme::bench
