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
  static constexpr std::size_t kPacketBytes = 1000;

  // `extensions` as the transport's videos have them. `payload` comes from blank_packet().
  Probator(media::ExtensionSet extensions, media::PacketRef payload);

  // One packet of about kPacketBytes.
  void queue(transport::Transport& transport);

  // Empty when the pool has no slot left.
  static media::PacketRef blank_packet(media::PacketPool& packets);

 private:
  media::OutboundStream stream_;
  media::PacketRef payload_;
  ExtSeqNo next_{1};
};

}  // namespace consomme::worker
