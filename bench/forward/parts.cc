#include "bench/forward/parts.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "bench/forward/stopwatch.h"
#include "sfu/bwe/estimator.h"
#include "sfu/bwe/transport_feedback.h"
#include "sfu/wire/rtcp.h"

namespace consomme::bench {

namespace {

constexpr Instant kStart{1'700'000'000s};

constexpr Video kWithout{wire::Codec::kVp8, 1, 1, false};

// As many packets as in the video whose frames are of 4, over links that only delay; each is told of once.
double estimate(Duration reading) {
  constexpr int kPacketsPerPicture = 4;
  constexpr Duration kDelay = 20ms;
  Stopwatch watch(reading);
  std::vector<bwe::Estimator> estimators(Fan::kConsumers);
  std::vector<bwe::TransportFeedback> receivers(Fan::kConsumers, bwe::TransportFeedback(Ssrc(1)));
  std::vector<std::array<std::uint8_t, 1200>> messages(Fan::kConsumers);
  std::uint64_t sent = 0;
  Instant now = kStart;
  for (int picture = 0; picture < Fan::kPictures; ++picture, now += Fan::kPicture) {
    for (std::size_t i = 0; i < receivers.size(); ++i)
      for (int k = 0; k < kPacketsPerPicture; ++k) {
        const auto number = static_cast<std::uint16_t>(estimators[i].next_seq().value() + k);
        receivers[i].receive(now + kDelay, SeqNo(number), Ssrc(2));
      }
    watch.begin();
    for (bwe::Estimator& estimator : estimators)
      for (int k = 0; k < kPacketsPerPicture; ++k, ++sent) estimator.sent(now, 1200);
    watch.end();
    std::vector<std::pair<std::size_t, ByteView>> told;
    for (std::size_t i = 0; i < receivers.size(); ++i) {
      ByteWriter writer(messages[i]);
      if (receivers[i].poll(now + kDelay, writer)) told.emplace_back(i, writer.written());
    }
    watch.begin();
    for (const auto& [i, bytes] : told) {
      wire::RtcpReader reader(bytes);
      estimators[i].receive(now + 2 * kDelay, *wire::parse_twcc(*reader.next()));
      estimators[i].expire(now + 2 * kDelay);
    }
    watch.end();
  }
  return watch.nanoseconds() / static_cast<double>(sent);
}

}  // namespace

Parts measure_parts(Duration reading) {
  Parts parts{.deciding = Fan(kWithout).forward(reading), .estimation = estimate(reading), .layers = {}};
  for (std::size_t i = 0; i < kLayered.size(); ++i) {
    Fan fan(kLayered[i].video);
    parts.layers[i].selecting = fan.forward(reading) - parts.deciding;
    parts.layers[i].sharing_out = fan.share_out(reading);
  }
  return parts;
}

}  // namespace consomme::bench
