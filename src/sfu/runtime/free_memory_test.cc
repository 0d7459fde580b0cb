#include "sfu/runtime/free_memory.h"

#include <unistd.h>

#include <array>
#include <fstream>
#include <memory>
#include <vector>

namespace consomme::sfu {
namespace {

// By the words of clang, which our presets with sanitizers use.
#ifdef __has_feature
constexpr bool kIsSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kIsSanitized = false;
#endif

// Of this process, from /proc/self/statm (proc(5)).
std::size_t resident_bytes() {
  std::size_t pages = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

TEST(FreeMemory, GoesBackToTheSystemThoughSomeOfItLivesOn) {
  if (kIsSanitized) GTEST_SKIP() << "a sanitizer keeps what was freed";
  using Object = std::array<char, 1000>;
  constexpr std::size_t kObjects = 40'000;
  constexpr std::size_t kLast = 100;  // so many live on
  std::vector<std::unique_ptr<Object>> objects(kObjects);
  const std::size_t before = resident_bytes();
  for (auto& object : objects) object = std::make_unique<Object>();
  const std::size_t grown = resident_bytes() - before;
  ASSERT_GT(grown, kObjects * sizeof(Object) / 2);
  for (std::size_t i = 0; i < kObjects - kLast; ++i) objects[i].reset();
  return_free_memory();
  EXPECT_LT(resident_bytes(), before + grown / 4);
}

}  // namespace
}  // namespace consomme::sfu
