// The one request that asks a worker: its answer comes later, with what the worker says (media_events.cc).
#include "server/signaling/fields.h"
#include "server/signaling/lookup.h"
#include "server/signaling/requests.h"

namespace consomme::server {
namespace {

template <class T>
Reply ask(const Call& call, Result<T*> (*find)(const Call&), const char* absent) {
  const auto subject = find(call);
  if (!subject) return std::unexpected(subject.error());
  const auto token = call.world.media.request_stats((*subject)->media);
  if (!token) return std::unexpected(token.error());
  call.world.questions.emplace(*token, Question{call.peer.id, (*subject)->id, absent});
  return AnsweredLater{*token};
}

}  // namespace

Reply get_stats(const Call& call) {
  const bool transport = find_field(call.request, "transportId") != nullptr;
  const bool producer = find_field(call.request, "producerId") != nullptr;
  const bool consumer = find_field(call.request, "consumerId") != nullptr;
  if (transport + producer + consumer != 1)
    return invalid("exactly one of transportId, producerId and consumerId must be given");
  if (transport) return ask(call, find_own_transport, kNoTransport);
  if (producer) return ask(call, find_own_producer, kNoProducer);
  return ask(call, find_own_consumer, kNoConsumer);
}

}  // namespace consomme::server
