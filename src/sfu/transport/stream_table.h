// Which stream of which producer an incoming RTP packet belongs to: by SSRC, else by MID and RID (RFC 8843 §9.2,
// RFC 8852), whose SSRC is then remembered. One table a transport. Its size is bounded by what was announced: a stream
// has one SSRC at a time, and a sender that changes it takes the place of its old one.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/strong.h"
#include "sfu/wire/rtp.h"

namespace consomme::transport {

// One stream and the names under which its packets come.
struct AnnouncedStream {
  std::optional<Ssrc> ssrc;
  std::optional<Ssrc> rtx_ssrc;
  std::string rid;  // empty: none
};
struct AnnouncedProducer {
  ProducerId producer;
  std::string mid;  // empty: none
  std::vector<AnnouncedStream> streams;
  std::vector<PayloadType> rtx_payload_types;  // of the sender; tells its RTX streams where no RID does
  wire::ExtensionIds extensions;
};

class StreamTable {
 public:
  struct Match {
    ProducerId producer;
    std::uint8_t stream = 0;  // index into AnnouncedProducer::streams
    bool rtx = false;
  };

  void add(const AnnouncedProducer& producer);
  // The SSRCs under which its packets came, or were to come.
  std::vector<Ssrc> remove(ProducerId producer);

  // `slices` as read with extensions(). nullopt: belongs to nothing that was announced.
  std::optional<Match> find(ByteView packet, const wire::RtpView& rtp, const wire::ExtensionSlices& slices);

  // Of all producers: one transport is one bundle, in which an id means one extension (RFC 8843 §9.1).
  const wire::ExtensionIds& extensions() const { return extensions_; }

 private:
  std::optional<Match> learn(ByteView packet, const wire::RtpView& rtp, const wire::ExtensionSlices& slices) const;
  void bind(Ssrc ssrc, const Match& match);

  std::vector<AnnouncedProducer> producers_;
  boost::unordered_flat_map<Ssrc, Match> by_ssrc_;
  wire::ExtensionIds extensions_;
};

}  // namespace consomme::transport
