#!/usr/bin/env python3
"""Proves that ws_client talks with ws_echo_server, plain, over TLS and through a proxy, runs the cases of a
conformance suite, and says what is wrong with servers that refuse it, break the rules, or fall silent."""
import os
import pty
import re
import socket
import ssl
import subprocess
import threading
import time
import unittest

import peers
import support
from support import pattern
from wire import Wire
from ws_wire import (BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Frame, accept_key, close_payload, header, masked)

OK, PROTOCOL, NO_CONNECTION, NOT_UPGRADED, ABNORMAL, TLS, TIMED_OUT, USAGE = 0, 1, 2, 3, 4, 6, 7, 64
SLOW = 4 if support.SANITIZED else 1


def setUpModule():
    global server
    support.program("ws_client")
    server = support.example("ws_echo_server", "--subprotocol", "chat.v2", "--subprotocol", "chat.v1",
                             "--origin", "https://good.example")


def ws(*arguments, data=b"", seconds=30):
    """Runs ws_client."""
    done = support.run(support.program("ws_client"), *arguments, data=data, seconds=seconds)
    if support.is_complaint(done.stderr.decode(errors="replace")):
        raise AssertionError(done.stderr.decode(errors="replace"))
    return done


def address(port, path="/"):
    return f"ws://127.0.0.1:{port}{path}"


class Peer(Wire):
    """The server's end of a connection."""

    def upgrade(self, *, status="101 Switching Protocols", without=(), **more):
        self.asked = self.request()
        fields = {"Upgrade": "websocket", "Connection": "Upgrade",
                  "Sec-WebSocket-Accept": accept_key(self.asked.get("Sec-WebSocket-Key"))}
        fields.update({name.replace("_", "-"): value for name, value in more.items()})
        self.send("\r\n".join([f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items()
                                                       if name not in without), "", ""]))

    @property
    def path(self):
        return self.asked.first.split(" ")[1]

    def frame(self):
        """The next frame of the client, which has to be well-formed."""
        first, second = self.exactly(2)
        assert second & 0x80, "a client masks"
        length = second & 0x7F
        if length > 125:
            length = int.from_bytes(self.exactly(2 if length == 126 else 8), "big")
        key = self.exactly(4)
        return Frame(first & 15, masked(self.exactly(length), key), bool(first & 0x80), first >> 4 & 7)

    def say(self, opcode, payload=b"", **form):
        self.send(header(opcode, len(payload), **form) + payload)

    def end(self, code=1000, reason=b""):
        """Closes in order, whoever begins."""
        self.say(CLOSE, close_payload(code, reason))
        while True:
            last = self.frame()
            if last.opcode == CLOSE:
                return last


class Scripted:
    """A server whose connections each run a function, with the Peer as its argument."""

    def __init__(self, script, tls=None):
        self.script, self.tls, self.peers, self.trouble = script, tls, [], []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while True:
            try:
                accepted = self.listener.accept()[0]
            except OSError:
                return
            with accepted:
                accepted.settimeout(10)
                try:
                    self._converse(self.tls.wrap_socket(accepted, server_side=True) if self.tls else accepted)
                except (AssertionError, EOFError, OSError) as trouble:
                    self.trouble.append(trouble)

    def _converse(self, accepted):
        with Peer(accepted=accepted) as peer:
            self.peers.append(peer)
            self.script(peer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(10)


def echo(peer):
    peer.upgrade()
    while True:
        got = peer.frame()
        peer.say(got.opcode, got.payload)
        if got.opcode == CLOSE:
            return


def secure_context():
    """A TLS server's context, and the certificate to trust."""
    key, certificate = peers.certificate()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["http/1.1"])
    return context, certificate


class Case(unittest.TestCase):
    def assert_ends(self, done, status, *texts):
        self.assertEqual(done.returncode, status, done.stderr.decode())
        for text in texts:
            self.assertIn(text, done.stderr.decode())

    def against(self, script, status, *texts, data=b"", options=()):
        """Runs ws_client against a scripted server; returns what it printed and the server."""
        with Scripted(script) as scripted:
            done = ws(*options, address(scripted.port), data=data)
        self.assert_ends(done, status, *texts)
        return done, scripted


