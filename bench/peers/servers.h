// The servers that are compared: each a process with one room, at which one bot sends and others receive.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "bench/bot/bots.h"
#include "tests/sim/describe.h"

namespace consomme::bench {

struct Medium {
  const char* name;
  const char* mime_type;
  Duration frame_interval;
  int packets_per_frame;
  std::size_t payload_bytes;
};

class Server {
 public:
  virtual ~Server() = default;  // ends it
  virtual pid_t id() const = 0;
  // Once, and before anybody subscribes.
  virtual const sim::Source& publish(Bots& bots, const Medium& medium) = 0;
  // Whether there is something to subscribe to.
  virtual bool on_air() = 0;
  virtual const Receiver& subscribe(Bots& bots, const sim::Source& source) = 0;
};

// With one worker.
std::unique_ptr<Server> start_consomme();
// With the configuration `name`.jcfg in `folder`.
std::unique_ptr<Server> start_janus(const std::string& folder, const std::string& name);

}  // namespace consomme::bench
