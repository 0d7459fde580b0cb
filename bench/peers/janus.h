// Janus in a process of its own, with one room of its VideoRoom plugin (https://janus.conf.meetecho.com/docs), asked
// over the Unix socket that its configuration names. What it says without being asked is not listened to.
#pragma once

#include <sys/types.h>

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>

#include "net/fd.h"

namespace consomme::bench {

class Janus {
 public:
  // `folder` holds the configuration `name`.jcfg; the socket is to be `folder`/api. Janus ends with this process,
  // however that ends.
  Janus(const std::string& folder, const std::string& name);
  ~Janus();
  Janus(const Janus&) = delete;
  Janus& operator=(const Janus&) = delete;

  pid_t id() const { return process_; }

  // The one publisher of the room. Returns its answer.
  std::string publish(const std::string& offer);
  // Whether the publisher is connected; nobody can subscribe before.
  bool on_air();

  struct Subscription {
    std::uint64_t handle = 0;
    std::string offer;
  };
  Subscription subscribe();
  void accept(const Subscription& subscription, const std::string& answer);

 private:
  // False: it has ended before its socket could be reached.
  bool launch(const std::string& folder, const std::string& name);
  bool reach(const std::string& path);
  std::uint64_t attach();
  // The reply of the plugin, which is not the acknowledgement.
  boost::json::object ask(boost::json::object request);
  boost::json::object tell(std::uint64_t handle, boost::json::object body, boost::json::object jsep = {});

  pid_t process_ = 0;
  net::Fd socket_;
  std::uint64_t session_ = 0;
  std::uint64_t publisher_ = 0;  // its handle
  std::uint64_t feed_ = 0;       // what it publishes
  std::uint64_t asked_ = 0;
};

}  // namespace consomme::bench
