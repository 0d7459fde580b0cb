// Finds the transport that a datagram is for: by the tuple that ICE validated, and STUN by the username fragment it
// names. Full keys are compared, so that no collision of hashes leads anybody to another's transport.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/datagram.h"
#include "base/path_handle.h"

namespace consomme::transport {

// The username fragment of ours that a STUN message is addressed to: what stands before the colon in USERNAME (RFC 8445
// §7.2.2). Empty if there is none.
std::string_view addressed_ufrag(ByteView stun);

class Demux {
 public:
  std::optional<PathHandle> find(const Datagram& in) const;

  void add_ufrag(const std::string& ufrag, PathHandle path) { by_ufrag_[ufrag] = path; }
  void remove_ufrag(const std::string& ufrag) { by_ufrag_.erase(ufrag); }
  // The newest owner of a tuple wins, so whoever adds one asks first whether the present one may lose it. Both say
  // whether that is news.
  bool add_tuple(const Tuple& tuple, PathHandle path);
  bool remove_tuple(const Tuple& tuple, PathHandle path);
  // It is another worker's now.
  void lose_tuple(const Tuple& tuple) { by_tuple_.erase(tuple); }

  std::optional<PathHandle> owner(const Tuple& tuple) const;
  bool knows(const Tuple& tuple) const { return by_tuple_.contains(tuple); }
  std::size_t tuples() const { return by_tuple_.size(); }

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  boost::unordered_flat_map<Tuple, PathHandle> by_tuple_;
  boost::unordered_flat_map<std::string, PathHandle, TextHash, std::equal_to<>> by_ufrag_;
};

}  // namespace consomme::transport
