// Over real loopback sockets: what one sends the other receives, byte for byte.
#include "net/udp_socket.h"

#include <netinet/udp.h>
#include <sys/socket.h>

#include <limits>

#include "net/clock.h"
#include "net/socket_address.h"

namespace consomme::net {
namespace {

constexpr IpAddress kLoopback4 = IpAddress::v4(0x7f000001);
constexpr IpAddress kLoopback6 = IpAddress::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});

using Bytes = std::vector<std::uint8_t>;

UdpSocket open(const IpAddress& ip, std::uint8_t number = 0) {
  auto socket = UdpSocket::open({.ip = ip, .socket = number});
  EXPECT_TRUE(socket) << socket.error().text;
  return std::move(*socket);
}

// Bytes that no other datagram of a test has.
Bytes content(std::size_t size, std::size_t seed) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + seed * 13 + (seed >> 3));
  return bytes;
}

// The datagrams that arrive until there are `count`, or none came for two seconds.
std::vector<std::pair<Tuple, Bytes>> receive(UdpSocket& socket, std::size_t count) {
  EpollLoop loop;
  const Watch watch(loop, socket.fd(), {}, {.read = true});
  const Clock clock;
  std::vector<std::pair<Tuple, Bytes>> all;
  while (all.size() < count) {
    const Instant now = clock.now();
    if (loop.wait(now, now + 2s).empty()) break;
    for (const Datagram& datagram : socket.receive().datagrams)
      all.emplace_back(datagram.from, Bytes(datagram.bytes.begin(), datagram.bytes.end()));
  }
  return all;
}

TEST(UdpSocket, KnowsWhetherItsBuffersAreWhatWasAskedFor) {
  const UdpOptions small{.ip = kLoopback4, .receive_buffer_bytes = 8192, .send_buffer_bytes = 8192};
  EXPECT_TRUE(UdpSocket::open(small)->has_buffers());
  UdpOptions more_than_there_is = small;
  more_than_there_is.receive_buffer_bytes = std::numeric_limits<int>::max();
  EXPECT_FALSE(UdpSocket::open(more_than_there_is)->has_buffers());
  more_than_there_is = small;
  more_than_there_is.send_buffer_bytes = std::numeric_limits<int>::max();
  EXPECT_FALSE(UdpSocket::open(more_than_there_is)->has_buffers());
}

void exchange(const IpAddress& ip) {
  UdpSocket sender = open(ip);
  UdpSocket ada = open(ip, 3);
  UdpSocket bob = open(ip);
  std::vector<Bytes> to_ada;
  std::vector<Bytes> to_bob;
  SendBatch batch;
  const std::size_t sizes[] = {1200, 1200, 1200, 700, 160, 160, 1500, 1, 1, 1, 900, 901, 900, 899};
  for (std::size_t i = 0; batch.has_room(); ++i) {
    const bool is_ada = i / 14 % 3 != 1;
    const Bytes bytes = content(sizes[i % std::size(sizes)], i);
    (is_ada ? to_ada : to_bob).push_back(bytes);
    batch.append({.remote = is_ada ? ada.local() : bob.local()}, bytes);
  }
  sender.send(batch);

  const auto at_ada = receive(ada, to_ada.size());
  const auto at_bob = receive(bob, to_bob.size());
  ASSERT_EQ(at_ada.size(), to_ada.size());
  ASSERT_EQ(at_bob.size(), to_bob.size());
  for (std::size_t i = 0; i < to_ada.size(); ++i) {
    EXPECT_EQ(at_ada[i].second, to_ada[i]) << i;
    EXPECT_EQ(at_ada[i].first, (Tuple{sender.local(), Protocol::kUdp, 3}));
  }
  for (std::size_t i = 0; i < to_bob.size(); ++i) EXPECT_EQ(at_bob[i].second, to_bob[i]) << i;
  EXPECT_LT(sender.sent().messages, sender.sent().datagrams);
  EXPECT_LT(ada.received().messages, ada.received().datagrams);
  EXPECT_EQ(ada.received().datagrams, to_ada.size());
}

TEST(UdpSocket, CarriesMixedSizesUnchangedOverIpv4) {
  exchange(kLoopback4);
}

TEST(UdpSocket, CarriesMixedSizesUnchangedOverIpv6) {
  exchange(kLoopback6);
}

TEST(UdpSocket, ARunIsOneMessageFromEndToEnd) {
  UdpSocket sender = open(kLoopback4);
  UdpSocket receiver = open(kLoopback4);
  SendBatch batch;
  for (std::size_t i = 0; i < 10; ++i) batch.append({.remote = receiver.local()}, content(i < 9 ? 1200 : 300, i));
  sender.send(batch);
  const auto got = receive(receiver, 10);
  ASSERT_EQ(got.size(), 10u);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(got[i].second, content(i < 9 ? 1200 : 300, i));
  EXPECT_EQ(sender.sent().messages, 1u);
  EXPECT_EQ(receiver.received().messages, 1u);
}

TEST(UdpSocket, DropsDatagramsAboveTheLimitAndCountsThem) {
  UdpSocket receiver = open(kLoopback4);
  auto raw = open_socket(kLoopback4, SOCK_DGRAM);
  ASSERT_TRUE(raw);
  KernelAddress to{};
  const socklen_t length = to_kernel(receiver.local(), to);
  for (const std::size_t size : {1501u, 5000u, 1500u}) {
    const Bytes bytes = content(size, size);
    ASSERT_EQ(sendto(raw->get(), bytes.data(), size, 0, &to.any, length), static_cast<ssize_t>(size));
  }
  ASSERT_TRUE(set_option(*raw, SOL_UDP, UDP_SEGMENT, 1600));  // a run of two too large ones and a remainder that is not
  const Bytes run = content(3300, 1);
  ASSERT_EQ(sendto(raw->get(), run.data(), run.size(), 0, &to.any, length), 3300);

  const auto got = receive(receiver, 2);
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].second, content(1500, 1500));
  EXPECT_EQ(got[1].second, Bytes(run.begin() + 3200, run.end()));
  EXPECT_EQ(receiver.received().dropped_oversize, 4u);
}

