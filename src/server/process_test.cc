#include "server/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

namespace consomme::server {
namespace {

TEST(Process, MayOpenAsManyFilesAsItsHardLimitSays) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit low{before.rlim_max / 2, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  raise_descriptor_limit();
  rlimit after{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
  setrlimit(RLIMIT_NOFILE, &before);
}

TEST(Process, OutlivesTheReaderOfItsOutput) {
  ignore_broken_pipes();
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  EXPECT_EQ(write(ends[1], "x", 1), -1);
  close(ends[1]);
}

TEST(Process, KnowsWhichSignalsItWasStartedToIgnore) {
  EXPECT_FALSE(is_signal_ignored(SIGHUP));
  std::signal(SIGHUP, SIG_IGN);
  EXPECT_TRUE(is_signal_ignored(SIGHUP));
  std::signal(SIGHUP, SIG_DFL);
}

TEST(Process, KnowsItsFigures) {
  const ProcessFigures before = process_figures();
  const int more[] = {dup(STDERR_FILENO), dup(STDERR_FILENO)};
  EXPECT_EQ(process_figures().open_descriptors, before.open_descriptors + 2);
  for (const int fd : more) close(fd);
  EXPECT_GT(before.cpu_seconds, 0);
  EXPECT_GT(before.resident_bytes, 1e6);
  EXPECT_GE(before.max_descriptors, before.open_descriptors);
  EXPECT_GT(before.start_seconds, 1.7e9);
}

}  // namespace
}  // namespace consomme::server
