// Runs a fuzz target over its corpus as an ordinary test: every file as it is, cut short at every length, and with
// every byte turned over, one at a time. Each input ends where an unreadable page begins, so that reading one byte too
// many ends the program in any build. Driven by ctest (fuzz/CMakeLists.txt); libFuzzer takes its place in fuzz builds.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

// Runs per file and kind of damage; larger files are damaged at evenly spaced places. Keeps slow targets within a test.
constexpr std::size_t kMaxRunsPerKind = 2000;

class GuardedBuffer {
 public:
  explicit GuardedBuffer(std::size_t capacity) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    usable_ = (capacity / page + 1) * page;
    mapped_ = usable_ + page;
    void* const memory = mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    base_ = static_cast<std::uint8_t*>(memory);
    if (mprotect(base_ + usable_, page, PROT_NONE) != 0) std::perror("mprotect");
  }
  ~GuardedBuffer() {
    if (base_ != nullptr) munmap(base_, mapped_);
  }
  GuardedBuffer(const GuardedBuffer&) = delete;
  GuardedBuffer& operator=(const GuardedBuffer&) = delete;

  bool ok() const { return base_ != nullptr; }
  // A copy whose last byte is the last readable one. Invalidates the copy before.
  std::span<std::uint8_t> place(std::span<const std::uint8_t> input) {
    std::uint8_t* const at = base_ + usable_ - input.size();
    if (!input.empty()) std::memcpy(at, input.data(), input.size());
    return {at, input.size()};
  }

 private:
  std::uint8_t* base_ = nullptr;
  std::size_t usable_ = 0;
  std::size_t mapped_ = 0;
};

std::vector<std::uint8_t> read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void run(std::span<const std::uint8_t> input) {
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

bool replay(const std::vector<std::uint8_t>& original) {
  GuardedBuffer buffer(original.size());
  if (!buffer.ok()) return false;
  run(buffer.place(original));

  const std::size_t stride = original.size() / kMaxRunsPerKind + 1;
  for (std::size_t size = 0; size < original.size(); size += stride) run(buffer.place(std::span(original).first(size)));
  for (const std::uint8_t damage : {std::uint8_t{0x01}, std::uint8_t{0x80}, std::uint8_t{0xff}}) {
    for (std::size_t at = 0; at < original.size(); at += stride) {
      const std::span<std::uint8_t> input = buffer.place(original);
      input[at] ^= damage;
      run(input);
    }
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i)
    for (const auto& entry : std::filesystem::directory_iterator(argv[i]))
      if (entry.is_regular_file()) files.push_back(entry.path());
  std::ranges::sort(files);
  for (const auto& file : files) {
    std::fprintf(stderr, "%s\n", file.c_str());
    if (!replay(read_file(file))) return 1;
  }
  if (files.empty()) std::fprintf(stderr, "no corpus: nothing was proven\n");
  return files.empty() ? 1 : 0;
}
