// Content-Encoding and Content-Type, and what of a message's codings the codec removes.
#include "support/catch.hpp"
#include "support/feed.hpp"
#include "support/guarded.hpp"
#include "support/octets.hpp"
#include "support/values.hpp"

#include <coax/fields/content_coding.hpp>
#include <coax/fields/content_type.hpp>
#include <coax/http.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace coax::values;
using coax_test::error;
using coax_test::guarded_copy;
using coax_test::is_tchar;
using std::string_view;

/// The codings by their names to send, others as received with a question mark.
std::string codings(string_view text, const limits &lim = default_limits) {
  const string_view copy = guarded_copy(text);
  std::string out;
  content_coding_reader reader(copy, lim);
  applied_coding c;
  while (reader.next(c)) {
    CHECK(c.coding == to_content_coding(c.text));
    out += "[" +
           (c.coding == content_coding::other ? "?" + std::string(c.text) : std::string(name(c.coding))) +
           "]";
  }
  CHECK_FALSE(reader.next(c));
  CHECK(reader.at() <= text.size());
  return reader.ec() == errc::ok ? out : out + error(reader.ec(), reader.at());
}

std::string write(const std::vector<string_view> &names) {
  std::string out(128, '\xEE');
  const coax::written<errc> done = write_content_encoding(names, out);
  if (!done) {
    CHECK(done.size == 0);
    CHECK(out.find_first_not_of('\xEE') == std::string::npos);
    return std::string(name(done.ec));
  }
  CHECK(done.size == done.required);
  CHECK(out.find_first_not_of('\xEE', done.size) == std::string::npos);
  for (std::size_t size = 0; size < done.size; ++size) {
    std::string small(size, '\xEE');
    const coax::written<errc> refused = write_content_encoding(names, small);
    CHECK(refused.ec == errc::buffer_too_small);
    CHECK(refused.size == 0);
    CHECK(refused.required == done.size);
  }
  return out.substr(0, done.size);
}

std::string type_of(std::size_t lines, string_view value) {
  const string_view copy = guarded_copy(value);
  const parsed<content_type> read = parse_content_type(lines, copy);
  if (!read) {
    CHECK(read.at <= value.size());
    return error(read.ec, read.at);
  }
  CHECK(read->present == (lines == 1));
  CHECK(std::string(read->type.type) + "/" + std::string(read->type.subtype) +
            std::string(read->type.parameters) ==
        read->text);
  return std::string(read->text);
}

/// The content of the only message, whose body may be delivered in any pieces.
std::string content(const std::string &input, bool responses) {
  std::string out;
  const auto read = [&](auto &reader) {
    std::vector<coax::http::field_ref> table(16);
    const coax::http::limits lim;
    std::size_t at = 0;
    for (;;) {
      const coax::http::event e =
          reader.next({table, lim, coax::http::strict}, string_view(input).substr(at));
      at += e.consumed;
      REQUIRE(e.kind != coax::http::event_kind::failed);
      REQUIRE(e.kind != coax::http::event_kind::need_more);
      if (e.kind == coax::http::event_kind::data) out += e.data;
      if (e.kind == coax::http::event_kind::end) return;
    }
  };
  if (responses) {
    coax::http::response_reader reader;
    reader.answers(coax::http::method::get);
    read(reader);
  } else {
    coax::http::request_reader reader;
    read(reader);
  }
  return out;
}

} // namespace

TEST_CASE("reads content codings in the order applied", "[H1-217]") {
  CHECK(codings("GZIP, br") == "[gzip][br]");
  CHECK(codings("br, GZIP") == "[br][gzip]");
  CHECK(codings("gzip") == "[gzip]");
  CHECK(codings("gzip,gzip , deflate,\tzstd") == "[gzip][gzip][deflate][zstd]");
  CHECK(codings("aes128gcm, Gzip2, x-br") == "[?aes128gcm][?Gzip2][?x-br]");
  CHECK(codings("identity") == "[identity]");
  CHECK(codings("") == "");
  CHECK(codings(", ,gzip,") == "[gzip]");
}

TEST_CASE("knows content codings by all their names, without case", "[H1-217]") {
  CHECK(codings("x-gzip, X-GZip, x-compress, COMPRESS") == "[gzip][gzip][compress][compress]");
  CHECK(same_content_coding("x-gzip", "GZIP"));
  CHECK(same_content_coding("compress", "X-Compress"));
  CHECK(same_content_coding("BR", "br"));
  CHECK(same_content_coding("foo", "FOO"));
  CHECK_FALSE(same_content_coding("foo", "bar"));
  CHECK_FALSE(same_content_coding("gzip", "compress"));
  CHECK_FALSE(same_content_coding("foo", "gzip"));
  CHECK_FALSE(same_content_coding("gzip", "foo"));
  CHECK_FALSE(same_content_coding("x-deflate", "deflate"));
  CHECK(to_content_coding("") == content_coding::other);
  CHECK(name(content_coding::other).empty());
  for (const content_coding c : {content_coding::identity, content_coding::gzip, content_coding::compress,
                                 content_coding::deflate, content_coding::br, content_coding::zstd})
    CHECK(to_content_coding(name(c)) == c);
}

