// Objects in place, named by handle. A handle is an index and a generation: one that outlived its object finds nothing,
// and never another object. Pointers stay valid while the object lives (storage grows by blocks, never moves). A block
// of which nothing lives any more is given back, as long as there is room for another block's objects elsewhere.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace consomme {

template <class T>
struct Handle {
  std::uint32_t index = 0xffffffff;
  std::uint32_t generation = 0;
  constexpr bool operator==(const Handle&) const = default;
  constexpr explicit operator bool() const { return index != 0xffffffff; }
};

// `Name` is what its handles are handles of, where their holders must not know T.
template <class T, class Name = T>
class Slab {
 public:
  template <class... Args>
  Handle<Name> emplace(Args&&... args) {
    if (vacant_.empty()) grow();
    const std::uint32_t block = vacant_.back();
    std::uint64_t& free = uses_[block].free;
    const std::uint32_t index = block * kBlock + static_cast<std::uint32_t>(std::countr_zero(free));
    free &= free - 1;
    if (free == 0) vacant_.pop_back();
    Cell& cell = at(index);
    cell.value.emplace(std::forward<Args>(args)...);
    ++size_;
    return {index, cell.generation};
  }
  T* find(Handle<Name> h) {
    if (h.index >= blocks_.size() * kBlock || !blocks_[h.index / kBlock]) return nullptr;
    Cell& cell = at(h.index);
    return cell.generation == h.generation && cell.value ? &*cell.value : nullptr;
  }
  const T* find(Handle<Name> h) const { return const_cast<Slab*>(this)->find(h); }
  bool erase(Handle<Name> h) {
    if (find(h) == nullptr) return false;
    Cell& cell = at(h.index);
    cell.value.reset();
    ++cell.generation;
    --size_;
    const std::uint32_t block = h.index / kBlock;
    std::uint64_t& free = uses_[block].free;
    if (free == 0) vacant_.push_back(block);
    free |= std::uint64_t{1} << h.index % kBlock;
    if (free == kAll && capacity_ - size_ >= 2 * std::size_t{kBlock}) give_back(block);
    return true;
  }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }  // objects that there is storage for
  // Calls visit(handle, object) for every live object; visit must neither add nor remove.
  template <class Visit>
  void each(Visit visit) {
    for (std::uint32_t block = 0; block < blocks_.size(); ++block)
      for (std::uint64_t live = ~uses_[block].free; live != 0; live &= live - 1) {
        const std::uint32_t index = block * kBlock + static_cast<std::uint32_t>(std::countr_zero(live));
        Cell& cell = at(index);
        visit(Handle<Name>{index, cell.generation}, *cell.value);
      }
  }

 private:
  static constexpr std::uint32_t kBlock = 64;
  static constexpr std::uint64_t kAll = ~std::uint64_t{0};
  struct Cell {
    std::optional<T> value;
    std::uint32_t generation = 0;
  };
  struct Use {
    std::uint64_t free = kAll;     // of its cells, bit by bit
    std::uint32_t generation = 0;  // while it has no storage: no handle of its cells has this one yet
  };
  Cell& at(std::uint32_t index) { return blocks_[index / kBlock][index % kBlock]; }

  void grow() {
    std::uint32_t block = static_cast<std::uint32_t>(blocks_.size());
    if (gone_.empty()) {
      blocks_.emplace_back();
      uses_.emplace_back();
    } else {
      block = gone_.back();
      gone_.pop_back();
    }
    blocks_[block] = std::make_unique<Cell[]>(kBlock);
    for (std::uint32_t i = 0; i < kBlock; ++i) blocks_[block][i].generation = uses_[block].generation;
    vacant_.push_back(block);
    capacity_ += kBlock;
  }
  void give_back(std::uint32_t block) {
    for (std::uint32_t i = 0; i < kBlock; ++i)
      uses_[block].generation = std::max(uses_[block].generation, blocks_[block][i].generation);
    blocks_[block].reset();
    std::erase(vacant_, block);
    gone_.push_back(block);
    capacity_ -= kBlock;
  }

  std::vector<std::unique_ptr<Cell[]>> blocks_;
  std::vector<Use> uses_;              // of each block
  std::vector<std::uint32_t> vacant_;  // blocks that have storage, and room
  std::vector<std::uint32_t> gone_;    // blocks without storage
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

}  // namespace consomme
