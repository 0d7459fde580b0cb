// A script of calls and packets into two workers that share a room: commands in any order, late ones too; checks good
// and forged; the handshake, whole or record by record; media and RTCP of peers that hold their keys, well made or not,
// layers of every codec and what receivers report of their links among them; and time. A step is three bytes, what, who
// and how, and for some a length and as many bytes. After each they are held against the model of fuzz/worker_world.h;
// at the end everything is closed and has to be gone.
#include "fuzz/worker_world.h"
#include "sfu/media/scalable_source.h"
#include "sfu/wire/rtcp_feedback.h"
#include "sfu/wire/rtcp_report.h"
#include "sfu/wire/rtcp_xr.h"
#include "sfu/wire/twcc.h"

namespace consomme::worker::fuzzing {
namespace {

constexpr std::size_t kMaxSteps = 150;
constexpr Duration kMostAtOnce = 40s;  // longer than consent lasts
constexpr std::array kCodecs = {wire::Codec::kVp8, wire::Codec::kVp9, wire::Codec::kH264, wire::Codec::kAv1};
constexpr std::uint8_t kMediaType = 96;
constexpr std::uint8_t kRtxType = 97;
constexpr std::uint8_t kRedType = 98;

class Script {
 public:
  explicit Script(ByteView bytes) : reader_(bytes) {}

  void run() {
    for (std::size_t i = 0; i < kMaxSteps && reader_.remaining() >= 3; ++i) {
      const std::size_t what = reader_.u8() % kSteps.size();
      who_ = reader_.u8();
      how_ = reader_.u8();
      (this->*kSteps[what])(world_.seats[who_ % World::kSeats]);
      world_.hold();
    }
    world_.close_everything();
  }

 private:
  using Step = void (Script::*)(Seat&);
  static const std::array<Step, 36> kSteps;

  bool bit(int n) const { return (how_ >> n & 1) != 0; }
  std::size_t which() const { return who_ / World::kSeats; }
  ModelProducer producer() const {
    return world_.producers.empty() ? ModelProducer{} : world_.producers[which() % world_.producers.size()];
  }
  ModelConsumer consumer() const {
    return world_.consumers.empty() ? ModelConsumer{} : world_.consumers[which() % world_.consumers.size()];
  }
  ByteView bytes() {
    const std::size_t wanted = reader_.u8();
    return reader_.bytes(std::min(wanted, reader_.remaining()));
  }
  static bool has_keys(const Seat& seat) { return seat.peer && seat.peer->connected(); }

