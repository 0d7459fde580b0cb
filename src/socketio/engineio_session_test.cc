// Whole conversations as transcripts: what happens to a session on the left, what it does about it on the right.
#include "socketio/engineio_session.h"

namespace consomme::socketio {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

constexpr Instant kStart = Instant(1000s);

std::string describe(const SessionOutput& output) {
  const auto wire = [](WireId id) { return std::to_string(id.value()); };
  if (const auto* a = std::get_if<Answer>(&output)) {
    const std::string status = a->response.status == 200 ? "" : std::to_string(a->response.status) + " ";
    return "answer " + wire(a->to) + ": " + status + a->response.body;
  }
  if (const auto* f = std::get_if<SendFrame>(&output)) return "frame " + wire(f->to) + ": " + *f->message.bytes;
  if (const auto* c = std::get_if<CloseWebSocket>(&output)) return "close " + wire(c->websocket);
  if (const auto* d = std::get_if<Deliver>(&output)) return "deliver " + d->data;
  return "ended: " + std::string(std::get<Ended>(output).reason);
}

class EngineSessionTest : public testing::Test {
 protected:
  static constexpr WireId kOpening = WireId(1);
  static constexpr WireId kGet = WireId(2);
  static constexpr WireId kPost = WireId(3);
  static constexpr WireId kWebSocket = WireId(4);

  EngineSession open(Transport transport) {
    EngineSession session(limits, "the-session-id", transport, kOpening, kStart);
    EXPECT_THAT(drain(session),
                ElementsAre(StartsWith(transport == Transport::kPolling ? "answer 1: 0{" : "frame 1: 0{")));
    return session;
  }
  static std::vector<std::string> drain(EngineSession& session) {
    std::vector<std::string> all;
    while (const auto output = session.poll()) all.push_back(describe(*output));
    return all;
  }
  static void post(EngineSession& session, std::string_view body, WireId id = kPost) {
    session.on_post_head(kStart, id);
    session.on_post(kStart, id, "text/plain", body);
  }
  static void message(EngineSession& session, WireId websocket, std::string text) {
    session.on_websocket_message(kStart, websocket, false, std::move(text));
  }
  static Encoded text(std::string_view data) { return encode_packet(PacketType::kMessage, data); }

