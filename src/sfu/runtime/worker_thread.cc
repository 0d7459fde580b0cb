#include "sfu/runtime/worker_thread.h"

#include <utility>

#include "net/thread.h"
#include "sfu/runtime/free_memory.h"

namespace consomme::sfu {

namespace {

constexpr Duration kReportInterval = 1s;
// What a mailbox holds before senders wait: a burst of a thousand joins with ten commands each fits several times.
constexpr std::size_t kMailboxCommands = 65536;
// A socket gives way to the others of its loop after this many batches (a batch is up to 64 messages).
constexpr int kReceivesPerTurn = 4;
// A worker whose ring was full is given so long to empty it: it is in the middle of a turn.
constexpr Duration kCrossingRetry = 1ms;

// Owners of epoll tokens; TCP endpoints and UDP sockets are numbered upwards.
constexpr std::uint16_t kMailboxOwner = 0;
constexpr std::uint16_t kBellOwner = 1;
constexpr std::uint16_t kSharedPortOwner = 2;
constexpr std::uint16_t kFirstUdpOwner = 0x100;
constexpr std::uint16_t kFirstTcpOwner = 0x200;

// What sockets drop, by the names that operators see beside transport::kDropNames.
template <class Counters>
struct SocketDrop {
  std::string_view reason;
  std::uint64_t Counters::* count;
};
constexpr SocketDrop<net::UdpReceiveCounters> kUdpReceiveDrops[] = {
    {"udp-oversize", &net::UdpReceiveCounters::dropped_oversize},
    {"udp-surplus", &net::UdpReceiveCounters::dropped_surplus},
};
constexpr SocketDrop<net::UdpSendCounters> kUdpSendDrops[] = {
    {"udp-too-big", &net::UdpSendCounters::dropped_too_big},
    {"udp-refused", &net::UdpSendCounters::dropped_refused},
    {"udp-backlog", &net::UdpSendCounters::dropped_backlog},
};
constexpr SocketDrop<net::TcpCounters> kTcpDrops[] = {
    {"tcp-limit", &net::TcpCounters::refused_limit},
    {"tcp-oversize", &net::TcpCounters::closed_oversize},
    {"tcp-congested", &net::TcpCounters::dropped_congested},
    {"tcp-gone", &net::TcpCounters::dropped_no_connection},
};

// What does not fit stays in `items`, in order.
template <class T>
void push_in_order(net::Mailbox<T>& mailbox, std::vector<T>& items) {
  auto next = items.begin();
  while (next != items.end() && mailbox.push(std::move(*next))) ++next;
  items.erase(items.begin(), next);
}

}  // namespace

Result<std::unique_ptr<WorkerThread>> WorkerThread::open(const Setup& setup, const Shared& shared) {
  auto crypto = srtp::CryptoEngine::make();
  if (!crypto) return std::unexpected(crypto.error());
  std::unique_ptr<WorkerThread> thread(new WorkerThread(setup, shared, std::move(*crypto)));
  if (const auto bound = thread->bind(setup); !bound) return std::unexpected(bound.error());
  return thread;
}

WorkerThread::WorkerThread(const Setup& setup, const Shared& shared, srtp::CryptoEngine crypto)
    : index_(setup.index),
      core_(setup.core),
      clock_(shared.clock),
      control_(&shared.control),
      crossroads_(&shared.crossroads),
      port_(shared.port),
      crypto_(std::move(crypto)),
      worker_(setup.worker, shared.dtls, crypto_),
      mailbox_(kMailboxCommands),
      mailbox_watch_(loop_, mailbox_.fd(), {.owner = kMailboxOwner}, {.read = true}),
      bell_watch_(loop_, crossroads_->bell(index_).fd(), {.owner = kBellOwner}, {.read = true}),
      next_report_(clock_.now() + kReportInterval) {
  if (port_ == nullptr) return;
  const auto fds = port_->fds(index_);
  for (std::size_t i = 0; i < fds.size(); ++i)
    port_watches_[i] = net::Watch(loop_, fds[i], {.owner = kSharedPortOwner}, {.read = true});
}

WorkerThread::~WorkerThread() {
  stop();
}

void WorkerThread::stop() {
  if (!thread_.joinable()) return;
  stop_ = true;
  mailbox_.push(worker::CloseTransport{});  // wakes the loop; names no transport
  thread_.join();
}

// The ports of an endpoint that is to be shared, found by being alone on them: a server of the same user would be let
// into a group of sockets that share one, and a port that the kernel chooses for such a socket may be another group's.
Result<Endpoint> WorkerThread::free_ports(Endpoint endpoint) {
  if (endpoint.udp_port) {
    const auto alone =
        net::UdpSocket::open({.ip = endpoint.ip, .first_port = *endpoint.udp_port, .last_port = *endpoint.udp_port});
    if (!alone) return std::unexpected(alone.error());
    endpoint.udp_port = alone->local().port;
  }
  if (endpoint.tcp_port) {
    const auto alone = net::TcpEndpoint::open(loop_, kFirstTcpOwner, {.ip = endpoint.ip, .port = *endpoint.tcp_port});
    if (!alone) return std::unexpected(alone.error());
    endpoint.tcp_port = alone->local().port;
  }
  return endpoint;
}

Result<void> WorkerThread::bind(const Setup& setup) {
  udp_.reserve(setup.endpoints.size());
  tcp_.reserve(setup.endpoints.size());
  for (std::size_t i = 0; i < setup.endpoints.size(); ++i) {
    Endpoint endpoint = setup.endpoints[i];
    const auto number = static_cast<std::uint8_t>(i);
    if (port_ != nullptr && index_ == 0) {
      const auto free = free_ports(endpoint);
      if (!free) return std::unexpected(free.error());
      endpoint = *free;
    }
    if (endpoint.udp_port) {
      auto socket = net::UdpSocket::open({.ip = endpoint.ip,
                                          .first_port = *endpoint.udp_port,
                                          .last_port = *endpoint.udp_port,
                                          .socket = number,
                                          .shared = port_ != nullptr});
      if (!socket) return std::unexpected(socket.error());
      bound_.push_back({socket->local(), Protocol::kUdp, number});
      if (port_ != nullptr) port_->steer(number, socket->fd(), index_);
      udp_.push_back(std::move(*socket));
      const auto owner = static_cast<std::uint16_t>(kFirstUdpOwner + udp_.size() - 1);
      udp_watches_.emplace_back(loop_, udp_.back().fd(), net::Token{.owner = owner}, net::Interest{.read = true});
    }
    if (endpoint.tcp_port) {
      const auto owner = static_cast<std::uint16_t>(kFirstTcpOwner + tcp_.size());
      auto tcp = net::TcpEndpoint::open(
          loop_, owner, {.ip = endpoint.ip, .port = *endpoint.tcp_port, .socket = number, .shared = port_ != nullptr});
      if (!tcp) return std::unexpected(tcp.error());
      bound_.push_back({tcp->local(), Protocol::kTcp, number});
      tcp_.push_back(std::move(*tcp));
    }
  }
  return {};
}

void WorkerThread::run() {
  thread_ = std::jthread([this] { loop(); });
}

void WorkerThread::tell(worker::Command command) {
  waiting_.push_back(std::move(command));
  push_waiting();
}

void WorkerThread::push_waiting() {
  push_in_order(mailbox_, waiting_);
}

void WorkerThread::loop() {
  net::name_thread("worker " + std::to_string(index_));
  if (core_) net::pin_thread(*core_);
  while (!stop_) {
    const Instant before = clock_.now();
    const auto events = loop_.wait(before, next_wake());
    const Instant now = clock_.now();
    for (const net::Event& event : events) handle(now, event);
    receive_crossings(now);
    while (!worker_.expire(now, batch_)) send_batch();
    for (net::TcpEndpoint& tcp : tcp_) tcp.expire(now);
    flush(now);
    for (const worker::Notice& notice : worker_.take_notices()) unsent_.emplace_back(notice);
    if (now >= next_report_) report(now);
    push_in_order(*control_, unsent_);
  }
}

Instant WorkerThread::next_wake() const {
  Instant wake = std::min({worker_.deadline(), next_report_, next_crossing_});
  for (const net::TcpEndpoint& tcp : tcp_) wake = std::min(wake, tcp.deadline());
  return wake;
}

void WorkerThread::handle(Instant now, const net::Event& event) {
  const std::uint16_t owner = event.token.owner;
  if (owner == kMailboxOwner) return take_commands(now);
  if (owner == kBellOwner) return crossroads_->bell(index_).answer();
  if (owner == kSharedPortOwner) return receive_handed_over(now);
  if (owner >= kFirstTcpOwner) return receive_tcp(now, tcp_[owner - kFirstTcpOwner], event);
  net::UdpSocket& socket = udp_[owner - kFirstUdpOwner];
  if (event.writable) socket.flush();
  if (event.readable) receive_udp(now, socket);
}

void WorkerThread::receive(Instant now, const Datagram& datagram) {
  make_room();
  if (!worker_.accept(now, datagram, batch_)) hand_over(datagram);
}

void WorkerThread::receive_udp(Instant now, net::UdpSocket& socket) {
  for (int turn = 0; turn < kReceivesPerTurn; ++turn) {
    const net::Received received = socket.receive();
    for (const Datagram& datagram : received.datagrams) receive(now, datagram);
    if (!received.more) return;
    flush(now);  // a flood must not grow the queues of a turn without end
  }
}

// The first frame of a connection is a check, which says whose it is. The frames that came with it follow it.
void WorkerThread::receive_tcp(Instant now, net::TcpEndpoint& endpoint, const net::Event& event) {
  const std::span<const Datagram> frames = endpoint.handle(now, event);
  if (port_ != nullptr && !frames.empty()) {
    const Tuple& from = frames.front().from;
    const auto owner = port_->owner(frames.front());
    if (owner && *owner != index_ && !worker_.knows(from)) {
      auto detached = endpoint.detach(from.remote);
      if (detached) port_->hand_over(*owner, SharedPort::MovedConnection{std::move(*detached), from.socket});
    }
  }
  for (const Datagram& frame : frames) receive(now, frame);
  if (!frames.empty()) vouch(now, frames.back().from);
}

void WorkerThread::vouch(Instant now, const Tuple& from) {
  if (from.protocol == Protocol::kTcp && worker_.knows(from)) tcp_[from.socket].vouch(now, from.remote);
}

void WorkerThread::hand_over(const Datagram& datagram) {
  const auto owner = port_ != nullptr ? port_->owner(datagram) : std::nullopt;
  if (!owner || *owner == index_) return worker_.refuse(datagram);
  if (!port_->hand_over(*owner, datagram)) return worker_.refuse(datagram, transport::Drop::kHandoverFull);
  ++handed_over_;
}

void WorkerThread::receive_handed_over(Instant now) {
  port_->receive(
      index_,
      [&](const Tuple& claimed) {
        if (worker_.give_up_tuple(now, claimed)) port_->disown(claimed, index_);
      },
      [&](SharedPort::MovedConnection& moved) { tcp_[moved.endpoint].adopt(now, std::move(moved.connection)); },
      [&](const Datagram& datagram) {
        make_room();
        worker_.receive(now, datagram, batch_);  // who it is not for here either, it is for nobody
        vouch(now, datagram.from);
      });
  flush(now);  // as many workers are a flood as well
}

// Before the answers to the checks that brought them leave, so that what is sent upon those is known to be ours.
void WorkerThread::tell_tuples() {
  if (port_ == nullptr) return;
  for (const auto& [tuple, ours] : worker_.take_tuple_changes()) {
    if (!ours)
      port_->disown(tuple, index_);
    else if (!port_->own(tuple, index_))
      worker_.lose_tuple(tuple);
  }
}

void WorkerThread::take_commands(Instant now) {
  mailbox_.drain(commands_);
  for (const worker::Command& command : commands_) {
    make_room();
    worker_.execute(now, command, batch_);
  }
  commands_.clear();
}

void WorkerThread::receive_crossings(Instant now) {
  crossroads_->receive(
      index_, [&](unsigned from, const worker::Crossing& said) { worker_.receive(now, from, said); },
      [&] { flush(now); });  // as many workers are a flood as well
}

void WorkerThread::send_crossings(Instant now) {
  next_crossing_ = kNever;
  const auto outboxes = worker_.outboxes();
  for (unsigned to = 0; to < outboxes.size(); ++to) {
    if (outboxes[to].empty()) continue;
    crossroads_->send(index_, to, outboxes[to]);
    if (!outboxes[to].empty()) next_crossing_ = now + kCrossingRetry;
  }
}

void WorkerThread::make_room() {
  if (batch_.room() < transport::kRoomPerInput) send_batch();
}

// Others can begin with what is for them while this one encrypts.
void WorkerThread::flush(Instant now) {
  send_crossings(now);
  bool done = false;
  while (!done) {
    done = worker_.flush(now, batch_);
    send_batch();
  }
  watch_for_writing();
}

void WorkerThread::send_batch() {
  tell_tuples();
  if (batch_.empty()) return;
  for (net::UdpSocket& socket : udp_) socket.send(batch_);
  for (net::TcpEndpoint& tcp : tcp_) tcp.send(batch_);
  batch_.clear();
}

void WorkerThread::watch_for_writing() {
  for (std::size_t i = 0; i < udp_.size(); ++i) udp_watches_[i].set(udp_[i].interest());
}

void WorkerThread::report(Instant now) {
  const Duration interval = now - next_report_ + kReportInterval;
  const worker::Counters& counters = worker_.counters();
  WorkerReport sums;
  const Duration wanted = net::core_time_wanted();
  const double busy =
      static_cast<double>((wanted - wanted_until_report_).count()) / static_cast<double>(interval.count());
  sums.load = std::max(busy, worker_.share_of_packets());
  sums.packets_received = counters.packets_received;
  sums.bytes_received = counters.bytes_received;
  sums.packets_repaired = counters.rtp_repaired;
  sums.packets_lent = counters.rtp_lent;
  sums.packets_handed_over = handed_over_;
  sums.nacks_received = worker_.rtcp_counts().nacks;
  sums.packets_resent = worker_.rtcp_counts().resent;
  sums.key_frames_asked = worker_.rtcp_counts().key_frame_requests;
  for (std::size_t i = 0; i < transport::kDropCount; ++i)
    sums.drops.emplace_back(transport::kDropNames[i], worker_.drops()[static_cast<transport::Drop>(i)]);
  for (const net::UdpSocket& socket : udp_) {
    sums.packets_sent += socket.sent().datagrams;
    sums.bytes_sent += socket.sent().bytes;
    for (const auto& [reason, count] : kUdpReceiveDrops) sums.drops.emplace_back(reason, socket.received().*count);
    sums.drops.emplace_back("udp-unread", socket.dropped_unread());
    for (const auto& [reason, count] : kUdpSendDrops) sums.drops.emplace_back(reason, socket.sent().*count);
  }
  for (const net::TcpEndpoint& tcp : tcp_) {
    sums.packets_sent += tcp.counters().frames_sent;
    sums.bytes_sent += tcp.counters().bytes_sent;
    for (const auto& [reason, count] : kTcpDrops) sums.drops.emplace_back(reason, tcp.counters().*count);
  }
  unsent_.emplace_back(ReportOf{index_, now, std::move(sums)});
  if (worker_.shrink()) return_free_memory_of_thread();
  wanted_until_report_ = wanted;
  next_report_ = now + kReportInterval;
}

}  // namespace consomme::sfu
