#include "socketio/http_parser.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "socketio/text.h"

namespace consomme::socketio {
namespace {

namespace http = boost::beast::http;

constexpr std::string_view kEndOfHead = "\r\n\r\n";
constexpr std::size_t kUsualHeaders = 16;       // room for as many at once
constexpr std::size_t kWebSocketKeyChars = 24;  // 16 bytes in base64 (RFC 6455 §4.2.1)

// Whether an unfinished head may still become a request: garbage need not wait for a blank line that never comes.
bool may_be_request(std::string_view input) {
  const std::string_view line = input.substr(0, input.find('\n'));
  const std::string_view method = line.substr(0, line.find(' '));
  if (!std::ranges::all_of(method, is_token_char)) return line.size() < input.size() ? false : method.ends_with('\r');
  return line.size() == input.size() || line.ends_with(" HTTP/1.1\r") || line.ends_with(" HTTP/1.0\r");
}

// RFC 9112 §5.2: a folded header line hides what a proxy in front may have read differently.
bool has_obs_fold(std::string_view head) {
  return head.find("\n ") != head.npos || head.find("\n\t") != head.npos;
}

std::size_t count(const HttpRequest& request, std::string_view name) {
  return static_cast<std::size_t>(
      std::ranges::count_if(request.headers, [&](const Header& h) { return equal_ignoring_case(h.name, name); }));
}

// A list may be spread over several lines (RFC 9110 §5.3).
bool lists(const HttpRequest& request, std::string_view name, std::string_view token) {
  return std::ranges::any_of(
      request.headers, [&](const Header& h) { return equal_ignoring_case(h.name, name) && has_token(h.value, token); });
}

bool asks_for_websocket(const HttpRequest& request) {
  return request.method == "GET" && lists(request, "Connection", "upgrade") && lists(request, "Upgrade", "websocket");
}

// From "http://a:80/p?q" to "/p?q" and the Host header "a:80", which counts instead of the one that was sent (RFC 9112
// §3.2.2). Any other form of a target stays. False: there is no host, which makes the URI invalid (RFC 9110 §4.2.1).
bool to_origin_form(HttpRequest& request) {
  const std::string_view target = request.target;
  const std::size_t scheme = target.find("://");
  if (scheme == target.npos || (!equal_ignoring_case(target.substr(0, scheme), "http") &&
                                !equal_ignoring_case(target.substr(0, scheme), "https")))
    return true;
  const std::string_view rest = target.substr(scheme + 3);
  const std::string authority(rest.substr(0, rest.find_first_of("/?")));
  const std::string_view path = rest.substr(authority.size());
  std::erase_if(request.headers, [](const Header& h) { return equal_ignoring_case(h.name, "Host"); });
  request.headers.push_back({"Host", authority});
  request.target = (path.starts_with('/') ? "" : "/") + std::string(path);
  return !authority.empty();
}

struct Reason {
  unsigned status;
  std::string_view text;
};
constexpr std::array<Reason, 13> kReasons = {{{200, "OK"},
                                              {204, "No Content"},
                                              {304, "Not Modified"},
                                              {400, "Bad Request"},
                                              {401, "Unauthorized"},
                                              {403, "Forbidden"},
                                              {404, "Not Found"},
                                              {405, "Method Not Allowed"},
                                              {413, "Content Too Large"},
                                              {426, "Upgrade Required"},
                                              {429, "Too Many Requests"},
                                              {431, "Request Header Fields Too Large"},
                                              {503, "Service Unavailable"}}};

std::string_view reason_of(unsigned status) {
  const auto* const found = std::ranges::find(kReasons, status, &Reason::status);
  return found == kReasons.end() ? std::string_view("-") : found->text;
}

// RFC 9110 §8.6: none with 204, and with 304 only that of the body which is not sent.
bool has_content_length(unsigned status) {
  return status != 204 && status != 304;
}

}  // namespace

struct HttpParser::Beast {
  http::request_parser<http::string_body> parser;
};

HttpParser::HttpParser(std::size_t max_body_bytes) : max_body_bytes_(max_body_bytes) {
  reset();
}
HttpParser::~HttpParser() = default;

void HttpParser::reset() {
  beast_ = nullptr;
  stage_ = Stage::kHead;
  scanned_ = 0;
  request_ = {};
  keep_alive_ = wants_websocket_ = false;
}

HttpParser::Event HttpParser::unreadable(unsigned status) {
  status_ = status;
  keep_alive_ = false;
  return Event::kUnreadable;
}

HttpParser::Event HttpParser::feed(std::string& input) {
  return stage_ == Stage::kHead ? feed_head(input) : feed_body(input);
}

HttpParser::Event HttpParser::feed_head(std::string& input) {
  if (scanned_ == 0) input.erase(0, std::min(input.size(), input.find_first_not_of("\r\n")));  // RFC 9112 §2.2
  const std::size_t end = input.find(kEndOfHead, scanned_);
  const std::size_t size = end == input.npos ? input.size() : end + kEndOfHead.size();
  if (size > kMaxHeadBytes) return unreadable(431);
  if (end == input.npos) {
    scanned_ = size - std::min(size, kEndOfHead.size() - 1);
    return may_be_request(input) ? Event::kNeedMore : unreadable(400);
  }
  const std::string_view head = std::string_view(input).substr(0, size);
  if (has_obs_fold(head)) return unreadable(400);

  beast_ = std::make_unique<Beast>();
  beast_->parser.header_limit(kMaxHeadBytes + 1);
  beast_->parser.body_limit(max_body_bytes_);
  boost::beast::error_code ec;
  const std::size_t used = beast_->parser.put(boost::asio::buffer(head), ec);
  const auto& message = beast_->parser.get();
  request_.method = std::string(message.method_string());
  request_.target = std::string(message.target());
  request_.headers.reserve(kUsualHeaders);
  for (const auto& field : message)
    request_.headers.push_back({std::string(field.name_string()), std::string(field.value())});
  if (ec == http::error::body_limit) return unreadable(413);
  if (ec || !beast_->parser.is_header_done()) return unreadable(400);
  input.erase(0, used);
  if (const unsigned status = refusal_of_head(); status != 0) return unreadable(status);
  if (!to_origin_form(request_)) return unreadable(400);
  keep_alive_ = beast_->parser.keep_alive();
  wants_websocket_ = asks_for_websocket(request_);
  stage_ = Stage::kBody;
  return Event::kHead;
}

// 0 if there is nothing to refuse.
unsigned HttpParser::refusal_of_head() const {
  const bool is_11 = beast_->parser.get().version() == 11;
  const std::size_t encodings = count(request_, "Transfer-Encoding");
  if (request_.headers.size() > kMaxHeaders) return 431;
  if (count(request_, "Host") > 1 || (is_11 && count(request_, "Host") == 0)) return 400;
  if (encodings != 0 && (!is_11 || encodings > 1 || count(request_, "Content-Length") != 0 ||
                         !equal_ignoring_case(request_.header("Transfer-Encoding"), "chunked")))
    return 400;
  if (!asks_for_websocket(request_)) return 0;
  if (!is_11 || !beast_->parser.is_done()) return 400;
  if (request_.header("Sec-WebSocket-Version") != "13") return 426;
  const std::string_view key = request_.header("Sec-WebSocket-Key");
  return key.size() == kWebSocketKeyChars && decode_base64(key) ? 0 : 400;
}

HttpParser::Event HttpParser::feed_body(std::string& input) {
  auto& parser = beast_->parser;
  parser.eager(true);
  if (!parser.is_done() && !input.empty()) {
    boost::beast::error_code ec;
    const std::size_t used = parser.put(boost::asio::buffer(input), ec);
    input.erase(0, used);
    if (ec == http::error::body_limit) return unreadable(413);
    if (ec && ec != http::error::need_more) return unreadable(400);
    // A chunk header or trailer that never ends.
    if (!parser.is_done() && input.size() > kMaxHeadBytes) return unreadable(400);
  }
  if (!parser.is_done()) return Event::kNeedMore;
  request_.body = std::move(parser.get().body());
  return Event::kBody;
}

HttpRequest HttpParser::take_request() {
  return std::move(request_);
}

bool HttpParser::expects_continue() const {
  return equal_ignoring_case(request_.header("Expect"), "100-continue");
}

std::string write_response(const HttpResponse& response, bool is_head, bool keep_alive) {
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + " ";
  text += reason_of(response.status);
  text += "\r\n";
  for (const Header& h : response.headers) text += h.name + ": " + h.value + "\r\n";
  if (has_content_length(response.status)) text += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  text += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  if (!is_head) text += response.body;
  return text;
}

}  // namespace consomme::socketio
