// Over real loopback sockets in a SO_REUSEPORT group: who gets a datagram. Most tests ask first where the kernel's hash
// sends a remote's datagrams, and then want them elsewhere. Skipped where bpf(2) is not permitted.
#include "net/port_steering.h"

#include <linux/bpf.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "net/socket_address.h"

namespace consomme::net {
namespace {

constexpr IpAddress kLoopback4 = IpAddress::v4(0x7f000001);
constexpr IpAddress kLoopback6 = IpAddress::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
// Remotes are elsewhere, so that source and destination are not the same. IPv6 has one loopback address only: there
// they are at one that is nobody's (RFC 3849), which a socket may be bound to all the same.
constexpr IpAddress kElsewhere4 = IpAddress::v4(0x7f010203);
constexpr IpAddress kElsewhere6 = IpAddress::v6({0x20, 1, 0x0d, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
constexpr unsigned kSockets = 4;
constexpr unsigned kRemotes = 16;
constexpr std::size_t kMaxRemotes = 64;
constexpr unsigned kNowhere = ~0u;

using Bytes = std::vector<std::uint8_t>;

const Bytes kPlain = {0x80, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

struct Socket {
  Fd fd;
  SocketAddress local;
};

Socket open_at(const SocketAddress& local, bool shared = false) {
  auto fd = open_socket(local.ip, SOCK_DGRAM);
  EXPECT_TRUE(fd) << fd.error().text;
  EXPECT_TRUE(set_option(*fd, SOL_SOCKET, SO_REUSEPORT, shared ? 1 : 0));
  if (!local.ip.is_v4()) set_option(*fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
  set_option(*fd, SOL_UDP, UDP_GRO, 1);
  auto bound = bind_socket(*fd, local);
  EXPECT_TRUE(bound) << bound.error().text;
  return {std::move(*fd), *bound};
}

std::vector<Socket> open_remotes(const IpAddress& of_group, unsigned count = kRemotes) {
  std::vector<Socket> remotes;
  for (unsigned i = 0; i < count; ++i) remotes.push_back(open_at({of_group.is_v4() ? kElsewhere4 : kElsewhere6, 0}));
  return remotes;
}

// Sockets that share a port, and what steers them.
class Group {
 public:
  // At a port that was free for one alone: asked for any, the kernel may choose another group's. `numbers`: of the
  // first sockets, the others are not added.
  Group(const IpAddress& ip, PortSteering made, const std::vector<unsigned>& numbers = {0, 1, 2, 3})
      : steering(std::move(made)), local_(open_at({ip, 0}).local) {
    for (unsigned i = 0; i < kSockets; ++i) {
      sockets_.push_back(open_at(local_, true).fd);
      if (i >= numbers.size()) continue;
      const auto added = steering.add(sockets_[i].get(), numbers[i]);
      EXPECT_TRUE(added) << added.error().text;
    }
  }

  // Which socket gets what `remote` sends; kNowhere when it is lost.
  unsigned receiver_of(const Socket& remote, const Bytes& bytes) {
    KernelAddress to{};
    const socklen_t length = to_kernel(local_, to);
    EXPECT_EQ(sendto(remote.fd.get(), bytes.data(), bytes.size(), 0, &to.any, length), std::ssize(bytes));
    std::vector<pollfd> watched;
    for (const Fd& socket : sockets_) watched.push_back({socket.get(), POLLIN, 0});
    if (poll(watched.data(), watched.size(), patience_ms_) != 1) {
      patience_ms_ = 0;  // one is enough to fail
      return kNowhere;
    }
    const auto ready = std::ranges::find_if(watched, [](const pollfd& entry) { return entry.revents != 0; });
    Bytes got(2000);
    got.resize(static_cast<std::size_t>(std::max<ssize_t>(recv(ready->fd, got.data(), got.size(), 0), 0)));
    EXPECT_EQ(got, bytes);
    return static_cast<unsigned>(ready - watched.begin());
  }

  // While it is not steered.
  unsigned hashed(const Socket& remote) { return receiver_of(remote, kPlain); }

  void close(unsigned index) { sockets_[index] = Fd(); }

  PortSteering steering;

 private:
  SocketAddress local_;
  std::vector<Fd> sockets_;
  int patience_ms_ = 2000;
};

// Another socket than the hash's choice.
unsigned next_to(unsigned index) {
  return (index + 1) % kSockets;
}

std::string name_of(unsigned index) {
  const auto digit = [&](unsigned shift) { return static_cast<char>('A' + (index >> shift & 15)); };
  return {digit(8), digit(4), digit(0)};
}

// A binding request whose only attribute has this type and value.
Bytes stun(std::string_view value, std::uint16_t attribute = 0x0006) {
  Bytes bytes(20 + 4 + (value.size() + 3) / 4 * 4);
  ByteWriter writer(bytes);
  writer.u16(0x0001);
  writer.u16(static_cast<std::uint16_t>(bytes.size() - 20));
  writer.u32(0x2112a442);
  writer.bytes(as_bytes("transaction."));
  writer.u16(attribute);
  writer.u16(static_cast<std::uint16_t>(value.size()));
  writer.bytes(as_bytes(value));
  return bytes;
}

// Asked with a program that does nothing, so that ours failing is no reason to skip.
bool bpf_is_permitted() {
  bpf_insn code[2]{};
  code[0].code = BPF_ALU64 | BPF_MOV | BPF_K;
  code[0].imm = SK_PASS;
  code[1].code = BPF_JMP | BPF_EXIT;
  bpf_attr program;
  std::memset(&program, 0, sizeof program);
  program.prog_type = BPF_PROG_TYPE_SK_REUSEPORT;
  program.insn_cnt = std::size(code);
  program.insns = reinterpret_cast<std::uintptr_t>(code);
  program.license = reinterpret_cast<std::uintptr_t>("MIT");
  return static_cast<bool>(Fd(static_cast<int>(syscall(SYS_bpf, BPF_PROG_LOAD, &program, sizeof program))));
}

class Steering : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!bpf_is_permitted()) GTEST_SKIP() << "bpf(2) is not permitted here";
    const auto made = PortSteering::make(kSockets, kMaxRemotes);
    ASSERT_TRUE(made) << made.error().text;
  }
  static PortSteering make(std::size_t max_remotes = kMaxRemotes, unsigned sockets = kSockets) {
    auto made = PortSteering::make(sockets, max_remotes);
    EXPECT_TRUE(made) << made.error().text;
    return std::move(*made);
  }
};

class SteeringOfAFamily : public Steering, public ::testing::WithParamInterface<IpAddress> {
 protected:
  void SetUp() override {
    Steering::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    const auto socket = open_socket(GetParam(), SOCK_DGRAM);
    if (!socket || !bind_socket(*socket, {GetParam(), 0})) GTEST_SKIP() << "no " << GetParam().to_string();
  }
};

TEST_P(SteeringOfAFamily, ASteeredRemoteArrivesAtItsSocketWhateverTheHashSays) {
  Group group(GetParam(), make());
  for (const Socket& remote : open_remotes(GetParam()))
    for (unsigned index = 0; index < kSockets; ++index) {
      ASSERT_TRUE(group.steering.steer(remote.local, index));
      EXPECT_EQ(group.receiver_of(remote, kPlain), index) << remote.local.to_string();
    }
}

TEST_P(SteeringOfAFamily, ARemoteIsItsAddressAndItsPort) {
  Group group(GetParam(), make());
  for (const Socket& remote : open_remotes(GetParam())) {
    const Socket namesake = open_at({GetParam(), remote.local.port});
    const Socket neighbour = open_at({remote.local.ip, 0});
    const unsigned index = group.hashed(remote);
    ASSERT_TRUE(group.steering.steer(remote.local, index));
    ASSERT_TRUE(group.steering.steer(namesake.local, next_to(index)));
    ASSERT_TRUE(group.steering.steer(neighbour.local, next_to(next_to(index))));
    EXPECT_EQ(group.receiver_of(remote, kPlain), index);
    EXPECT_EQ(group.receiver_of(namesake, kPlain), next_to(index));
    EXPECT_EQ(group.receiver_of(neighbour, kPlain), next_to(next_to(index)));
  }
}

TEST_P(SteeringOfAFamily, StunOfAnUnknownRemoteGoesToTheSocketThatItsUsernameNames) {
  Group group(GetParam(), make());
  for (const Socket& remote : open_remotes(GetParam()))
    for (unsigned index = 0; index < kSockets; ++index) {
      EXPECT_EQ(group.receiver_of(remote, stun(name_of(index) + "rest:theirs")), index);
      Bytes bytes = stun(name_of(index));
      for (bytes[0] = 0; bytes[0] < 4; ++bytes[0]) EXPECT_EQ(group.receiver_of(remote, bytes), index);
    }
}

TEST_P(SteeringOfAFamily, WhatNamesNoSocketGoesWhereTheHashSays) {
  Group group(GetParam(), make());
  for (const Socket& remote : open_remotes(GetParam())) {
    const unsigned hashed = group.hashed(remote);
    const std::string other = name_of(next_to(hashed));
    Bytes no_stun = stun(other);
    no_stun[0] = 4;
    EXPECT_EQ(group.receiver_of(remote, no_stun), hashed);
    EXPECT_EQ(group.receiver_of(remote, stun(other, 0x0024)), hashed) << "PRIORITY first";
    EXPECT_EQ(group.receiver_of(remote, stun(other, 0x0600)), hashed);
    Bytes two_characters = stun(other);
    two_characters[23] = 2;
    EXPECT_EQ(group.receiver_of(remote, two_characters), hashed);
    for (const auto* name : {"AAE:", "PPP:", "ABA:", "BAA:", "AAQ:", "AQA:", "QAA:", "AA@:", "AA\xff:", "aab:"})
      EXPECT_EQ(group.receiver_of(remote, stun(name)), hashed) << name;
  }
}

TEST_P(SteeringOfAFamily, WhatIsTooShortToNameASocketGoesWhereTheHashSays) {
  Group group(GetParam(), make());
  for (const Socket& remote : open_remotes(GetParam(), 4)) {
    const unsigned hashed = group.hashed(remote);
    Bytes bytes = stun(name_of(next_to(hashed)));
    bytes.resize(27);
    EXPECT_EQ(group.receiver_of(remote, bytes), next_to(hashed));
    while (!bytes.empty()) {
      bytes.pop_back();
      EXPECT_EQ(group.receiver_of(remote, bytes), hashed) << bytes.size();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, SteeringOfAFamily, ::testing::Values(kLoopback4, kLoopback6),
                         [](const auto& family) { return family.param.is_v4() ? "Ipv4" : "Ipv6"; });

TEST_F(Steering, ASteeredRemoteIsNotAskedForItsUsername) {
  Group group(kLoopback4, make());
  for (const Socket& remote : open_remotes(kLoopback4)) {
    const unsigned index = next_to(group.hashed(remote));
    ASSERT_TRUE(group.steering.steer(remote.local, index));
    EXPECT_EQ(group.receiver_of(remote, stun(name_of(next_to(index)))), index);
  }
}

TEST_F(Steering, EachCharacterIsFourBitsAndNoMore) {
  Group group(kLoopback4, make(kMaxRemotes, PortSteering::kMaxSockets), {0x001, 0x010, 0x100, 0xfff});
  for (const Socket& remote : open_remotes(kLoopback4)) {
    const unsigned hashed = group.hashed(remote);
    EXPECT_EQ(group.receiver_of(remote, stun("AAB")), 0u);
    EXPECT_EQ(group.receiver_of(remote, stun("ABA")), 1u);
    EXPECT_EQ(group.receiver_of(remote, stun("BAA")), 2u);
    EXPECT_EQ(group.receiver_of(remote, stun("PPP")), 3u);
    EXPECT_EQ(group.receiver_of(remote, stun("AAQ")), hashed);
    EXPECT_EQ(group.receiver_of(remote, stun("AQA")), hashed);
  }
}

TEST_F(Steering, ARunOfDatagramsStaysTogether) {
  Group group(kLoopback4, make());
  for (const Socket& remote : open_remotes(kLoopback4)) {
    const unsigned index = next_to(group.hashed(remote));
    const Bytes one = stun(name_of(index));
    ASSERT_TRUE(set_option(remote.fd, SOL_UDP, UDP_SEGMENT, static_cast<int>(one.size())));
    Bytes run = one;
    for (int more = 0; more < 9; ++more) run.insert(run.end(), one.begin(), one.end());
    EXPECT_EQ(group.receiver_of(remote, run), index);
    ASSERT_TRUE(group.steering.steer(remote.local, next_to(index)));
    EXPECT_EQ(group.receiver_of(remote, run), next_to(index));
  }
}

TEST_F(Steering, AForgottenRemoteIsUnknownAgain) {
  Group group(kLoopback4, make());
  const auto remotes = open_remotes(kLoopback4);
  for (const Socket& remote : remotes) {
    const unsigned hashed = group.hashed(remote);
    ASSERT_TRUE(group.steering.steer(remote.local, next_to(hashed)));
    EXPECT_EQ(group.receiver_of(remote, kPlain), next_to(hashed));
    group.steering.forget(remote.local);
    group.steering.forget(remote.local);
    EXPECT_EQ(group.receiver_of(remote, kPlain), hashed);
  }
}

TEST_F(Steering, HasRoomForAsManyRemotesAsItWasMadeFor) {
  Group group(kLoopback4, make(3));
  const auto remotes = open_remotes(kLoopback4, 4);
  for (unsigned i = 0; i < 3; ++i) EXPECT_TRUE(group.steering.steer(remotes[i].local, 0));
  EXPECT_FALSE(group.steering.steer(remotes[3].local, 0));
  EXPECT_TRUE(group.steering.steer(remotes[2].local, 1)) << "a change needs no room";
  group.steering.forget(remotes[0].local);
  EXPECT_TRUE(group.steering.steer(remotes[3].local, 0));
  EXPECT_FALSE(group.steering.steer(remotes[0].local, 0));
}

TEST_F(Steering, WhatIsForASocketThatIsNotThereGoesWhereTheHashSays) {
  Group group(kLoopback4, make(), {0, 1});
  for (const Socket& remote : open_remotes(kLoopback4)) {
    const unsigned hashed = group.hashed(remote);
    for (const unsigned index : {2u, 3u, kSockets, kNowhere}) {
      ASSERT_TRUE(group.steering.steer(remote.local, index));
      EXPECT_EQ(group.receiver_of(remote, kPlain), hashed);
    }
    group.steering.forget(remote.local);
    EXPECT_EQ(group.receiver_of(remote, stun(name_of(3))), hashed);
  }
}

TEST_F(Steering, WhatWasForAClosedSocketGoesToTheOthers) {
  Group group(kLoopback4, make());
  const auto remotes = open_remotes(kLoopback4);
  for (const Socket& remote : remotes) ASSERT_TRUE(group.steering.steer(remote.local, 0));
  group.close(0);
  for (const Socket& remote : remotes) {
    const unsigned got = group.receiver_of(remote, kPlain);
    EXPECT_TRUE(got > 0 && got < kSockets) << got;
  }
}

TEST_F(Steering, ASocketOfNoGroupIsRefused) {
  PortSteering steering = make();
  const Socket alone = open_at({kLoopback4, 0});
  const auto added = steering.add(alone.fd.get(), 0);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ErrorCode::kUnavailable);
  const Socket shared = open_at({kLoopback4, 0}, true);
  EXPECT_FALSE(steering.add(shared.fd.get(), kSockets)) << "a number that is none of its";
  EXPECT_TRUE(steering.add(shared.fd.get(), 0));
}

TEST_F(Steering, TwoPortsAreSteeredEachByItsOwn) {
  Group one(kLoopback4, make());
  Group other(kLoopback4, make());
  for (const Socket& remote : open_remotes(kLoopback4))
    for (unsigned index = 0; index < kSockets; ++index) {
      ASSERT_TRUE(one.steering.steer(remote.local, index));
      ASSERT_TRUE(other.steering.steer(remote.local, next_to(index)));
      EXPECT_EQ(one.receiver_of(remote, kPlain), index);
      EXPECT_EQ(other.receiver_of(remote, kPlain), next_to(index));
    }
}

// In a child process, for rights that are given up do not come back.
TEST_F(Steering, IsUnavailableWithoutTheRights) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const bool given_up = setuid(65534) == 0;
    const auto made = PortSteering::make(kSockets, kMaxRemotes);
    _exit(given_up && !made && made.error().code == ErrorCode::kUnavailable ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace consomme::net
