// The stamps that the newest packets of a stream without RTX went out with. Such a stream answers NACK by the very
// packet again, to the byte: SRTP's nonce is the same, so nothing else may be (RFC 7714 §8.4), and what the moment of
// sending wrote is written once more. A ring by output sequence number, for its outbound stream.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/sequence.h"
#include "sfu/media/rewrite.h"

namespace consomme::media {

class SendStamps {
 public:
  static constexpr std::size_t kKept = 128;  // as many packets as the history of sound has

  void keep(ExtSeqNo seq, const SendStamp& stamp) {
    if (!kept_) kept_ = std::make_unique<Kept[]>(kKept);
    place(seq) = {seq.value(), stamp};
  }
  std::optional<SendStamp> find(ExtSeqNo seq) const {
    if (!kept_ || place(seq).seq != seq.value()) return std::nullopt;
    return place(seq).stamp;
  }

 private:
  struct Kept {
    std::int64_t seq = -1;
    SendStamp stamp;
  };
  Kept& place(ExtSeqNo seq) const { return kept_[static_cast<std::size_t>(seq.value()) % kKept]; }

  std::unique_ptr<Kept[]> kept_;  // made with the first packet
};

}  // namespace consomme::media
