#include <map>

#include "base/address.h"
#include "base/bytes.h"
#include "base/datagram.h"
#include "base/rng.h"
#include "base/sequence.h"
#include "base/slab.h"
#include "base/time.h"

namespace consomme {
namespace {

TEST(Unwrapper, CountsOnAcrossTheWrap) {
  SeqUnwrapper unwrapper;
  const ExtSeqNo before = unwrapper.unwrap(SeqNo(65535));
  EXPECT_EQ(unwrapper.unwrap(SeqNo(0)) - before, 1);
  EXPECT_EQ(unwrapper.peek(SeqNo(65534)) - before, -1);
}

TEST(Unwrapper, StepsBackBeforeTheFirstValueWithoutTurningNegative) {
  SeqUnwrapper unwrapper;
  unwrapper.unwrap(SeqNo(0));
  EXPECT_EQ(unwrapper.peek(SeqNo(65535)).value(), 65535);
}

TEST(ByteReader, ReturnsZerosAndRemembersAfterTheEnd) {
  const std::array<std::uint8_t, 3> bytes = {1, 2, 3};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.u16(), 0x0102);
  EXPECT_EQ(reader.u32(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.u8(), 0);
}

TEST(ByteWriter, WritesNothingBeyondItsSpan) {
  std::array<std::uint8_t, 3> bytes = {9, 9, 9};
  ByteWriter writer(ByteSpan(bytes).first(2));
  writer.u8(1);
  writer.u16(0x0203);
  EXPECT_FALSE(writer.ok());
  EXPECT_EQ(bytes[1], 9);
}

TEST(NtpTime, HoldsTheMiddleBitsOfSecondsSince1900) {
  const Instant at = Instant(Duration(1'500ms));
  EXPECT_EQ(NtpTime::from(at).value() >> 32, 2'208'988'801U);
  EXPECT_EQ(NtpTime::from(at).compact() & 0xffff, 0x8000U);
  EXPECT_EQ(from_compact_ntp(to_compact_ntp(250ms)), Duration(250ms));
}

TEST(NtpTime, IsAnInstantAndBack) {
  for (const Instant at : {Instant(Duration(1'500ms)), Instant(1'700'000'000s + 123'456'789ns)})
    EXPECT_EQ(NtpTime::from(at).to_instant(), at);
  EXPECT_EQ(NtpTime(0).to_instant(), Instant(-2'208'988'800s));
}

TEST(IpAddress, ReadsAndPrintsBothFamilies) {
  EXPECT_EQ(IpAddress::parse("192.0.2.7")->to_string(), "192.0.2.7");
  EXPECT_EQ((SocketAddress{*IpAddress::parse("2001:db8::1"), 80}.to_string()), "[2001:db8::1]:80");
  EXPECT_FALSE(IpAddress::parse("192.0.2"));
  EXPECT_TRUE(IpAddress::parse("127.8.8.8")->is_loopback());
  EXPECT_TRUE(IpAddress::parse("0.0.0.0")->is_unspecified());
}

TEST(Slab, ForgetsAHandleWhoseObjectIsGone) {
  Slab<int> slab;
  const Handle<int> first = slab.emplace(1);
  EXPECT_TRUE(slab.erase(first));
  const Handle<int> second = slab.emplace(2);
  EXPECT_EQ(first.index, second.index);
  EXPECT_EQ(slab.find(first), nullptr);
  EXPECT_EQ(*slab.find(second), 2);
}

TEST(Slab, GivesStorageBackAndFindsNothingByTheHandlesOfThatTime) {
  Slab<int> slab;
  std::vector<Handle<int>> former;
  for (int i = 0; i < 1000; ++i) former.push_back(slab.emplace(i));
  EXPECT_GE(slab.capacity(), 1000U);
  for (const Handle<int> handle : former) EXPECT_TRUE(slab.erase(handle));
  EXPECT_LE(slab.capacity(), 128U);
  for (const Handle<int> handle : former) EXPECT_EQ(slab.find(handle), nullptr);
  std::vector<Handle<int>> present;
  for (int i = 0; i < 1000; ++i) present.push_back(slab.emplace(-i));
  for (const Handle<int> handle : former) EXPECT_FALSE(slab.erase(handle));
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(*slab.find(present[static_cast<std::size_t>(i)]), -i);
}

TEST(Slab, KeepsOneBlockInHandForWhoComesAndGoes) {
  Slab<int> slab;
  for (int i = 0; i < 64; ++i) slab.emplace(i);
  const Handle<int> guest = slab.emplace(64);
  const std::size_t with_guest = slab.capacity();
  slab.erase(guest);
  EXPECT_EQ(slab.capacity(), with_guest);
}

TEST(Slab, HoldsWhatItShouldThroughComingsAndGoings) {
  Rng rng(7);
  Slab<std::uint64_t> slab;
  std::map<std::uint64_t, Handle<std::uint64_t>> live;
  std::vector<Handle<std::uint64_t>> dead;
  for (std::uint64_t step = 0; step < 20'000; ++step) {
    const bool growing = step / 2000 % 2 == 0;
    if (live.empty() || rng.chance(growing ? 0.7 : 0.3)) {
      live.emplace(step, slab.emplace(step));
      continue;
    }
    const auto leaving = std::next(live.begin(), static_cast<std::ptrdiff_t>(rng.below(live.size())));
    EXPECT_TRUE(slab.erase(leaving->second));
    dead.push_back(leaving->second);
    live.erase(leaving);
  }
  for (const auto& [value, handle] : live) EXPECT_EQ(*slab.find(handle), value);
  for (const auto& handle : dead) EXPECT_EQ(slab.find(handle), nullptr);
  std::map<std::uint64_t, Handle<std::uint64_t>> seen;
  slab.each([&](Handle<std::uint64_t> handle, std::uint64_t value) { seen.emplace(value, handle); });
  EXPECT_EQ(seen, live);
  EXPECT_EQ(slab.size(), live.size());
}

TEST(SendBatch, IsFullAtItsNumberOfDatagrams) {
  SendBatch batch(2);
  const std::array<std::uint8_t, 4> bytes = {1, 2, 3, 4};
  batch.append({}, bytes);
  EXPECT_TRUE(batch.has_room());
  batch.append({}, bytes);
  EXPECT_FALSE(batch.has_room());
  EXPECT_EQ(batch.bytes(batch.entries()[1])[3], 4);
}

}  // namespace
}  // namespace consomme
