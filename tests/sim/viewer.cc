#include "tests/sim/viewer.h"

#include <algorithm>
#include <set>

namespace consomme::sim {

// From the newest to the oldest, as numbers are in order of time, all but repairs.
std::map<int, Viewer::Came> Viewer::by_frame(const Source& source, Instant after) const {
  constexpr Duration kRepair = 1s;
  std::map<int, Came> frames;
  const auto& arrivals = sink_->arrivals();
  const std::uint64_t first = source.config().first_number;
  for (auto it = arrivals.lower_bound(first + source.packets()); it != arrivals.begin();) {
    --it;
    if (it->first < first || it->second.at < after - kRepair) break;
    if (it->second.at < after) continue;
    Came& came = frames[source.frame_of(it->first).id];
    ++came.packets;
    came.last = std::max(came.last, it->second.at);
  }
  return frames;
}

std::optional<media::Layer> Viewer::layer(Instant now, Duration lately) const {
  std::optional<media::Layer> highest;
  for (std::size_t i = 0; i < sources_.size(); ++i)
    for (const auto& [id, came] : by_frame(*sources_[i], now - lately)) {
      const media::test::ModelFrame& frame = sources_[i]->frames().at(id);
      if (came.packets != frame.packets) continue;
      media::Layer layer = frame.layer;
      if (sources_.size() > 1) layer.spatial = static_cast<std::uint8_t>(i);
      if (!highest || *highest < layer) highest = layer;
    }
  return highest;
}

std::vector<std::string> Viewer::undecodable(Instant now) const {
  std::vector<std::string> failures;
  for (const Source* const source : sources_) {
    std::set<int> decoded;
    for (const auto& [id, came] : by_frame(*source, Instant{})) {
      const media::test::ModelFrame& frame = source->frames().at(id);
      const bool whole = came.packets == frame.packets;
      if (whole && std::ranges::all_of(frame.needs, [&](int needed) { return decoded.contains(needed); }))
        decoded.insert(id);
      else if (came.last < now - 500ms)
        failures.push_back("frame " + std::to_string(id) + " of layer " + std::to_string(frame.layer.spatial) + "," +
                           std::to_string(frame.layer.temporal) + (whole ? " needs what did not come" : " in part"));
    }
  }
  return failures;
}

}  // namespace consomme::sim
