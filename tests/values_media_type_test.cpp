// Values: media types, quality values, and what clients prefer.
#include "support/catch.hpp"
#include "support/guarded.hpp"

#include <coax/core/ascii.hpp>
#include <coax/fields/accept.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <regex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace values = coax::values;
using coax_test::guarded_copy;
using std::string;
using std::string_view;
using values::errc;
using values::limits;
using values::media_type;

values::parsed<media_type> parse(string_view text) { return values::parse_media_type(guarded_copy(text)); }

/// A media type that is valid, for comparing.
media_type type(string_view text) {
  const values::parsed<media_type> out = values::parse_media_type(text);
  CAPTURE(text);
  REQUIRE(out.ec == errc::ok);
  return *out;
}
bool same(string_view a, string_view b) {
  const bool out = values::same_media_type(type(a), type(b));
  CHECK(values::same_media_type(type(b), type(a)) == out);
  return out;
}

values::parsed<std::uint16_t> quality(string_view text) { return values::parse_quality(guarded_copy(text)); }

string written_quality(std::uint16_t thousandths) {
  string out(8, '\xEE');
  const coax::written<errc> done = values::write_quality(thousandths, out);
  if (done.ec != errc::ok) return string(values::name(done.ec));
  CHECK(out.find_first_not_of('\xEE', done.size) == string::npos);
  for (std::size_t size = 0; size < done.size; ++size) {
    string small(done.size + 1, '\xEE');
    const coax::written<errc> refused =
        values::write_quality(thousandths, std::span<char>(small).first(size));
    CHECK(refused.ec == errc::buffer_too_small);
    CHECK(refused.required == done.size);
    CHECK(small.find_first_not_of('\xEE', size) == string::npos);
  }
  return out.substr(0, done.size);
}

/// The members as "type/subtype parameters @quality" or "name @quality", then an error with its offset.
string accepted(string_view text, const limits &lim = {}) {
  values::accept_reader reader(guarded_copy(text), lim);
  string out;
  values::media_range r;
  while (reader.next(r))
    out += string(r.range.type) + "/" + string(r.range.subtype) + string(r.range.parameters) + " @" +
           std::to_string(r.quality) + "|";
  CHECK_FALSE(reader.next(r));
  if (reader.ec() != errc::ok) out += string(values::name(reader.ec())) + " " + std::to_string(reader.at());
  return out;
}
string weights(string_view text, const limits &lim = {}) {
  values::weighted_reader reader(guarded_copy(text), lim);
  string out;
  values::weighted w;
  while (reader.next(w)) out += string(w.name) + " @" + std::to_string(w.quality) + "|";
  CHECK_FALSE(reader.next(w));
  if (reader.ec() != errc::ok) out += string(values::name(reader.ec())) + " " + std::to_string(reader.at());
  return out;
}

int fit(string_view accept, string_view offer) {
  const values::parsed<std::uint16_t> out = values::quality_of(accept, type(offer));
  CHECK(out.ec == errc::ok);
  return *out;
}
int coding(string_view accept_encoding, string_view name) {
  const values::parsed<std::uint16_t> out = values::quality_of_coding(accept_encoding, name);
  CHECK(out.ec == errc::ok);
  return *out;
}

static_assert(values::parse_media_type("Text/HTML; a=b")->is("text", "html"));
static_assert(*values::parse_quality("0.123") == 123);
static_assert(*values::quality_of("text/*;q=0.3, */*;q=0.1", *values::parse_media_type("text/html")) == 300);
static_assert(*values::quality_of_coding("gzip;q=0.5, *;q=0", "identity") == 0);

} // namespace

TEST_CASE("reads a media type", "[H1-186]") {
  const values::parsed<media_type> out = parse("Text/HTML ; Charset=\"utf-8\";a=b");
  REQUIRE(out.ec == errc::ok);
  CHECK(out->type == "Text");
  CHECK(out->subtype == "HTML");
  CHECK(out->parameters == " ; Charset=\"utf-8\";a=b");
  CHECK(out->is("text", "html"));
  CHECK(out->is("TEXT", "htmL"));
  CHECK_FALSE(out->is("text", "htm"));
  CHECK_FALSE(out->is("tex", "html"));
  CHECK(values::value_equals(out->parameter_named("charset").value, "utf-8"));
  CHECK(parse("a/b")->parameters.empty());
  CHECK(parse("a/b;; q=1;").ec == errc::ok);
  CHECK(parse("text/html;").ec == errc::ok);
  CHECK(parse("application/vnd.x+json;v=1")->subtype == "vnd.x+json");
}

