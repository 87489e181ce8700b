#!/usr/bin/env python3
"""Proves that clients which do nothing, do not read, flood, or leave half-way cost ws_echo_server little memory and
nobody else's time."""
import contextlib
import os
import socket
import ssl
import threading
import time
import unittest

import peers
import support
from idle_and_slow import most_connections, percentile
from ws_wire import BINARY, CLOSE, PING, PONG, TEXT, Client, Frame, close_payload, frame, request

IDLE = 10_000
SECURE = 1000
SLOW = 4 if support.SANITIZED else 1
MIB = 1 << 20


class Crowd(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.idle_wanted = min(IDLE, most_connections())
        if support.SANITIZED:
            cls.idle_wanted = min(cls.idle_wanted, 2000)
        if cls.idle_wanted < IDLE:
            print(f"\n  only {cls.idle_wanted} idle connections: no more descriptors are to be had, or too slow here")

    def setUp(self):
        self.end = contextlib.ExitStack()
        self.addCleanup(self.end.close)
        self.serve()

    def serve(self, *options, handshake=60, output=3):
        """A new server, as memory that earlier clients took would hide what these take."""
        self.server = support.example("ws_echo_server", "--idle-timeout", 120, "--output-timeout", output,
                                      "--close-timeout", 1, "--handshake-timeout", handshake, *options)
        self.peer = self.end.enter_context(Client(self.server.port))
        for size in (10, MIB):  # what the first clients cost, they cost once
            self.assertTrue(self.peer.echo(bytes(size), BINARY))

    def latencies(self, count=300):
        """Of messages on a kept connection, and of a handshake and a message on a new one each, in turn."""
        out = []
        for n in range(count):
            began = time.monotonic()
            if n % 2:
                with Client(self.server.port) as wire:
                    self.assertTrue(wire.echo(b"hello"))
            else:
                self.assertTrue(self.peer.echo(b"hello"))
            out.append(time.monotonic() - began)
        return out

    def tell(self, what, values=None, most=0.5):
        values = values or self.latencies()
        print(f"\n  {what}: median {1000 * percentile(values, 0.5):.2f} ms, 99 % within "
              f"{1000 * percentile(values, 0.99):.2f} ms, the slowest {1000 * max(values):.2f} ms")
        self.assertLess(percentile(values, 0.99), most * SLOW)

    def tell_memory(self, what, before, count, most):
        """`most` octets for each of `count` are permitted."""
        now = self.server.resident()
        if not before:
            return
        print(f"\n  memory for {what}: {(now - before) / count:.0f} octets for each, on {before / 1024:.0f} KiB")
        if not support.SANITIZED:
            self.assertLess(now - before, count * most + MIB)

    def open_connections(self):
        return len(os.listdir(f"/proc/{self.server.pid}/fd"))

    def crowd(self, count, receive_buffer=None):
        """So many clients, whose handshake is done."""
        out = [self.end.enter_context(Client(self.server.port, opened=False, receive_buffer=receive_buffer))
               for _ in range(count)]
        for wire in out:
            wire.send(request())
        for wire in out:
            self.assertEqual(wire.response().status, 101)
        return out

    # --- silence -------------------------------------------------------------------------------------------

    def test_idle_connections_cost_little(self):
        self.tell("nobody else there")
        before = self.server.resident()
        crowd = [self.end.enter_context(Client(self.server.port, opened=False)) for _ in range(self.idle_wanted)]
        self.assertTrue(self.peer.echo(b"in between"))
        self.tell(f"{len(crowd)} connections that never said a word")
        self.tell_memory("a connection that never said a word", before, len(crowd), 2000)
        for wire in crowd:
            wire.send(request())
        for wire in crowd:
            self.assertEqual(wire.response().status, 101)
        self.tell(f"{len(crowd)} open WebSockets")
        self.tell_memory("an open WebSocket", before, len(crowd), 2000)
        text = frame(TEXT, b"hello " * 20)
        for wire in crowd:
            wire.send(text)
        for wire in crowd:
            self.assertEqual(wire.frame(), Frame(TEXT, b"hello " * 20))
        self.tell(f"{len(crowd)} WebSockets that had a message")
        self.tell_memory("a WebSocket that had a message", before, len(crowd), 2000)
        for wire in crowd:
            wire.send(text[:-10])  # all but its end
        self.tell(f"{len(crowd)} WebSockets inside a message")
        self.tell_memory("a WebSocket inside a small message", before, len(crowd), 3000)
        for wire in crowd:
            wire.send(text[-10:])
        for wire in crowd:
            self.assertEqual(wire.frame(), Frame(TEXT, b"hello " * 20))

    def test_idle_connections_over_tls(self):
        key, certificate = peers.certificate()
        server = support.example("ws_echo_server", "--tls-cert", certificate, "--tls-key", key,
                                 "--handshake-timeout", 60)
        context = ssl.create_default_context(cafile=certificate)

        def one():
            wire = self.end.enter_context(Client(server.port, opened=False))
            wire.socket = self.end.enter_context(context.wrap_socket(wire.socket, server_hostname="127.0.0.1"))
            wire.send(request())
            self.assertEqual(wire.response().status, 101)
            return wire
        wire = one()
        before, count = server.resident(), SECURE // SLOW
        for _ in range(count):
            one()
        self.assertTrue(wire.echo(b"hello"))
        if before:
            each = (server.resident() - before) / count
            print(f"\n  memory for an open WebSocket over TLS: {each:.0f} octets")
            if not support.SANITIZED:
                self.assertLess(each, 40_000)

    def test_idle_connections_that_compress(self):
        hello = bytes.fromhex("f248cdc9c90700")  # RFC 7692 §7.2.3.1
        self.serve("--deflate")

        def one():
            wire = self.end.enter_context(Client(self.server.port, Sec_WebSocket_Extensions="permessage-deflate"))
            self.assertIsNotNone(wire.answer.get("Sec-WebSocket-Extensions"))
            return wire
        before, count = self.server.resident(), 200
        crowd = [one() for _ in range(count)]
        self.tell_memory("an open WebSocket that may compress", before, count, 400_000)
        for wire in crowd:
            wire.send(frame(TEXT, hello, rsv=4))
            self.assertEqual(wire.exactly(2)[0] & 0x8F, 0x81)
        self.tell(f"{count} WebSockets that compressed a message")
        self.tell_memory("a WebSocket that has compressed a message", before, count, 400_000)

    # --- clients that do not read --------------------------------------------------------------------------

    def test_clients_that_do_not_read_large_messages(self):
        before, others, count = self.server.resident(), self.open_connections(), 50
        crowd = self.crowd(count, receive_buffer=16384)
        text = memoryview(frame(BINARY, bytes(MIB)))
        at = [0] * count

        def push():
            for n, wire in enumerate(crowd):
                wire.socket.setblocking(False)
                with contextlib.suppress(BlockingIOError, OSError):
                    while True:
                        at[n] = (at[n] + wire.socket.send(text[at[n]:])) % len(text)
        values, began, most = [], time.monotonic(), 0
        while time.monotonic() - began < 2:
            push()
            values += self.latencies(10)
            most = max(most, self.server.resident())
        self.tell(f"{count} clients that send messages of 1 MiB and do not read", values, 2)
        # A message is kept while it arrives and until it is sent, with room to grow: twice its size at most, and what
        # was read and written around it.
        self.tell_memory("a client that does not read, with a message of 1 MiB", before, count, 2 * MIB + 200_000)

        def are_gone():
            push()  # who has not sent enough to be stuck is only idle
            return self.open_connections() <= others
        support.eventually(are_gone, 20 * SLOW, "clients that do not read are not cut off")
        self.tell("they are cut off")

    def test_clients_that_ping_and_do_not_read(self):
        before, count = self.server.resident(), 20
        crowd = self.crowd(count, receive_buffer=16384)
        pings = memoryview(frame(PING, b"?" * 125) * 1000)
        sent = [0] * count
        for wire in crowd:
            wire.socket.setblocking(False)
        began, values = time.monotonic(), []
        while time.monotonic() - began < 2:
            for n, wire in enumerate(crowd):
                with contextlib.suppress(BlockingIOError, OSError):
                    while True:  # all frames are alike, so that it goes on inside one where it has stopped
                        sent[n] += wire.socket.send(pings[sent[n] % (len(pings) // 1000):])
            values += self.latencies(10)
        self.tell(f"{count} clients that sent {sum(sent) // MIB} MiB of pings and do not read", values)
        self.tell_memory("a client that pings and does not read", before, count, 200_000)

    def test_a_client_that_reads_at_last_gets_all_pongs(self):
        self.serve(output=30)
        before = self.server.resident()
        with Client(self.server.port, receive_buffer=16384, seconds=20 * SLOW) as wire:
            sender = threading.Thread(target=lambda: [wire.send(frame(PING, b"%125d" % n)) for n in range(60_000)])
            sender.start()
            time.sleep(1)
            self.tell("a client that pings and does not read yet", self.latencies(50))
            self.tell_memory("it", before, 1, 200_000)
            for n in range(60_000):
                self.assertEqual(wire.frame(), Frame(PONG, b"%125d" % n))
            sender.join()

    def test_a_client_that_takes_all_it_can_get(self):
        """Small frames without end, as fast as they are read."""
        done = threading.Event()

        def flood():
            with Client(self.server.port, seconds=30) as wire:
                text = frame(BINARY, bytes(60)) * 1000
                while not done.is_set():
                    wire.send(text)
                    wire.exactly(62_000)
        flooders = [threading.Thread(target=flood) for _ in range(2)]
        for one in flooders:
            one.start()
        try:
            self.tell("two clients that send small messages without end", self.latencies(200))
        finally:
            done.set()
            for one in flooders:
                one.join()

    # --- clients that leave --------------------------------------------------------------------------------

    def test_clients_that_leave_half_way(self):
        # What a server lost, it would lose each time; what its allocator keeps of a crowd depends on how fast it came.
        for _ in range(3):
            memory = self.server.resident()
            self.leave_half_way()
            if self.server.resident() - memory < 300 * 1000 + MIB:
                break
        self.tell_memory("what they left", memory, 300, 1000)

    def leave_half_way(self):
        before = self.open_connections()
        crowd = self.crowd(300)
        half = frame(BINARY, bytes(100_000))[:50_000]
        for n, wire in enumerate(crowd):
            if n % 6 == 0:  # a reset, inside a message
                wire.send(half)
                wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                wire.socket.close()
            elif n % 6 == 1:  # the end of what it sends, inside a message; it stays
                wire.send(half)
                wire.end()
            elif n % 6 == 2:  # a Close, and then nothing: it does not even read the answer
                wire.send(frame(CLOSE, close_payload(1000)))
            elif n % 6 == 3:  # a failure, behind which it sends on
                wire.send(frame(TEXT, b"\xff"), half)
            elif n % 6 == 4:  # a Close, garbage, and the end
                wire.send(frame(CLOSE, close_payload(1000)), b"\xff" * 1000)
                wire.end()
            else:
                wire.send(frame(CLOSE), half)
                wire.socket.close()
        self.tell("300 clients leave half-way")
        support.eventually(lambda: self.open_connections() <= before, 15 * SLOW, "some are not let go")

    def test_half_done_handshakes(self):
        self.serve(handshake=2)
        before, count, values = self.server.resident(), 300, []
        crowd = [self.end.enter_context(Client(self.server.port, opened=False)) for _ in range(count)]
        began = time.monotonic()
        for octets in (request()[at:at + 1] for at in range(10)):
            for wire in crowd:
                wire.send(octets)
            values += self.latencies(20)
        self.tell(f"{count} clients whose handshake comes octet by octet", values)
        self.tell_memory("half a handshake", before, count, 5000)
        for wire in crowd:
            self.assertEqual(wire.response().status, 408)
        self.assertLess(time.monotonic() - began, 8 * SLOW)


if __name__ == "__main__":
    support.main()
