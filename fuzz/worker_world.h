// One worker in virtual time, the peers that a script moves, and a model of what the script has made. The model is what
// the worker is held against: who exists, who may be sent to, what may be sent again.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/check.h"
#include "sfu/transport/testing.h"
#include "sfu/worker/worker.h"

namespace consomme::worker::fuzzing {

using transport::PacketKind;
using transport::testing::Bytes;
using transport::testing::Identity;

struct SentBytes {  // payload, to one consumer
  std::size_t media = 0;
  std::size_t again = 0;
};

struct ModelProducer {
  ProducerId id;
  TransportId transport;
  Ssrc ssrc;  // of its first stream; that of its RTX is one more, the next stream's one more than that
  bool live = false;
};
struct ModelConsumer {
  ConsumerId id;
  ProducerId producer;
  TransportId transport;
  Ssrc ssrc;  // that of its RTX is one more
  bool live = false;
  SentBytes sent;
};

// A place at the table: one transport after another, at the same addresses.
struct Seat {
  std::uint16_t number = 0;
  TransportId transport;
  bool live = false;
  ice::Credentials credentials;
  std::optional<transport::testing::Peer> peer;
  std::vector<Tuple> checked_from;  // with the right password
};

class World {
 public:
  static constexpr std::size_t kSeats = 4;

  World() {
    for (std::uint16_t i = 0; i < kSeats; ++i) seats[i].number = i;
  }

  // --- what a script does
  void command(const Command& c) {
    make_room();
    worker.execute(now, c, out_);
    turn();
  }
  void datagram(const Tuple& from, ByteView bytes) {
    make_room();
    worker.receive(now, {from, bytes}, out_);
    turn();
  }
  // From somebody who has no password: he is told no more than he said, and leaves nothing behind.
  void stranger(const Tuple& from, ByteView bytes) {
    deliver();
    const std::size_t tuples = worker.tuples();
    worker.receive(now, {from, bytes}, out_);
    std::size_t told = 0;
    for (const auto& entry : out_.entries()) told += entry.size;
    check(told <= bytes.size(), "a stranger is not told more than he said");
    check(worker.tuples() == tuples, "and is not remembered");
    turn();
  }
  void wait(Duration span) {
    const Instant until = now + span;
    while (worker.deadline() <= until) {
      now = std::max(now, worker.deadline());
      turn();
    }
    now = until;
    turn();
  }

  Tuple tuple(const Seat& seat, std::uint8_t how) const {
    const auto port = static_cast<std::uint16_t>(1000 + seat.number * 16 + (how & 0x0f));
    return transport::testing::tuple(port, (how & 0x10) != 0 ? Protocol::kTcp : Protocol::kUdp);
  }
  // A transport's end takes along what hangs on it.
  void ended(TransportId id) {
    for (Seat& seat : seats)
      if (seat.transport == id) seat.live = false;
    for (ModelProducer& producer : producers)
      if (producer.transport == id) ended(producer.id);
    for (ModelConsumer& consumer : consumers)
      if (consumer.transport == id) consumer.live = false;
  }
  void ended(ProducerId id) {
    for (ModelProducer& producer : producers)
      if (producer.id == id) producer.live = false;
    for (ModelConsumer& consumer : consumers)
      if (consumer.producer == id) consumer.live = false;
  }

  // --- what has to hold after every step
  void hold() const {
    const auto live = [](const auto& things) {
      return static_cast<std::size_t>(std::ranges::count_if(things, [](const auto& thing) { return thing.live; }));
    };
    check(worker.deadline() > now, "what was due is done");
    check(worker.transports() == live(seats), "the transports are those that were made and did not end");
    check(worker.producers() == live(producers), "so are the producers");
    check(worker.consumers() == live(consumers), "so are the consumers");
    check(worker.tuples() <= ice::kMaxTuples * worker.transports(), "tuples are bounded");
    for (const ModelConsumer& consumer : consumers)
      check(consumer.sent.again <= consumer.sent.media + kMaxDatagramBytes, "no more is sent again than was sent");
  }
  // The last one goes, and the light is out.
  void close_everything() {
    for (const Seat& seat : seats) {
      command(CloseTransport{seat.transport});
      ended(seat.transport);
    }
    hold();
    check(worker.tuples() == 0, "no address is remembered");
    check(worker.packets_in_use() == 0, "no packet is held");
    while (worker.deadline() != kNever) {
      now = worker.deadline();
      turn();
      check(worker.deadline() > now, "what was due is done");
    }
  }

  static const std::shared_ptr<const Identity>& identity() {
    static const auto shared = std::make_shared<const Identity>();
    return shared;
  }

  Instant now = transport::testing::kStart;
  Worker worker{{.ice = {}, .max_packets = 512, .seed = 1}, identity()->context, identity()->crypto};
  std::array<Seat, kSeats> seats;
  std::vector<ModelProducer> producers;
  std::vector<ModelConsumer> consumers;

 private:
  void make_room() {
    if (out_.room() < transport::kRoomPerInput) deliver();
  }
  void turn() {
    while (!worker.expire(now, out_)) deliver();
    while (!worker.flush(now, out_)) deliver();
    deliver();
    for (const Notice& notice : worker.take_notices())
      if (const auto* const down = std::get_if<TransportDown>(&notice)) ended(down->transport);
  }
  void deliver() {
    for (const auto& entry : out_.entries()) deliver(entry.to, out_.bytes(entry));
    out_.clear();
  }
  void deliver(const Tuple& to, ByteView bytes) {
    const PacketKind kind = transport::packet_kind(bytes);
    if (kind == PacketKind::kStun) return;
    std::size_t claims = 0;
    std::size_t opened = 0;
    bool all_have_keys = true;
    for (Seat& seat : seats) {
      if (std::ranges::find(seat.checked_from, to) == seat.checked_from.end()) continue;
      ++claims;
      all_have_keys &= seat.peer->connected();
      if (kind != PacketKind::kDtls && !seat.peer->connected()) continue;
      seat.peer->receive(now, bytes);
      for (const Bytes& plain : seat.peer->take(kind)) {
        ++opened;
        if (kind == PacketKind::kRtp) count(plain);
      }
    }
    check(claims != 0, "nobody is sent to who did not prove that he is there");
    if (kind != PacketKind::kDtls && all_have_keys)
      check(opened == 1, "what is sent can be opened by one, and was not sent before");
  }
  void count(ByteView plain) {
    const auto rtp = wire::parse_rtp(plain);
    check(rtp.has_value(), "what is sent is RTP");
    for (ModelConsumer& consumer : consumers) {
      if (rtp->ssrc == consumer.ssrc) consumer.sent.media += rtp->payload_bytes;
      if (rtp->ssrc.value() == consumer.ssrc.value() + 1) consumer.sent.again += rtp->payload_bytes - 2U;
    }
  }

  SendBatch out_{32};
};

}  // namespace consomme::worker::fuzzing
