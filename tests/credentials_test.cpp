// Authorization and Proxy-Authorization, WWW-Authenticate and Proxy-Authenticate, the schemes Basic and
// Bearer.
#include "support/catch.hpp"
#include "support/guarded.hpp"
#include "support/octets.hpp"
#include "support/values.hpp"

#include <coax/core/base64.hpp>
#include <coax/fields/challenge.hpp>
#include <coax/fields/credentials.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace coax::values;
using coax_test::error;
using coax_test::guarded_copy;
using coax_test::is_tchar;
using coax_test::written_by;
using std::string_view;

bool within(string_view part, string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

std::string parameters_of(string_view text) {
  std::string out;
  auth_parameter_reader parameters(text);
  for (parameter p; parameters.next(p);) {
    CHECK(within(p.name, text));
    CHECK(within(p.value, text));
    out += "(" + std::string(p.name) + "," + std::string(p.value) + ")";
  }
  CHECK(parameters.ec() == errc::ok);
  return out;
}

std::string to_text(const challenge &c) {
  std::string out(c.scheme);
  if (!c.token68.empty()) out += ":" + std::string(c.token68);
  CHECK((c.token68.empty() || c.parameters.empty()));
  return out + parameters_of(c.parameters);
}

/// Credentials as text, or the error and its offset.
std::string read(string_view text, const limits &lim = default_limits) {
  const string_view copy = guarded_copy(text);
  const parsed<credentials> c = parse_credentials(copy, lim);
  CHECK(static_cast<bool>(c) == (c.ec == errc::ok));
  if (!c) {
    CHECK(c.at <= text.size());
    return error(c.ec, c.at);
  }
  CHECK(within(c->scheme, copy));
  CHECK(within(c->token68, copy));
  CHECK(within(c->parameters, copy));
  return to_text(*c);
}

/// Challenges as text, each in brackets, then the error and its offset if there is one.
std::string challenges(string_view text, const limits &lim = default_limits) {
  const string_view copy = guarded_copy(text);
  std::string out;
  std::size_t count = 0;
  challenge_reader reader(copy, lim);
  challenge c;
  while (reader.next(c)) {
    CHECK(within(c.scheme, copy));
    CHECK_FALSE(c.scheme.empty());
    out += "[" + to_text(c) + "]";
    ++count;
  }
  CHECK_FALSE(reader.next(c));
  CHECK(reader.at() <= text.size());
  const parsed<std::size_t> checked = check_challenges(copy, lim);
  CHECK(checked.ec == reader.ec());
  if (reader.ec() == errc::ok) {
    CHECK(*checked == count);
    return out;
  }
  CHECK(checked.at == reader.at());
  return out + error(reader.ec(), reader.at());
}

std::string write_basic_text(string_view user, string_view password) {
  return written_by([&](std::span<char> out) { return write_basic({user, password}, out); });
}

/// User and password in brackets, or the error and its offset.
std::string read_basic(string_view text) {
  const string_view copy = guarded_copy(text);
  std::string out(text.size(), '\xEE');
  const parsed<basic> b = parse_basic(copy, out);
  if (!b) return error(b.ec, b.at);
  CHECK(within(b->user, out));
  CHECK(within(b->password, out));
  return "[" + std::string(b->user) + "][" + std::string(b->password) + "]";
}

std::string encode(string_view bytes) {
  std::string out(coax::base64_size(bytes.size()), '\0');
  coax::bounded_writer to(out);
  coax::base64_encoder(to).put(bytes).finish();
  CHECK(to.required() == out.size());
  return out;
}

std::string decode(string_view text) {
  const string_view copy = guarded_copy(text);
  const coax::checked_base64 checked = coax::check_base64(copy);
  if (!checked.ok) return "bad@" + std::to_string(checked.at);
  std::string out(checked.size, '\0');
  coax::bounded_writer to(out);
  coax::decode_base64(copy, to);
  CHECK(to.required() == checked.size);
  return out;
}

constexpr bool is_token68_char(unsigned c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         (c < 128 && string_view("-._~+/").find(static_cast<char>(c)) != string_view::npos);
}

} // namespace

