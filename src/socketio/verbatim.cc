#include "socketio/verbatim.h"

#include <algorithm>

#include "socketio/json.h"

namespace consomme::socketio {
namespace {

// A few browsers in a few versions are all there are; so many that clients who make up their own cannot make the search
// long, nor fill the memory with what they say.
constexpr std::size_t kWordings = 16;
constexpr std::size_t kMaxBytes = 16'384;
constexpr std::size_t kMaxDepth = 16;  // capabilities have 5; less than the 32 that Boost's own parser takes

}  // namespace

VerbatimTexts::VerbatimTexts(const std::vector<std::string>& members) {
  for (const std::string& member : members) {
    std::string& name = names_.emplace_back();
    append_json_string(name, member);
    name += ':';
  }
}

// Behind a comma or a brace the name's first quote opens it, or else closes a string, and then what follows is no JSON
// whatever stands for the object.
std::optional<TextRange> VerbatimTexts::find(std::string_view text) {
  for (const std::string& name : names_) {
    const std::size_t at = text.find(name);
    if (at == text.npos || at == 0 || (text[at - 1] != ',' && text[at - 1] != '{')) continue;
    const std::size_t begin = at + name.size();
    const std::size_t size = known_object_size(text.substr(begin, kMaxBytes));
    if (size != 0) return TextRange{begin, size};
  }
  return std::nullopt;
}

// Of the object that `text` begins with; 0 if it begins with none that is JSON. No object is the beginning of another.
std::size_t VerbatimTexts::known_object_size(std::string_view text) {
  const auto known = std::ranges::find_if(known_, [&](const std::string& each) { return text.starts_with(each); });
  if (known != known_.end()) {
    std::rotate(known_.begin(), known, known + 1);
    return known_.front().size();
  }
  const std::size_t size = json_object_size(text, kMaxDepth);
  if (size == 0) return 0;
  if (known_.size() == kWordings) known_.pop_back();
  known_.emplace(known_.begin(), text.substr(0, size));
  return size;
}

}  // namespace consomme::socketio
