// The bandwidth towards a receiver that tells nothing but what receiver reports have of it (RFC 3550 §6.4.1): once a
// second or so what was lost, and by the sender report that it saw last how long the queue was that this one found.
// That is too little to be felt for by sending more and more, so more is believed only where a sounding has shown it,
// and less where a queue stands or much is lost. Nor is what everybody begins with believed where nothing else tells of
// the link: the queue of a narrow one would be full, and the sender reports lost in it. Owned by the bandwidth
// estimator.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>

#include "base/strong.h"
#include "base/time.h"
#include "sfu/bwe/allocation.h"
#include "sfu/bwe/bitrate.h"
#include "sfu/bwe/reported_loss.h"
#include "sfu/bwe/round_trip.h"
#include "sfu/bwe/sender_reports.h"
#include "sfu/bwe/sounding.h"
#include "sfu/bwe/standing_queue.h"

namespace consomme::bwe {

class ReportEstimate {
 public:
  // `start`: what everybody begins with. `rate`: what is believed of the path; nullopt: nothing yet.
  ReportEstimate(Bitrate start, std::optional<Bitrate> rate) : start_(start), rate_(rate), sounding_(start) {}

  // Nothing else tells of the link: what everybody begins with is tried before it is believed.
  void doubt() {
    if (!informed_) rate_.reset();
  }
  // The round trip of a path on which nothing was sent yet.
  void measured(Instant now, Duration round_trip);
  void sent(std::size_t bytes) {
    bytes_ += static_cast<double>(bytes);
    loss_.sent(bytes);
  }
  void sent_report(Instant now);
  // Of one report: packets of all streams since the one before, and how many of them were lost.
  void receive(Instant now, const SeenReport& seen, double lost, double expected);

  // As of Sounding, whose padding is sent like media.
  void expire(Instant now, const Wanted& wanted);
  Instant deadline(const Wanted& wanted) const {
    return std::min({sounding_.deadline(wanted, rate_), loss_.deadline(), dares_at_});
  }
  std::size_t due(Instant now) const { return std::max(sounding_.due(now, bytes_), loss_.due(now)); }
  void padded(Instant now) {
    sounding_.padded(now);
    loss_.padded(now);
  }
  bool wants_report(Instant now) const { return sounding_.wants_report(now); }

  bool heard() const { return heard_; }        // a sender report was answered
  bool limited() const { return limited_; }    // the link has shown a limit
  bool informed() const { return informed_; }  // it has shown something
  Bitrate rate() const { return rate_.value_or(std::min(start_, kModest)); }
  std::optional<Bitrate> believed() const { return rate_; }
  // What of all that is sent arrives; zero where nothing is known.
  Bitrate arriving() const { return arriving_; }
  Patience::Evidence evidence() const;

 private:
  // What any link may be asked to bear before it is known: the base of a video, or a few.
  static constexpr Bitrate kModest = kbps(200);
  static constexpr Bitrate kLeast = kbps(30);     // so that it can grow
  static constexpr Duration kCalm = 40ms;         // of queue: it misleads no sounding, and after one tells of no limit
  static constexpr Duration kLong = 50ms;         // of queue: more is sent than the link carries
  static constexpr Duration kSevere = 150ms;      // of queue: no picture makes that by itself
  static constexpr double kFull = 0.95;           // of what gets through: so much does so without a queue
  static constexpr double kDraining = 0.85;       // of what gets through, where a queue has to drain
  static constexpr double kFullPacket = 1200;     // bytes
  static constexpr Duration kResponse = 1s;       // for less loss to be told, since less is sent
  static constexpr Duration kLeastApart = 200ms;  // two answers that tell what gets through between them
  // For the first answer: a receiver may report every five seconds (RFC 3550 §6.2), and some never do.
  static constexpr Duration kPatience = 6s;
  static constexpr Duration kFirstPicture = 300ms;  // a key picture, whose queue a sounding would take for its own

  void follow(Instant now, const SenderReports::Answer& answer, double lost);
  void sounded(Instant now, Bitrate through, Duration queue);
  void fall(Instant now, Bitrate to);
  void believe(Bitrate rate);
  Bitrate arrived(const SenderReports::Answer& answer, double lost) const;

  Bitrate start_;
  std::optional<Bitrate> rate_;  // nullopt: nothing is known yet
  Instant dares_at_ = kNever;    // to believe in the start, without an answer
  bool limited_ = false;
  bool informed_ = false;
  double bytes_ = 0;  // sent, of everything
  ReportedLoss loss_;
  SenderReports reports_;
  SenderReports::Answer last_{};  // or before the first, when the path was measured
  bool heard_ = false;
  Bitrate arriving_{};
  Instant fallen_{};
  Patience::Evidence evidence_ = Patience::Evidence::kNone;  // but for a queue
  RoundTrip round_trip_;
  Duration queue_{};  // that the last answer told of
  StandingQueue standing_queue_;
  Sounding sounding_;
};

}  // namespace consomme::bwe
