// What signaling wants sent. An acknowledgement is not among them: it is the return value of Signaling::receive(), so
// it is sent before the events it causes. The exception is one that has to wait for the media plane.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/strong.h"

namespace consomme::server {

// The acknowledgement of a request; of one that asks a worker it comes as a LateAnswer with that token.
struct AnsweredLater {
  StatsToken token;
};
// An object that is the same for everybody, as its text.
struct WrittenAnswer {
  std::shared_ptr<const std::string> json;
};
using Answer = std::variant<boost::json::object, WrittenAnswer, AnsweredLater>;

struct ToPeer {
  std::string peer;
  std::string_view event;  // one of the names in events.h
  boost::json::value payload;
};
// To all of these as one text.
struct ToPeers {
  std::vector<std::string> peers;
  std::string_view event;
  boost::json::value payload;
};
// To every peer in the room, but `except`. EnterRoom and LeaveRoom before it say who that is.
struct ToRoom {
  std::string room;
  std::string_view event;
  boost::json::value payload;
  std::string except;  // may be empty
};
struct EnterRoom {
  std::string peer;
  std::string room;
};
struct LeaveRoom {
  std::string peer;
  std::string room;
};
struct LateAnswer {
  std::string peer;
  StatsToken token;
  boost::json::object answer;
};
using Output = std::variant<ToPeer, ToPeers, ToRoom, EnterRoom, LeaveRoom, LateAnswer>;

}  // namespace consomme::server
