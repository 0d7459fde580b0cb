#include "sfu/media/layer_filter_dependency.h"

#include <algorithm>

namespace consomme::media {
namespace {

bool is_in(std::uint8_t target, const PacketDependencies& d) {
  return (d.targets.present() >> target & 1) != 0;
}

}  // namespace

void DependencyLayerFilter::start(const Packet& key_frame, Layer /*limit*/) {
  const Output before = output_;
  *this = {};
  output_ = before;
  output_.join(key_frame.dependencies);
}

// A receiver takes the nearest of the frames that a number may mean, and drops what is older than the last key frame.
// So behind a long pause, in another encoding or from a source that restarts, numbers go on by one.
void DependencyLayerFilter::Output::join(const PacketDependencies& key_frame) {
  constexpr std::int16_t kMaxStep = 1 << 14;  // half of what would look old
  if (key_frame.decode_targets == 0 || !newest) return;
  const std::int16_t step = distance(*newest, number(key_frame));
  if (step <= 0 || step > kMaxStep) offset = static_cast<std::uint16_t>(key_frame.frame_number - newest->value() - 1);
}

void DependencyLayerFilter::Output::note(const PacketDependencies& d) {
  if (!newest || distance(*newest, number(d)) > 0) newest = number(d);
}

Verdict DependencyLayerFilter::plan(const Packet& packet, Layer limit) {
  const PacketDependencies& d = packet.dependencies;
  if (d.decode_targets == 0) {  // its frame is counted all the same
    if (d.is_numbered != 0) output_.note(d);
    return {.descriptor = std::uint32_t{output_.offset} << wire::kMaxDecodeTargets};
  }
  if (is_long_past(d) && packet.info.key_frame && units_.is_next(packet)) start(packet, limit);
  if (limit != limit_) {
    limit_ = limit;
    aim();
  }
  if (is_long_past(d)) return {.forward = false};
  const std::int64_t frame = numbers_.peek(SeqNo(d.frame_number)).value();
  const auto newest = numbers_.last();
  if (!newest || frame > newest->value()) begin(frame, packet);
  const Unit* const unit = unit_of(packet);
  if (unit == nullptr) return {.forward = false};
  if (fate(frame) == Fate::kUnknown) {  // all of it comes late
    const bool forward = !unit->target || is_in(*unit->target, d);
    fate(frame) = forward ? Fate::kForwarded : Fate::kDropped;
  }
  if (fate(frame) == Fate::kDropped) return {.forward = false, .of_whole_frame = true};
  const Layer layer = layer_of(packet);
  forwarded_.note(layer);
  absence_.end();
  output_.note(d);
  const std::uint32_t offset = std::uint32_t{output_.offset} << wire::kMaxDecodeTargets;
  if (!unit->target) return {.of_whole_frame = true, .descriptor = offset};
  const bool tells = frame == told_in_ || ((d.has_structure || d.tells_active) && told_ != d.active);
  const bool ends = packet.info.ends_frame && layer.spatial == targets_.layers[*unit->target].spatial;
  ended_ |= ends && unit == units_.newest();
  return {.ends_picture = ends, .of_whole_frame = d.says_more == 0, .descriptor = offset | (tells ? told_ : 0)};
}

// By its number. A key frame that is newer by that of RTP tells that the source counts anew.
bool DependencyLayerFilter::is_long_past(const PacketDependencies& d) const {
  const auto newest = numbers_.last();
  return newest && numbers_.peek(SeqNo(d.frame_number)).value() <= newest->value() - kFrames;
}

// A frame that is newer than all before it, of the temporal unit at hand or the next. What was lost before it goes by
// the target of now when it comes: another target that needs more than that cannot be followed until it is joined anew.
void DependencyLayerFilter::begin(std::int64_t frame, const Packet& packet) {
  const std::int64_t next = numbers_.last() ? numbers_.last()->value() + 1 : frame;
  numbers_.unwrap(SeqNo(packet.dependencies.frame_number));
  const bool nothing_lost = frame == next;
  if (current_ && !nothing_lost) valid_ &= targets_.inside[*current_];
  for (std::int64_t lost = std::max(next, frame - kFrames + 1); lost < frame; ++lost) fate(lost) = Fate::kUnknown;
  if (const Unit* const unit = units_.newest(); unit == nullptr || unit->timestamp != packet.rtp.timestamp)
    begin_unit(packet, nothing_lost);
  see(packet);
  const bool forward = decide(frame, packet);
  fate(frame) = forward ? Fate::kForwarded : Fate::kDropped;
  seen_.forwarded |= forward;
  units_.newest()->target = current_;
}

// The one before is complete as far as it will be, but for what was lost.
void DependencyLayerFilter::begin_unit(const Packet& packet, bool nothing_lost) {
  absence_.next_picture(packet.received, seen_.below && !seen_.forwarded);
  if (seen_.key && nothing_lost) reach_up_to(seen_.top);
  seen_ = {};
  units_.add({.timestamp = packet.rtp.timestamp, .begin = truncate(packet.seq), .target = {}});
  forwarded_.next_picture();
  missed_ = ended_ = false;
}

// A frame that is newer than all before it. A key picture may bring back any layer.
void DependencyLayerFilter::see(const Packet& packet) {
  const Layer layer = layer_of(packet);
  seen_.key |= packet.info.key_frame;
  seen_.top = std::max(seen_.top, layer.spatial);
  if (packet.info.key_frame)
    reach_up_to(kHighestLayer.spatial);
  else if (layer.spatial > top_)
    reach_up_to(layer.spatial);
  if (!current_) return;
  const Layer followed = targets_.layers[*current_];
  seen_.below |= layer.spatial < followed.spatial && layer.temporal <= followed.temporal;
}

void DependencyLayerFilter::reach_up_to(std::uint8_t spatial) {
  top_ = spatial;
  aim();
}

// What comes late goes by the target of its temporal unit, whatever is followed now: which of its frames were sent, and
// which of them is the last, was decided then. A unit all of which comes late goes by the one before.
const DependencyLayerFilter::Unit* DependencyLayerFilter::unit_of(const Packet& packet) {
  const Unit* const unit = units_.find(packet);
  return unit != nullptr ? unit : units_.before(packet);
}

// What becomes of a frame that is newer than all before it.
bool DependencyLayerFilter::decide(std::int64_t frame, const Packet& packet) {
  const PacketDependencies& d = packet.dependencies;
  if (d.has_structure) adopt(packet);
  if (targets_.count != d.decode_targets) {  // described by what we have not seen
    current_.reset();
    return true;
  }
  valid_ &= ~broken_by(frame, d);
  if ((d.targets.switches() & ~valid_) != 0 && references_forwarded(frame, d)) valid_ |= d.targets.switches();
  if (const std::uint32_t among = d.active & allowed_; among != among_) {
    among_ = among;
    wanted_ = targets_.best(among);
  }
  const bool is_followed = wanted_ && wanted_ == current_ && (valid_ >> *wanted_ & 1) != 0;
  if (!is_followed && !ended_) choose(valid_ & d.active, d);

  const bool forward = current_ && is_in(*current_, d);
  if (!forward) valid_ &= ~d.targets.needed();
  if (!forward && wanted_ && is_in(*wanted_, d)) miss(*wanted_);
  if (wanted_ == current_) patience_.reward();
  if (forward && mask(d) != told_) {
    told_ = mask(d);
    told_in_ = frame;
  }
  return forward;
}

// A coded video sequence begins, and with it every decode target.
void DependencyLayerFilter::adopt(const Packet& packet) {
  const auto structure = wire::parse_dependency_structure(packet.extension(HeaderExtension::kDependencyDescriptor));
  if (!structure) return;
  const bool first = targets_.count == 0;
  const std::optional<Layer> layer = current_ ? std::optional(targets_.layers[*current_]) : std::nullopt;
  targets_ = DecodeTargets(*structure);
  valid_ = targets_.all();
  aim();
  among_ = 0;
  wanted_.reset();
  current_ = layer ? targets_.best(targets_.within(*layer)) : std::nullopt;
  if (first) told_ = targets_.all();
}

// The best that can be followed, of those within the limit. Where none can, what is followed goes on until a key frame
// comes. Down only at the first frame of a temporal unit: of a unit that is begun the receiver expects the rest.
void DependencyLayerFilter::choose(std::uint32_t usable, const PacketDependencies& d) {
  const auto best = targets_.best(usable & allowed_);
  const bool current_is_usable = current_ && (usable >> *current_ & 1) != 0;
  if (!best) {
    if (!current_is_usable) current_.reset();
    return;
  }
  const bool down = current_is_usable && targets_.layers[*best] < targets_.layers[*current_];
  // Nor up with a frame that is not in it: what the unit has of it may have passed, and its end with it.
  const bool unit_is_begun = units_.newest()->target.has_value();
  if (!current_is_usable || !unit_is_begun || (!down && is_in(*best, d))) current_ = best;
}

bool DependencyLayerFilter::references_forwarded(std::int64_t frame, const PacketDependencies& d) {
  return std::all_of(d.references.begin(), d.references.begin() + d.reference_count,
                     [&](std::uint8_t back) { return back != 0 && fate(frame - back) == Fate::kForwarded; });
}

// A frame of the wanted target was left out.
void DependencyLayerFilter::miss(std::uint8_t wanted) {
  const bool up = current_ && targets_.layers[wanted] > targets_.layers[*current_];
  if (!up || targets_.layers[wanted].spatial != targets_.layers[*current_].spatial)
    missed_ = true;
  else
    patience_.wait();
}

// Targets in whose chain the frame before this one was left out.
std::uint32_t DependencyLayerFilter::broken_by(std::int64_t frame, const PacketDependencies& d) {
  std::uint32_t broken = 0;
  for (std::uint8_t chain = 0; chain < targets_.chains; ++chain)
    if (d.chains[chain] != 0 && fate(frame - d.chains[chain]) == Fate::kDropped) broken |= targets_.protected_by[chain];
  return broken;
}

std::uint32_t DependencyLayerFilter::mask(const PacketDependencies& d) const {
  return targets_.inside[*current_] & d.active;
}

}  // namespace consomme::media
