"""WebSocket by hand: the client's end of a connection, which sends whatever frames it is told to."""
import base64
import hashlib
import os
import struct
from dataclasses import dataclass

from wire import Wire

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


@dataclass
class Frame:
    opcode: int
    payload: bytes
    fin: bool = True
    rsv: int = 0


def masked(payload, key):
    whole = int.from_bytes(payload, "big") ^ int.from_bytes((key * (len(payload) // 4 + 1))[:len(payload)], "big")
    return whole.to_bytes(len(payload), "big")


def header(opcode, length, *, fin=True, rsv=0, key=None, form=None):
    """The octets in front of a payload. `form` is how the length is written: in 7, 16 or 64 bits."""
    form = form or (7 if length < 126 else 16 if length < 65536 else 64)
    second = 0x80 if key is not None else 0
    out = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    if form == 7:
        return out + bytes([second | length]) + (key or b"")
    if form == 16:
        return out + bytes([second | 126]) + struct.pack(">H", length) + (key or b"")
    return out + bytes([second | 127]) + struct.pack(">Q", length) + (key or b"")


def frame(opcode, payload=b"", *, fin=True, rsv=0, form=None, mask=True):
    """A frame as a client sends it."""
    key = os.urandom(4) if mask else None
    return header(opcode, len(payload), fin=fin, rsv=rsv, key=key, form=form) + (
        masked(payload, key) if mask else payload)


def close_payload(code, reason=b""):
    return struct.pack(">H", code) + reason


def request(key="dGhlIHNhbXBsZSBub25jZQ==", *, without=(), path="/", **more):
    """The head of an opening handshake. `more` replaces fields or adds some, with _ for -."""
    fields = {"Host": "a", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": key,
              "Sec-WebSocket-Version": "13"}
    fields.update({name.replace("_", "-"): value for name, value in more.items()})
    lines = [f"{name}: {value}" for name, value in fields.items() if name not in without]
    return "\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""])


def accept_key(key):
    sum_of = hashlib.sha1(key.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    return base64.b64encode(sum_of).decode()


class Client(Wire):
    """An open connection; with `opened` false, one that is to say its handshake itself."""

    def __init__(self, port, *, opened=True, seconds=10, receive_buffer=None, **fields):
        super().__init__(port, seconds=seconds, receive_buffer=receive_buffer)
        if opened:
            key = base64.b64encode(os.urandom(16)).decode()
            self.send(request(key, **fields))
            self.answer = self.response()
            assert self.answer.status == 101, self.answer
            assert self.answer.get("Sec-WebSocket-Accept") == accept_key(key)

    def frame(self):
        """The next frame of the server, which has to be well-formed."""
        first, second = self.exactly(2)
        assert not second & 0x80, "a server does not mask"
        length = second
        if second == 126:
            length, = struct.unpack(">H", self.exactly(2))
            assert length >= 126
        elif second == 127:
            length, = struct.unpack(">Q", self.exactly(8))
            assert 65536 <= length < 1 << 63
        out = Frame(first & 15, self.exactly(length), bool(first & 0x80), first >> 4 & 7)
        assert out.rsv == 0 and (out.opcode < 8 or out.fin and length < 126), out
        return out

    def echo(self, payload, opcode=TEXT):
        self.send(frame(opcode, payload))
        return self.frame() == Frame(opcode, payload)

    def closed(self):
        """The code and reason of the Close frame that comes next, behind which the connection ends, without a reset:
        code 1005 if it has none."""
        last = self.frame()
        assert last.opcode == CLOSE, last
        assert self.rest() == b"", "something comes behind the Close frame"
        return self.code_of(last)

    @staticmethod
    def code_of(last):
        if not last.payload:
            return 1005, b""
        return int.from_bytes(last.payload[:2], "big"), last.payload[2:]
