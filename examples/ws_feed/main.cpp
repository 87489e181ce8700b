// ws_feed: a client for feeds of many small messages, such as those of exchanges. It subscribes, counts what
// comes, and connects again when the connection is lost.
//
//   feed    one connection: batches of frames out of one buffer
//   tally   what is counted
#include "feed.hpp"
#include "tally.hpp"

#include <coax/websocket/attempt_gate.hpp>
#include <coax/websocket/backoff.hpp>
#include <coax/websocket/url.hpp>

#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace ws_feed {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view help =
    R"(Usage: ws_feed [--cacert FILE] [--time MEMBER] [--first-wait MILLISECONDS] [--subscribe TEXT]... URL...

Connects to each ws or wss URL, sends each TEXT there, and says once a second how many messages came. With --time
also how old they were, by this member of their JSON: milliseconds since 1970. A connection that is lost is opened
again, within --first-wait (5000) the first time, and then less and less often. Ends with 0 once all feeds have
closed in order, with 1 if one cannot be had.
)";

struct arguments {
  http_client::tls_options tls{};
  std::string time{};
  websocket::backoff::options wait{};
  std::vector<std::string> subscriptions{};
  std::vector<std::string> urls{};
};

bool read(int argc, char **argv, arguments &out) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (!name.starts_with("--")) {
      out.urls.emplace_back(name);
      continue;
    }
    if (++i == argc) return false;
    if (name == "--cacert")
      out.tls.ca_file = argv[i];
    else if (name == "--time" && tally::reads_json)
      out.time = argv[i];
    else if (name == "--first-wait")
      out.wait.first = static_cast<std::uint32_t>(std::atoi(argv[i]));
    else if (name == "--subscribe")
      out.subscriptions.emplace_back(argv[i]);
    else
      return false;
  }
  for (const std::string &url : out.urls)
    if (!websocket::parse_url(url)) return false;
  return !out.urls.empty();
}

/// While it lives, no other connection to the same server is being opened (RFC 6455 §4.1 step 2).
class attempt {
public:
  explicit attempt(const websocket::endpoint &to) : to_(to) {
    for (;; std::this_thread::sleep_for(10ms))
      if (const std::scoped_lock lock(mutex); gate.enter(to_) == websocket::admission::granted) return;
  }
  ~attempt() {
    const std::scoped_lock lock(mutex);
    gate.leave(to_);
  }
  attempt(const attempt &) = delete;
  attempt &operator=(const attempt &) = delete;

private:
  static inline std::mutex mutex{};
  static inline websocket::attempt_gate<64> gate{};
  const websocket::endpoint to_;
};

websocket::failure connect(feed &to, const std::string &url, const arguments &wanted) {
  const coax::uri::parts where = websocket::parse_url(url).value;
  const attempt now(websocket::endpoint::name(where.authority.host, where.port()));
  return to.open(where, wanted.tls);
}

/// One connection, from its beginning to its end. True if there should be another.
bool follow_once(const std::string &url, const arguments &wanted, websocket::backoff &waiting,
                 bool &in_order) {
  const auto one = std::make_unique<feed>(); // too large for a stack
  const websocket::failure failed = connect(*one, url, wanted);
  if (failed != websocket::failure::none) {
    std::cerr << url + ": " + std::string(name(failed)) + ", " + one->problem() + '\n';
    return failed == websocket::failure::transport;
  }
  std::cerr << url + ": open\n";
  for (const std::string &text : wanted.subscriptions) one->say(text);
  const auto began = clock::now();
  tally seen(wanted.time);
  for (bool open = true; open; seen.print(url))
    open = one->pump(clock::now() + 1s, [&](std::string_view message) { seen.take(message); });
  if (clock::now() > began + 1min) waiting.reset(); // it worked
  std::cerr << url + ": closed, " + std::to_string(static_cast<int>(one->code())) + ' ' + one->problem() +
                   '\n';
  in_order = one->code() == websocket::close_code::normal;
  return websocket::worth_reconnecting(one->code());
}

/// True if the feed has closed in order.
bool follow(const std::string &url, const arguments &wanted) {
  websocket::backoff waiting(wanted.wait);
  coax::interop::system_entropy random;
  for (bool in_order = false;;) {
    if (!follow_once(url, wanted, waiting, in_order)) return in_order;
    std::array<char, 8> octets{};
    (void)random.fill(octets);
    const auto pause = waiting.next(std::bit_cast<std::uint64_t>(octets));
    std::cerr << url + ": again in " + std::to_string(pause) + " ms\n";
    std::this_thread::sleep_for(std::chrono::milliseconds(pause));
  }
}

} // namespace

} // namespace ws_feed

int main(int argc, char **argv) {
  ws_feed::arguments wanted;
  if (!ws_feed::read(argc, argv, wanted)) {
    std::cerr << ws_feed::help;
    return 64;
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::atomic<bool> all_in_order = true;
  std::vector<std::jthread> threads;
  for (const std::string &url : wanted.urls)
    threads.emplace_back([&wanted, &all_in_order, url] {
      if (!ws_feed::follow(url, wanted)) all_in_order = false;
    });
  threads.clear(); // waits for all of them
  return all_in_order ? 0 : 1;
}
