// A microphone as a server hears it: packets of sound that say how loud they are (RFC 6464), sent by the hand of the
// test. Published with its own making.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/check.h"
#include "sfu/wire/extension_values.h"
#include "sfu/wire/payload/red.h"
#include "sfu/wire/rtp.h"
#include "tests/sim/describe.h"
#include "tests/sim/world.h"

namespace consomme::sim {

class Microphone {
 public:
  static constexpr Duration kPacket = 20ms;

  // Its member sends redundant audio if it takes that.
  Microphone(World& world, Member& member, std::uint32_t ssrc, std::string_view mime_type = "audio/opus")
      : member_(&member), ssrc_(ssrc) {
    const ortc::RtpCapabilities understood = member.client->rtp_capabilities(world.control().rtp_capabilities());
    Described described = describe_source(understood, mime_type, ssrc_, "m" + std::to_string(ssrc));
    payload_type_ = described.config.payload_type;
    if (std::ranges::any_of(understood.codecs, ortc::is_red, &ortc::RtpCodecCapability::mime_type)) {
      described.parameters.codecs.push_back(codec_of(understood, "audio/red"));
      red_ = described.parameters.codecs.back().payload_type;
    }
    described.parameters.header_extensions.push_back(extension(HeaderExtension::kAudioLevel));
    level_id_ = described.parameters.header_extensions.back().id;
    const auto produced =
        world.control().produce({member.transport, ortc::MediaKind::kAudio, described.parameters, false});
    check(produced.has_value(), "the microphone is accepted");
    producer_ = produced->id;
    world.carry_out();
  }

  ProducerId producer() const { return producer_; }
  Ssrc ssrc() const { return ssrc_; }

  // Time passes in which nothing is sent (DTX, RFC 7587 §3.1.3).
  void rest(Duration span) { timestamp_ += static_cast<std::uint32_t>(span / 1us * 48 / 1000); }
  // One packet now; without payload it is padding.
  void send(std::uint8_t minus_dbov, std::size_t payload_bytes = 40) {
    std::vector<std::uint8_t> bytes(200);
    wire::ExtensionWriter extensions(ByteSpan(bytes).subspan(wire::kRtpFixedHeaderBytes));
    const auto level = wire::write_audio_level({.voice = true, .minus_dbov = minus_dbov});
    extensions.add(level_id_, level);
    const std::size_t header = wire::kRtpFixedHeaderBytes + extensions.finish();
    const bool says_again = red_ && before_bytes_ != 0;
    const std::size_t redundancy = says_again ? wire::kRedHeadBytes + before_bytes_ : 0;
    ByteWriter writer(bytes);
    wire::write_rtp_header(writer, {.payload_type = says_again ? *red_ : payload_type_,
                                    .has_extension = true,
                                    .seq = truncate(next_),
                                    .timestamp = RtpTimestamp(timestamp_ += 960),
                                    .ssrc = ssrc_});
    bytes.resize(header + redundancy + payload_bytes);
    if (says_again) wire::write_red_head(ByteSpan(bytes).subspan(header), payload_type_, {960, before_bytes_});
    before_bytes_ = payload_bytes;
    member_->client->send({bytes, header, next_});
    next_ = next_ + 1;
  }

 private:
  Member* member_;
  Ssrc ssrc_;
  PayloadType payload_type_;
  std::optional<PayloadType> red_{};
  std::size_t before_bytes_ = 0;
  ExtensionId level_id_;
  ProducerId producer_;
  ExtSeqNo next_{1000};
  std::uint32_t timestamp_ = 0;
};

}  // namespace consomme::sim
