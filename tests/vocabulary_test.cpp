// Methods, status codes and field names: sections C and K of the requirements.
#include "support/catch.hpp"
#include "support/forbidden_trailers.hpp"
#include "support/text.hpp"

#include <coax/http.hpp>

#include <iterator>
#include <set>
#include <string>
#include <string_view>

using namespace coax::http;

TEST_CASE("classifies status codes by their first digit and treats unknown ones as x00", "[H1-053]") {
  STATIC_REQUIRE(class_of(200) == status_class::successful);
  CHECK(class_of(std::uint16_t{471}) == status_class::client_error);
  CHECK_FALSE(is_recognized(471));
  CHECK(effective_code(471) == 400);
  CHECK(effective_code(299) == 200);
  CHECK(effective_code(199) == 100);
  CHECK(effective_code(399) == 300);
  CHECK(effective_code(599) == 500);
  CHECK(effective_code(404) == 404);
  for (std::uint16_t code = 100; code < 600; ++code) CHECK(static_cast<int>(class_of(code)) == code / 100);
}

TEST_CASE("knows which responses may be cached without explicit freshness", "[H1-054]") {
  const std::set<int> cacheable = {200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501};
  for (std::uint16_t code = 0; code < 1000; ++code) {
    CAPTURE(code);
    CHECK(is_heuristically_cacheable(code) == cacheable.contains(code));
    if (is_heuristically_cacheable(code)) CHECK(is_recognized(code));
  }
  CHECK_FALSE(is_heuristically_cacheable(471));
  CHECK_FALSE(is_recognized(471));
}

TEST_CASE("handles codes outside 100 to 599 as a 5xx", "[H1-055]") {
  for (const std::uint16_t code : std::initializer_list<std::uint16_t>{0, 99, 600, 999}) {
    CHECK(class_of(code) == status_class::server_error);
    CHECK(effective_code(code) == 500);
    CHECK_FALSE(is_informational(code));
  }
}

TEST_CASE("gives every recognised status code its registered reason phrase", "[H1-053]") {
  CHECK(reason_phrase(200) == "OK");
  CHECK(reason_phrase(413) == "Content Too Large");
  CHECK(reason_phrase(422) == "Unprocessable Content");
  CHECK(reason_phrase(505) == "HTTP Version Not Supported");
  CHECK(reason_phrase(306).empty());
}

