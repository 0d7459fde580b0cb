// RTCP: every part of a compound packet is offered to every parser, and all that they hand out is looked at. What we
// write ourselves of it is written again, and says the same.
#include "sfu/wire/rtcp.h"

#include <set>
#include <vector>

#include "base/check.h"
#include "sfu/wire/rtcp_feedback.h"
#include "sfu/wire/rtcp_report.h"
#include "sfu/wire/rtcp_xr.h"
#include "sfu/wire/twcc.h"

using namespace consomme;

namespace {

// All of it, as a list.
template <class Items>
auto list_of(const Items& items) {
  std::vector<decltype(*items.begin())> list;
  for (const auto item : items) list.push_back(item);
  return list;
}
std::vector<Ssrc> names_of(const wire::SsrcList& sources) {
  std::vector<Ssrc> names;
  for (const wire::SsrcItem source : sources) names.push_back(source.ssrc);
  return names;
}

// What `write` writes is handed, as the part that it is, to `read`.
template <class Write, class Read>
void write_and_read(Write write, Read read) {
  static std::vector<std::uint8_t> room(65536 * 4);  // the longest part that there is
  ByteWriter writer(room);
  check(write(writer), "what could be read can be written");
  wire::RtcpReader reader(writer.written());
  const auto packet = reader.next();
  check(packet && !reader.next() && reader.ok(), "it is one part");
  check(read(*packet), "it says the same");
}

void again(const wire::SenderReport& said) {
  const auto blocks = list_of(said.blocks);
  write_and_read([&](ByteWriter& w) { return wire::write_sender_report(w, said.sender, said.info, blocks); },
                 [&](const wire::RtcpPacket& packet) {
                   const auto read = wire::parse_sender_report(packet);
                   return read && read->sender == said.sender && read->info == said.info &&
                          list_of(read->blocks) == blocks;
                 });
}
void again(const wire::ReceiverReport& said) {
  const auto blocks = list_of(said.blocks);
  write_and_read([&](ByteWriter& w) { return wire::write_receiver_report(w, said.sender, blocks); },
                 [&](const wire::RtcpPacket& packet) {
                   const auto read = wire::parse_receiver_report(packet);
                   return read && read->sender == said.sender && list_of(read->blocks) == blocks;
                 });
}
void again(const wire::Cname& said) {
  write_and_read([&](ByteWriter& w) { return wire::write_cname(w, said); },
                 [&](const wire::RtcpPacket& packet) {
                   const auto read = wire::CnameReader(packet).next();
                   return read && read->ssrc == said.ssrc && read->text == said.text;
                 });
}
void again(const wire::SsrcList& said) {
  for (const Ssrc source : names_of(said))
    write_and_read([&](ByteWriter& w) { return wire::write_bye(w, source); },
                   [&](const wire::RtcpPacket& packet) {
                     const auto read = wire::parse_bye(packet);
                     return read && names_of(*read) == std::vector{source};
                   });
}
void again(const wire::ExtendedReport& said) {
  if (said.reference_time)
    write_and_read([&](ByteWriter& w) { return wire::write_reference_time(w, said.sender, *said.reference_time); },
                   [&](const wire::RtcpPacket& packet) {
                     const auto read = wire::parse_extended_report(packet);
                     return read && read->sender == said.sender && read->reference_time == said.reference_time;
                   });
  const auto delays = list_of(said.delays);
  write_and_read([&](ByteWriter& w) { return wire::write_dlrr(w, said.sender, delays); },
                 [&](const wire::RtcpPacket& packet) {
                   const auto read = wire::parse_extended_report(packet);
                   return read && read->sender == said.sender && list_of(read->delays) == delays;
                 });
}
void again(const wire::PictureLoss& said) {
  write_and_read([&](ByteWriter& w) { return wire::write_pli(w, said); },
                 [&](const wire::RtcpPacket& packet) {
                   const auto read = wire::parse_pli(packet);
                   return read && read->sender == said.sender && read->media == said.media;
                 });
}
void again(const wire::FullIntraRequest& said) {
  const auto items = list_of(said.items);
  write_and_read([&](ByteWriter& w) { return wire::write_fir(w, said.sender, items); },
                 [&](const wire::RtcpPacket& packet) {
                   const auto read = wire::parse_fir(packet);
                   return read && read->sender == said.sender && list_of(read->items) == items;
                 });
}
void again(const wire::Nack& said) {
  const auto items = list_of(said.items);
  write_and_read([&](ByteWriter& w) { return wire::write_nack(w, said.sender, said.media, items); },
                 [&](const wire::RtcpPacket& packet) {
                   const auto read = wire::parse_nack(packet);
                   return read && read->sender == said.sender && read->media == said.media &&
                          list_of(read->items) == items;
                 });
}
void again(const wire::Remb& said) {
  const std::vector<Ssrc> sources = names_of(said.sources);
  write_and_read([&](ByteWriter& w) { return wire::write_remb(w, said.sender, said.bitrate, sources); },
                 [&](const wire::RtcpPacket& packet) {
                   const auto read = wire::parse_remb(packet);
                   return read && read->sender == said.sender && read->bitrate == said.bitrate &&
                          names_of(read->sources) == sources;
                 });
}

void take_reports(const wire::RtcpPacket& packet) {
  if (const auto report = wire::parse_sender_report(packet)) again(*report);
  if (const auto report = wire::parse_receiver_report(packet)) again(*report);
  if (const auto sources = wire::parse_bye(packet)) again(*sources);
  if (const auto report = wire::parse_extended_report(packet)) again(*report);
  wire::CnameReader cnames(packet);
  for (std::size_t n = 0; const auto cname = cnames.next(); ++n) {
    check(n < wire::kMaxRtcpCount, "chunks are counted");
    again(*cname);
  }
}

std::vector<SeqNo> lost_of(const wire::Nack& nack) {
  std::vector<SeqNo> lost;
  nack.each_lost([&](SeqNo seq) { lost.push_back(seq); });
  return lost;
}
std::set<std::uint16_t> set_of(const std::vector<SeqNo>& numbers) {
  std::set<std::uint16_t> set;
  for (const SeqNo number : numbers) set.insert(number.value());
  return set;
}
// Numbers that were said to be lost, in whatever order, are said to be lost when they are packed anew.
void pack_again(const std::vector<SeqNo>& lost) {
  std::vector<wire::NackItem> items(lost.size());
  const wire::PackedNack packed = wire::pack_nack(lost, items);
  check(packed.numbers == lost.size() && packed.items <= lost.size(), "there is room for all");
  items.resize(packed.items);
  write_and_read(
      [&](ByteWriter& w) { return wire::write_nack(w, Ssrc(1), Ssrc(2), items); },
      [&](const wire::RtcpPacket& packet) { return set_of(lost_of(*wire::parse_nack(packet))) == set_of(lost); });
}

void take_feedback(const wire::RtcpPacket& packet) {
  if (const auto pli = wire::parse_pli(packet)) again(*pli);
  if (const auto fir = wire::parse_fir(packet)) again(*fir);
  if (const auto nack = wire::parse_nack(packet)) {
    const std::vector<SeqNo> lost = lost_of(*nack);
    check(lost.size() <= packet.body.size() * 17 / 4, "an item names at most seventeen packets");
    pack_again(lost);
    again(*nack);
  }
  if (const auto remb = wire::parse_remb(packet)) {
    check(remb->bitrate.value() >= 0, "a bitrate is no debt");
    again(*remb);
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
    take_reports(*packet);
    take_feedback(*packet);
  }
  return 0;
}
