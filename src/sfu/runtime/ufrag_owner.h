// The beginning of a username fragment of ours says whose it is: on a port that all workers share, a check says by
// itself where it belongs. The kernel reads it too (net/port_steering.h).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace consomme::sfu {

inline constexpr std::size_t kOwnerLetters = 3;  // 'A' to 'P', four bits each: 4096 workers

inline std::string owner_letters(unsigned worker) {
  std::string letters(kOwnerLetters, 'A');
  for (std::size_t i = kOwnerLetters; i-- > 0; worker >>= 4) letters[i] = static_cast<char>('A' + (worker & 15));
  return letters;
}

inline std::optional<unsigned> owner_of(std::string_view ufrag) {
  if (ufrag.size() < kOwnerLetters) return std::nullopt;
  unsigned worker = 0;
  for (const char letter : ufrag.substr(0, kOwnerLetters)) {
    if (letter < 'A' || letter > 'P') return std::nullopt;
    worker = worker << 4 | static_cast<unsigned>(letter - 'A');
  }
  return worker;
}

}  // namespace consomme::sfu
