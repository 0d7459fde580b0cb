// What the media plane reports, and whom it concerns.
#pragma once

#include "server/signaling/world.h"

namespace consomme::server {

void receive_media(World& world, Instant now, const sfu::Event& event);

}  // namespace consomme::server
