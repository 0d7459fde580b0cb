#include "sfu/runtime/candidates.h"

#include <set>

namespace consomme::sfu {
namespace {

BoundSocket bound(const char* ip, std::uint16_t port, Protocol protocol = Protocol::kUdp, std::string announced = "") {
  return {{*IpAddress::parse(ip), port}, protocol, std::move(announced)};
}

std::vector<std::string> addresses(const std::vector<ortc::IceCandidate>& candidates) {
  std::vector<std::string> texts;
  for (const auto& candidate : candidates) texts.push_back(candidate.address);
  return texts;
}

TEST(Candidates, SayTheBoundAddressOrTheAnnouncedOneInItsPlace) {
  const auto candidates =
      host_candidates({bound("192.0.2.1", 40000), bound("0.0.0.0", 40001, Protocol::kUdp, "203.0.113.5"),
                       bound("127.0.0.1", 40002), bound("2001:db8::7", 40003)});
  EXPECT_EQ(addresses(candidates), (std::vector<std::string>{"192.0.2.1", "203.0.113.5", "127.0.0.1", "2001:db8::7"}));
  EXPECT_EQ(candidates[1].port, 40001);
  for (const auto& candidate : candidates) EXPECT_EQ(candidate.ip, candidate.address);
}

TEST(Candidates, AnnounceEachAddressOnceForAllProtocols) {
  const auto candidates = host_candidates({bound("192.0.2.1", 1), bound("192.0.2.1", 1, Protocol::kTcp),
                                           bound("198.51.100.7", 1), bound("198.51.100.7", 1, Protocol::kTcp)});
  EXPECT_EQ(announced_addresses(candidates), (std::vector<std::string>{"192.0.2.1", "198.51.100.7"}));
  EXPECT_EQ(announced_addresses({}), std::vector<std::string>{});
}

TEST(Candidates, PreferUdpAndWhatIsListedFirst) {
  const auto candidates = host_candidates({bound("192.0.2.1", 1, Protocol::kTcp), bound("192.0.2.1", 2),
                                           bound("198.51.100.7", 3, Protocol::kTcp), bound("198.51.100.7", 4)});
  std::vector<int> ports;
  std::set<std::uint32_t> priorities;
  for (const auto& candidate : candidates) {
    ports.push_back(candidate.port);
    priorities.insert(candidate.priority);
    EXPECT_EQ(candidate.priority >> 24, 126U);   // host (RFC 8445 §5.1.2.2)
    EXPECT_EQ(candidate.priority & 0xff, 255U);  // component 1
  }
  EXPECT_EQ(ports, (std::vector{2, 4, 1, 3}));
  EXPECT_EQ(priorities.size(), 4U);
}

TEST(Candidates, HaveAFoundationForEachAddressAndProtocol) {
  const auto candidates = host_candidates({bound("192.0.2.1", 1), bound("192.0.2.1", 1, Protocol::kTcp),
                                           bound("198.51.100.7", 1), bound("198.51.100.7", 1, Protocol::kTcp)});
  std::set<std::string> foundations;
  for (const auto& candidate : candidates) foundations.insert(candidate.foundation);
  EXPECT_EQ(foundations, (std::set<std::string>{"udp0", "udp1", "tcp0", "tcp1"}));
}

TEST(Candidates, OverTcpArePassive) {
  const auto candidates = host_candidates({bound("192.0.2.1", 1), bound("192.0.2.1", 1, Protocol::kTcp)});
  ASSERT_EQ(candidates.size(), 2U);
  EXPECT_EQ(candidates[0].protocol, ortc::IceProtocol::kUdp);
  EXPECT_FALSE(candidates[0].tcp_type);
  EXPECT_EQ(candidates[1].protocol, ortc::IceProtocol::kTcp);
  EXPECT_EQ(candidates[1].tcp_type, ortc::TcpType::kPassive);
}

}  // namespace
}  // namespace consomme::sfu
