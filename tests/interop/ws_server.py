#!/usr/bin/env python3
"""Proves that ws_echo_server holds its own against clients by hand: handshakes that it refuses, frames that are
broken at every place, floods, silence, and every way in which a connection can end."""
import socket
import threading
import time
import unittest

import support
from wire import Wire
from ws_wire import (BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Client, Frame, close_payload, frame, header,
                     request)

SLOW = 4 if support.SANITIZED else 1


def setUpModule():
    global server, strict
    server = support.example("ws_echo_server", "--verbose", "--subprotocol", "chat.v2", "--subprotocol", "chat.v1")
    strict = support.example(
        "ws_echo_server", "--verbose", "--max-message", 1000, "--max-fragments", 10, "--handshake-timeout", 0.5,
        "--idle-timeout", 0.5, "--close-timeout", 0.5, "--origin", "https://good.example", "--origin", "null")


def ended_with(of, received, sent, error="ok"):
    """Waits until a connection of server `of` is reported as ended so."""
    line = f"received {received}, sent {sent}, {error}\n"
    support.eventually(lambda: any(one.endswith(line) for one in of.log), what=f"no {line!r} in {of.log}")
    of.log.clear()


class CommandLine(unittest.TestCase):
    def test_what_is_wrong_with_it_is_said(self):
        for status, arguments in ((64, ("--tls-cert", "x")), (64, ("--port", "65536")), (64, ("--max-message", "x")),
                                  (64, ("rubbish",)), (64, ("--subprotocol", "a", "--origin", "b", "rubbish")),
                                  (1, ("--tls-cert", "/no/such", "--tls-key", "/no/such")),
                                  (1, ("--port", server.port))):
            with self.subTest(arguments=arguments):
                done = support.run(support.program("ws_echo_server"), *arguments)
                self.assertEqual(done.returncode, status)
                self.assertTrue(done.stderr.startswith(b"ws_echo_server: "), done.stderr)