class Echo(Case):
    def test_lines_out_and_messages_back(self):
        for lines in (b"", b"hello\n", b"hello", "hällo\n\nwörld €\n".encode(), pattern(200000).replace(b"\n", b""),
                      b"".join(b"%d\n" % n for n in range(20000))):
            with self.subTest(lines=lines[:50]):
                done = ws(address(server.port), data=lines)
                self.assert_ends(done, OK)
                self.assertEqual(done.stderr, b"")
                self.assertEqual(done.stdout, lines if lines.endswith(b"\n") or not lines else lines + b"\n")

    def test_ping(self):
        done = ws("--ping", address(server.port))
        self.assert_ends(done, OK)
        self.assertRegex(done.stdout.decode(), r"^<pong after \d+\.\d{3} ms>\n$")

    def test_close_codes(self):
        for code in (1000, 1001, 1011, 3000, 4999):
            with self.subTest(code=code):
                done = ws("--close", code, "--verbose", address(server.port))
                self.assert_ends(done, OK, f"closing with {code}", f"the server closes with {code}")

    def test_subprotocols(self):
        done = ws("--subprotocol", "other", "--subprotocol", "chat.v1", "--verbose", address(server.port))
        self.assert_ends(done, OK, "> Sec-WebSocket-Protocol: other, chat.v1\n", "open, with subprotocol chat.v1\n")

    def test_origins(self):
        self.assert_ends(ws("--origin", "https://good.example", address(server.port)), OK)
        self.assert_ends(ws("--origin", "https://evil.example", address(server.port)), NOT_UPGRADED, "403 Forbidden")

    def test_input_that_is_not_text(self):
        done = ws(address(server.port), data=b"good\n\xff\nnever\n")
        self.assert_ends(done, USAGE, "line 2 of standard input is not UTF-8", "RFC 6455 §8.1")
        self.assertEqual(done.stdout, b"good\n")

    def test_what_is_typed_goes_out_at_once(self):
        process = subprocess.Popen([support.program("ws_client"), address(server.port)], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE)
        with process:
            for line in (b"one\n", b"two\n"):
                process.stdin.write(line)
                process.stdin.flush()
                self.assertEqual(process.stdout.readline(), line)
            process.stdin.close()
            self.assertEqual(process.wait(10), OK)

    def test_tls(self):
        context, certificate = secure_context()
        text = b"".join(pattern(n * 1000).replace(b"\n", b"") + b"\n" for n in range(100))
        with Scripted(echo, tls=context) as secure:
            url = address(secure.port).replace("ws:", "wss:")
            for options in (("--cacert", certificate), ("--insecure",)):
                done = ws(*options, url, data=text)
                self.assert_ends(done, OK)
                self.assertEqual(done.stdout, text)
            self.assertEqual(secure.trouble, [])
            self.assert_ends(ws(url), TLS, "certificate")
        self.assert_ends(ws(address(server.port).replace("ws:", "wss:")), TLS)


