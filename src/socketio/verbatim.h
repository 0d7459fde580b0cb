// Objects that are handed over as the text they came as. What a browser can receive is several kilobytes of JSON, said
// again by every client of its kind and in each of its requests to consume: to read it each time, or only to compare
// it, costs more than all else in such a request. That a text is JSON is found out once for all who say the same. Owned
// by the Hub; what an application gets is in server.h.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace consomme::socketio {

// A part of a text.
struct TextRange {
  std::size_t begin = 0;
  std::size_t size = 0;
};

class VerbatimTexts {
 public:
  // Of the members with these names.
  explicit VerbatimTexts(const std::vector<std::string>& members);

  // The object in `text` that follows such a name, where that stands first and as JavaScript writes it, and is JSON by
  // itself. nullopt if there is none, or it is too long or too deep: it is read like everything else then. What is
  // around it need not be JSON.
  std::optional<TextRange> find(std::string_view text);

 private:
  std::size_t known_object_size(std::string_view text);

  std::vector<std::string> names_;  // "name":
  std::vector<std::string> known_;  // wordings, the one seen last in front
};

}  // namespace consomme::socketio
