// One worker, its control side, and browsers around it, in virtual time over simulated links. Everything that happens
// follows from one seed, DTLS randomness apart, which decides nothing that a scenario looks at.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <queue>
#include <span>
#include <string_view>
#include <vector>

#include "sfu/dtls/certificate.h"
#include "sfu/dtls/context.h"
#include "sfu/runtime/control.h"
#include "sfu/worker/worker.h"
#include "tests/sim/client.h"
#include "tests/sim/link.h"

namespace consomme::sim {

// A client with its transport and the links of its path.
struct Member {
  std::unique_ptr<Client> client;
  TransportId transport;
  Link up;
  Link down;
  Member* behind = nullptr;  // whose link down this one shares, or none: it has its own
};

// A video of three spatial layers, or of three encodings (VP8).
struct LayeredVideo {
  std::string_view name;
  std::string_view mime_type;
  std::array<int, 3> frame_bytes;  // what each layer adds, or an encoding has, on average
  int temporal_layers = 3;
  bool simulcast = false;
  bool key_dependent = false;  // K-SVC
  bool described = false;      // see media::test::ScalableConfig, as the next
  bool overshooting = false;
  Duration frame_interval = 33ms;
};

class World {
 public:
  static constexpr std::uint64_t kNumbersPerSource = 1'000'000;  // of packets, in publish_simulcast and publish_layers

  explicit World(std::uint64_t seed);

  Instant now() const { return now_; }
  sfu::Control& control() { return control_; }
  worker::Worker& worker() { return worker_; }

  // A browser with a connected-to-be transport of the room.
  Member& join(const LinkConfig& up, const LinkConfig& down);
  // Publishes a video (or audio) source of `member`, with one encoding, and starts it.
  struct Published {
    ProducerId producer;
    Source* source = nullptr;
  };
  Published publish(Member& member, bool video = true, Duration encoding = {});
  // Simulcast: one source per RID, worst first.
  struct PublishedLayers {
    ProducerId producer;
    std::vector<Source*> sources;
  };
  PublishedLayers publish_simulcast(Member& member, int layers, Duration frame_interval = 33ms);
  PublishedLayers publish_layers(Member& member, const LayeredVideo& video);
  // Consumes and (unless told otherwise) resumes.
  struct Consumed {
    ConsumerId consumer;
    Sink* sink = nullptr;
  };
  Consumed consume(Member& member, ProducerId producer, bool resume = true);

  void run_for(Duration span);
  // At most `patience`; false if it did not come true.
  bool run_until(const std::function<bool()>& done, Duration patience = 10s);

  // A datagram out of nowhere.
  void inject(const Tuple& from, ByteView bytes);
  void carry_out();  // what the control side has told the worker

  std::vector<sfu::Event> take_events() { return std::exchange(events_, {}); }

 private:
  struct Flight {
    Instant at;
    std::uint64_t order;
    bool to_server;
    Tuple tuple;  // the client's
    std::vector<std::uint8_t> bytes;
    bool operator>(const Flight& other) const { return std::pair(at, order) > std::pair(other.at, other.order); }
  };
  struct Pace {
    Duration encoding{};
    std::optional<Duration> frame_interval{};  // nullopt: the usual one
  };
  Published publish_codec(Member& member, std::string_view mime_type, const Pace& pace);
  PublishedLayers publish_encodings(Member& member, std::string_view mime_type, std::span<const SourceConfig> configs);
  void step(Instant until);
  Instant next_event() const;
  void collect();
  void flush();
  Member* find(const Tuple& tuple);

  Instant now_;
  Rng rng_;
  dtls::Certificate certificate_;
  dtls::Context dtls_;
  srtp::CryptoEngine crypto_;
  worker::Worker worker_;
  sfu::Control control_;
  RouterId router_;
  SendBatch batch_;
  std::vector<std::unique_ptr<Member>> members_;
  std::priority_queue<Flight, std::vector<Flight>, std::greater<>> flights_;
  std::uint64_t order_ = 0;
  std::uint32_t next_ssrc_ = 1000;
  std::uint32_t next_mid_ = 0;
  std::vector<sfu::Event> events_;
};

}  // namespace consomme::sim
