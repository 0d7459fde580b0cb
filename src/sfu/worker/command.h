// What the control thread tells a worker, in order, through its mailbox; and what a worker tells back. Plain values:
// everything is negotiated and named before it gets here, so a command is carried out and, statistics apart, never
// answered. A command for something that has ended meanwhile does nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/strong.h"
#include "sfu/dtls/exported_keys.h"
#include "sfu/dtls/fingerprint.h"
#include "sfu/ice/agent.h"
#include "sfu/media/layer.h"
#include "sfu/ortc/stats.h"
#include "sfu/router/setup.h"

namespace consomme::worker {

struct CreateTransport {
  TransportId transport;
  ice::Credentials local;
  // Whose producers are heard together; nullopt: the room has another worker for that.
  std::optional<RouterId> router = std::nullopt;
};
struct ConnectTransport {
  TransportId transport;
  dtls::Role role;  // ours
  std::vector<dtls::Fingerprint> remote;
};
struct RestartIce {
  TransportId transport;
  ice::Credentials local;
};
struct CloseTransport {
  TransportId transport;
};
struct CreateProducer {
  TransportId transport;
  router::ProducerSetup setup;
};
// What the worker where a producer's packets come in has told of it, and its mirrors cannot see.
struct SourceState {
  bool silent = false;
  std::vector<std::uint8_t> scores;  // of the encodings, worst first; empty: none yet
};
// A mirror of a producer whose packets come in on the worker `home`. It ends by CloseProducer.
struct OpenMirror {
  router::ProducerSetup setup;
  unsigned home = 0;
  std::optional<RouterId> router = std::nullopt;  // as in CreateTransport
  SourceState state;
};
struct UpdateMirror {
  ProducerId producer;
  SourceState state;
};
// To the home worker: the producer's packets are to be lent to the worker `to`, or no longer.
struct Lend {
  ProducerId producer;
  unsigned to = 0;
};
struct StopLending {
  ProducerId producer;
  unsigned to = 0;
};
struct CloseProducer {
  ProducerId producer;
};
struct PauseProducer {
  ProducerId producer;
  bool paused;
};
struct CreateConsumer {
  TransportId transport;
  router::ConsumerSetup setup;
};
struct CloseConsumer {
  ConsumerId consumer;
};
struct PauseConsumer {
  ConsumerId consumer;
  bool paused;
};
struct RequestKeyFrame {
  ConsumerId consumer;
};
struct SetPreferredLayers {
  ConsumerId consumer;
  std::uint8_t spatial = 0;
  std::optional<std::uint8_t> temporal;  // nullopt: the best
};
struct SetPriority {
  ConsumerId consumer;
  std::uint8_t priority = 1;
};
// The one command that is answered: by StatsReady, always.
struct GetStats {
  StatsToken token;
  std::variant<TransportId, ProducerId, ConsumerId> subject;
};

using Command = std::variant<CreateTransport, ConnectTransport, RestartIce, CloseTransport, CreateProducer, OpenMirror,
                             UpdateMirror, Lend, StopLending, CloseProducer, PauseProducer, CreateConsumer,
                             CloseConsumer, PauseConsumer, RequestKeyFrame, SetPreferredLayers, SetPriority, GetStats>;

// Ended by the peer or by its silence. The worker has closed the transport and all that was on it.
enum class End : std::uint8_t { kConsentLost, kDtlsFailed, kDtlsClosed };
struct TransportUp {
  TransportId transport;
};
struct TransportDown {
  TransportId transport;
  End end;
};
// Inferred from the media: nothing is seen or heard of it for a while, or is again.
struct ProducerSilent {
  ProducerId producer;
  bool silent = false;
};
// nullopt: nobody speaks.
struct SpeakerChanged {
  RouterId router;
  std::optional<ProducerId> speaker;
};
// Scores: 0 to 10, told when they have changed, at most once a second.
struct ProducerScored {
  ProducerId producer;
  std::uint8_t score = 0;               // of the best encoding
  std::vector<std::uint8_t> encodings;  // worst first
};
struct ConsumerScored {
  ConsumerId consumer;
  std::uint8_t score = 0;
  std::uint8_t producer_score = 0;  // of the encoding that it gets
};
// nullopt: it gets nothing, for want of bandwidth or because nothing comes.
struct LayersChanged {
  ConsumerId consumer;
  std::optional<media::Layer> layers;
};
struct StatsReady {
  StatsToken token;
  ortc::Stats stats;
};
using Notice = std::variant<TransportUp, TransportDown, ProducerSilent, SpeakerChanged, ProducerScored, ConsumerScored,
                            LayersChanged, StatsReady>;

}  // namespace consomme::worker
