#include <fmt/format.h>

#include <fstream>

#include "server/config_file.h"
#include "server/config_load.h"
#include "server/config_parts.h"
#include "server/settings.h"
#include "server/version.h"

namespace consomme::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// The error line of a start that must fail.
std::string error_of(std::vector<std::string> arguments, const std::vector<std::string>& environment = {}) {
  const auto launch = load_config(std::move(arguments), environment);
  return launch ? "no error" : launch.error().text;
}
std::string file_error_of(std::string_view text) {
  Config config;
  const auto read = read_config_text(text, "c.toml", config);
  return read ? "no error" : read.error().text;
}
// A file in the test's temporary folder.
std::string file_with(const std::string& text) {
  const std::string path = ::testing::TempDir() + "consomme_config_test.toml";
  std::ofstream(path) << text;
  return path;
}

TEST(Config, DefaultsNeedNoFile) {
  const auto launch = load_config({}, {"PATH=/bin", "DEBUG=x"});
  ASSERT_TRUE(launch);
  EXPECT_EQ(launch->config.port, 8080u);
  EXPECT_THAT(launch->config.cors_origins, ElementsAre("*"));
  EXPECT_EQ(launch->print, "");
}

TEST(Config, FlagWinsOverVariableOverFileOverDefault) {
  const std::string file = file_with("[server]\nport = 1\nhost = \"127.0.0.1\"\n[times]\ndrain_s = 3\n");
  const auto launch = load_config({"--config", file, "--port", "3"},
                                  {"CONSOMME_PORT=2", "CONSOMME_HOST=::1", "CONSOMME_CONFIG=/does/not/matter"});
  ASSERT_TRUE(launch) << launch.error().text;
  EXPECT_EQ(launch->config.port, 3u);
  EXPECT_EQ(launch->config.host, "::1");
  EXPECT_EQ(launch->config.drain_s, 3u);
  EXPECT_EQ(launch->config.empty_room_s, 20u);
}

TEST(Config, FileMayBeNamedByAVariable) {
  const auto launch = load_config({}, {"CONSOMME_CONFIG=" + file_with("[media]\nworkers = 3\n")});
  ASSERT_TRUE(launch) << launch.error().text;
  EXPECT_EQ(launch->config.workers, 3u);
}

TEST(Config, ListsAreSeparatedByCommas) {
  const auto launch = load_config({"--media-addresses=10.0.0.2, 10.0.0.1=192.0.2.1"}, {"CONSOMME_CODECS=opus,AV1"});
  ASSERT_TRUE(launch) << launch.error().text;
  EXPECT_THAT(launch->config.media_addresses, ElementsAre("10.0.0.2", "10.0.0.1=192.0.2.1"));
  EXPECT_THAT(launch->config.codecs, ElementsAre("opus", "AV1"));
}

TEST(Config, WrongValueIsOneLineThatSaysWhatToWrite) {
  EXPECT_EQ(error_of({"--port", "70000"}), "--port: port = 70000: write a port number from 0 to 65535");
  EXPECT_EQ(error_of({"--port", "8080x"}), "--port: port = 8080x: write a port number from 0 to 65535");
  EXPECT_EQ(error_of({"--port", "-1"}), "--port: port = -1: write a port number from 0 to 65535");
  EXPECT_EQ(error_of({}, {"CONSOMME_UDP=yes"}), "CONSOMME_UDP: udp = yes: write true or false");
  EXPECT_EQ(error_of({"--log-level=loud"}), "--log-level: log_level = loud: write error, warn or info");
  EXPECT_THAT(error_of({"--media-addresses", "example.org"}), HasSubstr("write literal addresses such as"));
  EXPECT_THAT(error_of({"--media-addresses", "10.0.0.1=0.0.0.0"}), HasSubstr("write literal addresses such as"));
  EXPECT_THAT(error_of({"--codecs", "video/MPEG"}), HasSubstr("write codecs such as"));
  EXPECT_THAT(error_of({"--codecs", "video/H264;profile-level-id=ffffff"}),
              AllOf(HasSubstr("--codecs: codecs = \"video/H264;profile-level-id=ffffff\""),
                    HasSubstr("whose profile-level-id is one of RFC 6184")));
  EXPECT_THAT(error_of({"--cors-origins", "https://example.org/"}), HasSubstr("without a path"));
  for (const char* path : {"", "/", "//", "socket.io/", "/socket.io", "/a b/", "/a?b/", "/a%20b/"})
    EXPECT_THAT(error_of({"--path", path}), HasSubstr("write a path that begins and ends with a slash")) << path;
  EXPECT_THAT(error_of({"--udp", "false", "--tcp", "false"}), HasSubstr("write udp = true or tcp = true"));
  EXPECT_THAT(error_of({"--media-addresses", "10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4,10.0.0.5"}), HasSubstr("at most 4"));
}

