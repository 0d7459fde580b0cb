#include "sfu/srtp/inbound.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/datagram.h"
#include "sfu/srtp/layout.h"

namespace consomme::srtp {
namespace {

using Failed = std::unexpected<SrtpError>;

// Fixed header, contributing sources and extension (RFC 3550 §5.1, §5.3.1): what of SRTP stays in clear.
std::expected<std::size_t, SrtpError> rtp_header_size(ByteView packet) {
  if (packet.size() < kRtpFixedHeaderBytes) return Failed(SrtpError::kShort);
  if (packet[0] >> 6 != 2) return Failed(SrtpError::kMalformed);
  std::size_t size = kRtpFixedHeaderBytes + 4 * static_cast<std::size_t>(packet[0] & 0x0f);
  if ((packet[0] & 0x10) != 0) {
    if (packet.size() < size + 4) return Failed(SrtpError::kMalformed);
    size += 4 + 4 * load_be<2>(packet.data() + size + 2);
  }
  if (packet.size() < size) return Failed(SrtpError::kMalformed);
  return size;
}

}  // namespace

struct Inbound::Sealed {
  Ssrc ssrc;
  Source* source;                       // null if this SSRC is new, or has come back
  std::optional<std::uint64_t> former;  // the highest index of one that has come back
  std::int64_t index;
  Associated with;
  ByteView body;
  ByteView tag;
};

Inbound::Inbound(const CryptoEngine& engine, Profile profile, const MasterKey& remote)
    : profile_(&traits(profile)),
      rtp_{.keys = derive(profile, remote, Kind::kRtp), .cipher = nullptr},
      rtcp_{.keys = derive(profile, remote, Kind::kRtcp), .cipher = nullptr} {
  rtp_.cipher = engine.cipher(rtp_.keys, Direction::kOpen);
  rtcp_.cipher = engine.cipher(rtcp_.keys, Direction::kOpen);
}

std::expected<std::size_t, SrtpError> Inbound::unprotect_rtp(ByteView in, ByteSpan out) {
  if (in.size() > kMaxDatagramBytes) return Failed(SrtpError::kMalformed);
  const auto header = rtp_header_size(in);
  if (!header) return Failed(header.error());
  if (in.size() < *header + profile_->tag_bytes) return Failed(SrtpError::kShort);

  const SeqNo seq(static_cast<std::uint16_t>(load_be<2>(in.data() + kRtpSeqAt)));
  const Ssrc ssrc(static_cast<std::uint32_t>(load_be<4>(in.data() + kRtpSsrcAt)));
  Source* const source = rtp_.find(ssrc);
  const auto former = source == nullptr ? rtp_.former_highest(ssrc) : std::nullopt;
  const std::int64_t index = source != nullptr ? source->window.estimate(seq)
                             : former          ? ReplayWindow::estimate(*former, seq)
                                               : seq.value();
  const Word rollover = make_word(static_cast<std::uint32_t>(index >> 16));
  return open(rtp_,
              {.ssrc = ssrc,
               .source = source,
               .former = former,
               .index = index,
               .with = {in.first(*header), profile_->aead ? ByteView() : ByteView(rollover)},
               .body = in.subspan(*header, in.size() - *header - profile_->tag_bytes),
               .tag = in.last(profile_->tag_bytes)},
              out);
}

std::expected<std::size_t, SrtpError> Inbound::unprotect_rtcp(ByteView in, ByteSpan out) {
  if (in.size() > kMaxDatagramBytes) return Failed(SrtpError::kMalformed);
  if (in.size() < kRtcpClearBytes + profile_->tag_bytes + kWordBytes) return Failed(SrtpError::kShort);
  const std::size_t body = in.size() - kRtcpClearBytes - profile_->tag_bytes - kWordBytes;
  const RtcpTail tail = rtcp_tail(*profile_, kRtcpClearBytes + body);
  const ByteView word = in.subspan(tail.word_at, kWordBytes);
  const auto value = static_cast<std::uint32_t>(load_be<4>(word.data()));
  if (in[0] >> 6 != 2 || (value & kEncryptedBit) == 0) return Failed(SrtpError::kMalformed);

  const Ssrc ssrc(static_cast<std::uint32_t>(load_be<4>(in.data() + kRtcpSsrcAt)));
  Source* const source = rtcp_.find(ssrc);
  return open(rtcp_,
              {.ssrc = ssrc,
               .source = source,
               .former = source == nullptr ? rtcp_.former_highest(ssrc) : std::nullopt,
               .index = value & ~kEncryptedBit,
               .with = {in.first(kRtcpClearBytes), word},
               .body = in.subspan(kRtcpClearBytes, body),
               .tag = in.subspan(tail.tag_at, profile_->tag_bytes)},
              out);
}

// Nothing is kept of a packet before its tag was right (RFC 3711 §3.3 steps 2 to 8).
std::expected<std::size_t, SrtpError> Inbound::open(Stream& stream, const Sealed& packet, ByteSpan out) {
  const ByteView header = packet.with.header;
  if (out.size() < header.size() + packet.body.size()) return Failed(SrtpError::kNoRoom);
  if (packet.index < 0) return Failed(SrtpError::kReplay);  // before the first rollover there was nothing
  const auto index = static_cast<std::uint64_t>(packet.index);
  if (packet.source != nullptr && !packet.source->window.fresh(index)) return Failed(SrtpError::kReplay);
  if (packet.former && index <= *packet.former) return Failed(SrtpError::kReplay);

  const Iv iv = make_iv(stream.keys, packet.ssrc.value(), index);
  const ByteSpan plain = out.subspan(header.size(), packet.body.size());
  if (!stream.cipher->open(iv, packet.with, packet.body, packet.tag, plain)) return Failed(SrtpError::kAuth);
  std::memcpy(out.data(), header.data(), header.size());

  ++stream.opened;
  if (packet.source != nullptr) {
    packet.source->window.accept(index);
    packet.source->last = stream.opened;
  } else {
    stream.begin(packet.ssrc, index);
  }
  return header.size() + packet.body.size();
}

Inbound::Source* Inbound::Stream::find(Ssrc ssrc) {
  const auto found = sources.find(ssrc);
  return found == sources.end() ? nullptr : found->second.get();
}

std::optional<std::uint64_t> Inbound::Stream::former_highest(Ssrc ssrc) const {
  const auto found = std::ranges::find(former, ssrc, &Former::ssrc);
  return found == former.end() ? std::nullopt : std::optional(found->highest);
}

// What it sent before it came back stays closed behind its first new packet.
void Inbound::Stream::begin(Ssrc ssrc, std::uint64_t index) {
  const auto highest = former_highest(ssrc);
  if (sources.size() >= kMaxSsrcs) retire(stalest());
  ReplayWindow window = highest ? ReplayWindow::closed_up_to(*highest) : ReplayWindow(index);
  window.accept(index);
  std::erase_if(former, [&](const Former& f) { return f.ssrc == ssrc; });
  sources.emplace(ssrc, std::make_unique<Source>(Source{window, opened, highest.has_value()}));
}

void Inbound::retire(Ssrc ssrc) {
  rtp_.retire(ssrc);
  rtcp_.retire(ssrc);
}

void Inbound::Stream::retire(Ssrc ssrc) {
  const auto found = sources.find(ssrc);
  if (found == sources.end()) return;
  if (former.size() >= kMaxFormer) former.erase(former.begin());
  former.push_back({ssrc, found->second->window.highest()});
  sources.erase(found);
}

// The one heard longest ago, of those that came back if there are any: mostly late packets of streams that have ended.
Ssrc Inbound::Stream::stalest() const {
  return std::ranges::min_element(
             sources, {}, [](const auto& entry) { return std::pair(!entry.second->came_back, entry.second->last); })
      ->first;
}

}  // namespace consomme::srtp
