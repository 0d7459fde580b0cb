// What a producer and a consumer are made from: everything negotiation settled, in the shape in which packets need it.
// Made by the control side, carried to the worker by value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/strong.h"
#include "sfu/media/redundancy.h"
#include "sfu/media/rewrite.h"
#include "sfu/wire/payload/codec.h"
#include "sfu/wire/rtp.h"

namespace consomme::router {

// One payload type of the sender.
struct PayloadSetup {
  PayloadType incoming;
  PayloadType mapped;  // the router's
  wire::Codec codec = wire::Codec::kOpus;
  std::uint32_t clock_rate = 0;        // Hz
  std::optional<PayloadType> repairs;  // of RTX: the sender's payload type that it repairs (apt, RFC 4588 §8.6)
};

// One stream of the sender: an encoding, with the names by which its packets are found.
struct StreamSetup {
  std::optional<Ssrc> ssrc;
  std::optional<Ssrc> rtx_ssrc;
  std::string rid;  // empty: none
};

struct ProducerSetup {
  ProducerId producer;
  bool video = false;
  bool paused = false;
  std::string mid;  // empty: none
  std::vector<PayloadSetup> payloads;
  std::vector<StreamSetup> streams;  // at least one, lowest quality first
  wire::ExtensionIds extensions;     // the sender's ids
  std::string cname;
  bool nack = false;                    // the sender takes generic NACK (RFC 4585 §6.2.1)
  bool pli = false;                     // it takes PLI
  bool fir = false;                     // it takes FIR (RFC 5104 §4.3.1)
  bool transport_cc = false;            // it wants transport-wide feedback
  std::optional<media::RedConfig> red;  // of sound that may be forwarded redundantly
};

struct ConsumerSetup {
  ConsumerId consumer;
  ProducerId producer;
  bool video = false;
  bool paused = true;
  media::OutboundHeader header;
  wire::Codec codec = wire::Codec::kOpus;
  std::uint32_t clock_rate = 0;  // Hz
  bool nack = false;             // the receiver sends generic NACK
  std::string cname;
  SeqNo first_seq;  // random, see media::OutboundConfig
  SeqNo first_rtx_seq;
  RtpTimestamp first_timestamp;
};

}  // namespace consomme::router