TEST(Config, AddressesThatCannotShareAPortAreRefused) {
  constexpr const char* kSentence = "which cannot share a port: leave one out";
  for (const char* addresses : {"0.0.0.0,0.0.0.0", "10.0.0.5=192.0.2.1,10.0.0.5=192.0.2.2", "0.0.0.0,10.0.0.5",
                                "10.0.0.5,::,0.0.0.0", "2001:db8::1,::"})
    EXPECT_THAT(error_of({"--media-addresses", addresses}), HasSubstr(kSentence)) << addresses;
  EXPECT_EQ(error_of({"--media-addresses", "0.0.0.0,::"}), "no error");
  EXPECT_EQ(error_of({"--media-addresses", "10.0.0.5,10.0.0.6,2001:db8::1"}), "no error");
}

TEST(Config, PortOfHttpIsNoneOfTheMediaPorts) {
  constexpr const char* kSentence = "is one of the media ports too, which begin at media_port = 40000: write another";
  EXPECT_THAT(error_of({"--port", "40000"}), HasSubstr(kSentence));
  EXPECT_THAT(error_of({"--port", "40001", "--workers", "2"}), HasSubstr(kSentence));
  EXPECT_THAT(error_of({"--port", "40000", "--host", "10.0.0.5"}), HasSubstr(kSentence));
  EXPECT_EQ(error_of({"--port", "40002", "--workers", "2"}), "no error");
  EXPECT_EQ(error_of({"--port", "40001", "--workers", "2", "--single-port", "true"}), "no error");
  EXPECT_EQ(error_of({"--port", "40000", "--tcp", "false"}), "no error");
  EXPECT_EQ(error_of({"--port", "40000", "--host", "127.0.0.1", "--media-addresses", "10.0.0.5"}), "no error");
}

TEST(Config, WhatKubernetesTellsOfAServiceOfThatNameIsNoSetting) {
  const auto launch = load_config({}, {"CONSOMME_SERVICE_HOST=10.0.0.1", "CONSOMME_SERVICE_PORT=8080",
                                       "CONSOMME_SERVICE_PORT_HTTP=8080", "CONSOMME_PORT=tcp://10.0.0.1:8080",
                                       "CONSOMME_PORT_8080_TCP=tcp://10.0.0.1:8080", "CONSOMME_PORT_8080_TCP_PORT=80"});
  ASSERT_TRUE(launch) << launch.error().text;
  EXPECT_EQ(launch->config.port, 8080u);
  EXPECT_THAT(error_of({}, {"CONSOMME_PORT=tcp"}), HasSubstr("write a port number"));
}

TEST(Config, OriginsReachTheServerAsBrowsersSendThem) {
  const auto launch = load_config({"--cors-origins=HTTPS://Example.org:443,*"}, {});
  ASSERT_TRUE(launch) << launch.error().text;
  EXPECT_THAT(socketio_config(launch->config).cors_origins, ElementsAre("https://example.org", "*"));
}

TEST(Config, UnknownNameIsRefusedWithTheNearestOne) {
  EXPECT_EQ(error_of({"--prot", "1"}), "unknown flag --prot; did you mean port?; see consomme --help");
  EXPECT_EQ(error_of({}, {"CONSOMME_WORKER=1"}), "unknown environment variable CONSOMME_WORKER; did you mean workers?");
  EXPECT_EQ(file_error_of("[server]\nprot = 1\n"), "c.toml: unknown setting prot; did you mean port?");
  EXPECT_EQ(file_error_of("[sever]\nport = 1\n"), "c.toml: unknown section [sever]; see consomme --print-config");
  EXPECT_EQ(file_error_of("port = 1\n"), "c.toml: port stands outside a section: write it in [server]");
  EXPECT_EQ(file_error_of("[media]\nport = 1\n"), "c.toml: port stands in [media]: write it in [server]");
  EXPECT_EQ(error_of({"extra"}), "unknown flag extra; see consomme --help");
}

TEST(Config, FileOfTheWrongTypeOrSyntaxIsRefused) {
  EXPECT_EQ(file_error_of("[server]\nport = \"8080\"\n"),
            "c.toml: port has the wrong type: write a port number, as in port = 8080");
  EXPECT_EQ(
      file_error_of("[server]\ncors_origins = \"*\"\n"),
      "c.toml: cors_origins has the wrong type: write \"*\" or origins such as \"https://example.org\", without a "
      "path, as in cors_origins = [\"*\"]");
  EXPECT_THAT(file_error_of("[server]\ncors_origins = [1]\n"), HasSubstr("cors_origins is a list of texts"));
  EXPECT_THAT(file_error_of("[server]\ncors_origins = []\n"), HasSubstr("write \"*\""));
  EXPECT_THAT(file_error_of("[server\nport"), HasSubstr("c.toml:1: "));
  EXPECT_THAT(file_error_of("[server\nport"), Not(HasSubstr("\n")));
}