class Proxies(Case):
    def proxy(self, peer):
        """A proxy that opens tunnels to all but port 1, for those who know the password."""
        self.asked = peer.request()
        if self.asked.get("Proxy-Authorization") != "Basic bWU6cEBzcw==":
            return peer.send("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=a\r\n"
                             "Content-Length: 0\r\n\r\n")
        host, port = self.asked.first.split(" ")[1].split(":")
        if port == "1":
            return peer.send("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        with socket.create_connection((host, int(port)), 10) as onward:
            peer.send("HTTP/1.1 200 OK\r\n\r\n")

            def pump(source, sink):
                try:
                    while data := source.recv(65536):
                        sink.sendall(data)
                    sink.shutdown(socket.SHUT_WR)
                except OSError:
                    pass  # the other direction has ended the tunnel
            back = threading.Thread(target=pump, args=(onward, peer.socket), daemon=True)
            back.start()
            pump(peer.socket, onward)
            back.join(10)

    def test_a_tunnel(self):
        with Scripted(self.proxy) as proxy:
            there = f"http://me:p%40ss@127.0.0.1:{proxy.port}"
            done = ws("--proxy", there, address(server.port), data=b"through\n")
            self.assert_ends(done, OK)
            self.assertEqual(done.stdout, b"through\n")
            self.assertEqual(self.asked.first, f"CONNECT 127.0.0.1:{server.port} HTTP/1.1")
            self.assert_ends(ws("--proxy", f"http://127.0.0.1:{proxy.port}", address(server.port)), NO_CONNECTION,
                             "407 Proxy Authentication Required", "its URL")
            self.assert_ends(ws("--proxy", there, address(1)), NO_CONNECTION, "502 Bad Gateway")

    def test_a_tunnel_and_tls(self):
        context, certificate = secure_context()
        with Scripted(echo, tls=context) as secure, Scripted(self.proxy) as proxy:
            done = ws("--proxy", f"http://me:p%40ss@127.0.0.1:{proxy.port}", "--cacert", certificate,
                      address(secure.port).replace("ws:", "wss:"), data=b"within\n")
            self.assert_ends(done, OK)
            self.assertEqual(done.stdout, b"within\n")


class Handshakes(Case):
    def test_what_is_asked(self):
        def script(peer):
            peer.upgrade()
            peer.end()
        with Scripted(script) as scripted:
            done = ws("--header", "Cookie: a=b", "--header", "X-Y:  z ", "--origin", "null",
                      f"ws://me:pass@127.0.0.1:{scripted.port}/chat?room=1")
        self.assert_ends(done, OK)
        asked = scripted.peers[0].asked
        self.assertEqual(asked.first, "GET /chat?room=1 HTTP/1.1")
        for name, value in (("Host", f"127.0.0.1:{scripted.port}"), ("Cookie", "a=b"), ("X-Y", "z"), ("Origin", "null"),
                            ("Authorization", "Basic bWU6cGFzcw=="), ("Sec-WebSocket-Version", "13"),
                            ("Sec-WebSocket-Protocol", None), ("Sec-WebSocket-Extensions", None)):
            self.assertEqual(asked.get(name), value)

    def test_each_handshake_has_a_nonce_of_its_own(self):
        def script(peer):
            peer.upgrade()
            peer.end()
        with Scripted(script) as scripted:
            for _ in range(3):
                self.assert_ends(ws(address(scripted.port)), OK)
        self.assertEqual(len({peer.asked.get("Sec-WebSocket-Key") for peer in scripted.peers}), 3)

    def test_a_server_that_does_not_upgrade(self):
        for answer, *texts in (
                ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "404 Not Found", "path"),
                ("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "401 Unauthorized", "credentials"),
                ("HTTP/1.1 302 Found\r\nLocation: ws://b/\r\nContent-Length: 0\r\n\r\n", "302 Found", "ws://b/"),
                ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "200 OK"),
                ("HTTP/1.1 503 \r\n\r\n", "503")):
            def script(peer):
                peer.request()
                peer.send(answer)
            with self.subTest(answer=answer):
                self.against(script, NOT_UPGRADED, "does not upgrade", *texts)

    def test_a_broken_101_is_refused(self):
        for text, options in (("bad_accept", {"Sec_WebSocket_Accept": accept_key("another")}),
                              ("bad_accept", {"without": ["Sec-WebSocket-Accept"]}),
                              ("unexpected_upgrade", {"Upgrade": "h2c"}),
                              ("unoffered_protocol", {"Sec_WebSocket_Protocol": "chat"}),
                              ("unoffered_extension", {"Sec_WebSocket_Extensions": "permessage-deflate"})):
            def script(peer):
                peer.upgrade(**options)
                self.assertTrue(peer.is_closed(), "something is sent behind a broken handshake")
            with self.subTest(options=options):
                _, scripted = self.against(script, PROTOCOL, text, "(RFC ", data=b"hello\n")
                self.assertEqual(scripted.trouble, [])

    def test_rubbish_and_silence(self):
        self.against(lambda peer: (peer.request(), peer.send("rubbish\r\n\r\n")), PROTOCOL, "(RFC 9112 §")
        self.against(lambda peer: peer.request(), NO_CONNECTION, "closed the connection")
        self.against(lambda peer: (peer.request(), peer.send("HTTP/1.1 101 Swi")), NO_CONNECTION, "incomplete")
        self.against(lambda peer: (peer.request(), peer.is_closed()), TIMED_OUT, options=("--timeout", 0.3))
        self.assert_ends(ws(address(support.reserve_port())), NO_CONNECTION, "Connection refused")
        self.assert_ends(ws("ws://no-such-host.invalid/"), NO_CONNECTION, "cannot resolve")


