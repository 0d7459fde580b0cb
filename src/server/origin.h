// The origins that an operator lists, in the form that browsers send. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace consomme::server {

// "*" as it is; a scheme and an authority with nothing behind as RFC 6454 §6.2 writes them: in lower case, without the
// port that the scheme has anyway. nullopt for what no browser sends.
std::optional<std::string> normal_origin(std::string_view text);

}  // namespace consomme::server
