// Multipart bodies: boundaries, the reader, fed in every way, and the writer.
#include "support/allocations.hpp"
#include "support/catch.hpp"
#include "support/feed.hpp"
#include "support/guarded.hpp"
#include "support/values.hpp"

#include <coax/fields/boundary.hpp>
#include <coax/fields/form_data.hpp>
#include <coax/fields/multipart_writer.hpp>
#include <coax/fields/range.hpp>
#include <coax/http/multipart_reader.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace http = coax::http;
namespace values = coax::values;
using http::multipart_event;
using http::multipart_event_kind;
using http::multipart_reader;
using http::multipart_type;
using std::string_view;
using values::errc;

/// A multipart body and how to read it.
struct body {
  multipart_type type = multipart_type::other;
  std::string input{};
  bool ends = true; // call finish() behind the input
  std::string boundary = "B";
  http::multipart_limits parts{};
  http::limits limits{};
  http::leniency leniency{};
  std::size_t table = 20;
  std::size_t max_data = coax::no_cap;
};

/// Reads a body in pieces that end at the given offsets, with each piece in memory of its own that ends at an
/// inaccessible page, and the state moved and the table overwritten between calls.
class session {
public:
  explicit session(const body &b)
      : b_(b), reader_(*values::make_boundary(b.boundary), b.type, b.parts), table_(b.table),
        memory_(b.input.size() + 1) {}

  std::string run(const std::vector<std::size_t> &cuts) {
    for (std::size_t cut : cuts)
      if (!feed(cut)) return out_;
    if (!feed(b_.input.size())) return out_;
    flush();
    if (!b_.ends) return out_;
    in_ = {};
    const multipart_event e = reader_.finish();
    if (e.kind == multipart_event_kind::failed) {
      line("finish failed " + std::string(name(e.ec)));
      CHECK(reader_.finish().ec == e.ec);
      CHECK(next(b_.input.size()).ec == e.ec);
    } else {
      line("finish");
      CHECK(e.kind == multipart_event_kind::end);
      CHECK(reader_.finish().kind == multipart_event_kind::end);
      CHECK(reader_.complete());
    }
    return out_;
  }

private:
  bool feed(std::size_t available) {
    for (;;) {
      const multipart_event e = next(available);
      REQUIRE(e.consumed <= in_.size());
      const std::size_t after = base_ + e.consumed;
      switch (e.kind) {
      case multipart_event_kind::need_more:
        base_ = after;
        if (b_.max_data != 0) REQUIRE(e.hint == 1);
        return true;
      case multipart_event_kind::part: part(e, after); break;
      case multipart_event_kind::data:
        REQUIRE_FALSE(e.data.empty());
        REQUIRE(e.data.size() <= b_.max_data);
        REQUIRE(e.data.data() == in_.data());
        REQUIRE(e.data.size() == e.consumed);
        data_ += e.data;
        break;
      case multipart_event_kind::part_end: line("part_end " + std::to_string(after)); break;
      case multipart_event_kind::end:
        line("end " + std::to_string(after));
        CHECK(reader_.complete());
        base_ = after;
        epilogue(available);
        return false;
      case multipart_event_kind::failed: failed(e); return false;
      }
      base_ = after;
    }
  }

  multipart_event next(std::size_t available) {
    const string_view unread = string_view(b_.input).substr(base_, available - base_);
    in_ = memory_.place(unread);
    for (http::field_ref &ref : table_) std::memset(static_cast<void *>(&ref), 0xA5, sizeof ref);
    const http::context ctx{table_, b_.limits, b_.leniency};
    const std::size_t before = coax_test::allocations();
    const multipart_event e = reader_.next(ctx, string_view(in_.data(), in_.size()), b_.max_data);
    REQUIRE(coax_test::allocations() == before);
    relocate();
    return e;
  }

  /// The state is plain bytes: move it elsewhere.
  void relocate() {
    alignas(multipart_reader) std::array<char, sizeof(multipart_reader)> bytes;
    std::memcpy(bytes.data(), static_cast<const void *>(&reader_), sizeof reader_);
    reader_ = multipart_reader({});
    std::memcpy(static_cast<void *>(&reader_), bytes.data(), sizeof reader_);
  }

  void part(const multipart_event &e, std::size_t after) {
    line("part " + std::to_string(after));
    for (const http::field f : http::view_fields(e.head, in_.data(), table_))
      line("  " + coax_test::escape(f.name) + ": " + coax_test::escape(f.value));
    if (b_.type == multipart_type::byteranges)
      line("  range " + std::to_string(e.range.first) + "+" + std::to_string(e.range.size()));
    if (b_.type == multipart_type::form_data) {
      line("  name " + coax_test::escape(e.form.name));
      if (e.form.has_filename) line("  filename " + coax_test::escape(e.form.filename));
    }
  }

  void failed(const multipart_event &e) {
    CHECK(e.consumed == 0);
    CHECK(e.ec != errc::ok);
    CHECK(e.why.at <= in_.size());
    line("failed " + std::string(name(e.ec)) + " at " + std::to_string(base_ + e.why.at) + " " +
         std::string(coax::name(e.why.what)) + (e.why.index == 0 ? "" : " " + std::to_string(e.why.index)) +
         (e.line_ec == http::errc::ok ? "" : " " + std::string(http::name(e.line_ec))));
    const multipart_event again = next(b_.input.size());
    CHECK(again.kind == multipart_event_kind::failed);
    CHECK(again.ec == e.ec);
    CHECK(again.line_ec == e.line_ec);
    CHECK(again.why == e.why);
    CHECK(again.consumed == 0);
    CHECK(reader_.finish().ec == e.ec);
    CHECK_FALSE(reader_.complete());
  }