class Handshake(unittest.TestCase):
    def ask(self, head, port=None):
        with Wire(port or server.port) as wire:
            wire.send(head)
            answer = wire.response()
            self.assertTrue(wire.is_closed())
            return answer

    def test_the_example_of_the_rfc(self):
        with Wire(server.port) as wire:
            wire.send(request())
            answer = wire.response()
        self.assertEqual((answer.status, answer.get("Sec-WebSocket-Accept")), (101, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
        self.assertIsNone(answer.get("Sec-WebSocket-Protocol"))
        self.assertIsNone(answer.get("Sec-WebSocket-Extensions"))

    def test_a_request_for_anything_else_is_told_to_upgrade(self):
        for head in ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", request(without=["Upgrade"]), request(Upgrade="h2c"),
                     request(without=["Connection"]), request(Sec_WebSocket_Version="8"),
                     "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"):
            with self.subTest(head=head):
                answer = self.ask(head)
                self.assertEqual((answer.status, answer.get("Upgrade"), answer.get("Sec-WebSocket-Version")),
                                 (426, "websocket", "13"))
                self.assertIn("close", answer.get("Connection"))
                self.assertIsNotNone(answer.get("Date"))

    def test_a_broken_handshake_is_refused(self):
        for status, head in ((405, request().replace("GET", "POST")), (400, request(without=["Sec-WebSocket-Key"])),
                             (400, request("c2hvcnQ=")), (400, request(Sec_WebSocket_Version="013")),
                             (400, request(Sec_WebSocket_Protocol="a, a")), (400, request(without=["Host"])),
                             (400, request(Sec_WebSocket_Extensions="a;=")), (400, "rubbish\r\n\r\n"),
                             (400, request(Content_Length="3") + "abc"),
                             (431, request(X="x" * 20000))):
            with self.subTest(head=head[:300]):
                self.assertEqual(self.ask(head).status, status)
        self.assertEqual(self.ask(request().replace("GET", "POST")).get("Allow"), "GET")

    def test_origins(self):
        for origin, status in (("https://good.example", 101), ("null", 101), ("https://evil.example", 403),
                               ("https://good.example:8080", 403), ("https://good.example.evil.example", 403)):
            with self.subTest(origin=origin), Wire(strict.port) as wire:
                wire.send(request(Origin=origin))
                self.assertEqual(wire.response().status, status)
        with Client(strict.port) as wire:  # no browser
            self.assertTrue(wire.echo(b"hello"))

    def test_subprotocols_by_the_servers_preference(self):
        for offered, chosen in (("chat.v1", "chat.v1"), ("chat.v1, chat.v2", "chat.v2"), ("other", None)):
            with self.subTest(offered=offered), Client(server.port, Sec_WebSocket_Protocol=offered) as wire:
                self.assertEqual(wire.answer.get("Sec-WebSocket-Protocol"), chosen)

    def test_cut_anywhere_with_frames_behind_it(self):
        text = request().encode() + frame(TEXT, b"first") + frame(BINARY, b"second")
        for size in (1, 7, len(request()), len(request()) + 3, len(text)):
            with self.subTest(size=size), Client(server.port, opened=False) as wire:
                for at in range(0, len(text), size):
                    wire.send(text[at:at + size])
                self.assertEqual(wire.response().status, 101)
                self.assertEqual([wire.frame(), wire.frame()], [Frame(TEXT, b"first"), Frame(BINARY, b"second")])

    def test_it_may_not_take_for_ever(self):
        with Wire(strict.port) as wire:  # says nothing
            self.assertTrue(wire.is_closed())
        with Wire(strict.port) as wire:
            for octet in request()[:-4]:
                try:
                    wire.send(octet)
                except OSError:
                    break
                time.sleep(0.02)
                if wire.began + 5 < time.monotonic():
                    self.fail("octets that trickle in prolong it")
            self.assertEqual(wire.response().status, 408)


class Messages(unittest.TestCase):
    def test_sizes_around_the_forms_of_a_length(self):
        with Client(server.port) as wire:
            for size in (0, 1, 125, 126, 127, 4095, 65535, 65536, 65537, 200_000):
                with self.subTest(size=size):
                    self.assertTrue(wire.echo(support.pattern(size), BINARY))
                    self.assertTrue(wire.echo(support.pattern(size), TEXT))

    def test_fragments_become_one_message(self):
        with Client(server.port) as wire:
            wire.send(frame(TEXT, b"", fin=False), frame(PING, b"between"), frame(CONTINUATION, b"\xe2", fin=False),
                      frame(CONTINUATION, b"\x82\xac", fin=False), frame(PONG, b""), frame(CONTINUATION, b""))
            self.assertEqual([wire.frame(), wire.frame()], [Frame(PONG, b"between"), Frame(TEXT, "€".encode())])
            self.assertTrue(wire.echo(b"next"))

    def test_a_hundred_thousand_fragments(self):
        with Client(server.port, seconds=30 * SLOW) as wire:
            wire.send(frame(BINARY, b"x", fin=False), frame(CONTINUATION, b"x", fin=False) * 99_998,
                      frame(CONTINUATION, b"x"))
            self.assertEqual(wire.frame(), Frame(BINARY, b"x" * 100_000))

    def test_16_mib_in_one_frame_and_in_several(self):
        data = support.pattern(16 << 20)
        with Client(server.port, seconds=30 * SLOW) as wire:
            self.assertTrue(wire.echo(data, BINARY))
            wire.send(frame(TEXT, data[:5_000_000], fin=False), frame(CONTINUATION, data[5_000_000:]))
            self.assertEqual(wire.frame(), Frame(TEXT, data))

    def test_a_message_that_is_kept_and_one_that_is_not_fill_the_room(self):
        with Client(server.port) as wire:
            for _ in range(5):
                wire.send(frame(BINARY, bytes(60_000), fin=False))
                time.sleep(0.02)
                wire.send(frame(CONTINUATION, b"x") + frame(TEXT, support.pattern(40_000)) + frame(PING, b"?"))
                self.assertEqual(wire.frame(), Frame(BINARY, bytes(60_000) + b"x"))
                self.assertEqual(wire.frame(), Frame(TEXT, support.pattern(40_000)))
                self.assertEqual(wire.frame(), Frame(PONG, b"?"))

    def test_octet_by_octet(self):
        with Client(server.port) as wire:
            for octet in frame(TEXT, "slowly, €".encode()) + frame(PING, b"?") + frame(CLOSE, close_payload(1000)):
                wire.send(bytes([octet]))
            self.assertEqual([wire.frame(), wire.frame()], [Frame(TEXT, "slowly, €".encode()), Frame(PONG, b"?")])
            self.assertEqual(wire.closed(), (1000, b""))

    def test_limits(self):
        for text, code in ((frame(TEXT, b"x" * 1001), 1009), (header(BINARY, 1001, key=b"1234"), 1009),
                           (frame(TEXT, b"x" * 900, fin=False) + header(CONTINUATION, 101, key=b"1234"), 1009),
                           (frame(TEXT, b"", fin=False) + frame(CONTINUATION, fin=False) * 10, 1008)):
            with self.subTest(text=text[:20]), Client(strict.port) as wire:
                self.assertTrue(wire.echo(b"x" * 1000))
                wire.send(text)
                self.assertEqual(wire.closed()[0], code)


class Broken(unittest.TestCase):
    """Each is answered with the right code at once, and the connection ends."""

    def refused(self, text, code):
        with Client(server.port) as wire:
            wire.send(frame(TEXT, b"good"), text)
            self.assertEqual(wire.frame(), Frame(TEXT, b"good"))
            self.assertEqual(wire.closed()[0], code)

    def test_headers(self):
        for name, text in {
                "unmasked": frame(TEXT, b"hello", mask=False), "unmasked and empty": b"\x81\0",
                "rsv1": frame(TEXT, b"x", rsv=4), "rsv2": frame(TEXT, b"x", rsv=2), "rsv3": frame(PING, rsv=1),
                "a long ping": frame(PING, bytes(126)), "a fragmented ping": frame(PING, fin=False),
                "a fragmented close": frame(CLOSE, fin=False), "16 bits for 125": frame(TEXT, bytes(125), form=16),
                "64 bits for 65535": frame(TEXT, bytes(65535), form=64),
                "2^63": header(BINARY, 1 << 63, key=b"1234"), "2^64 - 1": header(BINARY, (1 << 64) - 1, key=b"1234"),
                "a continuation of nothing": frame(CONTINUATION, b"x"),
                "a message inside another": frame(TEXT, b"x", fin=False) + frame(TEXT, b"y"),
                **{f"opcode {n}": frame(n) for n in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)}}.items():
            with self.subTest(name):
                self.refused(text, 1002)

    def test_lengths_beyond_the_limit(self):
        for length in ((64 << 20) + 1, (1 << 63) - 1):
            self.refused(header(BINARY, length, key=b"1234"), 1009)

    def test_text_that_is_none(self):
        for name, text in {
                "a stray octet": frame(TEXT, b"a\xff"), "a surrogate": frame(TEXT, b"\xed\xa0\x80"),
                "overlong": frame(TEXT, b"\xc0\xaf"), "an end inside a character": frame(TEXT, b"\xe2\x82"),
                "found before the frame ends": header(TEXT, 1000, key=bytes(4)) + b"\xff",
                "found before the message ends": frame(TEXT, b"\xf0", fin=False) + frame(CONTINUATION, b"a", fin=False)
                }.items():
            with self.subTest(name):
                self.refused(text, 1007)

    def test_close_frames(self):
        for payload, code in ((b"\x03", 1002), (close_payload(999), 1002), (close_payload(1004), 1002),
                              (close_payload(1005), 1002), (close_payload(1006), 1002), (close_payload(1015), 1002),
                              (close_payload(2999), 1002), (close_payload(5000), 1002),
                              (close_payload(1000, b"\xff"), 1007)):
            with self.subTest(payload=payload):
                self.refused(frame(CLOSE, payload), code)

    def test_http_where_frames_belong(self):
        self.refused(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 1002)


