#include "socketio/text.h"

namespace consomme::socketio {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(Base64, RoundTripsEveryLength) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    std::string text;
    append_base64(text, bytes);
    EXPECT_EQ(text.size(), (bytes.size() + 2) / 3 * 4);
    EXPECT_EQ(decode_base64(text), bytes);
    bytes.push_back(static_cast<char>(i * 7));
  }
}

TEST(Base64, RefusesWhatIsNone) {
  for (const char* text : {"A", "AB", "AB=", "A===", "====", "AB=C", "AB==CDEF", "A B=", "AB-_", "AB\n="})
    EXPECT_EQ(decode_base64(text), std::nullopt) << text;
}

TEST(Utf8, KnowsTheFormsOfRfc3629) {
  for (const char* text : {"", "a", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                           "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(is_utf8(text));
  for (const char* text : {"\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe2\x82",
                           "\xe2\x82"
                           "a",
                           "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"})
    EXPECT_FALSE(is_utf8(text));
}

TEST(Utf8, IsKnownWhereverInLongAsciiItStands) {
  for (std::size_t at = 0; at <= 80; ++at) {
    const auto with = [&](std::string_view what) { return std::string(80, 'a').insert(at, what); };
    EXPECT_TRUE(is_utf8(with("ä"))) << at;
    EXPECT_TRUE(is_utf8(with("😀"))) << at;
    EXPECT_FALSE(is_utf8(with("\xff"))) << at;
    EXPECT_FALSE(is_utf8(with("\xc3"))) << at;
  }
}

TEST(Utf8, IsMadeValidByteByByte) {
  EXPECT_EQ(valid_utf8("ä€😀"), "ä€😀");
  EXPECT_EQ(valid_utf8("a\xff\xfe"
                       "b"),
            "a\uFFFD\uFFFDb");
  EXPECT_EQ(valid_utf8("\xe2\x82"), "\uFFFD\uFFFD");
  EXPECT_EQ(valid_utf8("\xed\xa0\x80ü"), "\uFFFD\uFFFD\uFFFDü");
}

TEST(Query, IsAlwaysValidUtf8) {
  EXPECT_THAT(parse_query("na%ffme=%C3&x=%ed%a0%80"),
              ElementsAre(Pair("na\uFFFDme", "\uFFFD"), Pair("x", "\uFFFD\uFFFD\uFFFD")));
}

TEST(Query, DecodesInAnyOrderAndToleratesEmptyParts) {
  EXPECT_THAT(parse_query("&a=1&&b=%C3%A4+x&c&=d&e=%zz%4"),
              ElementsAre(Pair("a", "1"), Pair("b", "ä x"), Pair("c", ""), Pair("", "d"), Pair("e", "%zz%4")));
}

TEST(Tokens, AreFoundInListsOfAnyCase) {
  EXPECT_TRUE(has_token("keep-alive, Upgrade", "upgrade"));
  EXPECT_TRUE(has_token("\tupgrade ,x", "Upgrade"));
  EXPECT_FALSE(has_token("upgraded, up grade", "upgrade"));
  EXPECT_FALSE(has_token("", "upgrade"));
}

TEST(Tokens, ComeFirstInAListOrNot) {
  EXPECT_EQ(first_token(" a-1\t, b"), "a-1");
  EXPECT_EQ(first_token("a;b, c"), "");
  EXPECT_EQ(first_token(""), "");
}

}  // namespace
}  // namespace consomme::socketio
