#include "socketio/cors.h"

namespace consomme::socketio {
namespace {

constexpr const char* kGood = "https://good.example";
constexpr const char* kEvil = "https://evil.example";
constexpr std::string_view kCredentials = "Access-Control-Allow-Credentials";

std::string header(const HttpResponse& response, std::string_view name) {
  for (const Header& h : response.headers)
    if (h.name == name) return h.value;
  return {};
}

HttpResponse marked(const Cors& cors, const std::string& origin, HttpResponse response = {}) {
  cors.mark(origin, response);
  return response;
}

TEST(Cors, ListedOriginsMaySendCredentialsAlsoBehindAPreflight) {
  const Cors cors({"https://other.example", kGood});
  for (const HttpResponse& response : {HttpResponse(), cors.preflight({})}) {
    EXPECT_EQ(header(marked(cors, kGood, response), "Access-Control-Allow-Origin"), kGood);
    EXPECT_EQ(header(marked(cors, kGood, response), kCredentials), "true");
    EXPECT_EQ(header(marked(cors, kEvil, response), "Access-Control-Allow-Origin"), "");
    EXPECT_EQ(header(marked(cors, kEvil, response), kCredentials), "");
  }
}

TEST(Cors, NobodyMaySendCredentialsWhereEverybodyMayCome) {
  for (const Cors& cors : {Cors({"*"}), Cors({kGood, "*"})}) {
    EXPECT_EQ(header(marked(cors, kGood), "Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(header(marked(cors, kGood), kCredentials), "");
  }
}

}  // namespace
}  // namespace consomme::socketio
