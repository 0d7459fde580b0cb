#include "socketio/json.h"

#include <boost/json/serialize.hpp>

#include "socketio/server.h"

namespace consomme::socketio {
namespace {

std::string rewritten(std::string_view text) {
  const auto value = parse_json(text);
  if (!value) return "refused";
  return json_text(*value);
}

TEST(Json, ComesBackCompactAndExact) {
  EXPECT_EQ(rewritten(R"( [ 1 , -2 , 0.1 , 1e21 , "Ü€😀" , { "a" : null , "" : true } ] )"),
            R"([1,-2,0.1,1e+21,"Ü€😀",{"a":null,"":true}])");
  EXPECT_EQ(rewritten("9007199254740991"), "9007199254740991");
  EXPECT_EQ(rewritten("18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(rewritten("5e-324"), "5e-324");
  EXPECT_EQ(rewritten("1.7976931348623157e308"), "1.7976931348623157e+308");
  EXPECT_EQ(rewritten("-0"), "-0");
  EXPECT_EQ(rewritten(R"("\u0000\u001f\"\\\/\ud83d\ude00")"), R"("\u0000\u001f\"\\/😀")");
}

TEST(Json, TakesEveryDigitOfADouble) {
  for (const char* text :
       {"123456789.12345679", "0.30000000000000004", "2.2250738585072014e-308", "9007199254740993e3"})
    EXPECT_EQ(parse_json(text)->get_double(), std::stod(text)) << text;
}

TEST(Json, RefusesWhatRfc8259Refuses) {
  for (const char* text :
       {"",     "[1,]", "{\"a\":1,}", "[1 2]",    "// c\n1", "/*c*/1",   "'a'",         "01",           "+1",
        "1.",   ".5",   "NaN",        "Infinity", "-",       "\"\x01\"", "\"\\ud800\"", "\"\\udc00x\"", "\"\xff\"",
        "[1]x", "[",    "tru",        "1e400",    "-1e400"})
    EXPECT_EQ(parse_json(text), std::nullopt) << text;
}

TEST(Json, IsBoundedInDepth) {
  const auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  EXPECT_TRUE(parse_json(nested(100)));
  EXPECT_FALSE(parse_json(nested(kMaxJsonDepth + 1)));
  EXPECT_FALSE(parse_json(std::string(100'000, '[')));
}

TEST(MendedJson, IsTheTextItselfWhereNothingIsWrong) {
  for (const char* text :
       {"", "[1,{\"a\":\"[{\\\"}\"},-2.5e3, null]", R"("\ud83d\ude00\\ud800\n")", "]]", "\"open", "\"\\"})
    EXPECT_EQ(mend_json(text), text);
}

TEST(MendedJson, HasNullForWhatIsTooDeep) {
  const std::string open(kMaxJsonDepth, '['), close(kMaxJsonDepth, ']');
  EXPECT_EQ(mend_json(open + R"([{"]":"]"}],1)" + close + "x"), open + "null,1" + close + "x");
  EXPECT_TRUE(parse_json(mend_json(std::string(500'000, '[') + std::string(500'000, ']'))));
  EXPECT_FALSE(parse_json(mend_json(std::string(500'000, '['))));
}

TEST(MendedJson, HasReplacementCharactersForHalfSurrogatePairs) {
  EXPECT_EQ(parse_json(mend_json(R"("\ud800")"))->get_string(), "\uFFFD");
  EXPECT_EQ(parse_json(mend_json(R"("\udc00\uD83D\uDE00\ud83dx\ud83d\ud83d\ude00")"))->get_string(),
            "\uFFFD😀\uFFFDx\uFFFD😀");
  EXPECT_EQ(parse_json(mend_json(R"({"\udfff":1})")), (boost::json::object{{"\uFFFD", 1}}));
  EXPECT_EQ(mend_json(R"("\ud80)"), R"("\ud80)");
}

TEST(Json, WritesWhatIsNotFiniteAsNull) {
  EXPECT_EQ(json_text(std::numeric_limits<double>::infinity()), "null");
}

TEST(Json, MovesBinariesOutInOrderOfAppearance) {
  std::string out;
  std::vector<std::string> attachments;
  append_json(out, boost::json::array{binary("one"), boost::json::object{{"x", binary(std::string("\0\xff", 2))}}},
              attachments);
  EXPECT_EQ(out, R"([{"_placeholder":true,"num":0},{"x":{"_placeholder":true,"num":1}}])");
  EXPECT_THAT(attachments, testing::ElementsAre("one", std::string("\0\xff", 2)));
}

TEST(Binary, CannotBeForgedByText) {
  EXPECT_EQ(as_binary(binary("x")), "x");
  EXPECT_EQ(as_binary(boost::json::value("x")), std::nullopt);
  EXPECT_EQ(as_binary(*parse_json(R"({"\u00ff":"x"})")), std::nullopt);
  EXPECT_EQ(parse_json("{\"\xff\":\"x\"}"), std::nullopt);
}

}  // namespace
}  // namespace consomme::socketio