TEST(Config, FileThatCannotBeReadSaysWhy) {
  EXPECT_EQ(error_of({"--config", "/no/such/file"}),
            "cannot read /no/such/file: No such file or directory; name a file with --config");
  EXPECT_EQ(error_of({"--config", "/"}), "cannot read /: Is a directory; name a file with --config");
  EXPECT_THAT(error_of({"--config", "/dev/zero"}), HasSubstr("larger than a configuration"));
}

TEST(Config, FileThatLeavesTheParserAtALossIsRefused) {
  for (const char* text : {"[\n", "[[[", "[[[server]]]", "[.]", "[ =", "[server]\nhost = [}"})
    EXPECT_EQ(file_error_of(text), "c.toml: this is no TOML: write it as consomme --print-config does") << text;
  EXPECT_EQ(file_error_of("[[server]]\nport = 1\n"), "c.toml: write the section as [server]");
}

// Every text of four of the characters that mean something.
TEST(Config, NoFileEndsTheProcess) {
  constexpr std::string_view kAlphabet = "[]{}.,=\"' \na#";
  constexpr std::size_t kLength = 4;
  std::array<std::size_t, kLength> letters{};
  const auto next = [&] {
    std::size_t i = 0;
    while (i < kLength && ++letters[i] == kAlphabet.size()) letters[i++] = 0;
    return i < kLength;
  };
  do {
    std::string text;
    for (const std::size_t letter : letters) text += kAlphabet[letter];
    Config config;
    const auto read = read_config_text(text, "c.toml", config);
    ASSERT_TRUE(read || !read.error().text.empty()) << text;
  } while (next());
}

TEST(Config, ErrorIsOneLineWhateverItQuotes) {
  EXPECT_EQ(error_of({"--log-level=a\nb"}), "--log-level: log_level = a?b: write error, warn or info");
  EXPECT_THAT(error_of({"--no\nflag"}), Not(HasSubstr("\n")));
}

TEST(Config, HelpNamesEverySettingWithVariableAndDefault) {
  const auto launch = load_config({"--help"}, {});
  ASSERT_TRUE(launch);
  for (const Setting& setting : settings()) {
    EXPECT_THAT(launch->print, HasSubstr(flag_of(setting)));
    EXPECT_THAT(launch->print, HasSubstr(variable_of(setting)));
  }
}

TEST(Config, VersionIsPrinted) {
  const auto launch = load_config({"--version"}, {});
  ASSERT_TRUE(launch) << launch.error().text;
  EXPECT_EQ(launch->print, fmt::format("consomme {}\n", version()));
  EXPECT_THAT(launch->print, ::testing::MatchesRegex("consomme [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(Config, PrintedConfigReadsBackTheSame) {
  const auto launch = load_config(
      {"--print-config", "--port=99", "--web-root=a\n\"\\\x7f", "--cors-origins=https://a.example,https://b.example"},
      {});
  ASSERT_TRUE(launch) << launch.error().text;
  Config read_back;
  const auto read = read_config_text(launch->print, "printed", read_back);
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(example_file(read_back), launch->print);
  EXPECT_EQ(read_back.port, 99u);
  EXPECT_EQ(read_back.web_root, "a\n\"\\\x7f");
}

TEST(Config, PackagedFileIsThePrintedOne) {
  std::ifstream file(PROJECT_ROOT "/packaging/consomme.toml");
  ASSERT_TRUE(file) << "write it with: consomme --print-config > packaging/consomme.toml";
  const std::string packaged{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(packaged, example_file(Config())) << "write it with: consomme --print-config > packaging/consomme.toml";
}

TEST(Config, EveryDefaultIsAccepted) {
  Config config;
  for (const Setting& setting : settings()) {
    const std::string before = toml_value(config, setting);
    if (std::holds_alternative<std::vector<std::string> Config::*>(setting.member)) continue;
    std::string text = before;
    std::erase(text, '"');
    EXPECT_TRUE(assign(config, setting, text)) << setting.name;
    EXPECT_EQ(toml_value(config, setting), before);
  }
}

TEST(Config, TheBurstOfRequestsFollowsTheSizeOfRoomsUnlessItIsSet) {
  Config config;
  config.max_room_peers = 1000;
  EXPECT_EQ(signaling_limits(config).request_burst, burst_of_a_join(1000));
  config.request_burst = 77;
  EXPECT_EQ(signaling_limits(config).request_burst, 77u);
}

TEST(Config, SocketIoIsServedAtThePathThatIsSet) {
  const auto launch = load_config({"--path", "/calls/v2/"}, {});
  ASSERT_TRUE(launch) << launch.error().text;
  EXPECT_EQ(socketio_config(launch->config).path, "/calls/v2/");
  EXPECT_EQ(socketio_config(Config()).path, "/socket.io/");
}

TEST(Config, SettingNamesAreUnique) {
  std::vector<std::string_view> names;
  for (const Setting& setting : settings()) names.push_back(setting.name);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

}  // namespace
}  // namespace consomme::server
