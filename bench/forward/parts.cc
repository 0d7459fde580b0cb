#include "bench/forward/parts.h"

#include <array>
#include <cstdint>
#include <memory>
#include <numeric>

#include "base/check.h"
#include "bench/forward/meeting.h"
#include "sfu/bwe/allocation.h"
#include "sfu/bwe/estimator.h"
#include "sfu/bwe/transport_feedback.h"
#include "sfu/media/scalable_source.h"
#include "sfu/router/router.h"
#include "sfu/wire/rtcp.h"

namespace consomme::bench {

namespace {

constexpr int kConsumers = 100;
constexpr Instant kStart{1'700'000'000s};
constexpr Duration kPicture = 33ms;
constexpr int kPictures = 600;
constexpr int kWarmUp = 60;
constexpr ProducerId kCamera{1};

// Sums up what it takes between begin() and end(); before each, the caches are as another part of the turn leaves them.
class Stopwatch {
 public:
  explicit Stopwatch(Duration reading) : reading_(reading) {}

  void begin() {
    std::iota(elsewhere_.begin(), elsewhere_.end(), elsewhere_.back());
    start_ = thread_cpu_time();
  }
  void end() { sum_ += thread_cpu_time() - start_ - reading_; }
  void reset() { sum_ = {}; }
  double nanoseconds() const { return static_cast<double>(sum_.count()); }

 private:
  Duration reading_;
  Duration start_{};
  Duration sum_{};
  std::vector<std::uint32_t> elsewhere_ = std::vector<std::uint32_t>(1 << 18);  // 1 MB
};

struct Video {
  std::string_view name;
  wire::Codec codec;
  int encodings = 1;
  int spatial_layers = 1;
  bool selects = true;  // false: every packet is for everybody
};

class Fan {
 public:
  explicit Fan(const Video& video) : video_(video) {
    router::ProducerSetup setup;
    setup.producer = kCamera;
    setup.video = true;
    setup.pli = true;
    setup.payloads = {{media::test::kPt, media::test::kPt, video.codec, 90000, {}}};
    for (int i = 0; i < video.encodings; ++i) {
      setup.streams.push_back({media::test::kSsrc, {}, ""});
      sources_.emplace_back(source_config(i));
    }
    producer_ = &router_.add(setup, PathHandle(1, 0));
    for (int i = 0; i < kConsumers; ++i) add_consumer(i);
  }

  // From the arrival of a packet to the header of each that leaves.
  double forward(Duration reading) {
    Stopwatch watch(reading);
    std::uint64_t forwarded = 0;
    for (int picture = 0; picture < kPictures; ++picture, now_ += kPicture) {
      if (picture == kWarmUp) watch.reset();
      if (picture == kWarmUp) forwarded = 0;
      for (std::size_t i = 0; i < sources_.size(); ++i) {
        media::InboundStream& inbound = producer_->encodings[i];
        if (inbound.expire(now_).key_frame) sources_[i].make_key_picture();
        const auto packets = sources_[i].picture(now_, pool_, inbound);
        watch.begin();
        for (const media::PacketRef& packet : packets) forwarded += route(*packet, static_cast<media::Encoding>(i));
        watch.end();
      }
      router_.refresh_activity(now_, *producer_);
    }
    return watch.nanoseconds() / static_cast<double>(forwarded);
  }

  // Sharing out one consumer's bandwidth, once.
  double allocate(Duration reading) {
    constexpr int kRounds = 100;
    Stopwatch watch(reading);
    std::vector<router::Rung> ladder;
    std::vector<bwe::Rung> rungs;
    bwe::Share share;
    for (int i = 0; i < kRounds; ++i) {
      watch.begin();
      for (int k = 0; k < kConsumers; ++k) {
        router_.ladder(now_, *producer_, ladder);
        rungs.clear();
        for (const router::Rung& rung : ladder) rungs.push_back({rung.layer.spatial, rung.layer.temporal, rung.rate});
        bwe::Demand demand;
        demand.ladder = rungs;
        demand.current = rungs.size() / 2;
        bwe::allocate({.estimate = bwe::kbps(1000 + k), .is_known = true}, std::span(&demand, 1), share);
      }
      watch.end();
    }
    return watch.nanoseconds() / kRounds / kConsumers;
  }

 private:
  media::test::ScalableConfig source_config(int encoding) const {
    return {.codec = video_.codec,
            .spatial_layers = video_.spatial_layers,
            .temporal_layers = 3,
            .seed = static_cast<std::uint64_t>(encoding + 1),
            .frame_bytes = {1000, 1440, 4130},
            .first_id = encoding * 1'000'000};
  }
  // A third has the lowest spatial layer, a third two, and a third has all.
  void add_consumer(int number) {
    router::ConsumerSetup setup;
    setup.consumer = ConsumerId(static_cast<std::uint64_t>(number));
    setup.producer = kCamera;
    setup.video = true;
    setup.paused = false;
    setup.header.ssrc = Ssrc(static_cast<std::uint32_t>(1000 + number));
    setup.header.extensions = {HeaderExtension::kMid, HeaderExtension::kTransportWideCc};
    if (video_.codec == wire::Codec::kAv1) setup.header.extensions.add(HeaderExtension::kDependencyDescriptor);
    setup.codec = video_.selects ? video_.codec : wire::Codec::kOpus;
    setup.clock_rate = 90000;
    router::Consumer* const consumer = router_.add(now_, setup, PathHandle(2, 0), true);
    if (video_.selects) consumer->stream.set_limit(media::Layer{static_cast<std::uint8_t>(number % 3), 2});
  }
  std::size_t route(const media::Packet& packet, media::Encoding encoding) {
    const auto deliveries = router_.route(now_, *producer_, packet, encoding);
    for (const router::Router::Delivery& delivery : deliveries)
      media::write_header(slot_, delivery.consumer->stream.header(), packet, delivery.rewrite, {});
    return deliveries.size();
  }

  Video video_;
  router::Router router_;
  router::Producer* producer_ = nullptr;
  media::PacketPool pool_{256};
  std::vector<media::test::ScalableSource> sources_;
  std::array<std::uint8_t, kMaxDatagramBytes> slot_{};
  Instant now_ = kStart;
};

// As many packets as in the video whose frames are of 4, over links that only delay; each is told of once.
double estimate(Duration reading) {
  constexpr int kPacketsPerPicture = 4;
  constexpr Duration kDelay = 20ms;
  Stopwatch watch(reading);
  std::vector<bwe::Estimator> estimators(kConsumers);
  std::vector<bwe::TransportFeedback> receivers(kConsumers, bwe::TransportFeedback(Ssrc(1)));
  std::vector<std::array<std::uint8_t, 1200>> messages(kConsumers);
  std::uint64_t sent = 0;
  Instant now = kStart;
  for (int picture = 0; picture < kPictures; ++picture, now += kPicture) {
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

std::vector<Part> measure_parts(Duration reading) {
  constexpr Video kWithout{"", wire::Codec::kVp8, 1, 1, false};
  constexpr Video kVideos[] = {{"layers of VP8 simulcast, 3 of L1T3", wire::Codec::kVp8, 3, 1},
                               {"layers of VP9 L3T3", wire::Codec::kVp9, 1, 3},
                               {"layers of AV1 L3T3", wire::Codec::kAv1, 1, 3}};
  constexpr double kPacketsPerAllocation = 4 * (200.0 / 33);
  std::vector<Part> parts;
  const double without = Fan(kWithout).forward(reading);
  parts.push_back({"deciding and header, without layers", without});
  double sharing = 0;
  for (const Video& video : kVideos) {
    Fan fan(video);
    parts.push_back({video.name, fan.forward(reading) - without});
    sharing = std::max(sharing, fan.allocate(reading) / kPacketsPerAllocation);
  }
  parts.push_back({"estimation, feedback included", estimate(reading)});
  parts.push_back({"sharing out, nine layers", sharing});
  return parts;
}

}  // namespace consomme::bench
