// coax-inspect: what it tells about bytes, in both forms, and how the program ends.
#ifdef COAX_INSPECT_PATH // the examples are built

#include "support/catch.hpp"

#include "inspect/look.hpp"

#include <coax/config.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace {

using coax_test::ended;
using coax_test::form;
using coax_test::json;
using coax_test::look;
using coax_test::report;
using coax_test::requests;
using coax_test::responses;
using coax_test::run_program;
using inspect::outcome;
using namespace std::string_literals;

std::string slurp(const std::filesystem::path &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

TEST_CASE("coax-inspect tells a request with a body of known length", "[inspect]") {
  const report got =
      json(requests, "\r\nPOST /p HTTP/1.1\r\nHost: a\r\nX:\t\xE9 \r\nContent-Length: 5\r\n\r\nhello");
  CHECK(got.how == outcome::clean);
  CHECK(
      got.text ==
      R"({"event":"head","offset":2,"method":"POST","target":"/p","version":"1.1",)"
      R"("fields":[["Host","a"],["X","\u00e9"],["Content-Length","5"]],"framing":"length","length":5,"keep_alive":true})"
      "\n"
      R"({"event":"data","offset":57,"data":"aGVsbG8="})"
      "\n"
      R"({"event":"end","offset":62})"
      "\n"
      R"({"event":"eof","offset":62,"state":"idle","unparsed":0})"
      "\n");
}

TEST_CASE("coax-inspect tells chunks as one body, and trailers apart from the fields", "[inspect]") {
  const report got = json(requests,
                          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                          "2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nX: y\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\n"
                          "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nmore",
                          form::sizes);
  CHECK(got.how == outcome::clean);
  CHECK(got.text ==
        R"({"event":"head","offset":0,"method":"POST","target":"/","version":"1.1",)"
        R"("fields":[["Host","a"],["Transfer-Encoding","chunked"]],"framing":"chunked","keep_alive":true})"
        "\n"
        R"({"event":"data","offset":63,"size":5})"
        "\n"
        R"({"event":"trailers","offset":78,"fields":[["X","y"]]})"
        "\n"
        R"({"event":"end","offset":86})"
        "\n"
        R"({"event":"head","offset":86,"method":"POST","target":"/","version":"1.1",)"
        R"("fields":[["Host","a"],["Connection","close"],["Transfer-Encoding","chunked"]],)"
        R"("framing":"chunked","keep_alive":false})"
        "\n"
        R"({"event":"end","offset":166})"
        "\n"
        R"({"event":"eof","offset":170,"state":"closed","unparsed":4})"
        "\n");
}

TEST_CASE("coax-inspect tells interim responses, HEAD and a body up to the close", "[inspect]") {
  const report got =
      json(responses({"HEAD"}), "HTTP/1.1 103 E\r\n\r\nHTTP/1.1 200 \r\nContent-Length: 9\r\n\r\n"
                                "HTTP/1.0 200\r\n\r\nabc");
  CHECK(got.how == outcome::clean);
  CHECK(
      got.text ==
      R"({"event":"head","offset":0,"status":103,"reason":"E","version":"1.1","fields":[],"framing":"none","keep_alive":true})"
      "\n"
      R"({"event":"end","offset":18})"
      "\n"
      R"({"event":"head","offset":18,"status":200,"reason":"","version":"1.1",)"
      R"("fields":[["Content-Length","9"]],"framing":"none","keep_alive":true})"
      "\n"
      R"({"event":"end","offset":54})"
      "\n"
      R"({"event":"head","offset":54,"status":200,"reason":"","version":"1.0","fields":[],"framing":"close","keep_alive":false})"
      "\n"
      R"({"event":"data","offset":70,"data":"YWJj"})"
      "\n"
      R"({"event":"end","offset":73})"
      "\n"
      R"({"event":"eof","offset":73,"state":"closed","unparsed":0})"
      "\n");
}

TEST_CASE("coax-inspect tells when HTTP is over", "[inspect]") {
  SECTION("101") {
    const report got =
        json(responses(), "HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: a/1, b\r\n\r\n\x81\x01");
    CHECK(got.text.ends_with(R"({"event":"end","offset":56})"
                             "\n"
                             R"({"event":"upgrade","offset":56,"protocol":"a/1"})"
                             "\n"
                             R"({"event":"eof","offset":58,"state":"tunnel","unparsed":2})"
                             "\n"));
  }
  SECTION("2xx to CONNECT") {
    const report got = json(responses({"CONNECT"}), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    CHECK(got.text.find(R"("framing":"tunnel","keep_alive":true})") != std::string::npos);
    CHECK(got.text.ends_with(R"({"event":"end","offset":38})"
                             "\n"
                             R"({"event":"upgrade","offset":38,"protocol":"tunnel"})"
                             "\n"
                             R"({"event":"eof","offset":43,"state":"tunnel","unparsed":5})"
                             "\n"));
  }
  SECTION("a CONNECT request") {
    const report got = json(requests, "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nContent-Length: 0\r\n\r\n");
    CHECK(got.text.find(R"("framing":"none","keep_alive":true})") != std::string::npos);
    CHECK(got.text.ends_with(R"({"event":"end","offset":54})"
                             "\n"
                             R"({"event":"upgrade","offset":54,"protocol":"tunnel"})"
                             "\n"
                             R"({"event":"eof","offset":54,"state":"tunnel","unparsed":0})"
                             "\n"));
  }
}

TEST_CASE("coax-inspect tells errors, and nothing behind them", "[inspect]") {
  const report request = json(requests, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5x\r\n\r\nhello");
  CHECK(request.how == outcome::protocol_error);
  CHECK(request.text == R"({"event":"error","offset":43,"code":"bad_content_length","status":400,)"
                        R"("message":"Content-Length is not one number of decimal digits","rfc":"9112 6.3"})"
                        "\n");

  const report response = json(responses(), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nax");
  CHECK(response.how == outcome::protocol_error);
  CHECK(response.text.find(R"({"event":"data","offset":50,"data":"YQ=="})") != std::string::npos);
  CHECK(response.text.ends_with(R"({"event":"error","offset":51,"code":"bad_chunk_terminator","status":502,)"
                                R"("message":"chunk data has to be followed by CR LF","rfc":"9112 7.1"})"
                                "\n"));

  const report none = json(responses(), "HTTP/1.1 101 S\r\n\r\n");
  CHECK(none.text.find(R"("code":"unexpected_upgrade","status":0,)") != std::string::npos);
}

TEST_CASE("coax-inspect tells where the input ends", "[inspect]") {
  const auto last = [](const inspect::settings &how, std::string_view input) {
    const std::string text = json(how, input).text;
    const std::size_t line = text.rfind(R"({"event":"eof")");
    return line == text.npos ? text : text.substr(line);
  };
  CHECK(last(requests, "") == "{\"event\":\"eof\",\"offset\":0,\"state\":\"idle\",\"unparsed\":0}\n");
  CHECK(last(requests, "\r\n") == "{\"event\":\"eof\",\"offset\":2,\"state\":\"idle\",\"unparsed\":0}\n");
  CHECK(last(requests, "\r") == "{\"event\":\"eof\",\"offset\":1,\"state\":\"head\",\"unparsed\":0}\n");
  CHECK(last(requests, "GET") == "{\"event\":\"eof\",\"offset\":3,\"state\":\"head\",\"unparsed\":0}\n");
  CHECK(last(responses(), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell") ==
        "{\"event\":\"eof\",\"offset\":42,\"state\":\"body\",\"unparsed\":0}\n");
  CHECK(json(responses(), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell").how == outcome::incomplete);
}

TEST_CASE("coax-inspect gathers data into blocks of 16 KiB", "[inspect]") {
  const std::string chunk = "2001\r\n" + std::string(0x2001, 'a') + "\r\n";
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const report got = json(responses(), head + chunk + chunk + "0\r\n\r\n", form::sizes);
  CHECK(got.text.find(R"({"event":"data","offset":53,"size":16384})"
                      "\n"
                      R"({"event":"data","offset":16445,"size":2})"
                      "\n"
                      R"({"event":"end","offset":)") != std::string::npos);
}

TEST_CASE("coax-inspect says the same about the captures however they are cut", "[inspect]") {
  std::size_t captures = 0;
  for (const auto &entry : std::filesystem::directory_iterator(COAX_SOURCE_DIR "/examples/captures")) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".http")) continue;
    ++captures;
    CAPTURE(name);
    const std::string whole = slurp(entry.path());
    inspect::settings how = name.ends_with(".request.http") ? requests : responses();
    how.upgrade = name.starts_with("websocket-");
    if (name.starts_with("curl-head.")) how.methods = {"HEAD", "GET"};
    if (name.starts_with("curl-connect-proxy.")) how.methods = {"CONNECT"};
    const std::size_t size_of_head = whole.find("\r\n\r\n") + 4;
    for (const std::size_t size : {whole.size(), whole.size() * 2 / 3, whole.size() / 7, size_of_head}) {
      const std::string_view input = std::string_view(whole).substr(0, size);
      for (const form as : {form::json, form::text}) {
        how.chunk = 0;
        const report expected = look(how, input, as);
        for (const std::size_t chunk : {1u, 2u, 3u, 7u, 16384u}) {
          how.chunk = chunk;
          CAPTURE(chunk);
          CHECK(look(how, input, as) == expected);
        }
      }
    }
  }
  CHECK(captures >= 20);
}

namespace {

/// The lines of the listing from the one with `bytes` on.
std::vector<std::string> lines_from(const std::string &text, std::string_view bytes) {
  std::vector<std::string> lines;
  std::size_t begin = text.find(bytes);
  if (begin == text.npos) return {text, ""};
  begin = text.rfind('\n', begin) + 1;
  while (begin < text.size()) {
    const std::size_t end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

} // namespace

TEST_CASE("coax-inspect's listing has a caret under the offending byte", "[inspect]") {
  const auto caret = [](std::string_view input, std::string_view bytes) {
    const report got = look(requests, input, form::text);
    CHECK(got.how == outcome::protocol_error);
    for (const std::string &line : lines_from(got.text, "")) CHECK(line.size() <= 100);
    const std::vector<std::string> lines = lines_from(got.text, bytes);
    REQUIRE(lines.size() > 1);
    const std::size_t column = lines[1].find('^');
    REQUIRE(column < lines[0].size());
    return lines[0].substr(column, lines[1].size() - column);
  };
  CHECK(caret("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 6\r\n\r\n", "Content-Length") == "6");
  CHECK(caret("GET /\t\\ HTTP/1.1\r\n", "GET") == "\\t");
  CHECK(caret("GET /a\0b HTTP/1.1\r\n"s, "GET") == "\\0");
  CHECK(caret("GET / HTTP/1.1\r\nA\\\xE9: \r\n", "\\\\\\xe9") == "\\\\");
  CHECK(caret("GET / HTTP/1.1\r\nX: \\\xE9\x01 \r\n", "X: ") == "\\x01");
  CHECK(caret("GET / HTTP/1.1\nHost: a\n\n", "GET") == "\\n");
  CHECK(caret("GET / HTTP/1.1\r\nX: " + std::string(500, 'a') + "\x7F" + std::string(500, 'b') + "\r\n\r\n",
              "aaa\\x7fbbb") == "\\x7f");
}

TEST_CASE("coax-inspect's listing explains a message", "[inspect]") {
  const report got =
      look(requests,
           "POST http://b/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;x\r\na\r\n"
           "0\r\nA: b\r\n\r\n",
           form::text);
  CHECK(got.text == R"(  offset  bytes                                    element       meaning

request 1
       0  POST http://b/ HTTP/1.1\r\n              request-line  absolute-form, HTTP/1.1
      25  Host: a\r\n                              field         ignored, the target names the host
      34  Transfer-Encoding: chunked\r\n           field         chunked body
      62  \r\n                                     empty line    chunked body; keep-alive
      64  1;x\r\n                                  chunk         1 octet; extension x
      69  a                                        data          1 octet
      72  0\r\n                                    last chunk    no more data
      75  A: b\r\n                                 trailer
      81  \r\n                                     empty line    ends the trailers
      83                                           end           request 1: 1 octet in 1 chunk
      83                                           end of input  1 request
)");
}

// --- the program ------------------------------------------------------------------------------------------

TEST_CASE("coax-inspect's exit status tells how it went", "[inspect]") {
  CHECK(run_program("--request", "GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 0);
  CHECK(run_program("--request --json").text ==
        "{\"event\":\"eof\",\"offset\":0,\"state\":\"idle\",\"unparsed\":0}\n");
  CHECK(run_program("--request").status == 0);
  CHECK(run_program("--request -", "GET / HTTP/1.1\r\n\r\n").status == 1);
  CHECK(run_program("--response", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n").status == 2);
  CHECK(run_program("--response --methods HEAD --chunk 1", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n")
            .status == 0);
  CHECK(run_program("--help").status == 0);
  CHECK(run_program("--version").text == "coax-inspect " COAX_VERSION_STRING "\n");
}

TEST_CASE("coax-inspect refuses a wrong command line with status 64 and a message", "[inspect]") {
  const auto refused = [](const std::string &arguments, std::string_view why) {
    const ended got = run_program(arguments);
    CAPTURE(arguments, got.text);
    CHECK(got.status == 64);
    CHECK(got.text.starts_with("coax-inspect: "));
    CHECK(got.text.find(why) != std::string::npos);
  };
  refused("", "either --request or --response is needed");
  refused("--request --response", "exclude each other");
  refused("--request --bogus", "--bogus");
  refused("--request a b", "b");
  refused("--request --chunk 0", "'0'");
  refused("--request --chunk 1x", "'1x'");
  refused("--request --chunk", "--chunk takes one value");
  refused("--response --methods GET,,HEAD", "''");
  refused("--response --methods=", "lacks its value");
  refused("--request --color sometimes", "'sometimes'");
}

TEST_CASE("coax-inspect says which input it cannot read, with status 64", "[inspect]") {
  const ended missing = run_program("--request /nonexistent/file");
  CHECK(missing.status == 64);
  CHECK(missing.text == "coax-inspect: /nonexistent/file: No such file or directory\n");
  const ended folder = run_program("--json --request /");
  CHECK(folder.status == 64);
  CHECK(folder.text == "coax-inspect: /: Is a directory\n");
}

TEST_CASE("coax-inspect colours only when it is told to, or on a terminal", "[inspect]") {
  const std::string input = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  CHECK(run_program("--request", input).text.find('\x1b') == std::string::npos);
  CHECK(run_program("--request --color never", input).text.find('\x1b') == std::string::npos);
  CHECK(run_program("--request --color always", input).text.find("\x1b[36m") != std::string::npos);
}

#endif