  // --- commands
  void create_transport(Seat& seat) {
    if (seat.live) return;
    const std::string number = std::to_string(++last_id_);
    seat.transport = TransportId(last_id_);
    seat.live = true;
    seat.credentials = {"ufrag" + number, "a password of " + number};
    seat.peer.emplace(world_.tuple(seat, 0), seat.credentials, World::identity());
    seat.checked_from.clear();
    seat.arrived.clear();
    seat.transport_seqs.reset();
    seat.told_link = false;
    world_.command(seat, CreateTransport{seat.transport, seat.credentials});
  }
  void connect_transport(Seat& seat) {
    auto prints = World::identity()->certificate.fingerprints();
    if (bit(1)) prints[0].bytes[0] ^= 1;
    world_.command(seat, ConnectTransport{seat.transport, bit(0) ? dtls::Role::kClient : dtls::Role::kServer, prints});
  }
  void close_transport(Seat& seat) {
    world_.command(seat, CloseTransport{seat.transport});
    world_.ended(seat.transport);
  }
  void restart_ice(Seat& seat) {
    seat.credentials.ufrag = "restart" + std::to_string(++last_id_);
    world_.command(seat, RestartIce{seat.transport, seat.credentials});
  }
  void create_producer(Seat& seat) {
    CreateProducer create{seat.transport, {}};
    router::ProducerSetup& setup = create.setup;
    setup.producer = ProducerId(++last_id_);
    setup.video = bit(0);
    setup.paused = bit(1);
    setup.mid = std::to_string(last_id_ % 10);
    const wire::Codec codec = setup.video ? kCodecs[which() % kCodecs.size()] : wire::Codec::kOpus;
    const std::uint32_t clock_rate = setup.video ? 90000 : 48000;
    setup.payloads = {{PayloadType(kMediaType), World::kMedia, codec, clock_rate, {}},
                      {PayloadType(kRtxType), World::kRtx, wire::Codec::kRtx, clock_rate, PayloadType(kMediaType)}};
    if (!setup.video && bit(5)) setup.red.emplace(media::RedConfig{.block = World::kMedia});
    if (setup.red && bit(6)) setup.red->incoming = PayloadType(kRedType);
    const Ssrc ssrc(static_cast<std::uint32_t>(last_id_ * 100));
    for (std::uint32_t i = 0; i < 1U + (how_ >> 2 & 1) * 2U; ++i) {
      setup.streams.push_back({});
      if (!bit(3)) setup.streams.back().ssrc = Ssrc(ssrc.value() + 2 * i);
      if (!bit(3)) setup.streams.back().rtx_ssrc = Ssrc(ssrc.value() + 2 * i + 1);
      if (bit(2)) setup.streams.back().rid = "r" + std::to_string(i);
    }
    setup.extensions = transport::testing::extension_ids();
    setup.nack = bit(4);
    setup.pli = bit(5);
    setup.fir = bit(6);
    world_.producers.push_back({setup.producer, seat.transport, codec, ssrc, seat.live});
    world_.command(seat, create);
    if (seat.live) world_.mirror(seat, create.setup);
  }
  void close_producer(Seat&) {
    world_.everywhere(CloseProducer{producer().id});
    world_.ended(producer().id);
  }
  void pause_producer(Seat&) { world_.everywhere(PauseProducer{producer().id, bit(0)}); }
  void create_consumer(Seat& seat) {
    const ModelProducer from = producer();
    CreateConsumer create{seat.transport, {}};
    router::ConsumerSetup& setup = create.setup;
    setup.consumer = ConsumerId(++last_id_);
    setup.producer = from.id;
    setup.paused = bit(0);
    setup.video = bit(1);
    setup.codec = bit(5) && setup.video ? kCodecs[how_ >> 6] : from.codec;  // never another, once negotiated
    setup.clock_rate = setup.video ? 90000 : 48000;
    setup.header.ssrc = Ssrc(static_cast<std::uint32_t>(last_id_ * 100 + 50));
    setup.header.payload_type = World::kMedia;
    setup.header.mid = media::Mid(std::to_string(last_id_));
    setup.header.extensions = {HeaderExtension::kMid, HeaderExtension::kAbsSendTime};
    if (!bit(4)) setup.header.extensions.add(HeaderExtension::kTransportWideCc);
    if (!bit(5)) setup.header.extensions.add(HeaderExtension::kDependencyDescriptor);
    if (bit(2)) setup.header.rtx = {Ssrc(setup.header.ssrc.value() + 1), World::kRtx};
    if (!setup.video && bit(6)) setup.header.red = World::kRed;
    setup.nack = setup.header.rtx.has_value();  // without RTX the same bytes would come again
    setup.first_seq = SeqNo(bit(3) ? 0x7ff0 : 0);
    setup.cname = "someone";
    world_.consumers.push_back(
        {setup.consumer, from.id, seat.transport, setup.header.ssrc, seat.live && from.live, {}});
    world_.command(seat, create);
  }
  void close_consumer(Seat&) {
    world_.everywhere(CloseConsumer{consumer().id});
    for (ModelConsumer& each : world_.consumers)
      if (each.id == consumer().id) each.live = false;
  }
  void pause_consumer(Seat&) { world_.everywhere(PauseConsumer{consumer().id, bit(0)}); }
  void wish_and_ask(Seat& seat) {
    world_.everywhere(RequestKeyFrame{consumer().id});
    world_.everywhere(SetPreferredLayers{consumer().id, how_, how_});
    world_.everywhere(SetPriority{consumer().id, how_});
    world_.everywhere(GetStats{StatsToken(++last_id_), seat.transport});
    world_.everywhere(GetStats{StatsToken(++last_id_), producer().id});
    world_.everywhere(GetStats{StatsToken(++last_id_), consumer().id});
  }

  // --- ICE
  void check_from(Seat& seat, const Tuple& from) {
    if (!seat.live) return;
    seat.checked_from.push_back(from);
    world_.datagram(seat, from, transport::testing::make_check(seat.credentials, bit(7)));
  }
  void good_check(Seat& seat) { check_from(seat, world_.tuple(seat, how_)); }
  void check_from_anothers_address(Seat& seat) {
    check_from(seat, world_.tuple(world_.seats[which() % World::kSeats], how_));
  }
  void forged_check(Seat& seat) {
    world_.stranger(seat, world_.tuple(seat, how_),
                    transport::testing::make_check({seat.credentials.ufrag, "a guess"}));
  }
  void raw_stun(Seat& seat) {
    Bytes stun(1, how_ & 3);
    std::ranges::copy(bytes(), std::back_inserter(stun));
    world_.stranger(seat, world_.tuple(seat, how_), stun);
  }
  void move(Seat& seat) {
    if (seat.peer) seat.peer->move_to(world_.tuple(seat, how_));
  }

