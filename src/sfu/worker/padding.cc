#include "sfu/worker/padding.h"

#include <algorithm>

namespace consomme::worker {
namespace {

// The stream whose packets are sent again: any that has been sending lately.
std::optional<media::Resend> next_again(Instant now, Peer& peer, router::Consumer*& from) {
  for (router::Consumer* const consumer : peer.consumers) {
    if (!consumer->producer->video) continue;
    if (std::optional<media::Resend> again = consumer->stream.padding(now)) {
      from = consumer;
      return again;
    }
  }
  return std::nullopt;
}

media::ExtensionSet video_extensions(const Peer& peer) {
  const auto video = std::ranges::find_if(peer.consumers, [](const router::Consumer* c) { return c->producer->video; });
  return video == peer.consumers.end() ? media::ExtensionSet{} : (*video)->stream.header().extensions;
}

bool queue_blank(Peer& peer, media::PacketPool& packets) {
  if (!peer.probator) {
    const media::ExtensionSet extensions = video_extensions(peer);
    media::PacketRef blank = extensions.empty() ? media::PacketRef{} : Probator::blank_packet(packets);
    if (!blank) return false;
    peer.probator = std::make_unique<Probator>(extensions, std::move(blank));
  }
  peer.probator->queue(peer.transport);
  return true;
}

}  // namespace

void queue_padding(Instant now, std::size_t bytes, Peer& peer, media::PacketPool& packets) {
  while (bytes > 0) {
    router::Consumer* from = nullptr;
    std::size_t queued = Probator::kPacketBytes;
    if (const auto again = next_again(now, peer, from)) {
      queued = again->packet->size;
      peer.transport.queue(*again, from->stream);
    } else if (!queue_blank(peer, packets)) {
      return;
    }
    bytes -= std::min(bytes, queued);
  }
}

}  // namespace consomme::worker
