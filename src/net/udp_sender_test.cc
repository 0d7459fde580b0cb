// The sender against a kernel that refuses: a test plays sendmmsg. (A buffer that is really full: udp_congestion_test.)
#include "net/udp_sender.h"

#include <netinet/udp.h>
#include <sys/socket.h>

#include <cerrno>

#include "net/socket_address.h"

namespace consomme::net {
namespace {

using ::testing::ElementsAre;

constexpr SocketAddress kAda{IpAddress::v4(0x0a000001), 5000};
constexpr SocketAddress kBob{IpAddress::v4(0x0a000002), 5000};
constexpr std::size_t kBytes = 100;
constexpr int kNoFd = -1;

struct Sent {
  SocketAddress to;
  std::size_t segments;
};

// What the played kernel did and is about to do.
struct Kernel {
  std::vector<Sent> messages;
  std::vector<std::uint8_t> first_bytes;  // of each datagram, in the order of leaving
  std::size_t room = 1'000'000;           // messages until EAGAIN
  int run_error = 0;                      // for messages of several segments ...
  SocketAddress run_error_to;             // ... to this peer (none named: to all)
  int peer_error = 0;                     // for anything to error_to
  SocketAddress error_to;
  int interruptions = 0;
};
thread_local Kernel* kernel = nullptr;

int error_of(const Kernel& k, const SocketAddress& to, std::size_t segments) {
  if (k.room == 0) return EAGAIN;
  const bool concerned = k.run_error_to == SocketAddress{} || k.run_error_to == to;
  if (k.run_error != 0 && segments > 1 && concerned) return k.run_error;
  return to == k.error_to ? k.peer_error : 0;
}

std::size_t segment_bytes(const msghdr& header) {
  if (header.msg_controllen == 0) return header.msg_iov->iov_len;
  std::uint16_t bytes = 0;
  std::memcpy(&bytes, CMSG_DATA(CMSG_FIRSTHDR(&header)), sizeof bytes);
  return bytes;
}

// Like the kernel's: messages until the first error; the error itself only when it is the first message's.
int play_sendmmsg(int, mmsghdr* messages, unsigned count, int) {
  if (kernel->interruptions > 0) {
    --kernel->interruptions;
    errno = EINTR;
    return -1;
  }
  for (unsigned i = 0; i < count; ++i) {
    const msghdr& header = messages[i].msg_hdr;
    const SocketAddress to = from_kernel(*static_cast<const KernelAddress*>(header.msg_name));
    const std::size_t segment = segment_bytes(header);
    const std::size_t segments = (header.msg_iov->iov_len + segment - 1) / segment;
    if (const int error = error_of(*kernel, to, segments); error != 0) {
      errno = error;
      return i > 0 ? static_cast<int>(i) : -1;
    }
    --kernel->room;
    kernel->messages.push_back({to, segments});
    const auto* bytes = static_cast<const std::uint8_t*>(header.msg_iov->iov_base);
    for (std::size_t s = 0; s < segments; ++s) kernel->first_bytes.push_back(bytes[s * segment]);
  }
  return static_cast<int>(count);
}

class UdpSenderTest : public ::testing::Test {
 protected:
  UdpSenderTest() { kernel = &kernel_; }
  ~UdpSenderTest() override { kernel = nullptr; }

  // `count` datagrams to `to`, whose first bytes go on counting.
  void append(const SocketAddress& to, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      std::vector<std::uint8_t> bytes(kBytes, next_++);
      batch_.append({.remote = to}, bytes);
    }
  }
  void send() {
    sender_.send(kNoFd, batch_);
    batch_.clear();
  }
  std::vector<std::size_t> segments() const {
    std::vector<std::size_t> result;
    for (const Sent& sent : kernel_.messages) result.push_back(sent.segments);
    return result;
  }
  void expect_all_left_in_order() const {
    ASSERT_EQ(kernel_.first_bytes.size(), next_);
    for (std::size_t i = 0; i < next_; ++i) EXPECT_EQ(kernel_.first_bytes[i], i);
  }

