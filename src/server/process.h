// What the process asks of the operating system for itself, and what that knows of it.
#pragma once

namespace consomme::server {

// As many file descriptors as it may have: a client takes one or two, and the soft limit (1024) is for programs that
// use select(). Children would inherit it; there are none.
void raise_descriptor_limit();

// A write to a pipe or socket that nobody reads any more, standard error included, fails instead of ending the process.
void ignore_broken_pipes();
// Whether whoever started it wants this signal ignored, as nohup does.
bool is_signal_ignored(int signal);

// What Prometheus' client libraries tell of every process.
struct ProcessFigures {
  double cpu_seconds = 0;
  double open_descriptors = 0;
  double max_descriptors = 0;
  double resident_bytes = 0;
  double start_seconds = 0;  // since the Unix epoch
};
ProcessFigures process_figures();

}  // namespace consomme::server
