// Producers, their consumers, and who gets what. It moves no bytes: route() says for one received packet which
// consumers take it and as what; the worker hands the packet to their transports. Owned by one worker.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/path_handle.h"
#include "base/slab.h"
#include "base/strong.h"
#include "sfu/media/climb.h"
#include "sfu/media/inbound_stream.h"
#include "sfu/media/outbound_quality.h"
#include "sfu/media/outbound_stream.h"
#include "sfu/media/packet.h"
#include "sfu/media/presence.h"
#include "sfu/media/speech_activity.h"
#include "sfu/router/setup.h"

namespace consomme::router {

struct Producer;

// Why a consumer is held: it gets packets when no reason is left.
enum class Hold : std::uint8_t {
  kByClient = 1,    // paused by the client's wish, as it begins
  kByProducer = 2,  // the producer is paused
  kNoPath = 4,      // its transport is not connected
};

// A video's share of its path's bandwidth.
struct BandwidthShare {
  std::uint8_t priority = 1;                      // higher is served first
  media::Layer preferred = media::kHighestLayer;  // the client's wish
  std::optional<media::Layer> layer;              // what it may have; nullopt: nothing, or nothing is shared out yet
  bool is_refused = false;                        // not even the base fits
  media::Climb climb;
  std::optional<std::optional<media::Layer>> told;  // what the client knows that it gets; nullopt: it knows nothing yet
};

struct Consumer {
  ConsumerId id;
  PathHandle path;
  Producer* producer = nullptr;
  std::uint8_t holds = 0;  // bits of Hold
  media::OutboundStream stream;
  std::string cname;
  BandwidthShare share{};

  std::size_t place = 0;  // among its producer's consumers
  media::OutboundQuality quality{};
  // What the receiver asked for, in messages.
  std::uint64_t nacks = 0;
  std::uint64_t plis = 0;
  std::uint64_t firs = 0;

  std::optional<std::pair<media::Score, media::Score>> told_scores{};  // its own, and its source's
};

// Nothing else holds it.
inline bool held_only_by(const Consumer& consumer, Hold why) {
  return consumer.holds == static_cast<std::uint8_t>(why);
}

// A layer of a producer, and what a consumer that is limited to it would be sent.
struct Rung {
  media::Layer layer;
  Bitrate rate;
  Bitrate peak;  // of late; zero: not known yet
};

// One whose packets come in on another worker is a mirror: made from the same setup, fed with what that one has
// accepted, and otherwise like any other.
struct Producer {
  ProducerId id;
  PathHandle path;                // none, of a mirror
  std::optional<unsigned> home;   // of a mirror: the worker where the packets come in
  std::vector<unsigned> mirrors;  // of one that has its path here: the workers with a mirror of it
  std::optional<RouterId> room;   // whose speakers are decided here, its own among them
  bool video = false;
  bool paused = false;
  bool takes_pli = false;
  bool takes_fir = false;
  std::uint8_t fir_number = 0;                  // of the last one sent (RFC 5104 §4.3.1.1)
  std::uint8_t active_mask = 0;                 // encodings that are alive, as told to the consumers
  std::vector<media::InboundStream> encodings;  // worst first
  std::vector<Consumer*> consumers;
  std::vector<Rung> ladder;  // see Router::ladder()
  std::optional<Instant> ladder_at;

  media::Presence presence;
  media::SpeechActivity speech;            // of audio with levels
  std::vector<std::string> rids;           // of the encodings; empty: none
  std::optional<media::Score> told_score;  // of the best encoding
  std::vector<media::Score> told_encoding_scores;
};

class Router {
 public:
  Producer& add(const ProducerSetup& setup, PathHandle path);
  // nullptr when the producer has ended. `connected`: the path can send already.
  Consumer* add(Instant now, const ConsumerSetup& setup, PathHandle path, bool connected);
  Producer* find(ProducerId id);
  Consumer* find(ConsumerId id);
  void remove(Producer& producer);  // which has no consumers any more
  void remove(Consumer& consumer);

  void pause(Instant now, Producer& producer, bool paused);
  void hold(Consumer& consumer, Hold why);
  // A key frame is asked for by itself when the last reason is gone.
  void release(Instant now, Consumer& consumer, Hold why);
  void request_key_frame(Instant now, Consumer& consumer);
  // Asks the source for the key frame without which the consumer cannot go on, if it wants one.
  void pass_on_want(Instant now, Consumer& consumer);

  struct Delivery {
    Consumer* consumer;
    media::Rewrite rewrite;
  };
  // Valid until the next call. Where a consumer cannot go on without a key frame, the source is asked for one.
  std::span<const Delivery> route(Instant now, Producer& producer, const media::Packet& packet,
                                  media::Encoding encoding);
  // A few times a second: which encodings are alive decides what consumers of a simulcast source are given.
  void refresh_activity(Instant now, Producer& producer);
  // The layers of a producer that are alive, worst first: of simulcast those of each encoding by themselves, of one
  // encoding sums over its spatial layers. Valid until the next packet; and read off its rates once for all consumers
  // who ask at the same instant.
  std::span<const Rung> ladder(Instant now, Producer& producer);

  std::size_t producers() const { return producers_.size(); }
  std::size_t consumers() const { return consumers_.size(); }

 private:
  Slab<Producer> producers_;
  Slab<Consumer> consumers_;
  boost::unordered_flat_map<ProducerId, Handle<Producer>> producers_by_id_;
  boost::unordered_flat_map<ConsumerId, Handle<Consumer>> consumers_by_id_;
  std::vector<Delivery> deliveries_;
};

}  // namespace consomme::router
