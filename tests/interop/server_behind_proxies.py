#!/usr/bin/env python3
"""Proves that http_server is a good origin for nginx and Apache as reverse proxies: connections are kept,
chunked uploads pass unbuffered, ranges, conditions and errors come through, and large files stay as they are."""
import hashlib
import unittest

import peers
import support
from support import curl, curl_run
from wire import Wire

LARGE = support.pattern(24 << 20)


def setUpModule():
    global root, server
    root = support.folder()
    (root / "hello.txt").write_text("Hello from a file.\n")
    (root / "large.bin").write_bytes(LARGE)
    (root / "list").mkdir()
    for n in range(150):
        (root / "list" / f"{n}.txt").write_text("")
    server = support.example("http_server", "--root", root, "--verbose", "--max-body", 32 << 20)


def connections(log):
    """The clients' addresses in the log: one port for each connection."""
    return {line.split(" ")[0] for line in log}


class Common:
    proxy = None

    def test_files_and_errors_come_through(self):
        self.assertEqual(curl(self.proxy.url("/hello.txt")), b"Hello from a file.\n")
        self.assertTrue(curl("--head", self.proxy.url("/hello.txt")).startswith(b"HTTP/1.1 200 "))
        done = curl("--output", "/dev/null", "--write-out", "%{http_code} ", self.proxy.url("/missing"))
        self.assertEqual(done, b"404 ")
        self.assertEqual(curl("--include", "--request", "OPTIONS", self.proxy.url("/hello.txt"))[:13], b"HTTP/1.1 204 ")

    def test_ranges_and_conditions_come_through(self):
        head = curl("--head", self.proxy.url("/large.bin")).decode()
        tag = [line[6:] for line in head.split("\r\n") if line.lower().startswith("etag: ")][0]
        got = curl("--include", "--header", f"If-Range: {tag}", "--range", "1000-1999", self.proxy.url("/large.bin"))
        self.assertTrue(got.startswith(b"HTTP/1.1 206 ") and got.endswith(b"\r\n\r\n" + LARGE[1000:2000]))
        several = curl("--range", "0-9,100-109", self.proxy.url("/large.bin"))
        self.assertIn(b"\r\n\r\n" + LARGE[100:110] + b"\r\n--", several)
        same = curl("--include", "--header", f"If-None-Match: {tag}", self.proxy.url("/large.bin"))
        self.assertTrue(same.startswith(b"HTTP/1.1 304 "), same)

    def test_a_large_file_stays_as_it_is(self):
        outputs = [part for n in range(4) for part in ("--output", "-", self.proxy.url("/large.bin"))]
        got = curl(*outputs)
        self.assertEqual(hashlib.sha256(got).digest(), hashlib.sha256(LARGE * 4).digest())

    def test_a_listing_in_chunks_comes_through(self):
        self.assertEqual(curl(self.proxy.url("/list/")).count(b"<li>"), 150)

    def test_uploads_come_through(self):
        for framing in ((), ("--header", "Transfer-Encoding: chunked")):
            for expect in ("Expect:", "Expect: 100-continue"):
                with self.subTest(framing=framing, expect=expect):
                    got = curl("--data-binary", "@-", "--header", expect, *framing, self.proxy.url("/up"),
                               data=LARGE[:5_000_000])
                    self.assertIn(b"5000000 octets received", got)

    def test_what_is_too_long_is_refused_through_the_proxy(self):
        done = curl_run("--include", "--data-binary", "@-", "--header", "Expect:", self.proxy.url("/up"),
                        data=bytes(40 << 20))
        self.assertIn(b"HTTP/1.1 413 ", done.stdout)

    def test_the_proxy_keeps_its_connections(self):
        before = len(server.log)
        curl(*[self.proxy.url("/hello.txt")] * 30)
        support.eventually(lambda: len(server.log) >= before + 30)
        self.assertLessEqual(len(connections(server.log[before:])), 3)

    def test_many_clients_at_once(self):
        done = curl_run("--parallel", "--parallel-max", "30", "--no-progress-meter", "--write-out", "%{http_code}\n",
                        *[part for _ in range(100) for part in ("--output", "/dev/null", self.proxy.url("/hello.txt"))])
        self.assertEqual(done.stdout.split(), [b"200"] * 100, done.stderr)


class Nginx(Common, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.proxy = peers.Nginx("""
    upstream ours {{ server 127.0.0.1:{ours}; keepalive 8; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://ours;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_request_buffering off;
            proxy_buffering off;
        }}
    }}""", ours=server.port)

    def test_a_chunked_upload_passes_unbuffered(self):
        before = len(server.log)
        with Wire(self.proxy.port) as wire:
            wire.send("POST /slowly HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(5):
                wire.send("3\r\nabc\r\n")
            wire.send("0\r\n\r\n")
            self.assertIn(b"15 octets received", wire.response().body)
        support.eventually(lambda: any("POST /slowly 200" in line for line in server.log[before:]))


class Apache(Common, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.proxy = peers.Apache(f"""
ProxyPass / http://127.0.0.1:{server.port}/
ProxyPassReverse / http://127.0.0.1:{server.port}/
""", ("proxy", "proxy_http"))

    def test_redirects_name_the_proxy(self):
        shown = curl("--include", self.proxy.url("/list")).decode()
        self.assertTrue(shown.startswith("HTTP/1.1 301 "))
        self.assertRegex(shown, rf"(?i)\nLocation: (http://127\.0\.0\.1:{self.proxy.port})?/list/\r\n")


if __name__ == "__main__":
    support.main()
