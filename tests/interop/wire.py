"""HTTP/1.1 by hand: a connection that sends whatever octets it is told to, and reads responses strictly."""
import re
import socket
import time
from dataclasses import dataclass, field

CRLF = b"\r\n"


@dataclass
class Message:
    """A response, or a request: `first` is its start-line."""
    first: str
    fields: list
    body: bytes = b""
    trailers: list = field(default_factory=list)
    pieces: list = field(default_factory=list)  # (seconds since the connection was made, chunk)

    @property
    def status(self):
        return int(self.first.split(" ")[1])

    def all(self, name):
        return [value for n, value in self.fields if n.lower() == name.lower()]

    def get(self, name):
        """The value of a field that stands there once at most."""
        values = self.all(name)
        assert len(values) <= 1, f"{name} stands there {len(values)} times"
        return values[0] if values else None


class Wire:
    """One connection, as a client or (with `accepted`) as a server."""

    def __init__(self, port=None, accepted=None, seconds=10, receive_buffer=None):
        self.socket = accepted or socket.socket()
        self.socket.settimeout(seconds)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if accepted is None:
            self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began = time.monotonic()
        self.held = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, *parts):
        for part in parts:
            self.socket.sendall(part.encode("latin-1") if isinstance(part, str) else part)

    def ask(self, head, *, method=None, body=b""):
        """Sends a request, given with bare LF for legibility and without its empty line; returns the response."""
        self.send(head.strip("\n").replace("\n", "\r\n") + "\r\n\r\n", body)
        return self.response(method or head.split(" ")[0])

    def end(self):
        self.socket.shutdown(socket.SHUT_WR)

    # --- reading ------------------------------------------------------------------------------------------

    def _more(self):
        got = self.socket.recv(65536)
        self.held += got
        return bool(got)

    def line(self):
        while CRLF not in self.held:
            if not self._more():
                raise EOFError(f"the connection ended behind {self.held[-80:]!r}")
        line, _, self.held = self.held.partition(CRLF)
        assert not re.search(rb"[\r\n\0]", line), f"a control character in {line!r}"
        return line.decode("latin-1")

    def exactly(self, size):
        parts, left = [], size
        while left > len(self.held):
            parts.append(self.held)
            left -= len(self.held)
            self.held = b""
            if not self._more():
                raise EOFError(f"the connection ended {left} octets too early")
        parts.append(self.held[:left])
        self.held = self.held[left:]
        return b"".join(parts)

    def rest(self):
        """All until the peer closes."""
        parts = [self.held]
        self.held = b""
        while True:
            got = self.socket.recv(1 << 16)
            if not got:
                return b"".join(parts)
            parts.append(got)

    def is_closed(self):
        """Waits for the end of the connection; False if something else comes."""
        if self.held:
            return False
        try:
            return not self._more()
        except ConnectionResetError:
            return True

    def fields(self):
        out = []
        while True:
            line = self.line()
            if not line:
                return out
            found = re.fullmatch(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*", line)
            assert found, f"no field line: {line!r}"
            out.append(found.groups())

    def head(self):
        return Message(self.line(), self.fields())

    def chunk(self):
        """A chunk, or None when the last one came."""
        size = int(re.fullmatch(r"([0-9A-Fa-f]+)(;.*)?", self.line()).group(1), 16)
        if size == 0:
            return None
        data = self.exactly(size)
        assert self.line() == "", "no line end behind a chunk"
        return data

    def body(self, message, has_length=True):
        coding, length = message.get("Transfer-Encoding"), message.get("Content-Length")
        assert not (coding and length), "both Transfer-Encoding and Content-Length"
        if coding:
            assert coding.lower() == "chunked", coding
            for data in iter(self.chunk, None):
                message.pieces.append((time.monotonic() - self.began, data))
            message.body = b"".join(data for _, data in message.pieces)
            message.trailers = self.fields()
        elif length is not None:
            assert re.fullmatch(r"[0-9]+", length), length
            message.body = self.exactly(int(length))
        elif not has_length:
            message.body = self.rest()
        return message

    def response(self, method="GET"):
        """The next response, an interim one included."""
        message = self.head()
        assert re.fullmatch(r"HTTP/1\.1 [1-5][0-9][0-9] [\t -~\x80-\xff]*", message.first), message.first
        if method == "HEAD" or message.status in (204, 304) or message.status < 200:
            assert message.status >= 300 or method == "HEAD" or not message.get("Transfer-Encoding")
            return message
        return self.body(message, has_length=False)

    def request(self):
        """The next request, for a connection that was accepted."""
        message = self.head()
        assert re.fullmatch(r"[A-Z]+ \S+ HTTP/1\.[01]", message.first), message.first
        return self.body(message)
