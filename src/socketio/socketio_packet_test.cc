#include "socketio/socketio_packet.h"

#include "socketio/json.h"
#include "socketio/server.h"

namespace consomme::socketio {
namespace {

constexpr std::size_t kMaxAttachments = 10;

std::vector<std::string> bytes_of(const std::vector<Encoded>& packets) {
  std::vector<std::string> all;
  for (const Encoded& packet : packets) all.push_back((packet.is_binary ? "binary:" : "") + *packet.bytes);
  return all;
}

TEST(SocketIoPacket, NamesItsNamespaceIdAndPayload) {
  const auto message = parse_message(R"(2/admin,456["a",1])", kMaxAttachments);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->nsp, "/admin");
  EXPECT_EQ(message->id, 456U);
  EXPECT_EQ(message->payload, (boost::json::array{"a", 1}));
  EXPECT_EQ(parse_message("0", kMaxAttachments)->payload, boost::json::object());
  EXPECT_EQ(parse_message("0/x?y", kMaxAttachments)->nsp, "/x?y");
  EXPECT_EQ(parse_message("29007199254740991[1]", kMaxAttachments)->id, 9007199254740991U);
}

TEST(SocketIoPacket, HasTheShapeItsTypeDemands) {
  for (const char* text : {"",
                           "7",
                           "x",
                           "0[]",
                           "01",
                           "0\"a\"",
                           "0null",
                           "1{}",
                           "1[]",
                           "2",
                           "2{}",
                           "2[]",
                           "2[null]",
                           "2[{}]",
                           "2[[]]",
                           "2[true]",
                           "2[\"connect\"]",
                           "2[\"newListener\",1]",
                           "3",
                           "3{}",
                           "31",
                           "4",
                           "4{}",
                           "4{\"message\":\"x\"}",
                           "29007199254740992[1]",
                           "5[\"a\"]",
                           "5-[\"a\"]",
                           "511-[\"a\"]",
                           "51.5-[\"a\"]",
                           "5-1-[\"a\"]",
                           "51[\"a\"]",
                           "51-[{\"_placeholder\":true,\"num\":0}]",
                           "2[\"a\"]x",
                           "2[\"a\",]"})
    EXPECT_FALSE(parse_message(text, kMaxAttachments)) << text;
  EXPECT_TRUE(parse_message("510-[\"a\"]", kMaxAttachments));
  EXPECT_TRUE(parse_message("2[5]", kMaxAttachments));
}

TEST(SocketIoPacket, PutsAttachmentsWhereThePlaceholdersAre) {
  auto payload = *parse_json(R"(["a",{"_placeholder":true,"num":1},[{"k":{"num":0,"_placeholder":true}}]])");
  std::vector<std::optional<std::string>> attachments = {"zero", "one"};
  ASSERT_TRUE(place_attachments(payload, attachments));
  EXPECT_EQ(as_binary(payload.get_array()[1]), "one");
  EXPECT_EQ(as_binary(payload.get_array()[2].get_array()[0].get_object()["k"]), "zero");
}

TEST(SocketIoPacket, RefusesPlaceholdersThatNameNothing) {
  std::vector<std::optional<std::string>> attachments = {"zero"};
  for (const char* num : {"1", "-1", "0.5", "\"0\"", "null", "99999999999999999999"}) {
    auto payload = *parse_json(std::string(R"(["a",{"_placeholder":true,"num":)") + num + "}]");
    EXPECT_FALSE(place_attachments(payload, attachments)) << num;
  }
  auto unmarked = *parse_json(R"(["a",{"_placeholder":false,"num":7},{"_placeholder":1}])");
  EXPECT_TRUE(place_attachments(unmarked, attachments));
}

TEST(SocketIoPacket, PlacesAnAttachmentOnce) {
  auto payload = *parse_json(R"(["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}])");
  std::vector<std::optional<std::string>> attachments = {"zero"};
  EXPECT_FALSE(place_attachments(payload, attachments));
}

TEST(SocketIoPacket, IsWrittenCompact) {
  EXPECT_EQ(*write_control(MessageType::kConnect, "/", boost::json::object{{"sid", "x"}}).bytes, R"(40{"sid":"x"})");
  EXPECT_EQ(*write_control(MessageType::kDisconnect, "/a", nullptr).bytes, "41/a,");
  EXPECT_THAT(
      bytes_of(write_event("/", std::nullopt, "e", {1, "ü", boost::json::object{{"3", boost::json::array{true}}}})),
      testing::ElementsAre(R"(42["e",1,"ü",{"3":[true]}])"));
  EXPECT_THAT(bytes_of(write_event("/a", 0, "e", {binary("x")})),
              testing::ElementsAre(R"(451-/a,0["e",{"_placeholder":true,"num":0}])", "binary:x"));
  EXPECT_THAT(bytes_of(write_ack("/", 7, {})), testing::ElementsAre("437[]"));
  EXPECT_EQ(*write_json_ack("/", 7, R"({"a":1})").bytes, R"(437[{"a":1}])");
}

}  // namespace
}  // namespace consomme::socketio
