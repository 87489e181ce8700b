#!/usr/bin/env python3
"""Proves that ws_echo_server and ws_client exchange compressed messages with Python's websockets, Node's ws and
Chromium, whatever parameters are agreed on, and what they do with streams that are broken or too large."""
import itertools
import json
import os
import threading
import time
import unittest
import zlib

import peers
import support
from support import pattern
from ws_wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Client, Frame, frame

RSV1 = 4
LIMIT = 1 << 20
FLAGS = ("server_no_context_takeover", "client_no_context_takeover")


def setUpModule():
    global server
    server = support.example("ws_echo_server", "--deflate", "--max-message", LIMIT)


def deflated(data, bits=15, level=6):
    """One message by itself, by another compressor."""
    engine = zlib.compressobj(level, zlib.DEFLATED, -bits)
    return (engine.compress(data) + engine.flush(zlib.Z_SYNC_FLUSH))[:-4]


class Wire(Client):
    """A connection on which frames may be compressed."""

    def __init__(self, port, offer="permessage-deflate; client_max_window_bits"):
        super().__init__(port, Sec_WebSocket_Extensions=offer)
        self.agreed = self.answer.get("Sec-WebSocket-Extensions")
        self.inflater = zlib.decompressobj(-15)

    def frame(self):
        first, second = self.exactly(2)
        length = second
        if second > 125:
            length = int.from_bytes(self.exactly(2 if second == 126 else 8), "big")
        return Frame(first & 15, self.exactly(length), bool(first & 0x80), first >> 4 & 7)

    def message(self):
        """The next message, inflated, and whether it was compressed."""
        got = self.frame()
        assert got.fin, got
        if got.rsv == RSV1:
            assert not got.payload.endswith(b"\0\0\xff\xff")
            return self.inflater.decompress(got.payload + b"\0\0\xff\xff"), True
        assert got.rsv == 0
        return got.payload, False

    def fails_with(self, code, *frames):
        self.send(*frames)
        return self.closed()[0] == code


class Negotiation(unittest.TestCase):
    def agreed(self, offer, *options):
        of = support.example("ws_echo_server", *options) if options else server
        with Wire(of.port, offer) as wire:
            return wire.agreed

    def test_each_offer_has_its_answer(self):
        for offer, answer in {
            "permessage-deflate": "permessage-deflate",
            "permessage-deflate; client_max_window_bits": "permessage-deflate",
            "permessage-deflate; server_max_window_bits=8": "permessage-deflate; server_max_window_bits=8",
            'permessage-deflate; server_max_window_bits="10"': "permessage-deflate; server_max_window_bits=10",
            "permessage-deflate; server_no_context_takeover": "permessage-deflate; server_no_context_takeover",
            "permessage-deflate; client_max_window_bits=9": "permessage-deflate; client_max_window_bits=9",
            "permessage-deflate; foo": None,
            "permessage-deflate; server_max_window_bits": None,
            "permessage-deflate; server_max_window_bits=16": None,
            "permessage-deflate; server_max_window_bits=08": None,
            "permessage-deflate; server_no_context_takeover; server_no_context_takeover": None,
            "permessage-deflate; server_no_context_takeover=1": None,
            "permessage-deflate; foo, permessage-deflate": "permessage-deflate",
            "x-webkit-deflate-frame": None,
        }.items():
            with self.subTest(offer):
                self.assertEqual(self.agreed(offer), answer)

    def test_a_server_can_demand(self):
        demand = ("--deflate", "server_no_context_takeover; client_max_window_bits=10")
        self.assertEqual(self.agreed("permessage-deflate; client_max_window_bits", *demand),
                         "permessage-deflate; server_no_context_takeover; client_max_window_bits=10")
        self.assertIsNone(self.agreed("permessage-deflate", *demand))  # this client cannot be told

    def test_a_command_line_that_makes_no_sense(self):
        for text in ("foo", "server_max_window_bits=7", "a,b"):
            done = support.run(support.program("ws_echo_server"), "--deflate", text)
            self.assertEqual(done.returncode, 64)
            self.assertIn(b"RFC 7692", done.stderr)


