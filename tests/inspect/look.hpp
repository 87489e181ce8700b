// Runs coax-inspect for its tests: its parts on a string, and the program itself.
#pragma once

#include "support/catch.hpp"

#include "inspect/json_sink.hpp"
#include "inspect/stream.hpp"
#include "inspect/text_sink.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace coax_test {

using inspect::direction;
using inspect::outcome;

/// Hands out a string, at most `step` bytes at a time.
class string_source final : public inspect::source {
public:
  string_source(std::string_view text, std::size_t step) : rest_(text), step_(step) {}

  std::size_t read(std::span<char> out) override {
    const std::size_t n = rest_.copy(out.data(), std::min(out.size(), step_));
    rest_.remove_prefix(n);
    return n;
  }

private:
  std::string_view rest_;
  std::size_t step_;
};

struct report {
  outcome how = outcome::clean;
  std::string text;
  friend bool operator==(const report &, const report &) = default;
};

enum class form { json, sizes, text };

inline report look(const inspect::settings &how, std::string_view input, form as,
                   std::size_t step = 1 << 20) {
  std::FILE *const file = std::tmpfile();
  REQUIRE(file != nullptr);
  inspect::output out(fileno(file));
  string_source from(input, step);
  report result;
  if (as == form::text) {
    inspect::text_sink sink(how.kind, out, 100, false);
    result.how = inspect::run(how, from, sink);
  } else {
    inspect::json_sink sink(out, as == form::sizes);
    result.how = inspect::run(how, from, sink);
  }
  REQUIRE(out.flush());
  std::rewind(file);
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, file)) != 0;)
    result.text.append(buffer, n);
  std::fclose(file);
  return result;
}

/// The same for JSON, checked to be the same however the input comes.
inline report json(const inspect::settings &how, std::string_view input, form as = form::json) {
  report whole = look(how, input, as);
  for (const std::size_t chunk : {1u, 2u, 3u, 7u}) {
    inspect::settings cut = how;
    cut.chunk = chunk;
    CAPTURE(chunk);
    CHECK(look(cut, input, as) == whole);
    CHECK(look(how, input, as, chunk) == whole);
  }
  return whole;
}

inline const inspect::settings requests{.kind = direction::request};

inline inspect::settings responses(std::vector<std::string> methods = {}) {
  return {.kind = direction::response, .methods = std::move(methods)};
}

struct ended {
  int status = -1;
  std::string text; // standard output and standard error
};

/// Runs the program with `input` as its standard input.
inline ended run_program(const std::string &arguments, std::string_view input = {}) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("coax-inspect-test-" + std::to_string(getpid()));
  std::ofstream(file, std::ios::binary) << input;
  const std::string command = "'" COAX_INSPECT_PATH "' " + arguments + " 2>&1 <'" + file.string() + "'";
  std::FILE *const pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  ended out;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) != 0;) out.text.append(buffer, n);
  const int status = pclose(pipe);
  out.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  std::filesystem::remove(file);
  return out;
}

} // namespace coax_test
