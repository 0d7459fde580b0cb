// A video with layers and a hundred who receive it: what it costs to decide what each packet is to each of them, and to
// share out their bandwidths.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/datagram.h"
#include "base/time.h"
#include "bench/forward/receiver.h"
#include "sfu/media/scalable_source.h"
#include "sfu/router/router.h"
#include "sfu/worker/allocation.h"

namespace consomme::bench {

struct Video {
  wire::Codec codec = wire::Codec::kVp8;
  int encodings = 1;
  int spatial_layers = 1;
  bool selects = true;  // false: every packet is for everybody
};

class Fan {
 public:
  static constexpr int kConsumers = 100;
  static constexpr int kPictures = 600;
  static constexpr Duration kPicture = 33ms;

  explicit Fan(const Video& video);

  // Nanoseconds per forwarded packet, from its arrival to the header of each that leaves. A third has the lowest
  // spatial layer, a third two, and a third has all. `reading` the clock costs that much.
  double forward(Duration reading);

  // Of sharing out, the same: as the worker does it, five times a second for each receiver, each behind a link on which
  // one, two or all spatial layers fit.
  double share_out(Duration reading);

 private:
  // Calls take(packets, encoding) for the next picture of each encoding.
  template <class Take>
  void next_picture(Take take);
  media::test::ScalableConfig source_config(int encoding) const;
  void add_consumer(int number);
  std::span<const router::Router::Delivery> route(const media::Packet& packet, media::Encoding encoding);
  bool share_if_due(worker::LayerAllocation& allocation, worker::Peer& peer);

  Video video_;
  router::Router router_;
  router::Producer* producer_ = nullptr;
  media::PacketPool pool_{256};
  std::vector<media::test::ScalableSource> sources_;
  std::array<std::uint8_t, kMaxDatagramBytes> slot_{};
  Instant now_{1'700'000'000s};
};

}  // namespace consomme::bench
