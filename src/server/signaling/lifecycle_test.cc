// Front ends written exactly as the documented lifecycle says: each does one thing after the other, consumes existing
// producers one by one and gives up on the first error, attaches its new-producer listener after that, reads
// response.error unguarded, resumes without an acknowledgement. Two kinds: one produces first, one listens first.
#include "server/signaling/conversation.h"

namespace consomme::server {
namespace {

enum class Order : std::uint8_t { kProduceFirst, kListenFirst };

class FrontEnd {
 public:
  FrontEnd(Conversation& c, std::string id, std::uint32_t ssrc, Order order)
      : c_(c), id_(std::move(id)), ssrc_(ssrc), order_(order) {
    c_.connect(id_);
  }

  // The next step of its setup; false when there is none.
  bool step() {
    hear();
    switch (at_++) {
      case 0:
        request("get-rtp-capabilities", {});
        return true;
      case 1:
        existing_ = request("join-mediasoup-room", {{"rtpCapabilities", c_.capabilities()}, {"userName", id_}})
                        .at("existingProducers")
                        .as_array();
        return true;
      case 2:
        send_ = make_transport("send");
        return true;
      case 3:
        make_transport("recv");
        return true;
      case 4:
        return order_ == Order::kProduceFirst ? produce() : consume_existing();
      case 5:
        return order_ == Order::kProduceFirst ? consume_existing() : produce();
      case 6:
        return produce_video();
      default:
        return false;
    }
  }
  // Takes what has arrived since; what comes before the listener is attached is lost.
  void hear() {
    for (const std::string& line : c_.lines(id_, "new-producer"))
      if (listening_) consume(bj::parse(line.substr(line.find(' '))).at("producerId"));
  }

  const std::set<std::string>& playing() const { return playing_; }
  const std::string& id() const { return id_; }

 private:
  // `response.error` read unguarded: an acknowledgement that were no object would end the front end here.
  bj::object request(std::string_view event, bj::object fields) {
    fields["roomId"] = "r";
    const bj::object response = c_.ask(id_, event, fields);
    EXPECT_FALSE(response.contains("error")) << id_ << " " << event << " " << text(response);
    hear();
    return response;
  }
  std::string make_transport(std::string_view direction) {
    const bj::object params = request("create-webrtc-transport", {{"direction", direction}}).at("params").as_object();
    for (const char* key : {"id", "iceParameters", "iceCandidates", "dtlsParameters"})
      EXPECT_TRUE(params.contains(key));
    return std::string(params.at("id").as_string());
  }
  bool produce() {
    request("connect-transport", {{"transportId", send_}, {"dtlsParameters", dtls_parameters()}});
    request("produce", {{"transportId", send_}, {"kind", "audio"}, {"rtpParameters", audio_parameters(ssrc_, "0")}});
    return true;
  }
  bool produce_video() {
    request("produce",
            {{"transportId", send_}, {"kind", "video"}, {"rtpParameters", video_parameters(ssrc_ + 1, "1")}});
    return true;
  }
  bool consume_existing() {
    for (const bj::value& producer : existing_) consume(producer);
    listening_ = true;
    return true;
  }
  void consume(const bj::value& producer) {
    const bj::object consumer = request("consume", {{"producerId", producer}, {"rtpCapabilities", c_.capabilities()}});
    c_.signaling.receive(c_.now, id_, "resume-consumer",
                         {bj::object{{"roomId", "r"}, {"consumerId", consumer.at("id")}}});
    EXPECT_TRUE(
        playing_
            .insert(std::string(consumer.at("peerId").as_string()) + " " + std::string(consumer.at("kind").as_string()))
            .second)
        << id_ << " consumes something twice";
  }

  Conversation& c_;
  std::string id_;
  std::uint32_t ssrc_;
  Order order_;
  int at_ = 0;
  bj::array existing_;
  std::string send_;
  bool listening_ = false;
  std::set<std::string> playing_;
};

// Whether everybody plays both streams of everybody else, 10 s after they joined in this interleaving.
void expect_all_meet(Order order, std::vector<int> turns) {
  Conversation c;
  std::vector<FrontEnd> all;
  for (const char* id : {"alice", "bob", "carol"})
    all.emplace_back(c, id, static_cast<std::uint32_t>(1000 * (all.size() + 1)), order);
  for (std::size_t i = 0; i < 7; ++i) turns.insert(turns.end(), {0, 1, 2});
  for (const int turn : turns) {
    all[static_cast<std::size_t>(turn)].step();
    c.advance(30ms);
  }
  for (int i = 0; i < 1000; ++i) {
    c.advance(10ms);
    for (FrontEnd& front_end : all) front_end.hear();
  }
  for (const FrontEnd& one : all)
    for (const FrontEnd& other : all) {
      if (one.id() == other.id()) continue;
      EXPECT_TRUE(one.playing().contains(other.id() + " audio")) << one.id() << " misses " << other.id();
      EXPECT_TRUE(one.playing().contains(other.id() + " video")) << one.id() << " misses " << other.id();
    }
  for (const auto& [id, consumer] : c.media.consumers) EXPECT_FALSE(consumer.paused);
  EXPECT_EQ(c.media.consumers.size(), 12u);
}

TEST(DocumentedFrontEnd, ThreeWhoJoinAtOnceAllMeetWhenTheyListenFirst) {
  expect_all_meet(Order::kListenFirst, {});
}

TEST(DocumentedFrontEnd, ThreeWhoJoinAtOnceAllMeetWhenTheyProduceFirst) {
  expect_all_meet(Order::kProduceFirst, {});
}

TEST(DocumentedFrontEnd, AnyInterleavingOfTheirStepsIsFine) {
  Rng rng(7);
  for (int round = 0; round < 100; ++round) {
    std::vector<int> turns;
    for (int i = 0; i < 15; ++i) turns.push_back(static_cast<int>(rng.below(3)));
    expect_all_meet(round % 2 == 0 ? Order::kListenFirst : Order::kProduceFirst, turns);
  }
}

TEST(DocumentedFrontEnd, OneAfterTheOtherAllMeet) {
  expect_all_meet(Order::kListenFirst, {0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1});
}

}  // namespace
}  // namespace consomme::server
