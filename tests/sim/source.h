// A sender as a browser has it: makes frames of packets, keeps them for retransmission, and makes a key frame when
// asked. Its payload is VP8 as far as an SFU reads it, and carries the packet's own number, so that a receiver can
// prove what it got.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/bytes.h"
#include "base/rng.h"
#include "base/sequence.h"
#include "base/strong.h"
#include "base/time.h"
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
  ExtensionId transport_seq_id{5};
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
  void key_frame_wanted() { make_key_frame_ = true; }
  // From now on its frames are of 1 to 3 temporal layers, each of which needs the lowest only, and are numbered.
  void use_temporal_layers(int layers) { temporal_layers_ = layers; }

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
  // When each packet was sent, by the number in its payload, and when what it shows was captured.
  Instant sent_at(std::uint64_t number) const { return sent_at_[number - config_.first_number]; }
  Instant captured_at(std::uint64_t number) const { return sent_at(number) - config_.encoding; }

 private:
  Outgoing packet(Instant now, bool first, bool last, std::uint16_t& transport_seq);
  void describe_layer(std::vector<std::uint8_t>& payload) const;
  int temporal_layer() const;

  SourceConfig config_;
  Instant next_frame_ = kNever;
  ExtSeqNo next_seq_{1000};
  ExtSeqNo next_rtx_{500};
  std::uint32_t timestamp_ = 5000;  // of the next frame
  Instant last_frame_{};
  bool make_key_frame_ = true;
  int temporal_layers_ = 0;      // 0: nothing is said of them
  std::uint16_t picture_ = 0;    // of 15 bits
  std::uint8_t base_index_ = 0;  // TL0PICIDX
  bool frame_is_key_ = false;
  std::uint64_t packets_ = 0;
  std::uint64_t key_frames_ = 0;
  std::map<std::uint16_t, std::vector<std::uint8_t>> payloads_;  // by sequence number, the last 4096
  std::map<std::uint16_t, std::uint32_t> timestamps_;
  std::map<std::uint16_t, Outgoing> sent_;  // audio, the last 4096
  std::vector<Asked> asked_;
  std::vector<Instant> key_frame_requests_;
  std::vector<Instant> sent_at_;
};

}  // namespace consomme::sim
