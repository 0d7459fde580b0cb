// The little of SDP (RFC 8866, RFC 8829) with which a bot and Janus tell each other of one stream: written with what a
// browser says of it, read line by line for what a bot needs. Bots always begin DTLS.
#pragma once

#include <string>
#include <string_view>

#include "sfu/sfu.h"
#include "sfu/wire/rtp.h"
#include "tests/sim/describe.h"

namespace consomme::bench {

// Of a sender.
std::string write_offer(const sim::Described& source, const ortc::DtlsParameters& bot);
// Of a receiver, to all that is offered.
std::string write_answer(std::string_view offer, const ortc::DtlsParameters& bot);

// What the other side said of its transport, as consomme would have offered it.
sfu::TransportOffer read_transport(std::string_view sdp);
// The first, under which the stream itself will be sent.
Ssrc read_ssrc(std::string_view offer);
wire::ExtensionIds read_extension_ids(std::string_view offer);

}  // namespace consomme::bench
