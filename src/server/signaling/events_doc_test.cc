// Holds docs/events.md against the event table: every event has a heading there, and behind a request's heading stands
// its request with exactly the fields of the table.
#include <fstream>
#include <iterator>
#include <string>

#include "server/signaling/events.h"

namespace consomme::server {
namespace {

std::string document() {
  std::ifstream file(PROJECT_ROOT "/docs/events.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

// The text from an event's heading to the next heading; empty if there is none.
std::string section(const std::string& document, std::string_view event) {
  for (const char* level : {"\n### ", "\n#### "}) {
    const std::size_t at = document.find(level + std::string(event) + "\n");
    if (at != std::string::npos) return document.substr(at + 1, document.find("\n#", at + 1) - at - 1);
  }
  return {};
}

// "{roomId, direction, appData?}"; where roomId is implied it is left out.
std::string request_of(const EventSpec& spec) {
  std::string fields = spec.room == RoomId::kImplied ? "" : "roomId";
  for (const Field& field : spec.field_list())
    fields += (fields.empty() ? "" : ", ") + std::string(field.name) + (field.required ? "" : "?");
  return "`{" + fields + "}`";
}

TEST(EventsDocument, ShowsEveryRequestWithItsFields) {
  const std::string text = document();
  for (const EventSpec& spec : kClientEvents) {
    const std::string about = section(text, spec.name);
    ASSERT_FALSE(about.empty()) << spec.name << " is not in docs/events.md";
    EXPECT_THAT(about, testing::HasSubstr("\n\n" + request_of(spec))) << spec.name;
  }
}

TEST(EventsDocument, ShowsEveryServerEvent) {
  const std::string text = document();
  for (const std::string_view event : kServerEvents) EXPECT_FALSE(section(text, event).empty()) << event;
}

TEST(EventsDocument, ShowsNoOtherEvent) {
  const std::string text = document();
  std::size_t headings = 0;
  for (std::size_t at = 0; (at = text.find("\n###", at)) != std::string::npos; ++at) ++headings;
  EXPECT_EQ(headings, kClientEvents.size() + kServerEvents.size() + 1);  // and "Additive requests"
}

}  // namespace
}  // namespace consomme::server
