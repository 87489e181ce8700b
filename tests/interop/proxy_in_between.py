#!/usr/bin/env python3
"""Proves that http_proxy passes on everything between clients (curl, octets by hand) and origin servers (Node,
nginx, octets by hand): bodies while they arrive, trailers, interim responses, upgrades; that it keeps
connections, and holds back who is too fast."""
import contextlib
import hashlib
import json
import os
import signal
import socket
import threading
import time
import unittest

import peers
import support
from support import curl, curl_run
from wire import Wire

HOST = "Host: a\r\n"
WAITING = ("--header", "Expect: 100-continue", "--expect100-timeout", "20")  # for curl


def setUpModule():
    support.program("http_proxy")


def proxy_to(port, *options):
    return support.example("http_proxy", *options, f"127.0.0.1:{port}")


class BehindNode(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = peers.Node()
        cls.proxy = proxy_to(cls.node.port)

    def tearDown(self):
        self.assertIsNone(self.proxy.process.poll(), "the proxy ended")

    def test_an_answer_comes_as_it_was_sent(self):
        shown = curl("--include", self.proxy.url("/hello")).decode()
        self.assertTrue(shown.startswith("HTTP/1.1 200 OK\r\n"))
        self.assertIn("Via: 1.1 coax\r\n", shown)
        self.assertTrue(shown.endswith("\r\n\r\nhello\n"))
        self.assertTrue(curl("--head", self.proxy.url("/hello")).startswith(b"HTTP/1.1 200 OK\r\n"))

    def test_the_origin_learns_what_was_asked_and_nothing_of_this_hop(self):
        shown = curl("--header", "Connection: close, X-Private", "--header", "X-Private: 1", "--header", "X-Public: 2",
                     "--header", "Keep-Alive: 5", "--header", "Proxy-Authorization: Basic eA==",
                     self.proxy.url("/report?a=b"))
        report = json.loads(shown)
        headers = report["headers"]
        self.assertEqual((report["method"], report["url"], headers["host"]),
                         ("GET", "/report?a=b", f"127.0.0.1:{self.proxy.port}"))
        self.assertEqual(headers["x-public"], "2")
        self.assertEqual(headers["via"], "1.1 coax")
        for name in ("x-private", "keep-alive", "proxy-authorization"):
            self.assertNotIn(name, headers)

    def test_a_slow_body_arrives_piece_by_piece(self):
        with Wire(self.proxy.port) as wire:
            answer = wire.ask("GET /chunked?count=4&ms=300 HTTP/1.1\nHost: a")
        self.assertEqual(answer.body, b"".join(b"piece %d\n" % n for n in range(4)))
        first, last = answer.pieces[0][0], answer.pieces[-1][0]
        self.assertGreater(last - first, 0.6, "it was held back until its end")

    def test_an_upload_is_passed_on_while_it_arrives(self):
        with Wire(self.proxy.port) as wire:
            wire.send(f"POST /echo HTTP/1.1\r\n{HOST}TE: trailers\r\nConnection: TE\r\n"
                      "Transfer-Encoding: chunked\r\n\r\n")
            for n in range(3):
                wire.send(f"6\r\nline {n}\r\n")
                if n == 0:
                    self.assertEqual(wire.head().status, 200)
                self.assertEqual(wire.chunk(), b"line %d" % n)
            wire.send("0\r\nX-Sum: 7\r\n\r\n")
            self.assertIsNone(wire.chunk())
            self.assertEqual(wire.fields(), [("x-sum", "7")])  # there and back
            self.assertEqual(wire.ask("GET /hello HTTP/1.1\nHost: a").body, b"hello\n")

    def test_trailers_of_a_response(self):
        with Wire(self.proxy.port) as wire:
            answer = wire.ask("GET /trailers HTTP/1.1\nHost: a\nTE: trailers\nConnection: TE")
        self.assertEqual((answer.body, answer.trailers), (b"first\nsecond\n", [("X-Sum", "abc"), ("X-Count", "2")]))

    def test_interim_responses_pass_before_the_answer(self):
        with Wire(self.proxy.port) as wire:
            early = wire.ask("GET /early-hints HTTP/1.1\nHost: a")
            self.assertEqual((early.status, early.get("Link")), (103, "</style.css>; rel=preload; as=style"))
            self.assertEqual(wire.response().status, 102)
            self.assertEqual(wire.response().body, b"after the hints\n")
        with Wire(self.proxy.port) as wire:  # HTTP/1.0 knows none
            self.assertEqual(wire.ask("GET /early-hints HTTP/1.0").body, b"after the hints\n")

    def test_a_client_waits_for_the_origin_to_say_continue(self):
        body = support.pattern(500_000)
        for framing in ((), ("--header", "Transfer-Encoding: chunked")):
            shown = curl("--include", "--data-binary", "@-", *WAITING, *framing, self.proxy.url("/report"), data=body)
            self.assertTrue(shown.startswith(b"HTTP/1.1 100 "), shown[:100])
            report = json.loads(shown[shown.index(b"{"):])
            self.assertEqual((report["waited"], report["sha256"]), (True, hashlib.sha256(body).hexdigest()))

    def test_a_refusal_comes_before_the_body_is_sent(self):
        began = time.monotonic()
        shown = curl("--include", "--data-binary", "@-", *WAITING, self.proxy.url("/refuse"), data=bytes(1 << 20))
        self.assertTrue(shown.startswith(b"HTTP/1.1 413 "), shown[:100])
        self.assertLess(time.monotonic() - began, 10)

    def test_a_refusal_comes_while_the_body_is_sent(self):
        done = curl_run("--include", "--data-binary", "@-", "--header", "Expect:", self.proxy.url("/refuse"),
                        data=bytes(64 << 20))
        self.assertIn(b"HTTP/1.1 413 ", done.stdout)
        self.assertTrue(done.stdout.endswith(b"too much\n"), done.stdout[-200:])

    def test_large_bodies_both_ways(self):
        body = support.pattern(24 << 20)
        got = curl("--data-binary", "@-", "--header", "Transfer-Encoding: chunked", "--header", "Expect:",
                   self.proxy.url("/echo"), data=body)
        self.assertEqual(hashlib.sha256(got).digest(), hashlib.sha256(body).digest())

    def test_the_connection_to_the_origin_is_kept(self):
        before = int(curl(self.node.url("/connections")))
        done = curl_run("--write-out", "%{num_connects}", *[self.proxy.url("/hello")] * 20)
        self.assertEqual(done.stdout, b"hello\n1" + b"hello\n0" * 19)
        after = int(curl(self.node.url("/connections")))
        self.assertEqual(after - before, 2)  # one of the proxy, one for this question

    def test_a_pipeline_is_answered_in_order(self):
        with Wire(self.proxy.port) as wire:
            for _ in range(5):
                wire.send(f"GET /hello HTTP/1.1\r\n{HOST}\r\nHEAD /hello HTTP/1.1\r\n{HOST}\r\n"
                          f"POST /report HTTP/1.1\r\n{HOST}Content-Length: 5\r\n\r\nhello"
                          f"GET /chunked HTTP/1.1\r\n{HOST}\r\nGET /status?code=204 HTTP/1.1\r\n{HOST}\r\n")
            for _ in range(5):
                self.assertEqual(wire.response().body, b"hello\n")
                self.assertEqual(wire.response("HEAD").status, 200)
                self.assertEqual(json.loads(wire.response().body)["octets"], 5)
                self.assertEqual(wire.response().body.count(b"piece"), 5)
                self.assertEqual(wire.response().status, 204)

    def test_http_1_0_clients_get_chunks_as_a_plain_body(self):
        with Wire(self.proxy.port) as wire:
            answer = wire.ask("GET /chunked HTTP/1.0")
        self.assertIsNone(answer.get("Transfer-Encoding"))
        self.assertEqual(answer.body, b"".join(b"piece %d\n" % n for n in range(5)))

    def test_a_body_until_the_end_of_the_connection(self):
        self.assertEqual(curl(self.proxy.url("/until-close")), b"until the end\n" * 1000)

    def test_half_a_body_stays_half(self):
        for path in ("/cut", "/cut-chunked"):
            done = curl_run(self.proxy.url(path))
            self.assertIn(done.returncode, (18, 56), path)  # partial file, connection reset
            self.assertIn(done.stdout, (b"only this", b""))

    def test_a_response_that_breaks_the_rules_is_not_passed_on(self):
        with Wire(self.proxy.port) as wire:
            self.assertEqual(wire.ask("GET /broken HTTP/1.1\nHost: a").status, 502)

    def test_malformed_requests_do_not_reach_the_origin(self):
        with Wire(self.proxy.port) as wire:
            wire.send(f"POST /smuggled HTTP/1.1\r\n{HOST}Content-Length: 3\r\n"
                      "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
            self.assertEqual(wire.response().status, 400)
        self.assertNotIn("smuggled", curl(self.node.url("/seen")).decode())

    def test_connect_is_not_for_a_reverse_proxy(self):
        with Wire(self.proxy.port) as wire:
            self.assertEqual(wire.ask("CONNECT a:443 HTTP/1.1\nHost: a:443").status, 501)

    def test_an_upgrade_relays_octets_both_ways(self):
        with Wire(self.proxy.port) as wire:
            answer = wire.ask("GET /shout HTTP/1.1\nHost: a\nConnection: Upgrade\nUpgrade: shout")
            self.assertEqual((answer.status, answer.get("Upgrade"), answer.get("Connection").lower()),
                             (101, "shout", "upgrade"))
            self.assertEqual(wire.exactly(10), b"LISTENING\n")  # came with the 101
            wire.send("hello\n")
            self.assertEqual(wire.exactly(6), b"HELLO\n")
            text = support.pattern(2 << 20)
            threading.Thread(target=wire.send, args=(text,), daemon=True).start()
            self.assertEqual(wire.exactly(len(text)), text.upper())

    def test_octets_sent_along_with_the_upgrade_arrive(self):
        with Wire(self.proxy.port) as wire:
            wire.send(f"GET /shout HTTP/1.1\r\n{HOST}Connection: Upgrade\r\nUpgrade: shout\r\n\r\nearly\n")
            self.assertEqual(wire.response().status, 101)
            self.assertEqual(wire.exactly(16), b"LISTENING\nEARLY\n")

    def test_an_upgrade_that_is_refused_is_a_response(self):
        with Wire(self.proxy.port) as wire:
            self.assertEqual(wire.ask("GET / HTTP/1.1\nHost: a\nConnection: Upgrade\nUpgrade: other").status, 426)


class BehindNginx(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = support.folder()
        with open(cls.site / "large.bin", "wb") as large:
            for n in range(3200):
                large.write(b"%08d" % n * 8192)
        cls.nginx = peers.Nginx("    server {{ listen 127.0.0.1:{port}; root {site}; autoindex on; "
                                "location /upload/ {{ root {site}/up; dav_methods PUT; create_full_put_path on; }} }}",
                                site=cls.site)
        (cls.site / "up").mkdir()
        (cls.site / "up").chmod(0o777)
        cls.proxy = proxy_to(cls.nginx.port)

    def test_a_large_file_is_identical(self):
        sum = hashlib.sha256(curl(self.proxy.url("/large.bin"), seconds=40)).digest()
        self.assertEqual(sum, hashlib.sha256((self.site / "large.bin").read_bytes()).digest())

    def test_ranges_and_conditions(self):
        got = curl("--include", "--range", "65536-65543", self.proxy.url("/large.bin"))
        self.assertTrue(got.startswith(b"HTTP/1.1 206 ") and got.endswith(b"\r\n\r\n00000001"), got)
        done = curl("--include", "--header", "If-None-Match: *", self.proxy.url("/large.bin"))
        self.assertTrue(done.startswith(b"HTTP/1.1 304 ") and done.endswith(b"\r\n\r\n"), done)

    def test_an_upload(self):
        body = support.pattern(5 << 20)
        for framing in ((), ("--header", "Transfer-Encoding: chunked")):
            curl("--upload-file", "-", *framing, self.proxy.url("/upload/x"), data=body)
            self.assertEqual((self.site / "up" / "upload" / "x").read_bytes(), body)

    def test_a_slow_reader_holds_the_origin_back(self):
        before = self.proxy.resident()
        with Wire(self.proxy.port, receive_buffer=16384) as wire:
            wire.send(f"GET /large.bin HTTP/1.1\r\n{HOST}\r\n")
            wire.head()
            most = 0
            for _ in range(10):
                wire.exactly(65536)
                time.sleep(0.1)
                most = max(most, self.proxy.resident())
            if before and not support.SANITIZED:
                print(f"\n  a slow reader of 200 MB: {(most - before) / 1024:.0f} KiB more in the proxy")
                self.assertLess(most - before, 2 << 20)
            begin, total = hashlib.sha256(), 0
            while total < 209_715_200 - 10 * 65536:  # and then it reads on
                piece = wire.exactly(min(1 << 18, 209_715_200 - 10 * 65536 - total))
                total += len(piece)
                begin.update(piece)
            rest = hashlib.sha256((self.site / "large.bin").read_bytes()[10 * 65536:])
            self.assertEqual(begin.digest(), rest.digest())


class BehindNothing(unittest.TestCase):
    def test_no_origin_gets_502(self):
        proxy = proxy_to(support.reserve_port())
        with Wire(proxy.port) as wire:
            self.assertEqual(wire.ask("GET / HTTP/1.1\nHost: a").status, 502)
        status = curl("--output", "/dev/null", "--write-out", "%{http_code}", "--data", "x", proxy.url("/"))
        self.assertEqual(status, b"502")

    def origin(self, *options):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        return listener, proxy_to(listener.getsockname()[1], *options)

    def assert_patience(self, seconds, began):
        self.assertGreater(time.monotonic() - began, seconds * 0.9)
        self.assertLess(time.monotonic() - began, seconds + 3)

    def test_an_origin_that_never_answers_gets_504(self):
        listener, proxy = self.origin("--timeout", "0.5")
        with Wire(proxy.port) as wire:
            began = time.monotonic()
            wire.send(f"POST / HTTP/1.1\r\n{HOST}Content-Length: 5\r\n\r\nhello")
            with Wire(accepted=listener.accept()[0]) as origin:
                self.assertEqual(origin.request().body, b"hello")
                self.assertEqual(wire.response().status, 504)
                self.assert_patience(0.5, began)
                self.assertTrue(origin.is_closed())
            self.assertTrue(wire.is_closed())

    def test_an_origin_that_stops_in_its_answer_does_not_hold_the_client(self):
        listener, proxy = self.origin("--timeout", "0.5")
        with Wire(proxy.port) as wire:
            wire.send(f"GET / HTTP/1.1\r\n{HOST}\r\n")
            with Wire(accepted=listener.accept()[0]) as origin:
                origin.request()
                for octet in b"HTTP/1.1 200 OK\r\n":  # slow is not silent
                    origin.send(bytes([octet]))
                    time.sleep(0.05)
                origin.send("Content-Length: 9\r\n\r\nhalf")
                began = time.monotonic()
                self.assertEqual(wire.head().status, 200)
                self.assertEqual(wire.exactly(4), b"half")
                self.assertTrue(wire.is_closed())
                self.assert_patience(0.5, began)

    def test_an_idle_client_is_closed(self):
        _, proxy = self.origin("--timeout", "0.5")
        for said in ("", "GET / HT"):
            with self.subTest(said), Wire(proxy.port) as wire:
                began = time.monotonic()
                wire.send(said)
                self.assertTrue(wire.is_closed())
                self.assert_patience(0.5, began)

    def test_a_timeout_that_is_none_is_refused(self):
        for value in ("0", "-1", "soon", "nan", ""):
            done = support.run(support.program("http_proxy"), "--timeout", value, "127.0.0.1:1")
            self.assertNotEqual(done.returncode, 0, value)
            self.assertIn(b"--timeout", done.stderr, value)

    def test_an_origin_that_closes_without_an_answer_gets_502(self):
        listener, proxy = self.origin()
        with Wire(proxy.port) as wire:
            wire.send(f"GET / HTTP/1.1\r\n{HOST}\r\n")
            with Wire(accepted=listener.accept()[0]) as origin:
                self.assertEqual(origin.request().first, "GET / HTTP/1.1")
            self.assertEqual(wire.response().status, 502)

    def test_an_origin_that_closed_a_kept_connection_is_connected_to_again(self):
        listener, proxy = self.origin()
        with Wire(proxy.port) as wire:
            for n in range(3):
                wire.send(f"GET /{n} HTTP/1.1\r\n{HOST}\r\n")
                with Wire(accepted=listener.accept()[0]) as origin:
                    self.assertEqual(origin.request().first, f"GET /{n} HTTP/1.1")
                    origin.send(f"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{n}")
                    self.assertEqual(wire.response().body, b"%d" % n)
                time.sleep(0.1)

    def test_a_client_that_leaves_ends_the_work_for_it(self):
        listener, proxy = self.origin()
        with Wire(proxy.port) as wire:
            wire.send(f"GET / HTTP/1.1\r\n{HOST}\r\n")
            origin = Wire(accepted=listener.accept()[0])
            origin.request()
            origin.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
            wire.head()
        with origin, self.assertRaises(OSError):
            for _ in range(10_000):
                origin.send(bytes(65536))

    def test_it_stops_when_it_is_told_to(self):
        _, proxy = self.origin()
        with contextlib.ExitStack() as idle:
            for _ in range(5):
                idle.enter_context(Wire(proxy.port))
            os.kill(proxy.pid, signal.SIGTERM)
            self.assertEqual(proxy.process.wait(10), 0)


if __name__ == "__main__":
    support.main()