TEST_CASE("refuses what is no media type", "[H1-186]") {
  struct {
    string_view text;
    std::size_t at;
  } const bad[] = {
      {"text", 4},       {"text/", 5},       {"/x", 0},           {"text /html", 4}, {"text/ html", 5},
      {"", 0},           {"/", 0},           {"text//html", 5},   {" text/html", 0}, {"text/html ", 10},
      {"text/html,", 9}, {"text/html/x", 9}, {"te\xE4t/html", 2}, {"a/b; q = 1", 6}, {"text/html;a", 11},
      {"a/b;c=\"d", 8}};
  for (const auto &row : bad) {
    CAPTURE(row.text);
    CHECK(parse(row.text).ec == errc::malformed);
    CHECK(parse(row.text).at == row.at);
  }
}

TEST_CASE("judges each of the 256 bytes of a type and of a subtype", "[H1-186]") {
  for (int i = 0; i < 256; ++i) {
    CAPTURE(i);
    const string c(1, static_cast<char>(i));
    const bool token = coax::ascii::is(c[0], coax::ascii::tchar);
    CHECK((parse("a" + c + "b/c").ec == errc::ok) == token);
    CHECK((parse(c + "/c").ec == errc::ok) == token);
    CHECK((parse("a/" + c).ec == errc::ok) == token);
    CHECK((parse("a/b" + c).ec == errc::ok) == (token || c == ";"));
    CHECK((parse("a" + c + "b").ec == errc::ok) == (c == "/"));
  }
}

TEST_CASE("reads every cut of media types and preferences without reading past it", "[H1-186][H1-187]") {
  for (const string text : {"Text/HTML ; Charset=\"u\\\"8\";a=b",
                            "text/*;q=0.125 , a/b ;c=\"d,\\\"\";q=1.000", "gzip;q=0.5, * ; Q=0.250 ,br"})
    for (std::size_t n = 0; n <= text.size(); ++n) {
      const values::parsed<media_type> out = parse(text.substr(0, n));
      CHECK(out.at <= n);
      accepted(text.substr(0, n));
      weights(text.substr(0, n));
      CHECK(quality(text.substr(0, n)).at <= n);
    }
}

TEST_CASE("compares media types", "[H1-186][H1-184]") {
  CHECK(same("Text/HTML", "text/html"));
  CHECK(same("text/html;Charset=\"utf-8\"", "text/html; charset=utf-8"));
  CHECK(same("text/html;charset=UTF-8", "Text/HTML;Charset=\"utf-8\""));
  CHECK(same("a/b;c=d;e=f", "a/b ; e=\"f\" ;; C=\"\\d\";"));
  CHECK_FALSE(same("a/b;c=d", "a/b;c=D")); // only charset is known to have no case
  CHECK_FALSE(same("a/b;c=\"d\"", "a/b;c=D"));
  CHECK_FALSE(same("a/b", "a/c"));
  CHECK_FALSE(same("a/b", "c/b"));
  CHECK_FALSE(same("a/b", "a/b;c=d"));
  CHECK_FALSE(same("a/b;c=d", "a/b;e=d"));
  CHECK_FALSE(same("a/b;c=d;e=f", "a/b;c=d"));
  CHECK_FALSE(same("a/b;c=d", "a/b;c=\"de\""));
  CHECK_FALSE(same("a/b;c=de", "a/b;c=\"d\""));
}

TEST_CASE("takes quality values with up to three decimals", "[H1-187]") {
  struct {
    string_view text;
    std::uint16_t value;
  } const good[] = {{"0", 0},     {"0.", 0},      {"0.0", 0},    {"0.123", 123}, {"1.000", 1000},
                    {"1", 1000},  {"1.", 1000},   {"1.0", 1000}, {"0.5", 500},   {"0.05", 50},
                    {"0.001", 1}, {"0.999", 999}, {"0.90", 900}, {"0.000", 0},   {"1.00", 1000}};
  for (const auto &row : good) {
    CAPTURE(row.text);
    CHECK(quality(row.text).ec == errc::ok);
    CHECK(*quality(row.text) == row.value);
  }
  struct {
    string_view text;
    std::size_t at;
  } const bad[] = {{"1.001", 4}, {"0.1234", 5}, {".5", 0},  {"2", 0},      {"-0", 0},      {"", 0},
                   {"00", 1},    {"01", 1},     {"1.1", 2}, {"1.0000", 5}, {"0,5", 1},     {"0.5 ", 3},
                   {" 0.5", 0},  {"+1", 0},     {"0.a", 2}, {"10", 1},     {"\"0.5\"", 0}, {"0..5", 2}};
  for (const auto &row : bad) {
    CAPTURE(row.text);
    CHECK(quality(row.text).ec == errc::malformed);
    CHECK(quality(row.text).at == row.at);
  }
}

