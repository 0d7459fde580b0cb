#include "socketio/http_parser.h"

namespace consomme::socketio {
namespace {

using Event = HttpParser::Event;

constexpr std::string_view kPost =
    "POST /p?q=1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";

TEST(HttpParser, ReadsARequestHoweverItIsCut) {
  for (std::size_t cut = 0; cut <= kPost.size(); ++cut) {
    HttpParser parser(100);
    std::string input(kPost.substr(0, cut));
    Event event = parser.feed(input);
    if (event == Event::kHead) event = parser.feed(input);
    input += kPost.substr(cut);
    while (event == Event::kNeedMore || event == Event::kHead) event = parser.feed(input);
    ASSERT_EQ(event, Event::kBody) << cut;
    const HttpRequest request = parser.take_request();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path(), "/p");
    EXPECT_EQ(request.query(), "q=1");
    EXPECT_EQ(request.header("host"), "a");
    EXPECT_EQ(request.body, "abcde");
  }
}

TEST(HttpParser, LeavesTheNextRequestAlone) {
  HttpParser parser(100);
  std::string input = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.0\r\n\r\n";
  EXPECT_EQ(parser.feed(input), Event::kHead);
  EXPECT_TRUE(parser.keep_alive());
  EXPECT_EQ(parser.feed(input), Event::kBody);
  parser.reset();
  EXPECT_EQ(parser.feed(input), Event::kHead);
  EXPECT_EQ(parser.head().target, "/2");
  EXPECT_FALSE(parser.keep_alive());
}

TEST(HttpParser, JudgesABodyByItsAnnouncedLength) {
  HttpParser parser(10);
  std::string input = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n";
  EXPECT_EQ(parser.feed(input), Event::kUnreadable);
  EXPECT_EQ(parser.status(), 413U);
  EXPECT_EQ(parser.head().target, "/");
}

TEST(HttpParser, ReadsATargetInAbsoluteForm) {
  struct Case {
    std::string_view sent, target, host;
  };
  for (const auto& [sent, target, host] :
       {Case{"http://a:80/p?q=/", "/p?q=/", "a:80"}, Case{"HTTPS://[::1]", "/", "[::1]"},
        Case{"http://a?q", "/?q", "a"}, Case{"/p?q=http://a/", "/p?q=http://a/", "sent"},
        Case{"ftp://a/p", "ftp://a/p", "sent"}, Case{"*", "*", "sent"}}) {
    HttpParser parser(100);
    std::string input = "OPTIONS " + std::string(sent) + " HTTP/1.1\r\nHost: sent\r\n\r\n";
    ASSERT_EQ(parser.feed(input), Event::kHead) << sent;
    EXPECT_EQ(parser.head().target, target);
    EXPECT_EQ(parser.head().header("Host"), host);
  }
}

TEST(HttpParser, RefusesATargetWithoutAHostAndARequestWithoutHostAllTheSame) {
  for (const char* head : {"GET http:///p HTTP/1.1\r\nHost: a\r\n\r\n", "GET http://a/p HTTP/1.1\r\n\r\n"}) {
    HttpParser parser(100);
    std::string input = head;
    EXPECT_EQ(parser.feed(input), Event::kUnreadable) << head;
    EXPECT_EQ(parser.status(), 400U);
  }
}

TEST(HttpParser, FindsAnUpgradeInListsOfSeveralLines) {
  const std::string shake =
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nUpgrade: h2c\r\nUpgrade: WebSocket\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  for (const bool is_asked : {false, true}) {
    HttpParser parser(10);
    std::string input = shake + (is_asked ? "Connection: x, upgrade\r\n\r\n" : "\r\n");
    EXPECT_EQ(parser.feed(input), Event::kHead);
    EXPECT_EQ(parser.wants_websocket(), is_asked);
  }
}

TEST(HttpParser, GivesUpOnGarbageBeforeABlankLine) {
  for (const char* text : {"\x16\x03\x01", "hello\r\nworld", "GET /\r\n", "GET / HTTP/1.1\nHost", "G\tT", "\xff"}) {
    HttpParser parser(10);
    std::string input = text;
    EXPECT_EQ(parser.feed(input), Event::kUnreadable) << text;
  }
  HttpParser parser(10);
  std::string input = "\r\nGET / HTTP/1.1\r\nHost";
  EXPECT_EQ(parser.feed(input), Event::kNeedMore);
}

TEST(HttpParser, BoundsTheHead) {
  HttpParser parser(10);
  std::string input = "GET /" + std::string(kMaxHeadBytes, 'a');
  EXPECT_EQ(parser.feed(input), Event::kUnreadable);
  EXPECT_EQ(parser.status(), 431U);
}

TEST(Response, SaysItsLengthAndWhetherItIsTheLast) {
  EXPECT_EQ(write_response({200, {{"A", "b"}}, "ok"}, false, true),
            "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok");
  EXPECT_EQ(write_response({404, {}, "no"}, true, false),
            "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nConnection: close\r\n\r\n");
}

TEST(Response, SaysNoLengthWhereItHasNoContent) {
  EXPECT_EQ(write_response({204, {}, {}}, false, true), "HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(write_response({304, {}, {}}, false, true), "HTTP/1.1 304 Not Modified\r\nConnection: keep-alive\r\n\r\n");
}

}  // namespace
}  // namespace consomme::socketio
