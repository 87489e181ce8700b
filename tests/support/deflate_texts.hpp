// What is compressed in tests: messages that shrink well, badly and not at all.
#pragma once

#include <cstddef>
#include <random>
#include <string>

namespace coax_test {

/// Octets that do not compress; those from `low` to 255.
inline std::string random_octets(std::mt19937 &random, std::size_t n, unsigned low = 0) {
  std::string out(n, '\0');
  for (char &c : out) c = static_cast<char>(static_cast<unsigned char>(low + random() % (256 - low)));
  return out;
}

/// What programs send each other.
inline std::string json(std::mt19937 &random, std::size_t n) {
  static constexpr const char *names[] = {"price", "quantity", "symbol", "time", "user"};
  std::string out = "[";
  while (out.size() < n)
    out += "{\"" + std::string(names[random() % 5]) + "\":" + std::to_string(random() % 100000) +
           ",\"id\":\"" + std::to_string(random()) + "\"},";
  out.resize(n);
  return out;
}

/// Words that come back at any distance, and runs.
inline std::string repetitive(std::mt19937 &random, std::size_t n) {
  std::string out;
  while (out.size() < n) {
    if (out.empty() || random() % 3 == 0)
      out += random_octets(random, 1 + random() % 40);
    else if (random() % 4 == 0)
      out.append(random() % 600, static_cast<char>('a' + random() % 3));
    else
      out += out.substr(random() % out.size(), random() % 300);
  }
  out.resize(n);
  return out;
}

} // namespace coax_test
