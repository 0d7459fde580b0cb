#include "bench/forward/floor.h"

#include <netinet/udp.h>

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "base/check.h"

namespace consomme::bench {
namespace {

constexpr std::size_t kSenderHeaderBytes = 24;  // as a simulated sender writes them
constexpr std::size_t kHeaderBytes = 28;        // with the extensions that a consumer gets
constexpr std::size_t kTagBytes = 16;
constexpr srtp::Profile kProfile = srtp::Profile::kAeadAes128Gcm;

net::Fd bound_socket(const SocketAddress& address) {
  auto socket = net::open_socket(address.ip, SOCK_DGRAM);
  check(socket && net::bind_socket(*socket, address), "a UDP port can be bound");
  return std::move(*socket);
}

srtp::SessionKeys keys_of(std::size_t number) {
  srtp::MasterKey master;
  master.key.fill(static_cast<std::uint8_t>(number));
  return srtp::derive(kProfile, master, srtp::Kind::kRtp);
}

// RFC 3550 §5.1, and an extension of as many bytes as are left.
void write_header(std::uint8_t* out, std::uint64_t index, std::uint32_t ssrc) {
  out[0] = 0x90;
  out[1] = 96;
  store_be<2>(out + 2, index & 0xffff);
  store_be<4>(out + 4, index);
  store_be<4>(out + 8, ssrc);
  std::memset(out + 12, 0, kHeaderBytes - 12);
}

}  // namespace

Floor::Floor(const Work& work, const Destination& to, const srtp::CryptoEngine& engine)
    : work_(work),
      payload_bytes_(work.packet_bytes - kSenderHeaderBytes),
      packet_bytes_(kHeaderBytes + payload_bytes_ + kTagBytes),
      sender_(bound_socket({IpAddress::v4(0x7f000001), 0})),
      socket_(bound_socket({IpAddress::v4(0), 0})),
      sender_keys_(keys_of(0)),
      sender_cipher_(engine.cipher(sender_keys_, srtp::Direction::kOpen)) {
  const auto frame = static_cast<std::size_t>(work.packets_per_frame);
  const auto fan_out = static_cast<std::size_t>(work.fan_out);
  for (std::size_t i = 0; i < fan_out * static_cast<std::size_t>(work.rooms); ++i) {
    Consumer& consumer = consumers_.emplace_back();
    consumer.keys = keys_of(i + 1);
    consumer.cipher = engine.cipher(consumer.keys, srtp::Direction::kSeal);
    const SocketAddress address{IpAddress::v4(to.first_address + static_cast<std::uint32_t>(i)), kConsumerPort};
    consumer.address_bytes = net::to_kernel(address, consumer.address);
  }
  received_.resize(frame * packet_bytes_);
  plain_.resize(frame * payload_bytes_);
  arena_.resize(fan_out * frame * packet_bytes_);
  incoming_.resize(frame);
  incoming_headers_.resize(frame);
  outgoing_.resize(fan_out);
  segmentation_.resize(fan_out);
  outgoing_headers_.resize(fan_out);
  prepare_frame(engine);
}

// The same bytes every time: nobody looks for replays here.
void Floor::prepare_frame(const srtp::CryptoEngine& engine) {
  const auto cipher = engine.cipher(sender_keys_, srtp::Direction::kSeal);
  const std::vector<std::uint8_t> payload(payload_bytes_, 0x5a);
  frame_.resize(received_.size());
  for (std::size_t i = 0; i < incoming_.size(); ++i) {
    const ByteSpan packet = ByteSpan(frame_).subspan(i * packet_bytes_, packet_bytes_);
    write_header(packet.data(), i, 1);
    cipher->seal(srtp::make_iv(sender_keys_, 1, i), {packet.first(kHeaderBytes), {}},
                 packet.subspan(kHeaderBytes, payload_bytes_), payload, packet.data() + kHeaderBytes + payload_bytes_);
  }
}

double Floor::measure(int turns, Duration reading) {
  Duration cpu{};
  for (int turn = 0; turn < turns; ++turn) {
    send_frame();
    const Duration start = thread_cpu_time();
    receive_frame();
    forward(static_cast<std::size_t>(turn % work_.rooms));
    cpu += thread_cpu_time() - start - reading;
  }
  return static_cast<double>(cpu.count()) / turns / work_.fan_out / work_.packets_per_frame;
}

void Floor::send_frame() {
  net::KernelAddress to{};
  socklen_t size = sizeof to;
  check(getsockname(socket_.get(), &to.any, &size) == 0, "a socket has a name");
  to.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (std::size_t at = 0; at < frame_.size(); at += packet_bytes_)
    check(sendto(sender_.get(), frame_.data() + at, packet_bytes_, 0, &to.any, size) > 0, "loopback takes a packet");
}

void Floor::receive_frame() {
  for (std::size_t i = 0; i < incoming_.size(); ++i) {
    incoming_[i] = {received_.data() + i * packet_bytes_, packet_bytes_};
    incoming_headers_[i].msg_hdr = {};
    incoming_headers_[i].msg_hdr.msg_iov = &incoming_[i];
    incoming_headers_[i].msg_hdr.msg_iovlen = 1;
  }
  const auto count = static_cast<unsigned>(incoming_headers_.size());
  check(recvmmsg(socket_.get(), incoming_headers_.data(), count, 0, nullptr) == static_cast<int>(count),
        "a frame arrives whole");
  for (std::size_t i = 0; i < incoming_.size(); ++i) {
    const ByteView packet = ByteView(received_).subspan(i * packet_bytes_, packet_bytes_);
    const bool opened = sender_cipher_->open(srtp::make_iv(sender_keys_, 1, i), {packet.first(kHeaderBytes), {}},
                                             packet.subspan(kHeaderBytes, payload_bytes_), packet.last(kTagBytes),
                                             ByteSpan(plain_).subspan(i * payload_bytes_, payload_bytes_));
    check(opened, "what was sealed can be opened");
  }
}

void Floor::forward(std::size_t room) {
  const std::size_t frame = incoming_.size();
  std::uint8_t* out = arena_.data();
  for (std::size_t c = 0; c < outgoing_.size(); ++c) {
    Consumer& consumer = consumers_[room * outgoing_.size() + c];
    msghdr& header = outgoing_headers_[c].msg_hdr;
    header = {};
    outgoing_[c] = {out, frame * packet_bytes_};
    header.msg_iov = &outgoing_[c];
    header.msg_iovlen = 1;
    header.msg_name = &consumer.address;
    header.msg_namelen = consumer.address_bytes;
    for (std::size_t i = 0; i < frame; ++i, out += packet_bytes_, ++consumer.index) {
      write_header(out, consumer.index, 2);
      consumer.cipher->seal(srtp::make_iv(consumer.keys, 2, consumer.index), {{out, kHeaderBytes}, {}},
                            {out + kHeaderBytes, payload_bytes_},
                            ByteView(plain_).subspan(i * payload_bytes_, payload_bytes_),
                            out + kHeaderBytes + payload_bytes_);
    }
    if (frame == 1) continue;
    header.msg_control = segmentation_[c].bytes;
    header.msg_controllen = sizeof segmentation_[c].bytes;
    cmsghdr* const control = CMSG_FIRSTHDR(&header);
    control->cmsg_level = SOL_UDP;
    control->cmsg_type = UDP_SEGMENT;
    control->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
    const auto segment = static_cast<std::uint16_t>(packet_bytes_);
    std::memcpy(CMSG_DATA(control), &segment, sizeof segment);
  }
  const auto count = static_cast<unsigned>(outgoing_headers_.size());
  check(sendmmsg(socket_.get(), outgoing_headers_.data(), count, 0) == static_cast<int>(count),
        "the kernel takes everything");
}

}  // namespace consomme::bench