TEST_CASE("knows the methods that are safe and those that are idempotent", "[H1-250]") {
  const std::set<std::string_view> safe = {"GET", "HEAD", "OPTIONS", "TRACE"};
  const std::set<std::string_view> idempotent = {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"};
  for (std::string_view text :
       {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}) {
    CAPTURE(text);
    CHECK(name(to_method(text)) == text);
    CHECK(is_safe(to_method(text)) == safe.contains(text));
    CHECK(is_idempotent(to_method(text)) == idempotent.contains(text));
  }
  for (std::string_view text : {"put", "get", "PROPFIND", "GETX", "", "Get", "M-SEARCH"}) {
    CAPTURE(text);
    CHECK(to_method(text) == method::other);
    CHECK_FALSE(is_safe(to_method(text)));
    CHECK_FALSE(is_idempotent(to_method(text)));
  }
}

TEST_CASE("sorts fields into the classes of RFC 2616", "[H1-251]") {
  // RFC 2616 §4.5, §5.3, §6.2 and §7.1, in full.
  const std::set<std::string_view> general = {
      "Cache-Control", "Connection",        "Date",    "Pragma", "Trailer",
      "Via",           "Transfer-Encoding", "Upgrade", "Warning"};
  const std::set<std::string_view> request = {"Accept",
                                              "Accept-Charset",
                                              "Accept-Encoding",
                                              "Accept-Language",
                                              "Authorization",
                                              "Expect",
                                              "From",
                                              "Host",
                                              "If-Match",
                                              "If-Modified-Since",
                                              "If-None-Match",
                                              "If-Range",
                                              "If-Unmodified-Since",
                                              "Max-Forwards",
                                              "Proxy-Authorization",
                                              "Range",
                                              "Referer",
                                              "TE",
                                              "User-Agent"};
  const std::set<std::string_view> response = {"Accept-Ranges",      "Age",         "ETag",   "Location",
                                               "Proxy-Authenticate", "Retry-After", "Server", "Vary",
                                               "WWW-Authenticate"};
  const std::set<std::string_view> entity = {
      "Allow",       "Content-Encoding", "Content-Language", "Content-Length", "Content-Location",
      "Content-MD5", "Content-Range",    "Content-Type",     "Expires",        "Last-Modified",
      "X-Foo"};
  for (std::string_view n : general) CHECK(class_of(to_field_id(n)) == field_class::general);
  for (std::string_view n : request) CHECK(class_of(to_field_id(n)) == field_class::request);
  for (std::string_view n : response) CHECK(class_of(to_field_id(n)) == field_class::response);
  for (std::string_view n : entity) CHECK(class_of(to_field_id(n)) == field_class::entity);
  std::size_t others = 0;
  for (int id = 1; id <= static_cast<int>(field_id::www_authenticate); ++id) {
    const auto n = name(static_cast<field_id>(id));
    if (!general.contains(n) && !request.contains(n) && !response.contains(n)) {
      CHECK(class_of(static_cast<field_id>(id)) == field_class::entity);
      ++others;
    }
  }
  CHECK(others > entity.size());
}

TEST_CASE("finds known fields by name without regard to case", "[H1-083][H1-251]") {
  for (int id = 1; id <= static_cast<int>(field_id::www_authenticate); ++id) {
    const auto known = static_cast<field_id>(id);
    const std::string upper = coax_test::upper(name(known)), lower = coax_test::lower(name(known));
    CHECK(to_field_id(upper) == known);
    CHECK(to_field_id(lower) == known);
    CHECK(to_field_id(lower + "x") == field_id::other);
  }
  CHECK(to_field_id("") == field_id::other);
  CHECK(to_field_id(std::string(300, 'a')) == field_id::other);
  CHECK(to_field_id("\xE2\x84\xAA"
                    "eep-alive") == field_id::other); // the Kelvin sign is no k
}

TEST_CASE("knows the fields that a trailer section may not hold", "[H1-174]") {
  const std::set<std::string_view> refused(std::begin(coax_test::forbidden_trailers),
                                           std::end(coax_test::forbidden_trailers));
  std::set<std::string_view> found;
  for (int id = 1; id <= static_cast<int>(field_id::www_authenticate); ++id)
    if (!allowed_in_trailers(static_cast<field_id>(id))) found.insert(name(static_cast<field_id>(id)));
  CHECK(found == refused);
  CHECK(allowed_in_trailers(to_field_id("ETag")));
  CHECK(allowed_in_trailers(to_field_id("X-Checksum")));
}

TEST_CASE("tells the framing fields from all others", "[H1-125][H1-093]") {
  const std::set<field_id> framing = {
      field_id::host,       field_id::expect,         field_id::upgrade,
      field_id::connection, field_id::content_length, field_id::transfer_encoding,
      field_id::te};
  for (int id = 0; id <= static_cast<int>(field_id::www_authenticate); ++id) {
    const auto known = static_cast<field_id>(id);
    CHECK(to_framing_field(name(known)) == (framing.contains(known) ? known : field_id::other));
  }
  CHECK(to_framing_field("Content_Length") == field_id::other);
  CHECK(to_framing_field("TRANSFER-encoding") == field_id::transfer_encoding);
}

TEST_CASE("describes every error by name, sentence, section and status", "[H1-009]") {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(errc::buffer_too_small); ++i) {
    const auto e = static_cast<errc>(i);
    CAPTURE(name(e));
    CHECK(names.insert(name(e)).second);
    CHECK_FALSE(message(e).empty());
    const std::uint16_t status = suggested_status(e);
    CHECK((status == 0 || status == 400 || status == 408 || status == 413 || status == 414 || status == 431 ||
           status == 501 || status == 502 || status == 505));
    if (status != 0) CHECK_FALSE(section(e).empty());
  }
  CHECK(suggested_status(errc::target_too_long) == 414);
  CHECK(suggested_status(errc::method_too_long) == 501);
  CHECK(suggested_status(errc::too_many_fields) == 431);
  CHECK(suggested_status(errc::body_too_large) == 413);
  CHECK(suggested_status(errc::unsupported_version) == 505);
  CHECK(suggested_status(errc::unsupported_transfer_coding) == 501);
  CHECK(section(errc::bad_content_length) == "9112 6.3");
}
