// A script of checks, forgeries, waiting and restarts against one ICE agent. Each step is one byte of what to do and
// one of how; after each step the agent's promises are held against what the script knows.
#include <algorithm>
#include <array>

#include "base/check.h"
#include "sfu/ice/agent.h"

using namespace consomme;

namespace {

const std::array kCredentials = {ice::Credentials{"first", "password one"}, ice::Credentials{"second", "password two"}};

Tuple tuple(std::uint8_t how) {
  return {{IpAddress::v4(0x0a000001), how}, (how & 0x80) != 0 ? Protocol::kTcp : Protocol::kUdp, 0};
}

class Script {
 public:
  explicit Script(ByteView bytes) : reader_(bytes) {}

  void run() {
    while (reader_.remaining() >= 2) {
      step(reader_.u8(), reader_.u8());
      hold();
    }
  }

 private:
  void step(std::uint8_t what, std::uint8_t how) {
    switch (what & 0x07) {
      case 0:
      case 1:
      case 2:
        return check_from(tuple(how), what);
      case 3:
        return raw(tuple(1), reader_.bytes(std::min<std::size_t>(how, reader_.remaining())));
      case 4:
        return wait(std::chrono::milliseconds(how) * 100);
      case 5:
        now_ = std::max(now_, std::min(agent_.deadline(), now_ + 60s));
        return wait(0s);
      case 6:
        current_ = how & 1;
        return agent_.restart(kCredentials[current_]);
      default:
        return forged_from(tuple(how));
    }
  }

  wire::StunWriter request(const ice::Credentials& to) {
    wire::StunWriter writer(request_, wire::StunClass::kRequest, {made_});
    writer.text(wire::StunAttribute::kUsername, to.ufrag + ":peer");
    return writer;
  }
  std::size_t finish(wire::StunWriter& writer, const ice::Credentials& to) {
    writer.message_integrity(to.password);
    writer.fingerprint();
    return writer.finish();
  }

  void check_from(const Tuple& from, std::uint8_t what) {
    if ((what & 0x07) != 2) ++made_;  // else the last is sent again
    wire::StunWriter writer = request(kCredentials[current_]);
    if ((what & 0x08) != 0) writer.flag(wire::StunAttribute::kUseCandidate);
    if ((what & 0x10) != 0) writer.u32(wire::StunAttribute::kNomination, what >> 5);
    const std::size_t size = finish(writer, kCredentials[current_]);
    const ice::Outcome outcome = agent_.receive(now_, from, ByteView(request_).first(size), reply_);
    check(!outcome.drop && outcome.reply_bytes != 0, "a good check is answered");
    check(agent_.validated(from), "a good check validates its tuple");
    check(agent_.state() != ice::State::kNew && agent_.state() != ice::State::kDisconnected, "and connects");
  }

  void forged_from(const Tuple& from) {
    const bool known = agent_.validated(from);
    wire::StunWriter writer = request(kCredentials[current_]);
    const std::size_t size = finish(writer, {"", "guess"});
    const ice::Outcome outcome = agent_.receive(now_, from, ByteView(request_).first(size), reply_);
    check(outcome.drop == ice::Drop::kIntegrity && outcome.reply_bytes == 0, "a forgery is dropped in silence");
    check(agent_.validated(from) == known, "and changes nothing");
  }

  void raw(const Tuple& from, ByteView stun) {
    const ice::Outcome outcome = agent_.receive(now_, from, stun, reply_);
    check(outcome.drop && outcome.reply_bytes <= stun.size(), "a stranger is not answered with more than he sent");
  }

  void wait(Duration d) {
    now_ += d;
    const bool due = agent_.deadline() <= now_;
    const ice::Change change = agent_.expire(now_);
    check(due || change == ice::Change::kNone, "nothing happens before the deadline");
    check(agent_.deadline() > now_, "what was due is done");
  }

  void hold() {
    const Tuple* const selected = agent_.selected();
    check(selected == nullptr || agent_.validated(*selected), "we send only to a validated tuple");
    const bool connected = agent_.state() == ice::State::kConnected || agent_.state() == ice::State::kCompleted;
    check(connected == (selected != nullptr), "connected means that we may send");
    for (const Tuple& gone : agent_.forgotten()) check(!agent_.validated(gone), "the forgotten are forgotten");
    std::size_t tuples = 0;
    for (int how = 0; how < 256; ++how) tuples += agent_.validated(tuple(static_cast<std::uint8_t>(how))) ? 1U : 0U;
    check(tuples <= ice::kMaxTuples, "tuples are bounded");
  }

  ByteReader reader_;
  Instant now_{1'000s};
  std::size_t current_ = 0;
  std::uint8_t made_ = 0;
  ice::Agent agent_{kCredentials[0]};
  std::array<std::uint8_t, 256> request_{};
  std::array<std::uint8_t, 512> reply_{};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Script(ByteView(data, size)).run();
  return 0;
}
