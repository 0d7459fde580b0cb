#include "bench/scale/sfu_process.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/check.h"
#include "sfu/ortc/negotiate.h"
#include "sfu/ortc/supported.h"
#include "sfu/runtime/free_memory.h"

namespace consomme::bench {
namespace {

using Text = std::array<char, 160>;

Text packed(const std::string& text) {
  Text out{};
  check(text.size() < out.size(), "what is told fits");
  std::ranges::copy(text, out.begin());
  return out;
}

enum class Ask : std::uint8_t { kRoom, kCloseRoom, kJoin, kConnect, kProduce, kConsume };
struct Request {
  Ask ask = Ask::kRoom;
  std::uint64_t subject = 0;   // a room, or a transport
  std::uint64_t producer = 0;  // to consume
  Text text{};                 // a fingerprint, or a MID
  std::uint32_t ssrc = 0;      // of a source
  bool video = false;
};
struct Reply {
  std::uint64_t id = 0;
  std::uint32_t ssrc = 0;  // of a consumer
  Text ufrag{};
  Text password{};
  Text fingerprint{};
  std::uint16_t port = 0;
};

constexpr const char* kAlgorithm = "sha-256";
constexpr const char* kAddress = "127.0.0.1";

std::vector<ortc::RtpCodecCapability> codecs() {
  return {*ortc::parse_media_codec("opus"), *ortc::parse_media_codec("VP8")};
}

// The child's side.
class Service {
 public:
  explicit Service(const Workers& workers) {
    sfu::Config config;
    config.workers = workers.count;
    config.single_port = workers.single_port;
    config.listen = {{kAddress, ""}};
    config.first_port = 0;
    config.tcp = false;
    config.codecs = codecs();
    config.max_consumers_per_transport = 10'000;
    auto started = sfu::Sfu::start(config);
    if (!started) {
      std::fprintf(stderr, "%s\n", started.error().text.c_str());
      std::exit(1);
    }
    sfu_ = std::move(*started);
  }

  Reply answer(const Request& request) {
    std::vector<sfu::Event> events;
    sfu_->poll(events);  // nobody is told
    switch (request.ask) {
      case Ask::kRoom:
        return {.id = sfu_->create_router().value()};
      case Ask::kCloseRoom:
        sfu_->close_router(RouterId(request.subject));
        return {};
      case Ask::kJoin:
        return join(request);
      case Ask::kConnect: {
        const auto connected = sfu_->connect_transport(
            TransportId(request.subject), {ortc::DtlsRole::kClient, {{kAlgorithm, std::string(request.text.data())}}});
        check(connected.has_value(), "the fingerprint is one");
        return {};
      }
      case Ask::kProduce: {
        const sim::Described source =
            sim::describe_source(sfu_->rtp_capabilities(), request.video ? "video/VP8" : "audio/opus",
                                 Ssrc(request.ssrc), request.text.data());
        const auto produced =
            sfu_->produce({TransportId(request.subject),
                           request.video ? ortc::MediaKind::kVideo : ortc::MediaKind::kAudio, source.parameters});
        check(produced.has_value(), "a source that is described from the router's capabilities is accepted");
        return {.id = produced->id.value()};
      }
      case Ask::kConsume: {
        const auto offer = sfu_->consume(
            {TransportId(request.subject), ProducerId(request.producer), sfu_->rtp_capabilities(), false});
        check(offer.has_value(), "who can do what the router can may consume everything");
        return {.id = offer->id.value(), .ssrc = offer->rtp_parameters.encodings.front().ssrc->value()};
      }
    }
    return {};
  }

 private:
  Reply join(const Request& request) {
    const auto offer = sfu_->create_transport(RouterId(request.subject));
    check(offer.has_value(), "there is room for a transport");
    const auto& prints = offer->dtls_parameters.fingerprints;
    const auto print = std::ranges::find(prints, kAlgorithm, &ortc::DtlsFingerprint::algorithm);
    check(print != prints.end(), "every certificate has one by SHA-256");
    return {.id = offer->id.value(),
            .ufrag = packed(offer->ice_parameters.username_fragment),
            .password = packed(offer->ice_parameters.password),
            .fingerprint = packed(print->value),
            .port = offer->ice_candidates.front().port};
  }

  std::unique_ptr<sfu::Sfu> sfu_;
};

[[noreturn]] void serve(const net::Fd& requests, const Workers& workers) {
  Service service(workers);
  Request request;
  while (read(requests.get(), &request, sizeof request) == static_cast<ssize_t>(sizeof request)) {
    const Reply reply = service.answer(request);
    check(write(requests.get(), &reply, sizeof reply) == static_cast<ssize_t>(sizeof reply), "the bots listen");
  }
  std::exit(0);
}

Reply ask(const net::Fd& requests, const Request& request) {
  Reply reply;
  check(write(requests.get(), &request, sizeof request) == static_cast<ssize_t>(sizeof request), "the server runs");
  check(read(requests.get(), &reply, sizeof reply) == static_cast<ssize_t>(sizeof reply), "the server answers");
  return reply;
}

}  // namespace

SfuProcess::SfuProcess(const Workers& workers) : capabilities_(*ortc::router_capabilities(codecs())) {
  std::array<int, 2> pair{};
  check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) == 0, "there are descriptors");
  net::Fd ours(pair[0]);
  net::Fd theirs(pair[1]);
  std::fflush(nullptr);       // or the child would print it again
  sfu::return_free_memory();  // or the child would have it, and give it back later
  process_ = fork();
  check(process_ >= 0, "there may be another process");
  if (process_ == 0) {
    ours = net::Fd();
    serve(theirs, workers);
  }
  requests_ = std::move(ours);
}

SfuProcess::~SfuProcess() {
  requests_ = net::Fd();  // which it takes for the end
  waitpid(process_, nullptr, 0);
}

RouterId SfuProcess::open_room() {
  return RouterId(ask(requests_, {.ask = Ask::kRoom}).id);
}

void SfuProcess::close_room(RouterId room) {
  ask(requests_, {.ask = Ask::kCloseRoom, .subject = room.value()});
}

sfu::TransportOffer SfuProcess::join(RouterId room) {
  const Reply reply = ask(requests_, {.ask = Ask::kJoin, .subject = room.value()});
  sfu::TransportOffer offer{.id = TransportId(reply.id),
                            .ice_parameters = {reply.ufrag.data(), reply.password.data(), true},
                            .ice_candidates = {},
                            .dtls_parameters = {ortc::DtlsRole::kAuto, {{kAlgorithm, reply.fingerprint.data()}}}};
  ortc::IceCandidate& candidate = offer.ice_candidates.emplace_back();
  candidate.ip = candidate.address = kAddress;
  candidate.port = reply.port;
  return offer;
}

void SfuProcess::connect(TransportId transport, const ortc::DtlsParameters& client) {
  ask(requests_,
      {.ask = Ask::kConnect, .subject = transport.value(), .text = packed(client.fingerprints.front().value)});
}

ProducerId SfuProcess::produce(TransportId transport, const sim::Described& source) {
  return ProducerId(ask(requests_, {.ask = Ask::kProduce,
                                    .subject = transport.value(),
                                    .text = packed(source.config.mid),
                                    .ssrc = source.config.ssrc.value(),
                                    .video = source.config.video})
                        .id);
}

Ssrc SfuProcess::consume(TransportId transport, ProducerId producer) {
  return Ssrc(ask(requests_, {.ask = Ask::kConsume, .subject = transport.value(), .producer = producer.value()}).ssrc);
}

}  // namespace consomme::bench
