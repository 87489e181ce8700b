#!/usr/bin/env python3
"""Proves that ws_echo_server and ws_client do what the cases of cases/*.cases say, and that ws_cases.py sees when
a peer does not."""
import functools
import re
import threading
import unittest

import peers
import support
import ws_case_file
import ws_case_run
import ws_cases
from ws_case_file import Mistake
from ws_wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT

SLOW = 6 if support.SANITIZED else 1
PATIENCE = 10 * SLOW


@functools.cache
def cases(peer):
    return ws_case_file.read(ws_cases.FILES, peer, deflate=True)


def show(results):
    print("\n" + "\n".join(ws_cases.deviations(results) + ws_cases.times(results) + [ws_cases.table(results)]))


class Programs(unittest.TestCase):
    """Both at the same time, as there are two of them."""

    @classmethod
    def setUpClass(cls):
        cls.echo = support.example("ws_echo_server", "--deflate")
        client = support.program("ws_client")
        cls.suite = ws_cases.Suite(cases("client"), patience=PATIENCE)
        cls.runner = threading.Thread(target=lambda: setattr(cls, "done", support.run(
            client, "--deflate", "--echo-suite", f"ws://127.0.0.1:{cls.suite.port}/",
            seconds=support.SECONDS)), daemon=True)
        cls.server = threading.Thread(target=lambda: setattr(cls, "results", cls.suite.run(30)), daemon=True)
        cls.server.start()
        cls.runner.start()

    def test_against_the_server(self):
        results = ws_cases.against_server(cases("server"), f"ws://127.0.0.1:{self.echo.port}/", PATIENCE)
        show(results)
        self.assertGreater(len(results), 1500)
        self.assertEqual(ws_cases.deviations(results), [])

    def test_the_server_over_tls(self):
        key, certificate = peers.certificate()
        secure = support.example("ws_echo_server", "--tls-cert", certificate, "--tls-key", key, "--deflate")
        chosen = [case for case in cases("server") if not case.timed and not case.pieces and
                  (case.id.count(".") < 2 or case.id.endswith(".1"))]
        results = ws_cases.against_server(chosen, f"wss://127.0.0.1:{secure.port}/", PATIENCE, trusted=certificate)
        show(results)
        self.assertEqual(ws_cases.deviations(results), [])

    def test_as_a_suite_for_the_client(self):
        self.runner.join()
        self.assertEqual(self.done.returncode, 0, self.done.stderr.decode()[-2000:])
        self.server.join(10)
        show(self.results)
        self.assertGreater(len(self.results), 1500)
        self.assertEqual(ws_cases.deviations(self.results), [])
        said = self.done.stderr.decode()
        self.assertFalse(support.is_complaint(said), said)
        self.assertEqual(len(re.findall(r"^case \d+ of \d+: ", said, re.MULTILINE)), len(self.results))