  void epilogue(std::size_t available) {
    const multipart_event more = next(available);
    CHECK(more.kind == multipart_event_kind::end);
    CHECK(more.consumed == in_.size());
    CHECK(reader_.finish().kind == multipart_event_kind::end);
  }

  void flush() {
    if (!data_.empty()) out_ += "data " + coax_test::escape(data_) + "\n";
    data_.clear();
  }
  void line(const std::string &text) {
    flush();
    out_ += text + "\n";
  }

  const body &b_;
  multipart_reader reader_;
  std::vector<http::field_ref> table_;
  coax_test::guarded memory_;
  std::span<char> in_{};
  std::size_t base_ = 0;
  std::string data_, out_;
};

std::string read_in_pieces(const body &b, const std::vector<std::size_t> &cuts) {
  return session(b).run(cuts);
}

/// Reads the body whole, cut at every offset, byte by byte and by threes, also with little data at a time,
/// and checks that all agree.
std::string read(body b) {
  const std::string whole = read_in_pieces(b, {});
  CAPTURE(coax_test::escape(b.input));
  const std::size_t stride = b.input.size() < 2000 ? 1 : 97;
  for (std::size_t cut = 0; cut < b.input.size(); cut += stride) {
    const std::string halves = read_in_pieces(b, {cut});
    if (halves != whole) {
      CAPTURE(cut);
      REQUIRE(halves == whole);
    }
  }
  for (const std::size_t step : {1u, 3u}) {
    std::vector<std::size_t> cuts;
    for (std::size_t cut = 0; cut < b.input.size(); cut += step) cuts.push_back(cut);
    REQUIRE(read_in_pieces(b, cuts) == whole);
    for (const std::size_t max_data : {1u, 2u, 7u}) {
      b.max_data = max_data;
      REQUIRE(read_in_pieces(b, cuts) == whole);
      REQUIRE(read_in_pieces(b, {}) == whole);
    }
    b.max_data = coax::no_cap;
  }
  return whole;
}

std::string read(const std::string &input, multipart_type type = multipart_type::other) {
  return read(body{.type = type, .input = input});
}

constexpr auto byteranges = multipart_type::byteranges;
constexpr auto form_data = multipart_type::form_data;

std::string boundary_of(string_view content_type) {
  const auto b = values::parse_boundary(coax_test::guarded_copy(content_type));
  return b ? std::string(b->view()) : std::string(name(b.ec)) + " at " + std::to_string(b.at);
}

} // namespace

// --- boundaries ----------------------------------------------------------------------------------------

TEST_CASE("finds the boundary in Content-Type, as a token or quoted", "[H1-215]") {
  CHECK(boundary_of("multipart/byteranges; boundary=THIS_STRING_SEPARATES") == "THIS_STRING_SEPARATES");
  CHECK(boundary_of("multipart/form-data;boundary=\"a b\"") == "a b");
  CHECK(boundary_of("MULTIPART/x; charset=utf-8 ; BOUNDARY=x") == "x");
  CHECK(boundary_of("multipart/byteranges; boundary=\"gc0pJq0M:08jU534c0p\"") == "gc0pJq0M:08jU534c0p");
  CHECK(boundary_of("multipart/x; boundary=\"a\\b\"") == "ab");
  CHECK(boundary_of("multipart/x; boundary=\"'()+_,-./:=?\"") == "'()+_,-./:=?");
  CHECK(boundary_of("multipart/x; boundary=" + std::string(70, 'x')) == std::string(70, 'x'));
  static_assert(values::parse_boundary("multipart/x; boundary=B")->view() == "B");
}

TEST_CASE("refuses what is no boundary", "[H1-215][H1-185]") {
  CHECK(boundary_of("multipart/byteranges; boundary=a; boundary=b") == "duplicate at 34");
  CHECK(boundary_of("multipart/x") == "malformed at 11");
  CHECK(boundary_of("multipart/x; charset=utf-8") == "malformed at 26");
  CHECK(boundary_of("text/plain; boundary=a") == "malformed at 0");
  CHECK(boundary_of("") == "malformed at 0");
  CHECK(boundary_of("multipart; boundary=a") == "malformed at 9");
  CHECK(boundary_of("multipart/x; boundary=" + std::string(71, 'x')) == "malformed at 92");
  CHECK(boundary_of("multipart/x; boundary=\"" + std::string(71, 'x') + "\"") == "malformed at 93");
  CHECK(boundary_of("multipart/x; boundary=\"\"") == "empty at 23");
  CHECK(boundary_of("multipart/x; boundary=\"a \"") == "malformed at 24");
  CHECK(boundary_of("multipart/x; boundary=\" a\"") == " a");
  CHECK(boundary_of("multipart/x; boundary=a*") == "malformed at 23");  // a token, but no bchars
  CHECK(boundary_of("multipart/x; boundary=a/b") == "malformed at 23"); // bchars, but no token
  CHECK(boundary_of("multipart/x; boundary=\"a") == "malformed at 24");
  CHECK(boundary_of("multipart/x; boundary=\"a\\\"\"") == "malformed at 25");
  CHECK(boundary_of("multipart/x; boundary = a").find("malformed") == 0);
}

