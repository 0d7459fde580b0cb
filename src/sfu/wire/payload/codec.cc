#include "sfu/wire/payload/codec.h"

#include <algorithm>

namespace consomme::wire {
namespace {

constexpr bool every_codec_is_named_in_order() {
  for (std::size_t i = 0; i < kCodecNames.size(); ++i)
    if (kCodecNames[i].codec != static_cast<Codec>(i)) return false;
  return true;
}
static_assert(every_codec_is_named_in_order());

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::optional<Codec> codec_from_mime(std::string_view mime) {
  const std::size_t slash = mime.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view name = mime.substr(slash + 1);
  for (const CodecName& row : kCodecNames)
    if (std::ranges::equal(row.mime, name, {}, lower, lower)) return row.codec;
  return std::nullopt;
}

}  // namespace consomme::wire