class Careless:
    """A server that is right only in so far as its `faults` let it."""

    def __init__(self, *faults):
        self.faults = faults
        self.suite = ws_case_run.socket.create_server(("127.0.0.1", 0))
        self.url = f"ws://127.0.0.1:{self.suite.getsockname()[1]}/"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                sock, _ = self.suite.accept()
            except OSError:
                return
            with sock:
                try:
                    link, _ = ws_case_run.accept(sock, 5)
                    self._converse(link)
                except (ws_case_run.Deviation, OSError, ValueError):
                    pass

    def _has(self, fault):
        return fault in self.faults

    def _converse(self, link):
        def send(opcode, payload=b"", **how):
            link.transmit(link.frame(opcode, payload, **how), 0, link_ends)

        def fail(code):
            if not self._has("fails without a Close"):
                send(CLOSE, code.to_bytes(2, "big"))
            link.shutdown()

        link_ends = ws_case_run.time.monotonic() + 5
        link.transmit(b"", 0, link_ends)
        kind, text = None, b""
        while True:
            if not link.need(2, link_ends):
                return
            first, second = link.held[:2]
            opcode, length, at = first & 15, second & 127, 2
            if first & 0x70 and not self._has("takes reserved bits"):
                return fail(1002)
            if opcode not in (0, 1, 2, 8, 9, 10) and not self._has("takes opcodes"):
                return fail(1002)
            if not second & 128 and not self._has("takes what is not masked"):
                return fail(1002)
            if opcode >= 8 and (length > 125 or not first & 128) and not self._has("takes large pings"):
                return fail(1002)
            if opcode in (1, 2) and kind or opcode == 0 and not kind:
                if not self._has("takes any order"):
                    return fail(1002)
            if length > 125:
                at = 4 if length == 126 else 10
                link.need(at, link_ends)
                length = int.from_bytes(link.held[2:at], "big")
                if length < (126 if at == 4 else 65536) and not self._has("takes long lengths") or length >> 63:
                    return fail(1002)
                if length > 1 << 26:
                    return fail(1009)
            key = b""
            if second & 128:
                link.need(at + 4, link_ends)
                key = bytes(link.held[at:at + 4])
                at += 4
            link.need(at + length, link_ends)
            payload = bytes(link.held[at:at + length])
            del link.held[:at + length]
            if key and payload:
                payload = ws_case_run.masked(payload, key)
            if opcode == CLOSE:
                code = int.from_bytes(payload[:2], "big")
                if len(payload) == 1 or payload and not ws_case_run.may_send(code):
                    if not self._has("takes any code"):
                        return fail(1002)
                if not self._has("takes any reason"):
                    try:
                        payload[2:].decode()
                    except ValueError:
                        return fail(1007)
                if self._has("does not answer a Close"):
                    return
                send(CLOSE, b"\x0b\xb8" if self._has("answers a Close with another code") else
                     b"\x03\xe8" if code == 1010 else payload[:2])
                if self._has("speaks behind a Close"):
                    send(TEXT, b"late")
                if self._has("does not close the transport"):
                    return link.need(1 << 40, ws_case_run.time.monotonic() + 4)
                return link.shutdown()
            if opcode == PING:
                if not self._has("has no pongs"):
                    send(PONG, payload[:-1] if self._has("shortens pongs") else payload)
            elif opcode == PONG:
                if self._has("answers pongs"):
                    send(PONG, payload)
            else:
                if opcode != CONTINUATION:
                    kind, text = opcode, b""
                text += payload
                if kind == TEXT and not self._has("takes any text"):
                    try:
                        ws_case_run.codecs.getincrementaldecoder("utf-8")().decode(
                            text, bool(first & 128) or self._has("takes no characters in two frames"))
                    except ValueError:
                        return fail(1007)
                if first & 128:
                    if self._has("masks"):
                        send(kind, text, masked_=True)
                    elif self._has("sends long lengths") and len(text) < 126:
                        send(kind, text, form=16)
                    elif self._has("sends text as octets"):
                        send(BINARY, text)
                    elif self._has("loses empty messages") and not text:
                        pass
                    elif self._has("loses an octet of large messages") and len(text) > 65536:
                        send(kind, text[:-1])
                    else:
                        send(kind or TEXT, text)
                    kind = None


class Driver(unittest.TestCase):
    """What ws_cases.py makes of servers that are not right."""

    def judge(self, *faults, only=None, patience=0.15, values=1):
        peer = Careless(*faults)
        chosen = [case for case in cases("server") if not case.pieces and case.group[:2] not in ("9 ", "10", "12") and
                  (case.id.count(".") < 2 or int(case.id.split(".")[2]) <= values) and (only is None or
                                                                                re.match(only, case.id))]
        out = ws_cases.against_server(chosen, peer.url, patience, 0.05)
        peer.suite.close()
        return out

    def words(self, word, results):
        return {".".join(case.id.split(".")[:2]) for case, verdict in results if verdict.word == word}

    def test_a_server_that_is_right_but_late(self):
        results = self.judge(patience=PATIENCE, values=3)
        self.assertEqual(self.words("failed", results), set(), "\n".join(ws_cases.deviations(results, False)))
        late = {"3.8", "4.6", "5.23", "5.24", "6.14", "6.15", "6.16", "6.17", "6.29"}
        self.assertEqual(self.words("permitted", results), late, "\n".join(ws_cases.deviations(results)))

    def test_each_fault_is_seen(self):
        for fault, *seen in (
                ("takes reserved bits", "3.1", "3.4", "3.5", "3.6", "3.7", "2.20"),
                ("takes opcodes", "4.1", "4.3", "4.5"),
                ("takes what is not masked", "8.1", "8.2", "8.4"), ("takes large pings", "2.5", "2.6", "2.18", "7.34"),
                ("takes any order", "5.12", "5.14", "5.15", "5.18", "5.20"), ("takes any code", "7.8", "7.14", "7.15"),
                ("takes any reason", "7.9", "7.10"), ("does not answer a Close", "7.1", "7.2", "7.11"),
                ("speaks behind a Close", "7.1", "7.20"), ("has no pongs", "2.1", "5.8"), ("shortens pongs", "2.2"),
                ("answers pongs", "2.9", "2.10"), ("takes any text", "6.8", "6.11", "6.20", "6.40", "6.42", "6.55"),
                ("takes no characters in two frames", "6.4", "6.5"), ("masks", "1.1"),
                ("sends long lengths", "1.1"), ("sends text as octets", "1.1"), ("loses empty messages", "1.6", "5.5"),
                ("loses an octet of large messages", "2.17")):
            with self.subTest(fault):
                only = "|".join(re.escape(one) + r"(\.|$)" for one in seen)
                self.assertEqual(self.words("failed", self.judge(fault, only=only)), set(seen))

    def test_what_the_rfc_leaves_open_is_told_apart(self):
        for fault, *seen in (("fails without a Close", "3.1", "4.1", "7.8"), ("takes long lengths", "8.21", "8.23"),
                             ("answers a Close with another code", "7.11")):
            with self.subTest(fault):
                only = "|".join(re.escape(one) + r"(\.|$)" for one in seen)
                self.assertEqual(self.words("permitted", self.judge(fault, only=only)), set(seen))

    def test_a_server_that_leaves_the_transport_open(self):
        self.assertEqual(self.words("failed", self.judge("does not close the transport", only=r"7\.1$")), {"7.1"})

    def test_a_server_that_does_not_compress(self):
        peer = Careless()
        chosen = [case for case in cases("server") if case.id == "12.1"]
        results = ws_cases.against_server(chosen, peer.url, PATIENCE)
        peer.suite.close()
        self.assertEqual([verdict.notes for _, verdict in results], [["compression is not agreed on"]] * 2)

    def test_compression_as_the_rfc_has_it(self):
        one, two = ws_case_run.Deflate("permessage-deflate", "server"), ws_case_run.Deflate("", "client")
        forgetful = ws_case_run.Deflate("permessage-deflate; server_no_context_takeover", "server")
        self.assertEqual(one.compress(b"Hello").hex(), "f248cdc9c90700")
        self.assertEqual(one.compress(b"Hello").hex(), "f200110000")
        for octets in ("f248cdc9c90700", "f200110000", "f348cdc9c9070000", "f248cdc9c90700"):
            self.assertEqual(two.inflate(bytes.fromhex(octets)), b"Hello")
        self.assertEqual(forgetful.inflate(bytes.fromhex("f248cdc9c90700")), b"Hello")
        with self.assertRaises(ws_case_run.zlib.error):
            forgetful.inflate(bytes.fromhex("f200110000"))

    def test_nobody_there(self):
        port = support.reserve_port()
        results = ws_cases.against_server(cases("server")[:2], f"ws://127.0.0.1:{port}/", 1)
        self.assertIn("no connection", results[0][1].failure)


