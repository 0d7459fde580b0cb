// The running server: what clients send goes from Socket.IO to Signaling, what Signaling wants sent goes back, and what
// the media plane reports goes to Signaling too. All of it on the thread that runs the io_context; no decision is made
// here but when to end.
#pragma once

#include <cstdint>
#include <memory>

#include "base/error.h"
#include "server/config.h"
#include "server/log.h"
#include "server/web_files.h"
#include "sfu/sfu.h"

namespace boost::asio {
class io_context;
}

namespace consomme::server {

class Server {
 public:
  // `config`, `log` and `sfu` must outlive it.
  Server(boost::asio::io_context& io, const Config& config, const Log& log, sfu::Sfu& sfu, WebFiles files);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Accepts clients from now on. The port, or why it could not.
  //
  // The first SIGTERM, SIGINT or SIGHUP (a terminal that was closed; unless it was ignored at the start) ends it
  // kindly: no new rooms, and the end when the last call has ended or after Config::drain_s. The second ends it at
  // once. Then the io_context runs out of work.
  Result<std::uint16_t> listen();

 private:
  class Body;
  std::unique_ptr<Body> body_;
};

}  // namespace consomme::server