TEST_CASE("takes exactly the characters of RFC 2046 in a boundary", "[H1-215]") {
  for (unsigned i = 0; i < 256; ++i) {
    const char c = static_cast<char>(static_cast<unsigned char>(i));
    const bool allowed = (i >= '0' && i <= '9') || ((i | 0x20) >= 'a' && (i | 0x20) <= 'z') ||
                         (i != 0 && string_view("'()+_,-./:=? ").find(c) != string_view::npos);
    CAPTURE(i);
    CHECK(static_cast<bool>(values::make_boundary(std::string("a") + c + "b")) == allowed);
    CHECK(static_cast<bool>(values::make_boundary(std::string("ab") + c)) == (allowed && c != ' '));
    if (c != '"' && c != '\\')
      CHECK((boundary_of(std::string("multipart/x;boundary=\"a") + c + "b\"") ==
             std::string("a") + c + "b") == allowed);
  }
  CHECK(values::make_boundary("").ec == errc::empty);
  CHECK(values::make_boundary(std::string(70, 'a')));
  CHECK(values::make_boundary(std::string(71, 'a')).at == 70);
  const std::string whole = "multipart/x; boundary=\"a:b\"";
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK(boundary_of(whole.substr(0, size)) == "malformed at " + std::to_string(size));
}

TEST_CASE("sees data whose lines begin with the boundary, however it is cut", "[H1-322]") {
  const values::boundary b = *values::make_boundary("B-B");
  const auto safe = [&](const std::string &data) {
    values::boundary_check whole(b);
    const bool ok = whole.add(data);
    for (std::size_t cut = 0; cut <= data.size(); ++cut) {
      values::boundary_check halves(b);
      halves.add(string_view(data).substr(0, cut));
      CHECK(halves.add(string_view(data).substr(cut)) == ok);
    }
    values::boundary_check bytes(b);
    for (const char c : data) bytes.add({&c, 1});
    CHECK(bytes.ok() == ok);
    return ok;
  };
  CHECK(safe(""));
  CHECK_FALSE(safe("--B-B"));
  CHECK_FALSE(safe("--B-Bx"));
  CHECK_FALSE(safe("x\r\n--B-B--"));
  CHECK_FALSE(safe("x\n--B-B"));
  CHECK_FALSE(safe("x\r--B-B"));
  CHECK_FALSE(safe("\r\n\r\n--B-B"));
  CHECK_FALSE(safe("--\r\n--B-B"));
  CHECK(safe("x--B-B"));
  CHECK(safe(" --B-B"));
  CHECK(safe("---B-B"));
  CHECK(safe("--B-A\r\n--B\r\n-B"));
  CHECK(safe("-\r\n-B-B"));
  CHECK(safe("--b-b"));
}

// --- the reader ------------------------------------------------------------------------------------------

TEST_CASE("reads multipart/byteranges", "[H1-215]") {
  CHECK(read("\r\n--B\r\nContent-Range: bytes 0-1/9\r\n\r\nab\r\n--B--\r\n", byteranges) ==
        "part 37\n  Content-Range: bytes 0-1/9\n  range 0+2\ndata ab\npart_end 46\nend 48\n");
  CHECK(read("--B\r\nContent-Type: t/x\r\nContent-Range: bytes 0-1/9\r\n\r\nab\r\n"
             "--B\r\ncontent-range: bytes 7-8/*\r\n\r\n\r\n\r\n--B--",
             byteranges) ==
        "part 54\n  Content-Type: t/x\n  Content-Range: bytes 0-1/9\n  range 0+2\ndata ab\npart_end 63\n"
        "part 93\n  content-range: bytes 7-8/*\n  range 7+2\ndata \\r\\n\npart_end 102\nfinish\n");
}

TEST_CASE("ignores preamble, epilogue and padding", "[H1-215]") {
  CHECK(read("This is a preamble. --B\r\nIt has lines.\r\n--B\r\n\r\nx\r\n--B--\r\nepilogue\r\n--B\r\n") ==
        "part 47\ndata x\npart_end 55\nend 57\n");
  CHECK(read("--B \t\r\n\r\nx\r\n--B--  \r\n--B") == "part 9\ndata x\npart_end 17\nend 21\n");
  CHECK(read("\r\n\r\n\r\r\n--B\r\n\r\nx\r\n--B\t\r\n\r\ny\r\n--B--") ==
        "part 14\ndata x\npart_end 23\npart 25\ndata y\npart_end 33\nfinish\n");
  CHECK(read("--B--") == "finish\n");
  CHECK(read("--B--\r\n") == "end 7\n");
}

TEST_CASE("is incomplete without the close delimiter", "[H1-215]") {
  const std::string whole = "\r\n--B\r\nContent-Range: bytes 0-1/9\r\n\r\nab\r\n--B--";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(read(whole.substr(0, size), byteranges).ends_with("finish failed incomplete\n"));
  }
  CHECK(read(whole, byteranges).ends_with("part_end 46\nfinish\n"));
  CHECK(read("") == "finish failed incomplete\n");
  CHECK(read("--B--\r") == "finish\n");
  for (std::size_t size = 0; size < whole.size(); ++size) // a prefix is no error as long as more may come
    CHECK(read(body{.type = byteranges, .input = whole.substr(0, size), .ends = false}).find("failed") ==
          std::string::npos);
}

TEST_CASE("refuses a line that begins with the boundary and goes on", "[H1-215]") {
  CHECK(read("--B\r\n\r\nab\r\n--Bx\r\n--B--\r\n") ==
        "part 7\ndata ab\nfailed ambiguous_boundary at 14 body\n");
  CHECK(read("--B\r\n\r\nab\r\n--B-x") == "part 7\ndata ab\nfailed ambiguous_boundary at 15 body\n");
  CHECK(read("--B\r\n\r\nab\r\n--B--x") ==
        "part 7\ndata ab\npart_end 16\nfailed ambiguous_boundary at 16 body\n");
  CHECK(read("--B\r\n\r\nab\r\n--B x") == "part 7\ndata ab\nfailed ambiguous_boundary at 15 body\n");
  CHECK(read("--B\r\n\r\nab\r\n--B\n") == "part 7\ndata ab\nfailed ambiguous_boundary at 14 body\n");
  CHECK(read("--B\r\n\r\nab\r\n--B\rx") == "part 7\ndata ab\nfailed ambiguous_boundary at 14 body\n");
  CHECK(read("--B\r\n\r\nab\r\n--B -- x") == "part 7\ndata ab\nfailed ambiguous_boundary at 15 body\n");
  CHECK(read("--Bx\r\n") == "failed ambiguous_boundary at 3 body\n");
  CHECK(read("pre\r\n--BB\r\n") == "failed ambiguous_boundary at 8 body\n");
  for (unsigned i = 0; i < 256; ++i) {
    const char c = static_cast<char>(static_cast<unsigned char>(i));
    if (c == ' ' || c == '\t' || c == '-' || c == '\r') continue;
    CAPTURE(i);
    CHECK(read_in_pieces({.input = std::string("--B\r\n\r\nab\r\n--B") + c}, {}) ==
          "part 7\ndata ab\nfailed ambiguous_boundary at 14 body\n");
  }
}

