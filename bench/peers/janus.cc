#include "bench/peers/janus.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/check.h"

namespace consomme::bench {
namespace {

namespace json = boost::json;

constexpr int kRoom = 1;
constexpr int kLaunches = 20;
constexpr int kRetryMs = 20;
constexpr timeval kLongestAnswer{.tv_sec = 10, .tv_usec = 0};

json::object& data_of(json::object& reply) {
  return reply["plugindata"].as_object()["data"].as_object();
}

std::string sdp_of(const json::object& reply) {
  const json::value* const jsep = reply.if_contains("jsep");
  check(jsep != nullptr, "Janus answers with a description");
  return std::string(jsep->at("sdp").as_string());
}

}  // namespace

Janus::Janus(const std::string& folder, const std::string& name) {
  // Interop: of Janus 1.1.2 the thread that serves the socket may find that its plugin is not ready yet, and end.
  for (int tries = 1; !launch(folder, name); ++tries)
    check(tries < kLaunches, "Janus opens its Unix socket: see its log");
  session_ = ask({{"janus", "create"}})["data"].at("id").to_number<std::uint64_t>();
  publisher_ = attach();
  // A bitrate of 0 asks the publisher for nothing less than it sends.
  tell(publisher_, {{"request", "create"}, {"room", kRoom}, {"publishers", 1}, {"bitrate", 0}});
  json::object joined = tell(publisher_, {{"request", "join"}, {"ptype", "publisher"}, {"room", kRoom}});
  feed_ = data_of(joined)["id"].to_number<std::uint64_t>();
}

Janus::~Janus() {
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

bool Janus::launch(const std::string& folder, const std::string& name) {
  const std::string file = folder + "/" + name + ".jcfg";
  const std::string log = folder + "/" + name + ".log";
  std::fflush(nullptr);  // or the child would print it again
  process_ = fork();
  check(process_ >= 0, "there may be another process");
  if (process_ != 0) return reach(folder + "/api");
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  check(std::freopen(log.c_str(), "a", stdout) != nullptr && dup2(STDOUT_FILENO, STDERR_FILENO) >= 0,
        "there is a folder for the log");
  execlp("janus", "janus", "--disable-colors", "--config", file.c_str(), "--configs-folder", folder.c_str(), nullptr);
  std::_Exit(EXIT_FAILURE);
}

bool Janus::reach(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  check(path.size() < sizeof address.sun_path, "the folder's name is short enough for a Unix socket");
  path.copy(address.sun_path, path.size());
  socket_ = net::Fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &kLongestAnswer, sizeof kLongestAnswer);
  const net::Fd running(static_cast<int>(syscall(SYS_pidfd_open, process_, 0)));
  pollfd ended{.fd = running.get(), .events = POLLIN, .revents = 0};
  while (connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    if (poll(&ended, 1, kRetryMs) != 0) {
      waitpid(process_, nullptr, 0);
      return false;
    }
  return true;
}

json::object Janus::ask(json::object request) {
  const std::string number = std::to_string(++asked_);
  request["transaction"] = number;
  if (session_ != 0) request["session_id"] = session_;
  const std::string text = json::serialize(request);
  check(send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()),
        "Janus listens");
  std::array<char, 65536> bytes{};
  for (;;) {
    const ssize_t size = recv(socket_.get(), bytes.data(), bytes.size(), 0);
    check(size > 0, "Janus answers");
    json::object reply = json::parse({bytes.data(), static_cast<std::size_t>(size)}).as_object();
    const json::value* const transaction = reply.if_contains("transaction");
    if (transaction == nullptr || transaction->as_string() != number || reply["janus"] == "ack") continue;
    check(reply["janus"] != "error", "Janus does what it is asked for");
    return reply;
  }
}

json::object Janus::tell(std::uint64_t handle, json::object body, json::object jsep) {
  json::object request{{"janus", "message"}, {"handle_id", handle}, {"body", std::move(body)}};
  if (!jsep.empty()) request["jsep"] = std::move(jsep);
  json::object reply = ask(std::move(request));
  check(!data_of(reply).contains("error"), "the VideoRoom does what it is asked for");
  return reply;
}

std::uint64_t Janus::attach() {
  return ask({{"janus", "attach"}, {"plugin", "janus.plugin.videoroom"}})["data"].at("id").to_number<std::uint64_t>();
}

std::string Janus::publish(const std::string& offer) {
  return sdp_of(tell(publisher_, {{"request", "publish"}}, {{"type", "offer"}, {"sdp", offer}}));
}

bool Janus::on_air() {
  json::object reply = tell(publisher_, {{"request", "listparticipants"}, {"room", kRoom}});
  return data_of(reply)["participants"].as_array().at(0).at("publisher").as_bool();
}

Janus::Subscription Janus::subscribe() {
  const std::uint64_t handle = attach();
  return {handle, sdp_of(tell(handle, {{"request", "join"},
                                       {"ptype", "subscriber"},
                                       {"room", kRoom},
                                       {"streams", json::array{{{"feed", feed_}}}}}))};
}

void Janus::accept(const Subscription& subscription, const std::string& answer) {
  tell(subscription.handle, {{"request", "start"}}, {{"type", "answer"}, {"sdp", answer}});
}

}  // namespace consomme::bench
