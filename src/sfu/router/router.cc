#include "sfu/router/router.h"

#include <algorithm>

#include "base/check.h"

namespace consomme::router {

namespace {

// Consumers between the one that a packet is planned for and the one whose stream is fetched meanwhile: they are too
// many to stay in the cache from one packet to the next.
constexpr std::size_t kAhead = 4;

constexpr std::uint8_t bit(Hold why) {
  return static_cast<std::uint8_t>(why);
}

const PayloadSetup* media_payload(const ProducerSetup& setup) {
  const auto it = std::ranges::find_if(
      setup.payloads, [](const PayloadSetup& p) { return !p.repairs && p.codec != wire::Codec::kRed; });
  return it == setup.payloads.end() ? nullptr : &*it;
}

std::optional<PayloadType> rtx_payload_type(const ProducerSetup& setup, PayloadType media) {
  const auto it = std::ranges::find_if(setup.payloads, [&](const PayloadSetup& p) { return p.repairs == media; });
  if (it == setup.payloads.end()) return std::nullopt;
  return it->incoming;
}

media::InboundConfig inbound_config(const ProducerSetup& setup, const StreamSetup& stream) {
  const PayloadSetup* const payload = media_payload(setup);
  check(payload != nullptr, "negotiation leaves a producer with a media codec");
  return {
      .codec = payload->codec,
      .clock_rate = payload->clock_rate,
      .payload_type = payload->incoming,
      .rtx_payload_type = rtx_payload_type(setup, payload->incoming),
      .ssrc = stream.ssrc,
      .rtx_ssrc = stream.rtx_ssrc,
      .nack = setup.nack,
      .key_frames = setup.pli || setup.fir,
      .red = setup.red,
  };
}

media::OutboundConfig outbound_config(const ConsumerSetup& setup, std::size_t encodings) {
  return {
      .header = setup.header,
      .codec = setup.codec,
      .clock_rate = setup.clock_rate,
      .encodings = encodings,
      .nack = setup.nack,
      .first_seq = setup.first_seq,
      .first_rtx_seq = setup.first_rtx_seq,
      .first_timestamp = setup.first_timestamp,
  };
}

template <class T, class Id>
T* find_in(Slab<T>& slab, const boost::unordered_flat_map<Id, Handle<T>>& by_id, Id id) {
  const auto it = by_id.find(id);
  return it == by_id.end() ? nullptr : slab.find(it->second);
}

bool is_alive(Instant now, const Producer& producer, const media::InboundStream& encoding) {
  return encoding.active(now) && std::ranges::none_of(producer.encodings, [&](const media::InboundStream& other) {
           return encoding.left_behind_by(other, now);
         });
}

void read_off(Instant now, Producer& producer, std::vector<Rung>& out) {
  out.clear();
  const bool simulcast = producer.encodings.size() > 1;
  for (std::size_t i = 0; i < producer.encodings.size(); ++i) {
    media::InboundStream& encoding = producer.encodings[i];
    if (!is_alive(now, producer, encoding)) continue;
    const media::LayerRates::Table rates = encoding.bitrates(now);
    const media::LayerRates::Table peaks = encoding.peak_bitrates();
    const std::uint8_t spatial_layers = simulcast ? std::uint8_t{1} : encoding.spatial_layers(now);
    const std::uint8_t temporal_layers = encoding.temporal_layers(now);
    for (std::uint8_t spatial = 0; spatial < spatial_layers; ++spatial)
      for (std::uint8_t temporal = 0; temporal < temporal_layers; ++temporal) {
        const media::Layer inside{simulcast ? media::kHighestLayer.spatial : spatial, temporal};
        const std::uint8_t outside = simulcast ? static_cast<std::uint8_t>(i) : spatial;
        out.push_back({.layer = {outside, temporal},
                       .rate = media::LayerRates::at(rates, inside),
                       .peak = media::LayerRates::at(peaks, inside)});
      }
  }
}

void ask_if_wanted(Instant now, Producer& producer, const Consumer& consumer) {
  if (const auto wanted = consumer.stream.wants_key_frame()) producer.encodings[*wanted].request_key_frame(now);
}

}  // namespace

Producer& Router::add(const ProducerSetup& setup, PathHandle path) {
  Producer producer;
  producer.id = setup.producer;
  producer.path = path;
  producer.video = setup.video;
  producer.paused = setup.paused;
  producer.takes_pli = setup.pli;
  producer.takes_fir = setup.fir;
  for (const StreamSetup& stream : setup.streams) {
    producer.encodings.emplace_back(inbound_config(setup, stream));
    producer.rids.push_back(stream.rid);
  }
  const Handle<Producer> handle = producers_.emplace(std::move(producer));
  producers_by_id_[setup.producer] = handle;
  return *producers_.find(handle);
}

Consumer* Router::add(Instant now, const ConsumerSetup& setup, PathHandle path, bool connected) {
  Producer* const producer = find(setup.producer);
  if (producer == nullptr) return nullptr;
  Consumer made{.id = setup.consumer,
                .path = path,
                .producer = producer,
                .stream = media::OutboundStream(outbound_config(setup, producer->encodings.size())),
                .cname = setup.cname};
  const Handle<Consumer> handle = consumers_.emplace(std::move(made));
  consumers_by_id_[setup.consumer] = handle;
  Consumer* const consumer = consumers_.find(handle);
  consumer->place = producer->consumers.size();
  producer->consumers.push_back(consumer);
  consumer->stream.set_active(producer->active_mask);
  if (setup.paused) hold(*consumer, Hold::kByClient);
  if (producer->paused) hold(*consumer, Hold::kByProducer);
  if (!connected) hold(*consumer, Hold::kNoPath);
  consumer->quality.begin(now, consumer->stream);
  ask_if_wanted(now, *producer, *consumer);
  return consumer;
}

Producer* Router::find(ProducerId id) {
  return find_in(producers_, producers_by_id_, id);
}
Consumer* Router::find(ConsumerId id) {
  return find_in(consumers_, consumers_by_id_, id);
}

void Router::remove(Producer& producer) {
  check(producer.consumers.empty(), "a producer's consumers are removed before it");
  const auto it = producers_by_id_.find(producer.id);
  producers_.erase(it->second);
  producers_by_id_.erase(it);
}

// The last takes its place: in which order consumers are served means nothing, and an audience that leaves is large.
void Router::remove(Consumer& consumer) {
  std::vector<Consumer*>& consumers = consumer.producer->consumers;
  consumers.back()->place = consumer.place;
  consumers[consumer.place] = consumers.back();
  consumers.pop_back();
  const auto it = consumers_by_id_.find(consumer.id);
  consumers_.erase(it->second);
  consumers_by_id_.erase(it);
}

void Router::pause(Instant now, Producer& producer, bool paused) {
  producer.paused = paused;
  for (Consumer* const consumer : producer.consumers) {
    if (paused)
      hold(*consumer, Hold::kByProducer);
    else
      release(now, *consumer, Hold::kByProducer);
  }
  for (media::InboundStream& encoding : producer.encodings) {
    if (paused) encoding.cancel_key_frame();
    encoding.frame_gaps().restart();
  }
}

void Router::hold(Consumer& consumer, Hold why) {
  consumer.holds |= bit(why);
  consumer.stream.pause();
}

void Router::release(Instant now, Consumer& consumer, Hold why) {
  if ((consumer.holds & bit(why)) == 0) return;
  consumer.holds = static_cast<std::uint8_t>(consumer.holds & ~bit(why));
  if (consumer.holds != 0) return;
  consumer.stream.resume();
  consumer.quality.begin(now, consumer.stream);
  ask_if_wanted(now, *consumer.producer, consumer);
}

void Router::pass_on_want(Instant now, Consumer& consumer) {
  ask_if_wanted(now, *consumer.producer, consumer);
}

void Router::request_key_frame(Instant now, Consumer& consumer) {
  if (consumer.holds != 0) return;
  const auto& layers = consumer.stream.layers();
  const auto source = layers.current() ? layers.current() : layers.target();
  if (source) consumer.producer->encodings[*source].request_key_frame(now);
}

std::span<const Router::Delivery> Router::route(Instant now, Producer& producer, const media::Packet& packet,
                                                media::Encoding encoding) {
  deliveries_.clear();
  producer.ladder_at.reset();
  if (producer.paused) return deliveries_;
  const std::span<Consumer* const> consumers = producer.consumers;
  for (std::size_t i = 0; i < consumers.size(); ++i) {
    if (i + kAhead < consumers.size()) consumers[i + kAhead]->stream.prefetch();
    Consumer& consumer = *consumers[i];
    if (const auto rewrite = consumer.stream.plan(packet, encoding)) deliveries_.push_back({&consumer, *rewrite});
    ask_if_wanted(now, producer, consumer);
  }
  return deliveries_;
}

void Router::refresh_activity(Instant now, Producer& producer) {
  std::uint8_t mask = 0;
  for (std::size_t i = 0; i < producer.encodings.size(); ++i)
    if (is_alive(now, producer, producer.encodings[i])) mask = static_cast<std::uint8_t>(mask | 1U << i);
  producer.active_mask = mask;
  for (Consumer* const consumer : producer.consumers) {
    consumer->stream.set_active(mask);
    ask_if_wanted(now, producer, *consumer);
  }
}

std::span<const Rung> Router::ladder(Instant now, Producer& producer) {
  if (producer.ladder_at != now) {
    producer.ladder_at = now;
    read_off(now, producer, producer.ladder);
  }
  return producer.ladder;
}

}  // namespace consomme::router
