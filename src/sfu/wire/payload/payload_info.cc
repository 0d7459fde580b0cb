#include "sfu/wire/payload/payload_info.h"

#include <array>

#include "sfu/wire/payload/av1.h"
#include "sfu/wire/payload/h264.h"
#include "sfu/wire/payload/opus.h"
#include "sfu/wire/payload/vp8.h"
#include "sfu/wire/payload/vp9.h"

namespace consomme::wire {
namespace {

constexpr PayloadInfo kAudio{.starts_frame = true, .key_frame = true};

std::optional<PayloadInfo> inspect_audio(ByteView /*payload*/) {
  return kAudio;
}

std::optional<PayloadInfo> inspect_opus(ByteView payload) {
  if (!parse_opus(payload)) return std::nullopt;
  return kAudio;
}

std::optional<PayloadInfo> inspect_vp8(ByteView payload) {
  const auto d = parse_vp8(payload);
  if (!d) return std::nullopt;
  return PayloadInfo{.starts_frame = d->starts_frame(),
                     .key_frame = d->key_frame,
                     .layer_sync = d->layer_sync,
                     .temporal_layer = d->temporal_layer,
                     .numbers = {.head_bytes = d->size,
                                 .picture_id_offset = d->picture_id_offset,
                                 .tl0_offset = d->tl0_offset,
                                 .tl0_index = d->tl0_picture_index.value_or(0),
                                 .picture_id = d->picture_id.value_or(0)}};
}

// References and a structure, which come behind them, may be long.
std::uint8_t head_of_numbers(const Vp9Descriptor& d) {
  if (d.tl0_offset != 0) return static_cast<std::uint8_t>(d.tl0_offset + 1);
  if (d.picture_id_offset == 0) return 0;
  return static_cast<std::uint8_t>(d.picture_id_offset + (d.picture_id_is_long ? 2 : 1));
}

std::optional<PayloadInfo> inspect_vp9(ByteView payload) {
  const auto d = parse_vp9(payload);
  if (!d) return std::nullopt;
  return PayloadInfo{.starts_frame = d->starts_frame,
                     .key_frame = d->key_frame(),
                     .layer_sync = d->switching_up_point,
                     .ends_frame = d->ends_frame,
                     .inter_predicted = d->inter_predicted,
                     .not_for_upper_layers = d->not_for_upper_layers,
                     .spatial_layers = static_cast<std::uint8_t>(d->spatial_layers & 0x0f),
                     .temporal_layer = d->temporal_layer,
                     .spatial_layer = d->spatial_layer,
                     .numbers = {.head_bytes = head_of_numbers(*d),
                                 .picture_id_offset = d->picture_id_offset,
                                 .tl0_offset = d->tl0_offset,
                                 .tl0_index = d->tl0_picture_index.value_or(0),
                                 .picture_id = d->picture_id.value_or(0)}};
}

std::optional<PayloadInfo> inspect_h264(ByteView payload) {
  const auto h264 = parse_h264(payload);
  if (!h264) return std::nullopt;
  PayloadInfo info{.starts_frame = h264->starts_frame,
                   .key_frame = h264->key_frame,
                   .parameters_precede = h264->key_frame && !h264->has_parameters};
  if (h264->disposable) info.temporal_layer = std::uint8_t{1};
  return info;
}

std::optional<PayloadInfo> inspect_av1(ByteView payload) {
  const auto av1 = parse_av1(payload);
  if (!av1) return std::nullopt;
  return PayloadInfo{.starts_frame = av1->starts_frame,
                     .key_frame = av1->key_frame(),
                     .temporal_layer = av1->temporal_layer,
                     .spatial_layer = av1->spatial_layer};
}

// A retransmission is looked at after its original is restored (RFC 4588 §4), and redundant audio by its last block.
std::optional<PayloadInfo> inspect_nothing(ByteView /*payload*/) {
  return PayloadInfo{};
}

using Inspect = std::optional<PayloadInfo> (*)(ByteView);
struct Row {
  Codec codec;
  Inspect inspect;
};
constexpr std::array<Row, static_cast<std::size_t>(Codec::kCount)> kInspectors = {{
    {Codec::kOpus, inspect_opus},
    {Codec::kMultiopus, inspect_opus},
    {Codec::kPcmu, inspect_audio},
    {Codec::kPcma, inspect_audio},
    {Codec::kG722, inspect_audio},
    {Codec::kTelephoneEvent, inspect_audio},
    {Codec::kComfortNoise, inspect_audio},
    {Codec::kVp8, inspect_vp8},
    {Codec::kVp9, inspect_vp9},
    {Codec::kH264, inspect_h264},
    {Codec::kAv1, inspect_av1},
    {Codec::kRtx, inspect_nothing},
    {Codec::kRed, inspect_nothing},
}};

constexpr bool every_codec_has_its_row() {
  for (std::size_t i = 0; i < kInspectors.size(); ++i)
    if (kInspectors[i].codec != static_cast<Codec>(i)) return false;
  return true;
}
static_assert(every_codec_has_its_row());

}  // namespace

std::optional<PayloadInfo> inspect_payload(Codec codec, ByteView payload) {
  return codec < Codec::kCount ? kInspectors[static_cast<std::size_t>(codec)].inspect(payload) : std::nullopt;
}

}  // namespace consomme::wire
