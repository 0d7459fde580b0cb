// Nothing is allocated for a packet of a stream that is known: neither by us nor by OpenSSL. The exception is AES-CM,
// for which OpenSSL's HMAC copies a digest context for every message.
#include <openssl/crypto.h>

#include <cstdlib>
#include <new>

#include "sfu/srtp/testing.h"

namespace {

std::size_t by_us = 0;  // operator new in this test program
std::size_t by_openssl = 0;

// OpenSSL takes these only before it has allocated anything, so before any test runs.
const bool openssl_counts = CRYPTO_set_mem_functions(
                                [](std::size_t size, const char*, int) {
                                  ++by_openssl;
                                  return std::malloc(size);
                                },
                                [](void* p, std::size_t size, const char*, int) {
                                  ++by_openssl;
                                  return std::realloc(p, size);
                                },
                                [](void* p, const char*, int) { std::free(p); }) == 1;

}  // namespace

// Weak, so that a sanitizer keeps its own. Not inlined: g++ 12 takes an inlined pair for malloc mixed with delete.
[[gnu::noinline, gnu::weak]] void* operator new(std::size_t size) {
  ++by_us;
  if (void* const p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline, gnu::weak]] void operator delete(void* p) noexcept {
  std::free(p);
}
[[gnu::noinline, gnu::weak]] void operator delete(void* p, std::size_t) noexcept {
  std::free(p);
}

namespace consomme::srtp::testing {
namespace {

using Allocation = EachCipher;
INSTANTIATE_TEST_SUITE_P(Each, Allocation, each_cipher(), cipher_name);

TEST_P(Allocation, HappensForNoPacketOfAKnownStream) {
  ASSERT_TRUE(openssl_counts);
  Outbound out = outbound();
  Inbound in = inbound();
  const Bytes payload = counting(1000);
  Bytes slot(1300);
  Bytes plain(1300);
  const Bytes rtcp = rtcp_packet(1, 20);
  const auto one_round = [&](std::int64_t index) {
    std::ranges::copy(std::array<std::uint8_t, 12>{0x80, 96}, slot.begin());
    store_be<2>(slot.data() + 2, static_cast<std::uint64_t>(index));
    const std::size_t prefix = static_cast<std::size_t>(index % 2) * 2;
    const auto size = out.protect_rtp(slot, 12, prefix, payload, ExtSeqNo(index));
    const bool rtp_ok = size && in.unprotect_rtp(ByteView(slot).first(*size), plain);
    const auto rtcp_size = out.protect_rtcp(rtcp, slot);
    return rtp_ok && rtcp_size && in.unprotect_rtcp(ByteView(slot).first(*rtcp_size), plain);
  };
  ASSERT_TRUE(one_round(1));  // makes the streams' states
  by_us = by_openssl = 0;
  bool all_ok = true;
  for (std::int64_t index = 2; index < 102; ++index) all_ok = one_round(index) && all_ok;
  const std::size_t ours = by_us;
  const std::size_t openssls = by_openssl;
  EXPECT_TRUE(all_ok);
  EXPECT_EQ(ours, 0u);
  if (traits(profile()).aead) {
    EXPECT_EQ(openssls, 0u);
  }
}

}  // namespace
}  // namespace consomme::srtp::testing