  Kernel kernel_;
  UdpSender sender_{0, Segmentation(true), play_sendmmsg};
  SendBatch batch_;
  std::uint8_t next_ = 0;
};

TEST_F(UdpSenderTest, SendsOneMessageARunAndAllInOneCall) {
  append(kAda, 12);
  append(kBob, 3);
  send();
  EXPECT_THAT(segments(), ElementsAre(10, 2, 3));
  EXPECT_EQ(sender_.counters().system_calls, 1u);
  EXPECT_EQ(sender_.counters().datagrams, 15u);
  EXPECT_EQ(sender_.counters().bytes, 15 * kBytes);
  expect_all_left_in_order();
}

TEST_F(UdpSenderTest, LooksOnlyAtItsOwnEntries) {
  const std::vector<std::uint8_t> bytes(kBytes);
  batch_.append({.remote = kAda, .protocol = Protocol::kTcp}, bytes);
  batch_.append({.remote = kAda, .socket = 1}, bytes);
  send();
  EXPECT_TRUE(kernel_.messages.empty());
}

TEST_F(UdpSenderTest, KeepsTheOrderWhileTheKernelHasNoRoom) {
  kernel_.room = 1;
  append(kAda, 10);
  append(kBob, 5);
  send();
  EXPECT_TRUE(sender_.backlogged());
  EXPECT_EQ(kernel_.first_bytes.size(), 10u);

  append(kAda, 2);
  kernel_.room = 3;
  send();  // must not overtake
  EXPECT_EQ(kernel_.first_bytes.size(), 10u);
  sender_.flush(kNoFd);
  EXPECT_EQ(kernel_.first_bytes.size(), 13u);
  EXPECT_TRUE(sender_.backlogged());

  kernel_.room = 100;
  sender_.flush(kNoFd);
  EXPECT_FALSE(sender_.backlogged());
  expect_all_left_in_order();
  EXPECT_EQ(sender_.counters().dropped_backlog, 0u);
}

TEST_F(UdpSenderTest, TheOldestOfAFullBacklogGivesWay) {
  kernel_.room = 0;
  constexpr std::size_t kSurplus = 4;
  for (std::size_t sent = 0; sent < kMaxBacklogDatagrams + kSurplus; sent += kSurplus) {
    append(kAda, kSurplus);
    send();
  }
  EXPECT_EQ(sender_.counters().dropped_backlog, kSurplus);

  kernel_.room = 1'000'000;
  sender_.flush(kNoFd);
  ASSERT_EQ(kernel_.first_bytes.size(), kMaxBacklogDatagrams);
  EXPECT_EQ(kernel_.first_bytes.front(), kSurplus);
  EXPECT_EQ(kernel_.first_bytes.back(), static_cast<std::uint8_t>(next_ - 1));
}

TEST_F(UdpSenderTest, ARunTooWideForAPathGoesPacketByPacketFromThenOn) {
  for (const int error : {EMSGSIZE, EINVAL}) {
    kernel_ = {};
    kernel_.run_error = error;
    kernel_.run_error_to = kBob;
    sender_ = UdpSender(0, Segmentation(true), play_sendmmsg);
    next_ = 0;
    append(kAda, 2);
    append(kBob, 3);
    append(kAda, 2);
    send();
    EXPECT_THAT(segments(), ElementsAre(2, 1, 1, 1, 2));
    append(kBob, 2);
    send();
    expect_all_left_in_order();
    EXPECT_EQ(sender_.counters().segmentation_refused, 1u);
  }
}

TEST_F(UdpSenderTest, ADeviceThatCannotSegmentSwitchesItOffForAll) {
  kernel_.run_error = EIO;
  append(kAda, 2);
  append(kBob, 2);
  send();
  EXPECT_THAT(segments(), ElementsAre(1, 1, 1, 1));
  EXPECT_EQ(sender_.counters().segmentation_refused, 1u);
  expect_all_left_in_order();
}

TEST_F(UdpSenderTest, APeerThatIsGoneHarmsNobodyElse) {
  for (const int error : {ECONNREFUSED, ENETUNREACH, EHOSTUNREACH, EPERM, ENOBUFS}) {
    kernel_ = {};
    kernel_.peer_error = error;
    kernel_.error_to = kBob;
    append(kAda, 1);
    append(kBob, 3);
    append(kAda, 1);
    send();
    EXPECT_EQ(kernel_.messages.size(), 2u) << error;
  }
  EXPECT_EQ(sender_.counters().dropped_refused, 15u);
  EXPECT_EQ(sender_.counters().segmentation_refused, 0u);
  EXPECT_FALSE(sender_.backlogged());
}

TEST_F(UdpSenderTest, APacketTooBigEvenAloneIsDroppedAndCounted) {
  kernel_.peer_error = EMSGSIZE;
  kernel_.error_to = kBob;
  append(kBob, 3);
  append(kAda, 1);
  send();
  EXPECT_EQ(sender_.counters().dropped_too_big, 3u);
  EXPECT_EQ(kernel_.messages.size(), 1u);
}

TEST_F(UdpSenderTest, AnInterruptedCallIsRepeated) {
  kernel_.interruptions = 2;
  append(kAda, 3);
  send();
  expect_all_left_in_order();
}

TEST_F(UdpSenderTest, ABatchOfManyPeersTakesSeveralCalls) {
  for (std::uint16_t i = 0; i < 200; ++i) append({kAda.ip, static_cast<std::uint16_t>(5000 + i)}, 1);
  send();
  EXPECT_EQ(sender_.counters().system_calls, 4u);
  expect_all_left_in_order();
}

}  // namespace
}  // namespace consomme::net
