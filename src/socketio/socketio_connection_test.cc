#include "socketio/socketio_connection.h"

#include "socketio/server.h"

namespace consomme::socketio {
namespace {

constexpr Instant kConnectBy = Instant(2000s);

class ConnectionTest : public testing::Test {
 protected:
  template <class What>
  bool is(const Received& received) {
    return std::holds_alternative<What>(received);
  }
  Received text(std::string packet) { return connection.receive(false, std::move(packet)); }
  Received binary_packet(std::string bytes) { return connection.receive(true, std::move(bytes)); }
  void join(const std::string& nsp) {
    ASSERT_TRUE(is<ConnectReceived>(text("0" + nsp)));
    connection.accept(nsp);
  }

  const Config limits;
  VerbatimTexts verbatim{{"caps"}};
  Connection connection{limits, verbatim, kConnectBy};
};

TEST_F(ConnectionTest, WaitsForAFirstNamespaceUntilItsTime) {
  EXPECT_FALSE(connection.expired(kConnectBy - 1ns));
  EXPECT_TRUE(connection.expired(kConnectBy));
  join("/");
  EXPECT_FALSE(connection.expired(kConnectBy));
  EXPECT_EQ(connection.deadline(), kNever);
}

TEST_F(ConnectionTest, TakesEventsOnlyOfNamespacesItJoined) {
  EXPECT_TRUE(is<Violation>(text("2[\"a\"]")));
  join("/a");
  const Received received = text("2/a,5[\"e\",1]");
  ASSERT_TRUE(is<EventReceived>(received));
  EXPECT_EQ(std::get<EventReceived>(received).nsp, "/a");
  EXPECT_EQ(std::get<EventReceived>(received).id, 5U);
  EXPECT_EQ(std::get<EventReceived>(received).args, (Args{"e", 1}));
  EXPECT_TRUE(is<Violation>(text("2[\"a\"]")));
  EXPECT_TRUE(is<Violation>(text("1/b")));
}

TEST_F(ConnectionTest, JoinsOnceButMayComeBack) {
  join("/");
  EXPECT_TRUE(is<Violation>(text("0")));
  EXPECT_TRUE(is<DisconnectReceived>(text("1")));
  EXPECT_TRUE(is<ConnectReceived>(text("0")));
  EXPECT_TRUE(is<Nothing>(text("0"))) << "the first is not decided yet";
  EXPECT_TRUE(is<Violation>(text("2[\"early\"]")));
  connection.refuse("/");
  EXPECT_TRUE(is<ConnectReceived>(text("0")));
}

TEST_F(ConnectionTest, WaitsForAllAttachmentsAndNothingElse) {
  join("/");
  EXPECT_TRUE(is<Nothing>(text(R"(52-["e",{"_placeholder":true,"num":1}])")));
  EXPECT_TRUE(is<Nothing>(binary_packet("zero")));
  const Received received = binary_packet("one");
  ASSERT_TRUE(is<EventReceived>(received));
  EXPECT_EQ(as_binary(std::get<EventReceived>(received).args[1]), "one");
  EXPECT_TRUE(is<Violation>(binary_packet("unasked")));
  EXPECT_TRUE(is<Nothing>(text(R"(61-4[{"_placeholder":true,"num":0}])")));
  EXPECT_TRUE(is<Violation>(text("2[\"e\"]")));
}

TEST_F(ConnectionTest, RefusesPlaceholdersWithoutAttachments) {
  join("/");
  EXPECT_TRUE(is<Violation>(text(R"(50-["e",{"_placeholder":true,"num":0}])")));
  EXPECT_TRUE(is<EventReceived>(text(R"(2["e",{"_placeholder":true,"num":0}])")));
}

TEST_F(ConnectionTest, TakesAsManyBytesOfAttachmentsAsOneEventMayHave) {
  join("/");
  const std::string half(limits.max_attachments_bytes / 2, 'x');
  for (const bool is_too_much : {false, true}) {
    EXPECT_TRUE(is<Nothing>(text(R"(53-["e"])")));
    EXPECT_TRUE(is<Nothing>(binary_packet(half)));
    EXPECT_TRUE(is<Nothing>(binary_packet(half)));
    const Received received = binary_packet(is_too_much ? "x" : "");
    EXPECT_EQ(is<Violation>(received), is_too_much);
    EXPECT_EQ(is<EventReceived>(received), !is_too_much);
  }
}

TEST_F(ConnectionTest, TakesAnAuthAsLongAsAMessageMayBeAndSaysHowLongItWas) {
  const std::string token(limits.max_payload_bytes - 20, 'x');
  const std::string packet = R"(0{"token":")" + token + "\"}";
  const Received received = text(packet);
  ASSERT_TRUE(is<ConnectReceived>(received));
  EXPECT_EQ(std::get<ConnectReceived>(received).auth.at("token").as_string(), token);
  EXPECT_EQ(std::get<ConnectReceived>(received).bytes, packet.size());
}

TEST_F(ConnectionTest, RefusesOrReplacesWhatItCannotHold) {
  const std::string deep = std::string(1000, '[') + std::string(1000, ']');
  for (const std::string& packet : {"2[\"e\"," + deep + "]", std::string("2[\"e\",\"\\ud800\"]")}) {
    const Config replacing{.unholdable_json = UnholdableJson::kReplaced};
    Connection strict(limits, verbatim, kConnectBy), lenient(replacing, verbatim, kConnectBy);
    for (Connection* const client : {&strict, &lenient}) {
      client->receive(false, "0");
      client->accept("/");
    }
    EXPECT_TRUE(is<Violation>(strict.receive(false, packet)));
    EXPECT_TRUE(is<EventReceived>(lenient.receive(false, packet)));
    EXPECT_TRUE(is<Violation>(lenient.receive(false, "2[\"e\",1e400]"))) << "no JavaScript writes this";
  }
}

TEST_F(ConnectionTest, LeavesAVerbatimMemberAsTextInEventsWithoutAttachments) {
  const auto caps = [](const Received& received) {
    return as_verbatim(std::get<EventReceived>(received).args.at(1).at("caps"));
  };
  join("/");
  EXPECT_EQ(caps(text(R"(2["e",{"caps":{"a":[1]}}])")), R"({"a":[1]})");
  EXPECT_EQ(caps(text(R"(2["e",{"caps": {"a":[1]}}])")), std::nullopt) << "not as JavaScript writes it";
  EXPECT_TRUE(is<Nothing>(text(R"(51-["e",{"caps":{"_placeholder":true,"num":0}}])")));
  EXPECT_EQ(caps(binary_packet("x")), std::nullopt);
}

TEST_F(ConnectionTest, DropsABinaryEventOfANamespaceWeLeftMeanwhile) {
  join("/");
  EXPECT_TRUE(is<Nothing>(text(R"(51-["e",{"_placeholder":true,"num":0}])")));
  connection.leave("/");
  EXPECT_TRUE(is<Nothing>(binary_packet("late")));
}

}  // namespace
}  // namespace consomme::socketio
