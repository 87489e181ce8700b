#!/usr/bin/env python3
"""Proves that the small servers, each on another kind of I/O, behave like servers towards curl and Node's
client: http_asio (coroutines), http_blocking (blocking sockets), http_uring (io_uring), http_firmware (a serial
line, 2 KB of memory)."""
import json
import socket
import subprocess
import threading
import unittest

import peers
import support
from support import curl, curl_run
from wire import Wire
from ws_wire import (BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Client, Frame, close_payload, frame, request)

BODY = support.pattern(900_000)

# Sends pipelines of POSTs through one agent, and prints what came back as JSON.
NODE_CLIENT = """
const http = require("http");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const ask = (n) => new Promise((done, failed) => {
  const request = http.request({ host: "127.0.0.1", port: process.argv[1], agent, method: "POST", path: `/${n}`,
                                 headers: { Trailer: "X-Sum", TE: "trailers", Connection: "TE, keep-alive",
                                            "Transfer-Encoding": "chunked" } }, (response) => {
    let body = "";
    response.setEncoding("latin1");
    response.on("data", (piece) => { body += piece; });
    response.on("end", () => done([response.statusCode, body, request.reusedSocket, response.trailers]));
  });
  request.on("error", failed);
  request.write("x".repeat(n * 1000));
  request.write("end");
  request.addTrailers({ "X-Sum": String(n) });
  request.end();
});
(async () => {
  const out = [];
  for (let n = 0; n < 20; ++n) out.push(await ask(n));
  console.log(JSON.stringify(out));
  agent.destroy();
})();
"""


