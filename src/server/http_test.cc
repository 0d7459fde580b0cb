#include "server/http.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "server/health.h"
#include "server/metrics.h"
#include "server/version.h"
#include "server/web_root.h"

namespace consomme::server {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

socketio::HttpRequest get(std::string target, std::string etag = {}) {
  socketio::HttpRequest request;
  request.method = "GET";
  request.target = std::move(target);
  if (!etag.empty()) request.headers.push_back({"If-None-Match", std::move(etag)});
  return request;
}
std::string header(const socketio::HttpResponse& response, std::string_view name) {
  for (const auto& h : response.headers)
    if (h.name == name) return h.value;
  return {};
}

// A folder like a built page's, beside a secret.
class Http : public ::testing::Test {
 protected:
  Http() {
    fs::remove_all(folder);
    write("web/index.html", "<!doctype html>page");
    write("web/favicon.svg", "<svg/>");
    write("web/assets/main-1a2b.js", "code()");
    write("web/assets/main-1a2b.css", "body{}");
    write("web/notes.secret", "secret");
    write("secret.html", "secret");
    files = WebFiles(folder / "web");
  }
  ~Http() override { fs::remove_all(folder); }
  void write(const std::string& name, std::string_view text) {
    fs::create_directories((folder / name).parent_path());
    std::ofstream(folder / name) << text;
  }
  socketio::HttpResponse answer(const socketio::HttpRequest& request, bool ready = true) {
    return answer_http({files, ready, [] { return "figures"; }, [this] { return ailment; }}, request);
  }

