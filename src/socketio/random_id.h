// Names that nobody can guess, for sessions and sockets.
#pragma once

#include <string>

namespace consomme::socketio {

// 20 characters of [A-Za-z0-9_-]: 120 bits from the operating system's generator.
std::string random_id();

}  // namespace consomme::socketio
