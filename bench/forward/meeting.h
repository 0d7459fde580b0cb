// Rooms on one worker, as a worker thread drives it, in the caller's thread: a real epoll loop, a real UDP socket, and
// the turn of runtime/worker_thread.cc call by call. The browsers are simulated ones. They get connected in memory, by
// ICE, DTLS and SRTP as in any simulation; then senders send through sockets of their own, and what consumers are sent
// leaves through the worker's socket to addresses that nobody reads.
//
// Time is the media's, not the clock's: a turn takes place when the next frame is due. So reports, timers and
// histories weigh as they do in a call, however fast the turns follow each other. Only turns are measured.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/datagram.h"
#include "base/time.h"
#include "net/epoll_loop.h"
#include "net/fd.h"
#include "net/udp_socket.h"
#include "tests/sim/world.h"

namespace consomme::bench {

struct Work {
  std::string_view name;
  int rooms = 1;  // of one sender each; their frames come one after the other
  int fan_out = 100;
  bool video = true;
  int packets_per_frame = 4;
  std::size_t packet_bytes = 1200;  // of a sender's RTP packet before encryption
};

// Where the consumers are: the first of their addresses, and whether sockets must be there to receive.
struct Destination {
  std::uint32_t first_address = 0x7f010001;  // 127.1.0.1
  bool loopback = true;
};

// The parts of a turn, in their order.
enum class Stage : std::uint8_t {
  kReceive,  // epoll_wait and recvmmsg
  kTakeIn,   // Worker::receive: unprotect, parse, the inbound stream; then who gets it and as what
  kWrite,    // Worker::expire and flush: header, encryption, history
  kSend,     // sendmmsg
  kCount,
};
inline constexpr std::size_t kStages = static_cast<std::size_t>(Stage::kCount);

inline constexpr std::uint16_t kConsumerPort = 50000;

struct Cost {
  Duration cpu{};  // of this thread
  std::array<Duration, kStages> stages{};
  std::uint64_t received = 0;   // RTP packets
  std::uint64_t forwarded = 0;  // RTP packets
};

Duration thread_cpu_time();

class Meeting {
 public:
  // Everybody is connected, and every consumer has decrypted media of its sender.
  Meeting(const Work& work, const Destination& to);

  // `with_stages`: the clock is read between stages too, which is part of what is measured then.
  Cost play(int turns, bool with_stages);

 private:
  struct Sender {
    sim::Client* client = nullptr;
    sim::Source* source = nullptr;
    net::UdpSocket socket;
  };
  class Laps;

  void open_room(const Work& work, const Destination& to);
  sim::Member& join(const Tuple& tuple);
  void run_in_memory();
  void let_browsers_act();
  void turn(Laps& laps);
  void receive(Laps& laps);
  void flush(Laps& laps);
  void send_batch(Laps& laps);

  sim::World world_;
  Duration turn_interval_;
  Instant now_;
  net::EpollLoop loop_;
  net::UdpSocket socket_;
  net::Watch watch_;
  SendBatch batch_;
  SendBatch aside_;  // what is not measured
  std::vector<Sender> senders_;
  std::vector<sim::Client*> consumers_;
  std::vector<sim::Sink*> sinks_;
  std::vector<net::Fd> ears_;  // of consumers on loopback; never read
};

}  // namespace consomme::bench