class Frames(unittest.TestCase):
    def test_messages_of_every_kind_alternate(self):
        with Wire(server.port) as wire:
            text = b"a text that is long enough to be worth compressing, and again, and again"
            engine = zlib.compressobj(6, zlib.DEFLATED, -15)
            for n in range(20):
                wire.send(frame(TEXT, text))
                self.assertEqual(wire.message(), (text, True))
                payload = (engine.compress(text) + engine.flush(zlib.Z_SYNC_FLUSH))[:-4]
                wire.send(frame(TEXT, payload, rsv=RSV1))
                self.assertEqual(wire.message(), (text, True))
                if n:
                    self.assertLess(len(payload), 12)
            wire.send(frame(TEXT, b"Hi"))
            self.assertEqual(wire.message(), (b"Hi", False))

    def test_a_compressed_message_in_fragments(self):
        with Wire(server.port) as wire:
            payload = deflated(pattern(5000))
            wire.send(frame(BINARY, b"", fin=False, rsv=RSV1))
            for octet in payload:
                wire.send(frame(CONTINUATION, bytes([octet]), fin=False) + frame(PING, b"?"))
            wire.send(frame(CONTINUATION, b""))
            got = wire.frame()
            while got.opcode == PONG:  # several pings may have one answer
                self.assertEqual(got.payload, b"?")
                got = wire.frame()
            self.assertEqual((got.opcode, got.rsv), (BINARY, RSV1))
            self.assertEqual(wire.inflater.decompress(got.payload + b"\0\0\xff\xff"), pattern(5000))

    def test_final_blocks_end_nothing(self):
        with Wire(server.port) as wire:
            for payload in (bytes.fromhex("f348cdc9c9070000"), bytes.fromhex("f248cdc9c90700")):
                wire.send(frame(TEXT, payload, rsv=RSV1))
                self.assertEqual(wire.message()[0], b"Hello")

    def test_what_does_not_inflate(self):
        for payload in (b"\xff", bytes.fromhex("f200110000"), b"", deflated(pattern(3000))[:-9]):
            with self.subTest(payload), Wire(server.port) as wire:
                self.assertTrue(wire.fails_with(1007, frame(BINARY, payload, rsv=RSV1)))

    def test_text_that_is_none_once_inflated(self):
        for text in (b"\xc3\x28", b"good\xed\xa0\x80", b"a" * 100_000 + b"\xe2\x82"):
            with self.subTest(text[:9]), Wire(server.port) as wire:
                self.assertTrue(wire.fails_with(1007, frame(TEXT, deflated(text), rsv=RSV1)))

    def test_reserved_bits_where_they_may_not_be(self):
        for first in (frame(CONTINUATION, b"x", rsv=RSV1), frame(PING, b"", rsv=RSV1), frame(CLOSE, b"", rsv=RSV1),
                      frame(TEXT, b"\0", rsv=6), frame(TEXT, b"\0", rsv=1)):
            with self.subTest(first), Wire(server.port) as wire:
                self.assertTrue(wire.fails_with(1002, first))
        with Client(server.port) as wire:  # nothing was agreed on
            wire.send(frame(TEXT, b"\0", rsv=RSV1))
            self.assertEqual(wire.closed()[0], 1002)

    def test_bombs_end_at_the_limit(self):
        for size in (LIMIT - 1, LIMIT):
            with self.subTest(size), Wire(server.port) as wire:
                wire.send(frame(BINARY, deflated(bytes(size)), rsv=RSV1))
                self.assertEqual(wire.message(), (bytes(size), True))
        before = server.resident()
        for size in (LIMIT + 1, LIMIT + 2, 500 * LIMIT):
            with self.subTest(size), Wire(server.port) as wire:
                bomb = frame(BINARY, deflated(bytes(size)), rsv=RSV1)
                began = time.monotonic()
                self.assertTrue(wire.fails_with(1009, bomb))
                self.assertLess(time.monotonic() - began, 5)
        if not support.SANITIZED:
            self.assertLess(server.resident() - before, 8 * LIMIT)

    def test_corruption_anywhere_leaves_the_server_in_order(self):
        good = deflated(b"some text, some text, and some more of it " * 5)
        for place in range(len(good)):
            with Wire(server.port) as wire:
                wire.send(frame(BINARY, good[:place] + bytes([good[place] ^ 0x55]) + good[place + 1:], rsv=RSV1))
                got = wire.frame()
                self.assertIn(got.opcode, (BINARY, CLOSE))
                if got.opcode == CLOSE:
                    self.assertIn(int.from_bytes(got.payload[:2], "big"), (1007, 1009))
        with Wire(server.port) as wire:
            wire.send(frame(TEXT, deflated(b"still there"), rsv=RSV1))
            self.assertEqual(wire.message()[0], b"still there")


