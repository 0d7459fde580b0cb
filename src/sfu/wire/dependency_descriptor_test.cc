#include "sfu/wire/dependency_descriptor.h"

#include "sfu/wire/bits.h"

namespace consomme::wire {
namespace {

using Bytes = std::vector<std::uint8_t>;
using ::testing::ElementsAre;

// The examples of the specification (A.6.1, A.6.2, A.6.3), a row as its tables have it: layer, references, chains, and
// the indications by their letters.
struct Row {
  int spatial;
  int temporal;
  std::vector<int> references;
  std::vector<int> chains;
  std::string_view targets;
};
struct Example {
  int first_template_id;
  std::vector<Row> rows;
  std::vector<int> protected_by;
  std::vector<RenderResolution> resolutions;
};

const Example kL1T3{1,
                    {{0, 0, {}, {0}, "SSS"},
                     {0, 0, {4}, {4}, "SSS"},
                     {0, 1, {2}, {2}, "SD-"},
                     {0, 2, {1}, {1}, "D--"},
                     {0, 2, {1}, {3}, "D--"}},
                    {0, 0, 0},
                    {}};
const Example kL2T1{1,
                    {{0, 0, {}, {0, 0}, "SS"},
                     {0, 0, {2}, {2, 1}, "RS"},
                     {0, 0, {2}, {2, 1}, "SS"},
                     {1, 0, {1}, {1, 1}, "S-"},
                     {1, 0, {2, 1}, {1, 1}, "R-"}},
                    {1, 0},
                    {{320, 180}, {640, 360}}};
const Example kL3T3{60,  // so that ids wrap
                    {{0, 0, {}, {0, 0, 0}, "SSSSSSSSS"},
                     {0, 0, {12}, {12, 11, 10}, "RRRRRRSSS"},
                     {0, 1, {6}, {6, 5, 4}, "RR-RR-SD-"},
                     {0, 2, {3}, {3, 2, 1}, "R--R--D--"},
                     {0, 2, {3}, {9, 8, 7}, "R--R--D--"},
                     {1, 0, {1}, {1, 1, 1}, "SSSSSS---"},
                     {1, 0, {12, 1}, {1, 1, 1}, "RRRSSS---"},
                     {1, 1, {6, 1}, {7, 6, 5}, "RR-SD----"},
                     {1, 2, {3, 1}, {4, 3, 2}, "R--D-----"},
                     {1, 2, {3, 1}, {10, 9, 8}, "R--D-----"},
                     {2, 0, {1}, {2, 1, 1}, "SSS------"},
                     {2, 0, {12, 1}, {2, 1, 1}, "SSS------"},
                     {2, 1, {6, 1}, {8, 7, 6}, "SD-------"},
                     {2, 2, {3, 1}, {5, 4, 3}, "D--------"},
                     {2, 2, {3, 1}, {11, 10, 9}, "D--------"}},
                    {2, 2, 2, 1, 1, 1, 0, 0, 0},
                    {}};

// A descriptor is written here field by field, as A.4.1 lists them.
class Writer {
 public:
  explicit Writer(int template_id, int frame_number = 0x1234) {
    out_.bits(0b11, 2);
    u(template_id, 6);
    u(frame_number, 16);
  }
  void flags(bool structure, bool active, bool targets, bool references, bool chains) {
    for (const bool flag : {structure, active, targets, references, chains}) out_.flag(flag);
  }
  void u(int value, std::size_t bits) { out_.bits(static_cast<std::uint32_t>(value), bits); }
  void ns(int value, int n) {
    const auto width = static_cast<int>(std::bit_width(static_cast<unsigned>(n)));
    const int shorter = (1 << width) - n;
    if (value < shorter)
      u(value, static_cast<std::size_t>(width - 1));
    else
      u(value + shorter, static_cast<std::size_t>(width));
  }
  void structure(const Example& e) {
    u(e.first_template_id, 6);
    u(static_cast<int>(e.protected_by.size()) - 1, 5);
    for (std::size_t i = 0; i + 1 < e.rows.size(); ++i)
      u(e.rows[i + 1].spatial != e.rows[i].spatial ? 2 : e.rows[i + 1].temporal - e.rows[i].temporal, 2);
    u(3, 2);
    for (const Row& row : e.rows)
      for (const char letter : row.targets) u(static_cast<int>(std::string_view("-DSR").find(letter)), 2);
    for (const Row& row : e.rows) {
      for (const int reference : row.references) u(0x10 | (reference - 1), 5);
      u(0, 1);
    }
    const auto chains = static_cast<int>(e.rows[0].chains.size());
    ns(chains, static_cast<int>(e.protected_by.size()) + 1);
    for (const int chain : e.protected_by) ns(chain, chains);
    for (const Row& row : e.rows)
      for (const int chain : row.chains) u(chain, 4);
    u(e.resolutions.empty() ? 0 : 1, 1);
    for (const RenderResolution& r : e.resolutions) {
      u(static_cast<int>(r.width) - 1, 16);
      u(static_cast<int>(r.height) - 1, 16);
    }
  }
  Bytes bytes() const { return {bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(out_.size())}; }

