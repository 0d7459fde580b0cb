// toml++, whose parser takes some things for granted that a file need not hold (a name behind "[", a value behind "["
// of a list) and ends the process by an assertion where it does not. Here its assertions throw: CMakeLists.txt makes
// TOML_ASSERT of must().
#pragma once

namespace consomme::server {

struct ParserAtALoss {};

constexpr void must(bool is_so) {
  if (!is_so) throw ParserAtALoss();
}

}  // namespace consomme::server

#include <toml++/toml.h>
