#!/usr/bin/env python3
"""Proves that ws_chat serves its page and brings what one says to all others: Python's websockets, Chromium with
the page itself, and clients by hand, of which one does not read."""
import contextlib
import json
import time
import unittest
import urllib.request

import peers
import support
from support import curl
from ws_wire import (BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Client, Frame, close_payload, frame, request)


def setUpModule():
    global server
    server = support.example("ws_chat")


class Member(Client):
    """By hand."""

    def __init__(self, port=None, **more):
        super().__init__(port or server.port, path="/chat", **more)

    def hears(self, text):
        got = self.frame()
        assert got == Frame(TEXT, text), got


class Page(unittest.TestCase):
    def test_the_page(self):
        self.assertIn(b"<title>Chat</title>", curl(server.url("/")))
        self.assertRegex(curl("--head", server.url("/")), rb"(?s)^HTTP/1.1 200 OK\r\n.*\r\nContent-Length: \d{4}\r\n")

    def test_what_there_is_not(self):
        for arguments, status in (((server.url("/other"),), b"404"), (("--request", "PUT", server.url("/")), b"405"),
                                  ((server.url("/chat"),), b"426"),
                                  (("--data", "x", server.url("/")), b"413"),
                                  (("--header", "X: " + "y" * 9000, server.url("/")), b"431")):
            with self.subTest(status):
                self.assertTrue(curl("--include", *arguments).startswith(b"HTTP/1.1 " + status + b" "))

    def test_the_same_buffer(self):
        """The page, the upgrade and frames in one piece, and in pieces of one octet."""
        octets = (b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /other HTTP/1.1\r\nHost: a\r\n\r\n"
                  + request(path="/chat").encode() + frame(PING, b"?") + frame(TEXT, b"h\xc3\xa4llo"))
        for size in (1, len(octets)):
            with self.subTest(size), Member() as other, Client(server.port, opened=False) as wire:
                for at in range(0, len(octets), size):
                    wire.send(octets[at:at + size])
                self.assertIn(b"<title>", wire.response().body)
                self.assertEqual([wire.response().status for _ in range(2)], [404, 101])
                self.assertEqual(wire.frame(), Frame(PONG, b"?"))
                other.hears("hällo".encode())


class Chat(unittest.TestCase):
    def test_others_hear_it(self):
        with Member() as one, Member() as two, Member() as three:
            one.send(frame(TEXT, b"from one"))
            two.hears(b"from one")
            three.hears(b"from one")
            two.send(frame(TEXT, b"from two"))
            one.hears(b"from two")  # and not its own before
            three.hears(b"from two")

    def test_fragments_arrive_as_one(self):
        with Member() as one, Member() as two:
            one.send(frame(TEXT, b"a" * 4000, fin=False), frame(PING, b"!"), frame(CONTINUATION, b"b" * 96))
            self.assertEqual(one.frame(), Frame(PONG, b"!"))
            two.hears(b"a" * 4000 + b"b" * 96)

    def test_refusals(self):
        for octets, code in ((frame(BINARY, b"x"), 1003), (frame(TEXT, b"x" * 4097), 1009),
                             (frame(TEXT, b"\xff"), 1007), (frame(TEXT, b"x", mask=False), 1002),
                             (frame(TEXT, b"x" * 4000, fin=False) + frame(CONTINUATION, b"x" * 97), 1009)):
            with self.subTest(code), Member() as one, Member() as other:
                one.send(octets)
                last = one.frame()
                self.assertEqual((last.opcode, one.code_of(last)[0]), (CLOSE, code))
                one.send(frame(CLOSE, last.payload))
                self.assertEqual(one.rest(), b"")
                with Member() as two:
                    two.send(frame(TEXT, b"still here"))
                    other.hears(b"still here")  # and nothing of what was refused

    def test_who_closes_is_answered(self):
        with Member() as one:
            one.send(frame(CLOSE, close_payload(3210, b"bye")))
            self.assertEqual(one.closed(), (3210, b""))

    def test_pages_of_other_sites(self):
        for origin, status in (("http://evil.example", 403), ("null", 403), ("http://a", 101), ("https://A", 101)):
            with self.subTest(origin), Client(server.port, opened=False) as wire:
                wire.send(request(path="/chat", Origin=origin))
                self.assertEqual(wire.response().status, status)

    def test_who_does_not_read_is_let_go(self):
        text = b"x" * 4000
        with Member(receive_buffer=4096) as slow, Member() as one, Member(seconds=20) as other:
            for n in range(3000):
                one.send(frame(TEXT, text))
                other.hears(text)
            one.send(frame(TEXT, b"the end"))
            other.hears(b"the end")
            heard = 0  # whole messages, and then that it was too slow
            while (got := slow.frame()).opcode == TEXT:
                self.assertEqual(got.payload, text)
                heard += 1
            self.assertEqual(slow.code_of(got), (1008, b"too slow"))
            self.assertLess(heard, 3000)
        self.assertLess(server.resident(), 100 << 20)

    def test_who_reads_slowly_hears_all(self):
        with Member() as one, Member(receive_buffer=4096) as slow:
            for n in range(50):
                one.send(frame(TEXT, b"%04d" % n * 1000))
            for n in range(50):
                time.sleep(0.005)
                slow.hears(b"%04d" % n * 1000)

    def test_a_stop_is_told(self):
        own = support.example("ws_chat")
        with Member(own.port) as one, Client(own.port, opened=False) as idle:
            own.process.terminate()
            last = one.frame()
            self.assertEqual(one.code_of(last), (1001, b""))
            one.send(frame(CLOSE, last.payload))
            self.assertTrue(one.is_closed())
            self.assertTrue(idle.is_closed())
        self.assertEqual(own.process.wait(10), 0)