MESSAGES = ("Hello", "Hello", "", "é€😀" * 9000, json.dumps({"price": 1.5, "size": 3}) * 40, b"", bytes(LIMIT),
            os.urandom(70000), pattern(LIMIT), "Hello")


class Websockets(unittest.TestCase):
    def test_as_a_client_of_ours(self):
        peers.python_websockets()
        from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
        from websockets.sync.client import connect
        windows = ({}, {"server_max_window_bits": 8}, {"server_max_window_bits": 9}, {"client_max_window_bits": True},
                   {"client_max_window_bits": 9}, {"server_max_window_bits": 12, "client_max_window_bits": 11})
        for flags, bits in itertools.product(itertools.product((False, True), repeat=2), windows):
            offer = {**dict(zip(FLAGS, flags)), **bits}
            with self.subTest(offer), connect(f"ws://127.0.0.1:{server.port}/", compression=None, proxy=None,
                                              extensions=[ClientPerMessageDeflateFactory(**offer)]) as socket:
                self.assertEqual([one.name for one in socket.protocol.extensions], ["permessage-deflate"])
                for data in MESSAGES:
                    socket.send(data)
                    self.assertEqual(socket.recv(), data)
                socket.send(["in ", "three ", "pieces" * 1000])
                self.assertEqual(socket.recv(), "in three " + "pieces" * 1000)

    def test_as_a_server_of_ours(self):
        peers.python_websockets()
        from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
        from websockets.sync.server import serve
        report = {}

        def suite(socket):
            """A conformance suite in the usual form, with one case: that each message comes back."""
            path = socket.request.path
            if path == "/getCaseCount":
                socket.send("1")
            elif path.startswith("/runCase"):
                report["same"], report["extensions"] = 0, str(socket.protocol.extensions)
                for message in MESSAGES:
                    socket.send(message)
                    report["same"] += socket.recv() == message

        for flags in itertools.product((False, True), repeat=2):
            for bits in ({}, {"server_max_window_bits": 9}, {"client_max_window_bits": 9}):
                how = ServerPerMessageDeflateFactory(**dict(zip(FLAGS, flags)), **bits)
                with self.subTest(flags=flags, bits=bits), serve(suite, "127.0.0.1", 0, compression=None,
                                                                 max_size=None, extensions=[how]) as of:
                    threading.Thread(target=of.serve_forever, daemon=True).start()
                    done = support.run(support.program("ws_client"), "--deflate", "--echo-suite",
                                       f"ws://127.0.0.1:{of.socket.getsockname()[1]}")
                    self.assertEqual((done.returncode, report.pop("same")), (0, len(MESSAGES)), done.stderr.decode())
                    self.assertIn("PerMessageDeflate", report.pop("extensions"))


