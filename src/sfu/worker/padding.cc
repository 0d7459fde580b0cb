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

bool queue_blank(std::size_t bytes, Peer& peer, media::PacketPool& packets) {
  if (!peer.probator) {
    const media::ExtensionSet extensions = video_extensions(peer);
    if (extensions.empty()) return false;
    peer.probator = std::make_unique<Probator>(extensions);
  }
  return peer.probator->queue(bytes, peer.transport, packets);
}

}  // namespace

void queue_padding(Instant now, std::size_t bytes, Peer& peer, media::PacketPool& packets) {
  const std::size_t each = peer.transport.estimator().padding_packet();
  while (bytes > 0) {
    router::Consumer* from = nullptr;
    std::size_t queued = each;
    // A video's are full ones: where smaller ones are asked for, they would be a queue by themselves.
    const bool may_be_full = each >= bwe::ProbeCluster::kFullPacket;
    const auto again = may_be_full ? next_again(now, peer, from) : std::nullopt;
    if (again) {
      queued = again->packet->size;
      peer.transport.queue(*again, from->stream);
    } else if (!queue_blank(each, peer, packets)) {
      return;
    }
    bytes -= std::min(bytes, queued);
  }
}

}  // namespace consomme::worker
