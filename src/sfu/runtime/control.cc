#include "sfu/runtime/control.h"

#include <algorithm>
#include <utility>

#include "sfu/ortc/negotiate.h"
#include "sfu/ortc/scalability_mode.h"
#include "sfu/runtime/setup_from_ortc.h"

namespace consomme::sfu {

namespace {

// A transport's consumers of all times: a MID has at most 8 bytes, and SSRCs are numbered from below 2^32 - 10^8.
constexpr std::uint64_t kMaxMids = 40'000'000;

ortc::IceParameters to_ice_parameters(const ice::Credentials& c) {
  return {c.ufrag, c.password, true};
}

template <class Map, class Id>
auto* find(Map& map, Id id) {
  const auto it = map.find(id);
  return it == map.end() ? nullptr : &it->second;
}

std::unexpected<Error> not_found(const char* what) {
  return refuse(ErrorCode::kNotFound, std::string(what) + " not found");
}

// We offer "auto", so the peer decides (RFC 5763 §5): one that says it is the client makes us server, as
// mediasoup-client does; one that says "server", or leaves it open, makes us client.
dtls::Role local_role(ortc::DtlsRole remote) {
  return remote == ortc::DtlsRole::kClient ? dtls::Role::kServer : dtls::Role::kClient;
}

// Of lists that may have thousands: the last one takes the place of the one that goes.
template <class Id, class Map>
void remove_at(std::vector<Id>& list, std::size_t place, Map& map) {
  map.at(list.back()).place = place;
  list[place] = list.back();
  list.pop_back();
}

std::vector<Ssrc> ssrcs_of(const ortc::RtpParameters& parameters) {
  std::vector<Ssrc> ssrcs;
  for (const auto& encoding : parameters.encodings) {
    if (encoding.ssrc) ssrcs.push_back(*encoding.ssrc);
    if (encoding.rtx) ssrcs.push_back(encoding.rtx->ssrc);
  }
  return ssrcs;
}

// Counted from 0. A source that promises nothing may send any.
std::uint8_t highest_spatial_layer(const ortc::RtpParameters& offered) {
  const auto& mode = offered.encodings.front().scalability_mode;
  return mode ? static_cast<std::uint8_t>(ortc::parse_scalability_mode(*mode).spatial_layers - 1)
              : media::kHighestLayer.spatial;
}

}  // namespace

Control::Control(Setup setup)
    : setup_(std::move(setup)), rng_(setup_.seed), census_(setup_.workers.size()), placement_(setup_.workers.size()) {}

void Control::tell(unsigned worker, worker::Command command) {
  commands_.push_back({worker, std::move(command)});
}

RouterId Control::create_router() {
  const RouterId id(++last_id_);
  const unsigned worker = placement_.choose({}, [](unsigned) { return true; }).value();
  routers_[id].spread = placement_.begin(worker);
  ++census_[worker].routers;
  return id;
}

void Control::close_router(RouterId id) {
  const Router* const router = find(routers_, id);
  if (router == nullptr) return;
  const std::vector<TransportId> transports = router->transports;
  for (const TransportId transport : transports) end_transport(transport, false);
  --census_[routers_[id].home()].routers;
  routers_.erase(id);
}

Result<TransportOffer> Control::create_transport(RouterId id) {
  Router* const router = find(routers_, id);
  if (router == nullptr) return not_found("Router");
  const auto has_room = [this](unsigned w) { return census_[w].transports < setup_.max_transports_per_worker; };
  const auto placed = placement_.choose(router->spread, has_room);
  if (!placed) return refuse(ErrorCode::kLimit, "the server has no room for another transport");
  const unsigned worker = *placed;
  const ice::Credentials credentials = setup_.make_credentials(worker);
  const TransportId transport(++last_id_);
  router->transports.push_back(transport);
  Transport record;
  record.router = id;
  record.place = router->transports.size() - 1;
  record.worker = worker;
  record.ice = to_ice_parameters(credentials);
  record.next_ssrc = ortc::choose_ssrc(rng_).value();
  TransportOffer offer{transport, record.ice, setup_.workers[worker].candidates, {}};
  for (const auto& print : setup_.fingerprints)
    offer.dtls_parameters.fingerprints.push_back({std::string(dtls::traits(print.algorithm).name), print.to_string()});
  transports_.emplace(transport, std::move(record));
  ++census_[worker].transports;
  placement_.join(router->spread, worker);
  tell(worker,
       worker::CreateTransport{transport, credentials, worker == router->home() ? std::optional(id) : std::nullopt});
  return offer;
}

Result<void> Control::connect_transport(TransportId id, const ortc::DtlsParameters& remote) {
  Transport* const transport = find(transports_, id);
  if (transport == nullptr) return not_found("Transport");
  if (transport->remote) {
    if (*transport->remote == remote) return {};
    return refuse(ErrorCode::kConflict, "transport is already connected with other dtlsParameters");
  }
  if (remote.fingerprints.empty()) return invalid("dtlsParameters.fingerprints must not be empty");
  std::vector<dtls::Fingerprint> prints;
  for (std::size_t i = 0; i < remote.fingerprints.size(); ++i) {
    const auto& given = remote.fingerprints[i];
    auto print = dtls::parse_fingerprint(given.algorithm, given.value);
    if (!print) return invalid("dtlsParameters.fingerprints[" + std::to_string(i) + "]: " + print.error().text);
    prints.push_back(*print);
  }
  transport->remote = remote;
  tell(transport->worker, worker::ConnectTransport{id, local_role(remote.role), std::move(prints)});
  return {};
}

Result<ortc::IceParameters> Control::restart_ice(TransportId id) {
  Transport* const transport = find(transports_, id);
  if (transport == nullptr) return not_found("Transport");
  const ice::Credentials credentials = setup_.make_credentials(transport->worker);
  transport->ice = to_ice_parameters(credentials);
  tell(transport->worker, worker::RestartIce{id, credentials});
  return transport->ice;
}

void Control::close_transport(TransportId id) {
  end_transport(id, true);
}

std::vector<ProducerId> Control::conflicting(const Transport& transport, const ortc::RtpParameters& parameters) const {
  const std::vector<Ssrc> wanted = ssrcs_of(parameters);
  std::vector<ProducerId> found;
  for (const ProducerId id : transport.producers) {
    const ortc::RtpParameters& other = producers_.at(id).negotiated.parameters;
    const std::vector<Ssrc> taken = ssrcs_of(other);
    const bool same_mid = !parameters.mid.value_or("").empty() && parameters.mid == other.mid;
    const bool same_ssrc =
        std::ranges::any_of(wanted, [&](Ssrc ssrc) { return std::ranges::find(taken, ssrc) != taken.end(); });
    if (same_mid || same_ssrc) found.push_back(id);
  }
  return found;
}

Result<Produced> Control::produce(const ProduceRequest& request) {
  Transport* const transport = find(transports_, request.transport);
  if (transport == nullptr) return not_found("Transport");
  ortc::RtpParameters parameters = request.rtp_parameters;
  const std::string cname = ortc::resolve_cname(transport->cname, parameters.rtcp, rng_);
  parameters.rtcp.cname = cname;
  auto negotiated =
      ortc::negotiate_producer(request.kind, std::move(parameters), setup_.capabilities, ortc::choose_ssrc(rng_));
  if (!negotiated) return std::unexpected(negotiated.error());
  std::vector<ProducerId> replaced = conflicting(*transport, negotiated->parameters);
  const bool is_full = transport->producers.size() - replaced.size() >= setup_.max_producers_per_transport;
  if (is_full || (!request.may_add && replaced.empty()))
    return refuse(ErrorCode::kLimit, "too many producers on this transport");
  for (const ProducerId stale : replaced) close_producer(stale);

  const ProducerId id(++last_id_);
  transport->cname = cname;
  if (transport->producers.empty()) placement_.begin_to_send(spread_of(*transport), transport->worker);
  transport->producers.push_back(id);
  ++census_[transport->worker].producers;
  auto setup = producer_setup(id, request.kind, *negotiated, request.paused);
  Producer& producer = producers_[id] = {.transport = request.transport,
                                         .kind = request.kind,
                                         .negotiated = std::move(*negotiated),
                                         .paused = request.paused};
  placement_.produce(transport->worker, request.kind);
  tell(transport->worker, worker::CreateProducer{request.transport, std::move(setup)});
  if (request.kind == ortc::MediaKind::kAudio) use_mirror(id, producer, routers_.at(transport->router).home());
  return Produced{id, std::move(replaced)};
}

void Control::pause_producer(ProducerId id, bool paused) {
  Producer* const producer = find(producers_, id);
  if (producer == nullptr || producer->paused == paused) return;
  producer->paused = paused;
  tell(home_of(*producer), worker::PauseProducer{id, paused});
  for (const Mirror& mirror : producer->mirrors) tell(mirror.worker, worker::PauseProducer{id, paused});
}

void Control::close_producer(ProducerId id) {
  Producer* const producer = find(producers_, id);
  if (producer == nullptr) return;
  tell(home_of(*producer), worker::CloseProducer{id});
  close_mirrors(id, *producer);
  const std::vector<ConsumerId> consumers = producer->consumers;
  for (const ConsumerId consumer : consumers) end_consumer(consumer, true);
  end_producer(id, false);
}

bool Control::can_consume(ProducerId id, const ortc::RtpCapabilities& remote) const {
  const Producer* const producer = find(producers_, id);
  return producer != nullptr && ortc::can_consume(producer->negotiated.consumable, remote);
}

Result<ConsumerOffer> Control::consume(const ConsumeRequest& request) {
  Transport* const transport = find(transports_, request.transport);
  if (transport == nullptr) return not_found("Transport");
  Producer* const producer = find(producers_, request.producer);
  if (producer == nullptr || transports_.at(producer->transport).router != transport->router)
    return not_found("Producer");
  if (transport->consumers.size() >= setup_.max_consumers_per_transport || transport->next_mid == kMaxMids)
    return refuse(ErrorCode::kLimit, "too many consumers on this transport");
  auto parameters = ortc::consumer_parameters(producer->kind, producer->negotiated.consumable, request.rtp_capabilities,
                                              Ssrc(transport->next_ssrc), std::to_string(transport->next_mid));
  if (!parameters) return std::unexpected(parameters.error());

  ++transport->next_mid;
  transport->next_ssrc += 2;  // its own, and that of its RTX stream
  const ConsumerId id(++last_id_);
  transport->consumers.push_back(id);
  producer->consumers.push_back(id);
  consumers_.emplace(id, Consumer{request.transport, request.producer, producer->consumers.size() - 1,
                                  highest_spatial_layer(*parameters)});
  ++census_[transport->worker].consumers;
  placement_.consume(spread_of(*transport), transport->worker, producer->kind);
  use_mirror(request.producer, *producer, transport->worker);
  auto setup = consumer_setup({id, request.producer, producer->kind, request.paused}, *parameters, rng_);
  tell(transport->worker, worker::CreateConsumer{request.transport, std::move(setup)});
  return ConsumerOffer{id, producer->kind, std::move(*parameters), producer->paused};
}

void Control::pause_consumer(ConsumerId id, bool paused) {
  if (const Consumer* const consumer = find(consumers_, id))
    tell(transports_.at(consumer->transport).worker, worker::PauseConsumer{id, paused});
}

void Control::request_key_frame(ConsumerId id) {
  if (const Consumer* const consumer = find(consumers_, id))
    tell(transports_.at(consumer->transport).worker, worker::RequestKeyFrame{id});
}

void Control::close_consumer(ConsumerId id) {
  const Consumer* const consumer = find(consumers_, id);
  if (consumer == nullptr) return;
  tell(transports_.at(consumer->transport).worker, worker::CloseConsumer{id});
  end_consumer(id, false);
}

// A layer above those that there are means the highest, and how often its picture is wanted.
void Control::set_preferred_layers(ConsumerId id, std::uint8_t spatial, std::optional<std::uint8_t> temporal) {
  const Consumer* const consumer = find(consumers_, id);
  if (consumer == nullptr) return;
  tell(transports_.at(consumer->transport).worker,
       worker::SetPreferredLayers{id, std::min(spatial, consumer->highest_spatial), temporal});
}

void Control::set_priority(ConsumerId id, std::uint8_t priority) {
  if (const Consumer* const consumer = find(consumers_, id))
    tell(transports_.at(consumer->transport).worker, worker::SetPriority{id, priority});
}

Result<StatsToken> Control::request_stats(const StatsSubject& subject) {
  const auto worker = worker_of(subject);
  if (!worker) {
    static constexpr const char* kNouns[] = {"Transport", "Producer", "Consumer"};  // in the order of StatsSubject
    return not_found(kNouns[subject.index()]);
  }
  const StatsToken token(++last_id_);
  questions_.emplace(token, subject);
  tell(*worker, worker::GetStats{token, subject});
  return token;
}

// nullopt: there is no such subject.
std::optional<unsigned> Control::worker_of(const StatsSubject& subject) const {
  const Transport* transport = nullptr;
  if (const auto* const id = std::get_if<TransportId>(&subject)) transport = find(transports_, *id);
  if (const auto* const id = std::get_if<ProducerId>(&subject))
    if (const Producer* const producer = find(producers_, *id)) transport = find(transports_, producer->transport);
  if (const auto* const id = std::get_if<ConsumerId>(&subject))
    if (const Consumer* const consumer = find(consumers_, *id)) transport = find(transports_, consumer->transport);
  if (transport == nullptr) return std::nullopt;
  return transport->worker;
}

void Control::end_transport(TransportId id, bool with_events) {
  const Transport* const transport = find(transports_, id);
  if (transport == nullptr) return;
  const unsigned worker = transport->worker;
  tell(worker, worker::CloseTransport{id});
  const std::vector<ProducerId> producers = transport->producers;
  for (const ProducerId producer : producers) end_producer(producer, with_events);
  const std::vector<ConsumerId> consumers = transport->consumers;
  for (const ConsumerId consumer : consumers) end_consumer(consumer, with_events);
  Router& router = routers_.at(transports_.at(id).router);
  remove_at(router.transports, transports_.at(id).place, transports_);
  placement_.leave(router.spread, worker);
  transports_.erase(id);
  --census_[worker].transports;
}

void Control::end_producer(ProducerId id, bool with_events) {
  Producer& producer = producers_.at(id);
  close_mirrors(id, producer);
  const std::vector<ConsumerId> consumers = producer.consumers;
  for (const ConsumerId consumer : consumers) end_consumer(consumer, with_events);
  Transport& transport = transports_.at(producer.transport);
  std::erase(transport.producers, id);
  if (transport.producers.empty()) placement_.cease_to_send(spread_of(transport), transport.worker);
  --census_[transport.worker].producers;
  producers_.erase(id);
  if (with_events) events_.push_back(ProducerEnded{id});
}

void Control::end_consumer(ConsumerId id, bool with_event) {
  const Consumer consumer = consumers_.at(id);
  Transport& transport = transports_.at(consumer.transport);
  std::erase(transport.consumers, id);
  Producer& producer = producers_.at(consumer.producer);
  remove_at(producer.consumers, consumer.place, consumers_);
  leave_mirror(consumer.producer, producer, transport.worker);
  placement_.end_consumer(spread_of(transport), transport.worker, producer.kind);
  --census_[transport.worker].consumers;
  consumers_.erase(id);
  if (with_event) events_.push_back(ConsumerEnded{id, consumer.producer});
}

void Control::measured(unsigned worker, double share) {
  placement_.measured(worker, share);
  if (worker != 0) return;
  for (auto& [id, router] : routers_) placement_.pass_second(router.spread);
}

}  // namespace consomme::sfu
