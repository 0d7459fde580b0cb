#include "net/thread.h"

#include <pthread.h>
#include <sched.h>

#include <thread>

namespace consomme::net {
namespace {

TEST(Thread, RunsOnTheCoreItIsPinnedTo) {
  const std::vector<unsigned> cores = allowed_cores();
  ASSERT_FALSE(cores.empty());
  std::jthread([core = cores.back()] {
    EXPECT_TRUE(pin_thread(core));
    EXPECT_EQ(sched_getcpu(), static_cast<int>(core));
    EXPECT_EQ(allowed_cores(), std::vector{core});
  });
}

TEST(Thread, CannotBePinnedToACoreThatIsNotThere) {
  EXPECT_FALSE(pin_thread(1'000'000));
}

TEST(Thread, KeepsTheFirstFifteenCharactersOfItsName) {
  std::jthread([] {
    name_thread("consomme-worker-12");
    char name[64] = {};
    pthread_getname_np(pthread_self(), name, sizeof name);
    EXPECT_STREQ(name, "consomme-worker");
  });
}

}  // namespace
}  // namespace consomme::net
