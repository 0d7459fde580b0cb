#include "sfu/srtp/inbound.h"

#include <algorithm>
#include <array>
#include <cstring>

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
  Source* source;  // null if this SSRC is new
  std::int64_t index;
  Associated with;
  ByteView body;
  ByteView tag;
};

Inbound::Inbound(const CryptoEngine& engine, Profile profile, const MasterKey& remote)
    : profile_(&traits(profile)),
      rtp_{derive(profile, remote, Kind::kRtp), nullptr, {}, 0},
      rtcp_{derive(profile, remote, Kind::kRtcp), nullptr, {}, 0} {
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
  const std::int64_t index = source == nullptr ? seq.value() : source->window.estimate(seq);
  const Word rollover = make_word(static_cast<std::uint32_t>(index >> 16));
  return open(rtp_,
              {.ssrc = ssrc,
               .source = source,
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
  return open(rtcp_,
              {.ssrc = ssrc,
               .source = rtcp_.find(ssrc),
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

  const Iv iv = make_iv(stream.keys, packet.ssrc.value(), index);
  const ByteSpan plain = out.subspan(header.size(), packet.body.size());
  if (!stream.cipher->open(iv, packet.with, packet.body, packet.tag, plain)) return Failed(SrtpError::kAuth);
  std::memcpy(out.data(), header.data(), header.size());

  ++stream.opened;
  if (packet.source != nullptr) {
    packet.source->window.accept(index);
    packet.source->last = stream.opened;
  } else {
    if (stream.sources.size() >= kMaxSsrcs) stream.forget_stalest();
    stream.sources.emplace(packet.ssrc, Source{ReplayWindow(index), stream.opened});
  }
  return header.size() + packet.body.size();
}

Inbound::Source* Inbound::Stream::find(Ssrc ssrc) {
  const auto found = sources.find(ssrc);
  return found == sources.end() ? nullptr : &found->second;
}

void Inbound::Stream::forget_stalest() {
  sources.erase(std::ranges::min_element(sources, {}, [](const auto& entry) { return entry.second.last; }));
}

}  // namespace consomme::srtp
