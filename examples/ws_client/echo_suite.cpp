#include "echo_suite.hpp"

#include "channel.hpp"

#include <coax/core/number.hpp>

#include <cstdint>
#include <iostream>

namespace ws_client {

namespace {

constexpr std::string_view agent = "agent=coax";

class suite {
public:
  suite(const arguments &wanted, const http_client::trace &log) : wanted_(wanted), log_(log) {}

  failure run() {
    std::uint64_t cases = 0;
    if (failure f = count(cases)) return f;
    for (std::uint64_t n = 1; n <= cases; ++n) {
      std::cerr << "case " << n << " of " << cases << ": " << std::flush;
      failure ending;
      if (failure f = run_case(n, ending)) {
        std::cerr << "not run\n";
        return f;
      }
      std::cerr << (ending ? ending.what : "closed in order") << '\n';
    }
    failure ending;
    if (failure f =
            converse("/updateReports?" + std::string(agent), ending, [](channel &, const incident &) {}))
      return f;
    std::cerr << "the report is " << (ending ? "in doubt: " + ending.what : "written") << '\n';
    return ending;
  }

private:
  failure count(std::uint64_t &out) {
    bool told = false;
    failure ending;
    const failure trouble = converse("/getCaseCount", ending, [&](channel &on, const incident &what) {
      if (what.kind != news::text) return;
      const coax::parsed_number number = coax::parse_decimal(what.payload, 1'000'000);
      told = number.ok;
      out = number.value;
      on.close(websocket::close_code::normal);
    });
    if (trouble) return trouble;
    if (told) return {};
    if (ending) return ending;
    return {exit_status::protocol_error, "the suite does not say how many cases there are"};
  }

  failure run_case(std::uint64_t n, failure &ending) {
    const std::string path = "/runCase?case=" + std::to_string(n) + '&' + std::string(agent);
    return converse(path, ending, [](channel &on, const incident &what) {
      if (what.kind == news::text) on.text(what.payload);
      if (what.kind == news::binary) on.binary(what.payload);
    });
  }

  /// Connects, and calls `take` with all that happens until the connection ends.
  template <class Take> failure converse(const std::string &path, failure &ending, Take take) {
    const endpoint to = below(wanted_.to, path);
    opened connection;
    if (failure f = open(to, wanted_, log_, connection)) return f;
    channel on(std::move(connection), to.where.authority, wanted_.patience, log_);
    for (incident what = on.next(); what.kind != news::over; what = on.next()) take(on, what);
    ending = on.result();
    return {};
  }

  static endpoint below(endpoint base, const std::string &path) {
    for (std::string *text : {&base.text, &base.where.text}) {
      if (text->ends_with('/')) text->pop_back();
      *text += path;
    }
    return base;
  }

  const arguments &wanted_;
  const http_client::trace &log_;
};

} // namespace

failure run_echo_suite(const arguments &wanted, const http_client::trace &log) {
  return suite(wanted, log).run();
}

} // namespace ws_client