class Ending(unittest.TestCase):
    def test_the_clients_code_comes_back(self):
        for code in (1000, 1001, 1003, 1011, 3000, 4999):
            with Client(server.port) as wire:
                wire.send(frame(CLOSE, close_payload(code, "reason €".encode())))
                self.assertEqual(wire.closed()[0], code)
            ended_with(server, code, code)
        with Client(server.port) as wire:
            wire.send(frame(CLOSE))
            self.assertEqual(wire.closed(), (1005, b""))
        ended_with(server, 1005, 1005)

    def test_what_comes_before_a_close_is_answered(self):
        with Client(server.port) as wire:
            wire.send(frame(TEXT, b"one"), frame(TEXT, b"begun", fin=False), frame(CLOSE, close_payload(1000)))
            self.assertEqual(wire.frame(), Frame(TEXT, b"one"))
            self.assertEqual(wire.closed()[0], 1000)

    def test_garbage_behind_a_close_does_no_harm(self):
        with Client(server.port) as wire:
            wire.send(frame(CLOSE, close_payload(1000)))
            for _ in range(20):
                wire.send(b"\xff" * 100_000)
                time.sleep(0.01)
            self.assertEqual(wire.closed(), (1000, b""))

    def test_a_client_that_only_sends_no_more(self):
        with Client(server.port) as wire:
            wire.send(frame(CLOSE, close_payload(1000)))
            wire.end()
            self.assertEqual(wire.closed()[0], 1000)
        with Client(server.port) as wire:  # without a Close
            wire.send(frame(TEXT, b"last"), frame(TEXT, b"unfinished")[:-1])
            wire.end()
            self.assertEqual(wire.frame(), Frame(TEXT, b"last"))
            self.assertTrue(wire.is_closed())
        ended_with(server, 1006, 0, "incomplete")

    def test_a_client_that_resets(self):
        for text in (b"", frame(TEXT, b"x" * 100_000), frame(BINARY, b"x", fin=False)):
            with Client(server.port) as wire:
                wire.send(text)
                wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        with Client(server.port) as wire:
            self.assertTrue(wire.echo(b"still there"))

    def test_a_client_that_does_not_close_after_its_close(self):
        with Client(strict.port) as wire:
            wire.send(frame(CLOSE, close_payload(1000)))
            self.assertEqual(wire.frame().opcode, CLOSE)
            self.assertEqual(wire.rest(), b"")  # the server does, at once
            ended_with(strict, 1000, 1000)  # and gives the rest up after a while

    def test_silence(self):
        with Client(strict.port) as wire:
            self.assertEqual(wire.frame().opcode, PING)
            wire.send(frame(PONG))
            self.assertEqual(wire.frame().opcode, PING)
            self.assertEqual(wire.closed()[0], 3008)
        ended_with(strict, 1006, 3008)

    def test_told_to_stop_it_says_goodbye(self):
        stopped = support.example("ws_echo_server", "--verbose", "--close-timeout", 1)
        early = Wire(stopped.port)
        early.send(request()[:20])
        clients = [Client(stopped.port) for _ in range(20)]  # behind which the server has seen the above
        silent = Client(stopped.port)
        began = time.monotonic()
        stopped.process.terminate()
        for wire in clients:
            goodbye = wire.frame()
            self.assertEqual((goodbye.opcode, wire.code_of(goodbye)[0]), (CLOSE, 1001))
            wire.send(frame(TEXT, b"too late"), frame(CLOSE, close_payload(1001)))
            self.assertTrue(wire.is_closed())
        self.assertEqual(silent.closed()[0], 1001)
        early.send(request()[20:])
        self.assertEqual(early.response().status, 503)
        for wire in [*clients, silent, early]:
            wire.socket.close()
        self.assertEqual(stopped.process.wait(5), 0)
        self.assertLess(time.monotonic() - began, 4)
        stopped.log_keeper.join(5)
        self.assertEqual(sum("received 1001, sent 1001, ok" in line for line in stopped.log), 20)
        self.assertEqual(sum("received 1006, sent 1001, " in line for line in stopped.log), 1)


