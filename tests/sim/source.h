// A sender as a browser has it: makes frames of packets, keeps them for retransmission, and makes a key frame when
// asked. Its payload is that of its codec as far as an SFU reads it, and carries the packet's own number, so that a
// receiver can prove what it got.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/rng.h"
#include "base/sequence.h"
#include "base/strong.h"
#include "base/time.h"
#include "sfu/media/scalable_source.h"
#include "sfu/wire/rtcp_report.h"

namespace consomme::sim {

struct SourceConfig {
  Ssrc ssrc;
  Ssrc rtx_ssrc;
  PayloadType payload_type;
  PayloadType rtx_payload_type;
  bool video = true;
  Duration frame_interval = 33ms;
  int packets_per_frame = 4;
  std::size_t payload_bytes = 1000;
  std::uint32_t clock_rate = 90000;
  Duration encoding{};             // between the capture of a frame and its sending
  std::uint64_t first_number = 0;  // of the packets, in their payload
  std::string mid;
  ExtensionId mid_id{1};
  std::string rid;  // empty: none
  ExtensionId rid_id{2};
  bool numbered = true;  // transport-wide; else packets carry when they were sent
  ExtensionId transport_seq_id{5};
  ExtensionId send_time_id{4};
  ExtensionId dependency_id{7};
};

class Source {
 public:
  explicit Source(const SourceConfig& config) : config_(config) {}

  Instant deadline() const { return next_frame_; }
  void start(Instant now) { next_frame_ = now; }
  void stop() { next_frame_ = kNever; }
  bool running() const { return next_frame_ != kNever; }

  // A packet in plaintext with the index that protects it.
  struct Outgoing {
    std::vector<std::uint8_t> bytes;
    std::size_t header_bytes = 0;
    ExtSeqNo index;
    bool again = false;  // the very packet that was sent before
  };
  // The packets of the frames that are due. `transport_seq` counts on for every packet.
  std::vector<Outgoing> expire(Instant now, std::uint16_t& transport_seq);
  // Answers a NACK: video by an RTX packet, audio by the packet itself; empty for a number that was never sent.
  std::vector<Outgoing> retransmit(Instant now, SeqNo lost, std::uint16_t& transport_seq);
  // A report speaks of all up to this: how many packets that are since the one before.
  std::uint32_t reported(std::uint32_t highest) { return highest - std::exchange(reported_, highest); }
  void key_frame_wanted() { make_key_frame_ = true; }
  // From the beginning its pictures have the layers and sizes of this model, and not those of the configuration.
  void use_layers(const media::test::ScalableConfig& config) { scalable_.emplace(config); }
  // From now on its pictures take what this rate allows, as an encoder's do; not of a source with layers.
  void use_rate(Bitrate rate) { rate_ = rate; }
  std::optional<Bitrate> rate() const { return rate_; }  // nullopt: its pictures are as configured
  void code_layers(int spatial_layers) { scalable_->code_layers(spatial_layers); }  // see ScalableSource

  // Whether a sender report goes out with those of the others, about once a second: of sound in every fifth, as in
  // Chromium.
  bool reports_in_this_round() { return packets_ != 0 && (config_.video || rounds_++ % 5 == 1); }
  // What a sender report says now, by a wall clock that is `ahead` of the world's.
  wire::SenderInfo sender_info(Instant now, Duration ahead) const;

  const SourceConfig& config() const { return config_; }
  std::uint64_t packets() const { return packets_; }
  std::uint64_t key_frames() const { return key_frames_; }

  struct Asked {
    Instant at;
    SeqNo seq;
  };
  const std::vector<Asked>& asked() const { return asked_; }  // every number of every NACK that came
  const std::vector<Instant>& key_frame_requests() const { return key_frame_requests_; }
  void note_key_frame_request(Instant now) { key_frame_requests_.push_back(now); }
  // Of a source with layers: which frame a packet is of, by the number in its payload, and what is known of each.
  const media::test::ModelFrame& frame_of(std::uint64_t number) const {
    return frames().at(frame_ids_[number - config_.first_number]);
  }
  const std::map<int, media::test::ModelFrame>& frames() const { return scalable_->frames(); }
  // When each packet was sent, by the number in its payload, and when what it shows was captured.
  Instant sent_at(std::uint64_t number) const { return sent_at_[number - config_.first_number]; }
  Instant captured_at(std::uint64_t number) const { return sent_at(number) - config_.encoding; }

 private:
  // What a retransmission repeats.
  struct Content {
    std::vector<std::uint8_t> payload;
    std::vector<std::uint8_t> dependency;  // of AV1
    std::uint32_t timestamp = 0;
    bool marker = false;
  };
  std::vector<Content> contents();
  std::vector<Content> layered_contents();
  struct Cut {
    int packets = 1;
    std::size_t payload_bytes = 0;  // of each
  };
  Cut cut_of_rate(bool key);
  Outgoing packet(Instant now, Content content, std::uint16_t& transport_seq);

  SourceConfig config_;
  std::optional<Bitrate> rate_;
  Rng rng_{config_.ssrc.value()};
  std::uint64_t rounds_ = 0;       // of reports
  std::uint32_t reported_ = 1000;  // the first number
  Instant next_frame_ = kNever;
  ExtSeqNo next_seq_{1000};
  ExtSeqNo next_rtx_{500};
  std::uint32_t timestamp_ = 5000;  // of the next frame
  Instant last_frame_{};
  bool make_key_frame_ = true;
  std::optional<media::test::ScalableSource> scalable_;  // nullopt: its frames are all alike
  std::vector<int> frame_ids_;                           // by packet, of a source with layers
  std::uint64_t packets_ = 0;
  std::uint64_t key_frames_ = 0;
  std::map<std::uint16_t, Content> contents_;  // by sequence number, the last 4096
  std::map<std::uint16_t, Outgoing> sent_;     // audio, the last 4096
  std::vector<Asked> asked_;
  std::vector<Instant> key_frame_requests_;
  std::vector<Instant> sent_at_;
};

}  // namespace consomme::sim