class Conversations(Case):
    def test_messages_in_all_forms(self):
        def script(peer):
            peer.upgrade()
            peer.say(TEXT, b"whole")
            peer.say(TEXT, b"in ", fin=False)
            peer.say(PING, b"between")
            peer.say(CONTINUATION, "pi€".encode()[:3], fin=False)
            peer.say(CONTINUATION, "pi€".encode()[3:] + b"ces")
            peer.say(BINARY, b"\0")
            peer.say(BINARY, pattern(200000), fin=False)
            peer.say(CONTINUATION)
            self.assertEqual(peer.frame(), Frame(PONG, b"between"))
            peer.end()
        with open_input() as held, Scripted(script) as scripted:
            done = finish(start(address(scripted.port), stdin=held))
        self.assertEqual((done.returncode, scripted.trouble), (OK, []), done.stderr)
        self.assertEqual(done.stdout.decode(), "whole\nin pi€ces\n<1 octet>\n<200000 octets>\n")

    def test_frames_together_with_the_handshake(self):
        def script(peer):
            send, held = peer.send, []
            peer.send = held.append
            peer.upgrade()
            peer.say(TEXT, b"early")
            send(b"".join(part.encode() if isinstance(part, str) else part for part in held))
            peer.send = send
            peer.end()
        self.assertEqual(self.against(script, OK)[0].stdout, b"early\n")

    def test_what_comes_behind_the_own_close_is_printed(self):
        def script(peer):
            peer.upgrade()
            self.assertEqual(peer.frame(), Frame(TEXT, b"ask"))
            self.assertEqual(peer.frame(), Frame(CLOSE, close_payload(1000)))
            time.sleep(0.1)
            peer.say(TEXT, b"answer")
            peer.say(CLOSE, close_payload(1000))
        done, scripted = self.against(script, OK, data=b"ask\n")
        self.assertEqual((done.stdout, scripted.trouble), (b"answer\n", []))

    def test_broken_frames(self):
        for text, code, octets in (
                ("bad_utf8", 1007, header(TEXT, 2) + b"\xc0\x80"),
                ("masked_frame", 1002, header(TEXT, 0, key=b"abcd")),
                ("reserved_opcode", 1002, header(3, 0)), ("reserved_bits", 1002, header(TEXT, 0, rsv=4)),
                ("unexpected_continuation", 1002, header(CONTINUATION, 0)),
                ("non_minimal_length", 1002, header(TEXT, 5, form=16)),
                ("bad_close_code", 1002, header(CLOSE, 2) + close_payload(1005)),
                ("frame_too_big", 1009, header(BINARY, 1 << 40))):
            def script(peer):
                peer.upgrade()
                peer.say(TEXT, b"good")
                peer.send(octets)
                self.assertEqual(peer.frame(), Frame(CLOSE, close_payload(code)))
                self.assertTrue(peer.is_closed())
            with self.subTest(text=text), open_input() as held:
                with Scripted(script) as scripted:
                    done = finish(start("--timeout", 10, address(scripted.port), stdin=held))
                self.assertEqual((done.returncode, scripted.trouble, done.stdout), (PROTOCOL, [], b"good\n"),
                                 done.stderr)
                told = re.search(rf"{text}: .+ \(RFC 6455 §.+, at byte (\d+) of its frames\n", done.stderr.decode())
                self.assertTrue(told, done.stderr)
                good = len(header(TEXT, 4) + b"good")
                self.assertIn(int(told.group(1)), range(good, good + len(octets)))

    def test_how_servers_close(self):
        for code, status in ((1000, OK), (1001, OK), (1002, ABNORMAL), (1011, ABNORMAL), (4000, ABNORMAL)):
            def script(peer):
                peer.upgrade()
                self.assertEqual(peer.end(code, b"a \x1breason").payload, close_payload(code))
            with self.subTest(code=code), open_input() as held, Scripted(script) as scripted:
                done = finish(start(address(scripted.port), stdin=held))
                self.assertEqual(done.returncode, status, done.stderr)
                if status != OK:
                    self.assertIn(f"closed with {code}", done.stderr.decode())
                    self.assertIn("a \\x1breason", done.stderr.decode())

    def test_an_end_without_closing_handshake(self):
        def script(peer):
            peer.upgrade()
            peer.say(TEXT, b"half", fin=False)
        with open_input() as held, Scripted(script) as scripted:
            done = finish(start(address(scripted.port), stdin=held))
        self.assertEqual((done.returncode, done.stdout), (ABNORMAL, b""))
        self.assertIn("without a closing handshake (1006)", done.stderr.decode())

    def test_a_server_that_leaves_the_transport_open(self):
        def script(peer):
            peer.upgrade()
            peer.end()
            self.assertTrue(peer.is_closed())
        began = time.monotonic()
        _, scripted = self.against(script, OK)
        self.assertEqual(scripted.trouble, [])
        self.assertLess(time.monotonic() - began, 4 * SLOW)

    def test_a_silent_server_is_pinged_first(self):
        def script(peer):
            peer.upgrade()
            self.assertEqual(peer.frame(), Frame(PING, b""))
            peer.say(PONG)
            self.assertEqual(peer.frame(), Frame(PING, b""))
            self.assertTrue(peer.is_closed())
        with open_input() as held, Scripted(script) as scripted:
            done = finish(start("--timeout", 0.3, address(scripted.port), stdin=held))
        self.assertEqual((done.returncode, scripted.trouble), (TIMED_OUT, []))
        self.assertIn("nothing moved for 0.3 s", done.stderr.decode())

    def test_a_server_that_never_answers_the_close_or_the_ping(self):
        def script(peer):
            peer.upgrade()
            peer.rest()
        self.against(script, TIMED_OUT, "answer the Close", options=("--timeout", 0.3))
        self.against(script, TIMED_OUT, options=("--timeout", 0.3, "--ping"))

    def test_control_characters_do_not_reach_a_terminal(self):
        def script(peer):
            peer.upgrade()
            peer.say(TEXT, "a\x1b[31m\x9bé".encode())
            peer.end()
        ours, theirs = pty.openpty()
        with Scripted(script) as scripted, open_input() as held:
            process = start(address(scripted.port), stdin=held, stdout=theirs)
            os.close(theirs)
            process.wait(10)
            process.stderr.close()
        printed = os.read(ours, 1000)
        os.close(ours)
        self.assertEqual(printed, "a\\x1b[31m\\xc2\\x9bé\r\n".encode())


