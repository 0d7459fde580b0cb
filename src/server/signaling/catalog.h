// Objects with two names: the random id that clients know, and the media plane's number. Pointers stay valid while the
// object lives.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace consomme::server {

// T has `id` (std::string) and `media` (MediaId).
template <class T, class MediaId>
class Catalog {
 public:
  T& add(T object) {
    ids_.emplace(object.media, object.id);
    std::string id = object.id;
    return objects_.emplace(std::move(id), std::move(object)).first->second;
  }
  T* find(const std::string& id) {
    const auto found = objects_.find(id);
    return found == objects_.end() ? nullptr : &found->second;
  }
  T* find(MediaId media) {
    const auto found = ids_.find(media);
    return found == ids_.end() ? nullptr : find(found->second);
  }
  void remove(const std::string& id) {
    const auto found = objects_.find(id);
    if (found == objects_.end()) return;
    ids_.erase(found->second.media);
    objects_.erase(found);
  }
  std::size_t size() const { return objects_.size(); }

 private:
  std::unordered_map<std::string, T> objects_;
  std::unordered_map<MediaId, std::string> ids_;
};

}  // namespace consomme::server
