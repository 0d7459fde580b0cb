#include "sfu/worker/rtcp_out.h"

#include <array>
#include <vector>

#include "sfu/wire/rtcp_feedback.h"
#include "sfu/wire/rtcp_report.h"
#include "sfu/wire/rtcp_xr.h"

namespace consomme::worker {

namespace {

// Compounds that one more round of a loop below may fill: the one that is begun, and what the round adds.
constexpr std::size_t kRoomPerConsumer = 2;
constexpr std::size_t kRoomPerEncoding = 3;
// What follows the consumers: receiver reports, of which each fills a compound, and the answer.
constexpr std::size_t kRoomForRest = 12;

// Collects parts into compounds of at most Transport::kMaxRtcpBytes and sends each when the next part would not fit.
class CompoundSender {
 public:
  CompoundSender(transport::Transport& transport, SendBatch& out) : transport_(transport), out_(out) {}

  // `write(writer)` appends one part, all of it or (false) nothing.
  template <class Write>
  void add(Write write) {
    ByteWriter writer(ByteSpan(bytes_).subspan(used_));
    if (!write(writer) || !writer.ok()) {
      flush();
      writer = ByteWriter(bytes_);
      if (!write(writer) || !writer.ok()) return;
    }
    used_ += writer.size();
  }
  void flush() {
    if (used_ != 0) transport_.send_rtcp(ByteView(bytes_).first(used_), out_);
    used_ = 0;
  }

 private:
  transport::Transport& transport_;
  SendBatch& out_;
  std::array<std::uint8_t, transport::Transport::kMaxRtcpBytes> bytes_{};
  std::size_t used_ = 0;
};

// A report is followed by its source description: a compound begins with a report and names its source (RFC 3550 §6.1).
void add_sender_report(Instant now, const router::Consumer& consumer, CompoundSender& compound) {
  const auto info = consumer.stream.sender_info(now);
  if (!info) return;
  const Ssrc ssrc = consumer.stream.header().ssrc;
  compound.add([&](ByteWriter& writer) {
    return wire::write_sender_report(writer, ssrc, *info, {}) && wire::write_cname(writer, {ssrc, consumer.cname});
  });
}

// As many reports as the blocks need (RFC 3550 §6.4.2), one at least: it carries our reference time.
void add_receiver_reports(Instant now, Peer& peer, CompoundSender& compound) {
  std::array<wire::ReportBlock, wire::kMaxRtcpCount> blocks;
  std::size_t count = 0;
  const Ssrc self = peer.transport.rtcp_ssrc();
  const auto write_blocks = [&](ByteWriter& writer) {
    return wire::write_receiver_report(writer, self, std::span(blocks).first(count));
  };
  for (router::Producer* const producer : peer.producers)
    for (media::InboundStream& encoding : producer->encodings) {
      if (count == blocks.size()) {
        compound.add(write_blocks);
        count = 0;
      }
      if (const auto block = encoding.report(now)) blocks[count++] = *block;
    }
  compound.add([&](ByteWriter& writer) {
    return write_blocks(writer) && wire::write_reference_time(writer, self, NtpTime::from(now));
  });
}

void add_reference_answer(Instant now, const Peer& peer, CompoundSender& compound) {
  if (!peer.reference_time) return;
  const wire::DlrrItem item{peer.reference_time->sender, peer.reference_time->time.compact(),
                            to_compact_ntp(now - peer.reference_time->received)};
  compound.add(
      [&](ByteWriter& writer) { return wire::write_dlrr(writer, peer.transport.rtcp_ssrc(), std::span(&item, 1)); });
}

void send_nack(Ssrc self, Ssrc media, std::span<const SeqNo> lost, CompoundSender& compound) {
  std::array<wire::NackItem, media::NackGenerator::kMaxAsked> items;
  const wire::PackedNack packed = wire::pack_nack(lost, items);
  compound.add(
      [&](ByteWriter& writer) { return wire::write_nack(writer, self, media, std::span(items).first(packed.items)); });
}

void send_key_frame_request(Ssrc self, router::Producer& producer, Ssrc media, CompoundSender& compound) {
  if (producer.takes_pli) {
    compound.add([&](ByteWriter& writer) { return wire::write_pli(writer, {self, media}); });
  } else if (producer.takes_fir) {
    const wire::FirItem item{media, ++producer.fir_number};
    compound.add([&](ByteWriter& writer) { return wire::write_fir(writer, self, std::span(&item, 1)); });
  }
}

}  // namespace

bool send_reports(Instant now, Peer& peer, SendBatch& out) {
  CompoundSender compound(peer.transport, out);
  peer.transport.estimator().sent_report(now);
  for (; peer.reported < peer.consumers.size(); ++peer.reported) {
    if (out.room() < kRoomPerConsumer) break;
    router::Consumer& consumer = *peer.consumers[peer.reported];
    add_sender_report(now, consumer, compound);
    consumer.stream.trim(now);
  }
  const bool done = out.room() >= kRoomForRest;
  if (done) {
    if (!peer.producers.empty()) add_receiver_reports(now, peer, compound);
    add_reference_answer(now, peer, compound);
    peer.reported = 0;
  }
  compound.flush();
  return done;
}

void send_stream_feedback(Instant now, Peer& peer, SendBatch& out) {
  CompoundSender compound(peer.transport, out);
  const Ssrc self = peer.transport.rtcp_ssrc();
  for (router::Producer* const producer : peer.producers)
    for (media::InboundStream& encoding : producer->encodings) {
      if (encoding.deadline() > now) continue;
      if (out.room() < kRoomPerEncoding) return compound.flush();
      const auto feedback = encoding.expire(now);
      if (!encoding.ssrc()) continue;
      if (!feedback.lost.empty()) send_nack(self, *encoding.ssrc(), feedback.lost, compound);
      if (feedback.key_frame) send_key_frame_request(self, *producer, *encoding.ssrc(), compound);
    }
  compound.flush();
}

}  // namespace consomme::worker