  fs::path folder = fs::path(::testing::TempDir()) / "consomme_http_test";
  WebFiles files;
  std::string ailment;
};

TEST_F(Http, ServesThePageWithItsContentTypes) {
  EXPECT_EQ(answer(get("/")).body, "<!doctype html>page");
  EXPECT_EQ(answer(get("/?room=x")).body, "<!doctype html>page");
  EXPECT_EQ(header(answer(get("/")), "Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(header(answer(get("/assets/main-1a2b.js")), "Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(header(answer(get("/assets/main-1a2b.css")), "Content-Type"), "text/css; charset=utf-8");
  EXPECT_EQ(header(answer(get("/favicon.svg")), "Content-Type"), "image/svg+xml");
}

TEST_F(Http, CachesHashedAssetsForeverAndThePageNever) {
  EXPECT_THAT(header(answer(get("/assets/main-1a2b.js")), "Cache-Control"), HasSubstr("immutable"));
  EXPECT_EQ(header(answer(get("/")), "Cache-Control"), "no-cache");
}

TEST_F(Http, AnswersAKnownEtagWithNotModified) {
  const std::string etag = header(answer(get("/")), "ETag");
  EXPECT_EQ(answer(get("/", etag)).status, 304u);
  EXPECT_EQ(answer(get("/", etag)).body, "");
  EXPECT_EQ(answer(get("/", "\"other\"")).status, 200u);
}

TEST_F(Http, FindsItsEtagAmongWeakOnesAndInLists) {
  const std::string etag = header(answer(get("/")), "ETag");
  for (const std::string& known : {"W/" + etag, "\"a,b\", " + etag, "W/\"x\",W/" + etag + ",\"y\"", std::string("*")})
    EXPECT_EQ(answer(get("/", known)).status, 304u) << known;
  auto request = get("/", "\"other\"");
  request.headers.push_back({"if-none-match", etag});
  EXPECT_EQ(answer(request).status, 304u) << "a list may be spread over several lines";
  for (const std::string& unknown : {std::string("\"*\""), etag.substr(1, etag.size() - 2), "\"x" + etag.substr(1)})
    EXPECT_EQ(answer(get("/", unknown)).status, 200u) << unknown;
}

TEST_F(Http, SendsSecurityHeadersWithThePage) {
  const auto page = answer(get("/"));
  EXPECT_THAT(header(page, "Content-Security-Policy"), HasSubstr("default-src 'self'"));
  EXPECT_EQ(header(page, "X-Content-Type-Options"), "nosniff");
}

TEST_F(Http, NoPathLeadsOutOfTheFolder) {
  for (const char* target : {"/../secret.html", "/..%2fsecret.html", "//secret.html", "/assets/../../secret.html",
                             "/notes.secret", "/assets", "/assets/", "\\..\\secret.html", "", "*"})
    EXPECT_EQ(answer(get(target)).status, 404u) << target;
}

TEST_F(Http, RefusesOtherMethods) {
  auto request = get("/");
  request.method = "POST";
  EXPECT_EQ(answer(request).status, 405u);
  request.method = "HEAD";
  EXPECT_EQ(answer(request).status, 200u);
}

TEST_F(Http, LivenessAndReadinessAreTwoThings) {
  EXPECT_EQ(answer(get("/healthz"), false).status, 200u);
  EXPECT_EQ(answer(get("/readyz"), true).status, 200u);
  EXPECT_EQ(answer(get("/readyz"), false).status, 503u);
  EXPECT_EQ(answer(get("/metrics")).body, "figures");
}

TEST_F(Http, ServerThatIsIllSaysSo) {
  ailment = "worker 1 hangs";
  EXPECT_EQ(answer(get("/healthz")).status, 503u);
  EXPECT_EQ(answer(get("/healthz")).body, "worker 1 hangs\n");
  EXPECT_EQ(answer(get("/readyz")).status, 200u);
}

TEST(Health, IsIllWithAWorkerThatReportsNoMore) {
  std::vector<sfu::WorkerReport> workers(2);
  EXPECT_EQ(ailment(workers), "");
  workers[1].age = 10s;
  EXPECT_EQ(ailment(workers), "");
  workers[1].age = 11s;
  EXPECT_EQ(ailment(workers), "worker 1 has not reported for 11 s");
}

TEST_F(Http, SaysHowToBuildAMissingPage) {
  files = WebFiles();
  EXPECT_THAT(answer(get("/")).body, HasSubstr("npm run build"));
  EXPECT_EQ(WebFiles(folder / "nowhere").empty(), true);
}

TEST_F(Http, SaysWhereThePageIsMissing) {
  EXPECT_EQ(missing_page(""), "no demo page: build web/ or set web_root");
  EXPECT_EQ(missing_page("/nonexistent"), "no demo page: there is no index.html in web_root = /nonexistent");
}

TEST_F(Http, FindsThePageOfAnInstallationOrACheckout) {
  EXPECT_EQ(find_web_root("/configured", "/usr/bin/consomme"), "/configured");
  EXPECT_EQ(find_web_root("", folder / "build/dev/bin/consomme"), fs::path());
  write("web/dist/index.html", "x");
  EXPECT_EQ(find_web_root("", folder / "build/dev/bin/consomme"), folder / "web/dist");
  write("build/share/consomme/web/index.html", "x");
  EXPECT_EQ(find_web_root("", folder / "build/bin/consomme"), folder / "build/share/consomme/web");
}

TEST(Metrics, SumsTheWorkersAndNamesTheDrops) {
  std::vector<sfu::WorkerReport> workers(2);
  workers[0].packets_sent = 3;
  workers[1].packets_sent = 4;
  workers[1].load = 0.25;
  workers[1].age = 1500ms;
  workers[0].drops = {{"no transport", 1}};
  workers[1].drops = {{"no transport", 2}, {"odd \"reason\"", 1}};
  const std::string text = metrics_text({.census = {.rooms = 5}, .workers = workers, .log_lines_dropped = 7});
  EXPECT_THAT(text, HasSubstr("# TYPE consomme_rooms gauge\nconsomme_rooms 5\n"));
  EXPECT_THAT(text, HasSubstr("\nconsomme_packets_sent_total 7\n"));
  EXPECT_THAT(text, HasSubstr("ran or waited for a core, or of the packets that it may hold"));
  EXPECT_THAT(text, HasSubstr("\nconsomme_worker_load{worker=\"1\"} 0.2500\n"));
  EXPECT_THAT(text, HasSubstr("\nconsomme_log_lines_dropped_total 7\n"));
  EXPECT_THAT(text, HasSubstr("\nconsomme_worker_report_age_seconds{worker=\"1\"} 1.5\n"));
  EXPECT_THAT(text, HasSubstr("\nconsomme_drops_total{reason=\"no transport\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("\nconsomme_drops_total{reason=\"odd \\\"reason\\\"\"} 1\n"));
}

TEST(Metrics, CountsRefusalsByReasonFromZeroOn) {
  Refusals refusals;
  EXPECT_THAT(metrics_text({.refusals = refusals}),
              HasSubstr("\nconsomme_refusals_total{reason=\"no-descriptor\"} 0\n"));
  refusals.add(Refused::kNoDescriptor);
  EXPECT_THAT(metrics_text({.refusals = refusals}),
              HasSubstr("\nconsomme_refusals_total{reason=\"no-descriptor\"} 1\n"));
}

TEST(Metrics, TellOfTheProcessAndItsVersion) {
  const std::string text = metrics_text({.process = {.open_descriptors = 12, .start_seconds = 1700000000.5}});
  EXPECT_THAT(text, HasSubstr(fmt::format("\nconsomme_build_info{{version=\"{}\"}} 1\n", version())));
  EXPECT_THAT(text, HasSubstr("\n# TYPE process_open_fds gauge\nprocess_open_fds 12\n"));
  EXPECT_THAT(text, HasSubstr("\nprocess_start_time_seconds 1700000000.5\n"));
}

TEST(SeldomLine, IsDueOnceAMinute) {
  SeldomLine line;
  constexpr Instant kStart{1000s};
  EXPECT_TRUE(line.is_due(kStart));
  EXPECT_FALSE(line.is_due(kStart + 59s));
  EXPECT_TRUE(line.is_due(kStart + 60s));
}

}  // namespace
}  // namespace consomme::server