TEST_CASE("refuses content codings that are no tokens", "[H1-217]") {
  CHECK(codings("gzip;q=1") == "malformed@4");
  CHECK(codings("gzip, b r") == "[gzip]malformed@7");
  CHECK(codings("\"gzip\"") == "malformed@0");
  for (unsigned i = 0; i < 256; ++i) {
    CAPTURE(i);
    const std::string text = std::string("a") + static_cast<char>(static_cast<unsigned char>(i)) + "b";
    CHECK((codings(text).find('@') == std::string::npos) == (is_tchar(i) || i == ','));
  }
  const limits lim{.members = 2, .empty_members = 1};
  CHECK(codings("a,b", lim) == "[?a][?b]");
  CHECK(codings("a,b,c", lim) == "[?a][?b]too_many@4");
  CHECK(codings(",,a", lim) == "too_many@1");
  const string_view whole = "x-gzip , ,br,\tzstd";
  for (std::size_t size = 0; size <= whole.size(); ++size)
    CHECK(codings(whole.substr(0, size)).find('@') == std::string::npos);
}

TEST_CASE("writes content codings, but never identity", "[H1-217][H1-321]") {
  CHECK(write({"gzip"}) == "gzip");
  CHECK(write({"gzip", "br"}) == "gzip, br");
  CHECK(write({"aes128gcm"}) == "aes128gcm");
  CHECK(write({"identity"}) == "invalid_input");
  CHECK(write({"gzip", "Identity"}) == "invalid_input");
  CHECK(write({}) == "invalid_input");
  CHECK(write({""}) == "invalid_input");
  CHECK(write({"gzip", ""}) == "invalid_input");
  CHECK(write({"gzip, br"}) == "invalid_input");
  CHECK(write({"gzip;q=1"}) == "invalid_input");
  CHECK(write({"gzip\r\nX: y"}) == "invalid_input");
}

TEST_CASE("delivers content with its content codings and without transfer codings", "[H1-218]") {
  // The smallest gzip file: the codec hands it out as it is.
  const std::string gzip =
      coax_test::unescape("\\x1f\\x8b\\x08\\0\\0\\0\\0\\0\\x02\\xff\\x03\\0\\0\\0\\0\\0\\0\\0\\0\\0");
  REQUIRE(gzip.size() == 20);
  const std::string chunked =
      "7;a=b\r\n" + gzip.substr(0, 7) + "\r\n0d\r\n" + gzip.substr(7) + "\r\n0\r\nT: u\r\n\r\n";
  const std::string coded = "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked;
  const std::string plain = "Content-Encoding: gzip\r\nContent-Length: 20\r\n\r\n" + gzip;
  for (const bool responses : {false, true})
    for (const bool is_chunked : {false, true}) {
      CAPTURE(responses, is_chunked);
      coax_test::dialogue d;
      d.responses = responses;
      d.input = std::string(responses ? "HTTP/1.1 200 OK\r\n" : "POST / HTTP/1.1\r\nHost: a\r\n") +
                (is_chunked ? coded : plain);
      CHECK(content(d.input, responses) == gzip);
      const std::string seen = coax_test::to_text(coax_test::read_every_way(d));
      CAPTURE(seen);
      // The field stays as well.
      CHECK(seen.find("Content-Encoding: gzip") != std::string::npos);
      if (!is_chunked) CHECK(seen.find(coax_test::escape(gzip)) != std::string::npos);
    }
}

TEST_CASE("does not undo content codings even if they are named like a transfer coding", "[H1-218]") {
  coax_test::dialogue d;
  d.input = "POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n";
  CHECK(content(d.input, false) == "0\r\n\r\n");
  coax_test::read_every_way(d);
}

TEST_CASE("says that Content-Type is absent, and offers the default", "[H1-216]") {
  CHECK(type_of(0, "") == "application/octet-stream");
  const parsed<content_type> absent = parse_content_type(0, "");
  REQUIRE(absent);
  CHECK_FALSE(absent->present);
  CHECK(absent->type.is("application", "octet-stream"));
  CHECK(absent->text == default_content_type);
  CHECK(type_of(0, "text/html") == "application/octet-stream");
}

TEST_CASE("takes an empty Content-Type for an error, not for absent", "[H1-216]") {
  CHECK(type_of(1, "") == "empty@0");
  CHECK(type_of(1, "text") == "malformed@4");
  CHECK(type_of(1, "text/") == "malformed@5");
  CHECK(type_of(1, "/x") == "malformed@0");
  CHECK(type_of(1, "text /html") == "malformed@4");
  CHECK(type_of(1, "text/html, text/plain") == "malformed@9");
  CHECK(type_of(1, "text/html; a=1; A=2") == "duplicate@16");
  CHECK(type_of(2, "text/html") == "duplicate@0");
  CHECK(type_of(3, "") == "duplicate@0");
}

TEST_CASE("reads a Content-Type that is present", "[H1-216]") {
  CHECK(type_of(1, "text/html") == "text/html");
  const string_view text = "Multipart/Form-Data; boundary=\"a b\"; x=y";
  CHECK(type_of(1, text) == text);
  CHECK(parse_content_type(1, text)->type.is("multipart", "form-data"));
  CHECK(value_equals(parse_content_type(1, text)->type.parameter_named("boundary").value, "a b"));
  for (std::size_t size = 0; size < text.size(); ++size) type_of(1, text.substr(0, size));
  CHECK(parse_content_type(1, "a/b;c=d;e=f", limits{.parameters = 1}).ec == errc::too_many);
}

TEST_CASE("content fields are read in constant expressions", "[H1-216][H1-217]") {
  static_assert(!parse_content_type(0, {})->present);
  static_assert(parse_content_type(1, "").ec == errc::empty);
  static_assert(parse_content_type(1, "a/b")->type.subtype == "b");
  static_assert(same_content_coding("x-gzip", "gzip"));
  static_assert([] {
    std::array<char, 8> out{};
    const std::array<string_view, 2> names{"gzip", "br"};
    return string_view(out.data(), write_content_encoding(names, out).size) == "gzip, br";
  }());
}
