#include "bench/forward/receiver.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sfu/transport/testing.h"
#include "sfu/wire/rtcp.h"

namespace consomme::bench {

Host::Host()
    : certificate_(transport::testing::make_certificate()),
      dtls_(std::move(*dtls::Context::make(certificate_))),
      crypto_(std::move(*srtp::CryptoEngine::make())),
      shared_{dtls_, crypto_, packets_, drops_, {}} {}

Receiver::Receiver(const Host& host, router::Consumer& consumer, Bitrate carries)
    : peer_(TransportId(consumer.id.value()), transport::Transport(host.shared(), {}, Ssrc(1))),
      link_({.delay = 20ms, .rate = carries}, consumer.id.value()) {
  peer_.consumers.push_back(&consumer);
}

void Receiver::send(Instant now, std::size_t bytes) {
  const SeqNo seq = estimator().next_seq();
  estimator().sent(now, bytes);
  if (const auto at = link_.arrival(now, bytes)) arrivals_.push_back({*at, seq});
}

void Receiver::hear(Instant now) {
  for (; !arrivals_.empty() && arrivals_.front().at <= now; arrivals_.pop_front())
    feedback_.receive(arrivals_.front().at, arrivals_.front().seq, Ssrc(2));
  std::array<std::uint8_t, 1200> bytes;
  for (ByteWriter writer(bytes); feedback_.poll(now, writer); writer = ByteWriter(bytes)) {
    wire::RtcpReader reader(writer.written());
    estimator().receive(now, *wire::parse_twcc(*reader.next()));
  }
  estimator().expire(now);
  if (now < estimator().deadline()) return;
  const std::size_t packet = estimator().padding_packet();
  for (std::size_t due = estimator().padding(now); due > 0; due -= std::min(due, packet)) send(now, packet);
  estimator().padded(now);
}

}  // namespace consomme::bench
