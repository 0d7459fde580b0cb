#include "bench/peers/servers.h"

#include <array>
#include <utility>

#include "bench/peers/janus.h"
#include "bench/peers/sdp.h"
#include "bench/scale/sfu_process.h"
#include "sfu/ortc/negotiate.h"
#include "sfu/ortc/supported.h"

namespace consomme::bench {
namespace {

constexpr Ssrc kSource{1000};

sim::Described describe(const Medium& medium, const ortc::RtpCapabilities& capabilities) {
  sim::Described described = sim::describe_source(capabilities, medium.mime_type, kSource, "0");
  described.config.frame_interval = medium.frame_interval;
  described.config.packets_per_frame = medium.packets_per_frame;
  described.config.payload_bytes = medium.payload_bytes;
  return described;
}

class Consomme : public Server {
 public:
  pid_t id() const override { return sfu_.id(); }

  const sim::Source& publish(Bots& bots, const Medium& medium) override {
    const sfu::TransportOffer offer = sfu_.join(room_);
    sim::Client client = bots.new_client();
    sfu_.connect(offer.id, client.dtls_parameters());
    const sim::Described described = describe(medium, sfu_.rtp_capabilities());
    producer_ = sfu_.produce(offer.id, described);
    return bots.add_sender(offer, std::move(client), described.config);
  }
  bool on_air() override { return true; }

  const Receiver& subscribe(Bots& bots, const sim::Source& source) override {
    const sfu::TransportOffer offer = sfu_.join(room_);
    sfu_.connect(offer.id, bots.receivers_dtls());
    Receiver& receiver = bots.add_receiver(offer);
    receiver.expect(sfu_.consume(offer.id, producer_), source);
    return receiver;
  }

 private:
  SfuProcess sfu_{{.count = 1}};
  RouterId room_ = sfu_.open_room();
  ProducerId producer_;
};

// Told in SDP what a browser would tell it.
class VideoRoom : public Server {
 public:
  VideoRoom(const std::string& folder, const std::string& name) : janus_(folder, name) {}
  pid_t id() const override { return janus_.id(); }

  const sim::Source& publish(Bots& bots, const Medium& medium) override {
    sim::Client client = bots.new_client();
    const std::array codecs = {*ortc::parse_media_codec(medium.mime_type)};
    const sim::Described described = describe(medium, *ortc::router_capabilities(codecs));
    const std::string answer = janus_.publish(write_offer(described, client.dtls_parameters()));
    return bots.add_sender(read_transport(answer), std::move(client), described.config);
  }
  bool on_air() override { return janus_.on_air(); }

  const Receiver& subscribe(Bots& bots, const sim::Source& source) override {
    const Janus::Subscription subscription = janus_.subscribe();
    janus_.accept(subscription, write_answer(subscription.offer, bots.receivers_dtls()));
    Receiver& receiver = bots.add_receiver(read_transport(subscription.offer));
    receiver.use(read_extension_ids(subscription.offer));
    receiver.expect(read_ssrc(subscription.offer), source);
    return receiver;
  }

 private:
  Janus janus_;
};

}  // namespace

std::unique_ptr<Server> start_consomme() {
  return std::make_unique<Consomme>();
}
std::unique_ptr<Server> start_janus(const std::string& folder, const std::string& name) {
  return std::make_unique<VideoRoom>(folder, name);
}

}  // namespace consomme::bench
