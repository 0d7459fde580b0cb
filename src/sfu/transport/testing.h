// A peer for tests of the layers from here up: it signs checks, shakes hands as DTLS client, and protects what a test
// makes up. It does nothing on its own; tests/sim has the browser that does.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/datagram.h"
#include "sfu/dtls/certificate.h"
#include "sfu/dtls/context.h"
#include "sfu/dtls/session.h"
#include "sfu/ice/agent.h"
#include "sfu/srtp/engine.h"
#include "sfu/srtp/inbound.h"
#include "sfu/srtp/outbound.h"
#include "sfu/transport/packet_kind.h"
#include "sfu/wire/rtp.h"
#include "sfu/wire/stun.h"

namespace consomme::transport::testing {

using Bytes = std::vector<std::uint8_t>;

inline constexpr Instant kStart{std::chrono::hours(24 * 365 * 50)};

inline Tuple tuple(std::uint16_t port, Protocol protocol = Protocol::kUdp) {
  return {{IpAddress::v4(0xc0000207), port}, protocol, 0};
}

inline dtls::Certificate make_certificate(Instant now = kStart) {
  auto certificate = dtls::Certificate::make(now);
  check(certificate.has_value(), "OpenSSL makes a certificate");
  return std::move(*certificate);
}

// Of a peer that makes checks, and answers them.
inline constexpr std::string_view kUfrag = "peer";
inline constexpr std::string_view kPassword = "aPasswordOfTwentyTwo++";

// A check as a controlling browser sends it, each a transaction of its own.
inline Bytes make_check(const ice::Credentials& to, bool nominate = true) {
  static std::uint32_t made = 0;
  wire::StunTransactionId transaction{};
  ByteWriter(transaction).u32(++made);
  Bytes out(400);
  wire::StunWriter writer(out, wire::StunClass::kRequest, transaction);
  writer.text(wire::StunAttribute::kUsername, to.ufrag + ":" + std::string(kUfrag));
  writer.u32(wire::StunAttribute::kPriority, 1);
  writer.u64(wire::StunAttribute::kIceControlling, 42);
  if (nominate) writer.flag(wire::StunAttribute::kUseCandidate);
  writer.message_integrity(to.password);
  writer.fingerprint();
  out.resize(writer.finish());
  return out;
}

// How a peer that is not ICE-lite answers a check; nullopt: it is none. Interop: libnice 0.1.21 makes checks as
// ICE-lite too, against RFC 8445 §2.5, and goes on only once they are answered (seen with Janus 1.1.2).
inline std::optional<Bytes> make_answer(ByteView check, const SocketAddress& from) {
  const auto message = wire::parse_stun(check);
  if (!message || message->message_class != wire::StunClass::kRequest) return std::nullopt;
  Bytes out(200);
  wire::StunWriter writer(out, wire::StunClass::kSuccess, message->transaction);
  writer.xor_mapped_address(from);
  writer.message_integrity(kPassword);
  writer.fingerprint();
  out.resize(writer.finish());
  return out;
}

struct RtpFields {
  Ssrc ssrc{};
  std::uint16_t seq = 0;
  std::uint8_t payload_type = 96;
  std::uint32_t timestamp = 0;
  std::string mid{};                             // with id 1
  std::string rid{};                             // with id 2
  std::string repaired{};                        // with id 3
  std::optional<std::uint32_t> abs_send_time{};  // with id 4
  std::optional<std::uint16_t> transport_seq{};  // with id 5
  bool marker = false;
  Bytes dependency{};  // AV1's descriptor, with id 7
  Bytes payload = {1, 2, 3, 4};
};

// The router's ids stand for the sender's too.
inline wire::ExtensionIds extension_ids() {
  wire::ExtensionIds ids;
  ids.set(ExtensionId(1), HeaderExtension::kMid);
  ids.set(ExtensionId(2), HeaderExtension::kRtpStreamId);
  ids.set(ExtensionId(3), HeaderExtension::kRepairedRtpStreamId);
  ids.set(ExtensionId(4), HeaderExtension::kAbsSendTime);
  ids.set(ExtensionId(5), HeaderExtension::kTransportWideCc);
  ids.set(ExtensionId(7), HeaderExtension::kDependencyDescriptor);
  return ids;
}

inline Bytes make_rtp(const RtpFields& fields) {
  Bytes out(kMaxDatagramBytes);
  wire::ExtensionWriter extensions(ByteSpan(out).subspan(wire::kRtpFixedHeaderBytes));
  if (!fields.mid.empty()) extensions.add(ExtensionId(1), as_bytes(fields.mid));
  if (!fields.rid.empty()) extensions.add(ExtensionId(2), as_bytes(fields.rid));
  if (!fields.repaired.empty()) extensions.add(ExtensionId(3), as_bytes(fields.repaired));
  if (fields.abs_send_time) {
    std::array<std::uint8_t, 3> value{};
    store_be<3>(value.data(), *fields.abs_send_time);
    extensions.add(ExtensionId(4), value);
  }
  if (fields.transport_seq) {
    std::array<std::uint8_t, 2> value{};
    store_be<2>(value.data(), *fields.transport_seq);
    extensions.add(ExtensionId(5), value);
  }
  if (!fields.dependency.empty()) extensions.add(ExtensionId(7), fields.dependency);
  const std::size_t block = extensions.finish();
  ByteWriter writer(out);
  wire::write_rtp_header(writer, {.payload_type = PayloadType(fields.payload_type),
                                  .marker = fields.marker,
                                  .has_extension = block != 0,
                                  .seq = SeqNo(fields.seq),
                                  .timestamp = RtpTimestamp(fields.timestamp),
                                  .ssrc = fields.ssrc});
  const std::size_t header = wire::kRtpFixedHeaderBytes + block;
  std::ranges::copy(fields.payload, out.begin() + static_cast<std::ptrdiff_t>(header));
  out.resize(header + fields.payload.size());
  return out;
}

// What a peer is made with: dear, and one is enough for peers of which nobody asks who they are.
struct Identity {
  dtls::Certificate certificate = make_certificate();
  dtls::Context context = std::move(*dtls::Context::make(certificate));
  srtp::CryptoEngine crypto = std::move(*srtp::CryptoEngine::make());
};

class Peer {
 public:
  Peer(const Tuple& at, ice::Credentials server,
       std::shared_ptr<const Identity> identity = std::make_shared<const Identity>())
      : tuple_(at), server_(std::move(server)), identity_(std::move(identity)) {}

