#include "sfu/worker/rtcp_in.h"

#include <algorithm>
#include <array>

#include "sfu/wire/rtcp_feedback.h"
#include "sfu/wire/rtcp_report.h"
#include "sfu/wire/rtcp_xr.h"

namespace consomme::worker {

namespace {

// Of one NACK: what a receiver that lost more asks for again. 17 numbers an item, 64 items.
constexpr std::size_t kMaxLostPerNack = 1088;
// A round trip that nobody has measured yet, for spacing retransmissions.
constexpr Duration kUnknownRoundTrip = 100ms;

router::Consumer* consumer_of(Peer& peer, Ssrc ssrc) {
  const auto it = peer.consumers_by_ssrc.find(ssrc);
  return it == peer.consumers_by_ssrc.end() ? nullptr : it->second;
}

void take_blocks(Instant now, Peer& peer, const wire::RtcpItems<wire::ReportBlock>& blocks) {
  for (const wire::ReportBlock block : blocks)
    if (router::Consumer* const consumer = consumer_of(peer, block.ssrc)) consumer->stream.receive_report(now, block);
}

void take_sender_report(Instant now, Peer& peer, const wire::RtcpPacket& packet) {
  const auto report = wire::parse_sender_report(packet);
  if (!report) return;
  for (router::Producer* const producer : peer.producers)
    for (media::InboundStream& encoding : producer->encodings)
      if (encoding.ssrc() == report->sender) encoding.receive_sender_report(now, report->info);
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
    peer.rtt = from_compact_ntp(units);
    for (router::Producer* const producer : peer.producers)
      for (media::InboundStream& encoding : producer->encodings) encoding.set_rtt(*peer.rtt);
  }
}

void take_nack(Instant now, Peer& peer, const wire::RtcpPacket& packet, RtcpOutcome& outcome) {
  const auto nack = wire::parse_nack(packet);
  if (!nack) return;
  router::Consumer* const consumer = consumer_of(peer, nack->media);
  if (consumer == nullptr) return;
  std::array<SeqNo, kMaxLostPerNack> lost;
  std::size_t count = 0;
  nack->each_lost([&](SeqNo seq) {
    if (count < lost.size()) lost[count++] = seq;
  });
  const auto& report = consumer->stream.remote_report();
  const Duration rtt = report && report->rtt ? *report->rtt : kUnknownRoundTrip;
  std::vector<media::Resend> resends;
  consumer->stream.receive_nack(now, std::span(lost).first(count), rtt, resends);
  for (const media::Resend& resend : resends) peer.transport.queue(resend, consumer->stream);
  outcome.queued |= !resends.empty();
}

void ask_key_frame(Instant now, Peer& peer, router::Router& router, Ssrc media, RtcpOutcome& outcome) {
  router::Consumer* const consumer = consumer_of(peer, media);
  if (consumer == nullptr) return;
  router.request_key_frame(now, *consumer);
  outcome.sources_asked.push_back(consumer->producer->path);
}

void take_part(Instant now, Peer& peer, router::Router& router, const wire::RtcpPacket& packet, RtcpOutcome& outcome) {
  switch (packet.type) {
    case wire::RtcpType::kSenderReport:
      return take_sender_report(now, peer, packet);
    case wire::RtcpType::kReceiverReport:
      return take_receiver_report(now, peer, packet);
    case wire::RtcpType::kExtendedReport:
      return take_extended_report(now, peer, packet);
    case wire::RtcpType::kRtpFeedback:
      return take_nack(now, peer, packet, outcome);
    case wire::RtcpType::kPayloadFeedback:
      if (const auto pli = wire::parse_pli(packet)) return ask_key_frame(now, peer, router, pli->media, outcome);
      if (const auto fir = wire::parse_fir(packet))
        for (const wire::FirItem item : fir->items) ask_key_frame(now, peer, router, item.media, outcome);
      return;
    default:
      return;  // descriptions and goodbyes change nothing: signaling ends streams
  }
}

}  // namespace

RtcpOutcome receive_rtcp(Instant now, Peer& peer, router::Router& router, ByteView compound) {
  RtcpOutcome outcome;
  wire::RtcpReader reader(compound);
  while (const auto packet = reader.next()) take_part(now, peer, router, *packet, outcome);
  outcome.well_formed = reader.ok();
  return outcome;
}

}  // namespace consomme::worker
