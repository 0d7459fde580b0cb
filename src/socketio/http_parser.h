// One connection's HTTP/1.1 requests out of its bytes, however they are cut. No socket, no time: HttpConnection feeds
// it. Beast reads the grammar; what Beast 1.81 lets through although it must not pass (RFC 9112 §3.2, §5.2, §6.1) is
// refused here.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "socketio/http.h"

namespace consomme::socketio {

inline constexpr std::size_t kMaxHeadBytes = 16 * 1024;  // request line and headers
inline constexpr std::size_t kMaxHeaders = 100;

class HttpParser {
 public:
  explicit HttpParser(std::size_t max_body_bytes);
  ~HttpParser();

  enum class Event {
    kNeedMore,    // everything usable was taken from the input
    kHead,        // head() is complete; go on feeding for the body, even if there is none
    kBody,        // take_request(), then reset()
    kUnreadable,  // answer status() and close: where a next request would begin is unknown
  };
  // Takes from the front of `input` what it could use.
  Event feed(std::string& input);
  void reset();

  // Without the address, which is for who knows it to fill in.
  HttpRequest& head() { return request_; }
  HttpRequest take_request();  // the body included
  unsigned status() const { return status_; }
  bool keep_alive() const { return keep_alive_; }
  bool wants_websocket() const { return wants_websocket_; }
  bool expects_continue() const;

 private:
  struct Beast;
  enum class Stage { kHead, kBody };

  Event feed_head(std::string& input);
  Event feed_body(std::string& input);
  Event unreadable(unsigned status);
  unsigned refusal_of_head() const;

  std::size_t max_body_bytes_;
  std::unique_ptr<Beast> beast_;
  Stage stage_ = Stage::kHead;
  std::size_t scanned_ = 0;
  HttpRequest request_;
  unsigned status_ = 400;
  bool keep_alive_ = false;
  bool wants_websocket_ = false;
};

// The bytes of a response, with Connection and, if it has content, Content-Length.
std::string write_response(const HttpResponse& response, bool is_head, bool keep_alive);

}  // namespace consomme::socketio
