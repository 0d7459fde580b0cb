#include "tests/sim/server.h"

#include <utility>

#include "sfu/runtime/testing.h"

namespace consomme::sim {

namespace {

constexpr std::uint16_t kFirstPort = 40'000;
// Clients here send no checks after the first, so no run may last longer.
constexpr Duration kConsent = 1h;

}  // namespace

Server::Site::Site(const transport::testing::Identity& identity, std::uint64_t seed)
    : worker({.ice = {.consent_timeout = kConsent}, .max_packets = 4096, .seed = seed}, identity.context,
             identity.crypto) {}

std::uint64_t Server::Site::packets() const {
  const worker::Counters& c = worker.counters();
  return counted + c.rtp_received + c.rtp_forwarded + c.rtp_lent;
}

Server::Server(unsigned workers, Duration cost_of_packet, Media media)
    : cost_of_packet_(cost_of_packet), media_(media), control_(setup(workers)), crossroads_(workers) {
  for (unsigned i = 0; i < workers; ++i) sites_.emplace_back(identity_, i + 1);
}

sfu::Control::Setup Server::setup(unsigned workers) const {
  sfu::Control::Setup setup;
  setup.capabilities = sfu::testing::router();
  for (unsigned i = 0; i < workers; ++i) {
    ortc::IceCandidate candidate;
    candidate.port = static_cast<std::uint16_t>(kFirstPort + i);
    setup.workers.push_back({{candidate}});
  }
  setup.fingerprints = identity_.certificate.fingerprints();
  setup.make_credentials = [n = 0](unsigned) mutable {
    const std::string number = std::to_string(++n);
    return ice::Credentials{"ufrag" + number, "the password of " + number};
  };
  setup.max_transports_per_worker = 20'000;
  setup.max_producers_per_transport = 16;
  setup.max_consumers_per_transport = 1000;
  return setup;
}

unsigned Server::worker_of(const sfu::TransportOffer& offer) {
  return static_cast<unsigned>(offer.ice_candidates.at(0).port - kFirstPort);
}

void Server::carry_out() {
  for (const sfu::Control::Addressed& addressed : control_.take_commands()) {
    ++counters_.commands;
    if (!carries_media()) continue;
    sites_[addressed.worker].worker.execute(now_, addressed.command, out_);
    leave();
  }
  control_.take_events();
}

void Server::receive(unsigned worker, const Tuple& from, ByteView bytes) {
  sites_[worker].worker.receive(now_, {from, bytes}, out_);
  leave();
}

std::vector<transport::testing::Bytes> Server::take_dtls(const Tuple& to) {
  std::vector<transport::testing::Bytes> found;
  for (Handshake& handshake : std::exchange(handshakes_, {}))
    if (handshake.to == to) found.push_back(std::move(handshake.bytes));
  return found;
}

void Server::pass(Duration span) {
  now_ += span;
  carry_out();
  bool busy = carries_media();
  while (std::exchange(busy, false)) {
    for (unsigned i = 0; i < size(); ++i) busy |= turn(i);
    for (unsigned i = 0; i < size(); ++i) busy |= cross(i);
  }
  handshakes_.clear();  // goodbyes
  if (now_ >= next_report_) measure();
}

// As the worker's thread does it. True: something is left for the next turn.
bool Server::turn(unsigned index) {
  Site& site = sites_[index];
  while (!site.worker.expire(now_, out_)) leave();
  bool left = false;
  const auto outboxes = site.worker.outboxes();
  for (unsigned to = 0; to < outboxes.size(); ++to) {
    if (outboxes[to].empty()) continue;
    crossroads_.send(index, to, outboxes[to]);
    left |= !outboxes[to].empty();
  }
  flush(site);
  for (const worker::Notice& notice : site.worker.take_notices()) control_.notice(notice);
  carry_out();
  return left;
}

bool Server::cross(unsigned index) {
  Site& site = sites_[index];
  bool any = false;
  crossroads_.bell(index).answer();
  crossroads_.receive(
      index,
      [&](unsigned from, const worker::Crossing& said) {
        if (std::holds_alternative<worker::LentPacket>(said)) ++counters_.packets_crossed;
        any = true;
        site.worker.receive(now_, from, said);
      },
      [&] { flush(site); });
  return any;
}

void Server::flush(Site& site) {
  while (!site.worker.flush(now_, out_)) leave();
  leave();
}

void Server::leave() {
  for (const SendBatch::Entry& entry : out_.entries()) {
    const ByteView bytes = out_.bytes(entry);
    const transport::PacketKind kind = transport::packet_kind(bytes);
    if (kind == transport::PacketKind::kRtp) ++counters_.rtp_sent;
    if (kind == transport::PacketKind::kDtls) handshakes_.push_back({entry.to, {bytes.begin(), bytes.end()}});
  }
  out_.clear();
}

void Server::measure() {
  const Duration interval = now_ - next_report_ + 1s;
  for (unsigned i = 0; i < size(); ++i) {
    Site& site = sites_[i];
    const std::uint64_t packets = site.packets();
    const Duration used = cost_of_packet_ * static_cast<Duration::rep>(packets - site.measured);
    site.measured = packets;
    site.load = static_cast<double>(used.count()) / static_cast<double>(interval.count());
    control_.measured(i, site.load);
  }
  next_report_ = now_ + 1s;
}

worker::Counters Server::sums() const {
  worker::Counters sums;
  for (const Site& site : sites_) {
    sums.rtp_received += site.worker.counters().rtp_received;
    sums.rtp_forwarded += site.worker.counters().rtp_forwarded;
    sums.rtp_lent += site.worker.counters().rtp_lent;
  }
  return sums;
}

std::size_t Server::packets_held() const {
  std::size_t sum = 0;
  for (const Site& site : sites_) sum += site.worker.packets_in_use() + site.worker.packets_borrowed();
  return sum;
}

std::uint64_t Server::drops() const {
  std::uint64_t sum = 0;
  for (const Site& site : sites_)
    for (std::size_t i = 0; i < transport::kDropCount; ++i) sum += site.worker.drops()[static_cast<transport::Drop>(i)];
  return sum;
}

std::size_t Server::mirrors() const {
  std::size_t standing = 0;
  for (unsigned i = 0; i < size(); ++i) standing += sites_[i].worker.producers() - control_.census(i).producers;
  return standing;
}

}  // namespace consomme::sim
