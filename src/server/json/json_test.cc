#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "server/json/rtp.h"
#include "server/json/transport.h"

namespace consomme::json {
namespace {

boost::json::value parse(std::string_view text) {
  return boost::json::parse(text);
}

std::string complaint(std::string_view text) {
  const auto parameters = from_json(parse(text), "rtpParameters", read_rtp_parameters);
  return parameters ? "none" : parameters.error().text;
}

TEST(Json, NamesTheFieldByItsPath) {
  EXPECT_EQ(complaint(R"({"codecs": [], "encodings": [{"maxBitrate": 1.5}]})"),
            "rtpParameters.encodings[0].maxBitrate must be an integer from 0 to 4294967295");
  EXPECT_EQ(complaint(R"({"codecs": [{"mimeType": "video/VP8", "payloadType": 128, "clockRate": 90000}]})"),
            "rtpParameters.codecs[0].payloadType must be an integer from 0 to 127");
  EXPECT_EQ(complaint(R"([])"), "rtpParameters must be an object");
  EXPECT_EQ(complaint("null"), "rtpParameters must be an object");
  EXPECT_EQ(complaint("{}"), "rtpParameters.codecs must be an array");
}

TEST(Json, RefusesEveryMaxBitrateThatIsNoInteger) {
  for (const std::string_view wrong : {"null", "\"1000\"", "0.1", "-1", "1e300", "true", "[]", "4294967296"}) {
    const std::string text = R"({"codecs": [], "encodings": [{"maxBitrate": )" + std::string(wrong) + "}]}";
    EXPECT_TRUE(complaint(text).starts_with("rtpParameters.encodings[0].maxBitrate must")) << wrong;
  }
  EXPECT_EQ(complaint(R"({"codecs": [], "encodings": [{"maxBitrate": 1000000}, {"maxBitrate": 1e6}]})"), "none");
}

TEST(Json, BoundsEveryList) {
  boost::json::object parameters{{"codecs", boost::json::array()}};
  parameters["encodings"] = boost::json::array(kMaxEncodings + 1, boost::json::object());
  EXPECT_EQ(complaint(boost::json::serialize(parameters)), "rtpParameters.encodings must hold at most 16 elements");
}

TEST(Json, BoundsEveryText) {
  const std::string longest(kMaxTextBytes, 'x');
  EXPECT_EQ(complaint(R"({"codecs": [], "mid": ")" + longest + "\"}"), "none");
  EXPECT_EQ(complaint(R"({"codecs": [], "mid": ")" + longest + "x\"}"),
            "rtpParameters.mid must be at most 255 bytes long");
}

TEST(Json, CutsTheNamesThatAClientChose) {
  const std::string name(200, 'n');
  const std::string text =
      R"({"codecs": [{"mimeType": "video/VP8", "payloadType": 96, "clockRate": 90000, "parameters": {")" + name +
      R"(": true}}]})";
  EXPECT_LT(complaint(text).size(), 120u);
}

TEST(Json, CutsTextBetweenCharacters) {
  EXPECT_EQ(cut_text("abc", 3), "abc");
  EXPECT_EQ(cut_text("abcd", 3), "abc");
  EXPECT_EQ(cut_text("aäöü", 4), "aä");
  EXPECT_EQ(cut_text("😀😀", 7), "😀");
  EXPECT_EQ(cut_text("😀", 3), "");
}

TEST(Json, KeepsTheOrderAndTypesOfFormatParameters) {
  constexpr std::string_view kParameters = R"({"z":1,"a":"1","m":0.5,"apt":96})";
  const auto value = parse(R"({"codecs": [{"mimeType": "video/VP8", "clockRate": 90000, "parameters": )" +
                           std::string(kParameters) + "}]}");
  const auto capabilities = from_json(value, "rtpCapabilities", read_rtp_capabilities);
  ASSERT_TRUE(capabilities);
  EXPECT_EQ(capabilities->codecs[0].parameters.integer("apt"), 96);
  EXPECT_EQ(boost::json::serialize(to_json(*capabilities).at("codecs").at(0).at("parameters")),
            R"({"z":1,"a":"1","m":5E-1,"apt":96})");
}

TEST(Json, WritesOnlyWhatIsThere) {
  ortc::RtpParameters parameters;
  parameters.encodings.resize(1);
  EXPECT_EQ(boost::json::serialize(to_json(parameters)),
            R"({"codecs":[],"headerExtensions":[],"encodings":[{}],"rtcp":{"reducedSize":true}})");
}

TEST(Json, ReadsDtlsParameters) {
  const auto read = [](std::string_view text) {
    return from_json(parse(text), "dtlsParameters", read_dtls_parameters);
  };
  const auto parameters = read(R"({"fingerprints": [{"algorithm": "sha-256", "value": "AB"}]})");
  ASSERT_TRUE(parameters);
  EXPECT_EQ(*parameters, (ortc::DtlsParameters{ortc::DtlsRole::kAuto, {{"sha-256", "AB"}}}));
  EXPECT_EQ(read(R"({"role": "both", "fingerprints": [{"algorithm": "a", "value": "v"}]})").error().text,
            R"(dtlsParameters.role must be one of "auto", "client", "server")");
  EXPECT_EQ(read(R"({"fingerprints": []})").error().text,
            "dtlsParameters.fingerprints must hold at least one fingerprint");
}

TEST(Json, WritesIceAsTheClientReadsIt) {
  EXPECT_EQ(boost::json::serialize(to_json(ortc::IceParameters{"u", "p", true})),
            R"({"usernameFragment":"u","password":"p","iceLite":true})");
  const std::vector<ortc::IceCandidate> candidates{{.foundation = "f",
                                                    .priority = 7,
                                                    .ip = "192.0.2.1",
                                                    .address = "192.0.2.1",
                                                    .protocol = ortc::IceProtocol::kTcp,
                                                    .port = 9,
                                                    .type = ortc::IceCandidateType::kHost,
                                                    .tcp_type = ortc::TcpType::kPassive}};
  EXPECT_EQ(boost::json::serialize(to_json(candidates)),
            R"([{"foundation":"f","priority":7,"ip":"192.0.2.1","address":"192.0.2.1","protocol":"tcp","port":9,)"
            R"("type":"host","tcpType":"passive"}])");
}

}  // namespace
}  // namespace consomme::json
