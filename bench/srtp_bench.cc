// Nanoseconds to protect and to unprotect one 1200-byte RTP packet, for every profile with every backend. Protecting
// goes round 100 receivers with keys of their own, as a fan-out does.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "sfu/srtp/inbound.h"
#include "sfu/srtp/outbound.h"

using namespace consomme;
using namespace consomme::srtp;

namespace {

constexpr std::size_t kHeader = 12;
constexpr std::size_t kPayload = 1188;
constexpr std::size_t kReceivers = 100;
constexpr std::uint32_t kSsrc = 0x11223344;

MasterKey key_of(std::size_t receiver) {
  MasterKey master;
  master.key.fill(static_cast<std::uint8_t>(receiver + 1));
  master.salt.fill(static_cast<std::uint8_t>(receiver + 3));
  return master;
}

void write_header(std::uint8_t* at, std::int64_t index) {
  at[0] = 0x80;
  at[1] = 96;
  store_be<2>(at + 2, static_cast<std::uint64_t>(index) & 0xffff);
  store_be<4>(at + 4, 1);
  store_be<4>(at + 8, kSsrc);
}

void protect(benchmark::State& state, Profile profile, Backend backend, std::size_t prefix) {
  const CryptoEngine engine = CryptoEngine::make(backend).value();
  if (engine.backend() != backend) return state.SkipWithError("this backend is not here");
  std::vector<Outbound> receivers;
  for (std::size_t i = 0; i < kReceivers; ++i) receivers.emplace_back(engine, profile, key_of(i));
  const std::vector<std::uint8_t> payload(kPayload - prefix, 42);
  std::vector<std::uint8_t> arena(kReceivers * 1280);
  std::int64_t index = 0;
  std::size_t receiver = 0;
  for (auto _ : state) {
    std::uint8_t* const slot = &arena[receiver * 1280];
    write_header(slot, index);
    benchmark::DoNotOptimize(receivers[receiver].protect_rtp({slot, 1280}, kHeader, prefix, payload, ExtSeqNo(index)));
    if (++receiver == kReceivers) {
      receiver = 0;
      ++index;
    }
  }
}

// Packets of one sender, sealed beforehand; a fresh receiver takes over whenever they have all been opened.
void unprotect(benchmark::State& state, Profile profile, Backend backend) {
  const CryptoEngine engine = CryptoEngine::make(backend).value();
  if (engine.backend() != backend) return state.SkipWithError("this backend is not here");
  Outbound sender(engine, profile, key_of(0));
  std::vector<std::vector<std::uint8_t>> packets;
  for (std::int64_t index = 0; index < 1000; ++index) {
    std::vector<std::uint8_t> packet(kHeader + kPayload + kMaxRtpOverheadBytes);
    write_header(packet.data(), index);
    const std::vector<std::uint8_t> payload(kPayload, 42);
    packet.resize(sender.protect_rtp(packet, kHeader, 0, payload, ExtSeqNo(index)).value());
    packets.push_back(std::move(packet));
  }
  std::array<std::uint8_t, 1500> plain;
  Inbound in(engine, profile, key_of(0));
  std::size_t at = 0;
  for (auto _ : state) {
    if (!in.unprotect_rtp(packets[at], plain)) return state.SkipWithError("a packet was refused");
    if (++at < packets.size()) continue;
    state.PauseTiming();
    at = 0;
    in = Inbound(engine, profile, key_of(0));
    state.ResumeTiming();
  }
}

}  // namespace

int main(int argc, char** argv) {
  for (const ProfileTraits& profile : kProfiles) {
    for (const Backend backend : {Backend::kIpsecMb, Backend::kEvp}) {
      const std::string what = "/" + std::string(profile.name) + "/" + std::string(name(backend));
      benchmark::RegisterBenchmark(("protect" + what).c_str(), protect, profile.profile, backend, 0);
      benchmark::RegisterBenchmark(("protect with prefix" + what).c_str(), protect, profile.profile, backend, 2);
      benchmark::RegisterBenchmark(("unprotect" + what).c_str(), unprotect, profile.profile, backend);
    }
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
