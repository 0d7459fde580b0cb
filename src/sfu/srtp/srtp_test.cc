// What Inbound and Outbound promise, for every profile with every backend.
#include <gtest/gtest.h>

#include "base/datagram.h"
#include "base/rng.h"
#include "sfu/srtp/testing.h"

namespace consomme::srtp::testing {
namespace {

using Srtp = EachCipher;
INSTANTIATE_TEST_SUITE_P(Each, Srtp, each_cipher(), cipher_name);

constexpr std::uint32_t kSsrc = 0x11223344;

TEST_P(Srtp, OpensWhatItSealsWhateverTheHeaderPrefixAndPayload) {
  Outbound out = outbound();
  Inbound in = inbound();
  std::int64_t index = 100;
  const RtpShape shapes[] = {{}, {.csrcs = 3}, {.extension_words = 2}, {.csrcs = 15, .extension_words = 20}};
  for (const RtpShape& shape : shapes) {
    for (const std::size_t payload : {0u, 1u, 15u, 16u, 17u, 160u, 1188u}) {
      for (const std::size_t prefix : {0u, 2u, 16u, 1188u}) {
        if (prefix > payload) continue;
        const Bytes plain = rtp_packet(kSsrc, ++index, payload, shape);
        const Bytes packet = protect(out, plain, index, prefix, shape);
        EXPECT_EQ(packet.size(), plain.size() + traits(profile()).tag_bytes);
        EXPECT_EQ(unprotect(in, packet), plain) << payload << " " << prefix;
      }
    }
  }
}

TEST_P(Srtp, BackendsSendTheSameBytes) {
  const CryptoEngine other_engine = engine(crypto().backend() == Backend::kEvp ? Backend::kIpsecMb : Backend::kEvp);
  Outbound one = outbound();
  Outbound other(other_engine, profile(), master_key());
  for (std::int64_t index = 65500; index < 65600; ++index) {
    const Bytes plain = rtp_packet(kSsrc, index, static_cast<std::size_t>(index % 97) * 12);
    const std::size_t prefix = plain.size() > 14 ? static_cast<std::size_t>(index % 3) : 0;
    EXPECT_EQ(protect(one, plain, index, prefix), protect(other, plain, index, prefix));
    const Bytes rtcp = rtcp_packet(kSsrc, static_cast<std::size_t>(index % 60));
    EXPECT_EQ(protect_rtcp(one, rtcp), protect_rtcp(other, rtcp));
  }
}

TEST_P(Srtp, LeavesThePayloadAlone) {
  Outbound out = outbound();
  const Bytes plain = rtp_packet(kSsrc, 7, 500);
  const Bytes copy = plain;
  const Bytes packet = protect(out, plain, 7, 2);
  EXPECT_EQ(plain, copy);
  EXPECT_FALSE(std::equal(plain.begin() + 12, plain.end(), packet.begin() + 12)) << "it is encrypted";
}

TEST_P(Srtp, FollowsTheRolloverCounterAndReorderingAcrossIt) {
  Outbound out = outbound();
  Inbound in = inbound();
  std::vector<std::pair<Bytes, Bytes>> sent;
  for (std::int64_t index = 65000; index < 3 * 65536 + 10; index += 100) {
    const Bytes plain = rtp_packet(kSsrc, index, 20);
    sent.emplace_back(plain, protect(out, plain, index));
  }
  for (std::size_t i = 0; i + 3 < sent.size(); i += 4)  // 2 0 3 1: some arrive from before the wrap behind it
    for (const std::size_t k : {2u, 0u, 3u, 1u})
      EXPECT_EQ(unprotect(in, sent[i + k].second), sent[i + k].first) << i + k;
}

TEST_P(Srtp, RefusesReplayedAndTooOldPackets) {
  Outbound out = outbound();
  Inbound in = inbound();
  std::vector<Bytes> sent;
  for (std::int64_t index = 10; index < 10 + 1100; ++index)
    sent.push_back(protect(out, rtp_packet(kSsrc, index, 9), index));
  EXPECT_TRUE(unprotect(in, sent[1]));
  EXPECT_EQ(unprotect(in, sent[1]), std::unexpected(SrtpError::kReplay));
  EXPECT_TRUE(unprotect(in, sent[0])) << "late is not replayed";
  EXPECT_EQ(unprotect(in, sent[0]), std::unexpected(SrtpError::kReplay));
  EXPECT_TRUE(unprotect(in, sent[1030]));
  EXPECT_TRUE(unprotect(in, sent[1030 - 1023])) << "the window is 1024 packets wide";
  EXPECT_EQ(unprotect(in, sent[1030 - 1024]), std::unexpected(SrtpError::kReplay));
  EXPECT_EQ(unprotect(in, sent[1030 - 1023]), std::unexpected(SrtpError::kReplay));
}

TEST_P(Srtp, RefusesBeforeTheFirstRollover) {
  Outbound out = outbound();
  Inbound in = inbound();
  const Bytes late = protect(out, rtp_packet(kSsrc, 65530, 9), 65530);
  EXPECT_TRUE(unprotect(in, protect(out, rtp_packet(kSsrc, 65530 - 600, 9), 65530 - 600)));
  EXPECT_TRUE(unprotect(in, late));
  Inbound fresh = inbound();
  EXPECT_TRUE(unprotect(fresh, protect(out, rtp_packet(kSsrc + 1, 3, 9), 3)));
  EXPECT_EQ(unprotect(fresh, rtp_packet(kSsrc + 1, 65530, 40)), std::unexpected(SrtpError::kReplay));
}

TEST_P(Srtp, RefusesEveryTruncationAndEveryFlippedBit) {
  Outbound out = outbound();
  Inbound in = inbound();
  const RtpShape shape{.csrcs = 1, .extension_words = 1};
  const Bytes packet = protect(out, rtp_packet(kSsrc, 50, 40, shape), 50, 0, shape);
  for (std::size_t size = 0; size < packet.size(); ++size)
    EXPECT_FALSE(unprotect(in, Bytes(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(size)))) << size;
  for (std::size_t bit = 0; bit < 8 * packet.size(); ++bit) {
    Bytes mutated = packet;
    mutated[bit / 8] = static_cast<std::uint8_t>(mutated[bit / 8] ^ (1u << (bit % 8)));
    EXPECT_FALSE(unprotect(in, mutated)) << bit;
  }
  EXPECT_TRUE(unprotect(in, packet)) << "none of them left a trace";
}

TEST_P(Srtp, ShowsNothingOfAForgedPacket) {
  Outbound out = outbound();
  Inbound in = inbound();
  Bytes packet = protect(out, rtp_packet(kSsrc, 50, 300), 50);
  packet.back() ^= 1;
  Bytes plain(packet.size());
  EXPECT_EQ(in.unprotect_rtp(packet, plain), std::unexpected(SrtpError::kAuth));
  EXPECT_EQ(plain, Bytes(packet.size()));
}

TEST_P(Srtp, NamesWhatIsWrong) {
  Inbound in = inbound();
  EXPECT_EQ(unprotect(in, Bytes(11, 0x80)), std::unexpected(SrtpError::kShort));
  EXPECT_EQ(unprotect(in, rtp_packet(kSsrc, 1, traits(profile()).tag_bytes - 1)), std::unexpected(SrtpError::kShort));
  EXPECT_EQ(unprotect(in, rtp_packet(kSsrc, 1, traits(profile()).tag_bytes)), std::unexpected(SrtpError::kAuth));
  EXPECT_EQ(unprotect(in, rtp_packet(kSsrc, 1, kMaxDatagramBytes)), std::unexpected(SrtpError::kMalformed));
  Bytes version_1 = rtp_packet(kSsrc, 1, 100);
  version_1[0] = 0x40;
  EXPECT_EQ(unprotect(in, version_1), std::unexpected(SrtpError::kMalformed));
  Bytes long_extension = rtp_packet(kSsrc, 1, 100, {.extension_words = 1});
  long_extension[14] = 0xff;
  EXPECT_EQ(unprotect(in, long_extension), std::unexpected(SrtpError::kMalformed));
  Bytes csrcs_beyond_the_end(50, 0);
  csrcs_beyond_the_end[0] = 0x8f;
  EXPECT_EQ(unprotect(in, csrcs_beyond_the_end), std::unexpected(SrtpError::kMalformed));
}

TEST_P(Srtp, HasRoomForThePlaintextOrSaysSo) {
  Outbound out = outbound();
  Inbound in = inbound();
  const Bytes packet = protect(out, rtp_packet(kSsrc, 1, 100), 1);
  Bytes small(111);
  EXPECT_EQ(in.unprotect_rtp(packet, small), std::unexpected(SrtpError::kNoRoom));
  Bytes exact(112);
  EXPECT_EQ(in.unprotect_rtp(packet, exact), 112u) << "and a refused packet is not a replayed one";
}

TEST_P(Srtp, KeepsABoundedNumberOfIncomingSsrcsOfWhichTheOneHeardLongestAgoGivesWay) {
  Outbound out = outbound();
  Inbound in = inbound();
  for (std::uint32_t ssrc = 0; ssrc < 2 * Inbound::kMaxSsrcs; ++ssrc)
    EXPECT_EQ(unprotect(in, rtp_packet(ssrc, 1, 50)), std::unexpected(SrtpError::kAuth)) << "strangers take no place";
  for (std::uint32_t ssrc = 0; ssrc < Inbound::kMaxSsrcs; ++ssrc) {
    EXPECT_TRUE(unprotect(in, protect(out, rtp_packet(ssrc, 1, 50), 1)));
    EXPECT_TRUE(unprotect_rtcp(in, protect_rtcp(out, rtcp_packet(ssrc, 3))));
  }
  const Bytes late = protect(out, rtp_packet(1, 2, 50), 2);
  const Bytes again = protect(out, rtp_packet(1, 3, 50), 3);
  EXPECT_TRUE(unprotect(in, protect(out, rtp_packet(0, 2, 50), 2)));
  EXPECT_TRUE(unprotect(in, again));
  for (std::uint32_t ssrc = 1000; ssrc < 1000 + Inbound::kMaxSsrcs - 2; ++ssrc) {
    EXPECT_TRUE(unprotect(in, protect(out, rtp_packet(ssrc, 1, 50), 1)));
    EXPECT_TRUE(unprotect_rtcp(in, protect_rtcp(out, rtcp_packet(ssrc, 3))));
  }
  EXPECT_EQ(unprotect(in, again), std::unexpected(SrtpError::kReplay)) << "what was heard lately is still known";
  EXPECT_TRUE(unprotect(in, late)) << "and what comes late of it is taken";
  EXPECT_TRUE(unprotect(in, protect(out, rtp_packet(2, 2, 50), 2))) << "what gave way goes on where it was";
}

TEST_P(Srtp, HasRoomForAsManySsrcsAsSignalingPermits) {
  Outbound out = outbound();
  Inbound in = inbound();
  constexpr std::uint32_t kAnnounced = 16 * 8 * 2;
  for (std::uint32_t ssrc = 0; ssrc < kAnnounced; ++ssrc)
    EXPECT_TRUE(unprotect(in, protect(out, rtp_packet(ssrc, 10, 50), 10)));
  for (std::uint32_t ssrc = 0; ssrc < kAnnounced; ++ssrc)
    EXPECT_TRUE(unprotect(in, protect(out, rtp_packet(ssrc, 9, 50), 9))) << "its window is kept";
}

// Sound that was muted for long, while others came and went.
TEST_P(Srtp, OpensAStreamThatGaveWayAfterItHadRolledOver) {
  Outbound out = outbound();
  Inbound in = inbound();
  const auto others_come = [&](std::uint32_t first) {
    for (std::uint32_t ssrc = first; ssrc < first + Inbound::kMaxSsrcs; ++ssrc)
      EXPECT_TRUE(unprotect(in, protect(out, rtp_packet(ssrc, 1, 50), 1)));
  };
  for (std::int64_t index = 40000; index < 200000; index += 20000)
    EXPECT_TRUE(unprotect(in, protect(out, rtp_packet(kSsrc, index, 50), index)));
  const Bytes last = protect(out, rtp_packet(kSsrc, 200000, 50), 200000);
  EXPECT_TRUE(unprotect(in, last));
  others_come(1000);
  EXPECT_EQ(unprotect(in, last), std::unexpected(SrtpError::kReplay));
  EXPECT_TRUE(unprotect(in, protect(out, rtp_packet(kSsrc, 200005, 50), 200005)));
  EXPECT_EQ(unprotect(in, last), std::unexpected(SrtpError::kReplay)) << "nor is it taken behind what came since";
  EXPECT_TRUE(unprotect(in, protect(out, rtp_packet(kSsrc, 200003, 50), 200003)));
}

TEST_P(Srtp, KeepsAMutedStreamThroughAnyNumberOfStreamsThatEnd) {
  Outbound out = outbound();
  Inbound in = inbound();
  for (std::int64_t index = 40000; index < 200000; index += 20000)
    EXPECT_TRUE(unprotect(in, protect(out, rtp_packet(kSsrc, index, 50), index)));
  EXPECT_TRUE(unprotect_rtcp(in, protect_rtcp(out, rtcp_packet(kSsrc, 3))));
  for (std::uint32_t ssrc = 1000; ssrc < 1000 + 4 * Inbound::kMaxSsrcs; ++ssrc) {
    EXPECT_TRUE(unprotect(in, protect(out, rtp_packet(ssrc, 1, 50), 1))) << "a camera that is switched on once more";
    const Bytes late = protect(out, rtp_packet(ssrc, 2, 50), 2);
    in.retire(Ssrc(ssrc));
    EXPECT_TRUE(unprotect(in, late)) << "it was under way when the producer was closed";
  }
  EXPECT_TRUE(unprotect(in, protect(out, rtp_packet(kSsrc, 179990, 50), 179990))) << "not even its window has gone";
}

TEST_P(Srtp, TakesNoReplayOfAStreamThatWasRetired) {
  Outbound out = outbound();
  Inbound in = inbound();
  const Bytes before = protect(out, rtp_packet(kSsrc, 500, 50), 500);
  const Bytes report = protect_rtcp(out, rtcp_packet(kSsrc, 3));
  EXPECT_TRUE(unprotect(in, before));
  EXPECT_TRUE(unprotect_rtcp(in, report));
  in.retire(Ssrc(kSsrc));
  EXPECT_EQ(unprotect(in, before), std::unexpected(SrtpError::kReplay));
  EXPECT_EQ(unprotect_rtcp(in, report), std::unexpected(SrtpError::kReplay));
  EXPECT_TRUE(unprotect(in, protect(out, rtp_packet(kSsrc, 501, 50), 501)));
  EXPECT_TRUE(unprotect_rtcp(in, protect_rtcp(out, rtcp_packet(kSsrc, 3))));
}

TEST_P(Srtp, NeverLetsANonceMeetTwoPackets) {
  Outbound out = outbound();
  Bytes slot = rtp_header(kSsrc, 2000);
  slot.resize(200);
  const Bytes payload = counting(100);
  const auto send = [&](std::int64_t index) {
    store_be<2>(slot.data() + 2, static_cast<std::uint64_t>(index) & 0xffff);
    return out.protect_rtp(slot, 12, 0, payload, ExtSeqNo(index));
  };
  EXPECT_TRUE(send(2000));
  EXPECT_EQ(send(2000), std::unexpected(SrtpError::kNonceUsed));
  EXPECT_TRUE(send(1990)) << "forwarded out of order";
  EXPECT_EQ(send(1990), std::unexpected(SrtpError::kNonceUsed));
  EXPECT_TRUE(send(70000));
  EXPECT_EQ(send(1991), std::unexpected(SrtpError::kNonceUsed)) << "too old to know";
  EXPECT_TRUE(send(70000 - 65536 + 65536 + 1));
  EXPECT_EQ(send(-1), std::unexpected(SrtpError::kExhausted));
  EXPECT_EQ(send(std::int64_t{1} << 48), std::unexpected(SrtpError::kExhausted));
}

TEST_P(Srtp, ProtectsAPacketAgainToTheSameBytesAndNoOther) {
  Outbound out = outbound();
  const Bytes plain = rtp_packet(kSsrc, 4464, 300);
  const Bytes first = protect(out, plain, 4464);
  protect(out, rtp_packet(kSsrc, 5000, 10), 5000);
  const auto again = [&](const Bytes& packet, std::int64_t index) {
    Bytes slot = rtp_header(kSsrc, index);
    slot.resize(400);
    const auto size = out.protect_rtp_again(slot, 12, 0, ByteView(packet).subspan(12), ExtSeqNo(index));
    if (size) slot.resize(*size);
    return size ? slot : Bytes();
  };
  EXPECT_EQ(again(plain, 4464), first);
  EXPECT_EQ(again(plain, 4999), Bytes()) << "was never sent";
  EXPECT_EQ(again(plain, 5001), Bytes());
  EXPECT_EQ(again(plain, -1), Bytes());
  protect(out, rtp_packet(kSsrc, 6000, 10), 6000);
  EXPECT_EQ(again(plain, 4464), Bytes()) << "too old to know";
}

TEST_P(Srtp, RefusesAnIndexThatIsNotTheHeaders) {
  Outbound out = outbound();
  Bytes slot = rtp_header(kSsrc, 5);
  slot.resize(100);
  EXPECT_EQ(out.protect_rtp(slot, 12, 0, {}, ExtSeqNo(6)), std::unexpected(SrtpError::kBadIndex));
  EXPECT_EQ(out.protect_rtp(slot, 12, 0, {}, ExtSeqNo(65536 + 5)), std::unexpected(SrtpError::kBadIndex))
      << "no peer could guess the rollover counter of a stream that starts there";
  EXPECT_TRUE(out.protect_rtp(slot, 12, 0, {}, ExtSeqNo(5)));
}

TEST_P(Srtp, NeverWritesBeyondTheSlot) {
  Outbound out = outbound();
  const std::size_t tag = traits(profile()).tag_bytes;
  const Bytes payload = counting(50);
  for (std::size_t size = 0; size < 12 + 2 + 50 + tag; ++size) {
    Bytes slot = rtp_header(kSsrc, 5);
    slot.resize(size);
    EXPECT_EQ(out.protect_rtp(slot, 12, 2, payload, ExtSeqNo(5)), std::unexpected(SrtpError::kNoRoom)) << size;
  }
  Bytes exact = rtp_header(kSsrc, 5);
  exact.resize(12 + 2 + 50 + tag);
  EXPECT_EQ(out.protect_rtp(exact, 12, 2, payload, ExtSeqNo(5)), exact.size());
  Bytes rtcp_slot(8 + 12 + tag + 4);
  EXPECT_EQ(out.protect_rtcp(rtcp_packet(1, 3), ByteSpan(rtcp_slot).first(rtcp_slot.size() - 1)),
            std::unexpected(SrtpError::kNoRoom));
  EXPECT_EQ(out.protect_rtcp(rtcp_packet(1, 3), rtcp_slot), rtcp_slot.size());
}

TEST_P(Srtp, ForgetsAStreamThatHasEnded) {
  Outbound out = outbound();
  for (std::uint32_t ssrc = 0; ssrc < Outbound::kMaxSsrcs; ++ssrc) protect(out, rtp_packet(ssrc, 1, 1), 1);
  Bytes slot = rtp_packet(99999, 1, 50);
  EXPECT_EQ(out.protect_rtp(slot, 12, 0, {}, ExtSeqNo(1)), std::unexpected(SrtpError::kTooManySsrcs));
  out.forget(Ssrc(17));
  EXPECT_TRUE(out.protect_rtp(slot, 12, 0, {}, ExtSeqNo(1)));
}

TEST_P(Srtp, CarriesRtcpOfAnyLength) {
  Outbound out = outbound();
  Inbound in = inbound();
  for (std::size_t words = 0; words < 100; ++words) {
    const Bytes plain = rtcp_packet(kSsrc, words);
    const Bytes packet = protect_rtcp(out, plain);
    EXPECT_EQ(packet.size(), plain.size() + traits(profile()).tag_bytes + 4);
    EXPECT_TRUE(std::equal(plain.begin(), plain.begin() + 8, packet.begin())) << "the first header stays in clear";
    EXPECT_EQ(unprotect_rtcp(in, packet), plain);
    EXPECT_EQ(unprotect_rtcp(in, packet), std::unexpected(SrtpError::kReplay));
  }
}

TEST_P(Srtp, CountsOneRtcpIndexForAllSsrcs) {
  Outbound out = outbound();
  const std::size_t tag = traits(profile()).aead ? 0 : traits(profile()).tag_bytes;
  for (std::uint32_t n = 0; n < 5; ++n) {
    const Bytes packet = protect_rtcp(out, rtcp_packet(n, 2));
    EXPECT_EQ(load_be<4>(packet.data() + packet.size() - tag - 4), 0x80000000u + n);
  }
}

TEST_P(Srtp, RefusesRtcpTruncatedFlippedOrInClear) {
  Outbound out = outbound();
  Inbound in = inbound();
  const Bytes packet = protect_rtcp(out, rtcp_packet(kSsrc, 6));
  for (std::size_t size = 0; size < packet.size(); ++size)
    EXPECT_FALSE(unprotect_rtcp(in, Bytes(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(size)))) << size;
  for (std::size_t bit = 0; bit < 8 * packet.size(); ++bit) {
    Bytes mutated = packet;
    mutated[bit / 8] = static_cast<std::uint8_t>(mutated[bit / 8] ^ (1u << (bit % 8)));
    EXPECT_FALSE(unprotect_rtcp(in, mutated)) << bit;
  }
  EXPECT_EQ(unprotect_rtcp(in, Bytes(kMaxDatagramBytes + 1, 0x81)), std::unexpected(SrtpError::kMalformed));
  EXPECT_TRUE(unprotect_rtcp(in, packet));
}

TEST_P(Srtp, RtpIsNotTakenForRtcpNorTheOtherWay) {
  Outbound out = outbound();
  Inbound in = inbound();
  EXPECT_FALSE(unprotect(in, protect_rtcp(out, rtcp_packet(kSsrc, 9))));
  EXPECT_FALSE(unprotect_rtcp(in, protect(out, rtp_packet(kSsrc, 1, 99), 1)));
}

TEST(CryptoEngine, IsWhatWasAskedForOrElseOpenssl) {
  const bool here = make_ipsec_mb_factory() != nullptr;
  EXPECT_EQ(CryptoEngine::make(Backend::kIpsecMb)->backend(), here ? Backend::kIpsecMb : Backend::kEvp);
  EXPECT_EQ(CryptoEngine::make(Backend::kEvp)->backend(), Backend::kEvp);
}

}  // namespace
}  // namespace consomme::srtp::testing