TEST_CASE("reads a scheme with a token68, with parameters or with nothing", "[H1-207]") {
  CHECK(read("basic aGVsbG86d29ybGQ=") == "basic:aGVsbG86d29ybGQ=");
  CHECK(read("Digest a=\"x\", b=y") == "Digest(a,\"x\")(b,y)");
  CHECK(read("Bearer") == "Bearer");
  CHECK(read("Bearer a") == "Bearer:a");
  CHECK(read("Bearer a===") == "Bearer:a===");
  CHECK(read("Bearer -._~+/09AZaz==") == "Bearer:-._~+/09AZaz==");
  CHECK(read("Bearer   abc") == "Bearer:abc");
  CHECK(read("Bearer abc ") == "Bearer:abc");
  CHECK(read("Bearer ") == "Bearer");
  CHECK(read("Digest a=b") == "Digest(a,b)");
  CHECK(read("Digest   a=b") == "Digest(a,b)");
  CHECK(read("Digest a=\"\"") == "Digest(a,\"\")");
  CHECK(read("Digest a=\"x, b=\\\"y\\\"\" ,c=d") == "Digest(a,\"x, b=\\\"y\\\"\")(c,d)");
  CHECK(read("!#$%&'*+-.^_`|~ a=1") == "!#$%&'*+-.^_`|~(a,1)");
}

TEST_CASE("reads the credentials of RFC 7616", "[H1-207]") {
  const string_view text =
      "Digest username=\"Mufasa\",\trealm=\"http-auth@example.org\", uri=\"/dir/index.html\", "
      "algorithm=MD5, nc=00000001, qop=auth, response=\"8ca523f5e9506fed4657c9700eebdbec\"";
  const parsed<credentials> c = parse_credentials(text);
  REQUIRE(c);
  CHECK(find_auth_parameter(c->parameters, "USERNAME").value == "\"Mufasa\"");
  CHECK(find_auth_parameter(c->parameters, "nc").value == "00000001");
  CHECK(find_auth_parameter(c->parameters, "response").present);
  CHECK_FALSE(find_auth_parameter(c->parameters, "respons").present);
  CHECK(value_equals(find_auth_parameter(c->parameters, "realm").value, "http-auth@example.org"));
}

TEST_CASE("finds no parameter in text that is not valid as a whole", "[H1-207]") {
  CHECK(find_auth_parameter("a=1, b=2", "b").value == "2");
  CHECK_FALSE(find_auth_parameter("a=1, b=2, a=3", "b").present);
  CHECK_FALSE(find_auth_parameter("a=1, b=", "a").present);
  CHECK_FALSE(find_auth_parameter("", "a").present);
}

TEST_CASE("refuses credentials with a repeated name in either case", "[H1-207]") {
  CHECK(read("Digest a=1, A=2") == "duplicate@12");
  CHECK(read("Digest a=1, b=2, c=3, b=2") == "duplicate@22");
  CHECK(read("Digest realm=\"a\",realm=\"a\"") == "duplicate@17");
  CHECK(read("Digest ab=1, a=2, b=3, ba=4, abc=5") == "Digest(ab,1)(a,2)(b,3)(ba,4)(abc,5)");
  // What looks like a name inside a quoted string is none.
  CHECK(read("Digest a=\"b=1, b=2\", b=3") == "Digest(a,\"b=1, b=2\")(b,3)");
  // With more names than the filter has marks, each has to be looked for.
  std::string many = "Digest ";
  for (int i = 0; i < 100; ++i) many += "p" + std::to_string(i) + " =\t\"q,\\\"\",";
  CHECK(parse_credentials(many + "q=1"));
  for (int i = 0; i < 100; ++i)
    CHECK(parse_credentials(many + "P" + std::to_string(i) + "=1").ec == errc::duplicate);
}

TEST_CASE("tolerates whitespace around = and empty members in credentials", "[H1-207]") {
  CHECK(read("Digest a = 1,b\t=\t\"2\" , c= 3") == "Digest(a,1)(b,\"2\")(c,3)");
  CHECK(read("Digest a =1") == "Digest(a,1)");
  CHECK(read("Digest a= 1") == "Digest(a,1)");
  CHECK(read("Digest ,a=1") == "Digest(a,1)");
  CHECK(read("Digest , ,a=1,, b=2, ,") == "Digest(a,1)(b,2)");
  CHECK(read("Digest a=1,") == "Digest(a,1)");
}