TEST_CASE("takes for data what only resembles a delimiter", "[H1-215]") {
  for (const string_view data : {"\r\n--", "\r\n--b", "\n--B", "\r--B", "x--B", "\r\n-B", "\r\n--\r\n-",
                                 "\r\r\n-", "--\r\r", "-", "--", "\r", "\n", "--A", "\r\n --B"}) {
    CAPTURE(coax_test::escape(data));
    CHECK(read("--B\r\n\r\n" + std::string(data) + "\r\n--B--\r\n") ==
          "part 7\ndata " + coax_test::escape(data) + "\npart_end " + std::to_string(14 + data.size()) +
              "\nend " + std::to_string(16 + data.size()) + "\n");
  }
  CHECK(read(body{.input = "--abab\r\n\r\n\r\n--aba\r\n--ababa", .boundary = "abab"}) ==
        "part 10\ndata \\r\\n--aba\nfailed ambiguous_boundary at 25 body\n");
}

TEST_CASE("does not confuse the beginnings of delimiters with one another", "[H1-215]") {
  std::minstd_rand random(1);
  const string_view letters = "\r\n-Bx";
  for (int turn = 0; turn < 400; ++turn) {
    std::string data;
    for (std::size_t n = random() % 24; n != 0; --n) data += letters[random() % letters.size()];
    const std::string input = "--BB\r\n\r\n" + data + "\r\n--BB--\r\n";
    if (input.find("\r\n--BB", 6) != 8 + data.size()) continue; // the first delimiter is the last
    CAPTURE(coax_test::escape(data));
    const std::string expected = "part 8\n" + (data.empty() ? "" : "data " + coax_test::escape(data) + "\n") +
                                 "part_end " + std::to_string(16 + data.size()) + "\nend " +
                                 std::to_string(18 + data.size()) + "\n";
    CHECK(read(body{.input = input, .boundary = "BB"}) == expected);
  }
}

TEST_CASE("reads empty parts, with one line end before the delimiter or two", "[H1-215]") {
  CHECK(read("--B\r\n\r\n\r\n--B--\r\n") == "part 7\npart_end 14\nend 16\n");
  CHECK(read("--B\r\n\r\n--B--\r\n") == "part 7\npart_end 12\nend 14\n");
  CHECK(read("--B\r\nA: b\r\n\r\n--B\r\n\r\n--B--\r\n") ==
        "part 13\n  A: b\npart_end 18\npart 20\npart_end 25\nend 27\n");
  CHECK(read("--B\r\n\r\n--Bx") == "part 7\nfailed ambiguous_boundary at 10 body\n");
  // Nothing stands between the delimiter and the empty line where the head should be.
  CHECK(read("--B\r\n--B--\r\n") == "failed malformed at 10 field name bad_field_name\n");
}

TEST_CASE("demands one valid Content-Range in each part of multipart/byteranges", "[H1-215]") {
  CHECK(read("--B\r\n\r\nab\r\n--B--\r\n", byteranges) == "failed missing_field at 5 head\n");
  CHECK(read("--B\r\nContent-Type: t/x\r\n\r\nab\r\n--B--\r\n", byteranges) ==
        "failed missing_field at 24 head 1\n");
  CHECK(read("--B\r\nContent-Range: bytes 0-1/9\r\nX: y\r\ncontent-Range: bytes 0-1/9\r\n\r\nab",
             byteranges) == "failed duplicate at 39 field name 2\n");
  CHECK(read("--B\r\nContent-Range: bytes 5-2/9\r\n\r\nab", byteranges) ==
        "failed out_of_range at 28 field value\n");
  CHECK(read("--B\r\nX: y\r\nContent-Range: items 0-1/9\r\n\r\nab", byteranges) ==
        "failed unknown_unit at 26 field value 1\n");
  CHECK(read("--B\r\nContent-Range: bytes */9\r\n\r\nab", byteranges) ==
        "failed malformed at 20 field value\n");
  CHECK(read("--B\r\nContent-Range: bytes 0-1\r\n\r\nab", byteranges) ==
        "failed malformed at 29 field value\n");
  const std::string good = "--B\r\nContent-Range: bytes 0-1/9\r\n\r\nab\r\n--B\r\n";
  CHECK(read(good + "\r\nab", byteranges).ends_with("part_end 44\nfailed missing_field at 44 head\n"));
}

