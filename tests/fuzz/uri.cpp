// Authorities and request-targets: offsets stay inside, parts make up the whole again.
#include "transcript.hpp"

#include <cstddef>
#include <cstdint>

namespace {

void check_authority(std::string_view text) {
  const coax::uri::parsed_authority p = coax::uri::parse_authority(text);
  if (!p.ok) {
    COAX_FUZZ_CHECK(p.at <= text.size());
    return;
  }
  std::string again(p.value.host);
  if (p.value.has_port) again += ":" + std::string(p.value.port_text);
  COAX_FUZZ_CHECK(again == text);
  COAX_FUZZ_CHECK(text.find_first_of(" /?#@\\\r\n") == std::string_view::npos);
}

void check_target(std::string_view text, bool connect, coax::uri::syntax syntax) {
  const coax::uri::parsed_target p = coax::uri::parse_target(text, connect, syntax);
  if (!p.ok) {
    COAX_FUZZ_CHECK(p.at <= text.size());
    return;
  }
  const coax::uri::target &t = p.value;
  std::string again;
  switch (t.form) {
  case coax::uri::target_form::asterisk: again = "*"; break;
  case coax::uri::target_form::authority: again = t.authority_text; break;
  case coax::uri::target_form::absolute:
    again = std::string(t.scheme) + "://" + std::string(t.authority_text);
    COAX_FUZZ_CHECK(!t.authority.host.empty());
    [[fallthrough]];
  case coax::uri::target_form::origin:
    again += t.path;
    if (t.has_query) again += "?" + std::string(t.query);
  }
  COAX_FUZZ_CHECK(again == text);
  for (char c : text) COAX_FUZZ_CHECK(c > 0x20 && c < 0x7F && c != '#');
  if (syntax == coax::uri::syntax::rfc3986) COAX_FUZZ_CHECK(!t.raw_octets);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *bytes, std::size_t size) {
  if (size < 1 || size > 4096) return 0;
  const std::unique_ptr<char[]> copy(new char[size - 1]);
  std::memcpy(copy.get(), bytes + 1, size - 1);
  const std::string_view text(copy.get(), size - 1);
  check_authority(text);
  check_target(text, bytes[0] & 1, static_cast<coax::uri::syntax>(bytes[0] / 2 % 3));
  return 0;
}
