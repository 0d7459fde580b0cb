#include "sfu/srtp/outbound.h"

#include <cstring>

#include "sfu/srtp/layout.h"

namespace consomme::srtp {
namespace {

using Failed = std::unexpected<SrtpError>;

constexpr std::int64_t kIndexEnd = std::int64_t{1} << 48;  // RFC 3711 §9.2
constexpr std::int64_t kFirstIndexEnd = std::int64_t{1} << 16;
constexpr std::uint32_t kRtcpIndexEnd = std::uint32_t{1} << 31;

}  // namespace

Outbound::Outbound(const CryptoEngine& engine, Profile profile, const MasterKey& local)
    : profile_(&traits(profile)),
      rtp_{derive(profile, local, Kind::kRtp), nullptr},
      rtcp_{derive(profile, local, Kind::kRtcp), nullptr} {
  rtp_.cipher = engine.cipher(rtp_.keys, Direction::kSeal);
  rtcp_.cipher = engine.cipher(rtcp_.keys, Direction::kSeal);
}

struct Outbound::Plain {
  ByteSpan slot;
  std::size_t header_size;
  std::size_t prefix_size;
  ByteView payload;
  ExtSeqNo index;

  std::size_t body_size() const { return prefix_size + payload.size(); }
};

std::expected<std::size_t, SrtpError> Outbound::protect_rtp(ByteSpan slot, std::size_t header_size,
                                                            std::size_t prefix_size, ByteView payload, ExtSeqNo index) {
  const Plain packet{slot, header_size, prefix_size, payload, index};
  const auto ssrc = check_layout(packet);
  if (!ssrc) return Failed(ssrc.error());
  if (const auto claimed = claim(*ssrc, index); !claimed) return Failed(claimed.error());
  return seal(packet, *ssrc);
}

std::expected<std::size_t, SrtpError> Outbound::protect_rtp_again(ByteSpan slot, std::size_t header_size,
                                                                  std::size_t prefix_size, ByteView payload,
                                                                  ExtSeqNo index) {
  const Plain packet{slot, header_size, prefix_size, payload, index};
  const auto ssrc = check_layout(packet);
  if (!ssrc) return Failed(ssrc.error());
  const ReplayWindow* const window = find(*ssrc);
  if (window == nullptr || index.value() < 0 || !window->seen(static_cast<std::uint64_t>(index.value())))
    return Failed(SrtpError::kBadIndex);
  return seal(packet, *ssrc);
}

std::expected<Ssrc, SrtpError> Outbound::check_layout(const Plain& packet) const {
  const std::size_t size = packet.header_size + packet.body_size() + profile_->tag_bytes;
  if (packet.slot.size() < size) return Failed(SrtpError::kNoRoom);
  if (packet.header_size < kRtpFixedHeaderBytes) return Failed(SrtpError::kMalformed);
  if (load_be<2>(packet.slot.data() + kRtpSeqAt) != truncate(packet.index).value()) return Failed(SrtpError::kBadIndex);
  return Ssrc(static_cast<std::uint32_t>(load_be<4>(packet.slot.data() + kRtpSsrcAt)));
}

std::size_t Outbound::seal(const Plain& packet, Ssrc ssrc) {
  const auto position = static_cast<std::uint64_t>(packet.index.value());
  const Word rollover = make_word(static_cast<std::uint32_t>(position >> 16));
  const ByteView header = packet.slot.first(packet.header_size);
  const Associated with{header, profile_->aead ? ByteView() : ByteView(rollover)};
  const ByteSpan body = packet.slot.subspan(packet.header_size, packet.body_size());
  rtp_.cipher->seal(make_iv(rtp_.keys, ssrc.value(), position), with, body, packet.payload, body.data() + body.size());
  return header.size() + body.size() + profile_->tag_bytes;
}

// From here on the pair of SSRC and index counts as used.
std::expected<void, SrtpError> Outbound::claim(Ssrc ssrc, ExtSeqNo index) {
  if (index.value() < 0 || index.value() >= kIndexEnd) return Failed(SrtpError::kExhausted);
  const auto position = static_cast<std::uint64_t>(index.value());
  if (ReplayWindow* const window = find(ssrc)) {
    if (!window->fresh(position)) return Failed(SrtpError::kNonceUsed);
    window->accept(position);
    return {};
  }
  if (index.value() >= kFirstIndexEnd) return Failed(SrtpError::kBadIndex);
  if (windows_.size() >= kMaxSsrcs) return Failed(SrtpError::kTooManySsrcs);
  windows_.emplace(ssrc, ReplayWindow(position));
  newest_ = {};
  return {};
}

ReplayWindow* Outbound::find(Ssrc ssrc) {
  if (newest_.window != nullptr && newest_.ssrc == ssrc) return newest_.window;
  const auto found = windows_.find(ssrc);
  if (found == windows_.end()) return nullptr;
  newest_ = {ssrc, &found->second};
  return newest_.window;
}

std::expected<std::size_t, SrtpError> Outbound::protect_rtcp(ByteView plain, ByteSpan out) {
  if (plain.size() < kRtcpClearBytes) return Failed(SrtpError::kMalformed);
  const std::size_t size = plain.size() + profile_->tag_bytes + kWordBytes;
  if (out.size() < size) return Failed(SrtpError::kNoRoom);
  if (rtcp_index_ >= kRtcpIndexEnd) return Failed(SrtpError::kExhausted);
  const std::uint32_t index = rtcp_index_++;

  const Word word = make_word(kEncryptedBit | index);
  const RtcpTail tail = rtcp_tail(*profile_, plain.size());
  const auto ssrc = static_cast<std::uint32_t>(load_be<4>(plain.data() + kRtcpSsrcAt));
  const Associated with{out.first(kRtcpClearBytes), word};
  std::memcpy(out.data(), plain.data(), kRtcpClearBytes);
  rtcp_.cipher->seal(make_iv(rtcp_.keys, ssrc, index), with,
                     out.subspan(kRtcpClearBytes, plain.size() - kRtcpClearBytes), plain.subspan(kRtcpClearBytes),
                     out.data() + tail.tag_at);
  std::memcpy(out.data() + tail.word_at, word.data(), kWordBytes);
  return size;
}

}  // namespace consomme::srtp
