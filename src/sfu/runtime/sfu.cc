#include "sfu/sfu.h"

#include <openssl/rand.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "base/check.h"
#include "net/interfaces.h"
#include "net/thread.h"
#include "sfu/ortc/negotiate.h"
#include "sfu/ortc/supported.h"
#include "sfu/runtime/candidates.h"
#include "sfu/runtime/control.h"
#include "sfu/runtime/ebb.h"
#include "sfu/runtime/free_memory.h"
#include "sfu/runtime/listen_addresses.h"
#include "sfu/runtime/shared_port.h"
#include "sfu/runtime/ufrag_owner.h"
#include "sfu/runtime/worker_thread.h"

namespace consomme::sfu {

namespace {

// Notices and reports that wait for the control thread; workers keep what does not fit.
constexpr std::size_t kControlMailboxMessages = 65536;

void fill_random(void* bytes, std::size_t size) {
  check(RAND_bytes(static_cast<unsigned char*>(bytes), static_cast<int>(size)) == 1, "the system has random bytes");
}

// ice-char (RFC 8839 §5.4): 64 of them, so that a random byte's low six bits name one without bias.
std::string random_ice_text(std::size_t length) {
  static constexpr std::string_view kIceChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text(length, '\0');
  fill_random(text.data(), text.size());
  for (char& c : text) c = kIceChars[static_cast<unsigned char>(c) % kIceChars.size()];
  return text;
}

// 32 characters of 6 bits each, as webrtc-facts has it; RFC 8445 §5.3 wants 24 and 128 bits.
ice::Credentials make_credentials(unsigned worker) {
  return {owner_letters(worker) + random_ice_text(32 - kOwnerLetters), random_ice_text(32)};
}

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  fill_random(&seed, sizeof seed);
  return seed;
}

Result<std::vector<ortc::RtpCodecCapability>> default_codecs() {
  std::vector<ortc::RtpCodecCapability> codecs;
  for (const std::string_view name : ortc::kDefaultMediaCodecs) {
    auto codec = ortc::parse_media_codec(name);
    if (!codec) return std::unexpected(codec.error());
    codecs.push_back(std::move(*codec));
  }
  return codecs;
}

Result<std::vector<Endpoint>> endpoints_of_worker(const Config& config, const std::vector<ListenOn>& listen,
                                                  unsigned worker) {
  const std::uint32_t step = config.first_port == 0 || config.single_port ? 0 : worker;
  const std::uint32_t number = config.first_port + step;
  if (number > 65535) return invalid("the first media port leaves no room for that many workers; take a lower one");
  const auto port = static_cast<std::uint16_t>(number);
  std::vector<Endpoint> endpoints;
  endpoints.reserve(listen.size());
  for (const ListenOn& on : listen)
    endpoints.push_back(
        {on.ip, config.udp ? std::optional(port) : std::nullopt, config.tcp ? std::optional(port) : std::nullopt});
  return endpoints;
}

// The ports that the first worker got, which all share.
void take_ports(const WorkerThread& first, std::vector<Endpoint>& endpoints) {
  for (const WorkerThread::Bound& bound : first.bound()) {
    Endpoint& endpoint = endpoints[bound.endpoint];
    (bound.protocol == Protocol::kUdp ? endpoint.udp_port : endpoint.tcp_port) = bound.address.port;
  }
}

}  // namespace

const char* to_string(TransportEnd reason) {
  static constexpr const char* kTexts[] = {"consent lost", "dtls failed", "dtls closed"};
  return kTexts[static_cast<std::size_t>(reason)];
}

class Sfu::Body {
 public:
  static Result<std::unique_ptr<Body>> make(const Config& config);

  // Runs one call on the control side and passes on what the workers must learn of it.
  template <class Call>
  auto with_control(Call call) {
    if constexpr (std::is_void_v<decltype(call(*control_))>) {
      call(*control_);
      dispatch();
    } else {
      auto result = call(*control_);
      dispatch();
      return result;
    }
  }

  ~Body() {
    for (const auto& worker : workers_) worker->stop();
  }

  const Control& control() const { return *control_; }
  const std::vector<std::string>& announced() const { return announced_; }
  bool has_udp_buffers() const {
    return std::ranges::all_of(workers_, [](const auto& worker) { return worker->has_udp_buffers(); });
  }
  bool is_port_steered() const { return port_ && port_->is_steered(); }
  int event_fd() const { return mailbox_.fd(); }
  void poll(std::vector<Event>& events);
  std::vector<WorkerReport> reports() const;

 private:
  Body(dtls::Certificate certificate, dtls::Context dtls, const Config& config, unsigned workers)
      : certificate_(std::move(certificate)),
        dtls_(std::move(dtls)),
        mailbox_(kControlMailboxMessages),
        crossroads_(workers) {
    if (config.single_port) port_.emplace(workers);
  }
  Result<void> open_workers(const Config& config, const std::vector<ListenOn>& listen, unsigned count);
  std::vector<WorkerPlace> places(const std::vector<ListenOn>& listen) const;
  void dispatch();
  void return_memory();

