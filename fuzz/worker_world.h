// Two workers in virtual time, the peers that a script moves, and a model of what the script has made. The model is
// what the workers are held against: who exists, who may be sent to, what may be sent again. Every producer has a
// mirror on the worker that is not its own.
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
#include "sfu/wire/extension_values.h"
#include "sfu/wire/payload/red.h"
#include "sfu/wire/rtcp_report.h"
#include "sfu/wire/rtcp_xr.h"
#include "sfu/wire/twcc.h"
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
  wire::Codec codec = wire::Codec::kOpus;
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
  // What its receiver would report: the packets that came, by their transport-wide numbers, and who we are.
  std::vector<wire::TwccArrival> arrived;
  SeqUnwrapper transport_seqs;
  Ssrc server;
  NtpTime server_time;     // of our last reference time
  bool told_link = false;  // something of what its link carries: then probes and padding may follow
};

class World {
 public:
  // What consumers call their payloads.
  static constexpr PayloadType kMedia{101};
  static constexpr PayloadType kRtx{102};
  static constexpr PayloadType kRed{103};

  static constexpr std::size_t kSeats = 4;
  static constexpr unsigned kWorkers = 2;

  World() {
    for (std::uint16_t i = 0; i < kSeats; ++i) seats[i].number = i;
  }

