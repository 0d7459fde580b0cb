#include "server/signaling/announcements.h"

#include <algorithm>
#include <utility>

namespace consomme::server {

void Announcements::announced(const std::string& producer) {
  if (collecting_) missed_.push_back(producer);
}

void Announcements::settled(const std::string& producer) {
  existing_.erase(producer);
  std::erase(missed_, producer);
}

void Announcements::made_recv_transport(Instant now) {
  if (!recv_transport_) recv_transport_ = now;
}

Instant Announcements::deadline() const {
  if (!collecting_) return kNever;
  return std::min(repeated_after_produce_ ? kNever : after_produce(),
                  repeated_after_transport_ ? kNever : after_transport());
}

std::vector<std::string> Announcements::expire(Instant now) {
  if (now < deadline()) return {};
  if (now >= after_produce()) repeated_after_produce_ = true;
  if (now >= after_transport()) repeated_after_transport_ = true;
  const bool still_consuming = !existing_.empty() && !(repeated_after_produce_ && repeated_after_transport_);
  if (still_consuming) return missed_;
  collecting_ = false;
  return std::exchange(missed_, {});
}

}  // namespace consomme::server
