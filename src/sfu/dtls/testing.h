// Shared by this folder's tests: two sessions and a network between them in virtual time.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/rng.h"
#include "sfu/dtls/outbox.h"
#include "sfu/dtls/session.h"

namespace consomme::dtls::testing {

using Bytes = std::vector<std::uint8_t>;

inline constexpr Instant kStart = Instant(1'700'000'000s);

struct Identity {
  Certificate certificate = Certificate::make(kStart).value();
  Context context = Context::make(certificate).value();
};

inline std::vector<Bytes> drain(Session& session) {
  std::vector<Bytes> all;
  Bytes out(2000);
  while (const std::size_t size = session.poll(out))
    all.emplace_back(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size));
  return all;
}

// What the network does to one datagram: when each copy of it arrives. Empty: it is lost.
struct Sent {
  Role from;
  std::size_t burst;  // which of this sender's bursts (datagrams sent at one time)
  Instant at;
};
using Network = std::function<std::vector<Duration>(const Sent&)>;

inline Network perfect() {
  return [](const Sent&) { return std::vector<Duration>{20ms}; };
}
inline Network losing(Role from, std::vector<std::size_t> bursts) {
  return [=](const Sent& sent) {
    const bool lost = sent.from == from && std::ranges::find(bursts, sent.burst) != bursts.end();
    return lost ? std::vector<Duration>{} : std::vector<Duration>{20ms};
  };
}

class Pair {
 public:
  explicit Pair(Network network)
      : client(client_identity.context, Role::kClient, {server_identity.certificate.fingerprint()}),
        server(server_identity.context, Role::kServer, {client_identity.certificate.fingerprint()}),
        network_(std::move(network)) {}

  void start() {
    server.start(now);
    client.start(now);
    collect();
  }
  // Until both have ended their handshake and nothing is under way, or `limit` has passed.
  void run(Duration limit = 120s) {
    const Instant end = now + limit;
    for (;;) {
      Instant next = std::min(client.deadline(), server.deadline());
      if (!under_way_.empty()) next = std::min(next, under_way_.begin()->first);
      if (next > end) break;
      now = std::max(now, next);
      deliver();
      client.expire(now);
      server.expire(now);
      collect();
    }
  }
  void send(Role from, Bytes datagram, Instant at) { under_way_.emplace(at, std::pair{from, std::move(datagram)}); }
  void collect() {
    collect(client, Role::kClient);
    collect(server, Role::kServer);
  }

  Identity client_identity;
  Identity server_identity;
  Session client;
  Session server;
  Instant now = kStart;
  std::optional<Instant> both_connected_at;
  std::map<Role, std::vector<Bytes>> sent;

 private:
  void deliver() {
    while (!under_way_.empty() && under_way_.begin()->first <= now) {
      const auto [from, datagram] = std::move(under_way_.extract(under_way_.begin()).mapped());
      (from == Role::kClient ? server : client).receive(now, datagram);
      collect();
    }
    if (!both_connected_at && client.state() == State::kConnected && server.state() == State::kConnected)
      both_connected_at = now;
  }
  void collect(Session& session, Role from) {
    const std::vector<Bytes> datagrams = drain(session);
    if (datagrams.empty()) return;
    const std::size_t burst = bursts_[from]++;
    for (const Bytes& datagram : datagrams) {
      sent[from].push_back(datagram);
      for (const Duration delay : network_({from, burst, now})) send(from, datagram, now + delay);
    }
  }

  Network network_;
  std::multimap<Instant, std::pair<Role, Bytes>> under_way_;
  std::map<Role, std::size_t> bursts_;
};

inline void expect_same_keys(const Session& a, const Session& b) {
  ASSERT_NE(a.keys(), nullptr);
  ASSERT_NE(b.keys(), nullptr);
  EXPECT_EQ(a.keys()->profile, b.keys()->profile);
  EXPECT_TRUE(std::ranges::equal(a.keys()->local_key(), b.keys()->remote_key()));
  EXPECT_TRUE(std::ranges::equal(a.keys()->local_salt(), b.keys()->remote_salt()));
  EXPECT_TRUE(std::ranges::equal(a.keys()->remote_key(), b.keys()->local_key()));
  EXPECT_TRUE(std::ranges::equal(a.keys()->remote_salt(), b.keys()->local_salt()));
  EXPECT_FALSE(std::ranges::equal(a.keys()->local_key(), a.keys()->remote_key()));
}

}  // namespace consomme::dtls::testing
