// Objects in place, named by handle. A handle is an index and a generation: one that outlived its object finds nothing,
// and never another object. Pointers stay valid while the object lives (storage grows by blocks, never moves).
#pragma once

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
    if (free_.empty()) grow();
    const std::uint32_t index = free_.back();
    free_.pop_back();
    Cell& cell = at(index);
    cell.value.emplace(std::forward<Args>(args)...);
    ++size_;
    return {index, cell.generation};
  }
  T* find(Handle<Name> h) {
    if (h.index >= blocks_.size() * kBlock) return nullptr;
    Cell& cell = at(h.index);
    return cell.generation == h.generation && cell.value ? &*cell.value : nullptr;
  }
  const T* find(Handle<Name> h) const { return const_cast<Slab*>(this)->find(h); }
  bool erase(Handle<Name> h) {
    if (find(h) == nullptr) return false;
    Cell& cell = at(h.index);
    cell.value.reset();
    ++cell.generation;
    free_.push_back(h.index);
    --size_;
    return true;
  }
  std::size_t size() const { return size_; }
  // Calls visit(handle, object) for every live object; visit must neither add nor remove.
  template <class Visit>
  void each(Visit visit) {
    for (std::uint32_t i = 0; i < blocks_.size() * kBlock; ++i)
      if (Cell& cell = at(i); cell.value) visit(Handle<Name>{i, cell.generation}, *cell.value);
  }

 private:
  static constexpr std::uint32_t kBlock = 64;
  struct Cell {
    std::optional<T> value;
    std::uint32_t generation = 0;
  };
  Cell& at(std::uint32_t index) { return blocks_[index / kBlock][index % kBlock]; }
  void grow() {
    const auto first = static_cast<std::uint32_t>(blocks_.size() * kBlock);
    blocks_.push_back(std::make_unique<Cell[]>(kBlock));
    for (std::uint32_t i = kBlock; i-- > 0;) free_.push_back(first + i);
  }

  std::vector<std::unique_ptr<Cell[]>> blocks_;
  std::vector<std::uint32_t> free_;
  std::size_t size_ = 0;
};

}  // namespace consomme
