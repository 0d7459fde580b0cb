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

TEST(Thread, ReadsAQuotaAsCores) {
  EXPECT_EQ(cores_of_quota("200000 100000"), 2U);
  EXPECT_EQ(cores_of_quota("150000 100000"), 2U) << "what is begun counts";
  EXPECT_EQ(cores_of_quota("1000 100000"), 1U);
  for (const char* none : {"max 100000", "", "0 100000", "100000", "100000 0", "100000 x"})
    EXPECT_EQ(cores_of_quota(none), std::nullopt) << none;
}

TEST(Thread, MayUseNoMoreCoresThanItMayRunOn) {
  EXPECT_GE(usable_cores(), 1U);
  EXPECT_LE(usable_cores(), allowed_cores().size());
}

TEST(Thread, WantsACoreWhileItRuns) {
  const Duration before = core_time_wanted();
  timespec ran{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ran);
  const auto until = ran.tv_sec * 1'000'000'000 + ran.tv_nsec + 50'000'000;
  while (ran.tv_sec * 1'000'000'000 + ran.tv_nsec < until) clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ran);
  EXPECT_GE(core_time_wanted() - before, 30ms) << "what the scheduler has noted may be a tick behind";
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
