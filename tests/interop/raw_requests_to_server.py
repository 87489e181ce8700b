#!/usr/bin/env python3
"""Proves that http_server keeps to the protocol where no decent client would go: pipelines, trailers, malformed
and hostile requests, cuts at every place, clients that vanish. What comes back is read strictly, octet by octet."""
import socket
import struct
import time
import unittest

import support
from wire import Wire

HOST = "Host: 127.0.0.1\r\n"


def setUpModule():
    global root, server
    root = support.folder()
    (root / "hello.txt").write_text("Hello from a file.\n")
    (root / "large.bin").write_bytes(support.pattern(4 << 20))
    with open(root / "huge.bin", "wb") as huge:
        huge.truncate(32 << 20)
    (root / "folder").mkdir()
    (root / "folder" / "one.txt").write_text("1")
    server = support.example("http_server", "--root", root, "--max-body", 1 << 20, "--head-timeout", 1,
                             "--body-timeout", 1, "--idle-timeout", 1.5)


def tearDownModule():
    with Wire(server.port) as wire:  # whatever happened to it, it still serves
        assert wire.ask("GET /hello.txt HTTP/1.1\nHost: a").body == b"Hello from a file.\n"
    assert server.stop() == 0


class Pipelines(unittest.TestCase):
    def test_pipelined_requests_are_answered_in_order(self):
        targets = ["/hello.txt", "/missing", "/folder/", "/hello.txt", "/folder"] * 20
        with Wire(server.port) as wire:
            wire.send("".join(f"GET {target} HTTP/1.1\r\n{HOST}\r\n" for target in targets))
            statuses = [wire.response().status for _ in targets]
        self.assertEqual(statuses, [200, 404, 200, 200, 301] * 20)

    def test_bodies_and_methods_without_body_do_not_derail_a_pipeline(self):
        requests = [("POST", "/a", "Content-Length: 5\r\n", "hello"),
                    ("HEAD", "/hello.txt", "", ""),
                    ("POST", "/a", "Transfer-Encoding: chunked\r\n", "3;x=y\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n"),
                    ("OPTIONS", "/hello.txt", "", ""),
                    ("DELETE", "/hello.txt", "Content-Length: 18\r\n", "GET / HTTP/1.1\r\n\r\n"),
                    ("GET", "/hello.txt", "Content-Length: 0\r\n", "")]
        octets = "".join(f"{m} {t} HTTP/1.1\r\n{HOST}{f}\r\n{b}" for m, t, f, b in requests)
        for size in (1, 7, len(octets)):
            with self.subTest(pieces=size), Wire(server.port) as wire:
                for at in range(0, len(octets), size):
                    wire.send(octets[at:at + size])
                got = [wire.response(m) for m, *_ in requests]
                self.assertEqual([one.status for one in got], [200, 200, 200, 204, 405, 200])
                self.assertIn(b"5 octets", got[0].body)
                self.assertEqual(got[1].get("Content-Length"), "19")
                self.assertIn(b"3 octets received, none kept\ntrailer X-Sum: 1", got[2].body)
                self.assertEqual(got[5].body, b"Hello from a file.\n")

    def test_connection_close_ends_the_pipeline(self):
        with Wire(server.port) as wire:
            wire.send(f"GET /hello.txt HTTP/1.1\r\n{HOST}Connection: close\r\n\r\nGET /missing HTTP/1.1\r\n{HOST}\r\n")
            answer = wire.response()
            self.assertEqual((answer.status, answer.get("Connection")), (200, "close"))
            self.assertTrue(wire.is_closed())

    def test_a_client_that_has_said_all_still_gets_its_answers(self):
        with Wire(server.port) as wire:
            wire.send(f"GET /large.bin HTTP/1.1\r\n{HOST}\r\n" * 3)
            wire.end()
            for _ in range(3):
                self.assertEqual(wire.response().body, support.pattern(4 << 20))
            self.assertTrue(wire.is_closed())

    def test_http_1_0_is_kept_alive_when_it_asks(self):
        with Wire(server.port) as wire:
            kept = wire.ask("GET /hello.txt HTTP/1.0\nConnection: keep-alive")
            self.assertEqual(kept.get("Connection").lower(), "keep-alive")
            last = wire.ask("GET /hello.txt HTTP/1.0")
            self.assertEqual(last.body, b"Hello from a file.\n")
            self.assertTrue(wire.is_closed())

    def test_a_listing_has_trailers_for_those_who_take_them(self):
        with Wire(server.port) as wire:
            answer = wire.ask("GET /folder/ HTTP/1.1\nHost: a\nTE: trailers\nConnection: TE")
            self.assertEqual((answer.get("Trailer"), answer.trailers), ("X-Entries", [("X-Entries", "1")]))
            self.assertEqual(wire.ask("GET /folder/ HTTP/1.1\nHost: a").trailers, [])


