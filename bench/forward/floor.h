// The floor below the worker: what it costs to receive a packet, decrypt it, and for every consumer write a header,
// encrypt and send, with the same ciphers and system calls and nothing else. No ICE, no loss repair, no reports, no
// choice of who gets what. Packets of one frame to one consumer leave as one message, all messages of a turn in one
// call.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "base/time.h"
#include "bench/forward/meeting.h"
#include "net/fd.h"
#include "net/socket_address.h"
#include "sfu/srtp/cipher.h"
#include "sfu/srtp/engine.h"

namespace consomme::bench {

class Floor {
 public:
  // Sends to the consumers of a Meeting of the same work, which must be there if they are on loopback.
  Floor(const Work& work, const Destination& to, const srtp::CryptoEngine& engine);

  // CPU nanoseconds per packet sent, over so many turns of one frame each; `reading` the clock costs that much.
  double measure(int turns, Duration reading);

 private:
  struct Consumer {
    srtp::SessionKeys keys;
    std::unique_ptr<srtp::PacketCipher> cipher;
    net::KernelAddress address{};
    socklen_t address_bytes = 0;
    std::uint64_t index = 0;  // of its next packet
  };
  struct Segmentation {
    alignas(cmsghdr) std::uint8_t bytes[CMSG_SPACE(sizeof(std::uint16_t))];
  };

  void prepare_frame(const srtp::CryptoEngine& engine);
  void send_frame();
  void receive_frame();
  void forward(std::size_t room);

  Work work_;
  std::size_t payload_bytes_;
  std::size_t packet_bytes_;  // encrypted
  net::Fd sender_;
  net::Fd socket_;
  srtp::SessionKeys sender_keys_;
  std::unique_ptr<srtp::PacketCipher> sender_cipher_;
  std::vector<Consumer> consumers_;
  std::vector<std::uint8_t> frame_;     // as the sender encrypts it
  std::vector<std::uint8_t> received_;  // encrypted
  std::vector<std::uint8_t> plain_;
  std::vector<std::uint8_t> arena_;
  std::vector<iovec> incoming_;
  std::vector<mmsghdr> incoming_headers_;
  std::vector<iovec> outgoing_;
  std::vector<Segmentation> segmentation_;
  std::vector<mmsghdr> outgoing_headers_;
};

}  // namespace consomme::bench