TEST_CASE("refuses credentials that are not of the grammar", "[H1-207]") {
  CHECK(read("") == "empty@0");
  CHECK(read(" Basic") == "malformed@0");
  CHECK(read(",Basic") == "malformed@0");
  CHECK(read("=") == "malformed@0");
  CHECK(read("Basic=") == "malformed@5");
  CHECK(read("Basic\tabc") == "malformed@5");
  CHECK(read("Basic \tabc") == "malformed@6");
  CHECK(read("Basic,") == "malformed@5");
  CHECK(read("Basic, abc") == "malformed@5");
  CHECK(read("Basic abc def") == "malformed@10");
  CHECK(read("Basic abc,") == "malformed@9");
  CHECK(read("Basic abc, a=1") == "malformed@9");
  CHECK(read("Basic ab=c=") == "malformed@10");
  CHECK(read("Basic =") == "malformed@6");
  CHECK(read("Digest a=") == "Digest:a=");
  CHECK(read("Digest a=,b=c") == "malformed@9");
  CHECK(read("Digest a=1, b") == "malformed@13");
  CHECK(read("Digest a=1, b c") == "malformed@14");
  CHECK(read("Digest a=1, b=") == "malformed@14");
  CHECK(read("Digest a=1 b=2") == "malformed@11");
  CHECK(read("Digest a=1; b=2") == "malformed@10");
  CHECK(read("Digest a=\"1\"b=2") == "malformed@12");
  CHECK(read("Digest a=\"1") == "malformed@11");
  CHECK(read("Digest a=\"1\\") == "malformed@12");
  CHECK(read("Digest a=\"\x01\"") == "malformed@10");
  CHECK(read("Digest a=\"1\", \"b\"=2") == "malformed@14");
  CHECK(read("Digest a=\xC3\xA9") == "malformed@9");
}

TEST_CASE("bounds the parameters of credentials", "[H1-207]") {
  const limits lim{.empty_members = 2, .parameters = 3};
  CHECK(read("D a=1, b=2, c=3", lim) == "D(a,1)(b,2)(c,3)");
  CHECK(read("D a=1, b=2, c=3, d=4", lim) == "too_many@17");
  CHECK(read("D a=1,,,b=2", lim) == "D(a,1)(b,2)");
  CHECK(read("D a=1,,,,b=2", lim) == "too_many@8");
  CHECK(read("D ,,a=1", lim) == "D(a,1)");
  CHECK(read("D ,,,a=1", lim) == "too_many@4");
}

TEST_CASE("judges each octet of credentials by its place", "[H1-207]") {
  for (unsigned i = 0; i < 256; ++i) {
    const char c = static_cast<char>(static_cast<unsigned char>(i));
    CAPTURE(i);
    CHECK((read(std::string("a") + c + "c d=\"e\"").find("malformed@") == std::string::npos) == is_tchar(i));
    const bool token = is_token68_char(i) || i == ' ' || i == '=' || i == ',' || i == '\t';
    const std::string in_token = read(std::string("Bearer a") + c);
    CHECK((in_token.find("malformed@") == std::string::npos) == (token && i != ','));
    CHECK((read(std::string("D a") + c + "=\"1\"").find("malformed@") == std::string::npos) ==
          (is_tchar(i) || i == ' ' || i == '\t'));
    const bool quotable = i == '\t' || (i >= 0x20 && i != 0x7F);
    CHECK((read(std::string("D a=\"") + c + "\"").find("malformed@") == std::string::npos) ==
          (quotable && i != '"' && i != '\\'));
    CHECK((read(std::string("D a=\"\\") + c + "\"").find("malformed@") == std::string::npos) == quotable);
  }
}