class Files(unittest.TestCase):
    def test_mistakes_are_told_with_their_place(self):
        for text in ("case: 1.1 without a group\n", "group: 1 a\nsend: text \"\"\n", "group: 1 a\ncase: 1.1\n",
                     "group: 1 a\ncase: 1.1 a\nsend: txet \"\"\n", "group: 1 a\ncase: 1.1 a\nsend: text \"\n",
                     "group: 1 a\ncase: 1.1 a\nsend: text <0>\n", "group: 1 a\ncase: 1.1 a\nfails: often\n",
                     "group: 1 a\ncase: 1.1 a\nsend: text moer \"\"\n", "group: 1 a\ncase: 1.1 a\nsend: close 70000\n",
                     "group: 1 a\ncase: 1.1 a\nonly: everybody\n", "group: 1 a\nrubbish\n",
                     "group: 1 a\ncase: 1.1 a\nflush: now\n"):
            with self.subTest(text), self.assertRaisesRegex(Mistake, r"^x:\d+: "):
                ws_case_file.parse(text, "x")

    def test_payloads_and_values(self):
        case, second = ws_case_file.parse('group: 1 a\ncase: 1.1 of {}\nfor: 1000 3000\n'
                                          'send: 2x text more rsv=4 "é\\n\\u{20ac}\\"{n}"*2 <00 ff> {}\n', "x")
        self.assertEqual((case.id, case.title, second.id, second.title), ("1.1.1", "of 1000", "1.1.2", "of 3000"))
        step = second.steps[0]
        self.assertEqual((step.times, step.opcode, step.options), (2, TEXT, {"more": True, "rsv": 4}))
        self.assertEqual(step.content.of(7), 'é\n€"7'.encode() * 2 + b"\0\xff\x0b\xb8")

    def test_every_row_that_is_named_exists(self):
        rows = set(re.findall(r"WS-\d{3}", (support.HERE.parents[1] / "docs/requirements/websocket.md").read_text()))
        for case in cases("server") + cases("client"):
            self.assertLessEqual(set(case.rows), rows, case)

    def test_the_command_line(self):
        driver = support.HERE / "ws_cases.py"
        self.assertIn(b"--serve", support.run(support.sys.executable, driver, "--help").stdout)
        listed = support.run(support.sys.executable, driver, "--list", "--only", "5.8").stdout.decode()
        self.assertEqual(listed, "5.8 a ping between frames\n5.8 a ping between frames, 1 octet a write\n")
        peer = Careless("has no pongs")
        for only, status in (("1.6", 0), ("2.1", 1)):
            done = support.run(support.sys.executable, driver, "--timeout", 1, "--only", only, peer.url)
            self.assertEqual(done.returncode, status, done.stdout)
        peer.suite.close()


if __name__ == "__main__":
    support.main()
