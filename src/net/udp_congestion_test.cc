// A send buffer that is really full: a network namespace of our own with a tap device, behind which nobody answers ARP
// until the test does. Until then the kernel keeps the packets, and charges them to the socket. (Loopback never does.)
// Runs in a child process, for a namespace cannot be left again; skipped where namespaces or tap devices are not to be
// had.
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/clock.h"
#include "net/socket_address.h"
#include "net/udp_socket.h"

namespace consomme::net {
namespace {

constexpr IpAddress kOurs = IpAddress::v4(0x0a090001);
constexpr IpAddress kTheirs = IpAddress::v4(0x0a090002);
constexpr std::array<std::uint8_t, 6> kTheirMac = {2, 0, 0, 0, 0, 2};
constexpr std::size_t kDatagrams = 100;
constexpr std::size_t kDatagramAt = sizeof(ether_header) + 20 + 8;  // behind the headers of IP and UDP

enum Outcome : int { kInOrder, kSkipped, kNeverFull, kStuck, kOutOfOrder };

ifreq interface_request() {
  ifreq request{};
  std::strcpy(request.ifr_name, "tap0");
  return request;
}

bool set_address(const Fd& control, unsigned long what, std::uint32_t host_order) {
  ifreq request = interface_request();
  KernelAddress address{};
  to_kernel({IpAddress::v4(host_order), 0}, address);
  request.ifr_addr = address.any;
  return ioctl(control.get(), what, &request) == 0;
}

// A tap device that is up, with our address; none where that is not allowed.
Fd open_tap() {
  Fd tap(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  ifreq request = interface_request();
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  if (!tap || ioctl(tap.get(), TUNSETIFF, &request) != 0) return {};
  const Fd control(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  request = interface_request();
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  const bool up = set_address(control, SIOCSIFADDR, kOurs.v4_host_order()) &&
                  set_address(control, SIOCSIFNETMASK, 0xffffff00) && ioctl(control.get(), SIOCSIFFLAGS, &request) == 0;
  return up ? std::move(tap) : Fd();
}

// Turns the question for their address into its answer (RFC 826).
void answer_arp(const Fd& tap, std::vector<std::uint8_t> frame) {
  ether_arp arp{};
  std::memcpy(&arp, frame.data() + sizeof(ether_header), sizeof arp);
  std::memcpy(frame.data(), arp.arp_sha, 6);
  std::memcpy(frame.data() + 6, kTheirMac.data(), 6);
  arp.ea_hdr.ar_op = htons(ARPOP_REPLY);
  std::memcpy(arp.arp_tha, arp.arp_sha, 6);
  std::swap(arp.arp_tpa, arp.arp_spa);
  std::memcpy(arp.arp_sha, kTheirMac.data(), 6);
  std::memcpy(frame.data() + sizeof(ether_header), &arp, sizeof arp);
  if (write(tap.get(), frame.data(), frame.size()) < 0) std::perror("ARP reply");
}

std::uint16_t ether_type(const std::vector<std::uint8_t>& frame) {
  return static_cast<std::uint16_t>(load_be<2>(frame.data() + 2 * ETH_ALEN));
}

// Answers ARP and collects the first bytes of the datagrams to `port` until all have come.
std::vector<std::uint8_t> play_the_network(const Fd& tap, UdpSocket& socket) {
  EpollLoop loop;
  Watch watch(loop, socket.fd(), {.owner = 1}, socket.interest());
  const Watch watch_tap(loop, tap.get(), {.owner = 2}, {.read = true});
  const Clock clock;
  std::vector<std::uint8_t> arrived;
  while (arrived.size() < kDatagrams) {
    const Instant now = clock.now();
    const auto events = loop.wait(now, now + 5s);
    if (events.empty()) break;
    for (const Event& event : events) {
      if (event.token.owner == 1) socket.flush();
      if (event.token.owner != 2) continue;
      std::vector<std::uint8_t> frame(2048);
      const ssize_t size = read(tap.get(), frame.data(), frame.size());
      if (size < static_cast<ssize_t>(kDatagramAt)) continue;
      frame.resize(static_cast<std::size_t>(size));
      if (ether_type(frame) == ETHERTYPE_ARP) answer_arp(tap, frame);
      if (ether_type(frame) == ETHERTYPE_IP) arrived.push_back(frame[kDatagramAt]);
    }
    watch.set(socket.interest());
  }
  return arrived;
}

Outcome congest() {
  if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return kSkipped;
  const Fd tap = open_tap();
  if (!tap) return kSkipped;
  auto socket = UdpSocket::open({.ip = kOurs, .send_buffer_bytes = 1});  // the kernel makes it its smallest
  if (!socket) return kSkipped;

  SendBatch batch;
  for (std::size_t i = 0; i < kDatagrams; ++i) {
    const std::vector<std::uint8_t> bytes(1000 + i % 3, static_cast<std::uint8_t>(i));
    batch.append({.remote = {kTheirs, 5000}}, bytes);
  }
  socket->send(batch);
  if (!socket->interest().write || socket->sent().datagrams >= kDatagrams) return kNeverFull;

  const std::vector<std::uint8_t> arrived = play_the_network(tap, *socket);
  if (arrived.size() != kDatagrams || socket->interest().write) return kStuck;
  for (std::size_t i = 0; i < kDatagrams; ++i)
    if (arrived[i] != i) return kOutOfOrder;
  return kInOrder;
}

TEST(UdpSocket, WaitsForRoomInTheSendBufferAndKeepsTheOrder) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) _exit(congest());
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kSkipped) GTEST_SKIP() << "no network namespace or tap device";
  EXPECT_EQ(WEXITSTATUS(status), kInOrder);
}

}  // namespace
}  // namespace consomme::net
