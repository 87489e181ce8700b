#!/usr/bin/env python3
"""Proves that ws_client talks with other people's servers: Python's websockets and Node's ws, behind nginx and
http_proxy, through a tunnel, over TLS; and over TLS with ws_echo_server."""
import functools
import http
import json
import ssl
import subprocess
import threading
import time
import unittest

import peers
import support
from support import pattern
from ws_client import (ABNORMAL, NO_CONNECTION, NOT_UPGRADED, OK, TLS, Case, address, finish, open_input, start, ws)

LARGE = 16 << 20


def setUpModule():
    support.program("ws_client")


@functools.cache
def large():
    """Text of LARGE octets."""
    return lines(pattern(LARGE))[:-1]


def lines(octets):
    return octets.replace(b"\n", b" ") + b"\n"


def converse(*arguments, data, size):
    """Runs ws_client, and ends its input only when so much has come back: a server that reads ahead may see the Close
    before it has answered."""
    process = start(*arguments, stdin=subprocess.PIPE)
    feeder = threading.Thread(target=lambda: (process.stdin.write(data), process.stdin.flush()))
    feeder.start()
    out = b""
    while len(out) < size and (piece := process.stdout.read1(1 << 20)):
        out += piece
    feeder.join()
    done = finish(process)
    return subprocess.CompletedProcess(done.args, done.returncode, out + done.stdout, done.stderr)


class NodeServer(support.Server):
    """ws_origin.js"""

    def __init__(self, *options):
        modules = peers.node_ws() / "node_modules"
        super().__init__("env", f"NODE_PATH={modules}", peers.node_program(), support.HERE / "ws_origin.js", *options)

    def told(self, **what):
        """Waits until it tells this, among other things."""
        def said():
            return any(what.items() <= json.loads(line).items() for line in list(self.log) if line.startswith("{"))
        support.eventually(said, what=f"no {what} in {self.log}")


