// What signaling wants sent. An acknowledgement is not among them: it is the return value of Signaling::receive(), so
// it is sent before the events it causes.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <variant>

namespace consomme::server {

struct ToPeer {
  std::string peer;
  std::string_view event;  // one of the names in events.h
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
using Output = std::variant<ToPeer, ToRoom, EnterRoom, LeaveRoom>;

}  // namespace consomme::server
