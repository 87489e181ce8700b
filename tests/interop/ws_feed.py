#!/usr/bin/env python3
"""Proves that ws_feed takes feeds of many small frames, by Python's websockets over TLS and by hand: it subscribes,
counts every message, answers pings, comes back when the connection is lost, and ends when the feed does."""
import json
import re
import socket
import ssl
import subprocess
import threading
import time
import unittest

import peers
import support
from ws_client import Peer, Scripted, close_payload, secure_context
from ws_wire import CLOSE, CONTINUATION, PING, PONG, TEXT

COUNT = 8_000


def follow(*arguments, seconds=60):
    """Runs ws_feed to its end: (exit status, messages counted, octets counted, what it tells, what it complains of)."""
    done = support.run(support.program("ws_feed"), *arguments, seconds=seconds)
    out, complaints = done.stdout.decode(), done.stderr.decode()
    if support.is_complaint(complaints):
        raise AssertionError(complaints)
    counts = re.findall(r": (\d+) messages, (\d+) octets", out)
    return done.returncode, *(sum(int(one[n]) for one in counts) for n in (0, 1)), out, complaints


def quote(n):
    return json.dumps({"n": n, "E": time.time() * 1000, "price": "1234.50"}, separators=(",", ":"))


class Websockets(unittest.TestCase):
    """A server by Python's websockets, with TLS, which drops the first connection in the middle."""

    def test_a_feed(self):
        peers.python_websockets()
        from websockets.sync.server import serve
        context, certificate = secure_context()
        subscribed, pongs, sent, lives = [], [], [0, 0], []

        def feed(connection):
            lives.append(connection)
            subscribed.append([connection.recv(timeout=10) for _ in range(2)])
            messages = [quote(n) for n in range(COUNT)]
            for at in range(0, COUNT, 500):
                waiter = connection.ping()
                with connection.protocol_mutex:  # many frames in one write
                    for text in messages[at:at + 500]:
                        connection.protocol.send_text(text.encode())
                    connection.socket.sendall(b"".join(connection.protocol.data_to_send()))
                sent[0] += 500
                sent[1] += sum(map(len, messages[at:at + 500]))
                pongs.append(waiter.wait(10))
                if len(lives) == 1 and at >= COUNT // 2:
                    connection.socket.shutdown(socket.SHUT_RDWR)  # lost
                    return
            connection.close(1000)

        with serve(feed, "127.0.0.1", 0, ssl=context, compression=None, ping_interval=None) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            url = f"wss://127.0.0.1:{server.socket.getsockname()[1]}/feed"
            status, messages, octets, out, complaints = follow(
                "--cacert", certificate, "--time", "E", "--first-wait", "100", "--subscribe", '{"op":"subscribe"}',
                "--subscribe", "two", url)
        self.assertEqual(status, 0, complaints)
        self.assertEqual(subscribed, [['{"op":"subscribe"}', "two"]] * 2)
        self.assertEqual((messages, octets), tuple(sent))
        self.assertEqual(set(pongs), {True})
        self.assertRegex(complaints, r"(?s)open\n.*closed, 1006.*again in \d\d? ms\n.*open\n.*closed, 1000")
        for age, worst in re.findall(r", ([\d.]+) ms old, at most ([\d.]+) ms", out):
            self.assertLessEqual(0, float(age))
            self.assertLess(float(worst), 20_000)
        self.assertIn(" ms old", out)

    def test_a_certificate_of_no_one(self):
        context, _ = secure_context()
        with Scripted(lambda peer: None, context) as server:
            status, *_, complaints = follow(f"wss://127.0.0.1:{server.port}/")
        self.assertEqual(status, 1)
        self.assertIn("tls, the certificate", complaints)


