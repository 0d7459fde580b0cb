#include "handlers.h"

#include <algorithm>
#include <array>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <ctime>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sio_echo {
namespace {

namespace json = boost::json;
using consomme::socketio::Ack;
using consomme::socketio::Admission;
using consomme::socketio::Args;
using consomme::socketio::as_binary;
using consomme::socketio::binary;
using consomme::socketio::Handshake;
using consomme::socketio::Namespace;
using consomme::socketio::Server;
using consomme::socketio::Socket;
using std::chrono::milliseconds;

constexpr milliseconds kAuthDelay{20};
// What one `burst` may ask for; the rest of a bigger one is left out.
constexpr std::int64_t kMaxBurstBytes = 48'000'000;
constexpr std::int64_t kMaxBurstMessages = 100'000;
constexpr std::int64_t kMaxDelayMs = 60'000;

struct Call {
  boost::asio::io_context& io;
  Server& server;
  const Socket& socket;
  Args args;
  Ack ack;
};
using Handler = void (*)(Call&);
using Table = std::map<std::string_view, Handler>;

json::value arg(const Args& args, std::size_t i) {
  return i < args.size() ? args[i] : json::value();
}

std::string text(const Args& args, std::size_t i) {
  const json::value value = arg(args, i);
  return value.is_string() ? std::string(value.get_string()) : std::string();
}

std::int64_t number(const Args& args, std::size_t i, std::int64_t most) {
  const json::value value = arg(args, i);
  const double d = value.is_number() ? value.to_number<double>() : 0;
  return static_cast<std::int64_t>(std::clamp(d, 0.0, static_cast<double>(most)));
}

Args rest(Args args, std::size_t from) {
  args.erase(args.begin(), args.begin() + static_cast<std::ptrdiff_t>(std::min(from, args.size())));
  return args;
}

template <class Work>
void after(boost::asio::io_context& io, milliseconds delay, Work work) {
  const auto timer = std::make_shared<boost::asio::steady_timer>(io, delay);
  const auto shared = std::make_shared<Work>(std::move(work));
  timer->async_wait([timer, shared](boost::system::error_code ec) {
    if (!ec) (*shared)();
  });
}

std::string iso_time() {
  const auto now = std::chrono::system_clock::now();
  const auto ms = std::chrono::duration_cast<milliseconds>(now.time_since_epoch()).count() % 1000;
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 32> date{};
  const std::size_t n = std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S.", &utc);
  const std::string fraction = std::to_string(1000 + ms).substr(1);
  return std::string(date.data(), n) + fraction + "Z";
}

json::object handshake_json(const Handshake& handshake) {
  json::object headers;
  for (const auto& h : handshake.headers) headers.insert_or_assign(h.name, json::string_view(h.value));
  return {{"query", handshake.query},
          {"auth", handshake.auth},
          {"headers", std::move(headers)},
          {"address", json::string_view(handshake.address)}};
}

json::array room_list(const Socket& socket) {
  json::array rooms;
  for (const std::string& room : socket.rooms()) rooms.emplace_back(json::string_view(room));
  return rooms;
}

void info(Call& c) {
  c.ack(json::object{{"id", json::string_view(c.socket.id())},
                     {"nsp", json::string_view(c.socket.nsp())},
                     {"transport", json::string_view(c.socket.transport())},
                     {"rooms", room_list(c.socket)},
                     {"query", c.socket.handshake().query},
                     {"address", json::string_view(c.socket.handshake().address)}});
}

void delay_ack(Call& c) {
  const milliseconds delay(number(c.args, 0, kMaxDelayMs));
  after(c.io, delay, [ack = std::move(c.ack), args = rest(std::move(c.args), 1)]() mutable { ack.send(args); });
}

void emit_with_ack(Call& c) {
  c.socket.emit_args_with_ack("please-ack", c.args,
                              [socket = c.socket](const Args& answer) { socket.emit_args("acked", answer); });
}

std::int64_t members(const Call& c, const std::string& room) {
  return static_cast<std::int64_t>(c.server.room_size(c.socket.nsp(), room));
}

void join(Call& c) {
  const std::string room = text(c.args, 0);
  c.socket.join(room);
  c.ack(members(c, room));
}

void leave(Call& c) {
  const std::string room = text(c.args, 0);
  c.socket.leave(room);
  c.ack(members(c, room));
}

void to_room(Call& c) {
  Args message{json::string_view(c.socket.id())};
  for (json::value& value : rest(c.args, 1)) message.push_back(std::move(value));
  c.socket.to_room_args(text(c.args, 0), "room-msg", message);
  c.ack();
}

template <class Payload>
void burst(const Call& c, std::string_view event, Payload payload) {
  const std::int64_t n = number(c.args, 0, kMaxBurstMessages);
  const std::int64_t bytes = number(c.args, 1, kMaxBurstBytes);
  for (std::int64_t i = 0; i < n && i * bytes < kMaxBurstBytes; ++i)
    c.socket.emit(event, i, payload(i, static_cast<std::size_t>(bytes)));
}

void burst_text(Call& c) {
  burst(c, "burst", [](std::int64_t, std::size_t bytes) { return json::value(std::string(bytes, 'x')); });
}

void burst_binary(Call& c) {
  burst(c, "burst-binary",
        [](std::int64_t i, std::size_t bytes) { return binary(std::string(bytes, static_cast<char>(i & 255))); });
}

void kick(Call& c) {
  const json::value close = arg(c.args, 0);
  c.socket.disconnect(close.is_bool() && close.get_bool());
}

const Table kCommon = {
    {"message", [](Call& c) { c.socket.emit_args("message-back", c.args); }},
    {"message-with-ack", [](Call& c) { c.ack.send(c.args); }},
    {"delay-ack", delay_ack},
    {"emit-with-ack", emit_with_ack},
    {"join", join},
    {"leave", leave},
    {"to-room", to_room},
    {"burst", burst_text},
    {"burst-binary", burst_binary},
    {"kick", kick},
    {"info", info},
};

// The rest is what the official client's tests expect of the server they run against.

void get_id(Call& c) {
  c.ack(c.socket.id());
}

void ask_ack(Call& c) {
  c.socket.emit_with_ack("ack", [socket = c.socket](const Args& answer) {
    if (answer == Args{5, json::object{{"test", true}}}) socket.emit("got it");
  });
}

void get_utf8(Call& c) {
  for (const char* word : {"てすと", "Я Б Г Д Ж Й", "Ä ä Ü ü ß", "utf8 — string", "utf8 — string"})
    c.socket.emit("takeUtf8", word);
}

void buffer_reply(Call& c) {
  if (as_binary(arg(c.args, 0))) c.socket.emit("buffack");
}

bool has_json_with_buffer(const Args& args) {
  const json::value value = arg(args, 0);
  const json::object* const object = value.if_object();
  if (object == nullptr) return false;
  const json::value* const hello = object->if_contains("hello");
  const json::value* const message = object->if_contains("message");
  const json::value* const goodbye = object->if_contains("goodbye");
  return hello != nullptr && *hello == json::value("lol") && message != nullptr && as_binary(*message) &&
         goodbye != nullptr && *goodbye == json::value("gotcha");
}

template <std::size_t N>
struct Name {
  constexpr Name(const char (&given)[N]) { std::copy_n(given, N, text); }
  char text[N];
};

template <Name kReply>
void json_buffer(Call& c) {
  if (has_json_with_buffer(c.args)) c.socket.emit(kReply.text);
}

// A room of its own remembers that the first of two buffers came.
std::string first_buffer_room(const Socket& socket) {
  return "abuff1 " + socket.id();
}

void first_buffer(Call& c) {
  if (as_binary(arg(c.args, 0))) c.socket.join(first_buffer_room(c.socket));
}

void second_buffer(Call& c) {
  const std::string room = first_buffer_room(c.socket);
  if (c.server.room_size(c.socket.nsp(), room) == 0) return;
  c.socket.leave(room);
  c.socket.emit("abuff2-ack");
}

const Table kMainOnly = {
    {"getId", get_id},
    {"hi", [](Call& c) { c.socket.emit("hi"); }},
    {"echo", [](Call& c) { c.ack(arg(c.args, 0)); }},
    {"ack", ask_ack},
    {"getAckDate", [](Call& c) { c.ack(iso_time()); }},
    {"getDate", [](Call& c) { c.socket.emit("takeDate", iso_time()); }},
    {"getDateObj", [](Call& c) { c.socket.emit("takeDateObj", json::object{{"date", json::value(iso_time())}}); }},
    {"getUtf8", get_utf8},
    {"false", [](Call& c) { c.socket.emit("false", false); }},
    {"doge", [](Call& c) { c.socket.emit("doge", binary("asdfasdf")); }},
    {"getbin", [](Call& c) { c.socket.emit("takebin", binary("asdfasdf")); }},
    {"buffa", buffer_reply},
    {"jsonbuff", json_buffer<"jsonbuff-ack">},
    {"jsonblob", json_buffer<"jsonblob-ack">},
    {"abuff1", first_buffer},
    {"abuff2", second_buffer},
    {"getHandshake", [](Call& c) { c.ack(handshake_json(c.socket.handshake())); }},
};

const Table kIdOnly = {{"getId", get_id}};

Namespace with_tables(boost::asio::io_context& io, Server& server, std::initializer_list<const Table*> tables) {
  Namespace nsp;
  nsp.on_event = [&io, &server, all = std::vector<const Table*>(tables)](const Socket& socket, std::string_view event,
                                                                         Args args, Ack ack) {
    for (const Table* table : all) {
      const auto found = table->find(event);
      if (found == table->end()) continue;
      Call call{io, server, socket, std::move(args), std::move(ack)};
      return found->second(call);
    }
  };
  return nsp;
}

Namespace echo(boost::asio::io_context& io, Server& server, std::initializer_list<const Table*> tables) {
  Namespace nsp = with_tables(io, server, tables);
  nsp.on_connect = [](const Socket& socket) { socket.emit("auth", socket.handshake().auth); };
  nsp.on_disconnect = [](const Socket& socket, std::string_view reason) {
    const json::object left{{"id", json::string_view(socket.id())}, {"reason", json::string_view(reason)}};
    for (const std::string& room : socket.rooms()) socket.to_room(room, "room-left", left);
  };
  return nsp;
}

bool has_fail(const Handshake& handshake) {
  const json::value* const fail = handshake.query.if_contains("fail");
  return fail != nullptr && !fail->get_string().empty();
}

bool knows_secret(const Handshake& handshake) {
  const json::value* const token = handshake.auth.if_contains("token");
  return token != nullptr && *token == json::value("secret");
}

}  // namespace