  // --- DTLS
  void start_dtls(Seat& seat) {
    if (!seat.peer || seat.peer->connected()) return;
    seat.peer->start_dtls(world_.now, World::identity()->certificate.fingerprints(),
                          bit(0) ? dtls::Role::kServer : dtls::Role::kClient);
  }
  void one_flight(Seat& seat) {
    if (!seat.peer) return;
    for (Bytes& record : seat.peer->take_dtls()) {
      if (bit(1)) record[how_ % record.size()] ^= how_;
      if (!bit(0)) world_.datagram(seat, seat.peer->at(), record);
    }
  }
  void rest_of_handshake(Seat& seat) {
    if (!seat.peer) return;
    for (int round = 0; round < 6; ++round)
      for (const Bytes& record : seat.peer->take_dtls()) world_.datagram(seat, seat.peer->at(), record);
  }
  void goodbye(Seat& seat) {
    if (!has_keys(seat)) return;
    seat.peer->close_dtls();
    for (const Bytes& record : seat.peer->take_dtls()) world_.datagram(seat, seat.peer->at(), record);
  }
  // All at once, since by chance it is hardly ever found.
  void join(Seat& seat) {
    create_transport(seat);
    const bool as_client = bit(0);
    connect_transport(seat);
    check_from(seat, seat.peer->at());
    if (seat.peer->connected()) return;
    how_ = as_client ? 1 : 0;
    seat.peer->start_dtls(world_.now, World::identity()->certificate.fingerprints(),
                          as_client ? dtls::Role::kServer : dtls::Role::kClient);
    world_.wait(as_client ? Duration(1s) : Duration::zero());  // a hello that came before we listened comes again
    rest_of_handshake(seat);
  }

