// Typed field helpers, and what lies below them: dates, lists, cookies, negotiation, URIs, Base64.
#include "peers/beast_http.hpp"
#include "support/bench.hpp"

#include <coax/fields.hpp>
#include <coax/http.hpp>
#include <coax/uri/uri.hpp>

#include <array>
#include <cstdint>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace values = coax::values;

/// Each text in turn; `work` says whether it was good.
template <class Work>
void add(const char *group, const char *input, const char *name, std::vector<std::string> texts, Work work) {
  std::size_t bytes = 0;
  for (const std::string &t : texts) bytes += t.size();
  const std::size_t rounds = (63 + texts.size()) / texts.size(); // the clock must not count
  bench::add({.group = group,
              .input = input,
              .name = name,
              .messages = texts.size() * rounds,
              .bytes = bytes * rounds,
              .run = [texts = std::move(texts), work, rounds] {
                bool good = true;
                for (std::size_t i = 0; i < rounds; ++i)
                  for (const std::string &t : texts) good = work(std::string_view(t)) && good;
                return good;
              }});
}

std::array<char, 1024> room;

/// All that a pull reader gives, to its end.
template <class Reader, class Member> bool drain(Reader reader) {
  for (Member m; reader.next(m);) bench::keep(m);
  return reader.ec() == values::errc::ok;
}

void add_reading() {
  constexpr const char *group = "fields to be read";
  std::vector<std::string> dates;
  bench::random r(1);
  for (int i = 0; i < 64; ++i) {
    const auto text = values::imf_fixdate(r.next());
    dates.emplace_back(text.data(), text.size());
  }
  add(group, "Date", "coax", dates, [](std::string_view t) {
    const auto p = values::parse_date(t, 1'700'000'000);
    bench::keep(p);
    return p.ec == values::errc::ok;
  });
  add(group, "Date", "strptime", dates, [](std::string_view t) {
    std::tm tm{};
    if (strptime(t.data(), "%a, %d %b %Y %H:%M:%S GMT", &tm) == nullptr) return false;
    bench::keep(timegm(&tm));
    return true;
  });
  add(group, "Cache-Control", "coax",
      {"no-cache", "max-age=0", "public, max-age=31536000, immutable",
       "private, no-store, max-age=0, must-revalidate", "s-maxage=60, stale-while-revalidate=30"},
      [](std::string_view t) {
        const auto p = values::parse_cache_control(t);
        bench::keep(p);
        return p.ec == values::errc::ok;
      });
  const std::vector<std::string> accepts = {
      "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
      "application/json, text/plain, */*",
      "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"};
  add(group, "Accept, to its end", "coax", accepts, [](std::string_view t) {
    return drain<values::accept_reader, values::media_range>(values::accept_reader(t));
  });
  add(group, "Accept-Encoding, the best", "coax",
      {"gzip, deflate, br, zstd", "gzip;q=1.0, identity; q=0.5, *;q=0"}, [](std::string_view t) {
        constexpr std::array<std::string_view, 3> codings = {"br", "gzip", "identity"};
        const auto p = values::best_coding(t, codings);
        bench::keep(p);
        return p.ec == values::errc::ok;
      });
  add(group, "Cookie, to its end", "coax",
      {"SID=31d4d96e407aad42; lang=en-US; theme=dark; consent=1; _ga=GA1.2.1234567890.1700000000"},
      [](std::string_view t) {
        return drain<values::cookie_reader, values::cookie>(values::cookie_reader(t));
      });
  add(group, "Set-Cookie", "coax",
      {"SID=31d4d96e407aad42; Path=/; Domain=example.com; Secure; HttpOnly; SameSite=Lax; Max-Age=3600"},
      [](std::string_view t) {
        const auto p = values::parse_set_cookie(t);
        bench::keep(p);
        return p.ec == values::errc::ok;
      });
  add(group, "Content-Type", "coax",
      {"text/html; charset=utf-8", "application/json",
       "multipart/form-data; boundary=----WebKitFormBoundary7MA4"},
      [](std::string_view t) {
        const auto p = values::parse_media_type(t);
        bench::keep(p);
        return p.ec == values::errc::ok;
      });
  add(group, "If-None-Match, three tags", "coax", {R"("33a64df551425fcc", W/"67ab43", "54ed21")"},
      [](std::string_view t) {
        const auto p = values::matches_any_weak(t, {.opaque = "54ed21"});
        bench::keep(p);
        return p.ec == values::errc::ok;
      });
  add(group, "Range, three", "coax", {"bytes=0-499, 500-999, -500"}, [](std::string_view t) {
    return drain<values::range_reader, values::range_spec>(values::range_reader(t));
  });
  const std::vector<std::string> lists = {
      "Accept-Encoding, Origin, Accept-Language, X-Requested-With, User-Agent"};
  add(group, "list of five tokens", "coax", lists, [](std::string_view t) {
    return drain<values::list_reader, std::string_view>(values::list_reader(t));
  });
#if defined(COAX_BENCH_BEAST)
  add(group, "list of five tokens", "Beast", lists, bench::peers::beast_token_list);
#endif
  add(group, "URI", "coax", {"https://www.example.com:8443/a/b/c.html?x=1&y=2&z=%20#top"},
      [](std::string_view t) {
        const auto p = coax::uri::parse(t);
        bench::keep(p);
        return static_cast<bool>(p);
      });
}

/// A time that the compiler does not know.
std::int64_t some_time() {
  std::int64_t seconds = 1'700'000'000;
  asm volatile("" : "+r"(seconds));
  return seconds;
}

void add_writing() {
  constexpr const char *group = "fields to be written";
  const std::vector<std::string> one = {std::string(29, ' ')};
  add(group, "Date", "coax", one, [](std::string_view) {
    const auto w = values::write_date(some_time(), room);
    bench::clobber();
    return w.ec == values::errc::ok;
  });
  add(group, "Date", "strftime", one, [](std::string_view) {
    const std::time_t now = some_time();
    std::tm tm{};
    gmtime_r(&now, &tm);
    const std::size_t n = strftime(room.data(), room.size(), "%a, %d %b %Y %H:%M:%S GMT", &tm);
    bench::clobber();
    return n == 29;
  });
}

} // namespace

void add_subjects() {
  add_reading();
  add_writing();
}