TEST_CASE("compares the data of a part with its Content-Range", "[H1-215]") {
  const auto with = [](const std::string &data) {
    return read("--B\r\nContent-Range: bytes 0-2/9\r\n\r\n" + data + "\r\n--B--\r\n", byteranges);
  };
  const std::string head = "part 35\n  Content-Range: bytes 0-2/9\n  range 0+3\n";
  CHECK(with("abc") == head + "data abc\npart_end 45\nend 47\n");
  CHECK(with("\r\n-") == head + "data \\r\\n-\npart_end 45\nend 47\n");
  CHECK(with("ab") == head + "data ab\nfailed out_of_range at 37 body\n");
  CHECK(with("") == head + "failed out_of_range at 35 body\n");
  CHECK(with("abcd") == head + "data abc\nfailed out_of_range at 38 body\n");
  CHECK(with("abc\r\n") == head + "data abc\nfailed out_of_range at 38 body\n");
  CHECK(with("abc\r\n--A") == head + "data abc\nfailed out_of_range at 38 body\n");
  CHECK(with("ab\r\n--A") == head + "data ab\\r\nfailed out_of_range at 38 body\n");
}

TEST_CASE("reads multipart/form-data", "[H1-215]") {
  CHECK(read("--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
             "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x %22y\\\\\xC3\xA4.txt\"\r\n"
             "Content-Type: text/plain\r\n\r\n\r\n2\r\n\r\n--B--\r\n",
             form_data) ==
        "part 49\n  Content-Disposition: form-data; name=\"a\"\n  name \"a\"\ndata 1\npart_end 57\n"
        "part 154\n  Content-Disposition: form-data; name=\"f\"; filename=\"x %22y\\\\\\\\\\xC3\\xA4.txt\"\n"
        "  Content-Type: text/plain\n  name \"f\"\n  filename \"x %22y\\\\\\\\\\xC3\\xA4.txt\"\n"
        "data \\r\\n2\\r\\n\npart_end 166\nend 168\n");
  CHECK(read("--B--\r\n", form_data) == "end 7\n"); // an empty form, as browsers send it
}

TEST_CASE("demands Content-Disposition with a name in each part of a form", "[H1-215]") {
  const auto with = [](const std::string &line) {
    return read("--B\r\n" + line + "\r\n\r\n--B--", form_data);
  };
  CHECK(with("Content-Disposition: FORM-DATA;Name=a").find("  name a\n") != std::string::npos);
  CHECK(with("Content-Disposition: form-data; name=\"\"").find("  name \"\"\n") != std::string::npos);
  CHECK(with("Content-Disposition: form-data; name=a; filename=\"\"").find("  filename \"\"\n") !=
        std::string::npos);
  CHECK(with("Content-Type: t/x") == "failed missing_field at 24 head 1\n");
  CHECK(with("Content-Disposition: form-data") == "failed missing_field at 35 field value\n");
  CHECK(with("Content-Disposition: form-data; filename=a") == "failed missing_field at 47 field value\n");
  CHECK(with("Content-Disposition: attachment; name=a") == "failed malformed at 26 field value\n");
  CHECK(with("Content-Disposition:") == "failed malformed at 25 field value\n");
  CHECK(with("Content-Disposition: form-data, name=a") == "failed malformed at 35 field value\n");
  CHECK(with("Content-Disposition: form-data; name=a; name=b") == "failed duplicate at 45 field value\n");
  CHECK(with("Content-Disposition: form-data; name=a; filename*=utf-8''b") ==
        "failed malformed at 45 field value\n");
  CHECK(with("Content-Disposition: form-data; name=\"a") == "failed malformed at 44 field value\n");
  CHECK(with("Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b") ==
        "failed duplicate at 45 field name 1\n");
}

TEST_CASE("reads the name of a form's field within its own text", "[H1-215]") {
  coax_test::guarded memory(100);
  const std::string whole = "form-data; name=\"a\"; filename=\"b\"";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    CAPTURE(size);
    const auto in = memory.place(string_view(whole).substr(0, size));
    const auto f = values::parse_form_field({in.data(), in.size()});
    CHECK(static_cast<bool>(f) == ((size >= 19 && size <= 21) || size == 33));
    if (size == 19) CHECK_FALSE(f->has_filename);
    if (size == 33) CHECK(f->filename == "\"b\"");
  }
  CHECK(values::value_equals(values::parse_form_field("form-data; name=\"a\\\"b\"")->name, "a\"b"));
  CHECK(values::parse_form_field("form-data; name=a; b=c", {.parameters = 1}).ec == errc::too_many);
  static_assert(values::parse_form_field("form-data; name=x")->name == "x");
}

TEST_CASE("holds the heads of parts to the rules for field lines", "[H1-215]") {
  const auto with = [](const std::string &lines) {
    return read("--B\r\n" + lines + "\r\n\r\nx\r\n--B--\r\n");
  };
  CHECK(with("A : b") == "failed malformed at 6 field name space_before_colon\n");
  CHECK(with(" A: b") == "failed malformed at 5 field name leading_whitespace\n");
  CHECK(with("A: b\r\n c") == "failed malformed at 11 field value obs_fold\n");
  CHECK(with("A: b\nC: d") == "failed malformed at 9 field value bad_line_ending\n");
  CHECK(with("A: b\rC: d") == "failed malformed at 9 field value bad_line_ending\n");
  CHECK(with(std::string("A: b\r\nC: \0", 10)) == "failed malformed at 14 field value 1 bad_field_value\n");
  CHECK(with("A") == "failed malformed at 6 field name bad_field_name\n");

  body lenient{.input = "--B\nA: b\n\nx\n--B--"};
  lenient.leniency.allow_bare_lf = true;
  CHECK(read(lenient) == "failed ambiguous_boundary at 3 body\n"); // whatever leniency says
  lenient.input = "--B\r\nA: b\n\nx\n--B\r\n--B--";
  CHECK(read(lenient) == "part 11\n  A: b\ndata x\\n--B\npart_end 23\nfinish\n");
  lenient.type = byteranges;
  CHECK(read(lenient) == "failed missing_field at 10 head 1\n");
}

