#include "net/udp_sender.h"

#include <netinet/udp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "net/socket_address.h"

namespace consomme::net {
namespace {

// One call for many messages is worth only some 5 %, so a call need not be long.
constexpr std::size_t kMessagesPerCall = 64;

}  // namespace

// Everything a call points to, side by side; written once where it never changes.
struct UdpSender::Messages {
  struct alignas(cmsghdr) Control {
    std::array<std::uint8_t, CMSG_SPACE(sizeof(std::uint16_t))> bytes{};
  };

  std::array<mmsghdr, kMessagesPerCall> headers{};
  std::array<iovec, kMessagesPerCall> contents{};
  std::array<KernelAddress, kMessagesPerCall> names{};
  std::array<Control, kMessagesPerCall> controls{};
  std::array<std::size_t, kMessagesPerCall> packets{};  // in each message

  Messages() {
    for (std::size_t i = 0; i < kMessagesPerCall; ++i) {
      msghdr& header = headers[i].msg_hdr;
      header.msg_name = &names[i];
      header.msg_iov = &contents[i];
      header.msg_iovlen = 1;
      header.msg_control = controls[i].bytes.data();
      header.msg_controllen = controls[i].bytes.size();
      cmsghdr* const control = CMSG_FIRSTHDR(&header);
      control->cmsg_level = SOL_UDP;
      control->cmsg_type = UDP_SEGMENT;
      control->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
    }
  }

  // `run` is contiguous in memory; all but its last are of the first one's size.
  void set(std::size_t at, std::span<const Packet> run) {
    const ByteView first = run.front().bytes;
    const ByteView last = run.back().bytes;
    packets[at] = run.size();
    contents[at].iov_base = const_cast<std::uint8_t*>(first.data());  // sendmmsg only reads
    contents[at].iov_len = static_cast<std::size_t>(last.data() + last.size() - first.data());
    msghdr& header = headers[at].msg_hdr;
    header.msg_namelen = to_kernel(run.front().to, names[at]);
    header.msg_controllen = run.size() > 1 ? controls[at].bytes.size() : 0;
    const auto segment = static_cast<std::uint16_t>(first.size());
    std::memcpy(controls[at].bytes.data() + CMSG_LEN(0), &segment, sizeof segment);
  }
};

UdpSender::UdpSender(std::uint8_t socket, Segmentation segmentation, SendMessages send_messages)
    : socket_(socket),
      send_messages_(send_messages),
      segmentation_(std::move(segmentation)),
      messages_(std::make_unique<Messages>()) {
  packets_.reserve(kMaxBacklogDatagrams);
}
UdpSender::UdpSender(UdpSender&&) noexcept = default;
UdpSender& UdpSender::operator=(UdpSender&&) noexcept = default;
UdpSender::~UdpSender() = default;

void UdpSender::send(int fd, const SendBatch& batch) {
  packets_.clear();
  for (const SendBatch::Entry& entry : batch.entries())
    if (entry.to.protocol == Protocol::kUdp && entry.to.socket == socket_)
      packets_.push_back({entry.to.remote, batch.bytes(entry)});

  const std::size_t sent = backlogged() ? 0 : transmit(fd, packets_);  // nothing overtakes the backlog
  for (const Packet& packet : std::span(packets_).subspan(sent))
    if (!backlog_.push(packet)) ++counters_.dropped_backlog;
}

void UdpSender::flush(int fd) {
  packets_.clear();
  backlog_.view(packets_);
  backlog_.pop(transmit(fd, packets_));
}

// How many of the first packets are done with, sent or dropped; fewer than all when the kernel has no room.
std::size_t UdpSender::transmit(int fd, std::span<const Packet> packets) {
  std::size_t done = 0;
  while (done < packets.size()) {
    const std::size_t filled = fill(packets.subspan(done));
    for (std::size_t at = 0; at < filled;) {
      const int sent = send_messages_(fd, &messages_->headers[at], static_cast<unsigned>(filled - at), MSG_DONTWAIT);
      ++counters_.system_calls;
      if (sent > 0) {
        done += count_sent(at, static_cast<std::size_t>(sent));
        at += static_cast<std::size_t>(sent);
        continue;
      }
      const int error = errno;
      if (error == EINTR) continue;
      if (error == EAGAIN || error == EWOULDBLOCK) return done;
      const auto refused = packets.subspan(done, messages_->packets[at]);
      if (refused.size() > 1 && learn(error, refused.front().to)) break;  // cut anew, into single packets now
      drop(error, refused.size());
      done += refused.size();
      ++at;
    }
  }
  return done;
}

// Cuts the first packets into messages; returns how many messages.
std::size_t UdpSender::fill(std::span<const Packet> packets) {
  std::size_t filled = 0;
  while (!packets.empty() && filled < kMessagesPerCall) {
    const std::size_t length = segmentation_.run_length(packets);
    messages_->set(filled++, packets.first(length));
    packets = packets.subspan(length);
  }
  return filled;
}

// How many packets the `count` messages from `first` on are.
std::size_t UdpSender::count_sent(std::size_t first, std::size_t count) {
  std::size_t packets = 0;
  for (std::size_t i = first; i < first + count; ++i) {
    packets += messages_->packets[i];
    counters_.bytes += messages_->contents[i].iov_len;
  }
  counters_.messages += count;
  counters_.datagrams += packets;
  return packets;
}

// Whether the error says that this run, or every run, must not be segmented (udp(7)): EMSGSIZE or, before Linux 6.13,
// EINVAL for a segment above the path's MTU; EIO for a device without checksum offload.
bool UdpSender::learn(int error, const SocketAddress& peer) {
  if (error != EMSGSIZE && error != EINVAL && error != EIO) return false;
  ++counters_.segmentation_refused;
  if (error == EIO)
    segmentation_.disable();
  else
    segmentation_.refused_by(peer);
  return true;
}

void UdpSender::drop(int error, std::size_t packets) {
  (error == EMSGSIZE ? counters_.dropped_too_big : counters_.dropped_refused) += packets;
}

}  // namespace consomme::net
