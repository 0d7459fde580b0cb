#include "bench/signaling/server_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "base/check.h"

namespace consomme::bench {

ServerProcess::ServerProcess(const std::vector<std::string>& command) {
  std::array<int, 2> ends{};
  check(pipe2(ends.data(), O_CLOEXEC) == 0, "a pipe can be made");
  output_ = net::Fd(ends[0]);
  const net::Fd write_end(ends[1]);
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) posix_spawn_file_actions_adddup2(&actions, write_end.get(), fd);
  check(posix_spawnp(&pid_, words[0], &actions, nullptr, words.data(), environ) == 0, "the server can be started");
  posix_spawn_file_actions_destroy(&actions);
  port_ = read_port();
}

ServerProcess::~ServerProcess() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

std::uint16_t ServerProcess::read_port() {
  constexpr std::string_view kMark = ", port ";
  std::string text;
  std::array<char, 4096> chunk;
  for (;;) {
    const std::size_t mark = text.find(kMark);
    if (mark != std::string::npos && text.find('\n', mark) != std::string::npos)
      return static_cast<std::uint16_t>(std::stoul(text.substr(mark + kMark.size())));
    const ssize_t n = read(output_.get(), chunk.data(), chunk.size());
    check(n > 0, "the server says which port it listens on");
    text.append(chunk.data(), static_cast<std::size_t>(n));
  }
}

}  // namespace consomme::bench