class Common:
    """What is asked of each of them."""
    name = None
    several = ()  # for curl, to ask it with several clients at once

    @classmethod
    def setUpClass(cls):
        cls.server = support.example(cls.name)

    def tearDown(self):
        self.assertIsNone(self.server.process.poll(), "the server ended")

    def test_get_head_and_reuse(self):
        done = curl_run("--write-out", "|%{num_connects} %{http_code}\n", self.server.url("/a"), self.server.url("/b"))
        self.assertRegex(done.stdout.decode(), r"(?s)^[^|]*\|1 200\n[^|]*\|0 200\n$")
        self.assertTrue(curl("--head", self.server.url("/a")).startswith(b"HTTP/1.1 200 "))
        self.assertEqual(curl("--http1.0", self.server.url("/a")), curl(self.server.url("/a")))

    def test_uploads_arrive_whole(self):
        for arguments in (("--header", "Expect:"), ("--header", "Expect: 100-continue", "--expect100-timeout", "20"),
                          ("--header", "Expect:", "--header", "Transfer-Encoding: chunked")):
            with self.subTest(arguments):
                got = curl("--data-binary", "@-", *arguments, self.server.url("/up"), data=BODY)
                self.check_upload(got)

    def check_upload(self, got):
        self.assertEqual(got, b"/up: 900000 octets came with it\n")

    def test_node_keeps_its_connection(self):
        done = support.run(peers.node_program(), "-e", NODE_CLIENT, self.server.port)
        got = json.loads(done.stdout or b"[]")
        self.assertEqual([one[0] for one in got], [200] * 20, done.stderr)
        self.assertEqual([one[2] for one in got], [False] + [True] * 19)
        for n, (_, body, _, trailers) in enumerate(got):
            self.check_node(n, body, trailers)

    def check_node(self, n, body, _trailers):
        self.assertEqual(body, f"/{n}: {n * 1000 + 3} octets came with it\n")

    def test_a_pipeline_in_any_pieces(self):
        one = "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        octets = (one + "GET /q HTTP/1.1\r\nHost: a\r\n\r\n") * 5
        for size in (1, 13, len(octets)):
            with self.subTest(size), Wire(self.server.port) as wire:
                for at in range(0, len(octets), size):
                    wire.send(octets[at:at + size])
                self.assertEqual([wire.response().status for _ in range(10)], [200] * 10)

    def test_refusals(self):
        for request, status in (("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505),
                                ("GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", 400),
                                ("GET / HTTP/1.1\r\nHost: a\r\nX: " + "y" * 40_000, 431)):
            with self.subTest(request[:40]), Wire(self.server.port) as wire:
                wire.send(request)
                answer = wire.response()
                self.assertEqual((answer.status, answer.get("Connection")), (status, "close"))
                self.assertTrue(wire.is_closed())

    def test_several_clients_at_once(self):
        outputs = [part for n in range(20) for part in ("--output", "/dev/null", self.server.url(f"/{n}"))]
        done = curl_run("--parallel", "--parallel-immediate", "--write-out", "%{http_code}\n", *self.several, *outputs)
        self.assertEqual(done.stdout.decode().split(), ["200"] * 20, done.stderr)


class Asio(Common, unittest.TestCase):
    name = "http_asio"

    def check_upload(self, got):
        self.assertEqual(got, BODY)  # it echoes

    def check_node(self, n, body, trailers):
        self.assertEqual((body, trailers), ("x" * n * 1000 + "end", {"x-sum": str(n)}))

    def test_an_echo_comes_before_the_request_ends(self):
        with Wire(self.server.port) as wire:
            wire.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            self.assertEqual(wire.head().get("Transfer-Encoding"), "chunked")
            for n in range(3):
                wire.send(f"6\r\nline {n}\r\n")
                self.assertEqual(wire.chunk(), b"line %d" % n)
            wire.send("0\r\n\r\n")
            self.assertIsNone(wire.chunk())


class Blocking(Common, unittest.TestCase):
    name = "http_blocking"
    several = ("--header", "Connection: close")  # it has one client at a time, and keeps it


class Uring(Common, unittest.TestCase):
    name = "http_uring"

    @classmethod
    def setUpClass(cls):
        try:
            super().setUpClass()
            curl(cls.server.url("/"))
        except AssertionError:
            if hasattr(cls, "server") and "not available" in "".join(cls.server.log):
                raise unittest.SkipTest("io_uring is not available here") from None
            raise

    def test_frames_that_straddle_buffers(self):
        """Messages, fragments and pings of many sizes, in one piece with the upgrade, or cut anywhere."""
        octets, told = request(path="/echo").encode(), []
        for n in (*range(0, 260, 3), 2000, 2030, 2048, 4095, 4096, 65_535, 65_536):
            text = ("\u20ac" * n).encode()  # of three octets each
            octets += frame(TEXT, text) + frame(PING, text[:125]) + frame(BINARY, text[:n], fin=False)
            octets += frame(PING) + frame(CONTINUATION, text[n:])
            told += [(TEXT, text), (PONG, text[:125]), (PONG, b""), (BINARY, text)]
        octets += frame(CLOSE, close_payload(3000))
        for size in (61, 1448, 2048, len(octets)):
            with self.subTest(size), Client(self.server.port, opened=False) as wire:
                sender = threading.Thread(
                    target=lambda: [wire.send(octets[at:at + size]) for at in range(0, len(octets), size)])
                sender.start()
                self.assertEqual(wire.response().status, 101)
                pongs, messages, kind, joined = [], [], None, b""
                while True:
                    got = wire.frame()
                    if got.opcode == CLOSE:
                        break
                    if got.opcode == PONG:
                        pongs.append((PONG, got.payload))
                        continue
                    self.assertEqual(got.opcode == CONTINUATION, kind is not None)
                    kind = kind or got.opcode
                    joined += got.payload
                    if got.fin:
                        messages.append((kind, joined))
                        kind, joined = None, b""
                sender.join()
                self.assertEqual(messages, [one for one in told if one[0] != PONG])
                self.assertEqual(pongs, [one for one in told if one[0] == PONG])
                self.assertEqual((wire.code_of(got), wire.rest()), ((3000, b""), b""))

    def test_websockets(self):
        peers.python_websockets()
        from websockets.sync.client import connect
        with connect(f"ws://127.0.0.1:{self.server.port}/", proxy=None, max_size=None) as client:
            for data in ("h\u00e4llo", "", b"\0" * 70_000, "\u20ac" * 400_000):
                client.send(data)
                self.assertEqual(client.recv(timeout=20), data)
            client.send(str(n) for n in range(1000))
            self.assertEqual(client.recv(timeout=20), "".join(map(str, range(1000))))
            self.assertTrue(client.ping(b"x" * 125).wait(5))
        self.assertEqual(client.close_code, 1000)

    def test_frames_that_are_refused(self):
        for octets, code in ((frame(TEXT, b"x" * 3000 + b"\xff"), 1007), (frame(TEXT, b"x", mask=False), 1002),
                             (frame(CONTINUATION, b"x"), 1002), (frame(CLOSE, b"\3"), 1002)):
            with self.subTest(code), Client(self.server.port) as wire:
                wire.send(octets)
                while (got := wire.frame()).opcode != CLOSE:
                    self.assertEqual(set(got.payload), set(b"x"))
                self.assertEqual(wire.code_of(got)[0], code)
        with Client(self.server.port, opened=False) as wire:
            wire.send(request(Sec_WebSocket_Version="8"))
            self.assertEqual(wire.response().status, 426)


class Firmware(unittest.TestCase):
    def talk(self, octets, size=None):
        """What it sends for these octets, which come in pieces of `size`."""
        process = subprocess.Popen([support.program("http_firmware")], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        with process:
            for at in range(0, len(octets), size or len(octets)):
                try:
                    process.stdin.write(octets[at:at + (size or len(octets))])
                    process.stdin.flush()
                except BrokenPipeError:
                    break
            try:
                process.stdin.close()
            except BrokenPipeError:
                pass
            return process.stdout.read()

    @staticmethod
    def checksum(body):
        sum = 0
        for octet in body:
            sum = (sum * 31 + octet) & 0xffffffff
        return b"%08x\n" % sum

    def test_images_in_a_pipeline(self):
        image = support.pattern(50_000)
        head = b"POST /flash HTTP/1.1\r\nHost: board\r\n"
        sized = head + b"Content-Length: 50000\r\n\r\n" + image
        pieces = [image[at:at + 333] for at in range(0, 50_000, 333)]
        chunked = (head + b"Transfer-Encoding: chunked\r\n\r\n"
                   + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n")
        for size in (61, 1000, None):
            with self.subTest(size):
                got = self.talk(sized + chunked + b"GET / HTTP/1.0\r\n\r\n", size)
                self.assertEqual(got.count(b"HTTP/1.1 200 OK\r\n"), 3, got)
                self.assertEqual(got.count(self.checksum(image)), 2)
                self.assertTrue(got.endswith(self.checksum(b"")))

    def test_an_image_that_is_too_large_is_refused(self):
        for framing in (b"Content-Length: 65537\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n10001\r\n"):
            got = self.talk(b"POST / HTTP/1.1\r\nHost: b\r\n" + framing)
            self.assertIn(b"HTTP/1.1 413 ", got)

    def test_a_head_that_is_too_large_is_refused(self):
        got = self.talk(b"GET / HTTP/1.1\r\nHost: b\r\nX: " + b"y" * 2000)
        self.assertTrue(got.startswith(b"HTTP/1.1 431 "), got)

    def test_curl_over_the_serial_line(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            asking = support.start([support.peer("curl"), "-q", "--silent", "--max-time", "10",
                                    "--data-binary", "hello", f"http://127.0.0.1:{listener.getsockname()[1]}/"],
                                   stdout=subprocess.PIPE)
            line, _ = listener.accept()
            with line:
                subprocess.run([support.program("http_firmware")], stdin=line, stdout=line, timeout=20)
            self.assertEqual(asking.communicate(timeout=10)[0], self.checksum(b"hello"))

    def test_images_as_messages(self):
        """Whole, in fragments with a ping between, empty; the upgrade in one piece with the frames, or cut anywhere."""
        image = support.pattern(65_536)
        octets = (request(path="/flash").encode() + frame(BINARY, image)
                  + frame(BINARY, image[:30_000], fin=False) + frame(PING, b"?") + frame(CONTINUATION, image[30_000:])
                  + frame(BINARY) + frame(CLOSE, close_payload(1000)))
        for size in (61, 1000, None):
            with self.subTest(size), Answers(self.talk(octets, size)) as got:
                self.assertEqual(got.response().status, 101)
                sum = Frame(TEXT, self.checksum(image)[:8])
                self.assertEqual([got.frame() for _ in range(4)],
                                 [sum, Frame(PONG, b"?"), sum, Frame(TEXT, b"00000000")])
                self.assertEqual(got.closed(), (1000, b""))

    def test_messages_that_are_no_images(self):
        for octets, code in ((frame(BINARY, b"x" * 65_537), 1009), (frame(TEXT, b"x"), 1003),
                             (frame(BINARY, b"x", mask=False), 1002),
                             (frame(BINARY, b"x" * 65_000, fin=False) + frame(CONTINUATION, b"x" * 537), 1009)):
            with self.subTest(code), Answers(self.talk(request().encode() + octets)) as got:
                self.assertEqual(got.response().status, 101)
                self.assertEqual(got.closed(), (code, b""))

    def test_a_handshake_that_is_refused(self):
        with Answers(self.talk(request(Sec_WebSocket_Version="8").encode() + frame(BINARY, b"x"))) as got:
            answer = got.response()
            self.assertEqual((answer.status, answer.get("Sec-WebSocket-Version")), (426, "13"))
            self.assertEqual(got.rest(), b"")

    def test_websockets_over_the_serial_line(self):
        peers.python_websockets()
        from websockets.sync.client import connect
        image = support.pattern(65_536)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def run():
                line, _ = listener.accept()
                with line:
                    subprocess.run([support.program("http_firmware")], stdin=line, stdout=line, timeout=20)

            board = threading.Thread(target=run)
            board.start()
            with connect(f"ws://127.0.0.1:{listener.getsockname()[1]}/", proxy=None) as client:
                self.assertTrue(client.ping().wait(5))
                for data in (image, [image[:100], image[100:]]):
                    client.send(data)
                    self.assertEqual(client.recv(timeout=10), self.checksum(image)[:8].decode())
            self.assertEqual(client.close_code, 1000)
            board.join()


class Answers(Client):
    """What was sent over a line that has ended."""

    def __init__(self, octets):
        self.socket, ended = socket.socketpair()
        ended.close()
        self.held = octets


if __name__ == "__main__":
    support.main()
