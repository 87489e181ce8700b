#!/usr/bin/env python3
"""Decodes the recorded traffic with coax-inspect and asserts what is in it: captures.py PATH-OF-coax-inspect

What each capture holds is told by examples/captures/captures.json, which the recorder wrote from what it had asked the
programs to do. Bodies are compared with what Python's own http.client makes of the same bytes; what is in frames was
compared with what wsproto makes of them when it was recorded.
"""
import base64
import hashlib
import http.client
import io
import json
import pathlib
import subprocess
import sys
import unittest

INSPECT = sys.argv.pop(1)
CAPTURES = pathlib.Path(__file__).resolve().parents[2] / "examples" / "captures"
INDEX = json.loads((CAPTURES / "captures.json").read_text())


def inspect(*arguments, fed=None):
    run = subprocess.run([INSPECT, "--json", *map(str, arguments)], input=fed, capture_output=True, timeout=60)
    return run.returncode, [json.loads(line) for line in run.stdout.splitlines()]


def messages(events):
    """Groups events into (head, body, trailers), one for each head."""
    out = []
    for e in events:
        if e["event"] == "head":
            out.append({"head": e, "body": b"", "trailers": [], "ended": False})
        elif e["event"] == "data":
            out[-1]["body"] += base64.b64decode(e["data"])
        elif e["event"] == "trailers":
            out[-1]["trailers"] = e["fields"]
        elif e["event"] == "end":
            out[-1]["ended"] = True
    return out


def said(events):
    """Messages, pings, pongs and the Close frame in the form of captures.json."""
    out = []
    for e in events:
        if e["event"] == "close":
            out.append(["close", e["code"], e["reason"]])
        elif e["event"] in ("message", "ping", "pong"):
            kind, data = e.get("type", e["event"]), base64.b64decode(e["data"])
            if len(data) > 200:
                out.append([kind, {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}])
            else:
                out.append([kind, data.decode() if kind == "text" else e["data"]])
    return out


def field(message, name):
    return [value for n, value in message["head"]["fields"] if n.lower() == name.lower()]


class Connection:
    """The bytes of one direction, as http.client wants to see them."""

    def __init__(self, data):
        self.stream = io.BufferedReader(io.BytesIO(data))
        self.stream.close = lambda: None  # several responses are read from it

    def makefile(self, _mode):
        return self.stream


def bodies_by_http_client(data, methods):
    connection = Connection(data)
    out = []
    for method in methods:
        response = http.client.HTTPResponse(connection, method=method)
        response.begin()  # skips 100, but no other interim response
        while 100 <= response.status < 200:
            response = http.client.HTTPResponse(connection, method=method)
            response.begin()
        out.append((response.status, response.read()))
    return out


