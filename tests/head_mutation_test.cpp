// A corpus of valid messages, spoiled at one place after the other: line ends, whitespace around colons,
// folds.
#include "support/catch.hpp"
#include "support/feed.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

using coax_test::dialogue;
using coax_test::escape;
using coax_test::record;
using coax_test::transcript;
using namespace std::string_literals;

/// What the CR LFs of a part of a message end.
enum class part_kind {
  lines,  // empty lines before a request-line, start-lines, field lines, also those of trailers
  chunks, // chunk lines, and the ends of chunk data
  body,   // nothing: they are data
};

struct part {
  part_kind kind;
  std::string text;
};

struct message {
  bool responses;
  std::vector<part> parts;
};

const std::vector<message> &corpus() {
  using enum part_kind;
  static const std::vector<message> all = {
      {false, {{lines, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"}}},
      {false, {{lines, "GET / HTTP/1.0\r\n\r\n"}}},
      {false, {{lines, "\r\n\r\nOPTIONS * HTTP/1.1\r\nHost:a\r\nA:\r\nB: \r\nC: d \r\n\r\n"}}},
      {false,
       {{lines, "POST /a?b=c HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nX-Y: a: b\r\n\r\n"},
        {body, "a\r\nb\r\n"}}},
      {false,
       {{lines, "PUT http://a/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"},
        {chunks, "2\r\nhi\r\n1;a=b\r\n!\r\n3\r\n"},
        {body, "\r\n?"},
        {chunks, "\r\n0\r\n"},
        {lines, "T: 1\r\nU:\r\n\r\n"}}},
      {true, {{lines, "HTTP/1.1 204 No Content\r\n\r\n"}}},
      {true, {{lines, "HTTP/1.1 304 \r\nETag: \"a\"\r\nX:\r\n\r\n"}}},
      {true,
       {{lines, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n"},
        {lines, "HTTP/1.1 200 OK\r\nServer: s\r\nContent-Length: 2\r\n\r\n"},
        {body, "\r\n"}}},
      {true,
       {{lines, "HTTP/1.1 404 \r\nTransfer-Encoding: chunked\r\n\r\n"},
        {chunks, "1\r\na\r\n0\r\n"},
        {lines, "\r\n"}}},
  };
  return all;
}

std::string text_of(const message &m) {
  std::string out;
  for (const part &p : m.parts) out += p.text;
  return out;
}

/// Follows each message, so that its last byte has one behind it.
std::string next_message(bool responses) {
  return responses ? "HTTP/1.1 205 next\r\nContent-Length: 0\r\n\r\n" : "GET /next HTTP/1.0\r\n\r\n";
}

struct line_end {
  std::size_t at;
  part_kind kind;
};

std::vector<line_end> line_ends(const message &m) {
  std::vector<line_end> out;
  std::size_t base = 0;
  for (const part &p : m.parts) {
    for (std::size_t at = p.text.find("\r\n"); p.kind != part_kind::body && at != std::string::npos;
         at = p.text.find("\r\n", at + 2))
      out.push_back({base + at, p.kind});
    base += p.text.size();
  }
  return out;
}

std::string replaced(std::string text, std::size_t at, std::size_t size, std::string_view by) {
  return text.replace(at, size, by);
}

std::vector<std::string> texts(const transcript &t) {
  std::vector<std::string> out;
  for (const record &r : t)
    if (!r.text.starts_with("tolerated ")) out.push_back(r.text);
  return out;
}

bool has_line(const transcript &t, std::string_view text) {
  return std::any_of(t.begin(), t.end(), [&](const record &r) { return r.text == text; });
}

const std::string variants[] = {"\n", "\r", "\r\r\n", "\rX"};

dialogue to_read(bool responses, std::string input) {
  dialogue d;
  d.responses = responses;
  d.input = std::move(input);
  return d;
}

} // namespace

TEST_CASE("reads every message of the corpus as it stands", "[H1-003]") {
  for (const message &m : corpus()) {
    const dialogue d = to_read(m.responses, text_of(m) + next_message(m.responses));
    INFO("input: " << escape(d.input));
    const transcript t = read_every_way(d);
    CHECK(std::count_if(t.begin(), t.end(), [](const record &r) { return r.text == "end"; }) >= 1);
    CHECK(std::none_of(t.begin(), t.end(), [](const record &r) { return r.text.starts_with("error"); }));
    CHECK(std::none_of(t.begin(), t.end(), [](const record &r) { return r.text.starts_with("tolerated"); }));
  }
}

TEST_CASE("refuses every message of the corpus with one line end that is not CR LF",
          "[H1-003][H1-004][H1-005]") {
  for (const message &m : corpus())
    for (const line_end end : line_ends(m))
      for (const std::string &variant : variants) {
        const dialogue d =
            to_read(m.responses, replaced(text_of(m), end.at, 2, variant) + next_message(m.responses));
        INFO("input: " << escape(d.input) << ", changed at " << end.at);
        const transcript t = read_every_way(d);
        REQUIRE(!t.empty());
        CHECK_FALSE(has_line(t, "end"));
        if (end.kind == part_kind::lines)
          CHECK(t.back().text.starts_with("error bad_line_ending at " + std::to_string(end.at) + " "));
        else
          CHECK(t.back().text.starts_with("error "));
      }
}

TEST_CASE(
    "takes a lone LF for a line end in start-lines and field lines where that is allowed, and nothing else",
    "[H1-004][H1-005]") {
  for (const message &m : corpus()) {
    dialogue d = to_read(m.responses, text_of(m) + next_message(m.responses));
    d.leniency.allow_bare_lf = true;
    const transcript wanted = read_every_way(d);
    for (const line_end end : line_ends(m))
      for (const std::string &variant : variants) {
        d.input = replaced(text_of(m), end.at, 2, variant) + next_message(m.responses);
        INFO("input: " << escape(d.input) << ", changed at " << end.at);
        const transcript t = read_every_way(d);
        REQUIRE(!t.empty());
        if (variant == "\n" && end.kind == part_kind::lines) {
          CHECK(texts(t) == texts(wanted));
          CHECK(has_line(t, "tolerated bare_lf"));
          continue;
        }
        CHECK_FALSE(has_line(t, "end"));
        if (end.kind == part_kind::lines)
          CHECK(t.back().text.starts_with("error bad_line_ending at " + std::to_string(end.at) + " "));
        else
          CHECK(t.back().text.starts_with("error "));
      }
  }
}

TEST_CASE("no other leniency lets a line end pass that is not CR LF", "[H1-004][H1-005]") {
  for (const message &m : corpus()) {
    if (m.parts.size() > 3) continue;
    for (const line_end end : line_ends(m))
      for (const std::string &variant : variants) {
        dialogue d =
            to_read(m.responses, replaced(text_of(m), end.at, 2, variant) + next_message(m.responses));
        d.leniency.target = coax::uri::syntax::any_visible;
        d.leniency.strip_space_before_colon = d.leniency.allow_ctl_in_values = d.leniency.unfold = true;
        d.leniency.allow_missing_host = d.leniency.te_overrides_cl = d.leniency.expose_codings = true;
        d.leniency.allow_empty_members_in_framing = d.leniency.allow_chunk_size_trailing_ws = true;
        d.leniency.complete_at_last_chunk = true;
        d.writable = true;
        INFO("input: " << escape(d.input) << ", changed at " << end.at);
        const transcript t = read_every_way(d);
        REQUIRE(!t.empty());
        CHECK_FALSE(has_line(t, "end"));
        CHECK(t.back().text.starts_with("error "));
      }
  }
}

namespace {

std::string content_of(const std::filesystem::path &file) {
  std::ifstream in(file, std::ios::binary);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// The heads that a recorded client sent, as far as they can be told without a parser: a body without
/// Content-Length ends the search.
std::vector<std::string> heads_in(std::string_view input) {
  std::vector<std::string> out;
  for (std::size_t end; (end = input.find("\r\n\r\n")) != std::string_view::npos;) {
    const std::string head(input.substr(0, end + 4));
    out.push_back(head);
    input.remove_prefix(head.size());
    const std::size_t length = head.find("Content-Length: ");
    if (length != std::string::npos)
      input.remove_prefix(std::stoul(head.substr(length + 16)));
    else if (!head.starts_with("GET ") && !head.starts_with("HEAD "))
      break;
  }
  return out;
}

struct recorded {
  bool responses;
  std::string head;
  friend bool operator<(const recorded &a, const recorded &b) { return a.head < b.head; }
};

/// The different heads of examples/captures, if that is there.
std::set<recorded> recorded_heads() {
  std::set<recorded> out;
  const std::filesystem::path folder = COAX_SOURCE_DIR "/examples/captures";
  if (!std::filesystem::is_directory(folder)) return out;
  for (const auto &entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const bool responses = name.ends_with(".response.http");
    if (!responses && !name.ends_with(".request.http")) continue;
    const std::vector<std::string> heads = heads_in(content_of(entry.path()));
    if (responses)
      out.insert({true, heads.at(0)});
    else
      for (const std::string &head : heads) out.insert({false, head});
  }
  return out;
}

} // namespace

TEST_CASE("refuses every recorded head with one line end that is not CR LF", "[H1-003][H1-004][H1-005]") {
  for (const recorded &r : recorded_heads()) {
    dialogue d = to_read(r.responses, r.head);
    const transcript valid = read_in_pieces(d, {});
    INFO("head: " << escape(r.head));
    REQUIRE(!valid.empty());
    REQUIRE(valid.front().text.starts_with("error") == false);
    REQUIRE(valid.front().offset == r.head.size());
    for (std::size_t at = r.head.find("\r\n"); at != std::string::npos; at = r.head.find("\r\n", at + 2))
      for (const std::string &variant : variants) {
        d.input = replaced(r.head, at, 2, variant) + next_message(r.responses);
        const std::vector<std::vector<std::size_t>> ways = {{}, {at}, {at + 1}, {at + 2}};
        for (const std::vector<std::size_t> &cuts : ways) {
          d.leniency.allow_bare_lf = false;
          const transcript strict = read_in_pieces(d, cuts);
          CAPTURE(at, escape(variant), cuts);
          REQUIRE(strict.size() == 1);
          CHECK(strict.back().text.starts_with("error bad_line_ending at " + std::to_string(at) + " "));
          d.leniency.allow_bare_lf = true;
          const transcript lenient = read_in_pieces(d, cuts);
          REQUIRE(!lenient.empty());
          if (variant == "\n")
            CHECK(lenient.front().text == valid.front().text);
          else
            CHECK(lenient == strict);
        }
      }
  }
}

namespace {

/// Heads for putting whitespace in: each has a start-line and two field lines at least.
const message spaced[] = {
    {false, {{part_kind::lines, "GET / HTTP/1.1\r\nHost: a\r\nX:b\r\nY:\r\nZ: c d \r\n\r\n"}}},
    {false, {{part_kind::lines, "POST / HTTP/1.1\r\nContent-Length: 0\r\nHost: a\r\n\r\n"}}},
    {true, {{part_kind::lines, "HTTP/1.1 204 No Content\r\nA:\r\nDate: x:y\r\n\r\n"}}},
    {true, {{part_kind::lines, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"}}},
};

/// Where the field lines of a head begin, and at last where its empty line does.
std::vector<std::size_t> field_starts(const std::string &head) {
  std::vector<std::size_t> out;
  for (std::size_t at = head.find("\r\n"); at + 2 < head.size(); at = head.find("\r\n", at + 2))
    out.push_back(at + 2);
  return out;
}

/// Where the colons behind names are.
std::vector<std::size_t> colons(const std::string &head) {
  std::vector<std::size_t> out = field_starts(head);
  out.pop_back();
  for (std::size_t &at : out) at = head.find(':', at);
  return out;
}

const std::string blanks[] = {" ", "\t", "  ", " \t", "\t \t"};

std::string error_at(std::string_view code, std::size_t at) {
  return "error " + std::string(code) + " at " + std::to_string(at) + " ";
}

} // namespace

TEST_CASE("refuses SP and HTAB before every colon", "[H1-081][H1-082]") {
  for (const message &m : spaced)
    for (const std::size_t colon : colons(text_of(m)))
      for (const std::string &blank : blanks)
        for (const bool strip : {false, true}) {
          dialogue d = to_read(m.responses, text_of(m));
          const transcript wanted = read_every_way(d);
          d.input.insert(colon, blank);
          d.leniency.strip_space_before_colon = strip;
          INFO("input: " << escape(d.input));
          const transcript t = read_every_way(d);
          if (m.responses && strip) {
            CHECK(texts(t) == texts(wanted));
            CHECK(has_line(t, "tolerated space_before_colon"));
          } else {
            REQUIRE(t.size() == 1);
            CHECK(t.back().text.starts_with(error_at("space_before_colon", colon)));
          }
        }
}

TEST_CASE("ignores SP and HTAB behind every colon", "[H1-084]") {
  for (const message &m : spaced)
    for (const std::size_t colon : colons(text_of(m)))
      for (const std::string &blank : blanks) {
        dialogue d = to_read(m.responses, text_of(m));
        const transcript wanted = read_every_way(d);
        d.input.insert(colon + 1, blank);
        INFO("input: " << escape(d.input));
        const transcript t = read_every_way(d);
        CHECK(texts(t) == texts(wanted));
        CHECK(t.size() == wanted.size());
      }
}

TEST_CASE("ignores SP and HTAB at the end of every field line", "[H1-084]") {
  for (const message &m : spaced)
    for (const std::size_t start : field_starts(text_of(m))) {
      if (start == field_starts(text_of(m)).front()) continue; // what ends before it is the start-line
      for (const std::string &blank : blanks) {
        dialogue d = to_read(m.responses, text_of(m));
        const transcript wanted = read_every_way(d);
        d.input.insert(start - 2, blank);
        INFO("input: " << escape(d.input));
        CHECK(texts(read_every_way(d)) == texts(wanted));
      }
    }
}

TEST_CASE("refuses SP and HTAB before the first field whatever is allowed", "[H1-007]") {
  for (const message &m : spaced)
    for (const std::string &blank : blanks)
      for (const std::string &line : {""s, "\r\n"s, "X: y\r\n"s})
        for (const bool lenient : {false, true}) {
          dialogue d = to_read(m.responses, text_of(m));
          const std::size_t first = field_starts(d.input).front();
          d.input.insert(first, blank + line); // a line of nothing but whitespace is the second case
          d.leniency.unfold = d.leniency.strip_space_before_colon = d.leniency.allow_ctl_in_values = lenient;
          d.leniency.allow_bare_lf = d.writable = lenient;
          INFO("input: " << escape(d.input));
          const transcript t = read_every_way(d);
          REQUIRE(t.size() == 1);
          CHECK(t.back().text.starts_with(error_at("leading_whitespace", first)));
        }
}

TEST_CASE("refuses a fold at every place of every field line", "[H1-088][H1-089]") {
  for (const message &m : spaced) {
    const std::string head = text_of(m);
    for (const std::size_t colon : colons(head))
      for (std::size_t at = colon + 1; at <= head.find("\r\n", colon); ++at)
        for (const std::string fold : {"\r\n ", "\r\n\t"})
          for (const bool unfold : {false, true}) {
            dialogue d = to_read(m.responses, head);
            d.input.insert(at, fold);
            d.leniency.unfold = unfold; // without mutable bytes that changes nothing
            INFO("input: " << escape(d.input));
            const transcript t = read_every_way(d);
            REQUIRE(t.size() == 1);
            CHECK(t.back().text.starts_with(error_at("obs_fold", at + 2)));
          }
  }
}

TEST_CASE("replaces a fold at either end of every value by whitespace that is then dropped",
          "[H1-088][H1-089]") {
  for (const message &m : spaced) {
    const std::string head = text_of(m);
    for (const std::size_t colon : colons(head))
      for (const std::size_t at : {colon + 1, head.find("\r\n", colon)})
        for (const std::string fold : {"\r\n ", "\r\n\t", "\r\n \t ", "\r\n \r\n\t"}) {
          dialogue d = to_read(m.responses, head);
          const transcript wanted = read_every_way(d);
          d.input.insert(at, fold);
          d.leniency.unfold = d.writable = true;
          INFO("input: " << escape(d.input));
          const transcript t = read_every_way(d);
          CHECK(texts(t) == texts(wanted));
          CHECK(has_line(t, "tolerated obs_fold"));
        }
  }
}

TEST_CASE("takes a line of nothing but whitespace behind a field for a fold and never for the empty line",
          "[H1-088][H1-089]") {
  for (const message &m : spaced) {
    const std::string head = text_of(m);
    for (const std::size_t start : field_starts(head)) {
      if (start == field_starts(head).front()) continue;
      for (const std::string &blank : blanks)
        for (const bool unfold : {false, true}) {
          dialogue d = to_read(m.responses, head);
          const transcript wanted = read_every_way(d);
          d.input.insert(start, blank + "\r\n");
          d.leniency.unfold = d.writable = unfold;
          INFO("input: " << escape(d.input));
          const transcript t = read_every_way(d);
          if (unfold) {
            CHECK(texts(t) == texts(wanted));
          } else {
            REQUIRE(t.size() == 1);
            CHECK(t.back().text.starts_with(error_at("obs_fold", start)));
          }
        }
    }
  }
}
