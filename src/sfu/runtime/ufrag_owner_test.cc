#include "sfu/runtime/ufrag_owner.h"

namespace consomme::sfu {
namespace {

TEST(UfragOwner, EveryWorkerIsReadFromTheUfragsItMakes) {
  for (unsigned worker = 0; worker < 4096; ++worker) EXPECT_EQ(owner_of(owner_letters(worker) + "4/xQ"), worker);
  EXPECT_EQ(owner_letters(0), "AAA");
  EXPECT_EQ(owner_letters(0x1f0), "BPA");
}

TEST(UfragOwner, TextOfOthersNamesNobody) {
  EXPECT_EQ(owner_of(""), std::nullopt);
  EXPECT_EQ(owner_of("AA"), std::nullopt);
  EXPECT_EQ(owner_of("AAQx"), std::nullopt);
  EXPECT_EQ(owner_of("aAAx"), std::nullopt);
}

}  // namespace
}  // namespace consomme::sfu
