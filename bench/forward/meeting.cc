#include "bench/forward/meeting.h"

#include <sys/socket.h>

#include <ctime>
#include <utility>

#include "base/check.h"
#include "net/socket_address.h"

namespace consomme::bench {

namespace {

constexpr IpAddress kLoopback = IpAddress::v4(0x7f000001);
constexpr Duration kVideoInterval = 33ms;
constexpr Duration kAudioInterval = 20ms;
// Fixed header and the extensions that a simulated sender writes.
constexpr std::size_t kSenderHeaderBytes = 24;
// As runtime/worker_thread.cc.
constexpr int kReceivesPerTurn = 4;

net::UdpSocket open(const IpAddress& ip) {
  auto socket = net::UdpSocket::open({.ip = ip});
  check(socket.has_value(), "a UDP port can be bound");
  return std::move(*socket);
}

Tuple tuple_of(const SocketAddress& remote) {
  return {.remote = remote, .protocol = Protocol::kUdp, .socket = 0};
}

// A socket whose buffer stays full: the kernel drops where it would have delivered. The meetings of one run share their
// consumers' addresses.
net::Fd deaf_socket(const SocketAddress& at) {
  auto socket = net::open_socket(at.ip, SOCK_DGRAM);
  check(socket.has_value(), "a socket can be opened");
  net::set_option(*socket, SOL_SOCKET, SO_REUSEADDR, 1);
  net::set_option(*socket, SOL_SOCKET, SO_RCVBUF, 1);
  check(net::bind_socket(*socket, at).has_value(), "loopback can be bound");
  return std::move(*socket);
}

}  // namespace

Duration thread_cpu_time() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

// Reads the clock at the end of each stage, or not at all.
class Meeting::Laps {
 public:
  explicit Laps(bool on) : on_(on) {}

  void begin() {
    if (on_) last_ = thread_cpu_time();
  }
  void end(Stage stage) {
    if (!on_) return;
    const Duration now = thread_cpu_time();
    sums_[static_cast<std::size_t>(stage)] += now - std::exchange(last_, now);
  }
  const std::array<Duration, kStages>& sums() const { return sums_; }

