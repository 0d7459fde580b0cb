// The sound of one router's participants, in the one worker that decides who speaks: its own, and mirrors of the
// others.
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
