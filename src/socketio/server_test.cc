// The server in one process with its client: handlers that emit, kick, throw and decide late.
#include "socketio/server.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

namespace consomme::socketio {
namespace {

using boost::asio::ip::tcp;
using testing::HasSubstr;

class ServerTest : public testing::Test {
 protected:
  void listen() {
    const auto port = server.listen();
    ASSERT_TRUE(port);
    client.connect({boost::asio::ip::address_v4::loopback(), *port});
    client.non_blocking(true);
  }
  // One exchange over polling; the answer's body.
  std::string exchange(const std::string& method, const std::string& query, const std::string& body = {}) {
    boost::asio::write(client, boost::asio::buffer(method + " /socket.io/?EIO=4&transport=polling" + query +
                                                   " HTTP/1.1\r\nHost: a\r\nContent-Length: " +
                                                   std::to_string(body.size()) + "\r\n\r\n" + body));
    std::string answer;
    while (!is_whole(answer)) {
      io.run_one_for(100ms);
      std::array<char, 4096> chunk;
      boost::system::error_code ec;
      answer.append(chunk.data(), client.read_some(boost::asio::buffer(chunk), ec));
      if (ec && ec != boost::asio::error::would_block) break;
    }
    return answer.substr(std::min(answer.size(), answer.find("\r\n\r\n") + 4));
  }
  static bool is_whole(const std::string& answer) {
    const std::size_t head = answer.find("\r\n\r\n");
    const std::size_t length = answer.find("Content-Length: ");
    return head != answer.npos && length != answer.npos &&
           answer.size() == head + 4 + static_cast<std::size_t>(std::stoi(answer.substr(length + 16)));
  }
  void open() {
    const std::string handshake = exchange("GET", "");
    session = "&sid=" + handshake.substr(handshake.find("sid\":\"") + 6, 20);
  }
  std::string post(const std::string& body) { return exchange("POST", session, body); }
  std::string get() { return exchange("GET", session); }

