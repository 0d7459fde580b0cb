// What the control thread tells a worker, in order, through its mailbox; and what a worker tells back. Plain values:
// everything is negotiated and named before it gets here, so a command is carried out and never answered. A command for
// something that has ended meanwhile does nothing.
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
#include "sfu/router/setup.h"

namespace consomme::worker {

struct CreateTransport {
  TransportId transport;
  ice::Credentials local;
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

using Command =
    std::variant<CreateTransport, ConnectTransport, RestartIce, CloseTransport, CreateProducer, CloseProducer,
                 PauseProducer, CreateConsumer, CloseConsumer, PauseConsumer, RequestKeyFrame>;

// Ended by the peer or by its silence. The worker has closed the transport and all that was on it.
enum class End : std::uint8_t { kConsentLost, kDtlsFailed, kDtlsClosed };
struct TransportUp {
  TransportId transport;
};
struct TransportDown {
  TransportId transport;
  End end;
};
// What a consumer gets has become another layer; nullopt: nothing, for want of bandwidth.
struct LayersChanged {
  ConsumerId consumer;
  std::optional<media::Layer> layer;
};
using Notice = std::variant<TransportUp, TransportDown, LayersChanged>;

}  // namespace consomme::worker
