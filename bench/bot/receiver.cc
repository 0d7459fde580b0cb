#include "bench/bot/receiver.h"

#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "net/socket_address.h"
#include "sfu/transport/packet_kind.h"
#include "sfu/wire/extension_values.h"
#include "sfu/wire/rtcp_report.h"
#include "sfu/wire/stun.h"

namespace consomme::bench {
namespace {

using transport::PacketKind;

constexpr std::size_t kNumberAt = 16;  // in the payload (tests/sim/source.cc)
constexpr int kReceiveBuffer = 4 << 20;

SocketAddress address_of(const sfu::TransportOffer& offer) {
  const auto candidate =
      std::ranges::find(offer.ice_candidates, ortc::IceProtocol::kUdp, &ortc::IceCandidate::protocol);
  check(candidate != offer.ice_candidates.end(), "the server offers UDP");
  return {*IpAddress::parse(candidate->address), candidate->port};
}

net::Fd connect_to(const SocketAddress& server) {
  auto socket = net::open_socket(server.ip, SOCK_DGRAM);
  check(socket.has_value(), "there are descriptors enough: ulimit -n");
  net::set_option(*socket, SOL_UDP, UDP_GRO, 1);
  if (!net::set_option(*socket, SOL_SOCKET, SO_RCVBUFFORCE, kReceiveBuffer))
    net::set_option(*socket, SOL_SOCKET, SO_RCVBUF, kReceiveBuffer);
  net::KernelAddress address{};
  const socklen_t size = net::to_kernel(server, address);
  check(::connect(socket->get(), &address.any, size) == 0, "the server listens");
  return std::move(*socket);
}

}  // namespace

Receiver::Receiver(Shared& shared, const sfu::TransportOffer& offer, std::uint32_t index)
    : shared_(&shared),
      address_(address_of(offer)),
      socket_(connect_to(address_)),
      watch_(shared.loop, socket_.get(), {.owner = kReceivers, .item = 0, .generation = index}, {.read = true}),
      peer_({}, {offer.ice_parameters.username_fragment, offer.ice_parameters.password}, shared.identity) {
  for (const ortc::DtlsFingerprint& print : offer.dtls_parameters.fingerprints)
    server_.push_back(*dtls::parse_fingerprint(print.algorithm, print.value));
}

void Receiver::receive(Instant now) {
  for (const Datagram& datagram : shared_->receiver.receive(socket_.get()).datagrams) {
    switch (transport::packet_kind(datagram.bytes)) {
      case PacketKind::kRtp:
        receive_rtp(now, datagram.bytes);
        break;
      case PacketKind::kStun:
        receive_stun(now, datagram.bytes);
        break;
      case PacketKind::kDtls:
        peer_.receive(now, datagram.bytes);
        send_dtls();
        break;
      case PacketKind::kRtcp:
      case PacketKind::kUnknown:
        break;
    }
  }
}

// DTLS begins as soon as a check was answered.
void Receiver::receive_stun(Instant now, ByteView bytes) {
  if (const auto answer = transport::testing::make_answer(bytes, address_)) return send(*answer);
  const auto message = wire::parse_stun(bytes);
  if (!message || message->message_class != wire::StunClass::kSuccess || std::exchange(shaking_hands_, true)) return;
  peer_.start_dtls(now, server_);
  send_dtls();
}

void Receiver::receive_rtp(Instant now, ByteView bytes) {
  const auto rtp = wire::parse_rtp(bytes);
  if (!rtp) return;
  const auto slices = wire::read_extensions(bytes, *rtp, extension_ids_);
  const auto& slice = slices[static_cast<std::size_t>(HeaderExtension::kTransportWideCc)];
  if (const auto seq = wire::parse_transport_seq(bytes.subspan(slice.offset, slice.size)))
    feedback_.receive(now, *seq, rtp->ssrc);
  const auto it = streams_.find(rtp->ssrc);
  if (it == streams_.end()) return;  // repairs and padding
  Stream& stream = it->second;
  const std::int64_t seq = stream.unwrapper.unwrap(rtp->seq).value();
  if (stream.first < 0) stream.first = seq;
  stream.highest = std::max(stream.highest, seq);
  ++stream.packets;
  if (++packets_ % kSample == 0) open(now, stream, bytes);
}

void Receiver::open(Instant now, const Stream& stream, ByteView bytes) {
  peer_.receive(now, bytes);
  for (const transport::testing::Bytes& plain : peer_.take(PacketKind::kRtp)) {
    const auto rtp = wire::parse_rtp(plain);
    const std::uint64_t number = load_be<8>(plain.data() + rtp->payload_offset + kNumberAt);
    if (number >= stream.source->packets()) break;
    ++sample_.opened;
    sample_.latencies.push_back(now - stream.source->sent_at(number));
    return;
  }
  ++sample_.spoiled;
}

void Receiver::expire(Instant now) {
  if (now >= next_check_) {
    send(peer_.check());
    next_check_ = now + (connected() ? kCheckInterval : kFirstCheckInterval);
  }
  if (!connected()) {
    peer_.expire(now);
    return send_dtls();
  }
  if (now >= next_report_) {
    report();
    next_report_ = now + kReportInterval;
  }
  std::array<std::uint8_t, 1200> bytes{};
  for (ByteWriter writer(bytes); feedback_.poll(now, writer); writer = ByteWriter(bytes))
    send(peer_.protect_rtcp(writer.written()));
}

void Receiver::report() {
  std::vector<wire::ReportBlock> blocks;
  for (const auto& [ssrc, stream] : streams_) {
    if (stream.highest < 0 || blocks.size() == wire::kMaxRtcpCount) continue;
    wire::ReportBlock& block = blocks.emplace_back();
    block.ssrc = ssrc;
    block.highest_seq = static_cast<std::uint32_t>(stream.highest);
  }
  std::array<std::uint8_t, 1200> bytes{};
  ByteWriter writer(bytes);
  wire::write_receiver_report(writer, Ssrc(1), blocks);
  send(peer_.protect_rtcp(writer.written()));
}

void Receiver::add_to(Tally& tally) {
  for (auto& [ssrc, stream] : streams_) {
    if (stream.first < 0) continue;
    const auto expected = static_cast<std::uint64_t>(stream.highest - stream.first + 1);
    tally.packets += stream.packets;
    tally.lost += expected - std::min(expected, stream.packets);
    stream.first = -1;
    stream.packets = 0;
  }
  tally.opened += std::exchange(sample_.opened, 0);
  tally.spoiled += std::exchange(sample_.spoiled, 0);
  tally.latencies.insert(tally.latencies.end(), sample_.latencies.begin(), sample_.latencies.end());
  sample_.latencies.clear();
}

// A datagram that the kernel has no room for is lost, as on any network.
void Receiver::send(ByteView bytes) const {
  (void)::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

void Receiver::send_dtls() {
  for (const transport::testing::Bytes& flight : peer_.take_dtls()) send(flight);
}

}  // namespace consomme::bench
