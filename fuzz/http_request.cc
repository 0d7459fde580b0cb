// HTTP requests, cut at a place the input chooses: the cut must not change what is read.
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/check.h"
#include "socketio/http_parser.h"

using namespace consomme::socketio;

namespace {

constexpr std::size_t kMaxBody = 64;

// All requests of a connection, as one line each.
std::string transcript(std::string_view first, std::string_view second) {
  HttpParser parser(kMaxBody);
  std::string said;
  std::string input(first);
  bool has_second = false;
  for (;;) {
    switch (parser.feed(input)) {
      case HttpParser::Event::kHead:
        continue;
      case HttpParser::Event::kBody: {
        const HttpRequest request = parser.take_request();
        consomme::check(request.body.size() <= kMaxBody, "no body is longer than allowed");
        said += request.method + request.target + request.body + "\n";
        parser.reset();
        continue;
      }
      case HttpParser::Event::kUnreadable:
        return said;
      case HttpParser::Event::kNeedMore:
        break;
    }
    if (has_second) return said;
    has_second = true;
    input += second;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = consomme::as_text({data + 1, size - 1});
  const std::size_t cut = text.size() * data[0] / 256;
  consomme::check(transcript(text, {}) == transcript(text.substr(0, cut), text.substr(cut)), "a cut changes nothing");
  return 0;
}