  // --- what a script does
  void command(const Seat& seat, const Command& c) { execute(worker_of(seat), c); }
  void everywhere(const Command& c) {
    for (unsigned w = 0; w < kWorkers; ++w) execute(w, c);
  }
  void mirror(const Seat& home, const router::ProducerSetup& setup) {
    const unsigned other = 1 - worker_of(home);
    execute(other, OpenMirror{.setup = setup, .home = worker_of(home), .state = {}});
    execute(worker_of(home), Lend{setup.producer, other});
  }
  void datagram(const Seat& seat, const Tuple& from, ByteView bytes) {
    const unsigned w = worker_of(seat);
    make_room(w);
    workers[w].receive(now, {from, bytes}, out_);
    deliver(w);
    turn();
  }
  // From somebody who has no password: he is told no more than he said, and leaves nothing behind.
  void stranger(const Seat& seat, const Tuple& from, ByteView bytes) {
    const unsigned w = worker_of(seat);
    const std::size_t tuples = workers[w].tuples();
    workers[w].receive(now, {from, bytes}, out_);
    std::size_t told = 0;
    for (const auto& entry : out_.entries()) told += entry.size;
    check(told <= bytes.size(), "a stranger is not told more than he said");
    check(workers[w].tuples() == tuples, "and is not remembered");
    deliver(w);
    turn();
  }
  void wait(Duration span) {
    const Instant until = now + span;
    while (deadline() <= until) {
      now = std::max(now, deadline());
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
    for (Worker& worker : workers) worker.execute(now, CloseProducer{id}, out_);  // its mirror
  }

  // --- what has to hold after every step
  void hold() const {
    const auto live = [](const auto& things) {
      return static_cast<std::size_t>(std::ranges::count_if(things, [](const auto& thing) { return thing.live; }));
    };
    const auto sum = [this](std::size_t (Worker::*size)() const) {
      std::size_t all = 0;
      for (const Worker& worker : workers) all += (worker.*size)();
      return all;
    };
    check(deadline() > now, "what was due is done");
    check(sum(&Worker::transports) == live(seats), "the transports are those that were made and did not end");
    check(sum(&Worker::producers) == kWorkers * live(producers), "so are the producers, and their mirrors");
    check(sum(&Worker::consumers) == live(consumers), "so are the consumers");
    for (const Worker& worker : workers)
      check(worker.tuples() <= ice::kMaxTuples * worker.transports(), "tuples are bounded");
    for (const ModelConsumer& consumer : consumers) {
      const auto seat = std::ranges::find(seats, consumer.transport, &Seat::transport);
      if (seat == seats.end() || seat->told_link) continue;
      check(consumer.sent.again <= consumer.sent.media + kMaxDatagramBytes, "no more is sent again than was sent");
    }
  }
  // The last one goes, and the light is out.
  void close_everything() {
    for (const Seat& seat : seats) {
      command(seat, CloseTransport{seat.transport});
      ended(seat.transport);
    }
    turn();
    hold();
    for (const Worker& worker : workers) {
      check(worker.tuples() == 0, "no address is remembered");
      check(worker.packets_in_use() + worker.packets_borrowed() == 0, "no packet is held");
    }
    while (deadline() != kNever) {
      now = deadline();
      turn();
      check(deadline() > now, "what was due is done");
    }
  }

  static const std::shared_ptr<const Identity>& identity() {
    static const auto shared = std::make_shared<const Identity>();
    return shared;
  }

  Instant now = transport::testing::kStart;
  std::array<Worker, kWorkers> workers{
      {{{.ice = {}, .max_packets = 512, .seed = 1}, identity()->context, identity()->crypto},
       {{.ice = {}, .max_packets = 512, .seed = 2}, identity()->context, identity()->crypto}}};
  std::array<Seat, kSeats> seats;
  std::vector<ModelProducer> producers;
  std::vector<ModelConsumer> consumers;

 private:
  static unsigned worker_of(const Seat& seat) { return seat.number % kWorkers; }
  Instant deadline() const { return std::min(workers[0].deadline(), workers[1].deadline()); }
  void execute(unsigned w, const Command& c) {
    make_room(w);
    workers[w].execute(now, c, out_);
    deliver(w);
    turn();
  }
  void make_room(unsigned w) {
    if (out_.room() < transport::kRoomPerInput) deliver(w);
  }
  // Until the workers have nothing to say any more.
  void turn() {
    do {
      for (unsigned w = 0; w < kWorkers; ++w) {
        while (!workers[w].expire(now, out_)) deliver(w);
        while (!workers[w].flush(now, out_)) deliver(w);
        deliver(w);
        for (const Notice& notice : workers[w].take_notices())
          if (const auto* const down = std::get_if<TransportDown>(&notice)) ended(down->transport);
      }
    } while (cross());
  }
  bool cross() {
    bool any = false;
    for (unsigned from = 0; from < kWorkers; ++from) {
      const auto outboxes = workers[from].outboxes();
      for (unsigned to = 0; to < outboxes.size(); ++to)
        outboxes[to].move_to([&](std::span<const Crossing> waiting) {
          for (const Crossing& said : waiting) workers[to].receive(now, from, said);
          any |= !waiting.empty();
          return waiting.size();
        });
    }
    return any;
  }
  void deliver(unsigned w) {
    for (const auto& entry : out_.entries()) deliver(w, entry.to, out_.bytes(entry));
    out_.clear();
  }
  void deliver(unsigned w, const Tuple& to, ByteView bytes) {
    const PacketKind kind = transport::packet_kind(bytes);
    if (kind == PacketKind::kStun) return;
    std::size_t claims = 0;
    std::size_t opened = 0;
    bool all_have_keys = true;
    for (Seat& seat : seats) {
      if (worker_of(seat) != w || std::ranges::find(seat.checked_from, to) == seat.checked_from.end()) continue;
      ++claims;
      all_have_keys &= seat.peer->connected();
      if (kind != PacketKind::kDtls && !seat.peer->connected()) continue;
      seat.peer->receive(now, bytes);
      for (const Bytes& plain : seat.peer->take(kind)) {
        ++opened;
        if (kind == PacketKind::kRtp) count(plain);
        if (kind == PacketKind::kRtp) note_arrival(seat, plain);
        if (kind == PacketKind::kRtcp) note_report(seat, plain);
      }
    }
    check(claims != 0, "nobody is sent to who did not prove that he is there");
    if (kind != PacketKind::kDtls && all_have_keys)
      check(opened == 1, "what is sent can be opened by one, and was not sent before");
  }
  void count(ByteView plain) {
    const auto rtp = wire::parse_rtp(plain);
    check(rtp.has_value(), "what is sent is RTP");
    const ByteView payload = plain.subspan(rtp->payload_offset, rtp->payload_bytes);
    if (rtp->payload_type == kRed)
      check(wire::find_red_primary(payload, kMedia).has_value(), "redundancy is RFC 2198's");
    for (ModelConsumer& consumer : consumers) {
      if (rtp->ssrc == consumer.ssrc) consumer.sent.media += rtp->payload_bytes;
      if (rtp->ssrc.value() == consumer.ssrc.value() + 1) consumer.sent.again += rtp->payload_bytes - 2U;
    }
  }

  void note_arrival(Seat& seat, ByteView plain) {
    const auto rtp = wire::parse_rtp(plain);
    const auto slices = wire::read_extensions(plain, *rtp, transport::testing::extension_ids());
    const wire::ExtensionSlice slice = slices[static_cast<std::size_t>(HeaderExtension::kTransportWideCc)];
    if (slice.offset == 0) return;
    const auto seq = wire::parse_transport_seq(plain.subspan(slice.offset, slice.size));
    check(seq.has_value(), "a transport-wide number has two bytes");
    if (seat.arrived.size() == kMostArrivals) seat.arrived.clear();
    const ExtSeqNo number = seat.transport_seqs.unwrap(*seq);
    check(seat.arrived.empty() || seat.arrived.back().seq < number, "numbers of a transport count on");
    seat.arrived.push_back({number, now});
  }
  void note_report(Seat& seat, ByteView plain) {
    wire::RtcpReader reader(plain);
    while (const auto packet = reader.next()) {
      if (const auto report = wire::parse_receiver_report(*packet)) seat.server = report->sender;
      const auto extended = wire::parse_extended_report(*packet);
      if (extended && extended->reference_time) seat.server_time = *extended->reference_time;
    }
    check(reader.ok(), "what is sent is RTCP");
  }

  static constexpr std::size_t kMostArrivals = 2000;
  SendBatch out_{32};
};

}  // namespace consomme::worker::fuzzing