 private:
  bool on_;
  Duration last_{};
  std::array<Duration, kStages> sums_{};
};

Meeting::Meeting(const Work& work, const Destination& to)
    : world_(1),
      turn_interval_((work.video ? kVideoInterval : kAudioInterval) / work.rooms),
      socket_(open(IpAddress::v4(0))),
      watch_(loop_, socket_.fd(), {}, {.read = true}) {
  for (int room = 0; room < work.rooms; ++room) open_room(work, to);
  run_in_memory();
  constexpr int kUntilHistoriesAreFull = 100;  // frames of each sender: over two seconds
  play(kUntilHistoriesAreFull * work.rooms, false);
}

void Meeting::open_room(const Work& work, const Destination& to) {
  net::UdpSocket socket = open(kLoopback);
  sim::Member& sender = join(tuple_of(socket.local()));
  const sim::World::Published published = world_.publish(sender, work.video);
  published.source->stop();  // for one with packets of another size
  sim::SourceConfig config = published.source->config();
  config.packets_per_frame = work.packets_per_frame;
  config.payload_bytes = work.packet_bytes - kSenderHeaderBytes;
  senders_.push_back({sender.client.get(), &sender.client->add(config), std::move(socket)});

  for (int i = 0; i < work.fan_out; ++i) {
    const auto number = static_cast<std::uint32_t>(consumers_.size());
    const SocketAddress address{IpAddress::v4(to.first_address + number), kConsumerPort};
    if (to.loopback) ears_.push_back(deaf_socket(address));
    sim::Member& consumer = join(tuple_of(address));
    consumers_.push_back(consumer.client.get());
    sinks_.push_back(world_.consume(consumer, published.producer).sink);
  }
}

sim::Member& Meeting::join(const Tuple& tuple) {
  sim::Member& member = world_.join({}, {});
  member.client->move_to(tuple);
  return member;
}

// Until everyone is connected and has got media; then the senders pause until nothing is on the way.
void Meeting::run_in_memory() {
  world_.run_for(2s);
  for (const Sender& sender : senders_) sender.source->start(world_.now());
  world_.run_for(500ms);
  for (const Sender& sender : senders_) sender.source->stop();
  world_.run_for(500ms);
  for (const sim::Sink* const sink : sinks_)
    check(!sink->arrivals().empty() && sink->missing() == 0, "every consumer decrypts what it was sent");
  now_ = world_.now();
  for (std::size_t i = 0; i < senders_.size(); ++i)
    senders_[i].source->start(now_ + turn_interval_ * static_cast<std::int64_t>(i + 1));
}

Cost Meeting::play(int turns, bool with_stages) {
  const worker::Counters before = world_.worker().counters();
  const std::uint64_t sent_before = socket_.sent().datagrams;
  Laps laps(with_stages);
  Cost cost;
  for (int i = 0; i < turns; ++i) {
    now_ += turn_interval_;
    let_browsers_act();
    const Duration start = thread_cpu_time();
    turn(laps);
    cost.cpu += thread_cpu_time() - start;
  }
  cost.stages = laps.sums();
  cost.received = world_.worker().counters().rtp_received - before.rtp_received;
  cost.forwarded = world_.worker().counters().rtp_forwarded - before.rtp_forwarded;
  check(socket_.sent().datagrams - sent_before >= cost.forwarded, "the kernel takes everything");
  return cost;
}

// Media goes through the senders' sockets. What consumers send (consent checks, receiver reports) does not count.
void Meeting::let_browsers_act() {
  worker::Worker& worker = world_.worker();
  const SocketAddress to{kLoopback, socket_.local().port};
  for (Sender& sender : senders_) {
    for (const Datagram& datagram : sender.socket.receive().datagrams) sender.client->receive(now_, datagram.bytes);
    sender.client->expire(now_);
    for (auto bytes = sender.client->poll(); !bytes.empty(); bytes = sender.client->poll()) {
      aside_.append(tuple_of(to), bytes);  // one by one, as they come over a network
      sender.socket.send(aside_);
      aside_.clear();
    }
  }
  for (sim::Client* const consumer : consumers_) {
    consumer->expire(now_);
    for (auto bytes = consumer->poll(); !bytes.empty(); bytes = consumer->poll()) {
      worker.receive(now_, {consumer->tuple(), bytes}, aside_);
      aside_.clear();
    }
  }
}

void Meeting::turn(Laps& laps) {
  laps.begin();
  for (const net::Event& event : loop_.wait(now_, now_))
    if (event.readable) receive(laps);
  while (!world_.worker().expire(now_, batch_)) send_batch(laps);
  flush(laps);
  world_.worker().take_notices();
}

void Meeting::receive(Laps& laps) {
  for (int i = 0; i < kReceivesPerTurn; ++i) {
    const net::Received received = socket_.receive();
    laps.end(Stage::kReceive);
    for (const Datagram& datagram : received.datagrams) {
      if (batch_.room() < transport::kRoomPerInput) send_batch(laps);
      world_.worker().receive(now_, datagram, batch_);
    }
    laps.end(Stage::kTakeIn);
    if (!received.more) return;
  }
}

void Meeting::flush(Laps& laps) {
  bool done = false;
  while (!done) {
    done = world_.worker().flush(now_, batch_);
    laps.end(Stage::kWrite);
    send_batch(laps);
  }
  watch_.set(socket_.interest());
}

void Meeting::send_batch(Laps& laps) {
  if (batch_.empty()) return;
  socket_.send(batch_);
  batch_.clear();
  laps.end(Stage::kSend);
}

}  // namespace consomme::bench