  net::Clock clock_;
  dtls::Certificate certificate_;
  dtls::Context dtls_;
  ControlMailbox mailbox_;
  Crossroads crossroads_;
  std::optional<SharedPort> port_;
  std::vector<std::unique_ptr<WorkerThread>> workers_;
  std::vector<std::string> announced_;
  std::unique_ptr<Control> control_;
  std::vector<ToControl> received_;
  std::vector<WorkerReport> reports_;
  std::vector<Instant> reported_at_;
  Ebb ebb_;
};

Result<std::unique_ptr<Sfu::Body>> Sfu::Body::make(const Config& config) {
  if (!config.udp && !config.tcp) return invalid("udp and tcp are both off; switch one of them on");
  const auto listen = listen_addresses(config.listen, net::host_addresses());
  if (!listen) return std::unexpected(listen.error());
  auto codecs = config.codecs.empty() ? default_codecs() : config.codecs;
  if (!codecs) return std::unexpected(codecs.error());
  auto capabilities = ortc::router_capabilities(*codecs);
  if (!capabilities) return std::unexpected(capabilities.error());
  auto certificate = dtls::Certificate::make(net::Clock().now());
  if (!certificate) return std::unexpected(certificate.error());
  auto dtls = dtls::Context::make(*certificate);
  if (!dtls) return std::unexpected(dtls.error());

  const unsigned count = config.workers != 0 ? config.workers : net::usable_cores();
  std::unique_ptr<Body> body(new Body(std::move(*certificate), std::move(*dtls), config, count));
  if (auto opened = body->open_workers(config, *listen, count); !opened) return std::unexpected(opened.error());
  std::vector<WorkerPlace> places = body->places(*listen);
  body->announced_ = announced_addresses(places.front().candidates);
  body->control_ = std::make_unique<Control>(Control::Setup{
      .capabilities = std::move(*capabilities),
      .workers = std::move(places),
      .fingerprints = body->certificate_.fingerprints(),
      .make_credentials = make_credentials,
      .seed = random_seed(),
      .max_transports_per_worker = config.max_transports_per_worker,
      .max_load = config.max_load,
      .max_producers_per_transport = config.max_producers_per_transport,
      .max_consumers_per_transport = config.max_consumers_per_transport,
  });
  body->reports_.resize(count);
  body->reported_at_.resize(count, body->clock_.now());
  for (const auto& worker : body->workers_) worker->run();
  return body;
}

Result<void> Sfu::Body::open_workers(const Config& config, const std::vector<ListenOn>& listen, unsigned count) {
  const std::vector<unsigned> cores = net::allowed_cores();
  const bool pinned = net::pays_to_pin(count, static_cast<unsigned>(cores.size()), net::usable_cores());
  for (unsigned i = 0; i < count; ++i) {
    auto endpoints = endpoints_of_worker(config, listen, i);
    if (!endpoints) return std::unexpected(endpoints.error());
    if (port_ && i > 0) take_ports(*workers_.front(), *endpoints);
    WorkerThread::Setup setup{.index = i,
                              .core = pinned ? std::optional(cores[i]) : std::nullopt,
                              .endpoints = std::move(*endpoints),
                              .worker = {}};
    setup.worker.shared_port = port_.has_value();
    setup.worker.ice.consent_timeout = config.consent_timeout;
    setup.worker.max_packets = config.packets_per_worker;
    setup.worker.seed = random_seed();
    auto worker = WorkerThread::open(setup, {dtls_, clock_, mailbox_, crossroads_, port_ ? &*port_ : nullptr});
    if (!worker) return std::unexpected(worker.error());
    workers_.push_back(std::move(*worker));
  }
  return {};
}

std::vector<WorkerPlace> Sfu::Body::places(const std::vector<ListenOn>& listen) const {
  std::vector<WorkerPlace> places;
  for (const auto& worker : workers_) {
    std::vector<BoundSocket> sockets;
    for (const WorkerThread::Bound& bound : worker->bound())
      sockets.push_back({bound.address, bound.protocol, listen[bound.endpoint].announced});
    places.push_back({host_candidates(sockets)});
  }
  return places;
}

void Sfu::Body::dispatch() {
  for (Control::Addressed& addressed : control_->take_commands())
    workers_[addressed.worker]->tell(std::move(addressed.command));
  if (control_->has_events()) mailbox_.push(EventsWait{});
}

// On this thread, which can wait for it: some milliseconds for 50 MB. Workers allocate nothing while they forward.
void Sfu::Body::return_memory() {
  std::size_t transports = 0;
  for (unsigned i = 0; i < workers_.size(); ++i) transports += control_->census(i).transports;
  if (ebb_.is_now(clock_.now(), transports)) return_free_memory();
}

