#!/usr/bin/env python3
"""Proves that ws_echo_server talks with other people's clients: Python's websockets, Node's ws, Chromium; over TLS;
and behind nginx as a reverse proxy."""
import json
import ssl
import threading
import unittest

import peers
import support
from support import pattern
from ws_wire import CLOSE, PING, PONG, TEXT, Client, Frame, close_payload, frame


def setUpModule():
    global server, secure, key, certificate
    key, certificate = peers.certificate()
    options = ("--subprotocol", "chat.v2", "--subprotocol", "chat.v1")
    server = support.example("ws_echo_server", *options)
    secure = support.example("ws_echo_server", "--tls-cert", certificate, "--tls-key", key, *options)


class ByWebsockets:
    """What holds wherever the server is reached. `address` is a URL."""

    def connect(self, **options):
        peers.python_websockets()
        from websockets.sync.client import connect
        if self.address.startswith("wss"):
            options["ssl"] = ssl.create_default_context(cafile=certificate)
        return connect(self.address, max_size=None, proxy=None, **{"compression": None, **options})

    def test_text_and_octets(self):
        with self.connect() as socket:
            for data in ("hällo €", "", b"", b"\0\xff", pattern(125), pattern(126), pattern(65535), pattern(65536)):
                socket.send(data)
                self.assertEqual(socket.recv(), data)

    def test_large_messages(self):
        with self.connect() as socket:
            for size in (1 << 20, 16 << 20):
                socket.send(pattern(size))
                self.assertEqual(socket.recv(), pattern(size))

    def test_fragments(self):
        with self.connect() as socket:
            socket.send(f"{n} " for n in range(5000))
            self.assertEqual(socket.recv(), "".join(f"{n} " for n in range(5000)))

    def test_messages_that_cross(self):
        with self.connect() as socket:
            sender = threading.Thread(target=lambda: [socket.send(f"{n}" * (n % 999)) for n in range(3000)])
            sender.start()
            for n in range(3000):
                self.assertEqual(socket.recv(), f"{n}" * (n % 999))
            sender.join()

    def test_ping(self):
        with self.connect() as socket:
            self.assertTrue(socket.ping(b"are you there").wait(5))

    def test_subprotocols(self):
        with self.connect(subprotocols=["chat.v1", "chat.v2"]) as socket:
            self.assertEqual(socket.subprotocol, "chat.v2")

    def test_compression_is_declined(self):
        with self.connect(compression="deflate") as socket:
            socket.send("x" * 100_000)
            self.assertEqual(socket.recv(), "x" * 100_000)

    def test_close_codes(self):
        for code in (1000, 3000, 4999):
            with self.connect() as socket:
                socket.close(code, "the end")
                self.assertEqual(socket.close_code, code)


class Directly(ByWebsockets, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.address = f"ws://127.0.0.1:{server.port}/"


class OverTls(ByWebsockets, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.address = f"wss://127.0.0.1:{secure.port}/"

    def test_no_tls_where_tls_is_spoken(self):
        with Client(secure.port, opened=False) as wire:
            wire.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertTrue(wire.is_closed() or wire.held[:1] == b"\x15")  # an alert

    def test_records_in_pieces_and_many_frames_in_a_record(self):
        raw = ssl.create_default_context(cafile=certificate)
        with Client(secure.port, opened=False) as wire:
            wire.socket = raw.wrap_socket(wire.socket, server_hostname="127.0.0.1")
            wire.send("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                      frame(PING, b"?") * 1000 + frame(TEXT, b"x" * 200_000) + frame(CLOSE, close_payload(1000)))
            self.assertEqual(wire.response().status, 101)
            for _ in range(1000):
                self.assertEqual(wire.frame(), Frame(PONG, b"?"))
            self.assertEqual(wire.frame(), Frame(TEXT, b"x" * 200_000))
            self.assertEqual(wire.closed(), (1000, b""))


class BehindNginx(ByWebsockets, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.proxy = peers.Nginx("""
    server {{
        listen 127.0.0.1:{port};
        listen 127.0.0.1:{secure_port} ssl;
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        location / {{
            proxy_pass http://127.0.0.1:{ours};
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
        }}
    }}""", ours=server.port, key=key, certificate=certificate)
        cls.address = f"wss://127.0.0.1:{cls.proxy.secure_port}/"

    def test_errors_come_through(self):
        with Client(self.proxy.port) as wire:
            wire.send(frame(TEXT, b"\xff"))
            self.assertEqual(wire.closed()[0], 1007)
        self.assertIn(b"HTTP/1.1 426 ", support.curl("--include", self.proxy.url("/")))


class Node(unittest.TestCase):
    def test_ws(self):
        node, modules = peers.node_program(), peers.node_ws() / "node_modules"
        done = support.run("env", f"NODE_PATH={modules}", node, support.HERE / "ws_peer.js",
                           f"ws://127.0.0.1:{server.port}/", seconds=60)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        self.assertEqual(json.loads(done.stdout), {
            "protocol": "chat.v2", "text": "hällo €", "empty": 0, "same": [True] * 6,
            "fragments": ["between", "in three pieces"], "close": 4321, "extensions": "", "plain": 100000,
            "refused": 1002})


PAGE = """<!doctype html><meta charset="utf-8"><title>Interop</title><link rel="icon" href="data:,">
<script>
"use strict";
const next = (socket, what) => new Promise((done) => socket.addEventListener(what, done, { once: true }));
async function talk() {
  const report = {};
  const socket = new WebSocket("ws://127.0.0.1:PORT/", ["chat.v1", "chat.v2"]);
  socket.binaryType = "arraybuffer";
  await next(socket, "open");
  report.protocol = [socket.protocol, socket.extensions];
  socket.send("hällo €");
  report.text = (await next(socket, "message")).data;
  report.sizes = [];
  for (const size of [0, 126, 65536, 1 << 20, 16 << 20]) {
    const data = new Uint8Array(size).fill(7);
    socket.send(data);
    const back = new Uint8Array((await next(socket, "message")).data);
    report.sizes.push(back.length === size && back.every((octet) => octet === 7));
  }
  socket.close(3456, "enough");
  const end = await next(socket, "close");
  report.close = [end.code, end.wasClean];
  return report;
}
talk().catch((error) => ({ error: String(error) }))
  .then((report) => fetch("/report", { method: "POST", body: JSON.stringify(report) }));
</script>
"""


class Chromium(unittest.TestCase):
    def test_a_page(self):
        def page(origin):
            picky = support.example("ws_echo_server", "--origin", origin, "--subprotocol", "chat.v2")
            return PAGE.replace("PORT", str(picky.port))

        self.assertEqual(peers.chromium_report(page), {"protocol": ["chat.v2", ""], "text": "hällo €",
                                                       "sizes": [True] * 5, "close": [3456, True]})


if __name__ == "__main__":
    support.main()
