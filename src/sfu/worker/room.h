// The sound of one router's participants, as far as this worker has them.
#pragma once

#include <vector>

#include "sfu/media/dominant_speaker.h"
#include "sfu/router/router.h"

namespace consomme::worker {

struct Room {
  std::vector<router::Producer*> audio;
  media::DominantSpeaker speaker;
};

}  // namespace consomme::worker
