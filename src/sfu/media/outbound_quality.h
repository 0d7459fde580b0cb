// How well one consumer's stream arrives, as its receiver reports it. Beside the stream rather than in it: it is looked
// at once a second, and what each packet touches stays small.
#pragma once

#include <cstdint>

#include "base/strong.h"
#include "base/time.h"
#include "sfu/media/outbound_stream.h"
#include "sfu/media/score.h"

namespace consomme::media {

class OutboundQuality {
 public:
  // The stream is sent to from now on, for the first time or behind a pause. What was before says nothing of it.
  void begin(Instant now, const OutboundStream& stream);
  // The receiver has reported. What the source had lost before, nobody can say again.
  void note(const RemoteReport& report, const OutboundStream& stream);
  // Losses of its link, of late.
  bool loses(Instant now) const { return now < lossy_until_; }
  // About once a second, while the consumer is not paused: since the last call.
  Score assess(Instant now, const OutboundStream& stream);
  Score score() const { return meter_.score(); }
  Bitrate bitrate() const { return bitrate_; }  // of payloads, without retransmissions

 private:
  // Audio of Chromium is reported every 5 s; who says nothing for three times that receives nothing.
  static constexpr Duration kUnheard = 15s;
  // A bitrate of less time would be that of one picture.
  static constexpr Duration kLeast = 250ms;
  // A single packet is bad luck, and more than one of a hundred is a link that loses; what it has lost, it will again.
  static constexpr std::int64_t kFewestLost = 2;
  static constexpr double kLossy = 0.01;
  static constexpr Duration kLossyFor = 30s;

  struct Sums {
    Instant at;
    std::uint64_t packets = 0;
    std::uint64_t payload_bytes = 0;
    std::uint64_t resent = 0;
  };
  static Sums sums_of(Instant now, const OutboundStream& stream);

  Sums last_;
  Instant began_;          // to send, behind a silence or a pause
  Instant active_;         // when something had been sent since the assessment before
  std::int64_t lost_ = 0;  // by its link, as last reported
  Instant lossy_until_;
  Bitrate bitrate_;
  ScoreMeter meter_;
};

}  // namespace consomme::media
