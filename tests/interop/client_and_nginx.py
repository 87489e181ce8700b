#!/usr/bin/env python3
"""Proves that http_client fetches from nginx whatever nginx sends: files, ranges, chunks, redirects, errors,
over TLS too."""
import base64
import gzip
import hashlib
import random
import re
import unittest

import peers
import support
from support import client

SITE = """
    gzip_types text/plain;
    gzip_buffers 2 2k;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    server {{
        listen 127.0.0.1:{port};
        listen 127.0.0.1:{secure_port} ssl;
        root {site};
        location = /words.txt {{ gzip on; gzip_min_length 1; gzip_http_version 1.0; }}
        location /list/ {{ autoindex on; }}
        location /secret/ {{ auth_basic "inside"; auth_basic_user_file {users}; }}
        location = /moved {{ return 301 /hello.txt; }}
        location = /other-host {{ return 302 http://localhost:{port}/headers; }}
        location = /to-secure {{ return 308 https://127.0.0.1:{secure_port}/hello.txt; }}
        location = /from-secure {{ return 302 http://127.0.0.1:{port}/hello.txt; }}
        location = /see-other {{ return 303 /method; }}
        location = /found {{ return 302 /method; }}
        location = /temporary {{ return 307 /method; }}
        location = /circle {{ return 302 /circle; }}
        location = /method {{ default_type text/plain; return 200 "$request_method $http_content_length\\n"; }}
        location = /headers {{
            default_type text/plain;
            return 200 "[$http_authorization][$http_user_agent][$http_host]\\n";
        }}
        location = /gone {{ return 410 "no more\\n"; }}
        location = /nothing {{ return 204; }}
        location /upload/ {{ root {uploads}; dav_methods PUT DELETE; create_full_put_path on; }}
        location /slow/ {{ alias {site}/; limit_rate 3m; }}
    }}
"""


def setUpModule():
    global nginx, site, words, large, uploads, authority
    support.program("http_client")
    site, uploads = support.folder(), support.folder()
    words = "".join(random.Random(1).choices("abcdefgh ", k=60_000)).encode()
    large = support.pattern(8 << 20)
    (site / "hello.txt").write_text("Hello from nginx.\n")
    (site / "words.txt").write_bytes(words)
    (site / "large.bin").write_bytes(large)
    (site / "empty.txt").write_bytes(b"")
    (site / "list").mkdir()
    for n in range(200):
        (site / "list" / f"{n}.txt").write_text("")
    (site / "secret").mkdir()
    (site / "secret" / "hello.txt").write_text("you may\n")
    users = site / "users"
    users.write_text("someone:{SHA}" + base64.b64encode(hashlib.sha1(b"a pass:word").digest()).decode() + "\n")
    key, authority = peers.certificate()
    uploads.chmod(0o777)
    nginx = peers.Nginx(SITE, site=site, uploads=uploads, users=users, key=key, certificate=authority)


