#include "sfu/worker/rtcp_in.h"

#include <algorithm>
#include <array>

#include "sfu/wire/rtcp_feedback.h"
#include "sfu/wire/rtcp_report.h"
#include "sfu/wire/rtcp_xr.h"
#include "sfu/wire/twcc.h"

namespace consomme::worker {

namespace {

// Of one NACK: what a receiver that lost more asks for again. 17 numbers an item, 64 items.
constexpr std::size_t kMaxLostPerNack = 1088;

router::Consumer* consumer_of(Peer& peer, Ssrc ssrc) {
  const auto it = peer.consumers_by_ssrc.find(ssrc);
  return it == peer.consumers_by_ssrc.end() ? nullptr : it->second;
}

media::InboundStream* encoding_of(Peer& peer, Ssrc ssrc) {
  for (router::Producer* const producer : peer.producers)
    for (media::InboundStream& encoding : producer->encodings)
      if (encoding.ssrc() == ssrc) return &encoding;
  return nullptr;
}

void take_blocks(Instant now, Peer& peer, const wire::RtcpItems<wire::ReportBlock>& blocks) {
  double expected = 0;
  double lost = 0;
  bwe::SeenReport seen;
  for (const wire::ReportBlock block : blocks) {
    router::Consumer* const consumer = consumer_of(peer, block.ssrc);
    if (consumer == nullptr) continue;
    const media::RemoteReport& report = consumer->stream.receive_report(now, block);
    consumer->quality.note(report, consumer->stream);
    // Who sends us nothing answers no reference time of ours (RFC 3611).
    if (report.rtt() && peer.producers.empty()) set_rtt(peer, *report.rtt());
    expected += report.expected;
    lost += report.expected * report.fraction_lost;
    seen = {block.last_sender_report, from_compact_ntp(block.since_sender_report)};
  }
  peer.transport.estimator().receive_report(now, seen, lost, expected);
}

void take_sender_report(Instant now, Peer& peer, const wire::RtcpPacket& packet) {
  const auto report = wire::parse_sender_report(packet);
  if (!report) return;
  if (media::InboundStream* const encoding = encoding_of(peer, report->sender)) {
    encoding->receive_sender_report(now, report->info);
    set_clock_offset(peer, peer.clock.note(now, report->info.ntp));
  }
  take_blocks(now, peer, report->blocks);
}

void take_receiver_report(Instant now, Peer& peer, const wire::RtcpPacket& packet) {
  if (const auto report = wire::parse_receiver_report(packet)) take_blocks(now, peer, report->blocks);
}

void take_extended_report(Instant now, Peer& peer, const wire::RtcpPacket& packet) {
  const auto report = wire::parse_extended_report(packet);
  if (!report) return;
  if (report->reference_time) peer.reference_time = ReferenceTime{report->sender, *report->reference_time, now};
  for (const wire::DlrrItem item : report->delays) {
    if (item.receiver != peer.transport.rtcp_ssrc() || item.last_reference == 0) continue;
    // RFC 3611 §4.5, in the arithmetic of RFC 3550 §6.4.1; a clock that misleads is not believed.
    const std::uint32_t units = NtpTime::from(now).compact() - item.since_last_reference - item.last_reference;
    if (units >> 31 != 0) continue;
    return set_rtt(peer, from_compact_ntp(units));
  }
}

}  // namespace

RtcpOutcome RtcpReceiver::receive(Instant now, Peer& peer, ByteView compound) {
  queued_ = false;
  sources_asked_.clear();
  wire::RtcpReader reader(compound);
  while (const auto packet = reader.next()) take_part(now, peer, *packet);
  return {reader.ok(), queued_, sources_asked_};
}

void RtcpReceiver::take_part(Instant now, Peer& peer, const wire::RtcpPacket& packet) {
  switch (packet.type) {
    case wire::RtcpType::kSenderReport:
      return take_sender_report(now, peer, packet);
    case wire::RtcpType::kReceiverReport:
      return take_receiver_report(now, peer, packet);
    case wire::RtcpType::kExtendedReport:
      return take_extended_report(now, peer, packet);
    case wire::RtcpType::kRtpFeedback:
      if (const auto feedback = wire::parse_twcc(packet)) return peer.transport.estimator().receive(now, *feedback);
      return take_nack(now, peer, packet);
    case wire::RtcpType::kPayloadFeedback:
      if (const auto pli = wire::parse_pli(packet))
        return ask_key_frame(now, peer, pli->media, &router::Consumer::plis);
      if (const auto fir = wire::parse_fir(packet))
        for (const wire::FirItem item : fir->items) ask_key_frame(now, peer, item.media, &router::Consumer::firs);
      if (const auto remb = wire::parse_remb(packet)) peer.transport.estimator().receive_remb(now, remb->bitrate);
      return;
    default:
      return;  // descriptions and goodbyes change nothing: signaling ends streams
  }
}

void RtcpReceiver::take_nack(Instant now, Peer& peer, const wire::RtcpPacket& packet) {
  const auto nack = wire::parse_nack(packet);
  if (!nack) return;
  router::Consumer* const consumer = consumer_of(peer, nack->media);
  if (consumer == nullptr) return;
  std::array<SeqNo, kMaxLostPerNack> lost;
  std::size_t count = 0;
  nack->each_lost([&](SeqNo seq) {
    if (count < lost.size()) lost[count++] = seq;
  });
  bwe::Estimator& estimator = peer.transport.estimator();
  const media::RepairTerms terms{.present_rtt = estimator.present_rtt(now), .bytes = estimator.repairs_allowed(now)};
  consumer->stream.receive_nack(now, std::span(lost).first(count), terms, resends_);
  for (const media::Resend& resend : resends_) {
    estimator.repaired(resend.packet->rtp.payload_bytes);
    peer.transport.queue(resend, consumer->stream);
  }
  queued_ |= !resends_.empty();
  ++consumer->nacks;
  ++counts_.nacks;
  counts_.resent += resends_.size();
  resends_.clear();  // packets are held no longer than needed
}

void RtcpReceiver::ask_key_frame(Instant now, Peer& peer, Ssrc media, std::uint64_t router::Consumer::* count) {
  router::Consumer* const consumer = consumer_of(peer, media);
  if (consumer == nullptr) return;
  ++(consumer->*count);
  ++counts_.key_frame_requests;
  router_->request_key_frame(now, *consumer);
  sources_asked_.push_back(consumer->producer);
}

}  // namespace consomme::worker
