#include "socketio/verbatim.h"

#include "socketio/json.h"
#include "socketio/server.h"

namespace consomme::socketio {
namespace {

// What is found in `text`; "none" if nothing is.
std::string found(VerbatimTexts& verbatim, std::string_view text) {
  const auto range = verbatim.find(text);
  return range ? std::string(text.substr(range->begin, range->size)) : "none";
}

std::string found(std::string_view text) {
  VerbatimTexts verbatim({"caps"});
  return found(verbatim, text);
}

std::string nested(std::size_t levels) {
  std::string text = "{}";
  for (std::size_t i = 1; i < levels; ++i) text = R"({"x":)" + text + "}";
  return text;
}

TEST(VerbatimTexts, AreObjectsOfTheNamedMember) {
  EXPECT_EQ(found(R"(["join",{"room":"r","caps":{"codecs":[{"a":"}"}]},"more":1}])"), R"({"codecs":[{"a":"}"}]})");
  EXPECT_EQ(found(R"(["join",{"caps":{}}])"), "{}");
  EXPECT_EQ(found(R"(["join",{"room":{}}])"), "none");
  for (const char* other : {"[]", "\"{}\"", "null", "1", ""})
    EXPECT_EQ(found(R"(["join",{"caps":)" + std::string(other) + "}]"), "none") << other;
}

TEST(VerbatimTexts, AreJsonByThemselves) {
  for (const char* broken :
       {"{\"a\"", "{]", "{\"a\":01}", "{\"a\":\"\xff\"}", "{\"a\":1e400}", R"({"a":"\ud800"})", "{,}"})
    EXPECT_EQ(found(R"(["join",{"caps":)" + std::string(broken) + "}]"), "none") << broken;
}

TEST(VerbatimTexts, AreNotLookedForInsideStrings) {
  EXPECT_EQ(found(R"(["say","\"caps\":{}"])"), "none");
  EXPECT_EQ(found(R"("caps":{})"), "none");
}

TEST(VerbatimTexts, AreBoundedInLengthAndDepth) {
  const auto said = [](const std::string& object) { return R"(["join",{"caps":)" + object + "}]"; };
  const auto long_object = [](std::size_t bytes) { return R"({"x":")" + std::string(bytes - 8, 'x') + R"("})"; };
  EXPECT_EQ(found(said(long_object(16'384))), long_object(16'384));
  EXPECT_EQ(found(said(long_object(16'385))), "none");
  EXPECT_EQ(found(said(nested(16))), nested(16));
  EXPECT_EQ(found(said(nested(17))), "none");
}

TEST(VerbatimTexts, AreFoundAgainInManyWordings) {
  VerbatimTexts verbatim({"caps"});
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 40; ++i) {
      const std::string object = R"({"x":)" + std::to_string(i) + "}";
      EXPECT_EQ(found(verbatim, R"(["join",{"caps":)" + object + "}]"), object);
    }
}

TEST(JsonAroundAVerbatimText, HoldsItAsTextAndIsWrittenWithIt) {
  const std::string_view text = R"(["join",{"room":"r","caps":{ "a":1.0},"more":[{}]}])";
  const auto value = parse_json_around(text, *VerbatimTexts({"caps"}).find(text));
  ASSERT_TRUE(value);
  EXPECT_EQ(as_verbatim(value->at(1).at("caps")), R"({ "a":1.0})");
  EXPECT_EQ(value->at(1).at("more"), (boost::json::array{boost::json::object{}}));
  EXPECT_EQ(json_text(*value), text);
}

TEST(JsonAroundAVerbatimText, IsAsStrictAsAnyOther) {
  for (const char* text : {R"(["say,"caps":{}])", R"(["say",{"a":1 "b","caps":{}}])", R"(["say",{"caps":{}})",
                           R"(["say",{"caps":{}}]x)", "[\"\xff\",{\"caps\":{}}]", "[\"say\",{\"caps\":{},\"\xff\":1}]"})
    EXPECT_EQ(parse_json_around(text, *VerbatimTexts({"caps"}).find(text)), std::nullopt) << text;
}

TEST(JsonAroundAVerbatimText, HasItInAnArgumentAndNowhereElse) {
  for (const char* text : {R"({"caps":{}})", R"(["say",{"x":{"caps":{}}}])", R"(["say",[{"caps":{}}]])"})
    EXPECT_EQ(parse_json_around(text, *VerbatimTexts({"caps"}).find(text)), std::nullopt) << text;
}

TEST(Verbatim, CannotBeForgedByText) {
  EXPECT_EQ(as_verbatim(*parse_json(R"({"\u00fe":"x"})")), std::nullopt);
  EXPECT_EQ(parse_json("{\"\xfe\":\"x\"}"), std::nullopt);
  EXPECT_EQ(as_verbatim(binary("x")), std::nullopt);
}

}  // namespace
}  // namespace consomme::socketio
