// RTCP: every part of a compound packet is offered to every parser, and all that they hand out is looked at.
#include "sfu/wire/rtcp.h"

#include "base/check.h"
#include "sfu/wire/rtcp_feedback.h"
#include "sfu/wire/rtcp_report.h"
#include "sfu/wire/rtcp_xr.h"
#include "sfu/wire/twcc.h"

using namespace consomme;

namespace {

template <class Items>
void look_at(const Items& items) {
  for (const auto item : items) static_cast<void>(item);
}

void read_reports(const wire::RtcpPacket& packet) {
  if (const auto report = wire::parse_sender_report(packet)) look_at(report->blocks);
  if (const auto report = wire::parse_receiver_report(packet)) look_at(report->blocks);
  if (const auto sources = wire::parse_bye(packet)) look_at(*sources);
  if (const auto report = wire::parse_extended_report(packet)) look_at(report->delays);
  wire::CnameReader cnames(packet);
  for (std::size_t n = 0; cnames.next(); ++n) check(n < wire::kMaxRtcpCount, "chunks are counted");
}

void read_feedback(const wire::RtcpPacket& packet) {
  wire::parse_pli(packet);
  if (const auto fir = wire::parse_fir(packet)) look_at(fir->items);
  if (const auto nack = wire::parse_nack(packet)) {
    std::size_t lost = 0;
    nack->each_lost([&](SeqNo) { ++lost; });
    check(lost <= packet.body.size() * 17 / 4, "an item names at most seventeen packets");
  }
  if (const auto remb = wire::parse_remb(packet)) {
    check(remb->bitrate.value() >= 0, "a bitrate is no debt");
    look_at(remb->sources);
  }
  if (const auto feedback = wire::parse_twcc(packet)) {
    wire::TwccReader reader(*feedback);
    std::size_t statuses = 0;
    while (reader.next()) ++statuses;
    check(statuses <= 8 * packet.body.size(), "a run of lost packets is read as one");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  wire::RtcpReader reader(ByteView(data, size));
  std::size_t parts = 0;
  while (const auto packet = reader.next()) {
    check(++parts <= size / wire::kRtcpHeaderBytes, "parts are bounded by the packet");
    read_reports(*packet);
    read_feedback(*packet);
  }
  return 0;
}
