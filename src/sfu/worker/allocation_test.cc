// In steady state a worker allocates nothing: one sender, fifty who receive, with reports, NACKs and key frame requests
// going on; and where half of them are on another worker, nor does what crosses. Only what the worker does is counted,
// not what the peers of the test do. The operators are weak: a sanitizer that brings its own keeps them, and the test
// then has nothing to count with.
#include <cstdlib>
#include <deque>
#include <new>

#include "sfu/transport/testing.h"
#include "sfu/wire/rtcp_feedback.h"
#include "sfu/wire/rtcp_report.h"
#include "sfu/worker/worker.h"

namespace {
bool counting = false;
std::size_t allocations = 0;
std::size_t all = 0;
}  // namespace

[[gnu::noinline, gnu::weak]] void* operator new(std::size_t size) {
  ++all;
  if (counting) ++allocations;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline, gnu::weak]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline, gnu::weak]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace consomme::worker {
namespace {

using transport::PacketKind;
using transport::testing::Bytes;
using transport::testing::Peer;
using transport::testing::tuple;

constexpr std::uint64_t kConsumers = 50;
constexpr std::uint32_t kSource = 10;

class Room {
 public:
  // `workers`: one or two.
  explicit Room(std::size_t workers) {
    for (std::size_t i = 0; i < workers; ++i)
      workers_.emplace_back(Config{.ice = {}, .max_packets = 4096}, context_, crypto_);
    for (std::uint64_t id = 1; id <= kConsumers + 1; ++id) join(id);
    produce();
    for (std::uint64_t id = 2; id <= kConsumers + 1; ++id) consume(id);
  }

  // Ten milliseconds of a call: four packets, of which one is lost now and then; each receiver loses some too, and
  // one of them needs a key frame.
  void tick(int number) {
    now_ += 10ms;
    for (int i = 0; i < 4; ++i) {
      ++seq_;
      const Bytes media = sender().protect_rtp({.ssrc = Ssrc(kSource),
                                                .seq = seq_,
                                                .timestamp = static_cast<std::uint32_t>(number) * 900,
                                                .mid = "0",
                                                .transport_seq = seq_,
                                                .payload = number % 50 == 0 && i == 0 ? key_frame_ : delta_frame_});
      if (seq_ % 37 != 0) receive(1, media);
    }
    for (std::uint64_t i = 1; i <= kConsumers; ++i) {
      std::array<std::uint8_t, 200> bytes;
      ByteWriter writer(bytes);
      const wire::NackItem lost{SeqNo(static_cast<std::uint16_t>(seq_ - 7)), 1};
      wire::write_receiver_report(writer, Ssrc(1), {});
      wire::write_nack(writer, Ssrc(1), ssrc_of(i + 1), std::span(&lost, 1));
      if (static_cast<std::uint64_t>(number) % kConsumers == i) wire::write_pli(writer, {Ssrc(1), ssrc_of(i + 1)});
      receive(i + 1, peers_[i]->protect_rtcp(writer.written()));
    }
    turn();
  }
  std::uint64_t forwarded() const {
    std::uint64_t sum = 0;
    for (const Worker& worker : workers_) sum += worker.counters().rtp_forwarded;
    return sum;
  }
  std::uint64_t lent() const { return workers_.front().counters().rtp_lent; }
  std::uint64_t sent() const { return sent_; }

 private:
  Peer& sender() { return *peers_[0]; }
  static Ssrc ssrc_of(std::uint64_t id) { return Ssrc(static_cast<std::uint32_t>(10'000 + 2 * id)); }
  static ice::Credentials credentials(std::uint64_t id) {
    return {"ufrag" + std::to_string(id) + ".", "a password for " + std::to_string(id)};
  }

  template <class Call>
  auto counted(Call call) {
    counting = true;
    auto result = call();
    counting = false;
    return result;
  }
  // The sender is the first, on the first worker.
  Worker& worker_of(std::uint64_t id) { return workers_[(id - 1) % workers_.size()]; }
  void receive(std::uint64_t id, const Bytes& bytes) {
    if (out_.room() < transport::kRoomPerInput) deliver();
    const Tuple from = tuple(static_cast<std::uint16_t>(id));
    counted([&] { return worker_of(id).receive(now_, {from, bytes}, out_), 0; });
  }
  void execute(Worker& worker, const Command& command) {
    worker.execute(now_, command, out_);
    turn();
  }
  // Media go one way and loans the other, so that twice is enough.
  void turn() {
    for (int i = 0; i < 2; ++i) {
      for (Worker& worker : workers_) {
        while (!counted([&] { return worker.expire(now_, out_); })) deliver();
        while (!counted([&] { return worker.flush(now_, out_); })) deliver();
        deliver();
        worker.take_notices();
      }
      counted([&] { return cross(), 0; });
    }
  }
  void cross() {
    for (unsigned from = 0; from < workers_.size(); ++from) {
      const auto outboxes = workers_[from].outboxes();
      for (unsigned to = 0; to < outboxes.size(); ++to)
        outboxes[to].move_to([&](std::span<const Crossing> waiting) {
          for (const Crossing& said : waiting) workers_[to].receive(now_, from, said);
          return waiting.size();
        });
    }
  }
  void deliver() {
    sent_ += out_.entries().size();
    if (connecting_)
      for (const auto& entry : out_.entries())
        for (auto& peer : peers_)
          if (entry.to == peer->at()) peer->receive(now_, out_.bytes(entry));
    out_.clear();
  }

  void join(std::uint64_t id) {
    connecting_ = true;
    peers_.push_back(std::make_unique<Peer>(tuple(static_cast<std::uint16_t>(id)), credentials(id)));
    Peer& peer = *peers_.back();
    execute(worker_of(id), CreateTransport{TransportId(id), credentials(id)});
    execute(worker_of(id), ConnectTransport{TransportId(id), dtls::Role::kServer, peer.fingerprints()});
    receive(id, peer.check());
    turn();
    peer.start_dtls(now_, certificate_.fingerprints());
    for (int round = 0; round < 6; ++round)
      for (const Bytes& bytes : peer.take_dtls()) {
        receive(id, bytes);
        turn();
      }
    connecting_ = false;
  }
  void produce() {
    CreateProducer create{TransportId(1), {}};
    create.setup.producer = ProducerId(1);
    create.setup.video = true;
    create.setup.mid = "0";
    create.setup.payloads = {{PayloadType(96), PayloadType(101), wire::Codec::kVp8, 90000, {}}};
    create.setup.streams = {{Ssrc(kSource), {}, ""}};
    create.setup.extensions = transport::testing::extension_ids();
    create.setup.nack = create.setup.pli = true;
    execute(workers_[0], create);
    if (workers_.size() == 1) return;
    execute(workers_[1], OpenMirror{.setup = create.setup, .home = 0, .state = {}});
    execute(workers_[0], Lend{ProducerId(1), 1});
  }
  void consume(std::uint64_t id) {
    CreateConsumer create{TransportId(id), {}};
    create.setup.consumer = ConsumerId(id);
    create.setup.producer = ProducerId(1);
    create.setup.video = true;
    create.setup.paused = false;
    create.setup.header = {.ssrc = ssrc_of(id),
                           .payload_type = PayloadType(101),
                           .extensions = {HeaderExtension::kMid, HeaderExtension::kTransportWideCc},
                           .rtx = media::RtxHeader{Ssrc(ssrc_of(id).value() + 1), PayloadType(102)},
                           .mid = media::Mid("0")};
    create.setup.codec = wire::Codec::kVp8;
    create.setup.clock_rate = 90000;
    create.setup.nack = true;
    create.setup.cname = "someone";
    execute(worker_of(id), create);
  }

  Instant now_ = transport::testing::kStart;
  dtls::Certificate certificate_ = transport::testing::make_certificate();
  dtls::Context context_ = std::move(*dtls::Context::make(certificate_));
  srtp::CryptoEngine crypto_ = std::move(*srtp::CryptoEngine::make());
  std::deque<Worker> workers_;
  std::vector<std::unique_ptr<Peer>> peers_;
  SendBatch out_{256};
  bool connecting_ = false;
  std::uint16_t seq_ = 0;
  std::uint64_t sent_ = 0;
  // VP8 (RFC 7741 §4.2, RFC 6386 §9.1): the first packet of a key frame, and of another.
  Bytes key_frame_ = Bytes{0x10, 0x00, 0x00, 0x00, 0x9d, 0x01, 0x2a, 0x00, 0x00, 0x00, 0x00};
  Bytes delta_frame_ = Bytes{0x10, 0x01, 0x00, 0x00, 0x00};
};

class SteadyState : public ::testing::TestWithParam<std::size_t> {};

TEST_P(SteadyState, AllocatesNothing) {
  if (all == 0) GTEST_SKIP() << "a sanitizer has its own operator new";
  Room room(GetParam());
  for (int i = 0; i < 500; ++i) room.tick(i);  // histories hold two seconds
  const std::uint64_t forwarded = room.forwarded();
  const std::uint64_t sent = room.sent();
  const std::uint64_t lent = room.lent();
  const std::size_t before = allocations;
  for (int i = 500; i < 1000; ++i) room.tick(i);
  EXPECT_EQ(allocations - before, 0U);
  EXPECT_GT(before, 0U);  // the counter counts
  // It was all there: media, retransmissions, requests, reports, and what crosses.
  const std::uint64_t media = room.forwarded() - forwarded;
  EXPECT_GT(media, 1900U * kConsumers);
  EXPECT_GT(room.sent() - sent, media + 500U * kConsumers);
  EXPECT_EQ(room.lent() - lent > 1900U, GetParam() == 2);
}

INSTANTIATE_TEST_SUITE_P(Workers, SteadyState, ::testing::Values(1U, 2U));

}  // namespace
}  // namespace consomme::worker
