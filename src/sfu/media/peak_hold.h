// The highest that each rate of a table has been of late: for four seconds at least, for eight at most. Owned by the
// rates of the layers.
#pragma once

#include <algorithm>
#include <cstddef>

#include "base/time.h"

namespace consomme::media {

// `Table`: rows of rates, all zero at first.
template <typename Table>
class PeakHold {
 public:
  static constexpr Duration kSpan = 4s;

  void add(Instant now, const Table& rates) {
    if (now - turned_ >= kSpan) {
      old_ = now - turned_ < 2 * kSpan ? young_ : Table{};
      young_ = {};
      turned_ = now;
    }
    raise(young_, rates);
  }
  Table of_late() const {
    Table highest = old_;
    raise(highest, young_);
    return highest;
  }

 private:
  static void raise(Table& table, const Table& rates) {
    for (std::size_t row = 0; row < table.size(); ++row)
      for (std::size_t i = 0; i < table[row].size(); ++i) table[row][i] = std::max(table[row][i], rates[row][i]);
  }

  Table young_{};  // since turned_
  Table old_{};    // in the span before
  Instant turned_{};
};

}  // namespace consomme::media
