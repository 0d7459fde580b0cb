// What workers say, passed on for what still exists here: a notice may cross a call that has ended its subject.
#include <utility>

#include "sfu/runtime/control.h"

namespace consomme::sfu {

void Control::notice(const worker::Notice& notice) {
  std::visit([this](const auto& n) { on(n); }, notice);
}

void Control::on(const worker::TransportUp& notice) {
  if (transports_.contains(notice.transport)) events_.push_back(TransportConnected{notice.transport});
}

void Control::on(const worker::TransportDown& notice) {
  if (!transports_.contains(notice.transport)) return;
  static constexpr std::pair<worker::End, TransportEnd> kReasons[] = {
      {worker::End::kConsentLost, TransportEnd::kConsentLost},
      {worker::End::kDtlsFailed, TransportEnd::kDtlsFailed},
      {worker::End::kDtlsClosed, TransportEnd::kDtlsClosed},
  };
  end_transport(notice.transport, true);
  events_.push_back(TransportEnded{notice.transport, kReasons[static_cast<std::size_t>(notice.end)].second});
}

void Control::on(const worker::ProducerSilent& notice) {
  const auto found = producers_.find(notice.producer);
  if (found == producers_.end()) return;
  found->second.state.silent = notice.silent;
  update_mirrors(notice.producer, found->second);
  events_.push_back(ProducerSilent{notice.producer, notice.silent});
}

void Control::on(const worker::SpeakerChanged& notice) {
  if (routers_.contains(notice.router)) events_.push_back(SpeakerChanged{notice.router, notice.speaker});
}

void Control::on(const worker::ProducerScored& notice) {
  const auto found = producers_.find(notice.producer);
  if (found == producers_.end()) return;
  found->second.state.scores = notice.encodings;
  update_mirrors(notice.producer, found->second);
  events_.push_back(ProducerScored{notice.producer, notice.score, notice.encodings});
}

void Control::on(const worker::ConsumerScored& notice) {
  if (consumers_.contains(notice.consumer))
    events_.push_back(ConsumerScored{notice.consumer, notice.score, notice.producer_score});
}

void Control::on(const worker::LayersChanged& notice) {
  if (!consumers_.contains(notice.consumer)) return;
  ConsumerLayersChanged event{.consumer = notice.consumer, .layers = {}};
  if (notice.layers) event.layers = ConsumerLayers{notice.layers->spatial, notice.layers->temporal};
  events_.emplace_back(event);
}

// Asked for, so it is answered even when there is nothing to tell any more.
void Control::on(const worker::StatsReady& notice) {
  const auto question = questions_.extract(notice.token);
  if (question.empty()) return;
  StatsReady ready{notice.token, notice.stats};
  if (const Producer* const source = source_of(question.mapped())) {
    const ortc::RtpParameters& sent = source->negotiated.parameters;
    const std::string& mime_type = ortc::media_codec(sent, sent.encodings.front())->mime_type;
    const auto complete = [&](auto& stats) {
      stats.kind = source->kind;
      stats.mime_type = mime_type;
    };
    if (auto* const stats = std::get_if<ortc::ProducerStats>(&ready.stats)) complete(*stats);
    if (auto* const stats = std::get_if<ortc::ConsumerStats>(&ready.stats)) complete(*stats);
  } else if (!std::holds_alternative<TransportId>(question.mapped())) {
    ready.stats = std::monostate();
  }
  events_.emplace_back(std::move(ready));
}

// The producer whose media the figures are of; nullptr: it has ended, or they are a transport's.
const Control::Producer* Control::source_of(const StatsSubject& subject) const {
  ProducerId id;
  if (const auto* const producer = std::get_if<ProducerId>(&subject)) id = *producer;
  if (const auto* const consumer = std::get_if<ConsumerId>(&subject))
    if (const auto found = consumers_.find(*consumer); found != consumers_.end()) id = found->second.producer;
  const auto found = producers_.find(id);
  return found == producers_.end() ? nullptr : &found->second;
}

}  // namespace consomme::sfu
