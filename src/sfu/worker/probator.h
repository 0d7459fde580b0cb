// The probator: a stream without content, for probing where nothing can be sent again. One a transport, made when it is
// first needed. Its packets share one payload of zeros, which no decoder makes anything of.
#pragma once

#include "sfu/media/outbound_stream.h"
#include "sfu/media/packet.h"
#include "sfu/transport/transport.h"

namespace consomme::worker {

class Probator {
 public:
  static constexpr Ssrc kSsrc{1234};
  static constexpr PayloadType kPayloadType{127};

  // `extensions` as the transport's videos have them.
  explicit Probator(media::ExtensionSet extensions);

  // One packet of about `bytes`. False when the pool has no slot left for its payload.
  bool queue(std::size_t bytes, transport::Transport& transport, media::PacketPool& packets);

 private:
  media::OutboundStream stream_;
  media::PacketRef payload_;
  ExtSeqNo next_{1};
};

}  // namespace consomme::worker
