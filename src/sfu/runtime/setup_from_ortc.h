// Turns what was negotiated into what packets need: names and lists become numbers and tables. Pure.
#pragma once

#include "base/rng.h"
#include "sfu/ortc/negotiate.h"
#include "sfu/worker/command.h"

namespace consomme::sfu {

router::ProducerSetup producer_setup(ProducerId id, ortc::MediaKind kind, const ortc::NegotiatedProducer& negotiated,
                                     bool paused);

struct ConsumerNames {
  ConsumerId consumer;
  ProducerId producer;
  ortc::MediaKind kind = ortc::MediaKind::kAudio;
  bool paused = true;
};
// `parameters` are those of ortc::consumer_parameters(): one encoding. The sequence numbers start at random offsets.
router::ConsumerSetup consumer_setup(const ConsumerNames& names, const ortc::RtpParameters& parameters, Rng& rng);

}  // namespace consomme::sfu