class Fetching(unittest.TestCase):
    def fetch(self, path, *arguments, status=0, secure=False, **options):
        done = client(*arguments, nginx.url(path, secure), **options)
        self.assertEqual(done.returncode, status, done.stderr.decode())
        return done.stdout

    def test_a_file(self):
        self.assertEqual(self.fetch("/hello.txt"), b"Hello from nginx.\n")
        self.assertEqual(self.fetch("/empty.txt"), b"")

    def test_a_large_file_into_a_file(self):
        there = support.folder() / "large.bin"
        self.assertEqual(self.fetch("/large.bin", "--output", there), b"")
        self.assertEqual(there.read_bytes(), large)

    def test_progress_is_told(self):
        there = support.folder() / "large.bin"
        done = client("--progress", "--output", there, nginx.url("/slow/large.bin"))
        lines = done.stderr.decode().splitlines()
        self.assertEqual(there.read_bytes(), large)
        self.assertGreater(len(lines), 1)
        self.assertRegex(lines[0], r"^[0-9.]+ MiB of 8\.0 MiB, [1-9]?[0-9] %, .*/s, .* left$")
        self.assertRegex(lines[-1], r"^8\.0 MiB of 8\.0 MiB, 100 %")

    def test_a_head(self):
        printed = self.fetch("/hello.txt", "--head").decode()
        self.assertTrue(printed.startswith("HTTP/1.1 200 OK\r\n"), printed)
        self.assertIn("Content-Length: 18\r\n", printed)
        self.assertTrue(printed.endswith("\r\n\r\n"))

    def test_ranges(self):
        for asked, expected in (("0-99", large[:100]), ("8388600-", large[-8:]), ("-5", large[-5:])):
            self.assertEqual(self.fetch("/large.bin", "--range", asked), expected)
        self.assertIn(b"416", self.fetch("/large.bin", "--range", "9999999-", "--include")[:20])
        several = self.fetch("/large.bin", "--range", "0-9,100-109")
        self.assertIn(b"Content-Range: bytes 100-109/8388608\r\n\r\n" + large[100:110], several)

    def test_chunks(self):
        shown = self.fetch("/list/", "--include")
        self.assertIn(b"Transfer-Encoding: chunked\r\n", shown)
        self.assertEqual(shown.count(b'href="'), 201)
        compressed = self.fetch("/words.txt", "--include", "--header", "Accept-Encoding: gzip")
        head, _, body = compressed.partition(b"\r\n\r\n")
        self.assertIn(b"Transfer-Encoding: chunked", head)
        self.assertEqual(gzip.decompress(body), words)

    def test_http_1_0_reads_until_the_end(self):
        self.assertEqual(self.fetch("/large.bin", "--http1.0"), large)
        listing = self.fetch("/list/", "--http1.0", "--include")
        self.assertNotIn(b"Transfer-Encoding", listing)
        self.assertTrue(listing.endswith(b"</html>\r\n"))

    def test_a_missing_file(self):
        self.assertIn(b"404 Not Found", self.fetch("/missing"))
        self.assertEqual(self.fetch("/missing", "--fail", status=4), b"")
        self.assertEqual(self.fetch("/gone"), b"no more\n")

    def test_no_content(self):
        self.assertEqual(self.fetch("/nothing"), b"")

    def test_fields_of_the_request(self):
        text = self.fetch("/headers", "--header", "User-Agent: me", "--user", "someone:a pass:word").decode()
        self.assertEqual(text, f"[Basic c29tZW9uZTphIHBhc3M6d29yZA==][me][127.0.0.1:{nginx.port}]\n")

    def test_conditions(self):
        head = self.fetch("/hello.txt", "--head").decode()
        for name, condition in (("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since")):
            value = re.search(f"{name}: (.*)\r\n", head).group(1)
            printed = self.fetch("/hello.txt", "--header", f"{condition}: {value}", "--include")
            self.assertTrue(printed.startswith(b"HTTP/1.1 304 Not Modified\r\n"), printed)
            self.assertTrue(printed.endswith(b"\r\n\r\n"), printed)

    def test_credentials(self):
        self.assertIn(b"401", self.fetch("/secret/hello.txt"))
        self.assertEqual(self.fetch("/secret/hello.txt", "--user", "someone:a pass:word"), b"you may\n")
        self.assertEqual(self.fetch("/secret/hello.txt", "--user", "someone:else", "--fail", status=4), b"")
        done = client(nginx.url("/secret/hello.txt").replace("//", "//someone:a%20pass%3Aword@"))
        self.assertEqual(done.stdout, b"you may\n")

    def test_redirects(self):
        self.assertEqual(self.fetch("/moved"), b"Hello from nginx.\n")
        self.assertIn(b"HTTP/1.1 301", self.fetch("/moved", "--no-redirects", "--include"))
        self.fetch("/circle", status=5)
        for path, expected in (("/see-other", b"GET \n"), ("/found", b"GET \n"), ("/temporary", b"POST 5\n")):
            self.assertEqual(self.fetch(path, "--data", "hello"), expected, path)
        self.assertIn(b"[][", self.fetch("/other-host", "--user", "someone:secret"))

    def test_a_redirect_is_followed_on_the_same_connection(self):
        self.assertEqual(self.fetch("/moved", "--header", "X-Unique: 1"), b"Hello from nginx.\n")
        connections = [line.split(" ")[0] for line in nginx.log()[-2:]]
        self.assertEqual(connections[0], connections[1])

    def test_uploads(self):
        folder = type(self).__name__
        for name, arguments in (("sized", ()), ("chunked", ("--chunked",)), ("expecting", ("--expect",))):
            shown = self.fetch(f"/upload/{folder}/{name}", "--method", "PUT", "--data", f"@{site / 'large.bin'}",
                               "--include", *arguments)
            self.assertIn(b"HTTP/1.1 201 Created", shown)
            self.assertEqual((uploads / "upload" / folder / name).read_bytes(), large)
            self.assertEqual(shown.startswith(b"HTTP/1.1 100"), name == "expecting", shown[:200])
        self.fetch(f"/upload/{folder}/piped", "--method", "PUT", "--data", "-", "--chunked", data=large)
        self.assertEqual((uploads / "upload" / folder / "piped").read_bytes(), large)

    def test_an_upload_that_nginx_refuses_while_it_is_sent(self):
        huge = support.folder() / "huge"
        with open(huge, "wb") as file:
            file.truncate(80 << 20)
        for arguments in ((), ("--expect",)):
            shown = self.fetch("/upload/huge", "--method", "PUT", "--data", f"@{huge}", "--include", *arguments)
            self.assertIn(b"HTTP/1.1 413 ", shown)


class Securely(Fetching):
    """The same over https, and what concerns only https."""

    def fetch(self, path, *arguments, **options):
        if "secure" not in options and path not in ("/other-host",):
            options["secure"] = True
            arguments = ("--cacert", authority, *arguments)
        return super().fetch(path, *arguments, **options)

    def setUp(self):
        if b"without https" in client("--insecure", "https://127.0.0.1:1/").stderr:
            support.missing("http_client was built without OpenSSL")

    def test_fields_of_the_request(self):
        self.assertIn(f"[127.0.0.1:{nginx.secure_port}]", self.fetch("/headers").decode())

    def test_credentials(self):
        self.assertEqual(self.fetch("/secret/hello.txt", "--user", "someone:a pass:word"), b"you may\n")

    def test_a_certificate_that_nobody_vouches_for_is_refused(self):
        super().fetch("/hello.txt", secure=True, status=6)
        self.assertEqual(super().fetch("/hello.txt", "--insecure", secure=True), b"Hello from nginx.\n")

    def test_a_certificate_for_another_name_is_refused(self):
        url = f"https://127.0.0.2:{nginx.secure_port}/hello.txt"
        done = client("--cacert", authority, url, seconds=20)
        self.assertIn(done.returncode, (2, 6))  # 2: where only 127.0.0.1 leads here
        self.assertEqual(done.stdout, b"")

    def test_redirects_between_http_and_https(self):
        done = client("--cacert", authority, nginx.url("/to-secure"))
        self.assertEqual(done.stdout, b"Hello from nginx.\n")
        self.fetch("/from-secure", status=5)
        self.assertEqual(self.fetch("/from-secure", "--allow-downgrade"), b"Hello from nginx.\n")

    def test_a_server_that_speaks_no_tls(self):
        done = client("--insecure", nginx.url("/").replace("http:", "https:"))
        self.assertEqual((done.returncode, done.stdout), (6, b""))


if __name__ == "__main__":
    support.main()