  EngineLimits limits{.max_unread_bytes = 200, .max_packets_per_payload = 3};
};

TEST_F(EngineSessionTest, TellsItsLimitsInTheHandshake) {
  EngineSession session(limits, "the-session-id", Transport::kPolling, kOpening, kStart);
  EXPECT_THAT(drain(session), ElementsAre(R"(answer 1: 0{"sid":"the-session-id","upgrades":["websocket"],)"
                                          R"("pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000})"));
}

TEST_F(EngineSessionTest, CollectsWhatIsSentForTheNextGet) {
  EngineSession session = open(Transport::kPolling);
  session.send(text("a"));
  session.send(encode_binary("b"));
  EXPECT_THAT(drain(session), IsEmpty());
  session.on_get(kStart, kGet);
  EXPECT_THAT(drain(session), ElementsAre("answer 2: 4a\x1e"
                                          "bYg=="));
  session.on_get(kStart, kGet);
  EXPECT_THAT(drain(session), IsEmpty());
  session.send(text("c"));
  session.send(text("d"));
  EXPECT_THAT(drain(session), ElementsAre("answer 2: 4c\x1e"
                                          "4d"));
}

TEST_F(EngineSessionTest, DeliversAPostBeforeItAnswersIt) {
  EngineSession session = open(Transport::kPolling);
  post(session,
       "4a\x1e"
       "4b");
  EXPECT_THAT(drain(session), ElementsAre("deliver a", "deliver b", "answer 3: ok"));
}

TEST_F(EngineSessionTest, EndsOnAnInvalidOrOverlongPayload) {
  for (const char* body : {"x", "", "4a\x1e",
                           "4\x1e"
                           "4\x1e"
                           "4\x1e"
                           "4"}) {
    EngineSession session = open(Transport::kPolling);
    session.on_get(kStart, kGet);
    post(session, body);
    EXPECT_THAT(drain(session), ElementsAre("answer 2: 1", StartsWith("answer 3: 400"), "ended: invalid payload"));
  }
}

TEST_F(EngineSessionTest, AllowsOneGetAndOnePostAtATime) {
  EngineSession session = open(Transport::kPolling);
  session.on_get(kStart, kGet);
  session.on_get(kStart, WireId(9));
  EXPECT_THAT(drain(session), ElementsAre(StartsWith("answer 9: 400"), "answer 2: 1", "ended: two GETs at once"));
  EngineSession other = open(Transport::kPolling);
  other.on_post_head(kStart, kPost);
  other.on_post_head(kStart, WireId(9));
  EXPECT_THAT(drain(other),
              ElementsAre(StartsWith("answer 9: 400"), StartsWith("answer 3: 400"), "ended: two POSTs at once"));
}

TEST_F(EngineSessionTest, LetsAClosingClientGoWithANoop) {
  EngineSession session = open(Transport::kPolling);
  session.on_get(kStart, kGet);
  post(session,
       "4a\x1e"
       "1\x1e"
       "4b");
  EXPECT_THAT(drain(session), ElementsAre("deliver a", "answer 3: ok", "answer 2: 6", "ended: client closed"));
  EXPECT_EQ(session.deadline(), kNever);
}

TEST_F(EngineSessionTest, PingsOneIntervalAfterTheLastPong) {
  EngineSession session = open(Transport::kWebSocket);
  EXPECT_EQ(session.deadline(), kStart + limits.ping_interval);
  session.expire(kStart + limits.ping_interval);
  EXPECT_THAT(drain(session), ElementsAre("frame 1: 2"));
  const Instant pong_at = kStart + limits.ping_interval + 5s;
  session.on_websocket_message(pong_at, kOpening, false, "3");
  EXPECT_EQ(session.deadline(), pong_at + limits.ping_interval);
  session.on_websocket_message(pong_at + 1s, kOpening, false, "3");
  EXPECT_EQ(session.deadline(), pong_at + limits.ping_interval) << "nobody asked for this one";
}

TEST_F(EngineSessionTest, EndsWithoutAPongWhateverElseComes) {
  EngineSession session = open(Transport::kWebSocket);
  session.expire(session.deadline());
  message(session, kOpening, "4x");
  drain(session);
  EXPECT_EQ(session.deadline(), kStart + limits.ping_interval + limits.ping_timeout);
  session.expire(session.deadline());
  EXPECT_THAT(drain(session), ElementsAre("close 1", "ended: ping timeout"));
}

TEST_F(EngineSessionTest, UpgradesWithoutLosingOrDoublingAnything) {
  EngineSession session = open(Transport::kPolling);
  session.on_get(kStart, kGet);
  session.on_upgrade(kStart, kWebSocket);
  EXPECT_THAT(drain(session), IsEmpty());
  message(session, kWebSocket, "2probe");
  EXPECT_THAT(drain(session), ElementsAre("frame 4: 3probe", "answer 2: 6"));
  session.on_get(kStart, WireId(5));
  EXPECT_THAT(drain(session), ElementsAre("answer 5: 6"));
  post(session, "4still");
  session.send(text("a"));
  EXPECT_THAT(drain(session), ElementsAre("deliver still", "answer 3: ok"));
  session.send(text("b"));
  message(session, kWebSocket, "5");
  EXPECT_THAT(drain(session), ElementsAre("frame 4: 4a", "frame 4: 4b"));
  session.on_get(kStart, WireId(6));
  EXPECT_THAT(drain(session), ElementsAre(StartsWith("answer 6: 400")));
  session.on_upgrade(kStart, WireId(7));
  EXPECT_THAT(drain(session), ElementsAre("close 7"));
  message(session, kWebSocket, "4x");
  EXPECT_THAT(drain(session), ElementsAre("deliver x"));
}

TEST_F(EngineSessionTest, SurvivesAnUpgradeGoneWrong) {
  for (const char* first : {"4x", "5", "2", "probe", "2probe2"}) {
    EngineSession session = open(Transport::kPolling);
    session.on_upgrade(kStart, kWebSocket);
    message(session, kWebSocket, first);
    EXPECT_THAT(drain(session), ElementsAre("close 4")) << first;
    EXPECT_TRUE(session.is_open());
  }
  EngineSession session = open(Transport::kPolling);
  session.on_upgrade(kStart, kWebSocket);
  session.on_upgrade(kStart, WireId(9));
  EXPECT_THAT(drain(session), ElementsAre("close 9"));
  EXPECT_EQ(session.deadline(), kStart + limits.upgrade_timeout);
  session.expire(session.deadline());
  EXPECT_THAT(drain(session), ElementsAre("close 4"));
  session.on_upgrade(kStart, kWebSocket);
  session.on_gone(kStart, kWebSocket);
  EXPECT_THAT(drain(session), IsEmpty());
  EXPECT_TRUE(session.is_open());
}

TEST_F(EngineSessionTest, TakesItsProbeWithItWhenItEnds) {
  EngineSession session = open(Transport::kPolling);
  session.on_upgrade(kStart, kWebSocket);
  post(session, "1");
  EXPECT_THAT(drain(session), ElementsAre("answer 3: ok", "close 4", "ended: client closed"));
}

TEST_F(EngineSessionTest, EndsWhenAPendingGetOrItsWebSocketIsLeft) {
  EngineSession polling = open(Transport::kPolling);
  polling.on_get(kStart, kGet);
  polling.on_gone(kStart, kGet);
  EXPECT_THAT(drain(polling), ElementsAre("ended: transport close"));
  EngineSession websocket = open(Transport::kWebSocket);
  websocket.on_gone(kStart, kOpening);
  EXPECT_THAT(drain(websocket), ElementsAre("ended: transport close"));
}

TEST_F(EngineSessionTest, ClosesAfterWhatIsQueued) {
  EngineSession polling = open(Transport::kPolling);
  polling.send(text("last"));
  polling.close(kStart);
  polling.send(text("too late"));
  EXPECT_THAT(drain(polling), IsEmpty());
  polling.on_get(kStart, kGet);
  EXPECT_THAT(drain(polling), ElementsAre("answer 2: 4last\x1e"
                                          "1",
                                          "ended: server closed"));
  EngineSession websocket = open(Transport::kWebSocket);
  websocket.send(text("last"));
  websocket.close(kStart);
  EXPECT_THAT(drain(websocket), ElementsAre("frame 1: 4last", "close 1", "ended: server closed"));
}

TEST_F(EngineSessionTest, DoesNotWaitForeverForTheGetThatFetchesTheRest) {
  EngineSession session = open(Transport::kPolling);
  session.close(kStart);
  EXPECT_EQ(session.deadline(), kStart + limits.ping_timeout);
  session.expire(session.deadline());
  EXPECT_THAT(drain(session), ElementsAre("ended: server closed"));
}

TEST_F(EngineSessionTest, EndsWhenTooMuchIsLeftUnread) {
  EngineSession session = open(Transport::kPolling);
  session.send(text(std::string(120, 'x')));
  EXPECT_THAT(drain(session), IsEmpty());
  session.send(text(std::string(120, 'x')));
  EXPECT_THAT(drain(session), ElementsAre("ended: too much unread"));
}

}  // namespace
}  // namespace consomme::socketio