class open_input:
    """Standard input that neither brings anything nor ends."""

    def __enter__(self):
        self.read, self.write = os.pipe()
        return self.read

    def __exit__(self, *_):
        os.close(self.read)
        os.close(self.write)


def start(*arguments, **options):
    return subprocess.Popen([support.program("ws_client"), *map(str, arguments)],
                            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options})


def finish(process):
    out, err = process.communicate(timeout=30)
    assert not support.is_complaint(err.decode(errors="replace")), err
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


class Suite(Case):
    CASES = 5

    def suite(self, peer):
        peer.upgrade()
        self.paths.append(peer.path)
        if peer.path == "/base/getCaseCount":
            peer.say(TEXT, b"%d" % self.CASES)
        elif found := re.fullmatch(r"/base/runCase\?case=(\d+)&agent=coax", peer.path):
            self.case(peer, int(found.group(1)))
            return
        else:
            self.assertEqual(peer.path, "/base/updateReports?agent=coax")
        peer.end()

    def case(self, peer, number):
        if number == 1:
            for opcode, payload in ((TEXT, b""), (TEXT, "hällo".encode()), (BINARY, b"\0\xff"),
                                    (BINARY, pattern(1 << 20))):
                peer.say(opcode, payload)
                self.assertEqual(peer.frame(), Frame(opcode, payload))
        elif number == 2:
            peer.say(TEXT, b"a", fin=False)
            peer.say(PING, b"p")
            peer.say(CONTINUATION, b"b")
            self.assertEqual(peer.frame(), Frame(PONG, b"p"))
            self.assertEqual(peer.frame(), Frame(TEXT, b"ab"))
        elif number == 3:
            peer.say(TEXT, b"\xff")
            self.assertEqual(peer.frame(), Frame(CLOSE, close_payload(1007)))
            return
        elif number == 4:
            return  # dropped
        peer.end()

    def test_all_cases_and_the_report(self):
        for base in ("/base", "/base/"):
            self.paths = []
            with self.subTest(base=base), Scripted(self.suite) as scripted:
                done = ws("--echo-suite", address(scripted.port, base))
                self.assert_ends(done, OK, "case 1 of 5: closed in order\n", "case 2 of 5: closed in order\n",
                                 "bad_utf8", "(1006)", "case 5 of 5: closed in order\n", "the report is written\n")
                self.assertEqual(scripted.trouble, [])
                self.assertEqual(self.paths, ["/base/getCaseCount",
                                              *(f"/base/runCase?case={n}&agent=coax" for n in range(1, 6)),
                                              "/base/updateReports?agent=coax"])

    def test_a_server_that_sends_and_does_not_read_is_not_listened_to_for_ever(self):
        sent = 0

        def flood(peer):
            nonlocal sent
            peer.upgrade()
            if peer.path == "/getCaseCount":
                peer.say(TEXT, b"1")
            elif peer.path.startswith("/runCase"):
                with self.assertRaises(OSError):
                    for _ in range(200):
                        peer.say(BINARY, bytes(1 << 20))
                        sent += 1
                return
            peer.end()
        with Scripted(flood) as scripted:
            done = ws("--timeout", 0.5 * SLOW, "--echo-suite", address(scripted.port))
        self.assert_ends(done, OK, "case 1 of 1: ", "nothing moved for ", "the report is written")
        self.assertEqual(scripted.trouble, [])
        self.assertTrue(10 < sent < 60, sent)

    def test_a_suite_that_is_none(self):
        self.paths = []

        def rubbish(peer):
            peer.upgrade()
            peer.say(TEXT, b"many")
            peer.end()
        for script, status in ((rubbish, PROTOCOL), (lambda peer: peer.upgrade(), ABNORMAL)):
            with Scripted(script) as scripted:
                self.assert_ends(ws("--echo-suite", address(scripted.port)), status)
        self.assert_ends(ws("--echo-suite", address(support.reserve_port())), NO_CONNECTION)