TEST_CASE("never reads past the end of credentials or challenges cut short", "[H1-207][H1-208]") {
  for (const string_view text : {"Basic aGVsbG86d29ybGQ=", "Digest a = \"x\\\"y\" , b=\ty,, c=\"\"",
                                 "Basic realm=\"s\", Newauth realm=\"a\\\\\", type=1, "
                                 "Negotiate abc==, X, Y , z = 1"})
    for (std::size_t size = 0; size <= text.size(); ++size) {
      CAPTURE(text, size);
      const std::string one = read(text.substr(0, size));
      CHECK(one.find("duplicate") == std::string::npos);
      const std::string all = challenges(text.substr(0, size));
      if (size == text.size()) CHECK(all.find('@') == std::string::npos);
    }
}

TEST_CASE("encodes and decodes base64", "[H1-207]") {
  const string_view plain[] = {"", "f", "fo", "foo", "foob", "fooba", "foobar"};
  const string_view coded[] = {"",         "Zg==",     "Zm8=",    "Zm9v",
                               "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"}; // RFC 4648 §10
  for (std::size_t i = 0; i < 7; ++i) {
    CHECK(encode(plain[i]) == coded[i]);
    CHECK(decode(coded[i]) == plain[i]);
  }
  std::string all;
  for (unsigned i = 0; i < 256; ++i) {
    all += static_cast<char>(static_cast<unsigned char>(i));
    CHECK(decode(encode(all)) == all);
  }
  CHECK(encode("\xFB\xFF\xFE") == "+//+");
}

TEST_CASE("accepts base64 in its canonical form only", "[H1-207]") {
  CHECK(decode("Z") == "bad@1");
  CHECK(decode("Zg") == "bad@2");
  CHECK(decode("Zg=") == "bad@3");
  CHECK(decode("Zg===") == "bad@4");
  CHECK(decode("Zm8") == "bad@3");
  CHECK(decode("Zm8==") == "bad@4");
  CHECK(decode("Zm9v=") == "bad@4");
  CHECK(decode("=") == "bad@0");
  CHECK(decode("Zh==") == "bad@1"); // RFC 4648 §3.5
  CHECK(decode("Zk==") == "bad@1");
  CHECK(decode("Zm9=") == "bad@2");
  CHECK(decode("Zg==Zg==") == "bad@4");
  CHECK(decode("Zm 9v") == "bad@2");
  CHECK(decode("Zm-_") == "bad@2");
  for (unsigned i = 0; i < 256; ++i) {
    const char c = static_cast<char>(static_cast<unsigned char>(i));
    const bool digit = is_token68_char(i) && c != '-' && c != '.' && c != '_' && c != '~';
    for (const std::size_t at : {0u, 1u, 2u, 3u}) {
      std::string text = "AAAA";
      text[at] = c;
      CAPTURE(i, at);
      CHECK(coax::check_base64(text).ok == (digit || (c == '=' && at == 3)));
    }
  }
}

