// What can be shown of a video with layers: every packet that came is looked up at its source, which knows what frame
// it is of and what that frame needs.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sfu/media/layer.h"
#include "tests/sim/sink.h"
#include "tests/sim/source.h"

namespace consomme::sim {

class Viewer {
 public:
  // Of simulcast all encodings, worst first. Their packets are numbered so that they do not meet.
  Viewer(std::vector<Source*> sources, const Sink& sink) : sources_(std::move(sources)), sink_(&sink) {}

  std::span<Source* const> sources() const { return sources_; }

  // The highest layer of which a frame came whole within `lately`; nullopt: none.
  std::optional<media::Layer> layer(Instant now, Duration lately = 500ms) const;
  // Frames that came, whole or in part, and cannot be decoded: a packet of them or of what they need did not come.
  // Those of the last half second may not be complete yet, and do not count.
  std::vector<std::string> undecodable(Instant now) const;

 private:
  struct Came {
    int packets = 0;
    Instant last;
  };
  std::map<int, Came> by_frame(const Source& source, Instant after) const;

  std::vector<Source*> sources_;
  const Sink* sink_;
};

}  // namespace consomme::sim
