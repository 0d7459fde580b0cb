#include "sfu/wire/extension_values.h"

#include "sfu/wire/dependency_descriptor.h"

namespace consomme::wire {
namespace {

using Bytes = std::vector<std::uint8_t>;

// A value in the bytes of its specification, both ways.
template <class Value, class Parse, class Write>
void expect_bytes(const Value& value, const Bytes& bytes, Parse parse, Write write) {
  EXPECT_EQ(parse(bytes), value);
  const auto written = write(value);
  EXPECT_EQ(Bytes(written.begin(), written.end()), bytes);
}

TEST(ExtensionValues, HaveTheBytesOfTheirSpecifications) {
  expect_bytes(std::string_view("r0"), {0x72, 0x30}, parse_stream_name, write_stream_name);
  // 6 bits of seconds and 18 of fractions: 1.5 s, 63.25 s.
  expect_bytes(abs_send_time(Instant(1500ms)), {0x06, 0x00, 0x00}, parse_abs_send_time, write_abs_send_time);
  expect_bytes(abs_send_time(Instant(63'250ms)), {0xfd, 0x00, 0x00}, parse_abs_send_time, write_abs_send_time);
  expect_bytes(SeqNo(0x1234), {0x12, 0x34}, parse_transport_seq, write_transport_seq);
  // V and seven bits of level.
  expect_bytes(AudioLevel{.voice = true, .minus_dbov = 10}, {0x8a}, parse_audio_level, write_audio_level);
  expect_bytes(AudioLevel{.voice = false, .minus_dbov = 127}, {0x7f}, parse_audio_level, write_audio_level);
  // 0 0 0 0 C F R1 R0.
  expect_bytes(VideoOrientation{.back_camera = true, .flipped = false, .clockwise_degrees = 270}, {0x0b},
               parse_video_orientation, write_video_orientation);
  expect_bytes(VideoOrientation{.back_camera = false, .flipped = true, .clockwise_degrees = 90}, {0x05},
               parse_video_orientation, write_video_orientation);
  // Twelve bits each, of 10 ms: 100 ms and 0x123 of them; none and the most.
  expect_bytes(PlayoutDelay{.min = 100ms, .max = 2910ms}, {0x00, 0xa1, 0x23}, parse_playout_delay, write_playout_delay);
  expect_bytes(PlayoutDelay{.min = 0ms, .max = 40'950ms}, {0x00, 0x0f, 0xff}, parse_playout_delay, write_playout_delay);
}

TEST(StreamName, EndsAtItsZeroPadding) {
  EXPECT_EQ(parse_stream_name(Bytes{'r', '0', 0, 0}), "r0");
  EXPECT_EQ(parse_stream_name(write_stream_name("probator")), "probator");
  EXPECT_FALSE(parse_stream_name(Bytes{0, 'x'}));
  EXPECT_FALSE(parse_stream_name({}));
}

TEST(AbsSendTime, CountsEighteenFractionalBitsAndWrapsAt64Seconds) {
  EXPECT_EQ(abs_send_time(Instant(1s)).value(), 1U << 18);
  EXPECT_EQ(abs_send_time(Instant(500ms)).value(), 1U << 17);
  EXPECT_EQ(abs_send_time(Instant(64s * 1000 + 1s)), abs_send_time(Instant(1s)));
}

TEST(AbsSendTime, DistanceCrossesTheWrap) {
  const AbsSendTime before = abs_send_time(Instant(63'750ms));
  const AbsSendTime after = abs_send_time(Instant(64'250ms));
  EXPECT_EQ(distance(before, after), Duration(500ms));
  EXPECT_EQ(distance(after, before), Duration(-500ms));
}

TEST(AbsSendTime, GoesThroughItsThreeBytes) {
  const AbsSendTime time = abs_send_time(Instant(12'345ms));
  EXPECT_EQ(parse_abs_send_time(write_abs_send_time(time)), time);
  EXPECT_FALSE(parse_abs_send_time(Bytes(2)));
  EXPECT_FALSE(parse_abs_send_time(Bytes(4)));
}

TEST(TransportSeq, ReadsBothVersions) {
  EXPECT_EQ(parse_transport_seq(write_transport_seq(SeqNo(0xabcd))), SeqNo(0xabcd));
  EXPECT_EQ(parse_transport_seq(Bytes{1, 2, 3, 4}), SeqNo(0x0102));
  EXPECT_FALSE(parse_transport_seq(Bytes(3)));
}

TEST(AudioLevel, GoesThroughEveryByte) {
  for (int b = 0; b < 256; ++b) {
    const Bytes value = {static_cast<std::uint8_t>(b)};
    const auto level = parse_audio_level(value);
    ASSERT_TRUE(level);
    EXPECT_EQ(level->voice, b >= 128);
    EXPECT_EQ(level->minus_dbov, b % 128);
    EXPECT_EQ(write_audio_level(*level)[0], b);
  }
  EXPECT_FALSE(parse_audio_level({}));
}

TEST(VideoOrientation, GoesThroughItsFourBits) {
  for (int b = 0; b < 16; ++b) {
    const auto orientation = parse_video_orientation(Bytes{static_cast<std::uint8_t>(b)});
    ASSERT_TRUE(orientation);
    EXPECT_EQ(orientation->clockwise_degrees, b % 4 * 90);
    EXPECT_EQ(write_video_orientation(*orientation)[0], b);
  }
}

TEST(PlayoutDelay, CountsInTensOfMilliseconds) {
  const PlayoutDelay delay{.min = 100ms, .max = 40'950ms};
  EXPECT_EQ(parse_playout_delay(write_playout_delay(delay)), delay);
  EXPECT_EQ(parse_playout_delay(write_playout_delay({.min = -1s, .max = 99s})), (PlayoutDelay{0ms, 40'950ms}));
  EXPECT_FALSE(parse_playout_delay(Bytes(2)));
}

TEST(DependencyDescriptor, ReadsItsMandatoryBytes) {
  const auto head = parse_dependency_descriptor_head(Bytes{0xc5, 0x12, 0x34});
  ASSERT_TRUE(head);
  EXPECT_TRUE(head->starts_frame);
  EXPECT_TRUE(head->ends_frame);
  EXPECT_EQ(head->template_id, 5);
  EXPECT_EQ(head->frame_number, 0x1234);
  EXPECT_FALSE(head->has_structure);
  EXPECT_TRUE(parse_dependency_descriptor_head(Bytes{0x80, 0, 1, 0x80})->has_structure);
  EXPECT_FALSE(parse_dependency_descriptor_head(Bytes{0x80, 0, 1, 0x7f})->has_structure);
  EXPECT_FALSE(parse_dependency_descriptor_head(Bytes{0x80, 0}));
}

}  // namespace
}  // namespace consomme::wire
