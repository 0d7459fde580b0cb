#include "server/metrics.h"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <map>
#include <string_view>

#include "server/version.h"

namespace consomme::server {
namespace {

struct Gauge {
  std::string_view name;
  std::string_view help;
  std::size_t Census::* value;
};
constexpr std::array kGauges{
    Gauge{"consomme_rooms", "Rooms, empty ones included.", &Census::rooms},
    Gauge{"consomme_connections", "Socket.IO clients.", &Census::connections},
    Gauge{"consomme_participants", "Clients in a room.", &Census::participants},
    Gauge{"consomme_transports", "WebRTC transports.", &Census::transports},
    Gauge{"consomme_producers", "Producers.", &Census::producers},
    Gauge{"consomme_consumers", "Consumers.", &Census::consumers},
};

struct Counter {
  std::string_view name;
  std::string_view help;
  std::uint64_t sfu::WorkerReport::* value;
};
constexpr std::array kCounters{
    Counter{"consomme_packets_received_total", "Datagrams and TCP frames received.",
            &sfu::WorkerReport::packets_received},
    Counter{"consomme_bytes_received_total", "Bytes in them.", &sfu::WorkerReport::bytes_received},
    Counter{"consomme_packets_sent_total", "Datagrams and TCP frames sent.", &sfu::WorkerReport::packets_sent},
    Counter{"consomme_bytes_sent_total", "Bytes in them.", &sfu::WorkerReport::bytes_sent},
    Counter{"consomme_packets_repaired_total", "Received packets that a retransmission brought.",
            &sfu::WorkerReport::packets_repaired},
    Counter{"consomme_packets_lent_total", "RTP packets that crossed to another worker, once for each.",
            &sfu::WorkerReport::packets_lent},
    Counter{"consomme_packets_handed_over_total",
            "Datagrams that came to another worker than their own, on a port that all share.",
            &sfu::WorkerReport::packets_handed_over},
    Counter{"consomme_nacks_received_total", "Requests of receivers for lost packets.",
            &sfu::WorkerReport::nacks_received},
    Counter{"consomme_packets_resent_total", "Packets sent again upon them.", &sfu::WorkerReport::packets_resent},
    Counter{"consomme_key_frames_asked_total", "Requests of receivers for a key frame (PLI, FIR).",
            &sfu::WorkerReport::key_frames_asked},
};

struct ProcessRow {
  std::string_view name;
  std::string_view type;
  std::string_view help;
  double ProcessFigures::* value;
};
constexpr std::array kProcess{
    ProcessRow{"process_cpu_seconds_total", "counter", "CPU time used.", &ProcessFigures::cpu_seconds},
    ProcessRow{"process_open_fds", "gauge", "Open file descriptors.", &ProcessFigures::open_descriptors},
    ProcessRow{"process_max_fds", "gauge", "File descriptors that may be open.", &ProcessFigures::max_descriptors},
    ProcessRow{"process_resident_memory_bytes", "gauge", "Resident memory.", &ProcessFigures::resident_bytes},
    ProcessRow{"process_start_time_seconds", "gauge", "When it started, since the Unix epoch.",
               &ProcessFigures::start_seconds},
};

std::string head(std::string_view name, std::string_view type, std::string_view help) {
  return fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
}

// A label value may hold anything but these three, which are escaped.
std::string label(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string of_workers(std::span<const sfu::WorkerReport> workers) {
  std::string text = head("consomme_worker_load", "gauge",
                          "Share of the last second in which each media worker ran or waited for a core, or of the "
                          "packets that it may hold if that is more.");
  for (std::size_t i = 0; i < workers.size(); ++i)
    text += fmt::format("consomme_worker_load{{worker=\"{}\"}} {:.4f}\n", i, workers[i].load);
  text += head("consomme_worker_report_age_seconds", "gauge",
               "How long ago each media worker last reported; each does once a second.");
  for (std::size_t i = 0; i < workers.size(); ++i)
    text += fmt::format("consomme_worker_report_age_seconds{{worker=\"{}\"}} {:.1f}\n", i,
                        std::chrono::duration<double>(workers[i].age).count());
  return text;
}

std::string drops(std::span<const sfu::WorkerReport> workers) {
  std::map<std::string, std::uint64_t> by_reason;
  for (const sfu::WorkerReport& worker : workers)
    for (const auto& [reason, count] : worker.drops) by_reason[reason] += count;
  std::string text = head("consomme_drops_total", "counter", "Packets dropped, by reason.");
  for (const auto& [reason, count] : by_reason)
    text += fmt::format("consomme_drops_total{{reason=\"{}\"}} {}\n", label(reason), count);
  return text;
}

std::string of_process(const ProcessFigures& process) {
  std::string text;
  for (const ProcessRow& row : kProcess)
    text += head(row.name, row.type, row.help) + fmt::format("{} {}\n", row.name, process.*row.value);
  return text;
}

std::string refused(const Refusals& refusals) {
  std::string text = head("consomme_refusals_total", "counter", "Whom the server turned away, by reason.");
  for (std::size_t i = 0; i < Refusals::kNames.size(); ++i)
    text += fmt::format("consomme_refusals_total{{reason=\"{}\"}} {}\n", Refusals::kNames[i], refusals.counts()[i]);
  return text;
}

}  // namespace

std::string metrics_text(const Figures& figures) {
  std::string text = head("consomme_build_info", "gauge", "1, with the version.") +
                     fmt::format("consomme_build_info{{version=\"{}\"}} 1\n", version());
  for (const Gauge& gauge : kGauges)
    text += head(gauge.name, "gauge", gauge.help) + fmt::format("{} {}\n", gauge.name, figures.census.*gauge.value);
  for (const Counter& counter : kCounters) {
    std::uint64_t sum = 0;
    for (const sfu::WorkerReport& worker : figures.workers) sum += worker.*counter.value;
    text += head(counter.name, "counter", counter.help) + fmt::format("{} {}\n", counter.name, sum);
  }
  text += head("consomme_log_lines_dropped_total", "counter", "Lines that standard error had no room for.") +
          fmt::format("consomme_log_lines_dropped_total {}\n", figures.log_lines_dropped);
  return text + of_workers(figures.workers) + drops(figures.workers) + refused(figures.refusals) +
         of_process(figures.process);
}

}  // namespace consomme::server