class Node(unittest.TestCase):
    OPTIONS = [{**flags, **bits} for flags in ({}, {"serverNoContextTakeover": True}, {"clientNoContextTakeover": True},
                                               {"serverNoContextTakeover": True, "clientNoContextTakeover": True})
               for bits in ({}, {"serverMaxWindowBits": 9}, {"clientMaxWindowBits": 10},
                            {"serverMaxWindowBits": 11, "clientMaxWindowBits": 12})]

    def node(self, *arguments):
        return ("env", f"NODE_PATH={peers.node_ws() / 'node_modules'}", peers.node_program(),
                support.HERE / "ws_deflate.js", *arguments)

    def test_as_a_client_of_ours(self):
        roomy = support.example("ws_echo_server", "--deflate")
        done = support.run(*self.node("client", f"ws://127.0.0.1:{roomy.port}/", json.dumps(self.OPTIONS)), seconds=60)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        reports = json.loads(done.stdout)
        self.assertEqual(len(reports), len(self.OPTIONS))
        for options, report in zip(self.OPTIONS, reports):
            with self.subTest(options):
                self.assertIn("permessage-deflate", report["extensions"])
                self.assertEqual((report["same"], report["fragments"], report["close"]), (10, ["between", 6003], 1000))

    def test_as_a_server_of_ours(self):
        for options in self.OPTIONS[::3]:
            for offer in ("", "server_no_context_takeover; client_no_context_takeover; client_max_window_bits"):
                with self.subTest(options=options, offer=offer):
                    other = support.Server(*self.node("server", json.dumps(options)))
                    done = support.run(support.program("ws_client"), f"--deflate={offer}", "--echo-suite",
                                       f"ws://127.0.0.1:{other.port}")
                    self.assertEqual(done.returncode, 0, done.stderr.decode())
                    report = json.loads(other.process.stdout.readline())
                    self.assertEqual(report["same"], 10)
                    self.assertIn("permessage-deflate", report["extensions"])


class OursWithOurs(unittest.TestCase):
    def test_every_combination(self):
        lines = "Hello\nHello\n" + "é€😀" * 9000 + "\n" + "x" * 2000 + "\n\n"
        for demand, offer in itertools.product(
                ("", *FLAGS, "server_max_window_bits=8; client_max_window_bits=8"),
                ("", "client_max_window_bits", f"{FLAGS[0]}; client_max_window_bits",
                 "server_max_window_bits=8; client_max_window_bits=8")):
            with self.subTest(demand=demand, offer=offer):
                other = support.example("ws_echo_server", f"--deflate={demand}")
                done = support.run(support.program("ws_client"), f"--deflate={offer}",
                                   f"ws://127.0.0.1:{other.port}/", data=lines.encode())
                self.assertEqual((done.returncode, done.stdout.decode()), (0, lines), done.stderr.decode())
                self.assertEqual(other.stop(), 0)


PAGE = """<!doctype html><meta charset="utf-8"><title>Interop</title><link rel="icon" href="data:,">
<script>
"use strict";
const next = (socket, what) => new Promise((done) => socket.addEventListener(what, done, { once: true }));
async function talk() {
  const report = {};
  const socket = new WebSocket("ws://127.0.0.1:PORT/");
  socket.binaryType = "arraybuffer";
  await next(socket, "open");
  report.extensions = socket.extensions;
  report.same = 0;
  for (const text of ["Hello", "Hello", "", "é€😀".repeat(9000), "x".repeat(1000000)]) {
    socket.send(text);
    report.same += (await next(socket, "message")).data === text;
  }
  for (const size of [0, 126, 65536, 1 << 20]) {
    const data = new Uint8Array(size).map((_, n) => n * n >> 3);
    socket.send(data);
    const back = new Uint8Array((await next(socket, "message")).data);
    report.same += back.length === size && back.every((octet, n) => octet === data[n]);
  }
  socket.close(1000);
  report.clean = (await next(socket, "close")).wasClean;
  return report;
}
talk().catch((error) => ({ error: String(error) }))
  .then((report) => fetch("/report", { method: "POST", body: JSON.stringify(report) }));
</script>
"""


class Chromium(unittest.TestCase):
    def test_a_page(self):
        report = peers.chromium_report(lambda _: PAGE.replace("PORT", str(server.port)))
        self.assertEqual(report, {"extensions": "permessage-deflate", "same": 9, "clean": True})


if __name__ == "__main__":
    support.main()