TEST(UdpSocket, CountsWhatTheKernelHadNoRoomFor) {
  UdpSocket sender = open(kLoopback4);
  auto narrow = UdpSocket::open({.ip = kLoopback4, .receive_buffer_bytes = 1});  // the kernel's least
  ASSERT_TRUE(narrow);
  SendBatch batch;
  std::size_t sent = 0;
  for (; batch.has_room(); ++sent)
    batch.append({.remote = narrow->local()}, content(100 + sent, sent));  // ever longer: none joins another
  EXPECT_EQ(narrow->dropped_unread(), 0U);
  sender.send(batch);
  EXPECT_EQ(narrow->dropped_unread() + receive(*narrow, 1).size(), sent);
  EXPECT_GT(narrow->dropped_unread(), 0U);
}

TEST(UdpSocket, AnEmptyDatagramIsNothing) {
  UdpSocket sender = open(kLoopback4);
  UdpSocket receiver = open(kLoopback4);
  SendBatch batch;
  batch.append({.remote = receiver.local()}, {});
  batch.append({.remote = receiver.local()}, content(10, 1));
  sender.send(batch);
  EXPECT_EQ(receive(receiver, 1).size(), 1u);
}

// IPV6_MTU narrows the path as the socket sees it: the kernel refuses wider segments, and fragments single packets.
TEST(UdpSocket, ASegmentAbovePathMtuArrivesAllTheSame) {
  UdpSocket sender = open(kLoopback6);
  UdpSocket receiver = open(kLoopback6);
  const int mtu = 1280;
  ASSERT_EQ(setsockopt(sender.fd(), IPPROTO_IPV6, IPV6_MTU, &mtu, sizeof mtu), 0);
  for (int round = 0; round < 2; ++round) {
    SendBatch batch;
    for (std::size_t i = 0; i < 10; ++i) batch.append({.remote = receiver.local()}, content(1400, i));
    sender.send(batch);
    const auto got = receive(receiver, 10);
    ASSERT_EQ(got.size(), 10u);
    for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(got[i].second, content(1400, i));
  }
  EXPECT_GE(sender.sent().segmentation_refused, 1u);
  EXPECT_LE(sender.sent().segmentation_refused, 2u);  // 9 and 1 of ten packets are two runs, refused before any is sent
  EXPECT_EQ(sender.sent().messages, 20u);
}

TEST(UdpSocket, AnAddressOfTheOtherFamilyIsDroppedAndCounted) {
  UdpSocket sender = open(kLoopback6);
  UdpSocket receiver = open(kLoopback6);
  SendBatch batch;
  batch.append({.remote = {kLoopback4, 9}}, content(10, 1));
  batch.append({.remote = receiver.local()}, content(10, 2));
  sender.send(batch);
  EXPECT_EQ(receive(receiver, 1).size(), 1u);
  EXPECT_EQ(sender.sent().dropped_refused, 1u);
}

TEST(UdpSocket, SaysWhenThereIsMoreThanOneTurnsShare) {
  UdpSocket sender = open(kLoopback4);
  UdpSocket receiver = open(kLoopback4);
  SendBatch batch;
  for (std::size_t i = 0; i < 40; ++i) batch.append({.remote = receiver.local()}, content(100 + i, i));  // no runs
  sender.send(batch);

  EpollLoop loop;
  const Watch watch(loop, receiver.fd(), {}, {.read = true});
  const Instant start{1s};
  ASSERT_FALSE(loop.wait(start, start + 2s).empty());
  Received first = receiver.receive();
  EXPECT_EQ(first.datagrams.size(), 32u);
  EXPECT_TRUE(first.more);
  const Received second = receiver.receive();
  EXPECT_EQ(second.datagrams.size(), 8u);
  EXPECT_FALSE(second.more);
  EXPECT_TRUE(receiver.receive().datagrams.empty());
}

TEST(UdpSocket, TakesTheFirstFreePortOfItsRange) {
  const UdpSocket taken = open(kLoopback4);
  const std::uint16_t first = taken.local().port;
  auto next = UdpSocket::open({.ip = kLoopback4, .first_port = first, .last_port = std::uint16_t(first + 20)});
  ASSERT_TRUE(next) << next.error().text;
  EXPECT_GT(next->local().port, first);
  EXPECT_LE(next->local().port, first + 20);

  const auto none = UdpSocket::open({.ip = kLoopback4, .first_port = first, .last_port = first});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kConflict);
}

TEST(UdpSocket, AnAddressThatIsNotOursIsUnavailable) {
  const auto socket = UdpSocket::open({.ip = *IpAddress::parse("203.0.113.1")});
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(socket.error().text, ::testing::HasSubstr("203.0.113.1"));
}

TEST(UdpSocket, AnIpv6SocketLeavesThePortToIpv4) {
  const UdpSocket six = open(IpAddress());
  const auto four = UdpSocket::open({.ip = IpAddress::v4(0), .first_port = six.local().port});
  EXPECT_TRUE(four) << four.error().text;
}

}  // namespace
}  // namespace consomme::net
