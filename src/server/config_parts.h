// What each part of the server is told of the configuration.
#pragma once

#include "server/config.h"
#include "server/signaling/limits.h"
#include "sfu/sfu.h"
#include "socketio/server.h"

namespace consomme::server {

sfu::Config sfu_config(const Config& config);
socketio::Config socketio_config(const Config& config);
Limits signaling_limits(const Config& config);

}  // namespace consomme::server