TEST_CASE("bounds the heads of parts", "[H1-215]") {
  body b{.input = "--B\r\nA: b\r\nC: d\r\n\r\nx\r\n--B--\r\n"};
  b.limits.head = 14; // with the empty line
  const std::string good = read(b);
  CHECK(good.ends_with("end 29\n"));
  b.limits.head = 13;
  CHECK(read(b) == "failed too_many at 18 head 2 head_too_large\n");
  b.limits.head = 14;
  b.limits.field_line = 4;
  CHECK(read(b) == good);
  b.limits.field_line = 3;
  CHECK(read(b) == "failed too_many at 8 field value field_too_long\n");
  b.limits.field_line = 4;
  b.table = 2;
  CHECK(read(b) == good);
  b.table = 1;
  CHECK(read(b) == "failed too_many at 11 field name 1 too_many_fields\n");
  b.table = 2;
  b.limits.fields = 1;
  CHECK(read(b) == "failed too_many at 11 field name 1 too_many_fields\n");

  // Without an end in sight as well.
  body endless{.input = "--B\r\n" + std::string(66000, 'a'), .ends = false};
  CHECK(read_in_pieces(endless, {}) == "failed too_many at 32773 field name field_too_long\n");
}

TEST_CASE("bounds the parts, the preamble and the padding", "[H1-215]") {
  body b{.input = "--B\r\n\r\n1\r\n--B\r\n\r\n2\r\n--B--\r\n"};
  b.parts.parts = 2;
  CHECK(read(b).ends_with("end 27\n"));
  b.parts.parts = 1;
  CHECK(read(b) == "part 7\ndata 1\npart_end 15\nfailed too_many at 15 body\n");
  b.parts.parts = 0;
  CHECK(read(b) == "failed too_many at 5 body\n");
  b.input = "--B--\r\n";
  CHECK(read(b) == "end 7\n");

  body preamble{.input = "12345\r\n--B--\r\n"};
  preamble.parts.preamble = 5;
  CHECK(read(preamble) == "end 14\n");
  preamble.parts.preamble = 4;
  CHECK(read(preamble) == "failed too_many at 4 body\n");
  preamble.input = "\r\r\r\n--\r\r--B--\r\n";
  preamble.parts.preamble = 7;
  CHECK(read(preamble) == "failed too_many at 7 body\n");
  preamble.parts.preamble = 0;
  preamble.input = "--B--\r\n";
  CHECK(read(preamble) == "end 7\n");
  preamble.input = "\r\n--B--\r\n";
  CHECK(read(preamble) == "end 9\n");
  preamble.input = "x\r\n--B--\r\n";
  CHECK(read(preamble) == "failed too_many at 0 body\n");
  CHECK(read(std::string(4096, 'x') + "\r\n--B--") == "finish\n");
  CHECK(read_in_pieces({.input = std::string(5000, 'x')}, {}) == "failed too_many at 4096 body\n");

  body padding{.input = "--B  \r\n\r\n\r\n--B--\t\t\r\n"};
  padding.parts.padding = 2;
  CHECK(read(padding).ends_with("end 20\n"));
  padding.parts.padding = 1;
  CHECK(read(padding) == "failed too_many at 4 body\n");
  padding.input = "--B--  ";
  CHECK(read(padding) == "failed too_many at 6 body\n");
}

TEST_CASE("works with boundaries of every size", "[H1-215]") {
  for (std::size_t size = 1; size <= 70; ++size) {
    const std::string boundary(size, '-');
    const std::string data = "\r\n--" + boundary.substr(1) + "\r\n" + boundary;
    const std::string input = "--" + boundary + "\r\n\r\n" + data + "\r\n--" + boundary + "--\r\n";
    CAPTURE(size);
    const body b{.input = input, .boundary = boundary};
    const std::string whole = read_in_pieces(b, {});
    CHECK(whole.find("data " + coax_test::escape(data) + "\n") != std::string::npos);
    CHECK(whole.ends_with("end " + std::to_string(input.size()) + "\n"));
    std::vector<std::size_t> cuts;
    for (std::size_t cut = 0; cut < input.size(); ++cut) cuts.push_back(cut);
    CHECK(read_in_pieces(b, cuts) == whole);
  }
}

TEST_CASE("hands out no data when asked for none, and goes on later", "[H1-215]") {
  for (const string_view input : {"--B\r\n\r\nx\r\n--B--\r\n", "--B\r\n\r\n\rx\r\n--B--\r\n",
                                  "--B\r\n\r\n-x\r\n--B--\r\n", "--B\r\n\r\n--\r\n--B--\r\n"}) {
    multipart_reader reader(*values::make_boundary("B"));
    std::array<http::field_ref, 4> table{};
    const multipart_event part = reader.next({table}, input, 0);
    REQUIRE(part.kind == multipart_event_kind::part);
    const string_view rest = input.substr(part.consumed);
    for (int turn = 0; turn < 3; ++turn) {
      const multipart_event e = reader.next({table}, rest, 0);
      CHECK(e.kind == multipart_event_kind::need_more);
      CHECK(e.hint == 0);
      CHECK(e.consumed == 0);
    }
    const multipart_event e = reader.next({table}, rest);
    CHECK(e.kind == multipart_event_kind::data);
    CHECK(e.data == rest.substr(0, rest.find("\r\n--B")));
    CHECK(reader.next({table}, rest.substr(e.consumed), 0).kind == multipart_event_kind::part_end);
  }
  multipart_reader reader(*values::make_boundary("B"));
  std::array<http::field_ref, 4> table{};
  const string_view empty = "--B\r\n\r\n\r\n--B--\r\n"; // no data is due
  const std::size_t head = reader.next({table}, empty, 0).consumed;
  CHECK(reader.next({table}, empty.substr(head), 0).kind == multipart_event_kind::part_end);
}

