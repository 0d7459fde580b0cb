#include "net/thread.h"

#include <pthread.h>
#include <sched.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
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
  for (const char* none : {"max 100000", "", "0 100000", "-1 100000", "100000", "100000 0", "100000 x"})
    EXPECT_EQ(cores_of_quota(none), std::nullopt) << none;
}

// /proc and /sys as a kernel would show them.
class Groups : public ::testing::Test {
 protected:
  Groups() : root_(::testing::TempDir() + "groups-XXXXXX") {
    if (::mkdtemp(root_.data()) == nullptr) std::abort();
  }
  ~Groups() override { std::filesystem::remove_all(root_); }

  void put(const std::string& file, const std::string& text) const {
    const std::filesystem::path path = std::filesystem::path(root_) / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text << '\n';
  }
  void is_in(const std::string& groups) const { put("proc/self/cgroup", groups); }
  void put_quota(const std::string& group, const std::string& cpu_max) const {
    put("sys/fs/cgroup/" + group + "/cpu.max", cpu_max);
  }
  void put_quota_of_v1(const std::string& group, const std::string& microseconds) const {
    put("sys/fs/cgroup/cpu/" + group + "/cpu.cfs_quota_us", microseconds);
    put("sys/fs/cgroup/cpu/" + group + "/cpu.cfs_period_us", "100000");
  }
  std::optional<unsigned> cores() const { return cores_of_groups(root_); }

  std::string root_;
};

TEST_F(Groups, OfASystemdUnitHaveItsQuota) {
  is_in("0::/system.slice/consomme.service");
  put_quota("system.slice/consomme.service", "300000 100000");
  EXPECT_EQ(cores(), 3U);
  put_quota("system.slice/consomme.service", "100000 100000");
  EXPECT_EQ(cores(), 1U);
  EXPECT_EQ(usable_cores(root_), 1U);
}

TEST_F(Groups, AllBoundTheProcess) {
  is_in("0::/system.slice/calls.slice/consomme.service");
  put_quota("system.slice/calls.slice/consomme.service", "max 100000");
  put_quota("system.slice/calls.slice", "500000 100000");
  EXPECT_EQ(cores(), 5U);
  put_quota("system.slice", "400000 100000");
  EXPECT_EQ(cores(), 4U);
  put_quota("system.slice/calls.slice/consomme.service", "600000 100000");
  EXPECT_EQ(cores(), 4U);
  put_quota("system.slice/calls.slice/another.service", "100000 100000");
  put_quota("cpu", "100000 100000");
  EXPECT_EQ(cores(), 4U) << "others do not";
}

TEST_F(Groups, OfAContainerAreItsRoot) {
  put_quota("", "200000 100000");
  for (const char* groups : {"0::/", "0::/docker/0123456789abcdef", "0::/../../a path of the host (deleted)", ""}) {
    is_in(groups);
    EXPECT_EQ(cores(), 2U) << groups;
  }
}

TEST_F(Groups, OfTheFirstKindAreThoseOfTheController) {
  is_in("5:memory:/system.slice\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/system.slice\n0::/docker");
  put_quota_of_v1("docker/abc", "-1");
  EXPECT_EQ(cores(), std::nullopt);
  put_quota_of_v1("", "700000");
  EXPECT_EQ(cores(), 7U);
  put_quota_of_v1("docker/abc", "250000");
  put_quota_of_v1("system.slice", "100000");
  EXPECT_EQ(cores(), 3U);
}

TEST_F(Groups, WithoutAQuotaLeaveAllCores) {
  EXPECT_EQ(cores(), std::nullopt) << "there is no /proc";
  is_in("0::/user.slice");
  EXPECT_EQ(cores(), std::nullopt);
  put_quota("user.slice", "max 100000");
  EXPECT_EQ(cores(), std::nullopt);
  EXPECT_EQ(usable_cores(root_), allowed_cores().size());
}

TEST(Thread, MayUseNoMoreCoresThanItMayRunOn) {
  EXPECT_GE(usable_cores(), 1U);
  EXPECT_LE(usable_cores(), allowed_cores().size());
}

TEST(Thread, IsPinnedOnlyWhereEveryCoreGetsOne) {
  EXPECT_TRUE(pays_to_pin(8, 8, 8));
  EXPECT_FALSE(pays_to_pin(1, 8, 8)) << "another process would take the same core";
  EXPECT_FALSE(pays_to_pin(16, 8, 8));
  EXPECT_FALSE(pays_to_pin(8, 8, 4)) << "a quota";
}

TEST(Thread, WantsACoreWhileItRuns) {
  const Duration before = core_time_wanted();
  timespec ran{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ran);
  const auto until = ran.tv_sec * 1'000'000'000 + ran.tv_nsec + 50'000'000;
  while (ran.tv_sec * 1'000'000'000 + ran.tv_nsec < until) clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ran);
  EXPECT_GE(core_time_wanted() - before, 30ms) << "what the scheduler has noted may be a tick behind";
}

TEST(Thread, WantsACoreForAsLongAsItRanAndWaited) {
  EXPECT_EQ(core_time_wanted("7000000 2000000 31", 7ms), 9ms);
  EXPECT_EQ(core_time_wanted("7000000 0 31", 8ms), 8ms) << "what the scheduler has noted may be a tick behind";
}

TEST(Thread, WantsACoreWhileItRunsWhereTheKernelNotesNothing) {
  for (const char* nothing : {"0 0 0", "", "7000000", "none"})
    EXPECT_EQ(core_time_wanted(nothing, 7ms), 7ms) << nothing;
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