class Websockets(unittest.TestCase):
    def test_many_who_all_speak(self):
        peers.python_websockets()
        from websockets.sync.client import connect
        url = f"ws://127.0.0.1:{server.port}/chat"
        with contextlib.ExitStack() as all_of_them:
            members = [all_of_them.enter_context(connect(url, proxy=None, compression=None)) for _ in range(12)]
            for n, one in enumerate(members):
                for m in range(20):
                    one.send(f"{n} says {m}")
            for n, one in enumerate(members):
                heard = [one.recv(timeout=10) for _ in range(20 * 11)]
                for m in range(len(members)):
                    self.assertEqual([text for text in heard if text.startswith(f"{m} ")],
                                     [f"{m} says {k}" for k in range(20)] if m != n else [])
        self.assertEqual({one.close_code for one in members}, {1000})


class Chromium(unittest.TestCase):
    """A browser with the page. It is told what to type by its debugging protocol."""

    def evaluate(self, script):
        self.calls += 1
        self.wire.send(json.dumps({"id": self.calls, "method": "Runtime.evaluate",
                                   "params": {"expression": script, "returnByValue": True}}))
        while True:
            got = json.loads(self.wire.recv(timeout=20))
            if got.get("id") == self.calls:
                return got["result"]["result"].get("value")

    def lines(self):
        return self.evaluate("[...document.querySelectorAll('#said li')].map((line) => line.textContent)")

    def test_the_page(self):
        chromium = support.peer("chromium", "chromium-browser", "google-chrome")
        peers.python_websockets()
        from websockets.sync.client import connect
        profile = support.folder()
        support.start([chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                       "--no-first-run", "--no-default-browser-check", "--disable-extensions",
                       "--disable-background-networking", "--disable-component-update", "--disable-sync",
                       "--no-proxy-server", f"--user-data-dir={profile}", "--remote-debugging-port=0",
                       server.url("/")], profile, stdout=-3, stderr=-3)
        told = profile / "DevToolsActivePort"
        support.eventually(lambda: told.exists() and "\n" in told.read_text(), 30, "Chromium does not come up")
        port = told.read_text().split()[0]
        local = urllib.request.build_opener(urllib.request.ProxyHandler({}))

        def page():
            with local.open(f"http://127.0.0.1:{port}/json") as answer:
                found = [one for one in json.load(answer) if one["type"] == "page" and one["url"] == server.url("/")]
            return found and found[0]["webSocketDebuggerUrl"]

        support.eventually(page, 20, "Chromium does not open the page")
        with connect(page(), proxy=None, compression=None) as self.wire, Member(seconds=20) as other:
            self.calls = 0
            support.eventually(lambda: self.lines() == ["You are in."], 20, "the page does not connect")
            other.send(frame(TEXT, "other: <b>hällo €</b>".encode()))
            support.eventually(lambda: self.lines()[0] == "other: <b>hällo €</b>")
            self.evaluate("document.getElementById('name').value = 'Zoë';"
                          "document.getElementById('text').value = 'good day';"
                          "document.querySelector('button').click()")
            other.hears("Zoë: good day".encode())
            self.assertEqual(self.lines(), ["Zoë: good day", "other: <b>hällo €</b>", "You are in."])


if __name__ == "__main__":
    support.main()
