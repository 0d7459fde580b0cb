// A received RTP packet in plaintext: stored once, then immutable and shared by reference by every consumer. The
// transport decrypts into a PacketBuilder, the inbound stream completes and publishes it, and the slot returns to its
// pool with the last reference. One worker's world: the count is a plain integer. Another worker gets a Loan, and makes
// a packet of its own of it that has these words and points to these bytes (borrowed_packets.h).
//
// `bytes()` is the packet as it came; what it means is in `rtp`, in which RTX is undone. So a packet that came as a
// retransmission has the original's numbers in `rtp` only, and its payload is found by `rtp.payload_offset`. Of sound
// that may be said twice the bytes are not as they came: right before the payload lies what a redundant one says before
// its own part (redundancy.h).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/datagram.h"
#include "base/sequence.h"
#include "base/time.h"
#include "sfu/media/extension_set.h"
#include "sfu/wire/dependency_descriptor.h"
#include "sfu/wire/payload/payload_info.h"
#include "sfu/wire/rtp.h"

namespace consomme::media {

class PacketPool;

// What a dependency descriptor says of the packet's frame, resolved (dependency_tracker.h); none of VP8 and VP9.
struct PacketDependencies {
  wire::DecodeTargetIndications targets;
  std::uint32_t active = 0;  // decode targets that the sender produces at present
  std::uint16_t frame_number = 0;
  std::uint8_t decode_targets : 6 = 0;  // 0: it carries none, or none that could be resolved
  std::uint8_t has_structure : 1 = 0;
  std::uint8_t tells_active : 1 = 0;  // its descriptor carries a mask of active targets
  std::uint8_t reference_count : 3 = 0;
  std::uint8_t says_more : 1 = 0;    // than its frame's other packets: that the frame ends, or what targets there are
  std::uint8_t is_numbered : 1 = 0;  // frame_number is known, also of one that could not be resolved
  std::array<std::uint8_t, 4> references{};  // frames back; 0: further than anybody remembers, or more than four
  std::array<std::uint8_t, wire::kMaxChains> chains{};  // frames back; 0: the chain starts here
};

// All about a packet but its bytes: two cache lines, and some words for codecs with a dependency descriptor.
struct PacketWords {
  Instant received;        // when it came
  Instant captured;        // when what it shows was, in our time; when it came, as long as its sender has not told
  ExtSeqNo seq;            // unwrapped within its source stream
  ExtTimestamp timestamp;  // unwrapped within its source stream
  wire::RtpView rtp;

  std::uint16_t size = 0;  // of bytes()
  ExtensionSet carried;    // which of `extensions` are there
  wire::PayloadInfo info;
  wire::ExtensionSlices extensions{};
  std::uint16_t redundancy_bytes : 15 = 0;  // right before the payload: headers and earlier blocks of RFC 2198
  std::uint16_t came_as_red : 1 = 0;        // and are the sender's, not our own
  PacketDependencies dependencies;
};

class alignas(64) Packet : public PacketWords {
 public:
  ByteView bytes() const { return ByteView(bytes_, size); }
  ByteView payload() const { return bytes().subspan(rtp.payload_offset, rtp.payload_bytes); }
  std::size_t received_bytes() const { return came_as_red ? size : std::size_t{size} - redundancy_bytes; }
  // The extension's value; empty when the packet carries none.
  ByteView extension(HeaderExtension e) const {
    const wire::ExtensionSlice slice = extensions[static_cast<std::size_t>(e)];
    return bytes().subspan(slice.offset, slice.size);
  }

 private:
  friend class PacketBuilder;
  friend class PacketRef;
  friend class PacketPool;
  friend class BorrowedPackets;

  void drop_reference() const {
    if (--references_ == 0) home_->push_back(const_cast<Packet*>(this));  // a mutable slot again
  }

  mutable std::uint32_t references_ = 0;
  std::vector<Packet*>* home_ = nullptr;  // where it is put with its last reference
  std::uint8_t* bytes_ = nullptr;
};

// One reference to a packet, held by another worker. That one reads the packet's words and bytes, which nobody writes;
// the count it leaves to the lender.
struct Loan {
  const Packet* packet = nullptr;
};

// A shared, immutable packet, or none.
class PacketRef {
 public:
  PacketRef() = default;
  // One more reference to a published packet.
  explicit PacketRef(const Packet& packet) : packet_(&packet) { ++packet.references_; }
  PacketRef(const PacketRef& other) : packet_(other.packet_) {
    if (packet_ != nullptr) ++packet_->references_;
  }
  PacketRef(PacketRef&& other) noexcept : packet_(std::exchange(other.packet_, nullptr)) {}
  PacketRef& operator=(PacketRef other) noexcept {
    std::swap(packet_, other.packet_);
    return *this;
  }
  ~PacketRef() { reset(); }

