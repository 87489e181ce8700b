"""Decodes a capture with h11 and wsproto and reports what is in it."""

import base64
import hashlib
import re
from dataclasses import dataclass, field

import h11
from wsproto.extensions import PerMessageDeflate
from wsproto.frame_protocol import FrameProtocol, Opcode


@dataclass
class Seen:
    methods: list = field(default_factory=list)
    targets: list = field(default_factory=list)
    statuses: list = field(default_factory=list)  # interim ones included, in order
    request_tail: int = 0   # bytes after the last message, when the protocol switched
    response_tail: int = 0
    extensions: str = ""    # what the last response agrees on
    frames: dict = field(default_factory=dict)  # of each side, behind a WebSocket handshake
    text: bytes = b""       # all of it, with the payload of frames unmasked and inflated


def decode(request, response):
    seen = Seen()
    try:
        requests = read_requests(bytes(request), seen)
        read_responses(bytes(response), requests, seen)
    except h11.ProtocolError as error:
        raise AssertionError(f"h11 refuses the capture: {error}") from error
    seen.text = bytes(request) + bytes(response)
    if seen.statuses[-1:] == [101]:
        head, data = split(request, seen.request_tail)
        answer_head, answer_data = split(response, seen.response_tail)
        payload, seen.frames["request"] = read_frames(data, False, seen.extensions)
        answer_payload, seen.frames["response"] = read_frames(answer_data, True, seen.extensions)
        seen.text = b"\n".join([head, answer_head, payload, answer_payload])
    return seen


def split(data, tail):
    return bytes(data[:len(data) - tail]), bytes(data[len(data) - tail:])


def read_frames(data, is_client, extensions):
    """What a side has got in frames: all payload, and the messages, pings, pongs and the Close
    frame as said() puts them."""
    agreed = []
    if extensions:
        agreed.append(PerMessageDeflate())
        agreed[0].finalize(extensions)
    protocol = FrameProtocol(is_client, agreed)
    protocol.receive_bytes(data)
    names = {Opcode.TEXT: "text", Opcode.BINARY: "binary", Opcode.PING: "ping", Opcode.PONG: "pong"}
    payload, out, parts = [], [], []
    for frame in protocol.received_frames():
        if frame.opcode is Opcode.CLOSE:
            payload.append((frame.payload[1] or "").encode())
            out.append(["close", int(frame.payload[0]), frame.payload[1] or ""])
        elif frame.opcode.iscontrol():
            payload.append(bytes(frame.payload))
            out.append(said(names[frame.opcode], bytes(frame.payload)))
        else:
            parts.append(frame.payload)
            if frame.message_finished:
                whole = "".join(parts).encode() if isinstance(parts[0], str) else b"".join(parts)
                payload.append(whole)
                out.append(said(names[frame.opcode], whole))
                parts = []
    if parts:
        raise AssertionError("the capture ends inside a message")
    return b"\n".join(payload), out


def said(kind, data):
    """A message, ping or pong as it stands in the index: text as it is, other data as base64, and
    what is large by its size and hash."""
    if len(data) > 200:
        return [kind, {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}]
    return [kind, data.decode() if kind == "text" else base64.b64encode(data).decode()]


def read_requests(data, seen):
    """Plays the server: returns the events of each request."""
    server = h11.Connection(h11.SERVER)
    server.receive_data(data)
    server.receive_data(b"")
    requests = []
    while True:
        events = read_message(server)
        if not events:
            return requests
        requests.append(events)
        seen.methods.append(events[0].method.decode())
        seen.targets.append(events[0].target.decode())
        if server.their_state is h11.MIGHT_SWITCH_PROTOCOL:
            seen.request_tail = len(server.trailing_data[0])
            return requests
        server.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
        server.send(h11.EndOfMessage())
        if server.states != {h11.CLIENT: h11.DONE, h11.SERVER: h11.DONE}:
            expect_nothing_left(server)
            return requests
        server.start_next_cycle()


def read_responses(data, requests, seen):
    """Plays the client: sends each request's events again and reads its response."""
    client = h11.Connection(h11.CLIENT)
    client.receive_data(data)
    client.receive_data(b"")
    for number, request in enumerate(requests):
        if number > 0:
            client.start_next_cycle()
        for event in request:
            client.send(as_http11(event))
        for event in read_message(client):
            if isinstance(event, (h11.InformationalResponse, h11.Response)):
                seen.statuses.append(event.status_code)
                seen.extensions = b", ".join(value for name, value in event.headers
                                             if name == b"sec-websocket-extensions").decode()
    if client.their_state is h11.SWITCHED_PROTOCOL:
        seen.response_tail = len(client.trailing_data[0])
    else:
        expect_nothing_left(client)


def as_http11(event):
    """h11 reads HTTP/1.0 requests, but writes none; the response reads the same either way."""
    if isinstance(event, h11.Request):
        return h11.Request(method=event.method, target=event.target, headers=event.headers)
    return event


def read_message(connection):
    events = []
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            raise AssertionError("the capture ends in the middle of a message")
        if event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
            return events
        events.append(event)
        if isinstance(event, h11.EndOfMessage):
            return events
        if connection.their_state is h11.SWITCHED_PROTOCOL:
            return events


def expect_nothing_left(connection):
    if connection.trailing_data[0]:
        raise AssertionError(f"bytes after the last message: {connection.trailing_data[0][:40]!r}")


def private_words(data, words):
    """Words of the recording machine, and addresses of other hosts, that are in `data`."""
    found = [word for word in words
             if re.search(rb"(?<![A-Za-z0-9])" + re.escape(word.encode()) + rb"(?![A-Za-z0-9])", data)]
    for host in re.findall(rb"https?://([^/\s\"'<>]+)", data):
        if not host.startswith(b"127.0.0.1:"):
            found.append(host.decode(errors="replace"))
    return found
