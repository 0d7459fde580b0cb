// Sixty-four workers and a hundred thousand consumers: what a server does that nobody has at hand. Rooms of all sizes
// fill within forty seconds, cameras are switched on, people come and go, and in the end all leave.
#include <cstdio>
#include <numeric>

#include "tests/sim/town.h"

namespace consomme::sim {
namespace {

using sfu::Placement;

// A packet stands for some sixty of a real stream, at 2 us each: a video to one receiver then takes 1/2000 of a core,
// as placement has it.
constexpr Duration kCostOfPacket = 125us;
constexpr Duration kJoining = 40s;
// Until the last camera is on and what was placed is measured.
constexpr Duration kSettling = Town::kCameraUntil + 3s;
constexpr double kTolerance = 0.2;
constexpr double kHalf = 0.5;  // of a core
static_assert(kHalf >= Placement::kEnough, "above it, rooms leave their workers");
constexpr unsigned kEighths = 8;

// A hundred thousand consumers of 64 workers; so many eighths of them.
std::vector<RoomKind> town_of(unsigned eighths) {
  const auto part = [=](unsigned of_all) { return (of_all * eighths + kEighths - 1) / kEighths; };
  return {
      {.rooms = 1, .speakers = 2, .viewers = part(2500)},  // a lecture, and smaller ones
      {.rooms = part(5), .speakers = 2, .viewers = 500},   //
      {.rooms = part(8), .speakers = 8, .viewers = 200},   // panels
      {.rooms = part(12), .speakers = 30, .viewers = 0},   // large meetings
      {.rooms = part(96), .speakers = 12, .viewers = 0},   // meetings
      {.rooms = part(303), .speakers = 4, .viewers = 0},   // calls
  };
}

struct Balance {
  double mean = 0;
  double least = 0;
  double most = 0;
};

Balance balance_of(const Server& server) {
  std::vector<double> loads;
  for (unsigned i = 0; i < server.size(); ++i) loads.push_back(server.load(i));
  const auto [least, most] = std::ranges::minmax(loads);
  return {std::accumulate(loads.begin(), loads.end(), 0.0) / server.size(), least, most};
}

// Where the mean is above what a room may stay for on a worker, nobody is far from it, though nobody is ever moved.
// Below that, rooms stay together, so the least loaded may have nothing to do; and nobody has more than would be even
// then.
void expect_balanced(const Server& server) {
  const Balance now = balance_of(server);
  EXPECT_LE(now.most, (1 + kTolerance) * std::max(now.mean, kHalf));
  if (now.mean >= kHalf) {
    EXPECT_GE(now.least, (1 - kTolerance) * now.mean);
  }
}

void run_balanced(Server& server, Town& town, Duration span) {
  for (Duration passed{}; passed < span; passed += 1s) {
    town.run_for(1s);
    expect_balanced(server);
  }
}

void print(const char* what, const Server& server, const Town& town) {
  const Balance now = balance_of(server);
  std::printf(
      "%-12s %3u workers, %6zu people, %7zu consumers, load %.2f (%.2f to %.2f), %5zu mirrors, "
      "%8llu commands, %10llu crossed, %11llu forwarded\n",
      what, server.size(), town.people(), town.consumers(), now.mean, now.least, now.most, town.mirrors(),
      static_cast<unsigned long long>(server.counters().commands),
      static_cast<unsigned long long>(town.packets_to_cross()),
      static_cast<unsigned long long>(town.packets_to_forward()));
}

// What the server has counted is what had to be: a packet crosses once to each other worker that wants it, and reaches
// everybody.
void expect_all_counted(const Server& server, const Town& town) {
  EXPECT_EQ(server.counters().packets_crossed, town.packets_to_cross());
  EXPECT_EQ(server.sums().rtp_lent, town.packets_to_cross());
  EXPECT_EQ(server.sums().rtp_received, town.packets_sent());
  EXPECT_EQ(server.sums().rtp_forwarded, town.packets_to_forward());
  EXPECT_EQ(server.counters().rtp_sent, town.packets_to_forward());
  EXPECT_EQ(server.mirrors(), town.mirrors());
  EXPECT_EQ(server.drops(), 0U);
}

void expect_nothing_left(Server& server) {
  server.pass(Town::kTick);
  EXPECT_EQ(server.mirrors(), 0U);
  for (unsigned i = 0; i < server.size(); ++i) {
    const worker::Worker& worker = server.worker(i);
    EXPECT_EQ(worker.transports() + worker.producers() + worker.consumers() + worker.tuples(), 0U);
  }
  EXPECT_EQ(server.packets_held(), 0U);
}

// Joins, comings and goings, and the end, with all that has to hold meanwhile.
void live_through(Server& server, unsigned eighths) {
  Town town(server, 1);
  town.expect(town_of(eighths), kJoining);
  run_balanced(server, town, kJoining + kSettling);
  print("joined", server, town);
  EXPECT_GE(town.consumers(), 100'000U * eighths / kEighths);
  EXPECT_GE(balance_of(server).mean, kHalf) << "else there is nothing to be even about";
  town.set_turnover(town.people() / 200);
  run_balanced(server, town, 5s);
  print("turned over", server, town);
  server.pass(Town::kTick);
  expect_all_counted(server, town);
  town.leave_all();
  expect_nothing_left(server);
}

TEST(Many, SixtyFourWorkersCarryAHundredThousandConsumersEvenly) {
  Server server(64, kCostOfPacket, Server::Media::kCarried);
  live_through(server, kEighths);
}

TEST(Many, EightWorkersCarryAnEighthEvenly) {
  Server server(8, kCostOfPacket, Server::Media::kCarried);
  live_through(server, 1);
}

// The control side alone, from here on: it has to be as even by every seed.
class Towns : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Towns, AreSpreadEvenly) {
  Server server(64, kCostOfPacket, Server::Media::kCounted);
  Town town(server, GetParam());
  town.expect(town_of(kEighths), kJoining);
  run_balanced(server, town, kJoining + kSettling);
  print("joined", server, town);
  town.set_turnover(town.people() / 200);
  run_balanced(server, town, 60s);
  print("turned over", server, town);
  EXPECT_GE(balance_of(server).mean, kHalf);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Towns, testing::Range<std::uint64_t>(1, 5));

// Of whom nobody knows at first that they have no cameras. Those who come later are not kept away from them for ever.
TEST(Many, RoomsOfSoundLeaveWhatTheyDoNotUseToOthers) {
  Server server(16, kCostOfPacket, Server::Media::kCounted);
  Town town(server, 1);
  const RoomKind sound{.rooms = 6, .speakers = 30, .viewers = 0, .cameras = false};
  town.expect(std::span(&sound, 1), kJoining);
  town.run_for(kJoining + std::chrono::seconds(Placement::kPatience));
  print("sound", server, town);
  const RoomKind meetings{.rooms = 96, .speakers = 12, .viewers = 0};
  town.expect(std::span(&meetings, 1), kJoining);
  run_balanced(server, town, kJoining + kSettling);
  print("and video", server, town);
  EXPECT_GE(balance_of(server).mean, kHalf);
}

// Each town is twice the one before, so what takes the square of it would take sixteen times as much for each consumer
// in the end. Which rooms happen to meet on a worker makes mirrors differ by a third.
TEST(Many, WhatControlAndCrossingsTakeGrowsWithTheTownAndNoFaster) {
  struct Taken {
    double commands = 0, mirrors = 0;  // for each consumer
    double crossings = 0;              // for each packet to a consumer
  };
  std::optional<Taken> first;
  for (const unsigned eighths : {1U, 2U, 4U, 8U, 16U}) {
    Server server(8 * eighths, kCostOfPacket, Server::Media::kCounted);
    Town town(server, 1);
    town.expect(town_of(eighths), kJoining);
    town.run_for(kJoining + kSettling);
    print("joined", server, town);
    const auto each = [](std::uint64_t all, std::uint64_t of) {
      return static_cast<double>(all) / static_cast<double>(of);
    };
    const Taken taken{each(server.counters().commands, town.consumers()), each(town.mirrors(), town.consumers()),
                      each(town.packets_to_cross(), town.packets_to_forward())};
    if (!first) first = taken;
    EXPECT_LE(taken.commands, 1.1 * first->commands);
    EXPECT_LE(taken.mirrors, 1.5 * first->mirrors);
    EXPECT_LE(taken.crossings, 1.5 * first->crossings);
  }
}

// A transport is made and connected, a consumer made and resumed, a mirror opened and lent to.
TEST(Many, AnAudienceCostsTheSameCommandsForEachHoweverLargeItIs) {
  for (const unsigned viewers : {1000U, 2000U, 4000U}) {
    Server server(64, kCostOfPacket, Server::Media::kCounted);
    Town town(server, 1);
    const RoomKind lecture{.rooms = 1, .speakers = 2, .viewers = viewers};
    town.expect(std::span(&lecture, 1), kJoining);
    town.run_for(kJoining + kSettling);
    const std::uint64_t transports = viewers + 4;
    const std::uint64_t producers = 4;
    EXPECT_EQ(town.consumers(), 4 * viewers + 4);
    EXPECT_EQ(server.counters().commands, 2 * transports + producers + 2 * town.consumers() + 2 * town.mirrors());
    EXPECT_LE(town.mirrors(), producers * (server.size() - 1));
  }
}

}  // namespace
}  // namespace consomme::sim
