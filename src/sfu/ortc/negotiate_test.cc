#include "sfu/ortc/negotiate.h"

#include <set>

#include "sfu/ortc/supported.h"
#include "sfu/ortc/validate.h"

namespace consomme::ortc {
namespace {

RtpCapabilities default_router() {
  std::vector<RtpCodecCapability> codecs;
  for (const std::string_view text : kDefaultMediaCodecs) codecs.push_back(parse_media_codec(text).value());
  return router_capabilities(codecs).value();
}

RtpCodecParameters codec(std::string mime_type, std::uint8_t payload_type, FormatParameters parameters = {}) {
  return {.mime_type = std::move(mime_type),
          .payload_type = PayloadType(payload_type),
          .clock_rate = 90000,
          .channels = std::nullopt,
          .parameters = std::move(parameters),
          .rtcp_feedback = {}};
}

RtpHeaderExtensionParameters extension(HeaderExtension which, std::uint8_t id) {
  return {.uri = std::string(supported(which).uri), .id = ExtensionId(id), .encrypt = false, .parameters = {}};
}

// VP8 with RTX, one stream, as a browser would name it.
RtpParameters camera() {
  RtpParameters parameters;
  parameters.mid = "0";
  parameters.codecs = {codec("video/VP8", 96), codec("video/rtx", 97, {{"apt", 96}})};
  parameters.header_extensions = {extension(HeaderExtension::kMid, 9)};
  parameters.encodings.resize(1);
  parameters.encodings[0].ssrc = Ssrc(111);
  parameters.encodings[0].rtx = RtxEncoding{Ssrc(112)};
  parameters.rtcp.cname = "c";
  return parameters;
}

RtpParameters simulcast() {
  RtpParameters parameters = camera();
  parameters.encodings.assign(3, {});
  for (std::size_t i = 0; i < 3; ++i) {
    parameters.encodings[i].rid = "r" + std::to_string(i);
    parameters.encodings[i].scalability_mode = "L1T3";
    parameters.encodings[i].max_bitrate = Bitrate(100'000 * (3 - static_cast<std::int64_t>(i)));
  }
  return parameters;
}

Result<NegotiatedProducer> produce(RtpParameters parameters) {
  return negotiate_producer(MediaKind::kVideo, std::move(parameters), default_router(), Ssrc(5000));
}

RtpParameters consume(const RtpParameters& consumable, const RtpCapabilities& remote) {
  return consumer_parameters(MediaKind::kVideo, consumable, remote, Ssrc(777), "3").value();
}

bool has_feedback(const RtpCodecParameters& of, std::string_view type) {
  return std::ranges::find(of.rtcp_feedback, type, &RtcpFeedback::type) != of.rtcp_feedback.end();
}

RtpParameters sending(RtpParameters parameters, HeaderExtension which) {
  const RtpHeaderExtensionParameters added = extension(which, 12);
  parameters.header_extensions.push_back(added);
  return parameters;
}

// Whether a producer's consumers are promised an extension.
bool passes_on(const RtpParameters& parameters, HeaderExtension which) {
  const RtpParameters consumable = produce(parameters)->consumable;
  return std::ranges::find(consumable.header_extensions, supported(which).uri, &RtpHeaderExtensionParameters::uri) !=
         consumable.header_extensions.end();
}

TEST(Producer, MapsPayloadTypesAndStreamsToTheRouters) {
  const auto producer = produce(simulcast()).value();
  EXPECT_EQ(producer.type, ProducerType::kSimulcast);
  const std::vector<ProducerMapping::Codec> codecs{{PayloadType(96), PayloadType(101)},
                                                   {PayloadType(97), PayloadType(102)}};
  EXPECT_EQ(producer.mapping.codecs, codecs);
  ASSERT_EQ(producer.mapping.encodings.size(), 3u);
  EXPECT_EQ(producer.mapping.encodings[2], (ProducerMapping::Encoding{std::nullopt, "r2", Ssrc(5002)}));
}

TEST(Producer, OffersItsConsumersTheRoutersNames) {
  const RtpParameters consumable = produce(camera()).value().consumable;
  EXPECT_EQ(consumable.codecs[0].payload_type, PayloadType(101));
  EXPECT_EQ(consumable.codecs[1].parameters.integer("apt"), 101);
  EXPECT_EQ(consumable.encodings[0].ssrc, Ssrc(5000));
  EXPECT_FALSE(consumable.encodings[0].rtx);
  EXPECT_EQ(consumable.header_extensions[0].id, ExtensionId(1));
  EXPECT_EQ(consumable.rtcp.cname, "c");
}

TEST(Producer, PromisesItsCaptureTimeOnlyIfItSendsIt) {
  EXPECT_FALSE(passes_on(camera(), HeaderExtension::kAbsCaptureTime));
  EXPECT_TRUE(passes_on(sending(camera(), HeaderExtension::kAbsCaptureTime), HeaderExtension::kAbsCaptureTime));
}

TEST(Producer, PromisesADependencyDescriptorOnlyOfAv1AndIfItSendsIt) {
  constexpr auto kDescriptor = HeaderExtension::kDependencyDescriptor;
  RtpParameters av1 = camera();
  av1.codecs = {codec("video/AV1", 45)};
  EXPECT_FALSE(passes_on(av1, kDescriptor));
  EXPECT_TRUE(passes_on(sending(av1, kDescriptor), kDescriptor));
  EXPECT_FALSE(passes_on(sending(camera(), kDescriptor), kDescriptor));
}

TEST(Producer, IsAnsweredWithItsH264Level) {
  RtpParameters parameters = camera();
  parameters.codecs = {codec("video/H264", 108, {{"packetization-mode", 1}, {"profile-level-id", "42e034"}})};
  const auto producer = produce(parameters).value();
  EXPECT_EQ(*producer.parameters.codecs[0].parameters.find("profile-level-id"), ParameterValue("42e01f"));
}

TEST(Producer, WithoutEncodingsHasOne) {
  RtpParameters parameters = camera();
  parameters.encodings.clear();
  EXPECT_EQ(produce(parameters)->mapping.encodings.size(), 1u);
}

TEST(Producer, OfSeveralLayersInOneStreamIsSvc) {
  RtpParameters parameters = camera();
  parameters.codecs = {codec("video/VP9", 98)};
  parameters.encodings[0].scalability_mode = "L3T3_KEY";
  EXPECT_EQ(produce(parameters)->type, ProducerType::kSvc);
}

TEST(Producer, IsRefusedWithTheNameOfTheField) {
  const std::tuple<std::string_view, ErrorCode, void (*)(RtpParameters&)> cases[] = {
      {"rtpParameters.codecs[0].mimeType", ErrorCode::kInvalid,
       [](RtpParameters& p) { p.codecs = {codec("audio/opus", 111)}; }},
      {"rtpParameters.codecs[0]", ErrorCode::kUnsupported,
       [](RtpParameters& p) { p.codecs = {codec("video/H265", 98)}; }},
      {"rtpParameters.codecs[1].parameters.apt", ErrorCode::kInvalid,
       [](RtpParameters& p) { p.codecs[1].parameters.set("apt", 97); }},
      {"rtpParameters.encodings[0].rtx.ssrc", ErrorCode::kInvalid,
       [](RtpParameters& p) { p.encodings[0].rtx->ssrc = Ssrc(111); }},
      {"rtpParameters.encodings[0] must have", ErrorCode::kInvalid,
       [](RtpParameters& p) {
         p.mid.reset();
         p.encodings = {{}};
       }},
  };
  for (const auto& [field, code, damage] : cases) {
    RtpParameters parameters = camera();
    damage(parameters);
    const auto producer = produce(parameters);
    ASSERT_FALSE(producer) << field;
    EXPECT_EQ(producer.error().code, code) << field;
    EXPECT_TRUE(producer.error().text.starts_with(field)) << producer.error().text;
  }
}

RtpParameters microphone(FormatParameters format = {}) {
  RtpParameters parameters;
  parameters.mid = "0";
  parameters.codecs = {codec("audio/opus", 111, std::move(format))};
  parameters.codecs[0].clock_rate = 48000;
  parameters.codecs[0].channels = 2;
  parameters.encodings.resize(1);
  parameters.encodings[0].ssrc = Ssrc(1);
  return parameters;
}

TEST(Producer, OfAudioHasNoLayers) {
  RtpParameters parameters = microphone();
  const auto negotiate = [&] { return negotiate_producer(MediaKind::kAudio, parameters, default_router(), Ssrc(1)); };
  EXPECT_EQ(negotiate()->type, ProducerType::kSimple);
  parameters.encodings[0].scalability_mode = "L1T3";
  EXPECT_EQ(negotiate().error().code, ErrorCode::kUnsupported);
  parameters.encodings.assign(2, {});
  parameters.encodings[0].ssrc = Ssrc(1);
  parameters.encodings[1].ssrc = Ssrc(2);
  EXPECT_TRUE(negotiate().error().text.starts_with("rtpParameters.encodings must hold one"));
}

TEST(Producer, OfAnyVideoCodecMaySendOneStreamForEachLayer) {
  for (const std::string_view mime_type : {"video/VP8", "video/VP9", "video/H264", "video/AV1"}) {
    RtpParameters parameters = simulcast();
    parameters.codecs = {codec(std::string(mime_type), 98)};
    if (mime_type == "video/H264") parameters.codecs[0].parameters.set("packetization-mode", 1);
    const auto producer = produce(parameters);
    ASSERT_TRUE(producer) << mime_type;
    EXPECT_EQ(producer->type, ProducerType::kSimulcast) << mime_type;
    EXPECT_EQ(consume(producer->consumable, default_router()).encodings[0].scalability_mode, "L3T3") << mime_type;
  }
}

TEST(Consumer, SendsOneStreamForAllOfSimulcast) {
  const RtpParameters sent = consume(produce(simulcast())->consumable, default_router());
  ASSERT_EQ(sent.encodings.size(), 1u);
  EXPECT_EQ(sent.encodings[0].ssrc, Ssrc(777));
  EXPECT_EQ(sent.encodings[0].rtx, RtxEncoding{Ssrc(778)});
  EXPECT_EQ(sent.encodings[0].scalability_mode, "L3T3");
  EXPECT_EQ(sent.encodings[0].max_bitrate, Bitrate(300'000));
  EXPECT_EQ(sent.mid, "3");
}

TEST(Consumer, HasNoRtxWhereTheClientHasNone) {
  RtpCapabilities remote = default_router();
  std::erase_if(remote.codecs, [](const RtpCodecCapability& c) { return is_rtx(c.mime_type); });
  const RtpParameters sent = consume(produce(camera())->consumable, remote);
  EXPECT_EQ(sent.codecs.size(), 1u);
  EXPECT_FALSE(sent.encodings[0].rtx);
}

TEST(Consumer, HasOneKindOfBandwidthFeedback) {
  const RtpParameters consumable = produce(camera())->consumable;
  RtpCapabilities remote = default_router();
  const auto forget = [&remote](HeaderExtension which) {
    std::erase_if(remote.header_extensions, [which](const auto& e) { return e.uri == supported(which).uri; });
  };
  RtpParameters sent = consume(consumable, remote);
  EXPECT_TRUE(has_feedback(sent.codecs[0], "transport-cc") && !has_feedback(sent.codecs[0], "goog-remb"));
  forget(HeaderExtension::kTransportWideCc);
  sent = consume(consumable, remote);
  EXPECT_TRUE(!has_feedback(sent.codecs[0], "transport-cc") && has_feedback(sent.codecs[0], "goog-remb"));
  forget(HeaderExtension::kAbsSendTime);
  sent = consume(consumable, remote);
  EXPECT_TRUE(!has_feedback(sent.codecs[0], "transport-cc") && !has_feedback(sent.codecs[0], "goog-remb"));
}

TEST(Consumer, GetsAnExtensionOnlyUnderTheRoutersId) {
  RtpCapabilities remote = default_router();
  for (RtpHeaderExtension& ours : remote.header_extensions) ours.preferred_id = ExtensionId(14);
  EXPECT_TRUE(consume(produce(camera())->consumable, remote).header_extensions.empty());
}

RtpParameters consume_sound(const RtpParameters& microphone, const RtpCapabilities& router = default_router()) {
  const auto producer = negotiate_producer(MediaKind::kAudio, microphone, router, Ssrc(1)).value();
  return consumer_parameters(MediaKind::kAudio, producer.consumable, router, Ssrc(9), "0").value();
}

TEST(Consumer, OfAudioIsNotAskedForNack) {
  const RtpParameters sent = consume_sound(microphone());
  EXPECT_FALSE(has_feedback(sent.codecs[0], "nack"));
  EXPECT_FALSE(sent.encodings[0].rtx);
}

// docs/decisions/0020.
RtpCapabilities router_with_red() {
  std::vector<RtpCodecCapability> codecs;
  for (const std::string_view text : {"opus", "red", "PCMU"}) codecs.push_back(parse_media_codec(text).value());
  return router_capabilities(codecs).value();
}

// As a browser names it: "a=fmtp:63 111/111".
RtpParameters microphone_with_red() {
  RtpParameters parameters = microphone();
  parameters.codecs.push_back(parameters.codecs[0]);
  parameters.codecs[1].mime_type = "audio/red";
  parameters.codecs[1].payload_type = PayloadType(63);
  parameters.codecs[1].parameters = {{"111/111", ""}};
  return parameters;
}

TEST(Router, NamesTheOpusInsideRedAsSdpDoes) {
  const RtpCapabilities router = router_with_red();
  EXPECT_EQ(router.codecs[0].preferred_payload_type, PayloadType(100));
  EXPECT_EQ(router.codecs[1].mime_type, "audio/red");
  EXPECT_EQ(router.codecs[1].preferred_payload_type, PayloadType(101));
  EXPECT_EQ(router.codecs[1].parameters, (FormatParameters{{"", "100/100"}})) << "written as name=value: =100/100";
}

TEST(Router, HasRedOnlyBehindTheOpusInsideIt) {
  for (const auto& texts : std::vector<std::vector<std::string>>{{"red"}, {"red", "opus"}, {"PCMU", "red"}}) {
    std::vector<RtpCodecCapability> codecs;
    for (const std::string& text : texts) codecs.push_back(parse_media_codec(text).value());
    const auto router = router_capabilities(codecs);
    ASSERT_FALSE(router);
    EXPECT_EQ(router.error().text, "codec \"audio/red\" must have \"audio/opus\" before it");
  }
}

TEST(Producer, OfRedSaysWhatIsInside) {
  const auto producer =
      negotiate_producer(MediaKind::kAudio, microphone_with_red(), router_with_red(), Ssrc(1)).value();
  EXPECT_EQ(producer.mapping.codecs[1], (ProducerMapping::Codec{PayloadType(63), PayloadType(101)}));
  RtpParameters red_first = microphone_with_red();
  std::swap(red_first.codecs[0], red_first.codecs[1]);
  EXPECT_EQ(negotiate_producer(MediaKind::kAudio, red_first, router_with_red(), Ssrc(1))->consumable.codecs,
            producer.consumable.codecs);
}

TEST(Producer, OfRedIsRefusedWithoutOpusAndWhereTheRouterHasNone) {
  EXPECT_EQ(negotiate_producer(MediaKind::kAudio, microphone_with_red(), default_router(), Ssrc(1)).error().code,
            ErrorCode::kUnsupported);
  RtpParameters alone = microphone_with_red();
  alone.codecs.erase(alone.codecs.begin());
  EXPECT_EQ(negotiate_producer(MediaKind::kAudio, alone, router_with_red(), Ssrc(1)).error().code, ErrorCode::kInvalid);
  RtpParameters with_another = microphone_with_red();
  with_another.codecs[0].mime_type = "audio/PCMU";
  with_another.codecs[0].clock_rate = 8000;
  with_another.codecs[0].channels = 1;
  const auto refused = negotiate_producer(MediaKind::kAudio, with_another, router_with_red(), Ssrc(1));
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(refused.error().text, "rtpParameters.codecs[1] must be beside audio/opus");
}

TEST(Consumer, OfOpusIsPromisedRedWhetherItsProducerSendsItOrNot) {
  for (const RtpParameters& parameters : {microphone(), microphone_with_red()}) {
    const RtpParameters sent = consume_sound(parameters, router_with_red());
    ASSERT_EQ(sent.codecs.size(), 2U);
    EXPECT_EQ(sent.codecs[0].payload_type, PayloadType(100));
    EXPECT_EQ(sent.codecs[1].mime_type, "audio/red");
    EXPECT_EQ(sent.codecs[1].payload_type, PayloadType(101));
    EXPECT_EQ(sent.codecs[1].parameters, (FormatParameters{{"", "100/100"}}));
  }
}

TEST(Consumer, OfAnotherCodecThanOpusIsPromisedNoRed) {
  RtpParameters parameters = microphone();
  parameters.codecs.insert(parameters.codecs.begin(), parameters.codecs[0]);
  parameters.codecs[0].mime_type = "audio/PCMU";
  parameters.codecs[0].payload_type = PayloadType(0);
  parameters.codecs[0].clock_rate = 8000;
  parameters.codecs[0].channels = 1;
  EXPECT_EQ(find_red_codec(consume_sound(parameters, router_with_red())), nullptr) << "Opus is not what is sent";
}

TEST(Consumer, WithoutRedGetsOpusAndWithRedAloneNothing) {
  const auto producer =
      negotiate_producer(MediaKind::kAudio, microphone_with_red(), router_with_red(), Ssrc(1)).value();
  RtpCapabilities remote = router_with_red();
  std::erase_if(remote.codecs, [](const RtpCodecCapability& codec) { return is_red(codec.mime_type); });
  const auto sent = consumer_parameters(MediaKind::kAudio, producer.consumable, remote, Ssrc(9), "0").value();
  ASSERT_EQ(sent.codecs.size(), 1U);
  EXPECT_EQ(sent.codecs[0].mime_type, "audio/opus");
  remote = router_with_red();
  std::erase_if(remote.codecs, [](const RtpCodecCapability& codec) { return !is_red(codec.mime_type); });
  EXPECT_FALSE(can_consume(producer.consumable, remote));
}

// RFC 7587 §6.1. A receiver that did not know of stereo would mix it down, of DTX would take it for loss.
TEST(Consumer, OfOpusIsToldWhatTheSenderSaidOfIt) {
  const RtpParameters sent =
      consume_sound(microphone({{"usedtx", 1}, {"useinbandfec", 1}, {"stereo", 1}, {"sprop-stereo", 1}}));
  for (const std::string_view said : {"usedtx", "useinbandfec", "stereo", "sprop-stereo"})
    EXPECT_EQ(sent.codecs[0].parameters.integer(said), 1) << said;
}

TEST(Consumer, OfMultiopusIsToldItsStreams) {
  const std::array surround_only{*parse_media_codec("audio/multiopus/48000/6")};
  const RtpCapabilities router = router_capabilities(surround_only).value();
  RtpParameters surround = microphone(router.codecs[0].parameters);
  surround.codecs[0].mime_type = "audio/multiopus";
  surround.codecs[0].channels = 6;
  const RtpParameters sent = consume_sound(surround, router);
  EXPECT_EQ(sent.codecs[0].mime_type, "audio/multiopus");
  EXPECT_EQ(sent.codecs[0].channels, 6);
  EXPECT_EQ(sent.codecs[0].parameters.integer("num_streams"), 4);
  EXPECT_EQ(sent.codecs[0].parameters.integer("coupled_streams"), 2);
}

TEST(Consumer, IsRefusedWhereNoCodecIsShared) {
  const RtpParameters consumable = produce(camera())->consumable;
  RtpCapabilities remote = default_router();
  std::erase_if(remote.codecs, [](const RtpCodecCapability& c) { return c.mime_type == "video/VP8"; });
  EXPECT_FALSE(can_consume(consumable, remote));
  EXPECT_EQ(consumer_parameters(MediaKind::kVideo, consumable, remote, Ssrc(1), "0").error().text, "Cannot consume");
}

TEST(Validation, FillsChannels) {
  RtpCapabilities given{.codecs = {{.mime_type = "AUDIO/pcmu",
                                    .preferred_payload_type = std::nullopt,
                                    .clock_rate = 8000,
                                    .channels = std::nullopt,
                                    .parameters = {},
                                    .rtcp_feedback = {}}},
                        .header_extensions = {}};
  EXPECT_EQ(validate(given)->codecs[0].channels, 1);
  given.codecs[0].mime_type = "video/VP8";
  given.codecs[0].channels = 2;
  EXPECT_EQ(validate(given)->codecs[0].channels, std::nullopt);
}

TEST(Cname, IsTheOneInForceThenTheGivenOneThenRandom) {
  Rng rng(1);
  EXPECT_EQ(resolve_cname("first", {.cname = "second"}, rng), "first");
  EXPECT_EQ(resolve_cname("", {.cname = "second"}, rng), "second");
  const std::string random = resolve_cname("", {.cname = ""}, rng);
  EXPECT_EQ(random.size(), 8u);
  EXPECT_NE(random, resolve_cname("", {}, rng));
}

TEST(Ssrc, IsChosenWithRoomAboveIt) {
  Rng rng(7);
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::uint32_t ssrc = choose_ssrc(rng).value();
    EXPECT_GE(ssrc, 100'000'000u);
    EXPECT_LT(ssrc, 0xffffffffu - 1000);
    seen.insert(ssrc);
  }
  EXPECT_GT(seen.size(), 990u);
}

TEST(Negotiation, RefusesMoreEncodingsThanTheMediaPlaneKeepsApart) {
  RtpParameters parameters = simulcast();
  parameters.encodings.assign(8, {});
  for (std::size_t i = 0; i < 8; ++i) parameters.encodings[i].rid = "r" + std::to_string(i);
  EXPECT_TRUE(produce(parameters).has_value());
  parameters.encodings.emplace_back().rid = "r8";
  EXPECT_EQ(produce(parameters).error().text, "rtpParameters.encodings must hold at most 8");
}

TEST(Negotiation, RefusesACnameThatNoSourceDescriptionCanSay) {
  RtpParameters parameters = camera();
  parameters.rtcp.cname = std::string(255, 'c');
  EXPECT_TRUE(produce(parameters).has_value());
  *parameters.rtcp.cname += 'c';
  EXPECT_EQ(produce(parameters).error().text, "rtpParameters.rtcp.cname must have at most 255 bytes");
}

}  // namespace
}  // namespace consomme::ortc
