// Hostile and broken requests: every one is answered with the field that is wrong, and the client stays.
#include "server/signaling/conversation.h"
#include "server/signaling/events.h"
#include "server/signaling/fields.h"

namespace consomme::server {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string error_of(const bj::object& ack) {
  return ack.contains("error") ? std::string(ack.at("error").as_string()) : "no error";
}

// A peer in room "r", with a transport of each direction, a producer, and a consumer of it.
class Malformed : public ::testing::Test {
 protected:
  Malformed() {
    c.enter("alice");
    send = c.transport("alice", "send");
    c.transport("alice", "recv");
    producer = std::string(c.produce_on("alice", send, audio_parameters()).at("id").as_string());
    consumer = std::string(c.consume("alice", producer).at("id").as_string());
    valid = {{"roomId", "r"},           {"rtpCapabilities", c.capabilities()},
             {"userName", "Alice"},     {"name", "Alice"},
             {"displayName", "Alice"},  {"direction", "send"},
             {"transportId", send},     {"dtlsParameters", dtls_parameters()},
             {"kind", "audio"},         {"rtpParameters", audio_parameters(4711, "9")},
             {"appData", bj::object()}, {"producerId", producer},
             {"consumerId", consumer},  {"isAudioMuted", true},
             {"isVideoPaused", true},   {"spatialLayer", 1},
             {"temporalLayer", 2},      {"priority", 10}};
  }

  bj::object request_for(const EventSpec& spec) const {
    bj::object request{{"roomId", "r"}};
    for (const Field& field : spec.field_list())
      if (spec.name != "get-stats" || field.name == "consumerId") request[field.name] = valid.at(field.name);
    return request;
  }
  // The answer to a valid request with one field changed.
  std::string error_with(std::string_view event, std::string_view field, const bj::value& value) {
    bj::object request = request_for(*find_event(event));
    request[field] = value;
    return error_of(c.ask("alice", event, request));
  }