class ByHand(unittest.TestCase):
    def test_any_pieces(self):
        """Frames with the handshake, cut anywhere, messages in fragments with pings between, and a large one."""
        large = "x" * 300_000

        def feed(peer):
            def keep(octets):  # in place of sending at once
                held.append(octets if isinstance(octets, bytes) else octets.encode())

            send, peer.send, held = peer.send, keep, []
            peer.upgrade()
            for n in range(300):
                peer.say(TEXT, b"%d" % n)
                peer.say(TEXT, b"", fin=False)
                peer.say(PING, b"%d" % n)
                peer.say(CONTINUATION, b"in two frames")
            peer.say(TEXT, large.encode())
            peer.say(CLOSE, close_payload(1000))
            octets = b"".join(held)
            for at in range(0, len(octets), 997):
                send(octets[at:at + 997])
            got = []
            while not got or got[-1].opcode != CLOSE:
                got.append(peer.frame())
            frames.append(got)

        frames = []
        with Scripted(feed) as server:
            status, messages, octets, _, complaints = follow(f"ws://127.0.0.1:{server.port}/")
        self.assertEqual((status, messages), (0, 601), complaints)
        self.assertEqual(octets, sum(len(str(n)) + 13 for n in range(300)) + 300_000)
        pongs = [int(one.payload) for one in frames[0][:-1]]
        self.assertEqual({one.opcode for one in frames[0][:-1]}, {PONG})
        self.assertEqual(pongs, sorted(pongs))  # the latest of those that came together
        self.assertEqual(server.trouble, [])

    def test_nothing_is_left_lying(self):
        """What came in one read is taken in one go, however many messages there are."""
        def feed(peer):
            peer.upgrade()
            peer.send(b"\x81\x02hi" * 3000 + b"\x89\x00")
            began = time.monotonic()
            self.assertEqual(peer.frame().opcode, PONG)
            took.append(time.monotonic() - began)
            peer.end()

        took = []
        with Scripted(feed) as server:
            self.assertEqual(follow(f"ws://127.0.0.1:{server.port}/")[:3], (0, 3000, 6000))
        self.assertLess(took[0], 2)

    def test_comes_back_only_where_that_helps(self):
        def ends(*codes):
            def feed(peer):
                peer.upgrade()
                code = codes[min(len(server.peers), len(codes)) - 1]
                if code:
                    peer.end(code)
            return feed

        for codes, status, lives in (((1001, 1012, 0, 1000), 0, 4), ((1008,), 1, 1), ((1013, 4000), 1, 2)):
            with self.subTest(codes), Scripted(ends(*codes)) as server:
                got, *_ = follow("--first-wait", "20", f"ws://127.0.0.1:{server.port}/")
                self.assertEqual((got, len(server.peers)), (status, lives))

    def test_a_feed_that_breaks_a_rule(self):
        def feed(peer):
            peer.upgrade()
            if len(server.peers) > 1:
                peer.end()
                return
            peer.say(TEXT, b"good")
            peer.say(TEXT, b"\xff")
            last.append(peer.frame())

        last = []
        with Scripted(feed) as server:
            status, messages, _, _, complaints = follow("--first-wait", "20", f"ws://127.0.0.1:{server.port}/")
        self.assertEqual((status, messages, len(server.peers)), (0, 1, 2), complaints)
        self.assertEqual((last[0].opcode, last[0].payload[:2]), (CLOSE, (1007).to_bytes(2, "big")))
        self.assertIn("UTF-8", complaints)

    def test_what_is_no_feed(self):
        def refuse(peer):
            peer.request()
            peer.send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

        for script, text in ((refuse, "not upgraded, 404"), (lambda p: p.upgrade(Sec_WebSocket_Accept="x" * 28),
                                                             "bad handshake, 101")):
            with self.subTest(text), Scripted(script) as server:
                status, *_, complaints = follow(f"ws://127.0.0.1:{server.port}/")
                self.assertEqual(status, 1)
                self.assertIn(text, complaints)
        self.assertEqual(follow("http://127.0.0.1/")[0], 64)

    def test_one_attempt_at_a_time(self):
        """Two connections to one server: the second one is made once the first is open."""
        open_at, asked_at = [], []
        with socket.create_server(("127.0.0.1", 0)) as listener:
            url = f"ws://127.0.0.1:{listener.getsockname()[1]}/"
            process = support.start([support.program("ws_feed"), url + "a", url + "b"],
                                    stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            accepted = []
            for n in range(2):
                peer = Peer(accepted=listener.accept()[0])
                accepted.append(peer)
                asked_at.append(time.monotonic())
                listener.settimeout(0.5)
                if n == 0:
                    with self.assertRaises(TimeoutError):
                        listener.accept()
                listener.settimeout(10)
                open_at.append(time.monotonic())
                peer.upgrade()
            for peer in accepted:
                peer.end()
                peer.socket.close()
            self.assertEqual(process.wait(20), 0)
        self.assertGreater(asked_at[1], open_at[0])


if __name__ == "__main__":
    support.main()
