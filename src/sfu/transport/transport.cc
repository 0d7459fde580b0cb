#include "sfu/transport/transport.h"

#include <algorithm>
#include <utility>

#include "sfu/transport/packet_kind.h"
#include "sfu/wire/extension_values.h"
#include "sfu/wire/rtcp_feedback.h"

namespace consomme::transport {

namespace {

Drop drop_of(ice::Drop reason) {
  switch (reason) {
    case ice::Drop::kMalformed:
    case ice::Drop::kFingerprint:
    case ice::Drop::kMethod:
    case ice::Drop::kNotRequest:
      return Drop::kIceMalformed;
    case ice::Drop::kNoCredentials:
    case ice::Drop::kUsername:
    case ice::Drop::kIntegrity:
      return Drop::kIceUnauthenticated;
    default:
      return Drop::kIceRefused;
  }
}

Drop drop_of(srtp::SrtpError error) {
  switch (error) {
    case srtp::SrtpError::kAuth:
      return Drop::kSrtpAuthentication;
    case srtp::SrtpError::kReplay:
      return Drop::kSrtpReplay;
    default:
      return Drop::kSrtpMalformed;
  }
}

}  // namespace

Transport::Transport(const Shared& shared, ice::Credentials local, Ssrc rtcp_ssrc)
    : shared_(&shared), rtcp_ssrc_(rtcp_ssrc), ice_(std::move(local), shared.ice), feedback_(rtcp_ssrc) {}

void Transport::connect(Instant now, dtls::Role role, std::vector<dtls::Fingerprint> remote, SendBatch& out) {
  if (dtls_) return;
  dtls_.emplace(shared_->dtls, role, std::move(remote));
  start_dtls(now);
  for (const auto& datagram : std::exchange(early_dtls_, {})) dtls_->receive(now, datagram);
  follow_dtls();
  drain_dtls(out);
}

// A client's hello waits until there is somewhere to send it.
void Transport::start_dtls(Instant now) {
  if (!dtls_ || dtls_->state() != dtls::State::kNew) return;
  if (dtls_->role() == dtls::Role::kServer || ice_.selected() != nullptr) dtls_->start(now);
}

// A client that moves to another network has another address there. The port changes also where a NAT forgets, and the
// protocol where UDP is blocked, both on the same path, of which what is known still holds. Reports tell it, not
// checks: who nominates aggressively (RFC 5245 §8.1.1.2) nominates addresses that are never used.
void Transport::follow_path(Instant now) {
  const Tuple* const to = ice_.selected();
  if (to == nullptr || sends_to_ == to->remote.ip) return;
  if (std::exchange(sends_to_, to->remote.ip)) estimator_.change_path(now);
}

void Transport::withdraw(ProducerId producer) {
  const std::vector<Ssrc> ended = streams_.remove(producer);
  if (!srtp_in_) return;
  for (const Ssrc ssrc : ended) srtp_in_->retire(ssrc);
}

void Transport::close(SendBatch& out) {
  if (!dtls_) return;
  dtls_->close();
  drain_dtls(out);
}

Received Transport::receive(Instant now, const Datagram& in, SendBatch& out) {
  const PacketKind kind = packet_kind(in.bytes);
  if (kind == PacketKind::kUnknown) return drop(Drop::kUnknownKind), Received{};
  if (kind == PacketKind::kStun) return receive_stun(now, in, out);
  // From an address that ICE has not validated nothing but STUN is taken: RFC 8827 §6.5 and webrtc-facts 18.
  if (!ice_.validated(in.from)) return drop(Drop::kTupleNotValidated), Received{};
  if (kind == PacketKind::kDtls) return receive_dtls(now, in, out);
  if (!srtp_in_) return drop(Drop::kSrtpNoKeys), Received{};
  ++traffic_.packets_received;
  traffic_.bytes_received += in.bytes.size();
  return kind == PacketKind::kRtp ? receive_rtp(now, in) : receive_rtcp(now, in);
}

Received Transport::receive_stun(Instant now, const Datagram& in, SendBatch& out) {
  const ice::Outcome outcome = ice_.receive(now, in.from, in.bytes, out.slot());
  if (outcome.reply_bytes != 0) out.commit(in.from, outcome.reply_bytes);
  if (outcome.drop) return drop(drop_of(*outcome.drop)), Received{};
  if (outcome.change == ice::Change::kSelected) {
    start_dtls(now);
    drain_dtls(out);
  }
  Received got;
  got.tuple_validated = true;
  return got;
}

Received Transport::receive_dtls(Instant now, const Datagram& in, SendBatch& out) {
  if (state_ == State::kNew) ice_.follow(now, in.from);  // later what is authentic tells
  if (!dtls_) return hold_dtls(in.bytes), Received{};
  const State before = state_;
  dtls_->receive(now, in.bytes);
  follow_dtls();
  drain_dtls(out);
  Received got;
  got.state_changed = state_ != before;
  if (got.state_changed && state_ == State::kConnected) ice_.hear(now, in.from);
  return got;
}

// Dropped, it would come again only when the peer's timer fires, up to a second later.
void Transport::hold_dtls(ByteView datagram) {
  if (early_dtls_.size() >= kMaxEarlyDtls) return drop(Drop::kDtlsTooEarly);
  early_dtls_.emplace_back(datagram.begin(), datagram.end());
}

void Transport::follow_dtls() {
  switch (dtls_->state()) {
    case dtls::State::kConnected:
      if (state_ == State::kNew) become(State::kConnected);
      break;
    case dtls::State::kFailed:
      become(State::kDtlsFailed);
      break;
    case dtls::State::kClosed:
      become(State::kDtlsClosed);
      break;
    default:
      break;
  }
}

// Keys exist while connected, and never before.
void Transport::become(State next) {
  if (state_ == next) return;
  state_ = next;
  if (next != State::kConnected) {
    srtp_in_.reset();
    srtp_out_.reset();
    return;
  }
  const dtls::ExportedKeys& keys = *dtls_->keys();
  const auto material = srtp::make_keying_material(keys.profile, keys.local_key(), keys.local_salt(), keys.remote_key(),
                                                   keys.remote_salt());
  check(material.has_value(), "DTLS negotiates only SRTP profiles that srtp has");
  srtp_in_.emplace(shared_->crypto, material->profile, material->remote);
  srtp_out_.emplace(shared_->crypto, material->profile, material->local);
}

void Transport::drain_dtls(SendBatch& out) {
  const Tuple* const to = ice_.selected();
  if (!dtls_ || to == nullptr) return;
  while (out.has_room()) {
    const std::size_t size = dtls_->poll(out.slot());
    if (size == 0) return;
    out.commit(*to, size);
  }
}

Received Transport::receive_rtp(Instant now, const Datagram& in) {
  media::PacketBuilder packet = shared_->packets.acquire();
  if (!packet) return drop(Drop::kPoolExhausted), Received{};
  const auto size = srtp_in_->unprotect_rtp(in.bytes, packet.room());
  if (!size) return drop(drop_of(size.error())), Received{};
  ice_.hear(now, in.from);
  packet->size = static_cast<std::uint16_t>(*size);
  const auto view = wire::parse_rtp(packet->bytes());
  if (!view) return drop(Drop::kRtpMalformed), Received{};
  packet->received = now;
  packet->rtp = *view;
  packet->extensions = wire::read_extensions(packet->bytes(), *view, streams_.extensions());
  note_arrival(now, *packet, in.bytes.size());
  const auto match = streams_.find(packet->bytes(), *view, packet->extensions);
  if (!match) return drop(Drop::kRtpNoStream), Received{};
  Received got;
  got.packet = std::move(packet);
  got.match = *match;
  return got;
}

// A peer that numbers packets estimates its bandwidth itself. An estimate of ours, of those of its streams that carry
// only send times, would hold down all of them.
void Transport::note_arrival(Instant now, const media::Packet& packet, std::size_t bytes) {
  if (const auto seq = wire::parse_transport_seq(packet.extension(HeaderExtension::kTransportWideCc))) {
    uplink_.reset();
    return feedback_.receive(now, *seq, packet.rtp.ssrc);
  }
  if (!uplink_) return;
  if (const auto sent = wire::parse_abs_send_time(packet.extension(HeaderExtension::kAbsSendTime)))
    uplink_->receive(now, *sent, bytes, packet.rtp.ssrc);
}

Received Transport::receive_rtcp(Instant now, const Datagram& in) {
  rtcp_.resize(kMaxDatagramBytes);
  const auto size = srtp_in_->unprotect_rtcp(in.bytes, rtcp_);
  if (!size) return drop(drop_of(size.error())), Received{};
  // Here and not for every packet: who sends or receives anything reports on it.
  ice_.follow(now, in.from);
  ice_.hear(now, in.from);
  follow_path(now);
  dtls_->confirm();
  Received got;
  got.rtcp = ByteView(rtcp_).first(*size);
  return got;
}

void Transport::queue(const media::PacketRef& packet, const media::Rewrite& rewrite, media::OutboundStream& stream,
                      Departure departure) {
  enqueue(departure == Departure::kPaced ? paced_ : at_once_, {packet, rewrite, &stream});
}

void Transport::queue(const media::Resend& resend, media::OutboundStream& stream) {
  const auto sending = resend.rtx_seq ? Queued::Sending::kAsRtx : Queued::Sending::kAgain;
  enqueue(at_once_, {resend.packet, resend.rewrite, &stream, sending, resend.rtx_seq.value_or(ExtSeqNo{})});
}

void Transport::enqueue(SendQueue& queue, Queued queued) {
  if (queue.full()) return drop(Drop::kSendQueueFull);
  queue.push(std::move(queued));
}

void Transport::forget(const media::OutboundStream& stream) {
  at_once_.forget(stream);
  paced_.forget(stream);
  if (!srtp_out_) return;
  srtp_out_->forget(stream.header().ssrc);
  if (stream.header().rtx) srtp_out_->forget(stream.header().rtx->ssrc);
}

bool Transport::flush(Instant now, SendBatch& out) {
  while (!at_once_.empty()) {
    if (!out.has_room()) return false;
    send_next(now, at_once_, out);
  }
  while (!paced_.empty() && may_leave(now)) {
    if (!out.has_room()) return false;
    if (estimator_.limited()) pacer_.sent(now, paced_.front().packet->size, paced_.bytes(), estimator_.estimate());
    send_next(now, paced_, out);
  }
  departure_ = paced_.empty() ? kNever : pacer_.next();
  return true;
}

void Transport::send_next(Instant now, SendQueue& queue, SendBatch& out) {
  const Tuple* const to = ice_.media_target(now);
  const Queued& queued = queue.front();
  if (!srtp_out_ || to == nullptr)
    drop(Drop::kNotSendable);
  else if (queued.sending == Queued::Sending::kAgain)
    send_again(queued, *to, out);
  else
    send(now, queued, *to, out);
  queue.pop();
}

void Transport::send(Instant now, const Queued& queued, const Tuple& to, SendBatch& out) {
  const media::OutboundHeader& header = queued.stream->header();
  const media::SendStamp stamp{wire::abs_send_time(now), estimator_.next_seq()};
  const media::Packet& packet = *queued.packet;
  const ByteSpan slot = out.slot();
  const bool rtx = queued.sending == Queued::Sending::kAsRtx;
  const media::WrittenHeader written =
      rtx ? media::write_rtx_header(slot, header, packet, queued.rewrite, queued.rtx_seq, stamp)
          : media::write_header(slot, header, packet, queued.rewrite, stamp);
  const auto size = srtp_out_->protect_rtp(slot, written.header_bytes, written.prefix_bytes,
                                           media::payload_of(packet, queued.rewrite).subspan(written.replaced_bytes),
                                           rtx ? queued.rtx_seq : queued.rewrite.seq);
  if (!size) return drop(Drop::kNotSendable);
  commit(to, *size, out);
  if (header.extensions.has(HeaderExtension::kTransportWideCc))
    estimator_.sent(now, *size);
  else
    estimator_.sent_unnumbered(*size);
  if (!rtx) queued.stream->sent(now, queued.packet, queued.rewrite, stamp);
}

// The very bytes that went out before, its transport-wide number included.
void Transport::send_again(const Queued& queued, const Tuple& to, SendBatch& out) {
  const auto stamp = queued.stream->stamp_of(queued.rewrite);
  if (!stamp) return drop(Drop::kNotSendable);
  const media::Packet& packet = *queued.packet;
  const ByteSpan slot = out.slot();
  const media::WrittenHeader written =
      media::write_header(slot, queued.stream->header(), packet, queued.rewrite, *stamp);
  const auto size = srtp_out_->protect_rtp_again(
      slot, written.header_bytes, written.prefix_bytes,
      media::payload_of(packet, queued.rewrite).subspan(written.replaced_bytes), queued.rewrite.seq);
  if (!size) return drop(Drop::kNotSendable);
  commit(to, *size, out);
}

void Transport::send_rtcp(ByteView compound, SendBatch& out) {
  const Tuple* const to = ice_.selected();
  if (!srtp_out_ || to == nullptr || !out.has_room()) return drop(Drop::kNotSendable);
  const auto size = srtp_out_->protect_rtcp(compound, out.slot());
  if (!size) return drop(Drop::kNotSendable);
  commit(*to, *size, out);
}

void Transport::commit(const Tuple& to, std::size_t bytes, SendBatch& out) {
  out.commit(to, bytes);
  ++traffic_.packets_sent;
  traffic_.bytes_sent += bytes;
}

void Transport::send_feedback(Instant now, SendBatch& out) {
  std::array<std::uint8_t, kMaxRtcpBytes> bytes;
  while (now >= feedback_.deadline() && out.has_room()) {
    ByteWriter writer(bytes);
    if (!feedback_.poll(now, writer)) break;
    send_rtcp(writer.written(), out);
  }
  if (!uplink_) return;
  if (const auto rate = uplink_->poll(now); rate && out.has_room()) {
    ByteWriter writer(bytes);
    if (wire::write_remb(writer, rtcp_ssrc_, *rate, uplink_->sources())) send_rtcp(writer.written(), out);
  }
}

void Transport::expire(Instant now, SendBatch& out) {
  if (dtls_ && now >= dtls_->deadline()) {
    dtls_->expire(now);
    follow_dtls();
    drain_dtls(out);
  }
  if (now >= ice_.deadline() && ice_.expire(now) == ice::Change::kDisconnected) become(State::kConsentLost);
  if (now >= feedback_deadline()) send_feedback(now, out);
  if (now >= estimator_.deadline()) estimator_.expire(now);
  if (now >= departure_) departure_ = kNever;  // a flush follows
}

Instant Transport::deadline() const {
  const Instant handshake = dtls_ ? dtls_->deadline() : kNever;
  return std::min({handshake, ice_.deadline(), feedback_deadline(), estimator_.deadline(), departure_});
}

Instant Transport::feedback_deadline() const {
  return std::min(feedback_.deadline(), uplink_ ? uplink_->deadline() : kNever);
}

}  // namespace consomme::transport
