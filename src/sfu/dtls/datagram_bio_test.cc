#include "sfu/dtls/datagram_bio.h"

#include <memory>

namespace consomme::dtls {
namespace {

struct Freed {
  void operator()(BIO_METHOD* m) const { BIO_meth_free(m); }
  void operator()(BIO* b) const { BIO_free(b); }
};

class DatagramBio : public ::testing::Test {
 protected:
  DatagramPort port_;
  std::unique_ptr<BIO_METHOD, Freed> method_{make_datagram_bio_method()};
  std::unique_ptr<BIO, Freed> bio_{make_datagram_bio(method_.get(), port_)};
};

// Among them whether the kernel encrypts: who says yes is handed records without a buffer.
TEST_F(DatagramBio, SaysNoToControlsItDoesNotKnow) {
  for (int command = 0; command < 300; ++command) {
    if (command == BIO_CTRL_FLUSH || command == BIO_CTRL_DGRAM_QUERY_MTU || command == BIO_CTRL_DGRAM_GET_FALLBACK_MTU)
      continue;
    EXPECT_EQ(BIO_ctrl(bio_.get(), command, 0, nullptr), 0) << command;
  }
  EXPECT_EQ(BIO_get_ktls_send(bio_.get()), 0);
}

TEST_F(DatagramBio, ReadsADatagramOnceAndNoFurtherThanThereIsRoom) {
  const std::array<std::uint8_t, 5> datagram = {1, 2, 3, 4, 5};
  std::array<std::uint8_t, 8> out{};
  port_.incoming = datagram;
  EXPECT_EQ(BIO_read(bio_.get(), out.data(), 3), 3);
  EXPECT_EQ(out[3], 0);
  EXPECT_EQ(BIO_read(bio_.get(), out.data(), 8), -1) << "what did not fit is gone, as with a socket";
  EXPECT_TRUE(BIO_should_retry(bio_.get()));
}

}  // namespace
}  // namespace consomme::dtls