TEST_CASE("needs more, and reads nothing beyond it, when bytes it held are gone", "[H1-215]") {
  multipart_reader reader(*values::make_boundary("BBBB"));
  std::array<http::field_ref, 4> table{};
  CHECK(reader.next({table}, "--BBB").consumed == 0);
  CHECK(reader.next({table}, "--B").kind == multipart_event_kind::need_more);
  CHECK(reader.next({table}, "").kind == multipart_event_kind::need_more);
  CHECK(reader.next({table}, "--BBBB--\r\n").kind == multipart_event_kind::end);
}

TEST_CASE("fails with a boundary that is none", "[H1-215]") {
  multipart_reader reader{values::boundary()};
  std::array<http::field_ref, 4> table{};
  CHECK(reader.next({table}, "--\r\n").ec == errc::empty);
  CHECK(reader.finish().ec == errc::empty);
}

TEST_CASE("tells what leniency let pass in the heads of parts", "[H1-215]") {
  http::leniency len;
  len.allow_bare_lf = true;
  std::array<http::field_ref, 4> table{};
  const http::limits lim;
  const http::context ctx{table, lim, len};
  multipart_reader reader(*values::make_boundary("B"));
  const string_view input = "--B\r\nA: b\n\r\nx\r\n--B--\r\n";
  const std::size_t head = reader.next(ctx, input).consumed;
  CHECK(head == 12);
  CHECK(coax_test::names_of(reader.seen()) == "bare_lf");
}

TEST_CASE("reads multipart bodies in constant expressions", "[H1-215]") {
  constexpr bool ok = [] {
    std::array<http::field_ref, 4> table{};
    multipart_reader reader(*values::make_boundary("B"), multipart_type::byteranges);
    string_view in = "--B\r\nContent-Range: bytes 0-1/9\r\n\r\nab\r\n--B--\r\n";
    std::size_t data = 0;
    for (;;) {
      const multipart_event e = reader.next({table}, in);
      data += e.data.size();
      in.remove_prefix(e.consumed);
      if (e.kind == multipart_event_kind::end) return data == 2 && in.empty();
      if (e.kind == multipart_event_kind::need_more || e.kind == multipart_event_kind::failed) return false;
    }
  }();
  static_assert(ok);
  static_assert(std::is_trivially_copyable_v<multipart_reader> && sizeof(multipart_reader) <= 136);
}

// --- the writer ------------------------------------------------------------------------------------------

namespace {

/// A whole body, written into spans that are exactly large enough; each smaller one is refused.
class written_body {
public:
  explicit written_body(const values::boundary &b) : writer_(b), size_(b) {}

  void add(const values::byterange_part &part, const std::string &payload) {
    text_ += exactly([&](std::span<char> out) { return writer_.begin_part(part, out); }) + payload;
    CHECK(size_.add(part));
  }
  void add(const values::form_part &part, const std::string &payload) {
    text_ += exactly([&](std::span<char> out) { return writer_.begin_part(part, out); }) + payload;
    CHECK(size_.add(part, payload.size()));
  }
  std::string end() {
    text_ += exactly([&](std::span<char> out) { return writer_.end(out); });
    CHECK(size_.total() == text_.size());
    return text_;
  }

private:
  template <class Write> static std::string exactly(Write write) {
    const std::size_t required = write(std::span<char>()).required;
    REQUIRE(required != 0);
    coax_test::check_smaller_refused(write, required);
    std::string out(required, '\xEE');
    const auto done = write(std::span<char>(out));
    REQUIRE(done.ec == errc::ok);
    CHECK(done.size == required);
    return out;
  }

  values::multipart_writer writer_;
  values::multipart_size size_;
  std::string text_;
};

} // namespace

TEST_CASE("writes multipart/byteranges with Content-Range inside the parts", "[H1-322]") {
  written_body out(*values::make_boundary("B"));
  out.add({.content_type = "t/x", .range = *values::parse_content_range("bytes 0-1/9")}, "ab");
  out.add({.content_type = "t/x", .range = *values::parse_content_range("bytes 4-6/9")}, "efg");
  const std::string text = out.end();
  CHECK(text == "--B\r\nContent-Type: t/x\r\nContent-Range: bytes 0-1/9\r\n\r\nab\r\n"
                "--B\r\nContent-Type: t/x\r\nContent-Range: bytes 4-6/9\r\n\r\nefg\r\n--B--\r\n");
  CHECK(read(text, byteranges).find("range 4+3\ndata efg\n") != std::string::npos);
}