class TalksWithNode:
    """What holds wherever the server is reached. `port` is where, `options` are those of ws_client."""
    options = ()
    scheme = "ws:"

    def url(self, path):
        return address(self.port, path).replace("ws:", self.scheme)

    def talk(self, path, *options, data=None, status=OK):
        """Until the server closes, or the input ends if there is some: the lines that came."""
        if data is None:
            with open_input() as held:
                done = finish(start(*self.options, *options, self.url(path), stdin=held))
        else:
            done = ws(*self.options, *options, self.url(path), data=data)
        self.assertEqual(done.returncode, status, done.stderr.decode())
        self.said = done.stderr.decode()
        return done.stdout

    def test_lines(self):
        for data in (b"hello\n", "hällo €\n\n\U0001f600\n".encode(), b"".join(b"%d\n" % n for n in range(5000)),
                     lines(pattern(70000)) * 3):
            self.assertEqual(self.talk("/echo", data=data), data)

    def test_a_large_line(self):
        data = large() + b"\n"
        self.assertEqual(self.talk("/echo", data=data), data)

    def test_large_messages(self):
        out = self.talk(f"/large?size={LARGE}")
        self.assertEqual(out, b"<%d octets>\n" % LARGE + (b"0123456789abcde" * (LARGE // 15 + 1))[:LARGE] + b"\n")

    def test_fragments_with_control_frames_between(self):
        self.assertEqual(self.talk("/fragments").decode(), "in thr€€ pieces\n<70005 octets>\npong: between\n")

    def test_subprotocols(self):
        self.talk("/echo", "--verbose", "--subprotocol", "chat.v1", "--subprotocol", "chat.v2", data=b"")
        self.assertIn("open, with subprotocol chat.v2\n", self.said)
        self.talk("/echo", "--verbose", "--subprotocol", "chat.v1", data=b"a\n")
        self.assertRegex(self.said, r"\* open\n")

    def test_codes_of_the_client(self):
        for code in (1000, 1001, 1011, 3000, 4999):
            self.talk("/count", "--close", code, "--ping", data=b"a\nbc\n")
            self.node.told(messages=2, octets=3, pings=1, code=code, reason="")

    def test_codes_of_the_server(self):
        for code, status in ((1000, OK), (1001, OK), (1003, ABNORMAL), (1008, ABNORMAL), (1011, ABNORMAL),
                             (1013, ABNORMAL), (3000, ABNORMAL), (4321, ABNORMAL)):
            with self.subTest(code=code):
                self.talk(f"/close?code={code}&reason=because", status=status)
                if status != OK:
                    self.assertIn(f"closed with {code}", self.said)
                    self.assertIn(": because\n", self.said)
        self.talk("/close")  # without a code

    def test_a_server_that_closes_first_and_while_something_is_sent(self):
        self.talk("/close-then", data=b"this\n" + lines(pattern(100_000)) * 50, status=ABNORMAL)
        self.assertIn("closed with 4000: after this\n", self.said)

    def test_pings_both_ways(self):
        self.assertRegex(self.talk("/echo", "--ping", data=b"a\n").decode(), r"(?m)^<pong after \d+\.\d+ ms>$")

    def test_refusals(self):
        for path, *texts in (("/401", "401 Unauthorized", "credentials"), ("/404", "404 Not Found", "path"),
                             ("/302", "302 Found", "ws://elsewhere.example/chat"), ("/200", "200 OK"),
                             ("/503", "503 Service Unavailable"), ("/private", "401 Unauthorized")):
            with self.subTest(path=path):
                self.talk(path, data=b"a\n", status=NOT_UPGRADED)
                for text in texts:
                    self.assertIn(text, self.said)

    def test_credentials(self):
        done = ws(*self.options, self.url("/private").replace("//", "//me:pass@"), data=b"in\n")
        self.assert_ends(done, OK)
        self.assertEqual(done.stdout, b"in\n")


class Node(TalksWithNode, Case):
    @classmethod
    def setUpClass(cls):
        cls.node = NodeServer()
        cls.port = cls.node.port

    def test_an_end_without_a_close(self):
        self.talk("/terminate", status=ABNORMAL)
        self.assertIn("without a closing handshake (1006)", self.said)

    def test_a_tunnel(self):
        proxy = ("--proxy", f"http://me:p%40ss@127.0.0.1:{self.port}")
        self.assertEqual(self.talk("/echo", *proxy, data=b"through\n"), b"through\n")
        self.node.told(connect=f"127.0.0.1:{self.port}")
        data = lines(pattern(1 << 20))
        self.assertEqual(self.talk("/echo", *proxy, data=data), data)
        self.talk("/404", *proxy, data=b"", status=NOT_UPGRADED)
        self.talk("/echo", "--proxy", f"http://127.0.0.1:{self.port}", data=b"", status=NO_CONNECTION)
        self.assertIn("407 Proxy Authentication Required", self.said)

    def test_a_tunnel_through_a_proxy_that_does_not_listen(self):
        self.talk("/echo", "--proxy", f"http://127.0.0.1:{support.reserve_port()}", data=b"", status=NO_CONNECTION)

    def test_a_server_that_would_compress(self):
        node = NodeServer("--deflate")
        data = lines(b"x" * 100_000)
        done = ws(address(node.port, "/echo"), data=data)
        self.assert_ends(done, OK)
        self.assertEqual(done.stdout, data)


NGINX = """
    server {{
        listen 127.0.0.1:{port};
        listen 127.0.0.1:{secure_port} ssl;
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        location / {{
            proxy_pass http://127.0.0.1:{origin};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
        }}
        location /nobody/ {{ proxy_pass http://127.0.0.1:{nobody}; }}
    }}"""


class BehindNginx(TalksWithNode, Case):
    """Over TLS, which nginx ends."""
    scheme = "wss:"

    @classmethod
    def setUpClass(cls):
        cls.node = NodeServer()
        key, cls.certificate = peers.certificate()
        cls.nginx = peers.Nginx(NGINX, origin=cls.node.port, nobody=support.reserve_port(), key=key,
                                certificate=cls.certificate)
        cls.port = cls.nginx.secure_port
        cls.options = ("--cacert", cls.certificate)

    def test_errors_of_nginx(self):
        self.talk("/nobody/", data=b"", status=NOT_UPGRADED)
        self.assertIn("502 Bad Gateway", self.said)
        done = ws(self.url("/echo"), data=b"")
        self.assert_ends(done, TLS, "certificate")
        done = ws(address(self.nginx.secure_port, "/echo"), data=b"")  # which speaks TLS
        self.assert_ends(done, NOT_UPGRADED, "400 Bad Request")


class BehindHttpProxy(TalksWithNode, Case):
    """examples/proxy"""

    @classmethod
    def setUpClass(cls):
        cls.node = NodeServer()
        cls.port = support.example("http_proxy", f"127.0.0.1:{cls.node.port}").port


class Websockets(Case):
    @classmethod
    def setUpClass(cls):
        peers.python_websockets()
        from websockets.sync.server import basic_auth, serve
        cls.ended = []
        key, cls.certificate = peers.certificate()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cls.certificate, key)

        def refuse(connection, request):
            if request.path.startswith("/status/"):
                status = http.HTTPStatus(int(request.path.rpartition("/")[2]))
                answer = connection.respond(status, "not here\n")
                if status in (301, 302, 307, 308):
                    answer.headers["Location"] = "ws://elsewhere.example/"
                return answer
            if request.path == "/private":
                return basic_auth(credentials=("me", "pass"), realm="a")(connection, request)
            return None

        def serving(**more):
            one = serve(cls.converse, "127.0.0.1", 0, max_size=None, process_request=refuse,
                        subprotocols=["chat.v2", "chat.v1"], select_subprotocol=cls.choose, **more)
            threading.Thread(target=one.serve_forever, daemon=True).start()
            cls.addClassCleanup(one.shutdown)
            return one.socket.getsockname()[1]

        cls.port, cls.secure_port = serving(), serving(ssl=context)

    @staticmethod
    def choose(_connection, offered):
        return next((name for name in ("chat.v2", "chat.v1") if name in offered), None)

    @classmethod
    def converse(cls, socket):
        from websockets.exceptions import ConnectionClosed
        path = socket.request.path
        try:
            if path == "/fragments":
                socket.send(iter(["fr", "agm", "", "ents €"]))
                socket.send(iter([b"\0" * 70000, b"\1"]))
                assert socket.ping("are you there").wait(5)
                socket.send(f"pong after {len(list(socket.recv_streaming()))} frame")
            elif path == "/large":
                socket.send(large())
                socket.send(large().decode())
            elif path.startswith("/close/"):
                socket.close(int(path.rpartition("/")[2]), "said € so")
            else:
                for message in socket:
                    socket.send(message)
        except ConnectionClosed:
            pass
        cls.ended.append((path, socket.close_code, socket.close_reason))

    def test_lines(self):
        for data in (b"hello\n", "hällo €\n\n\U0001f600\n".encode(), b"".join(b"%d\n" % n for n in range(3000)),
                     lines(pattern(70000)) * 3, large() + b"\n"):
            for options in ((address(self.port),),
                            ("--cacert", self.certificate, f"wss://127.0.0.1:{self.secure_port}")):
                done = converse(*options, data=data, size=len(data))
                self.assert_ends(done, OK)
                self.assertEqual(done.stdout, data)

    def test_fragments_and_pings(self):
        text = "fragments €\n<70001 octets>\npong after 1 frame\n"
        done = converse(address(self.port, "/fragments"), data=b"go on\n", size=len(text.encode()))
        self.assert_ends(done, OK)
        self.assertEqual(done.stdout.decode(), text)

    def test_large_messages(self):
        with open_input() as held:
            done = finish(start(address(self.port, "/large"), stdin=held))
        self.assert_ends(done, OK)
        self.assertEqual(done.stdout, b"<%d octets>\n" % LARGE + large() + b"\n")

    def test_codes_of_the_client(self):
        for code in (1000, 1001, 1010, 1011, 3000, 4999):
            self.ended.clear()
            self.assert_ends(ws("--close", code, address(self.port, "/bye"), data=b"a\n"), OK)
            support.eventually(lambda: self.ended == [("/bye", code, "")], what=f"{self.ended} instead of {code}")

    def test_codes_of_the_server(self):
        for code, status in ((1000, OK), (1001, OK), (1002, ABNORMAL), (1009, ABNORMAL), (1012, ABNORMAL),
                             (3003, ABNORMAL), (4000, ABNORMAL)):
            with self.subTest(code=code), open_input() as held:
                self.ended.clear()
                done = finish(start(address(self.port, f"/close/{code}"), stdin=held))
                texts = [f"closed with {code}", r"said \xe2\x82\xac so"] if status != OK else []
                self.assert_ends(done, status, *texts)
                support.eventually(lambda: self.ended == [(f"/close/{code}", code, "said € so")] or
                                   self.ended and self.ended[0][1] == code, what=f"{self.ended}")

    def test_subprotocols(self):
        done = ws("--verbose", "--subprotocol", "chat.v1", "--subprotocol", "chat.v2", address(self.port))
        self.assert_ends(done, OK, "open, with subprotocol chat.v2\n")

    def test_refusals(self):
        for status, *texts in ((401, "Unauthorized"), (403, "Forbidden", "--origin"), (404, "Not Found"),
                               (307, "Temporary Redirect", "ws://elsewhere.example/"), (500, ""), (200, "OK")):
            done = ws(address(self.port, f"/status/{status}"))
            self.assert_ends(done, NOT_UPGRADED, f"does not upgrade: it answers {status}", *texts)
        self.assert_ends(ws(address(self.port, "/private")), NOT_UPGRADED, "401 Unauthorized", "credentials")
        done = converse(address(self.port, "/private").replace("//", "//me:pass@"), data=b"in\n", size=3)
        self.assert_ends(done, OK)
        self.assertEqual(done.stdout, b"in\n")

    def test_a_slow_reader(self):
        """The server says much more than it is read: nothing is lost, and it has to wait."""
        process = start(address(self.port, "/large"), stdin=subprocess.PIPE)
        time.sleep(0.5)
        out = b""
        while piece := process.stdout.read(1 << 20):
            out += piece
            time.sleep(0.005)
        process.communicate(timeout=10)
        self.assertEqual(process.returncode, OK)
        self.assertEqual(out, b"<%d octets>\n" % LARGE + large() + b"\n")


class OwnServerOverTls(Case):
    @classmethod
    def setUpClass(cls):
        cls.key, cls.certificate = peers.certificate()
        cls.server = support.example("ws_echo_server", "--verbose", "--tls-cert", cls.certificate, "--tls-key", cls.key,
                                     "--subprotocol", "chat")
        cls.url = f"wss://127.0.0.1:{cls.server.port}/"

    def test_lines(self):
        for data in (b"", b"hello\n", "hällo €\n\n".encode(), b"".join(b"%d\n" % n for n in range(20000)),
                     lines(pattern(16384)) * 100, large() + b"\n"):
            done = ws("--cacert", self.certificate, self.url, data=data)
            self.assert_ends(done, OK)
            self.assertEqual(done.stdout, data)
            self.assertEqual(done.stderr, b"")

    def test_ping_subprotocol_and_code(self):
        done = ws("--cacert", self.certificate, "--verbose", "--ping", "--subprotocol", "chat", "--close", 4321,
                  self.url)
        self.assert_ends(done, OK, "open, with subprotocol chat\n", "the server closes with 4321")
        self.assertRegex(done.stdout.decode(), r"^<pong after \d+\.\d{3} ms>\n$")
        support.eventually(lambda: any("received 4321, sent 4321, ok" in line for line in self.server.log))

    def test_by_name(self):
        done = ws("--cacert", self.certificate, self.url.replace("127.0.0.1", "localhost"), data=b"named\n")
        self.assert_ends(done, OK)
        self.assertEqual(done.stdout, b"named\n")

    def test_a_certificate_that_is_not_trusted(self):
        _, other = peers.certificate()
        for options in ((), ("--cacert", other)):
            self.assert_ends(ws(*options, self.url, data=b"secret\n"), TLS, "certificate")
        done = ws("--insecure", self.url, data=b"anyway\n")
        self.assert_ends(done, OK)
        self.assertEqual(done.stdout, b"anyway\n")

    def test_a_server_that_stops(self):
        server = support.example("ws_echo_server", "--tls-cert", self.certificate, "--tls-key", self.key)
        with open_input() as held:
            process = start("--insecure", "--verbose", f"wss://127.0.0.1:{server.port}/", stdin=held)
            support.eventually(lambda: b"open" in process.stderr.readline())
            self.assertEqual(server.stop(), 0)
            done = finish(process)
        self.assert_ends(done, OK, "the server closes with 1001")


if __name__ == "__main__":
    support.main()
