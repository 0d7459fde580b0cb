// The SFU in a process of its own, so that what it costs can be told from what its bots cost. Driven by requests over a
// socket pair, each of which is answered at once.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "net/fd.h"
#include "sfu/sfu.h"
#include "tests/sim/describe.h"

namespace consomme::bench {

struct Workers {
  unsigned count = 1;
  bool single_port = false;
};

class SfuProcess {
 public:
  explicit SfuProcess(const Workers& workers);
  ~SfuProcess();  // ends it
  SfuProcess(const SfuProcess&) = delete;
  SfuProcess& operator=(const SfuProcess&) = delete;

  // Of the server, for descriptions of sources.
  const ortc::RtpCapabilities& rtp_capabilities() const { return capabilities_; }

  RouterId open_room();
  void close_room(RouterId room);
  sfu::TransportOffer join(RouterId room);
  void connect(TransportId transport, const ortc::DtlsParameters& client);
  ProducerId produce(TransportId transport, const sim::Described& source);
  // Resumed. Returns the SSRC under which it is sent.
  Ssrc consume(TransportId transport, ProducerId producer);

  pid_t id() const { return process_; }

 private:
  ortc::RtpCapabilities capabilities_;
  net::Fd requests_;
  pid_t process_ = 0;
};

}  // namespace consomme::bench