void Sfu::Body::poll(std::vector<Event>& events) {
  mailbox_.drain(received_);
  bool measured = false;
  for (const ToControl& message : received_) {
    if (const auto* const notice = std::get_if<worker::Notice>(&message)) {
      control_->notice(*notice);
    } else if (const auto* const report = std::get_if<ReportOf>(&message)) {
      reports_[report->worker] = report->report;
      reported_at_[report->worker] = report->made_at;
      control_->measured(report->worker, report->report.load);
      measured = true;
    }
  }
  if (measured) return_memory();  // about once a second: workers have closed what they were told to
  for (const auto& worker : workers_) worker->push_waiting();
  for (Event& event : control_->take_events()) events.push_back(event);
  dispatch();
}

std::vector<WorkerReport> Sfu::Body::reports() const {
  std::vector<WorkerReport> reports = reports_;
  const Instant now = clock_.now();
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const Control::Census& census = control_->census(static_cast<unsigned>(i));
    reports[i].age = now - reported_at_[i];
    reports[i].routers = census.routers;
    reports[i].transports = census.transports;
    reports[i].producers = census.producers;
    reports[i].consumers = census.consumers;
  }
  return reports;
}

Result<std::unique_ptr<Sfu>> Sfu::start(const Config& config) {
  auto body = Body::make(config);
  if (!body) return std::unexpected(body.error());
  return std::unique_ptr<Sfu>(new Sfu(std::move(*body)));
}

Sfu::Sfu(std::unique_ptr<Body> body) : body_(std::move(body)) {}
Sfu::~Sfu() = default;

const ortc::RtpCapabilities& Sfu::rtp_capabilities() const {
  return body_->control().rtp_capabilities();
}

RouterId Sfu::create_router() {
  return body_->with_control([](Control& c) { return c.create_router(); });
}
void Sfu::close_router(RouterId id) {
  body_->with_control([&](Control& c) { c.close_router(id); });
}
Result<TransportOffer> Sfu::create_transport(RouterId id) {
  return body_->with_control([&](Control& c) { return c.create_transport(id); });
}
Result<void> Sfu::connect_transport(TransportId id, const ortc::DtlsParameters& remote) {
  return body_->with_control([&](Control& c) { return c.connect_transport(id, remote); });
}
Result<ortc::IceParameters> Sfu::restart_ice(TransportId id) {
  return body_->with_control([&](Control& c) { return c.restart_ice(id); });
}
void Sfu::close_transport(TransportId id) {
  body_->with_control([&](Control& c) { c.close_transport(id); });
}
Result<Produced> Sfu::produce(const ProduceRequest& request) {
  return body_->with_control([&](Control& c) { return c.produce(request); });
}
void Sfu::pause_producer(ProducerId id) {
  body_->with_control([&](Control& c) { c.pause_producer(id, true); });
}
void Sfu::resume_producer(ProducerId id) {
  body_->with_control([&](Control& c) { c.pause_producer(id, false); });
}
void Sfu::close_producer(ProducerId id) {
  body_->with_control([&](Control& c) { c.close_producer(id); });
}
bool Sfu::has_capacity() const {
  return body_->control().has_capacity();
}
const std::vector<std::string>& Sfu::announced() const {
  return body_->announced();
}
bool Sfu::has_udp_buffers() const {
  return body_->has_udp_buffers();
}
bool Sfu::is_port_steered() const {
  return body_->is_port_steered();
}
bool Sfu::can_consume(ProducerId id, const ortc::RtpCapabilities& remote) const {
  return body_->control().can_consume(id, remote);
}
Result<ConsumerOffer> Sfu::consume(const ConsumeRequest& request) {
  return body_->with_control([&](Control& c) { return c.consume(request); });
}
void Sfu::pause_consumer(ConsumerId id) {
  body_->with_control([&](Control& c) { c.pause_consumer(id, true); });
}
void Sfu::resume_consumer(ConsumerId id) {
  body_->with_control([&](Control& c) { c.pause_consumer(id, false); });
}
void Sfu::request_key_frame(ConsumerId id) {
  body_->with_control([&](Control& c) { c.request_key_frame(id); });
}
void Sfu::close_consumer(ConsumerId id) {
  body_->with_control([&](Control& c) { c.close_consumer(id); });
}
void Sfu::set_preferred_layers(ConsumerId id, std::uint8_t spatial, std::optional<std::uint8_t> temporal) {
  body_->with_control([&](Control& c) { c.set_preferred_layers(id, spatial, temporal); });
}
void Sfu::set_priority(ConsumerId id, std::uint8_t priority) {
  body_->with_control([&](Control& c) { c.set_priority(id, priority); });
}
Result<StatsToken> Sfu::request_stats(const StatsSubject& subject) {
  return body_->with_control([&](Control& c) { return c.request_stats(subject); });
}
int Sfu::event_fd() const {
  return body_->event_fd();
}
void Sfu::poll(std::vector<Event>& events) {
  body_->poll(events);
}
std::vector<WorkerReport> Sfu::reports() const {
  return body_->reports();
}

}  // namespace consomme::sfu
