#include "tests/sim/device.h"

#include <array>

#include "base/check.h"

namespace consomme::sim {

namespace {

using transport::testing::Bytes;

// An address for each transport, whose ids are never reused.
Tuple address_of(TransportId transport) {
  return {{IpAddress::v4(0x0a000000 + static_cast<std::uint32_t>(transport.value())), 5000}, Protocol::kUdp, 0};
}

ortc::DtlsParameters parameters_of(const transport::testing::Identity& identity) {
  const dtls::Fingerprint print = identity.certificate.fingerprint();
  return {ortc::DtlsRole::kClient, {{std::string(dtls::traits(print.algorithm).name), print.to_string()}}};
}

}  // namespace

Device::Device(Server& server, RouterId router, Direction direction) {
  const auto offer = server.control().create_transport(router);
  check(offer.has_value(), "workers take as many transports as a simulation has");
  transport_ = offer->id;
  worker_ = Server::worker_of(*offer);
  at_ = address_of(transport_);
  const auto connected = server.control().connect_transport(transport_, parameters_of(server.identity()));
  check(connected.has_value(), "it connects once");
  if (server.carries_media()) shake_hands(server, *offer, direction);
}

void Device::shake_hands(Server& server, const sfu::TransportOffer& offer, Direction direction) {
  const transport::testing::Identity& identity = server.identity();
  server.carry_out();
  server.receive(
      worker_, at_,
      transport::testing::make_check({offer.ice_parameters.username_fragment, offer.ice_parameters.password}));
  dtls::Session session(identity.context, dtls::Role::kClient, identity.certificate.fingerprints());
  session.start(server.now());
  std::array<std::uint8_t, kMaxDatagramBytes> bytes;
  while (session.state() == dtls::State::kHandshaking) {
    while (const std::size_t size = session.poll(bytes)) server.receive(worker_, at_, ByteView(bytes).first(size));
    const auto answers = server.take_dtls(at_);
    check(!answers.empty(), "a flight is answered at once");
    for (const Bytes& answer : answers) session.receive(server.now(), answer);
  }
  check(session.keys() != nullptr, "the handshake succeeds");
  if (direction == Direction::kReceives) return;
  const dtls::ExportedKeys& keys = *session.keys();
  const auto material = srtp::make_keying_material(keys.profile, keys.local_key(), keys.local_salt(), keys.remote_key(),
                                                   keys.remote_salt());
  out_.emplace(identity.crypto, material->profile, material->local);
}

void Device::send(Server& server, const transport::testing::RtpFields& packet) {
  const Bytes plain = transport::testing::make_rtp(packet);
  const std::size_t header = wire::rtp_header_bytes(plain);
  std::array<std::uint8_t, kMaxDatagramBytes> slot;
  std::ranges::copy(plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(header), slot.begin());
  const auto size =
      out_->protect_rtp(slot, header, 0, ByteView(plain).subspan(header), ExtSeqNo(std::int64_t{packet.seq}));
  check(size.has_value(), "a number is used once");
  server.receive(worker_, at_, ByteView(slot).first(*size));
}

}  // namespace consomme::sim