TEST_CASE("takes exactly the quality values of the grammar", "[H1-187]") {
  const std::regex grammar("0(\\.[0-9]{0,3})?|1(\\.0{0,3})?");
  const string_view alphabet = "0129.-";
  for (std::size_t size = 0; size <= 6; ++size) {
    std::vector<std::size_t> digits(size, 0);
    string text(size, alphabet[0]);
    for (;;) {
      const bool expected = std::regex_match(text, grammar);
      const values::parsed<std::uint16_t> out = values::parse_quality(text);
      if ((out.ec == errc::ok) != expected || out.at > size) {
        CAPTURE(text);
        CHECK((out.ec == errc::ok) == expected);
        CHECK(out.at <= size);
      }
      std::size_t i = 0;
      for (; i < size; ++i) {
        digits[i] = (digits[i] + 1) % alphabet.size();
        text[i] = alphabet[digits[i]];
        if (digits[i] != 0) break;
      }
      if (i == size) break;
    }
  }
  for (int i = 0; i < 256; ++i) {
    const string c(1, static_cast<char>(i));
    CHECK((quality(c).ec == errc::ok) == (c == "0" || c == "1"));
    CHECK((quality("0" + c).ec == errc::ok) == (c == "."));
    CHECK((quality("0.0" + c).ec == errc::ok) == (i >= '0' && i <= '9'));
    CHECK((quality("1.0" + c).ec == errc::ok) == (c == "0"));
  }
}

TEST_CASE("writes each quality value with three decimals at most and reads it back", "[H1-321][H1-187]") {
  CHECK(written_quality(0) == "0");
  CHECK(written_quality(1000) == "1");
  CHECK(written_quality(500) == "0.5");
  CHECK(written_quality(50) == "0.05");
  CHECK(written_quality(125) == "0.125");
  CHECK(written_quality(120) == "0.12");
  CHECK(written_quality(1) == "0.001");
  CHECK(written_quality(1001) == "invalid_input");
  CHECK(written_quality(65535) == "invalid_input");
  for (std::uint16_t q = 0; q <= 1000; ++q) {
    const string text = written_quality(q);
    if (text.size() > 5 || *quality(text) != q || (text.size() > 1 && text.back() == '0')) {
      CAPTURE(q, text);
      CHECK(false);
    }
  }
}

TEST_CASE("reads the members of Accept with their weights", "[H1-187]") {
  CHECK(accepted("text/html, a/b;q=0.5") == "text/html @1000|a/b;q=0.5 @500|");
  CHECK(accepted("*/*;Q=0.5 , , text/*") == "*/*;Q=0.5 @500|text/* @1000|");
  CHECK(accepted("a/b;x=\"1,2\";q=0") == "a/b;x=\"1,2\";q=0 @0|");
  CHECK(accepted("a/b;q=0.2;x=1") == "a/b;q=0.2;x=1 @200|"); // a weight wherever it stands
  CHECK(accepted("a/b;xq=0.2") == "a/b;xq=0.2 @1000|");
  CHECK(accepted("") == "");
  CHECK(accepted("a/b, c/d;q=1.001") == "a/b @1000|malformed 15");
  CHECK(accepted("a/b;q=2") == "malformed 6");
  CHECK(accepted("a/b;q=\"0.5\"") == "malformed 6");
  CHECK(accepted("a/b;q=0.5;q=0.5") == "duplicate 10");
  CHECK(accepted("a/b, text") == "a/b @1000|malformed 9");
  CHECK(accepted("a/b,*") == "a/b @1000|malformed 5");
  CHECK(accepted("a/b,c/d;e=\"f") == "a/b @1000|malformed 12");
  CHECK(accepted("a/b;c") == "malformed 5");
  CHECK(accepted("a/b; q = 1") == "malformed 6");
  CHECK(accepted("a/b,c/d", limits{.members = 1}) == "a/b @1000|too_many 4");
  CHECK(accepted("a/b;c=d;e=f", limits{.parameters = 1}) == "too_many 8");
  CHECK(accepted(string(20, ',')) == "too_many 16");
}