  void reset();
  explicit operator bool() const { return packet_ != nullptr; }
  const Packet& operator*() const { return *packet_; }
  const Packet* operator->() const { return packet_; }
  bool operator==(const PacketRef&) const = default;

 private:
  const Packet* packet_ = nullptr;
};

// A slot that nobody else sees yet. Empty when the pool had none. Dropped unpublished, it returns to the pool.
class PacketBuilder {
 public:
  PacketBuilder() = default;
  explicit PacketBuilder(Packet* slot) : packet_(slot) {}
  PacketBuilder(PacketBuilder&& other) noexcept : packet_(std::exchange(other.packet_, nullptr)) {}
  PacketBuilder& operator=(PacketBuilder&& other) noexcept {
    std::swap(packet_, other.packet_);
    return *this;
  }
  ~PacketBuilder();

  explicit operator bool() const { return packet_ != nullptr; }
  // Room for a packet, kMaxDatagramBytes long; how much of it is filled is said by `size`.
  ByteSpan room() { return {packet_->bytes_, kMaxDatagramBytes}; }
  Packet& operator*() { return *packet_; }
  Packet* operator->() { return packet_; }

  // From here on nobody writes to it. Leaves the builder empty.
  PacketRef publish();

 private:
  Packet* packet_ = nullptr;
};

// Slots in blocks that are allocated when first needed; outlives every packet taken from it, but for those that are
// lent: at the end nobody reads them any more. What bounds it is memory: 1.7 KB a packet, held for as long as
// retransmission histories refer to it (two seconds).
class PacketPool {
 public:
  static constexpr std::size_t kBlockPackets = 256;  // 442 KB at a time

  explicit PacketPool(std::size_t max_packets) : max_packets_(max_packets) {}
  ~PacketPool();
  PacketPool(const PacketPool&) = delete;
  PacketPool& operator=(const PacketPool&) = delete;

  // Empty, and counted, when max_packets are in use.
  PacketBuilder acquire();
  // A sixteenth is left, and is sound's: a call without pictures is still one.
  bool is_scarce() const { return in_use() > max_packets_ - max_packets_ / 16; }
  // Gives blocks of which nobody has a packet back to the allocator, some at a time, down to twice what is in use. To
  // be called now and then, while no PacketBuilder is out. False: there was none.
  bool shrink();

  // One more reference to a packet of this pool, for another worker. It comes back by take_back().
  Loan lend(const Packet& packet);
  void take_back(Loan loan);

  std::size_t in_use() const { return allocated_ - free_.size(); }
  double share_in_use() const { return static_cast<double>(in_use()) / static_cast<double>(max_packets_); }
  std::size_t lent() const { return lent_; }  // loans, of which a packet may have several
  std::size_t allocated() const { return allocated_; }
  std::uint64_t refused() const { return refused_; }

 private:
  // The bytes begin where the words end.
  struct Slot final : Packet {
    std::array<std::uint8_t, kMaxDatagramBytes> room;
  };
  struct Block {
    std::unique_ptr<Slot[]> first;
    std::size_t size = 0;

    std::span<Slot> slots() const { return {first.get(), size}; }
  };
  // Looked at in one call of shrink(), 14 MB: some milliseconds where the list of the free ones is at its longest.
  static constexpr std::size_t kBlocksAtOnce = 32;

  bool grow();
  void forget(std::vector<Block>& gone);
  std::size_t references() const;

  std::size_t max_packets_;
  std::size_t allocated_ = 0;
  std::size_t lent_ = 0;
  std::uint64_t refused_ = 0;
  std::vector<Packet*> free_;  // the warmest slot last
  std::vector<Block> blocks_;
  std::size_t next_look_ = 0;  // of shrink(), among the blocks
};

inline void PacketRef::reset() {
  if (const Packet* const packet = std::exchange(packet_, nullptr)) packet->drop_reference();
}

inline PacketBuilder::~PacketBuilder() {
  if (packet_ != nullptr) packet_->home_->push_back(packet_);
}

}  // namespace consomme::media