  // --- media
  void send_media(Seat& seat, const std::optional<Bytes>& packet) {
    if (!packet) return;
    last_ = *packet;
    world_.datagram(seat, seat.peer->at(), *packet);
  }
  // Frames of VP8 (RFC 7741), each key frame or not; to other codecs it is something.
  void media(Seat& seat) {
    if (!has_keys(seat)) return;
    next_seq_ = static_cast<std::uint16_t>(next_seq_ + (how_ >> 4));
    const Bytes key_frame = {0x10, 0x00, 0x00, 0x00, 0x9d, 0x01, 0x2a, 0x00, 0x00, 0x00, 0x00};
    const Bytes delta = {0x10, 0x01, 0x00, 0x00};
    const ModelProducer from = producer();
    const std::uint32_t stream = how_ >> 1 & 1;
    const bool is_late = how_ >> 4 == 15;  // on its way to us, behind some that left after it
    transport::testing::RtpFields fields{.ssrc = Ssrc(from.ssrc.value() + 2 * stream),
                                         .seq = next_seq_,
                                         .payload_type = kMediaType,
                                         .timestamp = next_seq_ * 3000U,
                                         .transport_seq = static_cast<std::uint16_t>(next_seq_ - (is_late ? 24 : 0)),
                                         .payload = bit(0) ? key_frame : delta};
    if (bit(2)) fields.mid = std::to_string(from.id.value() % 10);
    if (bit(2)) fields.rid = "r" + std::to_string(stream);
    if (bit(3)) fields.payload.resize(1000);
    send_media(seat, seat.peer->protect_rtp(transport::testing::make_rtp(fields)));
  }
  // One picture of what the producer's codec can: three layers each way, or three temporal ones. Four bits say which of
  // its packets are lost.
  void picture(Seat&) {
    const ModelProducer from = producer();
    Seat* const seat = seat_of(from.transport);
    if (seat == nullptr || !has_keys(*seat)) return;
    const std::uint32_t stream = how_ >> 1 & 1;
    Pictures& pictures = pictures_of(from, stream);
    if (bit(0)) pictures.source.make_key_picture();
    pictures.timestamp += 3000;
    for (media::test::ModelPacket& made : pictures.source.next_picture()) {
      made.payload.resize(bit(3) ? 1000 : made.payload.size() + 8);
      transport::testing::RtpFields fields{.ssrc = Ssrc(from.ssrc.value() + 2 * stream),
                                           .seq = ++pictures.seq,
                                           .payload_type = kMediaType,
                                           .timestamp = pictures.timestamp,
                                           .marker = made.marker,
                                           .dependency = made.dependency,
                                           .payload = made.payload};
      if (bit(2)) fields.mid = std::to_string(from.id.value() % 10);
      if (bit(2)) fields.rid = "r" + std::to_string(stream);
      if (!bit(4 + pictures.seq % 4)) send_media(*seat, seat->peer->protect_rtp(transport::testing::make_rtp(fields)));
    }
  }
  struct Pictures {
    media::test::ScalableSource source;
    std::uint16_t seq = 0;
    std::uint32_t timestamp = 0;
  };
  Pictures& pictures_of(const ModelProducer& from, std::uint32_t stream) {
    const std::uint32_t number = from.ssrc.value() + 2 * stream;
    const bool has_spatial = from.codec == wire::Codec::kVp9 || from.codec == wire::Codec::kAv1;
    const media::test::ScalableConfig config{
        .codec = from.codec,
        .spatial_layers = has_spatial ? 3 : 1,
        .temporal_layers = 3,
        .key_dependent = (from.id.value() & 1) != 0,
        .flexible = (from.id.value() & 2) != 0,
        .renewing = (from.id.value() & 4) != 0,
        .described = from.codec == wire::Codec::kH264 && (from.id.value() & 1) != 0,
        .seed = number};
    return pictures_.try_emplace(number, Pictures{media::test::ScalableSource(config)}).first->second;
  }
  Seat* seat_of(TransportId transport) {
    const auto it = std::ranges::find(world_.seats, transport, &Seat::transport);
    return it == world_.seats.end() || !it->live ? nullptr : &*it;
  }
  void repair(Seat& seat) {
    if (!has_keys(seat)) return;
    Bytes payload(2 + how_ % 4);
    store_be<2>(payload.data(), static_cast<std::uint16_t>(next_seq_ - (how_ >> 4)));
    const auto packet = transport::testing::make_rtp({.ssrc = Ssrc(producer().ssrc.value() + 1),
                                                      .seq = ++next_rtx_,
                                                      .payload_type = kRtxType,
                                                      .timestamp = next_seq_ * 3000U,
                                                      .payload = payload});
    send_media(seat, seat.peer->protect_rtp(packet));
  }
  // As it stands in the script, though for a producer's stream if it wants so.
  void raw_rtp(Seat& seat) {
    const ByteView script = bytes();
    Bytes plain(script.begin(), script.end());
    if (!has_keys(seat) || plain.size() < wire::kRtpFixedHeaderBytes) return;
    if (bit(0)) plain[0] = static_cast<std::uint8_t>(0x80 | (plain[0] & 0x3f));
    if (bit(1)) store_be<4>(plain.data() + 8, producer().ssrc.value());
    if (bit(2)) plain[1] = static_cast<std::uint8_t>((plain[1] & 0x80) | (bit(3) ? kRedType : kMediaType));
    send_media(seat, seat.peer->protect_rtp(plain));
  }
  void replay(Seat& seat) {
    if (bit(0) && !last_.empty()) last_[how_ % last_.size()] ^= how_;
    world_.datagram(seat, world_.tuple(seat, how_ >> 4), last_);
  }
  void raw_datagram(Seat& seat) {
    const ByteView datagram = bytes();
    if (transport::packet_kind(datagram) == PacketKind::kStun)
      return world_.stranger(seat, world_.tuple(seat, how_), datagram);
    world_.datagram(seat, world_.tuple(seat, how_), datagram);
  }