 private:
  std::array<std::uint8_t, 255> bytes_{};
  BitWriter out_{bytes_};
};

Bytes attaching(const Example& e) {
  Writer writer(e.first_template_id);
  writer.flags(true, false, false, false, false);
  writer.structure(e);
  return writer.bytes();
}

std::string letters(DecodeTargetIndications targets, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "-DSR"[(targets.high >> i & 1) * 2 + (targets.low >> i & 1)];
  return text;
}

TEST(DependencyStructure, ReadsTheExamplesOfTheSpecification) {
  for (const Example& e : {kL1T3, kL2T1, kL3T3}) {
    const auto s = parse_dependency_structure(attaching(e));
    ASSERT_TRUE(s);
    ASSERT_EQ(s->template_count, e.rows.size());
    ASSERT_EQ(s->decode_targets, e.protected_by.size());
    EXPECT_EQ(s->chain_count, e.rows[0].chains.size());
    EXPECT_EQ(s->spatial_layers, e.rows.back().spatial + 1);
    for (std::size_t i = 0; i < e.protected_by.size(); ++i) EXPECT_EQ(s->protected_by[i], e.protected_by[i]);
    for (std::size_t i = 0; i < e.rows.size(); ++i) {
      const FrameDependencies& row = s->templates[i];
      EXPECT_EQ(row.spatial, e.rows[i].spatial);
      EXPECT_EQ(row.temporal, e.rows[i].temporal);
      EXPECT_EQ(letters(row.targets, s->decode_targets), e.rows[i].targets);
      EXPECT_EQ(std::vector<int>(row.references.begin(), row.references.begin() + row.reference_count),
                e.rows[i].references);
      for (std::size_t c = 0; c < s->chain_count; ++c) EXPECT_EQ(row.chains[c], e.rows[i].chains[c]);
    }
    EXPECT_EQ(s->has_resolutions, !e.resolutions.empty());
    for (std::size_t i = 0; i < e.resolutions.size(); ++i) EXPECT_EQ(s->resolutions[i], e.resolutions[i]);
  }
}

// Of the first packet of a key frame of Chromium 156, L3T3_KEY of 960x540. That its chains count three layers a picture
// and four pictures a round shows that they are read from the right place.
constexpr std::uint8_t kFromChromium[] = {
    0x80, 0x02, 0xf2, 0x80, 0x08, 0x14, 0x85, 0x21, 0x4e, 0xaa, 0xaa, 0xa8, 0x00, 0x06, 0x00, 0x00, 0x40, 0x00,
    0x10, 0x00, 0x02, 0xaa, 0x80, 0xa8, 0x00, 0x06, 0x00, 0x00, 0x40, 0x00, 0x10, 0x00, 0x02, 0xa0, 0x00, 0xa8,
    0x00, 0x06, 0x00, 0x00, 0x40, 0x00, 0x16, 0xd5, 0x49, 0x24, 0x1b, 0x55, 0x24, 0x90, 0x6d, 0x54, 0x92, 0x31,
    0x57, 0xe0, 0x01, 0x97, 0x4c, 0xa8, 0x64, 0x33, 0x0e, 0x22, 0x23, 0x96, 0xec, 0xa8, 0x65, 0x53, 0x04, 0x22,
    0x43, 0x90, 0xec, 0xa8, 0x77, 0x53, 0x00, 0xef, 0x00, 0x86, 0x01, 0xdf, 0x01, 0x0d, 0x03, 0xbf, 0x02, 0x1b};

TEST(DependencyStructure, IsReadAsBrowsersWriteIt) {
  const auto s = parse_dependency_structure(kFromChromium);
  ASSERT_TRUE(s);
  EXPECT_EQ(s->decode_targets, 9);
  EXPECT_EQ(s->chain_count, 3);
  for (std::size_t target = 0; target < 9; ++target) EXPECT_EQ(s->protected_by[target], target / 3);
  using Chains = std::array<std::uint8_t, 3>;
  constexpr Chains kChains[] = {{0, 0, 0}, {12, 11, 10}, {6, 5, 4}, {3, 2, 1}, {9, 8, 7},
                                {1, 1, 1}, {1, 12, 11},  {7, 6, 5}, {4, 3, 2}, {10, 9, 8},
                                {2, 1, 1}, {2, 1, 12},   {8, 7, 6}, {5, 4, 3}, {11, 10, 9}};
  ASSERT_EQ(s->template_count, std::size(kChains));
  for (std::size_t i = 0; i < std::size(kChains); ++i)
    EXPECT_TRUE(std::ranges::equal(kChains[i], std::span(s->templates[i].chains).first(3))) << i;
  ASSERT_TRUE(s->has_resolutions);
  EXPECT_EQ(s->resolutions[0], (RenderResolution{240, 135}));
  EXPECT_EQ(s->resolutions[1], (RenderResolution{480, 270}));
  EXPECT_EQ(s->resolutions[2], (RenderResolution{960, 540}));
}

TEST(DependencyStructure, IsRefusedWhenCutShort) {
  const Bytes whole = attaching(kL3T3);
  for (std::size_t n = 0; n + 1 < whole.size(); ++n) EXPECT_FALSE(parse_dependency_structure(ByteView(whole).first(n)));
}

TEST(DependencyStructure, IsRefusedBeyondTheBounds) {
  Writer many(0);
  many.flags(true, false, false, false, false);
  many.u(0, 6);
  many.u(31, 5);  // 32 decode targets
  for (int i = 0; i < 40; ++i) many.u(3, 2);
  EXPECT_FALSE(parse_dependency_structure(many.bytes()));

  Writer deep(0);
  deep.flags(true, false, false, false, false);
  deep.u(0, 6);
  deep.u(0, 5);
  for (int i = 0; i < 4; ++i) deep.u(2, 2);  // a fifth spatial layer
  for (int i = 0; i < 40; ++i) deep.u(3, 2);
  EXPECT_FALSE(parse_dependency_structure(deep.bytes()));
}

TEST(DependencyDescriptor, OfThreeBytesIsItsTemplate) {
  const auto s = parse_dependency_structure(attaching(kL3T3));
  ASSERT_TRUE(s);
  const auto d = parse_dependency_descriptor(Writer((60 + 8) % 64, 0x4321).bytes(), *s);  // S1 T2... by its ninth row
  ASSERT_TRUE(d);
  EXPECT_EQ(d->frame, s->templates[8]);
  EXPECT_EQ(d->frame_number, 0x4321);
  EXPECT_TRUE(d->starts_frame && d->ends_frame);
  EXPECT_FALSE(d->active_targets);
  EXPECT_FALSE(parse_dependency_descriptor(Writer(20).bytes(), *s)) << "of no template";
  EXPECT_FALSE(parse_dependency_descriptor(Bytes{0xc0, 0}, *s));
}

TEST(DependencyDescriptor, MayOverrideWhatItsTemplateSays) {
  const auto s = parse_dependency_structure(attaching(kL1T3));
  ASSERT_TRUE(s);
  Writer writer(2);
  writer.flags(false, true, true, true, true);
  writer.u(0b110, 3);
  for (const int dti : {3, 2, 1}) writer.u(dti, 2);
  writer.u(1, 2);
  writer.u(6, 4);
  writer.u(3, 2);
  writer.u(4095, 12);
  writer.u(0, 2);
  writer.u(200, 8);
  const auto d = parse_dependency_descriptor(writer.bytes(), *s);
  ASSERT_TRUE(d);
  EXPECT_EQ(d->active_targets, std::optional(0b110U));
  EXPECT_EQ(letters(d->frame.targets, 3), "RSD");
  EXPECT_EQ(d->frame.reference_count, 2);
  EXPECT_EQ(d->frame.references[0], 7);
  EXPECT_EQ(d->frame.references[1], 4096);
  EXPECT_EQ(d->frame.chains[0], 200);
}

TEST(DependencyDescriptor, IsRefusedWithMoreReferencesThanThereAreFramesToReferTo) {
  const auto s = parse_dependency_structure(attaching(kL1T3));
  Writer writer(2);
  writer.flags(false, false, false, true, false);
  for (std::size_t i = 0; i <= kMaxReferences; ++i) writer.u(1 << 4 | 3, 6);
  writer.u(0, 2);
  EXPECT_FALSE(parse_dependency_descriptor(writer.bytes(), *s));
}

// What comes out is read again: the same frame, with the mask that was asked for.
TEST(ActiveTargets, AreWrittenIntoWhateverDescriptor) {
  const auto s = parse_dependency_structure(attaching(kL3T3));
  ASSERT_TRUE(s);
  std::vector<Bytes> all{Writer(61).bytes(), attaching(kL3T3)};
  for (const bool active : {false, true}) {
    Writer custom(62);
    custom.flags(false, active, false, true, true);
    if (active) custom.u(0x1ff, 9);
    custom.u(1 << 4 | 3, 6);
    custom.u(0, 2);
    for (const int chain : {250, 1, 2}) custom.u(chain, 8);
    all.push_back(custom.bytes());
  }
  for (const Bytes& before : all) {
    std::array<std::uint8_t, 255> out{};
    const std::size_t size = write_active_targets(out, before, s->decode_targets, 0b1'1100'0000);
    ASSERT_NE(size, 0U);
    EXPECT_LE(size, before.size() + 3);
    const ByteView after = ByteView(out).first(size);
    const auto d = parse_dependency_descriptor(after, *s);
    ASSERT_TRUE(d);
    EXPECT_EQ(d->active_targets, std::optional(0b1'1100'0000U));
    EXPECT_EQ(d->frame, parse_dependency_descriptor(before, *s)->frame);
    EXPECT_EQ(parse_dependency_structure(after).has_value(), parse_dependency_structure(before).has_value());
    for (std::size_t room = 0; room < size; ++room)
      EXPECT_EQ(write_active_targets(ByteSpan(out).first(room), before, s->decode_targets, 1), 0U);
  }
}

// Laid out by hand after A.4.1: start and end, template 5, frame 0x1234; then a mask (0 1 0 0 0) of targets 2 and 0.
TEST(ActiveTargets, AreWrittenBehindTheFlags) {
  std::array<std::uint8_t, 8> out{};
  ASSERT_EQ(write_active_targets(out, Bytes{0xc5, 0x12, 0x34}, 3, 0b101), 4U);
  EXPECT_EQ(Bytes(out.begin(), out.begin() + 4), (Bytes{0xc5, 0x12, 0x34, 0b0100'0101}));
  // In the place of the mask 011 that was there; what follows (frame_dtis: 2 0 1) stays.
  ASSERT_EQ(write_active_targets(out, Bytes{0xc5, 0x12, 0x34, 0b0110'0011, 0b1000'0100}, 3, 0b101), 5U);
  EXPECT_EQ(Bytes(out.begin(), out.begin() + 5), (Bytes{0xc5, 0x12, 0x34, 0b0110'0101, 0b1000'0100}));
}

TEST(FrameNumber, IsWrittenBehindTheTemplate) {
  Bytes descriptor{0xc5, 0x12, 0x34, 0x45};
  write_frame_number(descriptor, 0xabcd);
  EXPECT_EQ(descriptor, (Bytes{0xc5, 0xab, 0xcd, 0x45}));
}

TEST(ActiveTargets, TouchWhatIsCutShortNot) {
  std::array<std::uint8_t, 255> out{};
  EXPECT_EQ(write_active_targets(out, Bytes{0xc0, 0}, 3, 1), 0U);
  const Bytes whole = attaching(kL3T3);
  EXPECT_EQ(write_active_targets(out, ByteView(whole).first(20), 9, 1), 0U);
}

TEST(Bits, AreReadAsTheyWereWritten) {
  std::array<std::uint8_t, 8> bytes{};
  BitWriter writer(bytes);
  writer.bits(5, 3);
  writer.bits(0xdeadbeef, 32);
  writer.flag(true);
  EXPECT_EQ(writer.size(), 5U);
  BitReader reader(bytes);
  EXPECT_EQ(reader.bits(3), 5U);
  EXPECT_EQ(reader.bits(32), 0xdeadbeefU);
  EXPECT_TRUE(reader.flag());
  EXPECT_EQ(reader.bits(29), 0U) << "runs short by one";
  EXPECT_FALSE(reader.ok());
}

TEST(Bits, OfUnevenRangesAreShorterAtTheLowEnd) {
  const Bytes bytes{0b00'01'10'11, 0b0'111'0000};  // of five values: 0, 1, 2 in two bits, 3 and 4 in three
  BitReader reader(bytes);
  for (const std::uint32_t expected : {0U, 1U, 2U, 3U, 4U}) EXPECT_EQ(reader.non_symmetric(5), expected);
  EXPECT_EQ(reader.offset(), 12U);
}

}  // namespace
}  // namespace consomme::wire