TEST_CASE("reads back every multipart body that it writes", "[H1-322][H1-323]") {
  std::minstd_rand random(7);
  const auto pick = [&](string_view letters, std::size_t most) {
    std::string out;
    for (std::size_t n = random() % (most + 1); n != 0; --n) out += letters[random() % letters.size()];
    return out;
  };
  for (int turn = 0; turn < 60; ++turn) {
    const std::string boundary = pick("aB-'=? ", 68) + "x";
    const values::boundary b = *values::make_boundary(boundary);
    const bool form = turn % 2 != 0;
    written_body out(b);
    std::string expected;
    for (std::size_t parts = random() % 4; parts != 0; --parts) {
      std::string payload = pick("\r\n-aB", 12);
      values::boundary_check check(b);
      if (!check.add(payload)) payload = "safe";
      if (form) {
        const std::string name = pick("a\"\\ \xC3\xA4;=", 6), file = pick("a\"\\ %", 6);
        const bool has_file = random() % 2 != 0;
        out.add(
            values::form_part{name, has_file ? file : "", has_file, random() % 2 != 0 ? "t/x; a=\"b\"" : ""},
            payload);
        std::array<char, 32> quoted{};
        const auto put = [&](const char *what, const std::string &value) {
          const auto done = values::quote(value, quoted);
          expected += what + coax_test::escape({quoted.data(), done.size}) + "\n";
        };
        put("  name ", name);
        if (has_file) put("  filename ", file);
      } else {
        if (payload.empty()) payload = "p";
        const std::uint64_t first = random();
        out.add(values::byterange_part{"t/x", {.first = first, .last = first + payload.size() - 1}}, payload);
        expected += "  range " + std::to_string(first) + "+" + std::to_string(payload.size()) + "\n";
      }
      if (!payload.empty()) expected += "data " + coax_test::escape(payload) + "\n";
    }
    const std::string text = out.end();
    CAPTURE(coax_test::escape(text));
    const std::string found =
        read_in_pieces({.type = form ? form_data : byteranges, .input = text, .boundary = boundary}, {});
    std::string kept; // without offsets and field lines
    for (std::size_t at = 0; at < found.size();) {
      const std::size_t end = found.find('\n', at) + 1;
      const std::string line = found.substr(at, end - at);
      if (line.starts_with("data") || line.starts_with("  name") || line.starts_with("  filename") ||
          line.starts_with("  range"))
        kept += line;
      at = end;
    }
    CHECK(kept == expected);
    CHECK(found.ends_with("end " + std::to_string(text.size()) + "\n"));
  }
}

TEST_CASE("writes multipart/form-data with its names quoted", "[H1-322]") {
  written_body out(*values::make_boundary("B"));
  out.add(values::form_part{.name = "a"}, "1");
  out.add(
      values::form_part{.name = "q\"\\", .filename = "", .has_filename = true, .content_type = "text/plain"},
      "");
  CHECK(out.end() == "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
                     "--B\r\nContent-Disposition: form-data; name=\"q\\\"\\\\\"; filename=\"\"\r\n"
                     "Content-Type: text/plain\r\n\r\n\r\n--B--\r\n");
  written_body empty(*values::make_boundary("B"));
  CHECK(empty.end() == "--B--\r\n");
}

TEST_CASE("writes nothing that could end a line of a part's head", "[H1-322]") {
  const values::boundary b = *values::make_boundary("B");
  const values::content_range range{.first = 0, .last = 1};
  std::array<char, 200> out{};
  for (unsigned i = 0; i < 256; ++i) {
    const std::string text = std::string("a") + static_cast<char>(static_cast<unsigned char>(i)) + "b";
    const bool control = (i < 0x20 && i != '\t') || i == 0x7F;
    CAPTURE(i);
    values::multipart_writer writer(b);
    const auto ok = [](const coax::written<errc> &w) {
      if (!w) CHECK(w.ec == errc::invalid_input);
      if (!w) CHECK(w.size == 0);
      return static_cast<bool>(w);
    };
    CHECK(ok(writer.begin_part(values::form_part{.name = text}, out)) == !control);
    CHECK(ok(writer.begin_part(values::form_part{.name = "a", .filename = text, .has_filename = true},
                               out)) == !control);
    CHECK(ok(writer.begin_part(values::byterange_part{"t/" + text, range}, out)) ==
          coax::ascii::is_token(text));
    CHECK(ok(writer.begin_part(values::byterange_part{"t/x;a=\"" + text + "\"", range}, out)) ==
          (!control && i != '"'));
  }
}

TEST_CASE("refuses parts that cannot be, and forgets nothing by it", "[H1-322]") {
  const values::boundary b = *values::make_boundary("B");
  const values::content_range range{.first = 0, .last = 1};
  std::array<char, 200> out{};
  values::multipart_writer writer(b);
  values::multipart_size size(b);
  const values::byterange_part bad[] = {{"t", range},
                                        {"t/", range},
                                        {"/x", range},
                                        {" t/x", range},
                                        {"t/x;a=b;a=c", range},
                                        {"t/x", {.first = 2, .last = 1}},
                                        {"t/x", {.length = 9, .has_length = true, .unsatisfied = true}},
                                        {"t/x", {.first = 0, .last = 9, .length = 9, .has_length = true}}};
  for (const auto &part : bad) {
    CHECK(writer.begin_part(part, out).ec == errc::invalid_input);
    CHECK_FALSE(size.add(part));
  }
  CHECK(writer.begin_part(values::form_part{.name = "a", .filename = "b"}, out).ec == errc::invalid_input);
  CHECK(writer.begin_part(values::byterange_part{"t/x", range}, {}).ec == errc::buffer_too_small);
  const auto first = writer.begin_part(values::byterange_part{"", range}, out);
  CHECK(string_view(out.data(), first.size) == "--B\r\nContent-Range: bytes 0-1/*\r\n\r\n");
  const auto second = writer.begin_part(values::byterange_part{"", range}, out);
  CHECK(string_view(out.data(), second.size).starts_with("\r\n--B\r\n"));

  CHECK(size.total() == 7);
  CHECK_FALSE(size.add({"", {.first = 1, .last = ~std::uint64_t{0}}}));
  CHECK(size.total() == 7);
  CHECK(size.add(values::form_part{.name = "a"}, ~std::uint64_t{0} - 400));
  CHECK_FALSE(size.add(values::form_part{.name = "a"}, 400));
  CHECK(size.add(values::form_part{.name = "a"}, 1));

  values::multipart_writer none{values::boundary()};
  CHECK(none.begin_part(values::byterange_part{"", range}, out).ec == errc::invalid_input);
  CHECK(none.end(out).ec == errc::invalid_input);
  constexpr std::uint64_t total = [] {
    values::multipart_size s(*values::make_boundary("B"));
    s.add({"t/x", {.first = 0, .last = 1, .length = 9, .has_length = true}});
    return s.total();
  }();
  static_assert(total == 65);
}
