#include "sfu/transport/stream_table.h"

#include <algorithm>
#include <string_view>

#include "sfu/wire/extension_values.h"

namespace consomme::transport {

namespace {

std::string_view text_of(ByteView packet, const wire::ExtensionSlices& slices, HeaderExtension kind) {
  const wire::ExtensionSlice slice = slices[static_cast<std::size_t>(kind)];
  if (slice.offset == 0) return {};
  return wire::parse_stream_name(packet.subspan(slice.offset, slice.size)).value_or(std::string_view{});
}

std::optional<std::uint8_t> stream_with_rid(const AnnouncedProducer& producer, std::string_view rid) {
  const auto it = std::ranges::find(producer.streams, rid, &AnnouncedStream::rid);
  if (it == producer.streams.end()) return std::nullopt;
  return static_cast<std::uint8_t>(it - producer.streams.begin());
}

bool is_rtx(const AnnouncedProducer& producer, PayloadType type) {
  return std::ranges::find(producer.rtx_payload_types, type) != producer.rtx_payload_types.end();
}

}  // namespace

void StreamTable::add(const AnnouncedProducer& producer) {
  for (std::size_t i = 0; i < producer.streams.size(); ++i) {
    const auto stream = static_cast<std::uint8_t>(i);
    if (producer.streams[i].ssrc) bind(*producer.streams[i].ssrc, {producer.producer, stream, false});
    if (producer.streams[i].rtx_ssrc) bind(*producer.streams[i].rtx_ssrc, {producer.producer, stream, true});
  }
  for (std::size_t id = 1; id < 256; ++id)
    if (const auto kind = producer.extensions.kind(static_cast<std::uint8_t>(id)); kind != HeaderExtension::kCount)
      extensions_.set(ExtensionId(static_cast<std::uint8_t>(id)), kind);
  producers_.push_back(producer);
}

std::vector<Ssrc> StreamTable::remove(ProducerId producer) {
  std::vector<Ssrc> ssrcs;
  std::erase_if(producers_, [&](const AnnouncedProducer& p) { return p.producer == producer; });
  boost::unordered::erase_if(by_ssrc_, [&](const auto& entry) {
    if (entry.second.producer != producer) return false;
    ssrcs.push_back(entry.first);
    return true;
  });
  return ssrcs;
}

std::optional<StreamTable::Match> StreamTable::find(ByteView packet, const wire::RtpView& rtp,
                                                    const wire::ExtensionSlices& slices) {
  if (const auto it = by_ssrc_.find(rtp.ssrc); it != by_ssrc_.end()) return it->second;
  const std::optional<Match> match = learn(packet, rtp, slices);
  if (match) bind(rtp.ssrc, *match);
  return match;
}

std::optional<StreamTable::Match> StreamTable::learn(ByteView packet, const wire::RtpView& rtp,
                                                     const wire::ExtensionSlices& slices) const {
  const std::string_view mid = text_of(packet, slices, HeaderExtension::kMid);
  const std::string_view rid = text_of(packet, slices, HeaderExtension::kRtpStreamId);
  const std::string_view repaired = text_of(packet, slices, HeaderExtension::kRepairedRtpStreamId);
  if (mid.empty() && rid.empty() && repaired.empty()) return std::nullopt;
  for (const AnnouncedProducer& producer : producers_) {
    if (!mid.empty() && producer.mid != mid) continue;
    if (!repaired.empty()) {
      if (const auto stream = stream_with_rid(producer, repaired)) return Match{producer.producer, *stream, true};
    } else if (!rid.empty()) {
      if (const auto stream = stream_with_rid(producer, rid))
        return Match{producer.producer, *stream, is_rtx(producer, rtp.payload_type)};
    } else if (producer.streams.size() == 1) {
      return Match{producer.producer, 0, is_rtx(producer, rtp.payload_type)};
    }
  }
  return std::nullopt;
}

void StreamTable::bind(Ssrc ssrc, const Match& match) {
  boost::unordered::erase_if(by_ssrc_, [&](const auto& entry) {
    const Match& old = entry.second;
    return old.producer == match.producer && old.stream == match.stream && old.rtx == match.rtx;
  });
  by_ssrc_[ssrc] = match;
}

}  // namespace consomme::transport
