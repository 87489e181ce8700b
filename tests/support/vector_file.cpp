#include "vector_file.hpp"

#include "catch.hpp"

#include <fstream>
#include <map>
#include <sstream>

namespace coax_test {

namespace http = coax::http;

namespace {

std::vector<std::string> words(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

std::string_view trimmed(std::string_view text) { return coax::ascii::trim(text); }

const std::map<std::string_view, bool http::leniency::*> &flags() {
  static const std::map<std::string_view, bool http::leniency::*> all = {
      {"allow_bare_lf", &http::leniency::allow_bare_lf},
      {"require_reason_sp", &http::leniency::require_reason_sp},
      {"strip_space_before_colon", &http::leniency::strip_space_before_colon},
      {"allow_ctl_in_values", &http::leniency::allow_ctl_in_values},
      {"unfold", &http::leniency::unfold},
      {"reject_underscore_names", &http::leniency::reject_underscore_names},
      {"allow_missing_host", &http::leniency::allow_missing_host},
      {"reject_empty_host", &http::leniency::reject_empty_host},
      {"allow_comma_in_host", &http::leniency::allow_comma_in_host},
      {"te_overrides_cl", &http::leniency::te_overrides_cl},
      {"expose_codings", &http::leniency::expose_codings},
      {"allow_empty_members_in_framing", &http::leniency::allow_empty_members_in_framing},
      {"collapse_repeated_content_length", &http::leniency::collapse_repeated_content_length},
      {"reject_body_on_get_head", &http::leniency::reject_body_on_get_head},
      {"allow_chunk_size_trailing_ws", &http::leniency::allow_chunk_size_trailing_ws},
      {"complete_at_last_chunk", &http::leniency::complete_at_last_chunk},
  };
  return all;
}

template <class T> void assign(T &member, const std::string &value) {
  member = static_cast<T>(std::stoull(value));
}

void set_number(dialogue &d, const std::string &key, const std::string &value) {
  http::limits &l = d.limits;
  if (key == "empty_lines")
    assign(l.empty_lines, value);
  else if (key == "method")
    assign(l.method, value);
  else if (key == "request_line")
    assign(l.request_line, value);
  else if (key == "field_line")
    assign(l.field_line, value);
  else if (key == "head")
    assign(l.head, value);
  else if (key == "fields")
    assign(l.fields, value);
  else if (key == "chunk_extension")
    assign(l.chunk_extension, value);
  else if (key == "chunk_extensions")
    assign(l.chunk_extensions, value);
  else if (key == "chunk_overhead")
    assign(l.chunk_overhead, value);
  else if (key == "trailers")
    assign(l.trailers, value);
  else if (key == "body")
    assign(l.body, value);
  else if (key == "table")
    assign(d.table, value);
  else if (key == "max_data")
    assign(d.max_data, value);
  else
    FAIL("unknown option in a vector: " << key);
}

void set_option(dialogue &d, const std::string &option) {
  if (const auto flag = flags().find(option); flag != flags().end())
    d.leniency.*flag->second = true;
  else if (option == "writable")
    d.writable = true;
  else if (option == "target=rfc3986")
    d.leniency.target = coax::uri::syntax::rfc3986;
  else if (option == "target=any_visible")
    d.leniency.target = coax::uri::syntax::any_visible;
  else if (option == "on_forbidden_trailer=drop")
    d.leniency.on_forbidden_trailer = http::forbidden_trailer_policy::drop;
  else {
    const std::size_t equals = option.find('=');
    if (equals == std::string::npos) FAIL("unknown option in a vector: " << option);
    set_number(d, option.substr(0, equals), option.substr(equals + 1));
  }
}

void set(test_vector &v, std::string_view key, std::string_view text) {
  if (key == "rows") return;
  if (key == "in") {
    std::vector<std::string> all = words(text);
    REQUIRE((!all.empty() && (all[0] == "request" || all[0] == "response")));
    v.talk.responses = all[0] == "response";
    v.talk.methods.assign(all.begin() + 1, all.end());
  } else if (key == "with") {
    for (const std::string &option : words(text)) set_option(v.talk, option);
  } else if (key == "feed") {
    v.talk.input += bytes_of(text);
  } else if (key == "eof") {
    REQUIRE((text == "clean" || text == "unclean"));
    v.talk.end = text == "clean" ? eof::clean : eof::unclean;
  } else if (key == "expect") {
    v.expected.emplace_back(bytes_of(text));
  } else {
    FAIL("unknown key in a vector: " << key);
  }
}

/// Whether `line` begins with `expected`, up to the end of a word; lines that quote the input are compared
/// whole.
bool matches(const std::string &line, const std::string &expected) {
  for (const char *quoting : {"field ", "trailer ", "data ", "extension "})
    if (line.starts_with(quoting)) return line == expected || line == expected + " "; // an empty value
  return line.starts_with(expected) && (line.size() == expected.size() || line[expected.size()] == ' ');
}

bool is_field(const std::string &line) { return line.starts_with("field "); }

} // namespace

std::string bytes_of(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t open = text.find('{');
    out += unescape(text.substr(0, open));
    if (open == std::string_view::npos) break;
    text.remove_prefix(open);
    const std::size_t close = text.find('}');
    REQUIRE(close != std::string_view::npos);
    const std::string_view inner = text.substr(1, close - 1);
    if (inner == "G")
      out += "GET / HTTP/1.1\r\nHost: a\r\n";
    else if (inner == "P")
      out += "POST / HTTP/1.1\r\nHost: a\r\n";
    else if (inner == "R")
      out += "HTTP/1.1 200 OK\r\n";
    else if (inner == "C")
      out += "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    else if (const std::size_t star = inner.find('*'); star != std::string_view::npos && star != 0) {
      const coax::parsed_number count = coax::parse_decimal(inner.substr(0, star));
      REQUIRE(count.ok);
      const std::string unit = unescape(inner.substr(star + 1));
      for (std::uint64_t i = 0; i < count.value; ++i) out += unit;
    } else {
      out += '{'; // no macro: bytes like any other
      text.remove_prefix(1);
      continue;
    }
    text.remove_prefix(close + 1);
  }
  return out;
}

