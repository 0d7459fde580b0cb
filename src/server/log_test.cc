#include "server/log.h"

#include <fcntl.h>
#include <unistd.h>

namespace consomme::server {
namespace {

// Standard error is a pipe that nobody reads, for as long as this lives.
class NoReader {
 public:
  NoReader() : before_(dup(STDERR_FILENO)) {
    if (pipe(ends_) == 0) dup2(ends_[1], STDERR_FILENO);
  }
  ~NoReader() {
    dup2(before_, STDERR_FILENO);
    for (const int fd : {before_, ends_[0], ends_[1]}) close(fd);
  }
  NoReader(const NoReader&) = delete;
  NoReader& operator=(const NoReader&) = delete;

 private:
  int before_;
  int ends_[2] = {-1, -1};
};

TEST(Log, DropsAndCountsLinesThatWouldWaitForAReader) {
  const NoReader full;
  const Log log("info", "*");
  const DebugLog debug = log.debug("mediasoup:event");
  log.info("fits");
  EXPECT_EQ(log.lines_dropped(), 0u);
  constexpr int kMoreThanAPipeHolds = 10'000;
  for (int i = 0; i < kMoreThanAPipeHolds; ++i) debug("{}", std::string(100, 'x'));
  const auto dropped = log.lines_dropped();
  EXPECT_GT(dropped, 0u);
  log.warn("as well");
  EXPECT_EQ(log.lines_dropped(), dropped + 1);
}

TEST(Printable, IsOneLineOfBoundedLength) {
  EXPECT_EQ(printable("a\nb\x7f"), "a?b?");
  EXPECT_EQ(printable("abcdef", 3), "abc...");
}

}  // namespace
}  // namespace consomme::server
