#include "tests/sim/client.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "sfu/ortc/supported.h"
#include "sfu/transport/packet_kind.h"
#include "sfu/wire/extension_values.h"
#include "sfu/wire/rtcp_feedback.h"
#include "sfu/wire/rtcp_report.h"
#include "sfu/wire/rtcp_xr.h"
#include "sfu/wire/stun.h"
#include "sfu/wire/stun_integrity.h"
#include "sfu/wire/twcc.h"

namespace consomme::sim {

namespace {

constexpr Duration kCheckInterval = 2500ms;  // RFC 7675 §5.1: about every 5 s; Chromium checks twice as often
constexpr Duration kFirstCheckInterval = 50ms;
constexpr Duration kReportInterval = 1s;
constexpr Duration kNackInterval = 20ms;
constexpr Duration kClockAhead = 3h;  // nobody's wall clock is right

dtls::Certificate make_certificate(Instant now) {
  auto certificate = dtls::Certificate::make(now);
  check(certificate.has_value(), "OpenSSL makes a certificate");
  return std::move(*certificate);
}

// The router's.
constexpr wire::ExtensionIds kExtensionIds = [] {
  wire::ExtensionIds ids;
  ids.set(ExtensionId(4), HeaderExtension::kAbsSendTime);
  ids.set(ExtensionId(5), HeaderExtension::kTransportWideCc);
  return ids;
}();

}  // namespace

Client::Client(const Tuple& tuple, std::uint64_t seed, Instant born)
    : tuple_(tuple),
      rng_(seed),
      certificate_(make_certificate(born)),
      dtls_context_(std::move(*dtls::Context::make(certificate_))),
      crypto_(std::move(*srtp::CryptoEngine::make())) {}

ortc::DtlsParameters Client::dtls_parameters() const {
  const dtls::Fingerprint print = certificate_.fingerprint();
  return {ortc::DtlsRole::kClient, {{std::string(dtls::traits(print.algorithm).name), print.to_string()}}};
}

void Client::connect(Instant now, const sfu::TransportOffer& offer) {
  remote_ice_ = offer.ice_parameters;
  for (const auto& print : offer.dtls_parameters.fingerprints)
    remote_fingerprints_.push_back(*dtls::parse_fingerprint(print.algorithm, print.value));
  next_check_ = now;
}

ortc::RtpCapabilities Client::rtp_capabilities(const ortc::RtpCapabilities& offered) const {
  ortc::RtpCapabilities understood = offered;
  const auto without = [&](std::string_view feedback, HeaderExtension extension) {
    std::erase_if(understood.header_extensions,
                  [&](const ortc::RtpHeaderExtension& e) { return e.uri == ortc::supported(extension).uri; });
    for (ortc::RtpCodecCapability& codec : understood.codecs)
      std::erase_if(codec.rtcp_feedback, [&](const ortc::RtcpFeedback& f) { return f.type == feedback; });
  };
  if (!takes_red_) std::erase_if(understood.codecs, [](const auto& codec) { return ortc::is_red(codec.mime_type); });
  if (link_feedback_ != LinkFeedback::kTransportWide) without("transport-cc", HeaderExtension::kTransportWideCc);
  if (link_feedback_ == LinkFeedback::kReportsOnly) without("goog-remb", HeaderExtension::kAbsSendTime);
  return understood;
}

Source& Client::add(const SourceConfig& config) {
  return *sources_.emplace_back(std::make_unique<Source>(config));
}
Sink& Client::add(const SinkConfig& config) {
  return *sinks_.emplace_back(std::make_unique<Sink>(config));
}

Instant Client::deadline() const {
  if (gone_) return kNever;
  Instant earliest = std::min({next_check_, next_report_, next_nack_, feedback_.deadline(), link_estimate_.deadline(),
                               dtls_ ? dtls_->deadline() : kNever});
  if (connected())
    for (const auto& source : sources_) earliest = std::min(earliest, source->deadline());
  return earliest;
}

void Client::expire(Instant now) {
  if (gone_) return;
  if (now >= next_check_) {
    send_check();
    next_check_ = now + (connected() ? kCheckInterval : kFirstCheckInterval);
  }
  if (dtls_ && now >= dtls_->deadline()) {
    dtls_->expire(now);
    drain_dtls();
  }
  if (!connected()) return;
  for (const auto& source : sources_)
    for (const auto& packet : source->expire(now, transport_seq_)) send(packet);
  if (now >= next_nack_) {
    for (const auto& sink : sinks_) ask(now, *sink);
    next_nack_ = now + kNackInterval;
  }
  if (now >= next_report_) send_reports(now);
  if (now >= std::min(feedback_.deadline(), link_estimate_.deadline())) send_feedback(now);
}

// What arrived of all streams together, transport-wide; or what that shows of the link.
void Client::send_feedback(Instant now) {
  std::array<std::uint8_t, 1200> bytes;
  for (ByteWriter writer(bytes); feedback_.poll(now, writer); writer = ByteWriter(bytes)) send_rtcp(writer.written());
  ByteWriter writer(bytes);
  if (const auto rate = link_estimate_.poll(now);
      rate && wire::write_remb(writer, Ssrc(1), *rate, link_estimate_.sources()))
    send_rtcp(writer.written());
}

// For what is missing, and for a key frame as long as nothing can be decoded.
void Client::ask(Instant now, Sink& sink) {
  std::array<std::uint8_t, 1200> bytes;
  ByteWriter writer(bytes);
  const std::vector<SeqNo> lost = sink.expire(now);
  std::array<wire::NackItem, 64> items;
  const auto packed = wire::pack_nack(lost, items);
  if (!lost.empty()) wire::write_nack(writer, Ssrc(1), sink.config().ssrc, std::span(items).first(packed.items));
  if (sink.wants_key_frame(now)) wire::write_pli(writer, {Ssrc(1), sink.config().ssrc});
  if (writer.size() != 0) send_rtcp(writer.written());
}

void Client::send_reports(Instant now) {
  next_report_ = now + kReportInterval;
  std::array<std::uint8_t, 1200> bytes;
  ByteWriter writer(bytes);
  std::vector<wire::ReportBlock> blocks;
  for (const auto& sink : sinks_) blocks.push_back(sink->report(now));
  blocks.resize(std::min(blocks.size(), wire::kMaxRtcpCount));
  wire::write_receiver_report(writer, Ssrc(1), blocks);
  for (const auto& source : sources_)
    if (source->reports_in_this_round())
      wire::write_sender_report(writer, source->config().ssrc, source->sender_info(now, kClockAhead), {});
  if (reference_) {
    const wire::DlrrItem item{reference_->sender, reference_->compact, to_compact_ntp(now - reference_->received)};
    wire::write_dlrr(writer, Ssrc(1), std::span(&item, 1));
  }
  send_rtcp(writer.written());
}

void Client::send_check() {
  std::array<std::uint8_t, 512> bytes;
  wire::StunTransactionId transaction;
  for (auto& byte : transaction) byte = static_cast<std::uint8_t>(rng_.u32());
  wire::StunWriter writer(bytes, wire::StunClass::kRequest, transaction);
  writer.text(wire::StunAttribute::kUsername, remote_ice_.username_fragment + ":" + std::string(kUfrag));
  writer.u64(wire::StunAttribute::kIceControlling, 42);
  writer.flag(wire::StunAttribute::kUseCandidate);
  writer.u32(wire::StunAttribute::kPriority, 1);
  writer.message_integrity(remote_ice_.password);
  writer.fingerprint();
  const std::size_t size = writer.finish();
  send_raw(ByteView(bytes).first(size));
}

void Client::receive(Instant now, ByteView datagram) {
  if (gone_) return;
  switch (transport::packet_kind(datagram)) {
    case transport::PacketKind::kStun:
      return receive_stun(now, datagram);
    case transport::PacketKind::kDtls:
      if (!dtls_) return;
      dtls_->receive(now, datagram);
      drain_dtls();
      return follow_dtls();
    case transport::PacketKind::kRtp:
      return receive_rtp(now, datagram);
    case transport::PacketKind::kRtcp:
      return receive_rtcp(now, datagram);
    case transport::PacketKind::kUnknown:
      ++unreadable_;
  }
}

void Client::receive_stun(Instant now, ByteView bytes) {
  const auto message = wire::parse_stun(bytes);
  if (!message || message->message_class != wire::StunClass::kSuccess ||
      !wire::integrity_holds(bytes, *message, remote_ice_.password)) {
    ++unreadable_;
    return;
  }
  ++checks_answered_;
  if (dtls_) return;
  dtls_.emplace(dtls_context_, dtls::Role::kClient, remote_fingerprints_);
  dtls_->start(now);
  drain_dtls();
}

void Client::drain_dtls() {
  std::array<std::uint8_t, 1500> bytes;
  while (const std::size_t size = dtls_->poll(bytes)) send_raw(ByteView(bytes).first(size));
  follow_dtls();
}

void Client::follow_dtls() {
  if (dtls_->keys() == nullptr || connected()) return;
  const dtls::ExportedKeys& keys = *dtls_->keys();
  const auto material = srtp::make_keying_material(keys.profile, keys.local_key(), keys.local_salt(), keys.remote_key(),
                                                   keys.remote_salt());
  srtp_in_.emplace(crypto_, material->profile, material->remote);
  srtp_out_.emplace(crypto_, material->profile, material->local);
  next_report_ = next_nack_ = next_check_ - kFirstCheckInterval;
}

void Client::receive_rtp(Instant now, ByteView bytes) {
  std::array<std::uint8_t, 1500> plain;
  const auto size = srtp_in_ ? srtp_in_->unprotect_rtp(bytes, plain) : std::unexpected(srtp::SrtpError::kAuth);
  const ByteView packet = size ? ByteView(plain).first(*size) : ByteView{};
  const auto rtp = wire::parse_rtp(packet);
  if (!rtp) {
    ++unreadable_;
    return;
  }
  const auto extensions = wire::read_extensions(packet, *rtp, kExtensionIds);
  const auto extension = [&](HeaderExtension kind) {
    const wire::ExtensionSlice& slice = extensions[static_cast<std::size_t>(kind)];
    return packet.subspan(slice.offset, slice.size);
  };
  if (const auto seq = wire::parse_transport_seq(extension(HeaderExtension::kTransportWideCc)))
    feedback_.receive(now, *seq, rtp->ssrc);
  else if (const auto sent = wire::parse_abs_send_time(extension(HeaderExtension::kAbsSendTime)))
    link_estimate_.receive(now, *sent, bytes.size(), rtp->ssrc);
  for (const auto& sink : sinks_) sink->receive(now, *rtp, packet);
}

void Client::receive_rtcp(Instant now, ByteView bytes) {
  std::array<std::uint8_t, 1500> plain;
  const auto size = srtp_in_ ? srtp_in_->unprotect_rtcp(bytes, plain) : std::unexpected(srtp::SrtpError::kAuth);
  if (!size) {
    ++unreadable_;
    return;
  }
  wire::RtcpReader reader(ByteView(plain).first(*size));
  while (const auto part = reader.next()) {
    if (const auto report = wire::parse_sender_report(*part))
      for (const auto& sink : sinks_)
        if (sink->config().ssrc == report->sender) sink->receive_sender_report(now, report->info);
    if (const auto pli = wire::parse_pli(*part))
      for (const auto& source : sources_)
        if (source->config().ssrc == pli->media) {
          source->note_key_frame_request(now);
          source->key_frame_wanted();
        }
    if (const auto xr = wire::parse_extended_report(*part); xr && xr->reference_time)
      reference_ = Reference{xr->sender, xr->reference_time->compact(), now};
    if (wire::parse_twcc(*part)) ++feedback_messages_;
    if (const auto remb = wire::parse_remb(*part)) told_.receive_remb(now, remb->bitrate);
    if (const auto report = wire::parse_receiver_report(*part)) take_losses(now, report->blocks);
    if (const auto nack = wire::parse_nack(*part))
      for (const auto& source : sources_)
        if (source->config().ssrc == nack->media)
          nack->each_lost([&](SeqNo lost) {
            for (const auto& packet : source->retransmit(now, lost, transport_seq_)) send(packet);
          });
  }
  for (const auto& source : sources_)
    if (source->rate()) source->use_rate(std::min(told_.rate(), kHighestRate));
}

// What they have heard of its sources.
void Client::take_losses(Instant now, const wire::RtcpItems<wire::ReportBlock>& blocks) {
  double expected = 0;
  double lost = 0;
  for (const wire::ReportBlock block : blocks)
    for (const auto& source : sources_) {
      if (source->config().ssrc != block.ssrc) continue;
      const double packets = source->reported(block.highest_seq);
      expected += packets;
      lost += packets * block.fraction_lost / 256;
    }
  told_.receive_loss(now, lost, expected);
}

void Client::send(const Source::Outgoing& packet) {
  std::vector<std::uint8_t> slot(1500);
  std::copy_n(packet.bytes.begin(), packet.header_bytes, slot.begin());
  const ByteView payload = ByteView(packet.bytes).subspan(packet.header_bytes);
  const auto size = packet.again ? srtp_out_->protect_rtp_again(slot, packet.header_bytes, 0, payload, packet.index)
                                 : srtp_out_->protect_rtp(slot, packet.header_bytes, 0, payload, packet.index);
  check(size.has_value(), "a source's packets can be protected");
  slot.resize(*size);
  out_.push_back(std::move(slot));
}

void Client::send_rtcp(ByteView plain) {
  std::array<std::uint8_t, 1500> out;
  const auto size = srtp_out_->protect_rtcp(plain, out);
  check(size.has_value(), "RTCP can be protected");
  send_raw(ByteView(out).first(*size));
}

bool Client::send_rtp(ByteView plain) {
  const std::size_t header = wire::rtp_header_bytes(plain);
  if (header == 0) return false;
  std::array<std::uint8_t, 1500> out;
  std::ranges::copy(plain.first(header), out.begin());
  const ExtSeqNo index(static_cast<std::int64_t>(load_be<2>(plain.data() + 2)));
  const auto size = srtp_out_->protect_rtp(out, header, 0, plain.subspan(header), index);
  if (size) send_raw(ByteView(out).first(*size));
  return size.has_value();
}

void Client::say_goodbye() {
  dtls_->close();
  drain_dtls();
}

std::vector<std::uint8_t> Client::poll() {
  if (out_.empty() || gone_) return {};
  auto datagram = std::move(out_.front());
  out_.pop_front();
  return datagram;
}

}  // namespace consomme::sim