class Captures(unittest.TestCase):
    def test_there_are_captures_of_all_programs(self):
        self.assertGreaterEqual(len(INDEX), 12)
        clients = " ".join(capture["client"] for capture in INDEX)
        for program in ("curl", "Chromium", "undici", "Python"):
            self.assertIn(program, clients)
        clients = " ".join(capture["client"] for capture in INDEX if "frames" in capture)
        for program in ("ws", "Chromium", "Python websockets"):
            self.assertIn(program, clients)

    def test_requests(self):
        for capture in INDEX:
            status, events = inspect("--request", CAPTURES / capture["request"])
            found = messages(events)
            self.assertEqual([m["head"]["method"] for m in found], capture["methods"])
            self.assertEqual(len(found), capture["messages"]["requests"])
            self.assertTrue(all(m["ended"] for m in found))
            self.end(capture, "request", status, events)

    def test_responses(self):
        for capture in INDEX:
            status, events = inspect("--response", "--methods", ",".join(capture["methods"]),
                                     CAPTURES / capture["response"])
            found = messages(events)
            self.assertEqual([m["head"]["status"] for m in found], capture["statuses"])
            self.assertEqual(len(found), capture["messages"]["responses"] + capture["messages"]["interim"])
            self.assertTrue(all(m["ended"] for m in found))
            self.end(capture, "response", status, events)

    def end(self, capture, direction, status, events):
        size = (CAPTURES / capture[direction]).stat().st_size
        tail = capture.get("tail", {}).get(direction)
        eof = events[-1]
        if direction == "request" and tail is not None and capture["methods"] == ["GET"]:
            # Only the response tells that the protocol was switched: to a reader of requests the frames are none.
            self.assertEqual((status, eof["event"], eof["offset"]), (1, "error", size - tail), capture["name"])
            return
        self.assertEqual(status, 0, capture["name"])
        self.assertEqual((eof["event"], eof["offset"]), ("eof", size))
        if tail is not None:
            self.assertEqual((eof["state"], eof["unparsed"]), ("tunnel", tail))
        else:
            self.assertIn(eof["state"], ("idle", "closed"))
            self.assertEqual(eof["unparsed"], 0)

    def test_bodies_are_those_that_another_decoder_sees(self):
        compared = 0
        for capture in INDEX:
            if "tail" in capture:
                continue
            data = (CAPTURES / capture["response"]).read_bytes()
            _, events = inspect("--response", "--methods", ",".join(capture["methods"]), CAPTURES / capture["response"])
            ours = [(m["head"]["status"], m["body"]) for m in messages(events) if m["head"]["status"] >= 200]
            self.assertEqual(ours, bodies_by_http_client(data, capture["methods"]))
            compared += len(ours)
        self.assertGreaterEqual(compared, 30)

    def test_every_cut_gives_the_same(self):
        for capture in INDEX:
            for direction in ("request", "response"):
                arguments = ["--" + direction, "--methods", ",".join(capture["methods"]), CAPTURES / capture[direction]]
                whole = inspect(*arguments)
                for n in (1, 3, 1448):
                    self.assertEqual(inspect("--chunk", n, *arguments), whole)

    def test_frames(self):
        compressed = 0
        for capture in INDEX:
            for direction in capture.get("frames", ()):
                file = CAPTURES / capture[direction]
                status, events = inspect("--" + direction, "--upgrade", file)
                with self.subTest(capture["name"], direction=direction):
                    self.assertEqual(said(events), capture["frames"][direction])
                    self.assertEqual(status, 0)
                    self.assertEqual({e["masked"] for e in events if e["event"] == "frame"}, {direction == "request"})
                    self.assertEqual(events[-1], {"event": "eof", "offset": file.stat().st_size, "state": "closed",
                                                  "unparsed": 0})
                    for n in (1, 3, 1448):
                        self.assertEqual(inspect("--" + direction, "--upgrade", "--chunk", n, file), (status, events))
                compressed += sum(e.get("compressed", False) for e in events if e["event"] == "message")
        self.assertGreaterEqual(compressed, 16)

    def test_frames_without_the_handshake(self):
        for capture in INDEX:
            for direction in capture.get("frames", ()):
                _, answer = inspect("--response", CAPTURES / capture["response"])
                agreed = field(messages(answer)[0], "Sec-WebSocket-Extensions")
                options = ["--websocket", "client" if direction == "request" else "server"]
                options += ["--deflate", agreed[0]] if agreed else []
                data = (CAPTURES / capture[direction]).read_bytes()[-capture["tail"][direction]:]
                status, events = inspect(*options, fed=data)
                with self.subTest(capture["name"], direction=direction):
                    self.assertEqual(said(events), capture["frames"][direction])
                    self.assertEqual((status, events[0]["offset"], events[-1]["offset"]), (0, 0, len(data)))

    def one(self, name, direction):
        capture = next(c for c in INDEX if c["name"] == name)
        _, events = inspect("--" + direction, "--methods", ",".join(capture["methods"]), CAPTURES / capture[direction])
        return messages(events), events

    def test_chunked_responses_of_nginx(self):
        found, _ = self.one("curl-chunked", "response")
        for m in found:
            self.assertEqual(m["head"]["framing"], "chunked")
            self.assertNotIn("length", m["head"])
            self.assertGreater(len(m["body"]), 0)

    def test_a_range_of_nginx(self):
        first = self.one("curl-range", "response")[0][0]
        self.assertEqual(first["head"]["status"], 206)
        self.assertTrue(field(first, "Content-Range")[0].startswith("bytes "))
        self.assertEqual(len(first["body"]), first["head"]["length"])

    def test_a_head_response_has_a_length_and_no_body(self):
        first = self.one("curl-head", "response")[0][0]
        self.assertEqual((first["head"]["framing"], first["body"]), ("none", b""))
        self.assertEqual(len(field(first, "Content-Length")), 1)

    def test_a_client_that_waits_for_100(self):
        request = self.one("curl-expect-100", "request")[0][0]
        self.assertEqual(field(request, "Expect"), ["100-continue"])
        self.assertEqual(self.one("curl-expect-100", "response")[0][0]["head"]["status"], 100)

    def test_an_upload_in_chunks(self):
        found, events = self.one("curl-upload-chunked", "request")
        self.assertEqual(found[0]["head"]["framing"], "chunked")
        self.assertEqual(sum(len(base64.b64decode(e["data"])) for e in events if e["event"] == "data"),
                         len(found[0]["body"]))
        self.assertGreater(len(found[0]["body"]), 100)

    def test_trailers_of_node(self):
        found, _ = self.one("node-trailers", "response")
        self.assertEqual(len(found[0]["trailers"]), 2)
        names = {name for name, _ in found[0]["head"]["fields"]}
        self.assertFalse(names & {name for name, _ in found[0]["trailers"]})

    def test_a_body_until_the_connection_closes(self):
        found, events = self.one("curl-http10", "response")
        self.assertEqual((found[0]["head"]["framing"], found[0]["head"]["keep_alive"]), ("close", False))
        self.assertEqual(events[-1]["state"], "closed")

    def test_a_tunnel_and_an_upgrade(self):
        for name, protocol in (("curl-connect-proxy", "tunnel"), ("websocket-upgrade", "websocket")):
            _, events = self.one(name, "response")
            upgrade = [e for e in events if e["event"] == "upgrade"]
            self.assertEqual([e["protocol"] for e in upgrade], [protocol])

    def test_lengths_and_pieces_of_messages(self):
        _, events = inspect("--request", "--upgrade", "--sizes", CAPTURES / "websocket-sizes.request.http")
        frames = [e for e in events if e["event"] == "frame"]
        self.assertEqual([(e["header"], e["length"]) for e in frames[:3]], [(6, 5), (8, 300), (14, 65536)])
        opcodes = [e["opcode"] for e in frames]
        self.assertIn("ping", opcodes[opcodes.index("text"):opcodes.index("continuation")])

    def test_pipelined_requests_of_undici(self):
        found, _ = self.one("undici-pipelined", "request")
        self.assertEqual(len({m["head"]["target"] for m in found}), len(found))
        self.assertGreaterEqual(len(found), 8)


unittest.main(verbosity=2)