class Floods(unittest.TestCase):
    def test_pings(self):
        with Client(server.port, seconds=20 * SLOW) as wire:
            sender = threading.Thread(target=lambda: wire.send(frame(PING, b"?") * 70_000))
            sender.start()
            count = 0
            while (last := wire.frame()).opcode == PONG:
                count += 1
            sender.join()
            self.assertEqual((count, wire.code_of(last)[0]), (65536, 1008))

    def test_a_client_that_does_not_read_is_not_read_either(self):
        before = server.resident()
        data = frame(BINARY, support.pattern(50_000)) * 1000
        with Client(server.port, seconds=30 * SLOW) as wire:
            sender = threading.Thread(target=lambda: wire.send(data, frame(CLOSE, close_payload(1000))))
            sender.start()
            time.sleep(1)
            self.assertTrue(sender.is_alive())
            if before and not support.SANITIZED:
                self.assertLess(server.resident() - before, 2 << 20)
            for _ in range(1000):
                self.assertEqual(wire.frame(), Frame(BINARY, support.pattern(50_000)))
            sender.join()
            self.assertEqual(wire.closed()[0], 1000)

    def test_what_is_only_announced_takes_no_memory(self):
        before = server.resident()
        clients = [Client(server.port) for _ in range(200)]
        for wire in clients:
            wire.send(header(BINARY, 64 << 20, key=b"1234") + b"x" * 1000)
        for wire in clients:
            self.assertFalse(wire.held)
        with Client(server.port) as wire:
            self.assertTrue(wire.echo(b"hello"))
        if before and not support.SANITIZED:
            self.assertLess(server.resident() - before, 4 << 20)
        for wire in clients:
            wire.socket.close()

    def test_a_crowd(self):
        clients = [Client(server.port) for _ in range(500)]
        for n, wire in enumerate(clients):
            wire.send(frame(TEXT, b"%d" % n))
        for n, wire in enumerate(clients):
            self.assertEqual(wire.frame(), Frame(TEXT, b"%d" % n))
            wire.socket.close()


if __name__ == "__main__":
    support.main()