class Refusals(unittest.TestCase):
    cases = {
        400: [
            "GET /hello.txt HTTP/1.1\r\n\r\n",
            f"GET /hello.txt HTTP/1.1\r\n{HOST}{HOST}\r\n",
            "GET /hello.txt HTTP/1.1\r\nHost: a b\r\n\r\n",
            f"GET /hello.txt HTTP/1.1\n{HOST}\r\n",
            f"GET  /hello.txt HTTP/1.1\r\n{HOST}\r\n",
            f"GET /hello.txt\r\n{HOST}\r\n",
            f"GET /hello.txt HTTP/1.1 \r\n{HOST}\r\n",
            f"GET /hel\0lo.txt HTTP/1.1\r\n{HOST}\r\n",
            f"GET /h#a HTTP/1.1\r\n{HOST}\r\n",
            f"GET hello.txt HTTP/1.1\r\n{HOST}\r\n",
            f"GET /hello.txt HTTP/1.1\r\n{HOST}X : y\r\n\r\n",
            f"GET /hello.txt HTTP/1.1\r\n{HOST}X: y\r\n folded\r\n\r\n",
            f"GET /hello.txt HTTP/1.1\r\n {HOST}\r\n",
            f"GET /hello.txt HTTP/1.1\r\n{HOST}X: a\rb\r\n\r\n",
            f"GET /hello.txt HTTP/1.1\r\n{HOST}nothing\r\n\r\n",
            f"G\x01T /hello.txt HTTP/1.1\r\n{HOST}\r\n",
            f"POST /a HTTP/1.1\r\n{HOST}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
            f"POST /a HTTP/1.1\r\n{HOST}Content-Length: +3\r\n\r\nabc",
            f"POST /a HTTP/1.1\r\n{HOST}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            f"POST /a HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
            f"POST /a HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\nx\r\n\r\n",
            f"POST /a HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
            f"POST /a HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n",
            "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        ],
        408: ["GET /hello.txt HTTP/1.1\r\nHost: a", "GET",
              "POST /a HTTP/1.1\r\n" + HOST + "Content-Length: 9\r\n\r\nabc"],
        413: [f"POST /a HTTP/1.1\r\n{HOST}Content-Length: 1048577\r\n\r\n",
              f"POST /a HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n" + "f" * 17 + "\r\n"],
        414: [f"GET /{'a' * 20000} HTTP/1.1\r\n{HOST}\r\n"],
        431: [f"GET /hello.txt HTTP/1.1\r\n{HOST}X: {'a' * 20000}\r\n\r\n",
              f"GET /hello.txt HTTP/1.1\r\n{HOST}" + "X: y\r\n" * 300 + "\r\n"],
        501: [f"POST /a HTTP/1.1\r\n{HOST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"],
        505: [f"GET /hello.txt HTTP/2.0\r\n{HOST}\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    }

    def test_each_malformed_request_gets_its_status_and_the_connection_ends(self):
        for status, requests in self.cases.items():
            for request in requests:
                with self.subTest(request[:80]), Wire(server.port) as wire:
                    wire.send(request)
                    answer = wire.response()
                    self.assertEqual((answer.status, answer.get("Connection")), (status, "close"), answer.body)
                    self.assertTrue(wire.is_closed())

    def test_the_same_request_is_refused_the_same_when_it_comes_byte_by_byte(self):
        for status in (400, 413, 501, 505):
            for request in self.cases[status]:
                with self.subTest(request[:80]), Wire(server.port) as wire:
                    try:
                        for octet in request:
                            wire.send(octet)
                    except OSError:
                        pass  # it was refused before its end
                    self.assertEqual(wire.response().status, status)

    def test_what_was_valid_before_is_answered_before(self):
        with Wire(server.port) as wire:
            wire.send(f"GET /hello.txt HTTP/1.1\r\n{HOST}\r\nGET / HTTP/1.1\r\nHost : a\r\n\r\n")
            self.assertEqual(wire.response().body, b"Hello from a file.\n")
            self.assertEqual(wire.response().status, 400)
            self.assertTrue(wire.is_closed())

    def test_a_request_smuggled_in_a_body_is_never_answered(self):
        for framing in ("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n",
                        "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n",
                        "Transfer-Encoding: xchunked\r\n", "Transfer-Encoding : chunked\r\n",
                        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                        "Content-Length: 6, 6\r\n", "Content-Length: 0x6\r\n"):
            with self.subTest(framing), Wire(server.port) as wire:
                wire.send(f"POST /a HTTP/1.1\r\n{HOST}{framing}\r\n0\r\n\r\nGGET /hello.txt HTTP/1.1\r\n{HOST}\r\n")
                first = wire.response()
                self.assertNotIn(b"Hello from a file", first.body + wire.rest())
                if framing != "Content-Length: 6, 6\r\n":
                    self.assertGreaterEqual(first.status, 400)


class Vanishing(unittest.TestCase):
    def test_clients_that_reset_at_any_place_do_no_harm(self):
        request = f"POST /a HTTP/1.1\r\n{HOST}Content-Length: 10\r\n\r\n0123456789GET /large.bin HTTP/1.1\r\n{HOST}\r\n"
        for size in range(0, len(request) + 1):
            wire = Wire(server.port)
            wire.send(request[:size])
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            wire.socket.close()  # a reset
        with Wire(server.port) as wire:
            self.assertEqual(wire.ask("GET /hello.txt HTTP/1.1\nHost: a").status, 200)

    def test_an_incomplete_request_at_the_end_of_input_gets_400_or_nothing(self):
        request = f"POST /a HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        for size in range(1, len(request)):
            with self.subTest(size), Wire(server.port) as wire:
                wire.send(request[:size])
                wire.end()
                self.assertRegex(wire.rest(), rb"^($|HTTP/1\.1 400 )")

    def test_an_idle_connection_is_closed_in_silence(self):
        with Wire(server.port) as wire:
            self.assertEqual(wire.ask("GET /hello.txt HTTP/1.1\nHost: a").status, 200)
            self.assertEqual(wire.rest(), b"")

    def test_a_reader_that_stops_reading_is_let_go(self):
        with Wire(server.port, receive_buffer=4096) as wire:
            wire.send(f"GET /huge.bin HTTP/1.1\r\n{HOST}\r\n")
            time.sleep(3.5)  # more than twice the time for 16 KiB
            try:
                received = len(wire.rest())
            except ConnectionResetError:
                received = 0
            self.assertLess(received, 24 << 20)


if __name__ == "__main__":
    support.main()
