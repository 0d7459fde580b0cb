#include "bench/peers/sdp.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/check.h"
#include "sfu/ortc/supported.h"
#include "sfu/transport/testing.h"
#include "tests/sim/client.h"

namespace consomme::bench {
namespace {

constexpr std::string_view kEnd = "\r\n";
constexpr std::string_view kHead = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";

// Lines of an offer that an answer repeats.
constexpr std::array<std::string_view, 8> kRepeated = {
    "a=group:", "m=", "c=", "a=mid:", "a=rtpmap:", "a=fmtp:", "a=rtcp-fb:", "a=extmap:"};

std::string number(auto value) {
  return std::to_string(value);
}

void add(std::string& sdp, std::string_view line) {
  sdp.append(line).append(kEnd);
}

// What a bot says of its end, in offers and answers alike.
void add_transport(std::string& sdp, std::string_view ufrag, const ortc::DtlsParameters& bot) {
  const ortc::DtlsFingerprint& print = bot.fingerprints.front();
  add(sdp, "a=rtcp-mux");
  add(sdp, "a=ice-ufrag:" + std::string(ufrag));
  add(sdp, "a=ice-pwd:" + std::string(transport::testing::kPassword));
  add(sdp, "a=fingerprint:" + print.algorithm + " " + print.value);
  add(sdp, "a=setup:active");
}

void add_codec(std::string& sdp, const ortc::RtpCodecParameters& codec) {
  const std::string type = number(codec.payload_type.value());
  const std::string name = codec.mime_type.substr(codec.mime_type.find('/') + 1);
  add(sdp,
      "a=rtpmap:" + type + " " + name + "/" + number(codec.clock_rate) + (codec.channels.value_or(1) == 2 ? "/2" : ""));
  if (const auto repaired = codec.parameters.integer("apt")) add(sdp, "a=fmtp:" + type + " apt=" + number(*repaired));
  for (const ortc::RtcpFeedback& feedback : codec.rtcp_feedback)
    add(sdp, "a=rtcp-fb:" + type + " " + feedback.type + (feedback.parameter.empty() ? "" : " ") + feedback.parameter);
}

std::vector<std::string_view> lines_of(std::string_view sdp) {
  std::vector<std::string_view> lines;
  for (std::size_t end = sdp.find(kEnd); end != std::string_view::npos; end = sdp.find(kEnd)) {
    lines.push_back(sdp.substr(0, end));
    sdp.remove_prefix(end + kEnd.size());
  }
  return lines;
}

using Words = std::vector<std::string_view>;

// Of every line that begins so, the words behind.
std::vector<Words> all_behind(std::string_view sdp, std::string_view start) {
  std::vector<Words> found;
  for (std::string_view line : lines_of(sdp)) {
    if (!line.starts_with(start)) continue;
    Words& words = found.emplace_back();
    for (line.remove_prefix(start.size()); !line.empty();) {
      const std::size_t end = std::min(line.find(' '), line.size());
      words.push_back(line.substr(0, end));
      line.remove_prefix(std::min(end + 1, line.size()));
    }
  }
  return found;
}

// Of the first, of which there is one with at least so many words.
Words words_behind(std::string_view sdp, std::string_view start, std::size_t count = 1) {
  const std::vector<Words> found = all_behind(sdp, start);
  check(!found.empty() && found.front().size() >= count, "Janus says what a bot needs to know");
  return found.front();
}

template <class Number>
Number parse(std::string_view word) {
  Number value{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  check(error == std::errc{} && end == word.data() + word.size(), "Janus writes numbers where they belong");
  return value;
}

}  // namespace

std::string write_offer(const sim::Described& source, const ortc::DtlsParameters& bot) {
  const ortc::RtpParameters& rtp = source.parameters;
  const sim::SourceConfig& config = source.config;
  const std::string ssrc = number(config.ssrc.value());
  const std::string rtx = number(config.rtx_ssrc.value());
  std::string sdp(kHead);
  add(sdp, "a=group:BUNDLE " + config.mid);
  sdp += config.video ? "m=video" : "m=audio";
  sdp += " 9 UDP/TLS/RTP/SAVPF";
  for (const ortc::RtpCodecParameters& codec : rtp.codecs) sdp += " " + number(codec.payload_type.value());
  add(sdp, "");
  add(sdp, "c=IN IP4 0.0.0.0");
  add(sdp, "a=mid:" + config.mid);
  add(sdp, "a=sendonly");
  add_transport(sdp, sim::Client::kUfrag, bot);
  for (const ortc::RtpHeaderExtensionParameters& extension : rtp.header_extensions)
    add(sdp, "a=extmap:" + number(extension.id.value()) + " " + extension.uri);
  for (const ortc::RtpCodecParameters& codec : rtp.codecs) add_codec(sdp, codec);
  if (config.video) add(sdp, "a=ssrc-group:FID " + ssrc + " " + rtx);
  add(sdp, "a=ssrc:" + ssrc + " cname:bot");
  if (config.video) add(sdp, "a=ssrc:" + rtx + " cname:bot");
  return sdp;
}

std::string write_answer(std::string_view offer, const ortc::DtlsParameters& bot) {
  std::string sdp(kHead);
  for (const std::string_view line : lines_of(offer))
    if (std::ranges::any_of(kRepeated, [&](std::string_view start) { return line.starts_with(start); })) add(sdp, line);
  add(sdp, "a=recvonly");
  add_transport(sdp, transport::testing::kUfrag, bot);
  return sdp;
}

sfu::TransportOffer read_transport(std::string_view sdp) {
  const auto text = [&](std::string_view start) { return std::string(words_behind(sdp, start).front()); };
  const auto print = words_behind(sdp, "a=fingerprint:", 2);
  const auto candidate = words_behind(sdp, "a=candidate:", 6);
  sfu::TransportOffer offer{
      .id = {},
      .ice_parameters = {text("a=ice-ufrag:"), text("a=ice-pwd:"), true},
      .ice_candidates = {},
      .dtls_parameters = {ortc::DtlsRole::kAuto, {{std::string(print[0]), std::string(print[1])}}}};
  ortc::IceCandidate& reached = offer.ice_candidates.emplace_back();
  reached.ip = reached.address = candidate[4];
  reached.port = parse<std::uint16_t>(candidate[5]);
  return offer;
}

Ssrc read_ssrc(std::string_view offer) {
  return Ssrc(parse<std::uint32_t>(words_behind(offer, "a=ssrc:").front()));
}

wire::ExtensionIds read_extension_ids(std::string_view offer) {
  wire::ExtensionIds ids;
  for (const Words& words : all_behind(offer, "a=extmap:"))
    if (const auto kind = words.size() == 2 ? ortc::extension_of(words[1]) : std::nullopt)
      ids.set(ExtensionId(parse<std::uint8_t>(words[0])), *kind);
  return ids;
}

}  // namespace consomme::bench
