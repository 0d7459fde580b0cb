#include "server/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>

namespace consomme::server {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double count_descriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator all("/proc/self/fd", error);
  return static_cast<double>(std::distance(begin(all), end(all))) - 1;  // this one of the folder
}

double resident_bytes() {
  double total_pages = 0;
  double resident_pages = 0;
  std::ifstream("/proc/self/statm") >> total_pages >> resident_pages;
  return resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

// Near enough: this is read before main.
const auto kStarted = std::chrono::system_clock::now().time_since_epoch();

}  // namespace

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void ignore_broken_pipes() {
  std::signal(SIGPIPE, SIG_IGN);
}

bool is_signal_ignored(int signal) {
  struct sigaction now{};
  return sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

ProcessFigures process_figures() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  rlimit descriptors{};
  getrlimit(RLIMIT_NOFILE, &descriptors);
  return {.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime),
          .open_descriptors = count_descriptors(),
          .max_descriptors = static_cast<double>(descriptors.rlim_cur),
          .resident_bytes = resident_bytes(),
          .start_seconds = std::chrono::duration<double>(kStarted).count()};
}

}  // namespace consomme::server
