#!/usr/bin/env python3
"""Proves that clients which do nothing, or next to nothing, cost http_server little memory and nobody else's
time: thousands of idle connections, and hundreds whose requests come an octet a second until they are cut off
with 408."""
import contextlib
import resource
import selectors
import socket
import threading
import time
import unittest

import support
from wire import Wire

IDLE = 10_000
SLOW = 500
OTHERS = 200  # descriptors that are not connections, ours and the server's
REQUEST = b"GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n"


def most_connections():
    """How many connections this program, and the server as well, may hold."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = IDLE + SLOW + 2 * OTHERS
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return soft - 2 * OTHERS - SLOW


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


class Crowd(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.idle_wanted = min(IDLE, most_connections())
        if support.SANITIZED:
            cls.idle_wanted = min(cls.idle_wanted, 2000)
        if cls.idle_wanted < IDLE:
            print(f"\n  only {cls.idle_wanted} idle connections: no more descriptors are to be had, or too slow here")
        root = support.folder()
        (root / "hello.txt").write_text("Hello from a file.\n")
        cls.server = support.example("http_server", "--root", root, "--head-timeout", 4, "--idle-timeout", 120)

    def latencies(self, count=300):
        """Of requests on a kept connection, and on a new one each, in turn."""
        out = []
        with Wire(self.server.port) as kept:
            for n in range(count):
                began = time.monotonic()
                if n % 2:
                    with Wire(self.server.port) as wire:
                        wire.send(REQUEST)
                        answer = wire.response()
                else:
                    kept.send(REQUEST)
                    answer = kept.response()
                out.append(time.monotonic() - began)
                self.assertEqual(answer.body, b"Hello from a file.\n")
        return out

    def tell(self, what, values):
        print(f"\n  {what}: median {1000 * percentile(values, 0.5):.2f} ms, 99 % within "
              f"{1000 * percentile(values, 0.99):.2f} ms, the slowest {1000 * max(values):.2f} ms")
        self.assertLess(percentile(values, 0.99), 0.5)

    def connect(self, count, into):
        for _ in range(count):
            into.append(socket.create_connection(("127.0.0.1", self.server.port), 10))

    def test_idle_connections_cost_little(self):
        with contextlib.ExitStack() as end:
            crowd = []
            end.callback(lambda: [one.close() for one in crowd])
            self.tell("nobody else there", self.latencies())
            before = self.server.resident()
            self.connect(self.idle_wanted, crowd)
            self.tell(f"{len(crowd)} connections that never said a word", self.latencies())
            silent = self.server.resident()

            for one in crowd:  # each has had an answer, and keeps its connection
                one.sendall(REQUEST)
            for one in crowd:
                answer = b""
                while not answer.endswith(b"\r\n\r\nHello from a file.\n"):
                    piece = one.recv(4096)
                    self.assertTrue(piece, "a connection was closed")
                    answer += piece
                self.assertTrue(answer.startswith(b"HTTP/1.1 200 "))
            self.tell(f"{len(crowd)} connections that are kept", self.latencies())
            kept = self.server.resident()
            if before:
                per_silent, per_kept = (silent - before) / len(crowd), (kept - before) / len(crowd)
                print(f"\n  memory of the server: {before / 1024:.0f} KiB without clients; {per_silent:.0f} octets for"
                      f" a connection that said nothing, {per_kept:.0f} for one that is kept")
                if not support.SANITIZED:
                    self.assertLess(per_silent, 2048)
                    self.assertLess(per_kept, 2048)

    def test_slow_clients_harm_nobody_and_get_408(self):
        heads = b"GET /hello.txt HTTP/1.1\r\nHost: a\r\nX-Slow: " + b"z" * 1000
        crowd, answers, done = [], {}, threading.Event()

        def feed():
            """An octet a second on each connection; reads what comes back."""
            selector = selectors.DefaultSelector()
            for one in crowd:
                one.setblocking(False)
                selector.register(one, selectors.EVENT_READ)
            at = 0
            while len(answers) < len(crowd) and not done.is_set():
                next_octet = time.monotonic() + 1
                for one in crowd:
                    if one not in answers:
                        with contextlib.suppress(OSError):
                            one.send(heads[at:at + 1])
                at += 1
                while (left := next_octet - time.monotonic()) > 0 and len(answers) < len(crowd):
                    for key, _ in selector.select(left):
                        try:
                            answers[key.fileobj] = key.fileobj.recv(4096)
                        except OSError:
                            answers[key.fileobj] = b""
                        selector.unregister(key.fileobj)

        with contextlib.ExitStack() as end:
            end.callback(lambda: [one.close() for one in crowd])
            self.connect(SLOW, crowd)
            began = time.monotonic()
            feeder = threading.Thread(target=feed)
            feeder.start()
            end.callback(feeder.join)
            end.callback(done.set)
            values = []
            while feeder.is_alive() and time.monotonic() - began < 20:
                values += self.latencies(20)
                time.sleep(0.05)
            self.tell(f"{SLOW} clients that send an octet a second", values)
            self.assertEqual(len(answers), len(crowd), "not all were cut off")
            self.assertLess(time.monotonic() - began, 10)
            self.assertEqual({answer[:13] for answer in answers.values()}, {b"HTTP/1.1 408 "})

    def test_a_full_house_lets_others_wait_and_then_in(self):
        server = support.example("http_server", "--max-connections", 50, "--idle-timeout", 2, "--answer-all")
        with contextlib.ExitStack() as end:
            crowd = [end.enter_context(Wire(server.port)) for _ in range(50)]
            for one in crowd:
                self.assertEqual(one.ask("GET / HTTP/1.1\nHost: a").status, 200)
            late = end.enter_context(Wire(server.port))  # the others' time has to run out first
            began = time.monotonic()
            self.assertEqual(late.ask("GET / HTTP/1.1\nHost: a").status, 200)
            self.assertGreater(time.monotonic() - began, 0.5)
            for one in crowd:
                self.assertTrue(one.is_closed())


if __name__ == "__main__":
    support.main()
