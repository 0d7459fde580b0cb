#include "net/udp_receiver.h"

#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "net/socket_address.h"

namespace consomme::net {
namespace {

// One turn's share: up to 32 messages, each coalesced from up to 64 datagrams in practice. What is left is told again
// by the next turn, after timers and other sockets had theirs.
constexpr std::size_t kMessagesPerCall = 32;

// A coalesced message is as large as an IP packet. The surplus keeps the beginnings of the slots from all falling into
// the same cache sets.
constexpr std::size_t kMessageBytes = 64 * 1024;
constexpr std::size_t kSlotBytes = kMessageBytes + 1280;

// The kernel coalesces at most 64 datagrams, and hands on segmentation runs of at most 128 from this host; a device
// could claim more.
constexpr std::size_t kSegmentsPerMessage = 128;

// The size of the segments the kernel coalesced, or the whole message's when it did not.
std::size_t segment_bytes(msghdr& header, std::size_t message_bytes) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr; control = CMSG_NXTHDR(&header, control)) {
    if (control->cmsg_level != SOL_UDP || control->cmsg_type != UDP_GRO) continue;
    int size = 0;
    std::memcpy(&size, CMSG_DATA(control), sizeof size);
    if (size > 0) return static_cast<std::size_t>(size);
  }
  return message_bytes;
}

}  // namespace

struct UdpReceiver::Messages {
  struct alignas(cmsghdr) Control {
    std::array<std::uint8_t, CMSG_SPACE(sizeof(int))> bytes{};
  };

  std::array<mmsghdr, kMessagesPerCall> headers{};
  std::array<iovec, kMessagesPerCall> contents{};
  std::array<KernelAddress, kMessagesPerCall> names{};
  std::array<Control, kMessagesPerCall> controls{};
  // Not initialised: pages that no message ever reaches cost nothing.
  std::unique_ptr<std::uint8_t[]> bytes = std::make_unique_for_overwrite<std::uint8_t[]>(kMessagesPerCall * kSlotBytes);

  Messages() {
    for (std::size_t i = 0; i < kMessagesPerCall; ++i) {
      contents[i] = {bytes.get() + i * kSlotBytes, kMessageBytes};
      make_ready(i);
    }
  }
  // Undoes what the kernel wrote into the header.
  void make_ready(std::size_t i) {
    headers[i].msg_hdr = {.msg_name = &names[i],
                          .msg_namelen = sizeof names[i],
                          .msg_iov = &contents[i],
                          .msg_iovlen = 1,
                          .msg_control = controls[i].bytes.data(),
                          .msg_controllen = controls[i].bytes.size(),
                          .msg_flags = 0};
  }
};

UdpReceiver::UdpReceiver(std::uint8_t socket) : socket_(socket), messages_(std::make_unique<Messages>()) {
  datagrams_.reserve(kMessagesPerCall * kSegmentsPerMessage);
}
UdpReceiver::UdpReceiver(UdpReceiver&&) noexcept = default;
UdpReceiver& UdpReceiver::operator=(UdpReceiver&&) noexcept = default;
UdpReceiver::~UdpReceiver() = default;

// An error is a pending ICMP message or none waiting; neither says more than "nothing".
Received UdpReceiver::receive(int fd) {
  datagrams_.clear();
  ++counters_.system_calls;
  const int got = recvmmsg(fd, messages_->headers.data(), kMessagesPerCall, MSG_DONTWAIT, nullptr);
  const auto messages = static_cast<std::size_t>(std::max(got, 0));
  for (std::size_t i = 0; i < messages; ++i) {
    cut(i);
    messages_->make_ready(i);
  }
  counters_.messages += messages;
  return {datagrams_, messages == kMessagesPerCall};
}

void UdpReceiver::cut(std::size_t message) {
  mmsghdr& header = messages_->headers[message];
  if ((header.msg_hdr.msg_flags & MSG_TRUNC) != 0) {
    ++counters_.dropped_oversize;
    return;
  }
  const Tuple from{.remote = from_kernel(messages_->names[message]), .protocol = Protocol::kUdp, .socket = socket_};
  ByteView rest{static_cast<const std::uint8_t*>(messages_->contents[message].iov_base), header.msg_len};
  const std::size_t segment = segment_bytes(header.msg_hdr, rest.size());
  for (std::size_t i = 0; !rest.empty(); ++i) {
    if (i == kSegmentsPerMessage) {
      counters_.dropped_surplus += (rest.size() + segment - 1) / segment;
      return;
    }
    const ByteView bytes = rest.first(std::min(segment, rest.size()));
    rest = rest.subspan(bytes.size());
    if (bytes.size() > kMaxDatagramBytes) {
      ++counters_.dropped_oversize;
      continue;
    }
    datagrams_.push_back({from, bytes});
    ++counters_.datagrams;
    counters_.bytes += bytes.size();
  }
}

}  // namespace consomme::net
