// Values: parameters.
#include "support/catch.hpp"
#include "support/guarded.hpp"

#include <coax/core/ascii.hpp>
#include <coax/fields/media_type.hpp>
#include <coax/fields/parameters.hpp>

#include <cstddef>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace values = coax::values;
using std::string;
using std::string_view;
using values::errc;
using values::limits;

/// The parameters, as "name=value" with values as written, and how reading ended.
struct outcome {
  std::vector<string> parameters;
  errc ec = errc::ok;
  std::size_t at = 0;
};

outcome read(string_view text, const limits &lim = {}) {
  const string_view from = coax_test::guarded_copy(text);
  values::parameter_reader reader(from, lim);
  outcome out;
  for (values::parameter p; reader.next(p);) {
    REQUIRE((p.name.data() >= from.data() && p.value.data() + p.value.size() <= from.data() + from.size()));
    out.parameters.push_back(string(p.name) + "=" + string(p.value));
  }
  out.ec = reader.ec();
  if (out.ec != errc::ok) out.at = reader.at();
  REQUIRE(out.at <= text.size());
  values::parameter untouched{"as", "it was"};
  for (int i = 0; i < 3; ++i) {
    REQUIRE_FALSE(reader.next(untouched));
    REQUIRE(reader.ec() == out.ec);
    REQUIRE((out.ec == errc::ok || reader.at() == out.at));
  }
  REQUIRE(untouched.value == "it was");
  const values::parsed<std::size_t> checked = values::check_parameters(from, lim);
  REQUIRE(checked.ec == out.ec);
  REQUIRE(checked.at == out.at);
  REQUIRE((out.ec != errc::ok || *checked == out.parameters.size()));
  return out;
}

std::vector<string> parameters(string_view text) {
  const outcome out = read(text);
  CHECK(out.ec == errc::ok);
  return out.parameters;
}

using strings = std::vector<string>;

static_assert(*values::check_parameters("; charset=utf-8;a=\"b;c\"") == 2);
static_assert(values::find_parameter(";a=1; B=\"2\"", "b").value == "\"2\"");
static_assert(values::check_parameters(";a=1;A=1").ec == errc::duplicate);

} // namespace

TEST_CASE("reads parameters with whitespace around the semicolon", "[H1-184]") {
  CHECK(parameters("") == strings{});
  CHECK(parameters(";Charset=\"utf-8\"") == strings{"Charset=\"utf-8\""});
  CHECK(parameters("; charset=utf-8") == strings{"charset=utf-8"});
  CHECK(parameters(" \t;\t a=b ; c=d") == strings{"a=b", "c=d"});
  CHECK(parameters(";a=\"b;c=d\\\";\" ;e=f") == strings{"a=\"b;c=d\\\";\"", "e=f"});
  CHECK(parameters(";a=\"\"") == strings{"a=\"\""});
}

TEST_CASE("skips empty parameters", "[H1-184]") {
  CHECK(parameters(";; q=1;") == strings{"q=1"});
  CHECK(parameters(";") == strings{});
  CHECK(parameters("; ") == strings{});
  CHECK(parameters(" ; ;\t; ") == strings{});
  CHECK(parameters(string(1000, ';') + "a=b" + string(1000, ';')) == strings{"a=b"});
}

TEST_CASE("refuses whitespace around the equals sign and other lapses", "[H1-184]") {
  struct {
    string_view text;
    std::size_t at;
  } const bad[] = {
      {"; q = 1", 3}, {";q =1", 2},  {";q= 1", 3},       {";q=", 3},       {";q", 2},      {";=1", 1},
      {"q=1", 0},     {" ", 1},      {" q=1", 1},        {";a=b ", 5},     {";a=b\t", 5},  {";a=b c", 5},
      {";a=b,", 4},   {";a=\"b", 5}, {";a=\"b\"c", 6},   {";a=b\"c\"", 4}, {";a==b", 3},   {";a=b=c", 4},
      {";a=b;;c", 7}, {";a;b=c", 2}, {";a=\"\x01\"", 4}, {";\x80=a", 1},   {";a=\x80", 3}, {";a=b; c", 7},
      {";a\t=b", 2},  {";\ra=b", 1}, {";a=b\n", 4},      {";\"a\"=b", 1},
  };
  for (const auto &row : bad) {
    CAPTURE(row.text);
    const outcome out = read(row.text);
    CHECK(out.ec == errc::malformed);
    CHECK(out.at == row.at);
  }
  CHECK(read(";a=b; q = 1").parameters == strings{"a=b"});
}

TEST_CASE("judges each of the 256 bytes at each place of a parameter", "[H1-184]") {
  for (int i = 0; i < 256; ++i) {
    CAPTURE(i);
    const string c(1, static_cast<char>(i));
    const bool token = coax::ascii::is(c[0], coax::ascii::tchar), blank = c == " " || c == "\t";
    const bool quoted = i == '\t' || (i >= 0x20 && i != 0x7F && i != '"' && i != '\\');
    CHECK((read(c + ";n=v").ec == errc::ok) == (blank || c == ";"));
    CHECK((read(";" + c + "n=v").ec == errc::ok) == (token || blank || c == ";"));
    CHECK((read(";n" + c + "=v").ec == errc::ok) == token);
    CHECK((read(";n=" + c + "v").ec == errc::ok) == token);
    CHECK((read(";n=v" + c).ec == errc::ok) == (token || c == ";"));
    CHECK((read(";n=v" + c + ";m=w").ec == errc::ok) == (token || blank || c == ";"));
    CHECK((read(";n=\"v" + c + "\"").ec == errc::ok) == quoted);
    CHECK((read(";n=\"v\"" + c).ec == errc::ok) == (c == ";"));
    CHECK((read(";n=\"v\"" + c + ";m=w").ec == errc::ok) == (blank || c == ";"));
  }
}

