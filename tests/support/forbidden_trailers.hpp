// The names that may not stand in trailers: docs/requirements/http.md, Annex 2.
#pragma once

#include <string_view>

namespace coax_test {

inline constexpr std::string_view forbidden_trailers[] = {"Content-Length",
                                                          "Transfer-Encoding",
                                                          "Trailer",
                                                          "Connection",
                                                          "Keep-Alive",
                                                          "Proxy-Connection",
                                                          "TE",
                                                          "Upgrade",
                                                          "Host",
                                                          "Max-Forwards",
                                                          "Via",
                                                          "Cache-Control",
                                                          "Expect",
                                                          "Range",
                                                          "If-Match",
                                                          "If-None-Match",
                                                          "If-Modified-Since",
                                                          "If-Unmodified-Since",
                                                          "If-Range",
                                                          "Pragma",
                                                          "Authorization",
                                                          "Proxy-Authorization",
                                                          "WWW-Authenticate",
                                                          "Proxy-Authenticate",
                                                          "Cookie",
                                                          "Set-Cookie",
                                                          "Age",
                                                          "Date",
                                                          "Expires",
                                                          "Location",
                                                          "Retry-After",
                                                          "Vary",
                                                          "Warning",
                                                          "Content-Encoding",
                                                          "Content-Type",
                                                          "Content-Range"};

} // namespace coax_test
