// Over real loopback connections; time is the test's own.
#include "net/tcp_endpoint.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "net/clock.h"
#include "net/rfc4571.h"
#include "net/socket_address.h"

namespace consomme::net {
namespace {

using ::testing::ElementsAre;
using Bytes = std::vector<std::uint8_t>;

constexpr IpAddress kLoopback = IpAddress::v4(0x7f000001);
constexpr std::uint16_t kOwner = 5;

Bytes framed(ByteView frame) {
  Bytes stream;
  append_frame(stream, frame);
  return stream;
}

Bytes numbered(std::size_t size, std::size_t number) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 3 + number);
  store_be<4>(bytes.data(), number);
  return bytes;
}

// The far end of a connection. Its waits end after two seconds.
class Client {
 public:
  Client(const SocketAddress& server, const IpAddress& from)
      : socket_(std::move(*open_socket(server.ip, SOCK_STREAM))) {
    local_ = *bind_socket(socket_, {from, 0});
    set_option(socket_, IPPROTO_TCP, TCP_NODELAY, 1);
    KernelAddress to{};
    const socklen_t length = to_kernel(server, to);
    connect(socket_.get(), &to.any, length);
    wait_for(POLLOUT);
  }

  void write(ByteView bytes) {
    EXPECT_EQ(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  // What can be read now.
  Bytes read_some() {
    Bytes bytes(64 * 1024);
    const ssize_t got = recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
  }
  Bytes read(std::size_t count) {
    Bytes bytes;
    while (bytes.size() < count && wait_for(POLLIN)) {
      const Bytes more = read_some();
      if (more.empty()) break;
      bytes.insert(bytes.end(), more.begin(), more.end());
    }
    return bytes;
  }
  bool was_closed() {
    if (!wait_for(POLLIN)) return false;
    std::uint8_t byte = 0;
    return recv(socket_.get(), &byte, 1, MSG_DONTWAIT) <= 0;
  }
  const SocketAddress& local() const { return local_; }
  const Fd& socket() const { return socket_; }

 private:
  bool wait_for(short events) {
    pollfd wanted{.fd = socket_.get(), .events = events, .revents = 0};
    return poll(&wanted, 1, 2000) == 1;
  }

  Fd socket_;
  SocketAddress local_;
};

class TcpEndpointTest : public ::testing::Test {
 protected:
  void open(TcpOptions options = {.ip = kLoopback, .socket = 2}) {
    auto opened = TcpEndpoint::open(loop_, kOwner, options);
    ASSERT_TRUE(opened) << opened.error().text;
    endpoint_.emplace(std::move(*opened));
  }
  Client connect(const IpAddress& from = kLoopback) {
    Client client(endpoint_->local(), from);
    turn();
    return client;
  }
  Client connect_vouched() {
    Client client = connect();
    endpoint_->vouch(now_, client.local());
    return client;
  }
  // Waits for events and handles them; what came in is appended to in_.
  bool turn(Duration patience = 2s) {
    const auto events = loop_.wait(now_, now_ + patience);
    for (const Event& event : events) {
      EXPECT_EQ(event.token.owner, kOwner);
      for (const Datagram& datagram : endpoint_->handle(now_, event)) {
        in_.emplace_back(datagram.bytes.begin(), datagram.bytes.end());
        from_ = datagram.from;
      }
    }
    return !events.empty();
  }
  void send(const Client& to, const std::vector<Bytes>& frames) {
    SendBatch batch;
    for (const Bytes& frame : frames) batch.append({to.local(), Protocol::kTcp, 2}, frame);
    endpoint_->send(batch);
  }
  const TcpCounters& counters() const { return endpoint_->counters(); }

  Instant now_{1000s};
  EpollLoop loop_;
  std::optional<TcpEndpoint> endpoint_;
  std::vector<Bytes> in_;
  Tuple from_;
};

TEST_F(TcpEndpointTest, AssemblesAFrameThatComesByteByByte) {
  open();
  Client client = connect();
  const Bytes frame = numbered(20, 1);
  const Bytes stream = framed(frame);
  for (const std::uint8_t& byte : stream) {
    EXPECT_TRUE(in_.empty());
    client.write({&byte, 1});
    ASSERT_TRUE(turn());
  }
  ASSERT_EQ(in_.size(), 1u);
  EXPECT_EQ(in_[0], frame);
  EXPECT_EQ(from_, (Tuple{client.local(), Protocol::kTcp, 2}));
}

TEST_F(TcpEndpointTest, CutsManyFramesAndKeepsTheirTornEnds) {
  open();
  Client client = connect();
  Bytes stream;
  constexpr std::size_t kFrames = 60;  // some 45 KB, several reads
  for (std::size_t i = 0; i < kFrames; ++i) append_frame(stream, numbered(4 + i * 25, i));
  client.write(stream);
  while (in_.size() < kFrames) ASSERT_TRUE(turn());
  for (std::size_t i = 0; i < kFrames; ++i) EXPECT_EQ(in_[i], numbered(4 + i * 25, i));
  EXPECT_EQ(counters().frames_received, kFrames);
}

TEST_F(TcpEndpointTest, WorksOverIpv6) {
  const IpAddress six = *IpAddress::parse("::1");
  open({.ip = six, .socket = 2});
  Client client = connect(six);
  client.write(framed(numbered(100, 7)));
  ASSERT_TRUE(turn());
  ASSERT_EQ(in_.size(), 1u);
  send(client, {numbered(50, 8)});
  EXPECT_EQ(client.read(52), framed(numbered(50, 8)));
}

TEST_F(TcpEndpointTest, IgnoresNullPackets) {
  open();
  Client client = connect();
  const std::uint8_t stream[] = {0, 0, 0, 0, 0, 1, 'x', 0, 0};
  client.write(stream);
  ASSERT_TRUE(turn());
  EXPECT_THAT(in_, ElementsAre(Bytes{'x'}));
}

TEST_F(TcpEndpointTest, AnOversizeFrameClosesTheConnectionAfterTheGoodOnesBefore) {
  open();
  Client client = connect();
  Bytes stream = framed(numbered(kMaxDatagramBytes, 1));
  stream.insert(stream.end(), {0x05, 0xdd});  // 1501
  client.write(stream);
  while (endpoint_->connections() > 0) ASSERT_TRUE(turn());
  EXPECT_THAT(in_, ElementsAre(numbered(kMaxDatagramBytes, 1)));
  EXPECT_TRUE(client.was_closed());
  EXPECT_EQ(counters().closed_oversize, 1u);
}

TEST_F(TcpEndpointTest, AConnectionMovesToAnotherEndpointInTheMiddleOfAFrame) {
  open();
  Client client = connect();
  Bytes stream = framed(numbered(20, 1));
  append_frame(stream, numbered(30, 2));
  client.write(ByteView(stream).first(25));
  ASSERT_TRUE(turn());
  EXPECT_THAT(in_, ElementsAre(numbered(20, 1)));
  auto moving = endpoint_->detach(client.local());
  ASSERT_TRUE(moving.has_value());
  EXPECT_EQ(endpoint_->connections(), 0u);
  EXPECT_FALSE(endpoint_->detach(client.local()).has_value());

  open();  // another, on another port
  endpoint_->adopt(now_, std::move(*moving));
  client.write(ByteView(stream).subspan(25));
  ASSERT_TRUE(turn());
  EXPECT_THAT(in_, ElementsAre(numbered(20, 1), numbered(30, 2)));
  send(client, {numbered(50, 3)});
  EXPECT_EQ(client.read(52), framed(numbered(50, 3)));
}

TEST_F(TcpEndpointTest, SendsFramesToTheirConnections) {
  open();
  Client ada = connect();
  Client bob = connect();
  SendBatch batch;
  batch.append({ada.local(), Protocol::kTcp, 2}, numbered(10, 1));
  batch.append({bob.local(), Protocol::kTcp, 2}, numbered(20, 2));
  batch.append({ada.local(), Protocol::kTcp, 2}, numbered(kMaxDatagramBytes, 3));
  batch.append({ada.local(), Protocol::kUdp, 2}, numbered(30, 4));  // not ours
  batch.append({ada.local(), Protocol::kTcp, 1}, numbered(30, 5));  // not ours
  endpoint_->send(batch);
  Bytes expected = framed(numbered(10, 1));
  append_frame(expected, numbered(kMaxDatagramBytes, 3));
  EXPECT_EQ(ada.read(expected.size()), expected);
  EXPECT_EQ(bob.read(22), framed(numbered(20, 2)));
  EXPECT_TRUE(ada.read_some().empty());
  EXPECT_EQ(counters().frames_sent, 3u);
  EXPECT_EQ(counters().bytes_sent, 10 + 20 + kMaxDatagramBytes);
}

TEST_F(TcpEndpointTest, APeerThatReadsNothingLosesWholeFramesAndNeverSeesATornOne) {
  open();
  Client client = connect();
  const std::size_t kSize = 1207;
  std::size_t sent = 0;
  while (counters().dropped_congested < 1000) {
    ASSERT_LT(sent, 100'000u) << "the output is not bounded";
    std::vector<Bytes> frames;
    for (int i = 0; i < 100; ++i) frames.push_back(numbered(kSize, sent++));
    send(client, frames);
  }

  Bytes stream;
  const std::size_t expected = counters().frames_sent * (kSize + kFrameHeaderBytes);
  for (int idle = 0; stream.size() < expected && idle < 1000;) {
    const Bytes more = client.read_some();
    stream.insert(stream.end(), more.begin(), more.end());
    if (!turn(1ms) && more.empty()) ++idle;
  }
  ASSERT_EQ(stream.size(), expected);
  std::size_t last = 0;
  std::size_t frames = 0;
  FrameCut cut = cut_frame(stream);
  for (; cut.state == FrameState::kComplete; cut = cut_frame(cut.rest), ++frames) {
    const std::size_t number = load_be<4>(cut.frame.data());
    ASSERT_TRUE(std::ranges::equal(cut.frame, numbered(kSize, number)));
    ASSERT_TRUE(frames == 0 || number > last);
    last = number;
  }
  EXPECT_TRUE(cut.rest.empty());
  EXPECT_EQ(frames, counters().frames_sent);
  EXPECT_EQ(counters().frames_sent + counters().dropped_congested, sent);

  send(client, {numbered(30, 1)});  // and then it is well again
  EXPECT_EQ(client.read(32), framed(numbered(30, 1)));
}

TEST_F(TcpEndpointTest, RefusesMoreConnectionsThanItsLimit) {
  open({.ip = kLoopback, .max_connections = 2});
  Client first = connect_vouched();
  Client second = connect_vouched();
  Client third = connect();
  EXPECT_TRUE(third.was_closed());
  EXPECT_EQ(endpoint_->connections(), 2u);
  EXPECT_EQ(counters().refused_limit, 1u);
}

TEST_F(TcpEndpointTest, RefusesMoreConnectionsOfOneRemoteAndTakesAnothers) {
  open({.ip = kLoopback, .max_connections_per_remote = 1});
  Client first = connect_vouched();
  Client second = connect();
  EXPECT_TRUE(second.was_closed());
  Client other = connect(IpAddress::v4(0x7f000002));
  EXPECT_EQ(endpoint_->connections(), 2u);
  EXPECT_EQ(counters().refused_limit, 1u);
}

TEST_F(TcpEndpointTest, StrangersMakeRoomForOthersTheOldestFirst) {
  open({.ip = kLoopback, .socket = 2, .max_connections = 3});
  Client peer = connect_vouched();
  Client first = connect();
  Client second = connect();
  Client third = connect();
  EXPECT_TRUE(first.was_closed());
  EXPECT_EQ(endpoint_->connections(), 3u);
  EXPECT_EQ(counters().refused_limit, 1u);
  send(peer, {numbered(30, 1)});
  send(second, {numbered(30, 2)});
  EXPECT_EQ(peer.read(32), framed(numbered(30, 1)));
  EXPECT_EQ(second.read(32), framed(numbered(30, 2)));
}

TEST_F(TcpEndpointTest, ClosesAStrangerAfterTenSecondsWhateverItSends) {
  open();
  EXPECT_EQ(endpoint_->deadline(), kNever);
  Client stranger = connect();
  EXPECT_EQ(endpoint_->deadline(), now_ + 10s);

  now_ += 9s;
  stranger.write(framed(numbered(4, 1)));
  while (in_.empty()) ASSERT_TRUE(turn());
  endpoint_->expire(now_);
  EXPECT_EQ(endpoint_->connections(), 1u);

  now_ += 1s;
  endpoint_->expire(now_);
  EXPECT_TRUE(stranger.was_closed());
  EXPECT_EQ(counters().closed_idle, 1u);
  EXPECT_EQ(endpoint_->deadline(), kNever);
}

TEST_F(TcpEndpointTest, ClosesAConnectionThatNobodyVouchedForInThirtySeconds) {
  open();
  Client silent = connect_vouched();
  Client alive = connect_vouched();
  now_ += 10s;
  endpoint_->vouch(now_, alive.local());
  endpoint_->expire(now_);
  EXPECT_EQ(endpoint_->connections(), 2u);
  EXPECT_EQ(endpoint_->deadline(), now_ + 20s);

  now_ += 20s;
  endpoint_->expire(now_);
  EXPECT_TRUE(silent.was_closed());
  EXPECT_EQ(endpoint_->connections(), 1u);
  EXPECT_EQ(counters().closed_idle, 1u);
  EXPECT_EQ(endpoint_->deadline(), now_ + 10s);

  now_ += 10s;
  endpoint_->expire(now_);
  EXPECT_TRUE(alive.was_closed());
  endpoint_->vouch(now_, alive.local());  // too late
  EXPECT_EQ(endpoint_->deadline(), kNever);
}

TEST_F(TcpEndpointTest, ForgetsAPeerThatCloses) {
  open();
  std::optional<Client> client = connect();
  const SocketAddress address = client->local();
  client.reset();
  ASSERT_TRUE(turn());
  EXPECT_EQ(endpoint_->connections(), 0u);
  EXPECT_EQ(counters().closed_by_peer, 1u);

  SendBatch batch;
  batch.append({address, Protocol::kTcp, 2}, numbered(10, 1));
  endpoint_->send(batch);
  EXPECT_EQ(counters().dropped_no_connection, 1u);
}

TEST_F(TcpEndpointTest, SurvivesAPeerThatResetsWhileItIsSentTo) {
  open();
  std::optional<Client> client = connect();
  const SocketAddress address = client->local();
  const linger abort{.l_onoff = 1, .l_linger = 0};
  ASSERT_EQ(setsockopt(client->socket().get(), SOL_SOCKET, SO_LINGER, &abort, sizeof abort), 0);
  client.reset();
  SendBatch batch;
  batch.append({address, Protocol::kTcp, 2}, numbered(10, 1));
  endpoint_->send(batch);
  if (endpoint_->connections() > 0) turn();
  EXPECT_EQ(endpoint_->connections(), 0u);
  EXPECT_EQ(counters().closed_by_peer, 1u);
}

TEST_F(TcpEndpointTest, IgnoresAnEventOfAConnectionThatIsGone) {
  open();
  EXPECT_TRUE(endpoint_->handle(now_, {.token = {kOwner, 0, 0}, .readable = true, .writable = true}).empty());
}

TEST_F(TcpEndpointTest, PausesWithoutDescriptorsInsteadOfSpinning) {
  open();
  Client client(endpoint_->local(), kLoopback);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  turn();
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(endpoint_->connections(), 0u);
  EXPECT_FALSE(turn(0s));
  EXPECT_EQ(endpoint_->deadline(), now_ + 1s);

  now_ += 1s;
  endpoint_->expire(now_);
  ASSERT_TRUE(turn());
  EXPECT_EQ(endpoint_->connections(), 1u);
}

// As one whose user has no watches left (ENOSPC), which is not easily brought about.
TEST_F(TcpEndpointTest, RefusesAConnectionThatCannotBeWatched) {
  open();
  endpoint_->adopt(now_, {Fd(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC)), {kLoopback, 1}, {}});
  EXPECT_EQ(endpoint_->connections(), 0u);
  EXPECT_EQ(counters().refused_limit, 1u);
  EXPECT_EQ(endpoint_->deadline(), kNever);
  Client next = connect();
  EXPECT_EQ(endpoint_->connections(), 1u);
}

TEST_F(TcpEndpointTest, SaysThatItsPortIsTaken) {
  open();
  EpollLoop loop;
  const auto second = TcpEndpoint::open(loop, kOwner, {.ip = kLoopback, .port = endpoint_->local().port});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
}

}  // namespace
}  // namespace consomme::net
