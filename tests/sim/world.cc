#include "tests/sim/world.h"

#include <algorithm>

#include "base/check.h"
#include "sfu/ortc/supported.h"
#include "sfu/transport/packet_kind.h"
#include "tests/sim/describe.h"

namespace consomme::sim {

namespace {

// Never zero, so that nothing mistakes "long ago" for "not yet".
constexpr Instant kStart{std::chrono::hours(24 * 365 * 50)};

dtls::Certificate make_certificate() {
  auto certificate = dtls::Certificate::make(kStart);
  check(certificate.has_value(), "OpenSSL makes a certificate");
  return std::move(*certificate);
}

// Signatures of a handshake are up to four bytes longer or shorter each time, which no seed can help: of 543 to 547 and
// 635 to 639 bytes are its larger datagrams. So that a run is the same each time, they count in fifties.
std::size_t size_on_a_link(ByteView datagram) {
  constexpr std::size_t kStep = 50;
  const bool exact = transport::packet_kind(datagram) != transport::PacketKind::kDtls;
  return exact ? datagram.size() : (datagram.size() + kStep - 1) / kStep * kStep;
}

ortc::RtpCapabilities capabilities() {
  std::vector<ortc::RtpCodecCapability> codecs{
      *ortc::parse_media_codec("opus"),     *ortc::parse_media_codec("VP8"),
      *ortc::parse_media_codec("VP9"),      *ortc::parse_media_codec("AV1"),
      *ortc::parse_media_codec("H264"),     *ortc::parse_media_codec("audio/multiopus/48000/6"),
      *ortc::parse_media_codec("audio/red")};
  return *ortc::router_capabilities(codecs);
}

sfu::Control::Setup control_setup(const dtls::Certificate& certificate, std::uint64_t seed) {
  return {.capabilities = capabilities(),
          .workers = {{}},
          .fingerprints = certificate.fingerprints(),
          .make_credentials =
              [n = 0](unsigned) mutable {
                const std::string number = std::to_string(10000 + n++);
                return ice::Credentials{"ufrag" + number, "a password of " + number};
              },
          .seed = seed,
          .max_transports_per_worker = 1000,
          .max_producers_per_transport = 16,
          .max_consumers_per_transport = 1000};
}

}  // namespace

World::World(std::uint64_t seed)
    : now_(kStart),
      rng_(seed),
      certificate_(make_certificate()),
      dtls_(std::move(*dtls::Context::make(certificate_))),
      crypto_(std::move(*srtp::CryptoEngine::make())),
      worker_({.ice = {}, .max_packets = 65536, .seed = seed}, dtls_, crypto_),
      control_(control_setup(certificate_, seed)),
      router_(control_.create_router()) {}

Member& World::join(const LinkConfig& up, const LinkConfig& down) {
  const auto number = static_cast<std::uint32_t>(members_.size() + 1);
  const Tuple tuple{{IpAddress::v4(0x0a000000 + number), 50000}, Protocol::kUdp, 0};
  auto offer = control_.create_transport(router_);
  check(offer.has_value(), "the room has a place for a transport");
  members_.push_back(std::make_unique<Member>(Member{.client = std::make_unique<Client>(tuple, rng_.next()),
                                                     .transport = offer->id,
                                                     .up = Link(up, rng_.next()),
                                                     .down = Link(down, rng_.next())}));
  Member& member = *members_.back();
  member.client->connect(now_, *offer);
  check(control_.connect_transport(offer->id, member.client->dtls_parameters()).has_value(), "the transport connects");
  carry_out();
  return member;
}

World::Published World::publish(Member& member, bool video, Duration encoding) {
  return publish_codec(member, video ? "video/VP8" : "audio/opus", {.encoding = encoding});
}

World::Published World::publish_codec(Member& member, std::string_view mime_type, const Pace& pace) {
  const ortc::RtpCapabilities understood = member.client->rtp_capabilities(control_.rtp_capabilities());
  Described described = describe_source(understood, mime_type, Ssrc(next_ssrc_), std::to_string(next_mid_++));
  next_ssrc_ += 2;
  auto produced = control_.produce({member.transport, *ortc::kind_of(mime_type), described.parameters, false});
  check(produced.has_value(), "the source is accepted");
  carry_out();
  described.config.encoding = pace.encoding;
  if (pace.frame_interval) described.config.frame_interval = *pace.frame_interval;
  Source& source = member.client->add(described.config);
  source.start(now_);
  return {produced->id, &source};
}

World::PublishedLayers World::publish_simulcast(Member& member, int layers, Duration frame_interval) {
  std::vector<SourceConfig> configs(static_cast<std::size_t>(layers));
  for (int i = 0; i < layers; ++i) {
    configs[static_cast<std::size_t>(i)].packets_per_frame = 1 + i;
    configs[static_cast<std::size_t>(i)].encoding = 20ms * i;  // the larger, the longer it takes
    configs[static_cast<std::size_t>(i)].frame_interval = frame_interval;
  }
  return publish_encodings(member, "video/VP8", configs);
}

// One source per RID of one video.
World::PublishedLayers World::publish_encodings(Member& member, std::string_view mime_type,
                                                std::span<const SourceConfig> configs) {
  const auto& all = control_.rtp_capabilities();
  ortc::RtpParameters parameters;
  parameters.mid = std::to_string(next_mid_++);
  parameters.codecs = {codec_of(all, mime_type)};
  parameters.codecs.push_back(rtx_of(all, parameters.codecs[0].payload_type));
  for (const HeaderExtension kind : {HeaderExtension::kMid, HeaderExtension::kRtpStreamId,
                                     HeaderExtension::kTransportWideCc, HeaderExtension::kDependencyDescriptor})
    parameters.header_extensions.push_back(extension(kind));
  PublishedLayers published;
  for (SourceConfig config : configs) {
    const std::size_t i = published.sources.size();
    config.ssrc = Ssrc(next_ssrc_++);
    config.rtx_ssrc = Ssrc(next_ssrc_++);
    config.mid = *parameters.mid;
    config.rid = "r" + std::to_string(i);
    config.payload_type = parameters.codecs[0].payload_type;
    config.rtx_payload_type = parameters.codecs[1].payload_type;
    config.first_number = i * kNumbersPerSource;
    ortc::RtpEncodingParameters encoding;
    encoding.rid = config.rid;
    parameters.encodings.push_back(encoding);
    published.sources.push_back(&member.client->add(config));
    published.sources.back()->start(now_);
  }
  auto produced = control_.produce({member.transport, ortc::MediaKind::kVideo, parameters, false});
  check(produced.has_value(), "the layers are accepted");
  published.producer = produced->id;
  carry_out();
  return published;
}

World::PublishedLayers World::publish_layers(Member& member, const LayeredVideo& video) {
  media::test::ScalableConfig layers{.codec = *wire::codec_from_mime(video.mime_type),
                                     .spatial_layers = video.simulcast ? 1 : 3,
                                     .temporal_layers = video.temporal_layers,
                                     .key_dependent = video.key_dependent,
                                     .described = video.described,
                                     .overshooting = video.overshooting,
                                     .seed = rng_.next(),
                                     .frame_bytes = {}};
  if (!video.simulcast) {
    std::ranges::copy(video.frame_bytes, layers.frame_bytes.begin());
    const Published published = publish_codec(member, video.mime_type, {.frame_interval = video.frame_interval});
    published.source->use_layers(layers);
    return {published.producer, {published.source}};
  }
  SourceConfig config;
  config.frame_interval = video.frame_interval;
  const PublishedLayers published =
      publish_encodings(member, video.mime_type, std::vector(video.frame_bytes.size(), config));
  for (std::size_t i = 0; i < published.sources.size(); ++i) {
    layers.frame_bytes[0] = video.frame_bytes[i];
    published.sources[i]->use_layers(layers);
  }
  return published;
}

World::Consumed World::consume(Member& member, ProducerId producer, bool resume) {
  auto offer = control_.consume(
      {member.transport, producer, member.client->rtp_capabilities(control_.rtp_capabilities()), true});
  check(offer.has_value(), "the producer can be consumed");
  Sink& sink = member.client->add(describe_sink(*offer));
  if (resume) control_.pause_consumer(offer->id, false);
  carry_out();
  return {offer->id, &sink};
}

void World::carry_out() {
  for (auto& addressed : control_.take_commands()) {
    if (batch_.room() < transport::kRoomPerInput) collect();
    worker_.execute(now_, addressed.command, batch_);
  }
  flush();
}

void World::run_for(Duration span) {
  const Instant until = now_ + span;
  while (next_event() <= until) step(until);
  now_ = until;
}

bool World::run_until(const std::function<bool()>& done, Duration patience) {
  const Instant until = now_ + patience;
  while (!done()) {
    if (next_event() > until) return false;
    step(until);
  }
  return true;
}

Instant World::next_event() const {
  Instant next = std::min(worker_.deadline(), flights_.empty() ? kNever : flights_.top().at);
  for (const auto& member : members_) next = std::min(next, member->client->deadline());
  return std::max(next, now_);
}

void World::step(Instant until) {
  now_ = std::min(next_event(), until);
  while (!flights_.empty() && flights_.top().at <= now_) {
    const Flight flight = flights_.top();
    flights_.pop();
    if (flight.to_server) {
      inject(flight.tuple, flight.bytes);
    } else if (Member* const member = find(flight.tuple)) {
      member->client->receive(now_, flight.bytes);
    }
  }
  while (!worker_.expire(now_, batch_)) collect();
  flush();
  for (const auto& member : members_) {
    member->client->expire(now_);
    for (auto bytes = member->client->poll(); !bytes.empty(); bytes = member->client->poll())
      if (const auto at = member->up.arrival(now_, size_on_a_link(bytes)))
        flights_.push({*at, order_++, true, member->client->tuple(), std::move(bytes)});
  }
  for (const worker::Notice& notice : worker_.take_notices()) control_.notice(notice);
  for (sfu::Event& event : control_.take_events()) events_.push_back(event);
  for (auto& addressed : control_.take_commands()) worker_.execute(now_, addressed.command, batch_);
  flush();
}

void World::inject(const Tuple& from, ByteView bytes) {
  if (batch_.room() < transport::kRoomPerInput) collect();
  worker_.receive(now_, {from, bytes}, batch_);
}

void World::flush() {
  while (!worker_.flush(now_, batch_)) collect();
  collect();
}

// What the worker sent goes on its way.
void World::collect() {
  for (const SendBatch::Entry& entry : batch_.entries()) {
    Member* const member = find(entry.to);
    if (member == nullptr) continue;
    const ByteView bytes = batch_.bytes(entry);
    Link& down = member->behind != nullptr ? member->behind->down : member->down;
    if (const auto at = down.arrival(now_, size_on_a_link(bytes)))
      flights_.push({*at, order_++, false, entry.to, {bytes.begin(), bytes.end()}});
  }
  batch_.clear();
}

Member* World::find(const Tuple& tuple) {
  const auto it = std::ranges::find_if(members_, [&](const auto& member) { return member->client->tuple() == tuple; });
  return it == members_.end() ? nullptr : it->get();
}

}  // namespace consomme::sim