TEST_CASE("reads lists of weighted tokens", "[H1-187]") {
  CHECK(weights("gzip;q=1.0, identity; q=0.5, *;q=0") == "gzip @1000|identity @500|* @0|");
  CHECK(weights("da, en-gb;q=0.8, en ;\tQ=0.7") == "da @1000|en-gb @800|en @700|");
  CHECK(weights("") == "");
  CHECK(weights("compress, gzip") == "compress @1000|gzip @1000|");
  CHECK(weights("a;q=0.1234") == "malformed 9");
  CHECK(weights("a, b;q=.5") == "a @1000|malformed 7");
  CHECK(weights("a;") == "malformed 2");
  CHECK(weights("a;q") == "malformed 3");
  CHECK(weights("a;q=") == "malformed 4");
  CHECK(weights("a;r=1") == "malformed 2");
  CHECK(weights("a;q =1") == "malformed 3");
  CHECK(weights("a;q= 1") == "malformed 4");
  CHECK(weights("a;q=1;b=2") == "malformed 5");
  CHECK(weights("a b") == "malformed 2");
  CHECK(weights("a/b") == "malformed 1");
  CHECK(weights(";q=1") == "malformed 0");
  CHECK(weights("a;;q=1") == "malformed 2");
  CHECK(weights("a,b,c", limits{.members = 2}) == "a @1000|b @1000|too_many 4");
  for (int i = 0; i < 256; ++i) {
    CAPTURE(i);
    const string c(1, static_cast<char>(i));
    const bool blank = c == " " || c == "\t";
    const auto good = [](const string &text) { return weights(text).find("malformed") == string::npos; };
    CHECK(good("a" + c + ";q=0") == (coax::ascii::is(c[0], coax::ascii::tchar) || blank));
    CHECK(good("a;" + c + "q=0") == blank);
    CHECK(good("a;" + c + "=0") == (c == "q" || c == "Q"));
    CHECK(good("a;q" + c + "0") == (c == "="));
    CHECK(good("a;q=0" + c) == (c == "." || c == "," || blank));
  }
}

TEST_CASE("lets the most specific media range decide", "[H1-187]") {
  const string_view rfc9110 =
      "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5";
  CHECK(fit(rfc9110, "text/plain;format=flowed") == 1000);
  CHECK(fit(rfc9110, "text/plain") == 700);
  CHECK(fit(rfc9110, "text/html") == 300);
  CHECK(fit(rfc9110, "image/jpeg") == 500);
  CHECK(fit(rfc9110, "text/plain;format=fixed") == 400);
  CHECK(fit(rfc9110, "text/html;level=3") == 300);
  CHECK(fit(rfc9110, "Text/Plain;Format=\"flowed\";x=y") == 1000);
  CHECK(fit(rfc9110, "text/plain;format=other") == 700);

  const string_view rfc2616 =
      "text/*;q=0.3, text/html;q=0.7, text/html;level=1, text/html;level=2;q=0.4, */*;q=0.5";
  CHECK(fit(rfc2616, "text/html;level=1") == 1000);
  CHECK(fit(rfc2616, "text/html") == 700);
  CHECK(fit(rfc2616, "text/plain") == 300);
  CHECK(fit(rfc2616, "image/jpeg") == 500);
  CHECK(fit(rfc2616, "text/html;level=2") == 400);
  CHECK(fit(rfc2616, "text/html;level=3") == 700);

  CHECK(fit("audio/*; q=0.2, audio/basic", "audio/basic") == 1000);
  CHECK(fit("audio/*; q=0.2, audio/basic", "audio/mp3") == 200);
  CHECK(fit("audio/*; q=0.2, audio/basic", "text/html") == 0);
  CHECK(fit("", "text/html") == 0);
  CHECK(fit("text/html;q=0, */*", "text/html") == 0);
  CHECK(fit("text/html;q=0, */*", "text/plain") == 1000);
  CHECK(fit("text/html;a=b;q=0.1, text/html;a=b;c=d;q=0.2", "text/html;c=d;a=b") == 200);
  CHECK(fit("text/html;a=b;c=d;q=0.2, text/html;a=b;q=0.1", "text/html;c=d;a=b") == 200);
  CHECK(fit("text/html;q=0.2, text/html;q=0.8, text/html;q=0.5", "text/html") == 800);
  CHECK(fit("text/html;charset=UTF-8;q=0.6", "text/html;charset=utf-8") == 600);
  CHECK(fit("*/html", "text/html") == 0); // a type named "*", which no offer has
  CHECK(fit("text/*;x=y;q=0.4, */*;q=0.1", "text/html;x=y") == 400);
  CHECK(fit("text/*;x=y;q=0.4, */*;q=0.1", "text/html") == 100);
  // One that is narrower in the type counts, even if the other has parameters.
  CHECK(fit("text/*;x=y;a=b;q=0.4, text/html;q=0.1", "text/html;x=y;a=b") == 100);
}

