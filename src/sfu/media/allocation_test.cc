// Nothing is allocated per packet in steady state: this replaces the allocation functions of the whole test binary, and
// counts. Weak: a sanitizer brings its own, which then nobody counts.
#include <cstdlib>
#include <new>

#include "sfu/media/inbound_stream.h"
#include "sfu/media/outbound_stream.h"
#include "sfu/media/test_packets.h"

namespace {

std::size_t allocations = 0;

void* allocate(std::size_t size, std::size_t alignment) {
  ++allocations;
  void* const p = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}

// Not inlined: seen through, it would look to the compiler like a free() of what another operator new gave.
[[gnu::noinline]] void release(void* p) noexcept {
  std::free(p);
}

}  // namespace

[[gnu::weak]] void* operator new(std::size_t size) {
  return allocate(size, alignof(std::max_align_t));
}
[[gnu::weak]] void* operator new(std::size_t size, std::align_val_t a) {
  return allocate(size, static_cast<std::size_t>(a));
}
[[gnu::weak]] void operator delete(void* p) noexcept {
  release(p);
}
[[gnu::weak]] void operator delete(void* p, std::size_t) noexcept {
  release(p);
}
[[gnu::weak]] void operator delete(void* p, std::align_val_t) noexcept {
  release(p);
}
[[gnu::weak]] void operator delete(void* p, std::size_t, std::align_val_t) noexcept {
  release(p);
}

namespace consomme::media {
namespace {

using namespace test;

// One source and four consumers for a second at 250 packets a second, every 50th packet lost and repaired. Returns how
// often somebody was asked to send again.
class Call {
 public:
  explicit Call(bool layered = false) : layered_(layered) {
    OutboundConfig out;
    out.codec = wire::Codec::kVp8;
    out.clock_rate = 90000;
    out.header.extensions = {HeaderExtension::kMid, HeaderExtension::kAbsSendTime, HeaderExtension::kTransportWideCc};
    out.header.rtx = RtxHeader{kRtxSsrc, kRtxPt};
    out.nack = true;
    for (int i = 0; i < 4; ++i) consumers_.emplace_back(out);
    if (layered) consumers_.back().set_limit(Layer{0, 0});
    resends_.reserve(64);
  }

  std::size_t run(int packets) {
    std::size_t repaired = 0;
    for (int i = 0; i < packets; ++i, ++seq_, now_ += 4ms) {
      if (seq_ % 50 == 49) continue;
      receive(seq_, false);
      for (const SeqNo lost : source_.expire(now_).lost) {
        receive(lost.value(), true);
        for (OutboundStream& consumer : consumers_) {
          resends_.clear();
          consumer.receive_nack(now_, {&lost, 1}, {}, resends_);
        }
        ++repaired;
      }
    }
    return repaired;
  }
  std::size_t forwarded() const { return forwarded_; }

 private:
  void receive(std::uint16_t seq, bool is_rtx) {
    PacketBuilder builder = pool_.acquire();
    ByteWriter writer(builder.room());
    writer.u16(static_cast<std::uint16_t>(0x8000 | (is_rtx ? kRtxPt : kPt).value()));
    writer.u16(is_rtx ? rtx_seq_++ : seq);
    writer.u32(seq * 900U);
    writer.u32((is_rtx ? kRtxSsrc : kSsrc).value());
    if (is_rtx) writer.u16(seq);
    if (layered_) writer.bytes(layered_descriptor(seq));
    writer.bytes(first_ ? ByteView(kKeyFrame).subspan(layered_ ? 1 : 0)
                        : ByteView(kDeltaFrame).subspan(layered_ ? 1 : 0));
    first_ = false;
    builder->size = static_cast<std::uint16_t>(writer.size());
    builder->rtp = wire::parse_rtp(builder->bytes()).value();
    builder->extensions = wire::read_extensions(builder->bytes(), builder->rtp, ids_);
    const auto packet = source_.receive(now_, std::move(builder), is_rtx);
    ASSERT_TRUE(packet);
    for (OutboundStream& consumer : consumers_) {
      const auto rewrite = consumer.plan(**packet, 0);
      ASSERT_TRUE(rewrite || layered_);
      if (!rewrite) continue;
      ++forwarded_;
      const SendStamp stamp{wire::abs_send_time(now_), SeqNo(1)};
      write_header(slot_, consumer.header(), **packet, *rewrite, stamp);
      consumer.sent(now_, *packet, *rewrite, stamp);
    }
  }

  // X and S; I, L and T: every other picture is of the upper layer, and each is synchronized.
  static std::array<std::uint8_t, 6> layered_descriptor(std::uint16_t seq) {
    return {0x90,
            0xe0,
            static_cast<std::uint8_t>(0x80 | (seq >> 8 & 0x7f)),
            static_cast<std::uint8_t>(seq),
            static_cast<std::uint8_t>(seq / 2),
            static_cast<std::uint8_t>(seq % 2 == 0 ? 0 : 0x60)};
  }

  bool layered_;
  std::size_t forwarded_ = 0;
  Instant now_ = kStart;
  std::uint16_t seq_ = 0;
  std::uint16_t rtx_seq_ = 0;
  bool first_ = true;
  wire::ExtensionIds ids_;
  PacketPool pool_{2048};
  InboundStream source_{kVideo};
  std::vector<OutboundStream> consumers_;
  std::vector<Resend> resends_;
  std::array<std::uint8_t, kMaxDatagramBytes> slot_{};
};

TEST(SteadyState, AllocatesNothing) {
  Call call;
  call.run(1000);
  if (allocations == 0) GTEST_SKIP() << "a sanitizer has its own operator new";
  const std::size_t before = allocations;
  const std::size_t repaired = call.run(1000);
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(repaired, 20U);
}

TEST(SteadyState, AllocatesNothingForLayersEither) {
  Call call(true);
  call.run(1000);
  if (allocations == 0) GTEST_SKIP() << "a sanitizer has its own operator new";
  const std::size_t before = allocations;
  const std::size_t forwarded = call.forwarded();
  call.run(1000);
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(call.forwarded() - forwarded, 3520U)
      << "of four consumers one is given every other picture, and the numbers of what came too late to leave out";
}

}  // namespace
}  // namespace consomme::media