  // --- RTCP
  void send_rtcp(Seat& seat, ByteView plain) {
    if (has_keys(seat) && plain.size() >= 8) world_.datagram(seat, seat.peer->at(), seat.peer->protect_rtcp(plain));
  }
  template <class Write>
  void write_rtcp(Seat& seat, Write write) {
    std::array<std::uint8_t, 200> plain;
    ByteWriter writer(plain);
    write(writer);
    send_rtcp(seat, writer.written());
  }
  void raw_rtcp(Seat& seat) {
    const ByteView script = bytes();
    Bytes plain(script.begin(), script.end());
    if (bit(0) && plain.size() >= 12) store_be<4>(plain.data() + 8, consumer().ssrc.value());
    if (bit(1) && plain.size() >= 4) store_be<2>(plain.data() + 2, plain.size() / 4 - 1);
    seat.told_link = true;  // perhaps
    send_rtcp(seat, plain);
  }
  void nack(Seat& seat) {
    const wire::NackItem item{SeqNo(how_ & 0x7f), static_cast<std::uint16_t>(bit(7) ? 0xffff : 0)};
    write_rtcp(seat, [&](ByteWriter& w) { wire::write_nack(w, Ssrc(1), consumer().ssrc, std::span(&item, 1)); });
  }
  void ask_for_key_frame(Seat& seat) {
    const wire::FirItem item{consumer().ssrc, how_};
    write_rtcp(seat, [&](ByteWriter& w) {
      if (bit(0)) wire::write_fir(w, Ssrc(1), std::span(&item, 1));
      if (!bit(0)) wire::write_pli(w, {Ssrc(1), consumer().ssrc});
    });
  }
  void report(Seat& seat) {
    wire::ReportBlock block;
    block.ssrc = consumer().ssrc;
    block.fraction_lost = bit(1) ? how_ : 0;
    block.last_sender_report = NtpTime::from(world_.now).compact() - how_ * 256U;
    const wire::SenderInfo info{.ntp = NtpTime::from(world_.now), .rtp = RtpTimestamp(how_), .packets = how_};
    write_rtcp(seat, [&](ByteWriter& w) {
      if (bit(0)) wire::write_sender_report(w, producer().ssrc, info, std::span(&block, 1));
      if (!bit(0)) wire::write_receiver_report(w, Ssrc(1), std::span(&block, 1));
    });
  }
  // Of all that came since the last one, as from a link that loses a third of it and whose queue grows by up to 15 ms a
  // packet; said twice, if so wanted.
  void transport_feedback(Seat& seat) {
    std::vector<wire::TwccArrival> arrivals;
    Duration queue{};
    for (const wire::TwccArrival& arrival : seat.arrived) {
      queue += std::chrono::milliseconds(how_ >> 4);
      if (!bit(0) || arrival.seq.value() % 3 != 0) arrivals.push_back({arrival.seq, arrival.at + queue});
    }
    if (!bit(1)) seat.arrived.clear();
    seat.told_link = true;
    for (std::size_t said = 0; said < arrivals.size();)
      write_rtcp(seat, [&](ByteWriter& w) {
        said += wire::write_twcc(w, {.sender = Ssrc(1), .media = Ssrc(2), .feedback_number = ++feedback_number_},
                                 std::span(arrivals).subspan(said));
      });
  }
  void estimate(Seat& seat) {
    const std::array sources = {consumer().ssrc};
    seat.told_link = true;
    write_rtcp(seat, [&](ByteWriter& w) {
      wire::write_remb(w, Ssrc(1), Bitrate((std::int64_t{how_} << 50) >> which() % 50), sources);
    });
  }
  void extended_report(Seat& seat) {
    const NtpTime said(NtpTime::from(world_.now).value() - (std::uint64_t{how_} << 26));
    const wire::DlrrItem item{bit(1) ? Ssrc(how_) : seat.server, seat.server_time.compact(), how_ * 256U};
    write_rtcp(seat, [&](ByteWriter& w) {
      if (bit(0)) wire::write_reference_time(w, Ssrc(1), said);
      if (!bit(0)) wire::write_dlrr(w, Ssrc(1), std::span(&item, 1));
    });
  }

  // --- time
  void wait_little(Seat&) { world_.wait(std::chrono::milliseconds(how_ * 4)); }
  void wait_long(Seat&) { world_.wait(std::min<Duration>(kMostAtOnce, std::chrono::seconds(how_))); }

  ByteReader reader_;
  World world_;
  std::uint8_t who_ = 0;
  std::uint8_t how_ = 0;
  std::uint64_t last_id_ = 0;
  std::uint16_t next_seq_ = 0;
  std::uint16_t next_rtx_ = 0;
  std::uint8_t feedback_number_ = 0;
  std::map<std::uint32_t, Pictures> pictures_;  // by SSRC
  Bytes last_;
};

constexpr std::array<Script::Step, 36> Script::kSteps = {
    &Script::join,
    &Script::create_transport,
    &Script::connect_transport,
    &Script::close_transport,
    &Script::restart_ice,
    &Script::create_producer,
    &Script::close_producer,
    &Script::pause_producer,
    &Script::create_consumer,
    &Script::close_consumer,
    &Script::pause_consumer,
    &Script::wish_and_ask,
    &Script::good_check,
    &Script::check_from_anothers_address,
    &Script::forged_check,
    &Script::raw_stun,
    &Script::move,
    &Script::start_dtls,
    &Script::one_flight,
    &Script::rest_of_handshake,
    &Script::goodbye,
    &Script::media,
    &Script::repair,
    &Script::raw_rtp,
    &Script::replay,
    &Script::raw_datagram,
    &Script::raw_rtcp,
    &Script::nack,
    &Script::ask_for_key_frame,
    &Script::report,
    &Script::wait_little,
    &Script::wait_long,
    &Script::picture,
    &Script::transport_feedback,
    &Script::estimate,
    &Script::extended_report,
};

}  // namespace
}  // namespace consomme::worker::fuzzing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  consomme::worker::fuzzing::Script(consomme::ByteView(data, size)).run();
  return 0;
}