TEST_CASE("takes exactly the short texts that the grammar has", "[H1-184]") {
  const std::regex grammar("([ ]*;[ ]*(a+=(a+|\"([^\"\\\\]|\\\\[^])*\"))?)*");
  const string_view alphabet = ";= a\"\\";
  std::size_t accepted = 0;
  for (std::size_t size = 0; size <= 6; ++size) {
    std::vector<std::size_t> digits(size, 0);
    string text(size, alphabet[0]);
    for (;;) {
      const values::parsed<std::size_t> out = values::check_parameters(text);
      const bool expected = std::regex_match(text, grammar);
      if (out.ec != errc::duplicate && (out.ec == errc::ok) != expected) {
        CAPTURE(text, expected);
        CHECK((out.ec == errc::ok) == expected);
      }
      accepted += expected;
      std::size_t i = 0;
      for (; i < size; ++i) {
        digits[i] = (digits[i] + 1) % alphabet.size();
        text[i] = alphabet[digits[i]];
        if (digits[i] != 0) break;
      }
      if (i == size) break;
    }
  }
  CHECK(accepted > 100);
}

TEST_CASE("reads every cut of parameters without reading past it", "[H1-184]") {
  const string text = " ; a=b;; charset=\"u\\\"\\\\8\" ;c=d; ";
  for (std::size_t n = 0; n <= text.size(); ++n) {
    const outcome out = read(text.substr(0, n));
    CHECK((out.ec == errc::ok || out.at == n)); // what is there is not wrong, something is missing
  }
  CHECK(parameters(text) == strings{"a=b", "charset=\"u\\\"\\\\8\"", "c=d"});
}

TEST_CASE("finds parameters without case, whatever the form of their value", "[H1-184]") {
  for (const string_view text : {";Charset=\"utf-8\"", "; charset=utf-8", ";a=b; CHARSET=\"u\\tf-8\";c=d"}) {
    CAPTURE(text);
    const values::found_parameter found = values::find_parameter(text, "charset");
    CHECK(found.present);
    CHECK(values::value_equals(found.value, "utf-8"));
    CHECK_FALSE(values::find_parameter(text, "charse").present);
    CHECK_FALSE(values::find_parameter(text, "charset2").present);
    CHECK_FALSE(values::find_parameter(text, "utf-8").present);
    CHECK_FALSE(values::find_parameter(text, "").present);
  }
  CHECK(values::find_parameter("", "a").value.empty());
}

TEST_CASE("reports a name that occurs twice", "[H1-185]") {
  struct {
    string_view text;
    std::size_t at;
  } const rows[] = {{"; boundary=a; boundary=b", 14},
                    {";a=1;a=1", 5},
                    {";a=1;A=2", 5},
                    {";Ab=1;c=2; ;aB=\"1\"", 12},
                    {";a=\";b=1\";b=2;a=3", 14}};
  for (const auto &row : rows) {
    CAPTURE(row.text);
    const outcome out = read(row.text);
    CHECK(out.ec == errc::duplicate);
    CHECK(out.at == row.at);
    for (const string_view name : {"boundary", "a", "ab", "b", "c"})
      CHECK_FALSE(values::find_parameter(row.text, name).present);
  }
  CHECK(values::parse_media_type("multipart/byteranges; boundary=a; boundary=b").ec == errc::duplicate);
  CHECK(values::parse_media_type("multipart/byteranges; boundary=a; boundary=b").at == 34);
  CHECK(parameters(";a=1;aa=2;b=a") == strings{"a=1", "aa=2", "b=a"});
}

TEST_CASE("finds the one repeated name among many, wherever the two stand", "[H1-185]") {
  const std::size_t n = 100;
  const auto list = [&](std::size_t from, std::size_t to) { // the name at `to` is that at `from`
    string out;
    for (std::size_t i = 0; i < n; ++i) {
      string name = "n" + std::to_string(i == to ? from : i);
      if (i == to) name[0] = 'N';
      out += "; " + name + "=\"v;n1=2\"";
    }
    return out;
  };
  CHECK(read(list(0, 0)).ec == errc::ok);
  for (std::size_t to = 1; to < n; to += 7)
    for (std::size_t from = 0; from < to; ++from) {
      const string text = list(from, to);
      const values::parsed<std::size_t> out = values::check_parameters(text);
      if (out.ec != errc::duplicate || text[out.at] != 'N') {
        CAPTURE(from, to);
        CHECK(out.ec == errc::duplicate);
        CHECK(text[out.at] == 'N');
      }
    }
}

TEST_CASE("bounds the number of parameters", "[H1-185]") {
  const auto list = [](std::size_t n) {
    string out;
    for (std::size_t i = 0; i < n; ++i) out += ";a" + std::to_string(i) + "=b";
    return out;
  };
  CHECK(read(list(128)).ec == errc::ok);
  CHECK(read(list(128) + ";;").parameters.size() == 128);
  CHECK(read(list(129)).ec == errc::too_many);
  CHECK(read(list(129)).at == list(128).size() + 1);
  CHECK(read(list(129)).parameters.size() == 128);
  CHECK(read(";a=b;c=d;", limits{.parameters = 2}).ec == errc::ok);
  CHECK(read(";a=b;c=d;\"", limits{.parameters = 2}).ec == errc::too_many);
  CHECK(read(";a=b", limits{.parameters = 0}).at == 1);
  CHECK(read(";;", limits{.parameters = 0}).ec == errc::ok);
  CHECK(read(list(600), limits{.parameters = 600}).ec == errc::ok);
  CHECK_FALSE(values::find_parameter(list(129), "a0").present);
  CHECK(values::find_parameter(list(129), "a128", limits{.parameters = 129}).present);
}