TEST_CASE("reads and writes user and password of the Basic scheme", "[H1-207]") {
  CHECK(read_basic("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==") == "[Aladdin][open sesame]"); // RFC 7617 §2
  CHECK(write_basic_text("Aladdin", "open sesame") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  CHECK(write_basic_text("test", "123\xC2\xA3") == "Basic dGVzdDoxMjPCow=="); // RFC 7617 §2.1
  CHECK(read_basic("basic dGVzdDoxMjPCow==") == "[test][123\xC2\xA3]");
  CHECK(read_basic("BASIC  Og==") == "[][]");
  CHECK(write_basic_text("", "") == "Basic Og==");
  CHECK(read_basic("Basic YTpiOmM=") == "[a][b:c]");
  CHECK(write_basic_text("a", "b:c") == "Basic YTpiOmM=");
}

TEST_CASE("refuses Basic credentials that do not hold user and password", "[H1-207]") {
  CHECK(read_basic("Bearer Og==") == "malformed@0");
  CHECK(read_basic("Basic") == "malformed@5");
  CHECK(read_basic("Basic a=1") == "malformed@9");
  CHECK(read_basic("Basic Og") == "malformed@8");
  CHECK(read_basic("Basic Og-=") == "malformed@8");
  CHECK(read_basic("Basic YWJj") == "malformed@10");     // no colon
  CHECK(read_basic("Basic YWJjZDoK") == "malformed@10"); // "abcd:\n"
  CHECK(read_basic("Basic a a") == "malformed@8");
  CHECK(read_basic("") == "empty@0");
  std::string out(12, '\0');
  const string_view text = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
  CHECK(parse_basic(text, out).ec == errc::buffer_too_small);
  std::string fitting(19, '\0');
  CHECK(parse_basic(text, fitting));
  CHECK(parse_basic(text, std::span<char>(fitting).first(18)).ec == errc::buffer_too_small);
}

TEST_CASE("refuses control characters in user and password, and colons in the user", "[H1-207]") {
  CHECK(write_basic_text("a:b", "c") == "invalid_input");
  CHECK(write_basic_text(":", "") == "invalid_input");
  for (unsigned i = 0; i < 256; ++i) {
    const std::string c(1, static_cast<char>(static_cast<unsigned char>(i)));
    const bool control = i < 0x20 || i == 0x7F;
    CAPTURE(i);
    CHECK((write_basic_text("a" + c, "b") == "invalid_input") == (control || i == ':'));
    CHECK((write_basic_text("a", c + "b") == "invalid_input") == control);
    const std::string received = read_basic("Basic " + encode("ab" + c + ":c"));
    if (control) {
      CHECK(received == "malformed@6");
    } else if (i == ':') {
      CHECK(received == "[ab][:c]");
    } else {
      CHECK(received == "[ab" + c + "][c]");
    }
  }
}

TEST_CASE("writes a Bearer token", "[H1-207]") {
  const auto bearer = [](string_view token) {
    return written_by([&](std::span<char> out) { return write_bearer(token, out); });
  };
  CHECK(bearer("mF_9.B5f-4.1JqM") == "Bearer mF_9.B5f-4.1JqM");
  CHECK(bearer("a+/~==") == "Bearer a+/~==");
  for (const string_view bad : {"", "=", "a=b", "a b", "a,b", "a\r\nX: y", "\"a\"", "a\xC3"})
    CHECK(bearer(bad) == "invalid_input");
  for (unsigned i = 0; i < 256; ++i) {
    CAPTURE(i);
    CHECK((bearer(std::string("a") + static_cast<char>(static_cast<unsigned char>(i))) != "invalid_input") ==
          (is_token68_char(i) || i == '='));
  }
}

TEST_CASE("reads several challenges of one value", "[H1-208]") {
  CHECK(challenges("Basic realm=\"s\", Newauth realm=\"a\", type=1") ==
        "[Basic(realm,\"s\")][Newauth(realm,\"a\")(type,1)]");
  // RFC 9110 §11.6.1
  CHECK(
      challenges("Basic realm=\"simple\", Newauth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\"") ==
      "[Basic(realm,\"simple\")][Newauth(realm,\"apps\")(type,1)(title,\"Login to \\\"apps\\\"\")]");
  CHECK(challenges("Negotiate") == "[Negotiate]");
  CHECK(challenges("Negotiate, NTLM") == "[Negotiate][NTLM]");
  CHECK(challenges("Negotiate,NTLM , Basic realm=x") == "[Negotiate][NTLM][Basic(realm,x)]");
  CHECK(challenges("Negotiate oRQw==, Basic realm=\"x\"") == "[Negotiate:oRQw==][Basic(realm,\"x\")]");
  CHECK(challenges("A a=1, B") == "[A(a,1)][B]");
  CHECK(challenges("A a=1, B c") == "[A(a,1)][B:c]");
  CHECK(challenges("A a=1, B c=") == "[A(a,1)][B:c=]");
  CHECK(challenges("A a=1, B c==, D e=f") == "[A(a,1)][B:c==][D(e,f)]");
  CHECK(challenges("A b, C d") == "[A:b][C:d]");
  CHECK(challenges("A a=\"x, B y=1\", C") == "[A(a,\"x, B y=1\")][C]");
  CHECK(challenges("A  a=1, b=2,C  c=3") == "[A(a,1)(b,2)][C(c,3)]");
}

TEST_CASE("takes a name with whitespace before = for a parameter, not for a scheme", "[H1-208]") {
  CHECK(challenges("A a=1, b =2") == "[A(a,1)(b,2)]");
  CHECK(challenges("A a=1, b\t= \"2\", C d=3") == "[A(a,1)(b,\"2\")][C(d,3)]");
  CHECK(challenges("A b =1, C") == "[A(b,1)][C]");
  CHECK(challenges("A b= 1, C") == "[A(b,1)][C]");
  CHECK(challenges("A b = 1, c = 2, D e = 3") == "[A(b,1)(c,2)][D(e,3)]");
}

TEST_CASE("skips empty members between challenges and between parameters", "[H1-208]") {
  CHECK(challenges("") == "");
  CHECK(challenges(" , ,") == "");
  CHECK(challenges(", A, ,B,") == "[A][B]");
  CHECK(challenges("A a=1,, b=2 , ,B ,") == "[A(a,1)(b,2)][B]");
  CHECK(challenges("A , a=1") == "[A(a,1)]");
  CHECK(challenges("A , B") == "[A][B]");
  CHECK(challenges("A \t, B") == "[A][B]");
  CHECK(challenges("A\t, B") == "[A][B]");
}

TEST_CASE("refuses challenges that are not of the grammar, behind valid ones too", "[H1-208]") {
  CHECK(challenges("A a=1, b=") == "malformed@9");
  CHECK(challenges("A, a=1") == "[A]malformed@4");
  CHECK(challenges("A b, c=1") == "[A:b]malformed@6");
  CHECK(challenges("A b c") == "malformed@4");
  CHECK(challenges("A a=1 b=2") == "malformed@6");
  CHECK(challenges("A a=1 B c=2") == "malformed@6");
  CHECK(challenges("A a=1; b=2") == "malformed@5");
  CHECK(challenges("A a=\"1") == "malformed@6");
  CHECK(challenges("A B a=1") == "malformed@4");
  CHECK(challenges("A, B\tc") == "[A]malformed@4");
  CHECK(challenges("A, \"B\"") == "[A]malformed@3");
  CHECK(challenges("A a=1, \"b\"=2") == "malformed@7");
  CHECK(challenges("A;") == "malformed@1");
  CHECK(challenges("=a") == "malformed@0");
}

TEST_CASE("refuses a repeated name within a challenge only", "[H1-208]") {
  CHECK(challenges("A realm=1, B realm=2, C Realm=3") == "[A(realm,1)][B(realm,2)][C(Realm,3)]");
  CHECK(challenges("A realm=1, B a=2, A=3") == "[A(realm,1)]duplicate@18");
}

TEST_CASE("bounds challenges, their parameters and empty members", "[H1-208]") {
  const limits lim{.members = 2, .empty_members = 1, .parameters = 2};
  CHECK(challenges("A, B", lim) == "[A][B]");
  CHECK(challenges("A, B, C", lim) == "[A][B]too_many@6");
  CHECK(challenges("A a=1, b=2, B a=1, b=2", lim) == "[A(a,1)(b,2)][B(a,1)(b,2)]");
  CHECK(challenges("A a=1, b=2, c=3", lim) == "too_many@12");
  CHECK(challenges(",A,,B", lim) == "[A][B]");
  CHECK(challenges(",,A", lim) == "too_many@1");
  CHECK(challenges("A,,,B", lim) == "[A]too_many@3");
  CHECK(challenges("A a=1,,,b=1", lim) == "too_many@7");
  std::string many = "A0";
  for (int i = 1; i < 128; ++i) many += ", A" + std::to_string(i);
  CHECK(*check_challenges(many) == 128);
  CHECK(check_challenges(many + ", B").ec == errc::too_many);
  CHECK(check_challenges(many + ", B").at == many.size() + 2);
}

TEST_CASE("authentication is read in constant expressions", "[H1-207][H1-208]") {
  static_assert(parse_credentials("basic aGVsbG86d29ybGQ=")->token68 == "aGVsbG86d29ybGQ=");
  static_assert(parse_credentials("Digest a=1, A=2").ec == errc::duplicate);
  static_assert(*check_challenges("Basic realm=\"s\", Newauth realm=\"a\", type=1") == 2);
  static_assert([] {
    char text[32] = {}, decoded[16] = {};
    const auto w = write_basic({"a", "b"}, text);
    const auto b = parse_basic({text, w.size}, decoded);
    return b->user == "a" && b->password == "b";
  }());
}