class CommandLine(Case):
    def test_usage(self):
        url = address(server.port)
        for arguments in ((), ("http://a/",), ("ws://a/#b",), ("ws://a:0/",), (url, url), ("--nonsense", url),
                          ("--close", 1005, url), ("--close", 1006, url), ("--close", 999, url), ("--close", "x", url),
                          ("--close", 5000, url), ("--header", "no colon", url), ("--header", "Host: b", url),
                          ("--header", "Sec-WebSocket-Key: b", url), ("--header", "A: \x01", url),
                          ("--subprotocol", "a b", url), ("--subprotocol", "a", "--subprotocol", "a", url),
                          ("--origin", "a\nb", url), ("--proxy", "https://a/", url), ("--timeout", -1, url),
                          ("--echo-suite", url, url), ("--echo-suite", url + "?a")):
            with self.subTest(arguments=arguments):
                done = ws(*arguments)
                self.assert_ends(done, USAGE, "ws_client: ")
                self.assertEqual(done.stdout, b"")

    def test_help_and_version(self):
        done = ws("--help")
        self.assertEqual((done.returncode, done.stderr), (OK, b""))
        for option in ("--ping", "--close", "--proxy", "--header", "--subprotocol", "--origin", "--cacert",
                       "--insecure", "--timeout", "--echo-suite", "Exit status:"):
            self.assertIn(option, done.stdout.decode())
        self.assertRegex(ws("--version").stdout.decode(), r"^ws_client \(coax \d+\.\d+\.\d+\)\n$")

    def test_output_that_cannot_be_written(self):
        with open("/dev/full", "wb") as full:
            process = start(address(server.port), stdin=subprocess.PIPE, stdout=full)
            _, err = process.communicate(b"hello\n", timeout=10)
        self.assertEqual(process.returncode, 8, err)


if __name__ == "__main__":
    support.main()
