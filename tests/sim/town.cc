#include "tests/sim/town.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "sfu/ortc/supported.h"
#include "sfu/runtime/testing.h"

namespace consomme::sim {

namespace {

using transport::testing::Bytes;

// A room's people come within this time, more the more they are.
Duration gathering_of(const RoomKind& kind) {
  return 3s + 8ms * (kind.speakers + kind.viewers);
}

// Of a whole key picture, so that whoever comes sees with the first that is sent.
const Bytes kPicture{0x10, 0x00, 0x00, 0x00, 0x9d, 0x01, 0x2a, 0x00, 0x00, 0x00, 0x00};
const Bytes kSound{1, 2, 3, 4};

}  // namespace

// Nobody reports on what arrives, so nobody offers to: there is no estimate of links here, and none is limited.
ortc::RtpCapabilities Town::viewers_capabilities() {
  ortc::RtpCapabilities capabilities = sfu::testing::router();
  const std::string_view numbered = ortc::supported(HeaderExtension::kTransportWideCc).uri;
  std::erase_if(capabilities.header_extensions, [&](const auto& extension) { return extension.uri == numbered; });
  for (auto& codec : capabilities.codecs)
    std::erase_if(codec.rtcp_feedback, [](const auto& f) { return f.type == "transport-cc" || f.type == "goog-remb"; });
  return capabilities;
}

Duration Town::within(Duration span) {
  return Duration(static_cast<Duration::rep>(rng_.unit() * static_cast<double>(span.count())));
}

void Town::expect(std::span<const RoomKind> kinds, Duration span) {
  for (const RoomKind& kind : kinds)
    for (unsigned i = 0; i < kind.rooms; ++i) {
      const Duration gathering = std::min(gathering_of(kind), span);
      const Instant begin = server_->now() + within(span - gathering);
      Room* const room = rooms_.emplace_back(std::make_unique<Room>(kind.cameras)).get();
      for (unsigned person = 0; person < kind.speakers + kind.viewers; ++person)
        arrivals_.push_back({begin + within(gathering), room, person < kind.speakers});
    }
  std::ranges::sort(arrivals_, std::greater{}, &Arrival::at);
}

void Town::run_for(Duration span) {
  next_turnover_ = server_->now() + 1s;
  for (const Instant until = server_->now() + span; server_->now() < until;) tick();
}

void Town::tick() {
  server_->pass(kTick);
  const Instant now = server_->now();
  for (; !arrivals_.empty() && arrivals_.back().at <= now; arrivals_.pop_back())
    join(*arrivals_.back().room, arrivals_.back().speaks);
  if (now >= next_turnover_) {
    next_turnover_ += 1s;
    for (std::size_t i = 0; i < turnover_; ++i) {
      const std::size_t leaver = rng_.below(people_.size());
      Room& room = *people_[leaver]->room;
      const bool speaks = people_[leaver]->speaks;
      leave(leaver);
      join(room, speaks);
    }
  }
  for (const auto& person : people_)
    if (now >= person->camera_at) {
      person->camera_at = kNever;
      publish(*person, true);
    }
  server_->carry_out();
  for (const auto& person : people_)
    for (Feed& feed : person->feeds)
      if (now >= feed.next) send(*person, feed);
}

void Town::open(Room& room) {
  std::vector<std::uint32_t> before;
  for (unsigned i = 0; i < server_->size(); ++i) before.push_back(server_->control().census(i).routers);
  room.router = server_->control().create_router();
  while (server_->control().census(room.home).routers == before[room.home]) ++room.home;
}

void Town::join(Room& room, bool speaks) {
  if (!room.router) open(room);
  Person& person = *people_.emplace_back(std::make_unique<Person>());
  person.room = &room;
  person.speaks = speaks;
  if (speaks) person.sends.emplace(*server_, *room.router, Device::Direction::kSends);
  person.receives.emplace(*server_, *room.router, Device::Direction::kReceives);
  for (Person* const other : room.people)
    for (Feed& feed : other->feeds) consume(person, feed);
  room.people.push_back(&person);
  if (!speaks) return;
  publish(person, false);
  if (room.cameras) person.camera_at = server_->now() + kCameraFrom + within(kCameraUntil - kCameraFrom);
}

void Town::publish(Person& person, bool video) {
  const auto ssrc = static_cast<std::uint32_t>(video ? 10 : 20);
  const auto parameters = video ? sfu::testing::camera("0", ssrc) : sfu::testing::microphone("1", ssrc);
  const auto kind = video ? ortc::MediaKind::kVideo : ortc::MediaKind::kAudio;
  const auto produced = server_->control().produce({person.sends->transport(), kind, parameters});
  check(produced.has_value(), "a transport takes a camera and a microphone");
  // At a time of its own within the interval, as those of a crowd are.
  const Duration interval = video ? kVideoInterval : kSoundInterval;
  const Duration phase = kTick * static_cast<Duration::rep>(rng_.below(static_cast<std::uint64_t>(interval / kTick)));
  Feed& feed = person.feeds.emplace_back(
      Feed{.producer = produced->id, .video = video, .ssrc = ssrc, .next = server_->now() + phase});
  feed.consumers.resize(server_->size());
  for (Person* const other : person.room->people)
    if (other != &person) consume(*other, feed);
}

void Town::consume(Person& person, Feed& feed) {
  const auto offer = server_->control().consume({person.receives->transport(), feed.producer, capabilities_});
  check(offer.has_value(), "everybody can see and hear everybody");
  server_->control().pause_consumer(offer->id, false);
  ++feed.consumers[person.receives->worker()];
  ++feed.all_consumers;
}

// Workers besides its own where somebody gets it; sound goes to the room's home too.
std::size_t Town::lendings(const Room& room, const Person& person, const Feed& feed) const {
  std::size_t count = 0;
  for (unsigned i = 0; i < server_->size(); ++i)
    if (i != person.sends->worker() && (feed.consumers[i] != 0 || (!feed.video && i == room.home))) ++count;
  return count;
}

void Town::send(Person& person, Feed& feed) {
  feed.next += feed.video ? kVideoInterval : kSoundInterval;
  ++feed.seq;
  ++packets_sent_;
  const std::size_t crossings = lendings(*person.room, person, feed);
  packets_to_cross_ += crossings;
  packets_to_forward_ += feed.all_consumers;
  if (!server_->carries_media()) {
    for (unsigned i = 0; i < server_->size(); ++i) server_->count(i, feed.consumers[i]);
    return server_->count(person.sends->worker(), 1 + crossings);
  }
  person.sends->send(*server_, {.ssrc = Ssrc(feed.ssrc),
                                .seq = feed.seq,
                                .payload_type = static_cast<std::uint8_t>(feed.video ? 96 : 111),
                                .timestamp = feed.seq * (feed.video ? 22'500U : 48'000U),
                                .payload = feed.video ? kPicture : kSound});
}

void Town::leave(std::size_t index) {
  std::swap(people_[index], people_.back());
  const std::unique_ptr<Person> leaver = std::move(people_.back());
  people_.pop_back();
  std::erase(leaver->room->people, leaver.get());
  for (Person* const other : leaver->room->people)
    for (Feed& feed : other->feeds) {
      --feed.consumers[leaver->receives->worker()];
      --feed.all_consumers;
    }
  if (leaver->sends) server_->control().close_transport(leaver->sends->transport());
  server_->control().close_transport(leaver->receives->transport());
  server_->carry_out();
}

void Town::leave_all() {
  while (!people_.empty()) leave(rng_.below(people_.size()));
  server_->pass(kTick);
}

std::size_t Town::consumers() const {
  std::size_t count = 0;
  for (const auto& person : people_)
    for (const Feed& feed : person->feeds) count += feed.all_consumers;
  return count;
}

std::size_t Town::mirrors() const {
  std::size_t count = 0;
  for (const auto& person : people_)
    for (const Feed& feed : person->feeds) count += lendings(*person->room, *person, feed);
  return count;
}

}  // namespace consomme::sim
