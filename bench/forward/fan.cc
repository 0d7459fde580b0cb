#include "bench/forward/fan.h"

#include <deque>

#include "bench/forward/stopwatch.h"
#include "sfu/worker/allocation.h"

namespace consomme::bench {

namespace {

constexpr int kWarmUp = 60;    // pictures
constexpr int kFindOut = 300;  // pictures, until every link is known
constexpr int kTurns = 3;      // of a worker for each picture
constexpr ProducerId kCamera{1};
// Bytes of a picture on average: what each spatial layer adds, or each encoding has.
constexpr std::array<int, 4> kLayers{1000, 1440, 4130};
constexpr std::array<int, 3> kEncodings{1000, 2440, 6570};
// On a third each of which one, two and three spatial layers fit, of 240, 590 and 1580 kbit/s.
constexpr std::array<Bitrate, 3> kLinks{Bitrate(400'000), Bitrate(1'000'000), Bitrate(3'000'000)};

}  // namespace

Fan::Fan(const Video& video) : video_(video) {
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

double Fan::forward(Duration reading) {
  Stopwatch watch(reading);
  std::uint64_t forwarded = 0;
  for (int picture = 0; picture < kPictures; ++picture, now_ += kPicture) {
    if (picture == kWarmUp) watch.reset();
    if (picture == kWarmUp) forwarded = 0;
    next_picture([&](std::span<const media::PacketRef> packets, media::Encoding encoding) {
      watch.begin();
      for (const media::PacketRef& packet : packets) forwarded += route(*packet, encoding).size();
      watch.end();
    });
  }
  return watch.nanoseconds() / static_cast<double>(forwarded);
}

double Fan::share_out(Duration reading) {
  Stopwatch watch(reading);
  const Host host;
  std::deque<Receiver> receivers;
  for (router::Consumer* const consumer : producer_->consumers) {
    const std::size_t number = receivers.size();
    receivers.emplace_back(host, *consumer, kLinks[number % kLinks.size()]);
    receivers.back().peer().next_allocation = now_ + worker::LayerAllocation::kInterval * number / kConsumers;
  }
  worker::LayerAllocation allocation(router_);
  std::size_t next = 0;  // of the receivers, whose turns come in their order
  std::uint64_t forwarded = 0;
  for (int picture = 0; picture < kPictures; ++picture) {
    if (picture == kFindOut) watch.reset();
    if (picture == kFindOut) forwarded = 0;
    next_picture([&](std::span<const media::PacketRef> packets, media::Encoding encoding) {
      for (const media::PacketRef& packet : packets)
        for (const router::Router::Delivery& delivery : route(*packet, encoding)) {
          receivers[delivery.consumer->id.value()].send(now_, packet->size);
          ++forwarded;
        }
    });
    for (int turn = 0; turn < kTurns; ++turn, now_ += kPicture / kTurns) {
      for (Receiver& receiver : receivers) receiver.hear(now_);
      watch.begin();
      while (share_if_due(allocation, receivers[next].peer())) next = (next + 1) % receivers.size();
      watch.end();
    }
  }
  return watch.nanoseconds() / static_cast<double>(forwarded);
}

// As Worker::share_bandwidth().
bool Fan::share_if_due(worker::LayerAllocation& allocation, worker::Peer& peer) {
  if (now_ < peer.next_allocation) return false;
  for (router::Consumer* const consumer : allocation.run(now_, peer)) router_.pass_on_want(now_, *consumer);
  peer.next_allocation = now_ + worker::LayerAllocation::kInterval;
  return true;
}

template <class Take>
void Fan::next_picture(Take take) {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    media::InboundStream& inbound = producer_->encodings[i];
    if (inbound.expire(now_).key_frame) sources_[i].make_key_picture();
    const auto packets = sources_[i].picture(now_, pool_, inbound);
    take(packets, static_cast<media::Encoding>(i));
  }
  router_.refresh_activity(now_, *producer_);
}

media::test::ScalableConfig Fan::source_config(int encoding) const {
  return {.codec = video_.codec,
          .spatial_layers = video_.spatial_layers,
          .temporal_layers = 3,
          .seed = static_cast<std::uint64_t>(encoding + 1),
          .frame_bytes =
              video_.encodings == 1 ? kLayers : std::array<int, 4>{kEncodings.at(static_cast<std::size_t>(encoding))},
          .first_id = encoding * 1'000'000};
}

void Fan::add_consumer(int number) {
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

std::span<const router::Router::Delivery> Fan::route(const media::Packet& packet, media::Encoding encoding) {
  const auto deliveries = router_.route(now_, *producer_, packet, encoding);
  for (const router::Router::Delivery& delivery : deliveries)
    media::write_header(slot_, delivery.consumer->stream.header(), packet, delivery.rewrite, {});
  return deliveries;
}

}  // namespace consomme::bench
