#include "bench/peers/sdp.h"

#include "sfu/ortc/negotiate.h"
#include "sfu/ortc/supported.h"

namespace consomme::bench {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// As Janus' VideoRoom offers a subscriber one video, without what a bot does not look at.
constexpr std::string_view kOffer =
    "v=0\r\n"
    "o=- 1764194000 1 IN IP4 127.0.0.1\r\n"
    "s=VideoRoom 1234\r\n"
    "t=0 0\r\n"
    "a=group:BUNDLE 0\r\n"
    "a=msid-semantic: WMS janus\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n"
    "c=IN IP4 127.0.0.1\r\n"
    "a=sendonly\r\n"
    "a=mid:0\r\n"
    "a=rtcp-mux\r\n"
    "a=ice-ufrag:xyzw\r\n"
    "a=ice-pwd:a-password-of-janus-s\r\n"
    "a=fingerprint:sha-256 0A:1B:2C\r\n"
    "a=setup:actpass\r\n"
    "a=rtpmap:96 VP8/90000\r\n"
    "a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
    "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"
    "a=extmap:9 urn:nobody:knows:this\r\n"
    "a=rtcp-fb:96 nack pli\r\n"
    "a=fmtp:97 apt=96\r\n"
    "a=ssrc-group:FID 3000000001 3000000002\r\n"
    "a=ssrc:3000000001 cname:janus\r\n"
    "a=ssrc:3000000002 cname:janus\r\n"
    "a=candidate:1 1 udp 2015363327 127.0.0.1 40123 typ host\r\n"
    "a=end-of-candidates\r\n";

const ortc::DtlsParameters kBot{ortc::DtlsRole::kClient, {{"sha-256", "AA:BB"}}};

TEST(Sdp, OfJanusTellsOfItsTransport) {
  const sfu::TransportOffer offer = read_transport(kOffer);
  EXPECT_EQ(offer.ice_parameters.username_fragment, "xyzw");
  EXPECT_EQ(offer.ice_parameters.password, "a-password-of-janus-s");
  EXPECT_EQ(offer.dtls_parameters.fingerprints.at(0).algorithm, "sha-256");
  EXPECT_EQ(offer.dtls_parameters.fingerprints.at(0).value, "0A:1B:2C");
  ASSERT_EQ(offer.ice_candidates.size(), 1u);
  EXPECT_EQ(offer.ice_candidates[0].ip, "127.0.0.1");
  EXPECT_EQ(offer.ice_candidates[0].port, 40123);
}

TEST(Sdp, OfJanusTellsOfTheStreamAndTheExtensionsThatABotKnows) {
  EXPECT_EQ(read_ssrc(kOffer), Ssrc(3000000001));
  const wire::ExtensionIds ids = read_extension_ids(kOffer);
  EXPECT_EQ(ids.kind(1), HeaderExtension::kMid);
  EXPECT_EQ(ids.kind(3), HeaderExtension::kTransportWideCc);
  EXPECT_EQ(ids.kind(9), HeaderExtension::kCount) << "unknown";
}

TEST(Sdp, ThatAnswersRepeatsTheMediaAndSaysABotsOwnTransport) {
  const std::string answer = write_answer(kOffer, kBot);
  for (const char* const line : {"a=group:BUNDLE 0\r\n", "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n", "a=mid:0\r\n",
                                 "a=rtpmap:96 VP8/90000\r\n", "a=fmtp:97 apt=96\r\n", "a=rtcp-fb:96 nack pli\r\n",
                                 "a=recvonly\r\n", "a=setup:active\r\n", "a=fingerprint:sha-256 AA:BB\r\n"})
    EXPECT_THAT(answer, HasSubstr(line));
  for (const char* const line : {"a=sendonly", "a=ssrc", "xyzw", "0A:1B:2C", "a=candidate"})
    EXPECT_THAT(answer, Not(HasSubstr(line)));
}

TEST(Sdp, ThatOffersAVideoSaysWhatItsSourceWillSend) {
  const std::array codecs = {ortc::parse_media_codec("VP8").value()};
  const auto router = ortc::router_capabilities(codecs);
  ASSERT_TRUE(router);
  const sim::Described video = sim::describe_source(*router, "video/VP8", Ssrc(1000), "7");
  const std::string offer = write_offer(video, kBot);
  EXPECT_EQ(read_ssrc(offer), Ssrc(1000));
  EXPECT_THAT(offer, HasSubstr("a=ssrc-group:FID 1000 1001\r\n"));
  EXPECT_THAT(offer, HasSubstr("a=mid:7\r\n"));
  const wire::ExtensionIds ids = read_extension_ids(offer);
  ASSERT_FALSE(video.parameters.header_extensions.empty());
  for (const ortc::RtpHeaderExtensionParameters& extension : video.parameters.header_extensions)
    EXPECT_EQ(ids.kind(extension.id.value()), ortc::extension_of(extension.uri)) << extension.uri;
}

}  // namespace
}  // namespace consomme::bench