  Conversation c{Limits{.request_burst = 100'000}};
  std::string send, producer, consumer;
  bj::object valid;
};

TEST_F(Malformed, EveryEventNamesEachRequiredFieldThatIsMissingOrNull) {
  for (const EventSpec& spec : kClientEvents) {
    std::vector<std::string_view> required;
    if (spec.room != RoomId::kImplied) required.push_back("roomId");
    for (const Field& field : spec.field_list())
      if (field.required) required.push_back(field.name);
    for (const std::string_view name : required) {
      bj::object request = request_for(spec);
      request.erase(name);
      EXPECT_EQ(error_of(c.ask("alice", spec.name, request)), std::string(name) + " is missing") << spec.name;
      request[name] = nullptr;
      EXPECT_THAT(error_of(c.ask("alice", spec.name, request)), StartsWith(std::string(name) + " must ")) << spec.name;
    }
  }
}

TEST_F(Malformed, EveryEventRefusesWrongTypesInEveryField) {
  for (const EventSpec& spec : kClientEvents)
    for (const Field& field : spec.field_list())
      for (const bj::value& wrong :
           {bj::value(5), bj::value(-1.5), bj::value(bj::array{"x"}), bj::value(std::string(100'000, 'x'))}) {
        const bool is_number = field.type == FieldType::kLayer || field.type == FieldType::kPriority;
        if (is_number && wrong.is_int64()) continue;
        bj::object request = request_for(spec);
        request[field.name] = wrong;
        EXPECT_THAT(error_of(c.ask("alice", spec.name, request)), StartsWith(std::string(field.name) + " must "))
            << spec.name;
      }
  EXPECT_THAT(error_with("leave-room", "roomId", 5), StartsWith("roomId must be a string"));
}

TEST_F(Malformed, EveryEventTakesExactlyOneObject) {
  for (const EventSpec& spec : kClientEvents) {
    const bj::value request = request_for(spec);
    for (const bj::array& args :
         {bj::array(), bj::array({request, request}), bj::array({"text", 1}), bj::array({bj::value(nullptr), 2})})
      EXPECT_EQ(error_of(c.ask_with("alice", spec.name, args)), "a request must be one object");
    bj::array one;
    for (const bj::value& wrong :
         {bj::value("text"), bj::value(nullptr), bj::value(1), bj::value(bj::array{request})}) {
      one.clear();
      one.push_back(wrong);
      EXPECT_EQ(error_of(c.ask_with("alice", spec.name, one)), "a request must be one object");
    }
  }
}

// The request itself is one of the levels.
bj::value nested(std::size_t levels) {
  bj::value value = bj::array();
  for (std::size_t i = 2; i < levels; ++i) value = bj::object{{"a", value}};
  return value;
}

TEST_F(Malformed, EveryEventNamesTheFieldThatIsNestedTooDeep) {
  for (const EventSpec& spec : kClientEvents) {
    std::vector<std::string_view> names{"roomId", "unknown"};
    for (const Field& field : spec.field_list()) names.push_back(field.name);
    for (const std::string_view name : names) {
      bj::object request = request_for(spec);
      request[name] = nested(65);
      EXPECT_EQ(error_of(c.ask("alice", spec.name, request)),
                std::string(name) + " must not be nested deeper than 64 levels");
    }
  }
  EXPECT_EQ(error_with("resume-consumer", "unknown", nested(64)), "no error");
}

TEST_F(Malformed, EveryEventRefusesBinaryDataAnywhere) {
  const bj::object binary{{kBinaryKey, "\x01\xfe"}};
  for (const EventSpec& spec : kClientEvents) {
    bj::array args;
    args.push_back(binary);
    EXPECT_EQ(error_of(c.ask_with("alice", spec.name, args)), "a request must be one object") << spec.name;
    for (const bj::value& holder : {bj::value(binary), bj::value(bj::array{1, bj::object{{"deep", binary}}})}) {
      bj::object request = request_for(spec);
      request["appData"] = holder;
      EXPECT_EQ(error_of(c.ask("alice", spec.name, request)), "appData must not hold binary data") << spec.name;
    }
  }
  EXPECT_EQ(c.signaling.census().participants, 1u);
}

TEST_F(Malformed, RoomAndIdsHaveBoundedLengths) {
  EXPECT_EQ(error_with("join-mediasoup-room", "roomId", ""), "roomId must have 1 to 256 bytes");
  EXPECT_EQ(error_with("join-mediasoup-room", "roomId", bj::value(std::string(257, 'r'))),
            "roomId must have 1 to 256 bytes");
  EXPECT_EQ(error_with("join-mediasoup-room", "roomId", bj::value(std::string(256, 'r'))), "no error");
}

TEST_F(Malformed, LayersAndPrioritiesAreBoundedIntegers) {
  EXPECT_EQ(error_with("set-preferred-layers", "spatialLayer", 0), "no error");
  EXPECT_EQ(error_with("set-preferred-layers", "spatialLayer", 8), "spatialLayer must be an integer from 0 to 7");
  EXPECT_EQ(error_with("set-preferred-layers", "temporalLayer", -1), "temporalLayer must be an integer from 0 to 7");
  EXPECT_EQ(error_with("set-preferred-layers", "temporalLayer", bj::value(nullptr)), "no error");
  EXPECT_EQ(error_with("set-consumer-priority", "priority", 255), "no error");
  EXPECT_EQ(error_with("set-consumer-priority", "priority", 0), "priority must be an integer from 1 to 255");
  EXPECT_EQ(error_with("set-consumer-priority", "priority", 256), "priority must be an integer from 1 to 255");
  EXPECT_EQ(error_with("set-consumer-priority", "priority", 1.5), "priority must be an integer from 1 to 255");
  EXPECT_EQ(error_with("set-consumer-priority", "priority", bj::value(std::uint64_t{1} << 63)),
            "priority must be an integer from 1 to 255");
}

TEST_F(Malformed, StatisticsAreOfOneSubject) {
  constexpr const char* kOne = "exactly one of transportId, producerId and consumerId must be given";
  EXPECT_EQ(error_of(c.ask("alice", "get-stats", {})), kOne);
  EXPECT_EQ(error_with("get-stats", "producerId", bj::value(producer)), kOne);
  EXPECT_EQ(error_with("get-stats", "consumerId", "other"), "Consumer not found");
}

TEST_F(Malformed, ErrorsInsideParametersNameTheirPath) {
  bj::object parameters = audio_parameters(4711, "9");
  parameters["encodings"] = bj::array{bj::object{{"ssrc", 1}, {"maxBitrate", 1.5}}};
  EXPECT_THAT(error_with("produce", "rtpParameters", parameters), HasSubstr("rtpParameters.encodings[0].maxBitrate"));
  EXPECT_THAT(error_with("produce", "rtpParameters", bj::object()), HasSubstr("rtpParameters.codecs"));
  EXPECT_THAT(error_with("consume", "rtpCapabilities", bj::object{{"codecs", 5}}), HasSubstr("rtpCapabilities.codecs"));
  EXPECT_THAT(error_with("join-mediasoup-room", "rtpCapabilities", bj::object{{"codecs", bj::array{bj::object()}}}),
              HasSubstr("rtpCapabilities.codecs[0].mimeType"));
  EXPECT_THAT(
      error_with("connect-transport", "dtlsParameters", bj::object{{"role", "boss"}, {"fingerprints", bj::array()}}),
      HasSubstr("dtlsParameters.role"));
}

TEST_F(Malformed, KindMustBeTheCodecs) {
  EXPECT_NE(error_with("produce", "kind", "video"), "no error");
  EXPECT_EQ(error_with("produce", "kind", "both"), "kind must be \"audio\" or \"video\"");
  EXPECT_EQ(error_with("create-webrtc-transport", "direction", "both"), "direction must be \"send\" or \"recv\"");
}

TEST_F(Malformed, AppDataIsBounded) {
  EXPECT_EQ(error_with("produce", "appData", bj::object{{"x", std::string(5000, 'x')}}),
            "appData must have at most 4096 bytes");
}

TEST_F(Malformed, UnknownEventsAreAnsweredWithAnError) {
  EXPECT_EQ(error_of(c.ask("alice", "get-weather", {{"transportId", send}})), "unknown event get-weather");
  EXPECT_EQ(error_of(c.ask("alice", std::string(100'000, 'e'), bj::object())), "unknown event " + std::string(64, 'e'));
  EXPECT_EQ(error_of(c.ask("alice", "", bj::object())), "unknown event ");
  std::string cut_inside = "e";  // 64 bytes would end in the middle of a character
  for (int i = 0; i < 100; ++i) cut_inside += "ä";
  EXPECT_EQ(error_of(c.ask("alice", cut_inside, bj::object())), "unknown event " + cut_inside.substr(0, 63));
}

TEST_F(Malformed, UnknownFieldsAreIgnored) {
  EXPECT_EQ(error_with("resume-consumer", "extra", bj::array{1, 2}), "no error");
}

TEST_F(Malformed, EveryErrorIsAnObjectWithTextAndCode) {
  const bj::object ack = c.ask("alice", "consume", {{"roomId", "r"}, {"producerId", "?"}});
  EXPECT_EQ(ack.size(), 2u);
  EXPECT_TRUE(ack.at("error").is_string());
  EXPECT_TRUE(ack.at("code").is_string());
}

TEST_F(Malformed, NothingIsLeftBehindByRefusedRequests) {
  const Census before = c.signaling.census();
  error_with("produce", "rtpParameters", bj::object{{"codecs", bj::array()}, {"encodings", bj::array()}});
  error_with("join-mediasoup-room", "rtpCapabilities", bj::object{{"codecs", 1}});
  error_of(c.ask("alice", "join-mediasoup-room", {{"roomId", "new"}, {"rtpCapabilities", bj::object{{"codecs", 1}}}}));
  const Census after = c.signaling.census();
  EXPECT_EQ(after.rooms, before.rooms);
  EXPECT_EQ(after.producers, before.producers);
  EXPECT_EQ(after.participants, 1u);
}

TEST_F(Malformed, EveryUnchangedRequestIsAccepted) {  // so that the refusals above have one reason each
  for (const EventSpec& spec : kClientEvents) {
    if (spec.name == "leave-room" || spec.name.starts_with("close-")) continue;
    EXPECT_EQ(error_of(c.ask("alice", spec.name, request_for(spec))), "no error") << spec.name;
    if (spec.name == "consume") {  // which closes the consumer it replaces
      valid["consumerId"] = c.consume("alice", producer).at("id");
    }
  }
}

}  // namespace
}  // namespace consomme::server