  boost::asio::io_context io{1};
  Server server{io, {.host = "127.0.0.1", .port = 0}};
  tcp::socket client{io};
  std::string session;
};

TEST_F(ServerTest, TellsConnectBeforeWhatItsHandlerEmitsAndAcksBeforeWhatFollows) {
  server.of("/", {.on_connect = [](const Socket& socket) { socket.emit("welcome", 1); },
                  .on_event =
                      [](const Socket& socket, std::string_view, const Args&, Ack ack) {
                        ack("done");
                        ack("twice");
                        socket.emit("after");
                      }});
  listen();
  open();
  EXPECT_EQ(post("40\x1e"
                 "427[\"e\"]"),
            "ok");
  EXPECT_THAT(get(), testing::MatchesRegex(
                         "40\\{\"sid\":\"[^\"]*\"\\}.42\\[\"welcome\",1\\].437\\[\"done\"\\].42\\[\"after\"\\]"));
}

TEST_F(ServerTest, CallsNoHandlerFromInsideADisconnect) {
  std::vector<std::string> calls;
  server.of("/", {.on_event =
                      [&](const Socket& socket, std::string_view, const Args&, const Ack&) {
                        socket.join("r");
                        socket.disconnect();
                        EXPECT_FALSE(socket.connected());
                        socket.emit("lost");
                        calls.emplace_back("event");
                      },
                  .on_disconnect =
                      [&](const Socket& socket, std::string_view reason) {
                        EXPECT_THAT(socket.rooms(), testing::ElementsAre("r"));
                        EXPECT_EQ(server.room_size("/", "r"), 0U);
                        calls.emplace_back(reason);
                      }});
  listen();
  open();
  post(
      "40\x1e"
      "42[\"e\"]");
  EXPECT_THAT(calls, testing::ElementsAre("event", "server namespace disconnect"));
  EXPECT_THAT(get(), testing::EndsWith("\x1e"
                                       "41"));
}

TEST_F(ServerTest, EndsOnlyTheConnectionWhoseHandlerThrew) {
  server.of("/", {.on_event = [](const Socket&, std::string_view, const Args& args, const Ack&) { args.at(5); }});
  listen();
  open();
  post(
      "40\x1e"
      "42[\"e\"]");
  EXPECT_THAT(get(), HasSubstr("Session ID unknown"));
  EXPECT_EQ(server.stats().clients, 0U);
  open();
  EXPECT_EQ(server.stats().clients, 1U);
}

TEST_F(ServerTest, DecidesLateAndForgetsWhoHasGone) {
  std::vector<Admission> pending;
  server.of("/", {.admit = [&](const Handshake&, Admission admission) { pending.push_back(std::move(admission)); }});
  listen();
  open();
  post("40");
  EXPECT_EQ(server.stats().sockets.at("/"), 0U);
  pending[0].refuse({"no", nullptr});
  pending[0].accept();
  EXPECT_EQ(get(), "44{\"message\":\"no\"}");
  post("40");
  pending[1].accept();
  EXPECT_THAT(get(), testing::StartsWith("40{"));
  EXPECT_EQ(server.stats().sockets.at("/"), 1U);
  open();
  post("40");
  post("1");
  pending[2].accept();
  io.poll();
  EXPECT_EQ(server.stats().clients, 1U);
}

TEST_F(ServerTest, KeepsAShortAuthAndShowsALongOneToTheHandlersOnly) {
  std::vector<Socket> sockets;
  std::vector<std::size_t> shown;
  const auto show = [&](const Handshake& handshake) { shown.push_back(handshake.auth.at("token").as_string().size()); };
  server.of("/", {.admit =
                      [&](const Handshake& handshake, Admission admission) {
                        show(handshake);
                        admission.accept();
                      },
                  .on_connect =
                      [&](const Socket& socket) {
                        show(socket.handshake());
                        sockets.push_back(socket);
                      }});
  listen();
  for (const std::size_t size : {100u, 17'000u}) {
    open();
    post("40{\"token\":\"" + std::string(size, 'x') + "\"}");
  }
  EXPECT_THAT(shown, testing::ElementsAre(100u, 100u, 17'000u, 17'000u));
  ASSERT_EQ(sockets.size(), 2u);
  EXPECT_TRUE(sockets[0].handshake().auth.contains("token"));
  EXPECT_TRUE(sockets[1].connected());
  EXPECT_FALSE(sockets[1].handshake().auth.contains("token"));
  EXPECT_EQ(sockets[1].handshake().query.at("EIO").as_string(), "4");
}

TEST_F(ServerTest, HandlesOutliveItQuietly) {
  Socket kept;
  Ack late;
  auto short_lived = std::make_unique<Server>(io, Config{.host = "127.0.0.1", .port = 0});
  short_lived->of("/", {.on_event = [&](const Socket& socket, std::string_view, const Args&, Ack ack) {
                    kept = socket;
                    late = std::move(ack);
                  }});
  const auto port = short_lived->listen();
  client.connect({boost::asio::ip::address_v4::loopback(), *port});
  client.non_blocking(true);
  open();
  post(
      "40\x1e"
      "421[\"e\"]");
  ASSERT_TRUE(kept.connected());
  short_lived.reset();
  EXPECT_FALSE(kept.connected());
  kept.emit("x");
  kept.join("r");
  kept.disconnect(true);
  late("y");
}

// Takes every file descriptor that the process may still open.
class NoDescriptors {
 public:
  NoDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const int next = ::open("/dev/null", O_RDONLY);
    const rlimit low{static_cast<rlim_t>(next), before_.rlim_max};
    ::close(next);
    setrlimit(RLIMIT_NOFILE, &low);
  }
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

TEST_F(ServerTest, WithoutADescriptorClosesWhoComesAndGoesOnWhenThereIsOne) {
  int turned_away = 0;
  server.on_turned_away([&](TurnedAway why) { turned_away += why == TurnedAway::kNoDescriptor ? 1 : 0; });
  client.open(tcp::v4());
  const auto port = server.listen();
  ASSERT_TRUE(port);
  const tcp::endpoint address(boost::asio::ip::address_v4::loopback(), *port);
  boost::system::error_code ec;
  {
    const NoDescriptors exhausted;
    client.connect(address);
    client.non_blocking(true);
    while (turned_away == 0 && io.run_one_for(5s) != 0) {
    }
    std::array<char, 1> byte;
    client.read_some(boost::asio::buffer(byte), ec);
  }
  EXPECT_EQ(turned_away, 1);
  EXPECT_TRUE(ec && ec != boost::asio::error::would_block) << "left to hang";
  client = tcp::socket(io);
  client.connect(address);
  client.non_blocking(true);
  open();
  EXPECT_EQ(server.stats().clients, 1U);
}

TEST_F(ServerTest, SaysWhyItCannotListen) {
  Server other(io, {.host = "not an address"});
  EXPECT_THAT(other.listen().error().text, HasSubstr("host must be an IPv4 or IPv6 address"));
}

}  // namespace
}  // namespace consomme::socketio