  const Tuple& at() const { return tuple_; }
  void move_to(const Tuple& at) { tuple_ = at; }
  Bytes check(bool nominate = true) const { return make_check(server_, nominate); }
  std::vector<dtls::Fingerprint> fingerprints() const { return {identity_->certificate.fingerprint()}; }

  // A client's ClientHello is then there to be taken.
  void start_dtls(Instant now, std::vector<dtls::Fingerprint> server, dtls::Role role = dtls::Role::kClient) {
    dtls_.emplace(identity_->context, role, std::move(server));
    dtls_->start(now);
  }
  // What a server sent: DTLS is answered, the rest is kept.
  void receive(Instant now, ByteView datagram) {
    if (packet_kind(datagram) != PacketKind::kDtls)
      return received_.emplace_back(datagram.begin(), datagram.end()), void();
    if (!dtls_) return;
    dtls_->receive(now, datagram);
    follow();
  }
  std::vector<Bytes> take_dtls() {
    std::vector<Bytes> out;
    if (!dtls_) return out;
    Bytes bytes(kMaxDatagramBytes);
    while (const std::size_t size = dtls_->poll(bytes))
      out.emplace_back(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    follow();
    return out;
  }
  // A flight that nobody has answered is then there to be taken again.
  void expire(Instant now) {
    if (dtls_ && now >= dtls_->deadline()) dtls_->expire(now);
  }
  void close_dtls() { dtls_->close(); }
  bool connected() const { return out_.has_value(); }
  srtp::Profile profile() const { return *srtp::profile_from_id(dtls_->keys()->profile); }

  Bytes protect_rtp(const RtpFields& fields) {
    auto out = protect_rtp(make_rtp(fields));
    consomme::check(out.has_value(), "a test never sends a number twice");
    return std::move(*out);
  }
  // A packet made up elsewhere, if it has a header and a number of its own.
  std::optional<Bytes> protect_rtp(ByteView plain) {
    const std::size_t header = wire::rtp_header_bytes(plain);
    if (header == 0) return std::nullopt;
    Bytes out(kMaxDatagramBytes);
    std::ranges::copy(plain.first(header), out.begin());
    const ExtSeqNo index(static_cast<std::int64_t>(load_be<2>(plain.data() + 2)));
    const auto size = out_->protect_rtp(out, header, 0, plain.subspan(header), index);
    if (!size) return std::nullopt;
    out.resize(*size);
    return out;
  }
  Bytes protect_rtcp(ByteView plain) {
    Bytes out(kMaxDatagramBytes);
    const auto size = out_->protect_rtcp(plain, out);
    consomme::check(size.has_value(), "RTCP can be protected");
    out.resize(*size);
    return out;
  }
  // Plaintext of what came since the last call; what cannot be opened is left out.
  std::vector<Bytes> take(PacketKind kind) {
    std::vector<Bytes> plain;
    for (const Bytes& bytes : received_) {
      if (packet_kind(bytes) != kind) continue;
      if (kind == PacketKind::kStun) {
        plain.push_back(bytes);
        continue;
      }
      Bytes opened(kMaxDatagramBytes);
      const auto size =
          kind == PacketKind::kRtp ? in_->unprotect_rtp(bytes, opened) : in_->unprotect_rtcp(bytes, opened);
      if (!size) continue;
      opened.resize(*size);
      plain.push_back(std::move(opened));
    }
    std::erase_if(received_, [&](const Bytes& bytes) { return packet_kind(bytes) == kind; });
    return plain;
  }

 private:
  void follow() {
    if (dtls_->keys() == nullptr || connected()) return;
    const dtls::ExportedKeys& keys = *dtls_->keys();
    const auto material = srtp::make_keying_material(keys.profile, keys.local_key(), keys.local_salt(),
                                                     keys.remote_key(), keys.remote_salt());
    in_.emplace(identity_->crypto, material->profile, material->remote);
    out_.emplace(identity_->crypto, material->profile, material->local);
  }

  Tuple tuple_;
  ice::Credentials server_;
  std::shared_ptr<const Identity> identity_;
  std::optional<dtls::Session> dtls_;
  std::optional<srtp::Inbound> in_;
  std::optional<srtp::Outbound> out_;
  std::vector<Bytes> received_;
};

}  // namespace consomme::transport::testing