std::vector<test_vector> read_vector_file(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in);
  std::vector<test_vector> out;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.front() == '#') continue;
    const std::size_t colon = line.find(':');
    REQUIRE(colon != std::string::npos);
    const std::string_view key = std::string_view(line).substr(0, colon);
    std::string_view text = std::string_view(line).substr(colon + 1);
    if (key != "feed" && key != "expect")
      text = trimmed(text);
    else if (text.starts_with(' '))
      text.remove_prefix(1);
    if (key == "test")
      out.push_back({std::string(text), {}, {}});
    else
      set(out.back(), key, text);
  }
  return out;
}

void run_vector(std::string_view file, std::size_t index) {
  const std::string path = std::string(COAX_SOURCE_DIR "/tests/vectors/") + std::string(file);
  const std::vector<test_vector> all = read_vector_file(path);
  REQUIRE(index < all.size());
  const test_vector &v = all[index];
  INFO(file << ": " << v.name);
  INFO("input: " << escape(v.talk.input).substr(0, 2000));

  bool with_fields = false;
  for (const std::string &line : v.expected) with_fields = with_fields || is_field(line);
  std::vector<std::string> lines;
  for (const record &r : read_every_way(v.talk))
    if (with_fields || !is_field(r.text)) lines.push_back(r.text);

  std::string got, wanted;
  bool same = lines.size() == v.expected.size();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    got += lines[i] + "\n";
    const std::string expected = i < v.expected.size() ? escape(v.expected[i]) : std::string();
    same = same && matches(lines[i], expected);
  }
  for (const std::string &line : v.expected) wanted += escape(line) + "\n";
  INFO("expected:\n" << wanted << "got:\n" << got);
  CHECK(same);
}

} // namespace coax_test