TEST_CASE("judges an Accept field as a whole", "[H1-187]") {
  const values::parsed<std::uint16_t> out = values::quality_of("text/html, a/b;q=7", type("text/html"));
  CHECK(out.ec == errc::malformed);
  CHECK(out.at == 17);
  CHECK(values::quality_of_coding("gzip, b;q=7", "gzip").ec == errc::malformed);
  CHECK(values::quality_of_coding("gzip, b;q=7", "gzip").at == 10);
  const std::array offers{type("text/html")};
  CHECK(values::best_of("text/html;q=x", offers).at == 12);
  const std::array<string_view, 1> codings{"gzip"};
  CHECK(values::best_coding("gzip;q=x", codings).at == 7);
}

TEST_CASE("picks the offer that a client likes best", "[H1-187]") {
  const std::array offers{type("application/json"), type("text/html;charset=utf-8"), type("text/plain")};
  const auto best = [&](string_view accept) { return *values::best_of(accept, offers); };
  CHECK(best("text/html, application/json;q=0.9") == 1);
  CHECK(best("*/*") == 0); // the server's order decides
  CHECK(best("text/*") == 1);
  CHECK(best("text/*;q=0.5, text/plain") == 2);
  CHECK(best("image/png") == 3);
  CHECK(best("*/*;q=0") == 3);
  CHECK(best("") == 3);
  CHECK(best("text/html;q=0.001, image/*") == 1);
  CHECK(*values::best_of("*/*", {}) == 0);

  const std::array<string_view, 3> codings{"br", "gzip", "identity"};
  const auto best_coding = [&](string_view accept) { return *values::best_coding(accept, codings); };
  CHECK(best_coding("gzip, deflate, br") == 0);
  CHECK(best_coding("gzip, deflate") == 1);
  CHECK(best_coding("x-gzip;q=0.1") == 1);
  CHECK(best_coding("deflate") == 2);
  CHECK(best_coding("") == 2);
  CHECK(best_coding("*;q=0") == 3);
  CHECK(best_coding("gzip;q=0.5, br;q=0.4, identity;q=0.6") == 2);
  CHECK(best_coding("identity;q=0, br;q=0.001") == 0);
}

TEST_CASE("knows which content codings a client takes", "[H1-187]") {
  CHECK(coding("gzip", "gzip") == 1000);
  CHECK(coding("GZip;q=0.3", "gzip") == 300);
  CHECK(coding("gzip", "br") == 0);
  CHECK(coding("", "gzip") == 0);
  CHECK(coding("", "identity") == 1); // acceptable, not asked for
  CHECK(coding("gzip", "identity") == 1);
  CHECK(coding("identity;q=0", "identity") == 0);
  CHECK(coding("*;q=0", "identity") == 0);
  CHECK(coding("*;q=0, identity;q=0.5", "identity") == 500);
  CHECK(coding("identity;q=0.5, *;q=0", "gzip") == 0);
  CHECK(coding("*", "br") == 1000);
  CHECK(coding("*;q=0.2, br;q=0", "br") == 0);
  CHECK(coding("compress;q=0.5, gzip;q=1.0", "compress") == 500);
  CHECK(coding("x-gzip", "gzip") == 1000);
  CHECK(coding("gzip", "X-GZIP") == 1000);
  CHECK(coding("x-compress", "compress") == 1000);
  CHECK(coding("x-br", "br") == 0);
  CHECK(coding("gzip;q=0.2, x-gzip;q=0.4", "gzip") == 400);
  CHECK(coding("*;q=0.2, *;q=0.1", "gzip") == 200);
}
