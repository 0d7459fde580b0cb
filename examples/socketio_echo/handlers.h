// What the echo server does with events: everything a protocol test or a real client's own test suite asks for.
#pragma once

#include <boost/asio/io_context.hpp>

#include "socketio/server.h"

namespace sio_echo {

void register_namespaces(boost::asio::io_context& io, consomme::socketio::Server& server);

}  // namespace sio_echo