void register_namespaces(boost::asio::io_context& io, Server& server) {
  Namespace main = echo(io, server, {&kCommon, &kMainOnly});
  main.admit = [](const Handshake& handshake, Admission admission) {
    if (has_fail(handshake)) return admission.refuse({"Auth failed (main namespace)", nullptr});
    admission.accept();
  };
  Namespace auth = echo(io, server, {&kCommon});
  auth.admit = [&io](const Handshake& handshake, Admission admission) {
    after(io, kAuthDelay, [is_known = knows_secret(handshake), admission = std::move(admission)]() mutable {
      if (is_known) return admission.accept();
      admission.refuse({"not authorized", json::object{{"code", "E_AUTH"}}});
    });
  };
  Namespace never;
  never.admit = [](const Handshake&, Admission admission) {
    admission.refuse({"Auth failed (custom namespace)", nullptr});
  };
  Namespace greeting;
  greeting.on_connect = [](const Socket& socket) { socket.emit("handshake", handshake_json(socket.handshake())); };

  server.of("/", std::move(main));
  server.of("/custom", echo(io, server, {&kCommon}));
  server.of("/auth", std::move(auth));
  server.of("/no", std::move(never));
  server.of("/abc", std::move(greeting));
  server.of("/foo", with_tables(io, server, {&kIdOnly}));
  for (const char* nsp : {"/asd", "/valid", "/timeout_socket"}) server.of(nsp, with_tables(io, server, {}));
}

}  // namespace sio_echo
