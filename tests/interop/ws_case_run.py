"""Runs a case of ws_case_file over a socket, against a server or a client that sends back every message."""
import base64
import codecs
import os
import re
import select
import socket
import ssl
import time
import zlib
from dataclasses import dataclass, field, replace

from ws_case_file import OPCODES, pattern
from ws_wire import CLOSE, accept_key, close_payload, header, masked, request

NAMES = {number: name for name, number in OPCODES.items()}
FAILING = (1002, 1003, 1007, 1008, 1009, 1011)  # the codes that say that something is wrong
LIMITED = (1008, 1009)                          # those of limits, which may be narrower than a case is wide
DATA, FINAL = ("text", "binary"), ("close", "end")
NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Deviation(Exception):
    """The peer did what it must not do."""


@dataclass
class Event:
    kind: str  # text, binary, pong, close; end: of the connection
    payload: bytes = b""

    @property
    def code(self):
        return int.from_bytes(self.payload[:2], "big") if self.payload else 1005

    def __str__(self):
        if self.kind == "end":
            return "the end of the connection"
        if self.kind == "close":
            return f"Close {self.code} {self.payload[2:].decode()!r}"
        shown = repr(self.payload[:60]) + ("..." if len(self.payload) > 60 else "")
        return f"{self.kind} of {len(self.payload)} octets: {shown}"


def may_send(code):
    """Whether the code may stand in a Close frame: RFC 6455 §7.4 and the registry. 1010 is for clients."""
    return 1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999


class Deflate:
    """RFC 7692: both directions of a connection, as agreed on."""

    def __init__(self, agreed, peer):
        given = dict(part.strip().partition("=")[::2] for part in agreed.split(";")[1:])
        ours = "client" if peer == "server" else "server"
        self.forgets, self.peer_forgets = (f"{who}_no_context_takeover" in given for who in (ours, peer))
        self.bits, self.peer_bits = (int(given.get(f"{who}_max_window_bits") or 15) for who in (ours, peer))
        self.compressor = self.inflater = None

    def compress(self, message):
        if self.compressor is None or self.forgets:
            self.compressor = zlib.compressobj(wbits=-max(9, self.bits))
        return (self.compressor.compress(message) + self.compressor.flush(zlib.Z_SYNC_FLUSH))[:-4] or b"\0"

    def inflate(self, octets):
        """With no larger window than was agreed on, and no memory of earlier messages if there is to be none."""
        if self.inflater is None or self.peer_forgets:
            self.inflater = zlib.decompressobj(wbits=-self.peer_bits)
        out = self.inflater.decompress(octets + b"\0\0\xff\xff")
        if self.inflater.unused_data:  # behind a final block another begins
            self.inflater = zlib.decompressobj(wbits=-self.peer_bits)
        return out


class Link:
    """One end of a connection: frames out, and events in, each of which has to be well-formed."""

    def __init__(self, sock, peer):
        self.socket, self.masks = sock, peer == "server"
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.held = bytearray()
        self.ended = ""           # how: "end", "reset"
        self.broken = False       # nothing more can be sent
        self.first = b""          # goes out in front of what is sent first
        self.message = None       # in several frames: its kind and what has come of it
        self.last_key = None
        self.got_close = False
        self.deflate = None       # what was agreed on
        self.offered = ""         # by a client

    def close(self):
        self.socket.close()

    # --- sending ---------------------------------------------------------------------------------------------

    def transmit(self, octets, pieces, deadline):
        """All of it, in writes of `pieces` octets, or as large as can be if that is 0. Reads meanwhile, so that a
        peer which has to be read first does not wait for ever."""
        octets, self.first = memoryview(self.first + octets), b""
        at = writes = 0
        while at < len(octets) and not self.broken:
            end = len(octets) if pieces == 0 else min(len(octets), at - at % pieces + pieces)
            try:
                at += self.socket.send(octets[at:end])
                writes += 1
                if writes % 64 == 0:
                    self._receive()
            except NOT_NOW:
                if time.monotonic() > deadline:
                    raise Deviation("it does not read what is sent") from None
                readable, _, _ = select.select([] if self.ended else [self.socket], [self.socket], [], 0.1)
                if readable:
                    self._receive()
            except OSError:
                self.broken = True

    def shutdown(self):
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.broken = True

    def frame(self, opcode, payload, *, more=False, rsv=0, length=None, form=None, key=None, unmasked=False,
              masked_=False):
        if unmasked or not (self.masks or masked_):
            key = None
        elif key is None:
            key = os.urandom(4)
        begin = header(opcode, len(payload) if length is None else length, fin=not more, rsv=rsv, key=key, form=form)
        return begin + (masked(payload, key) if key and payload and any(key) else payload)

    # --- receiving -------------------------------------------------------------------------------------------

    def _receive(self):
        try:
            while True:
                got = self.socket.recv(1 << 18)
                if not got:
                    self.ended = self.ended or "end"
                    return
                self.held += got
        except NOT_NOW:
            pass
        except OSError:
            self.ended = self.ended or "reset"

    def wait(self, deadline):
        """Receives something. False if the time is over."""
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self.socket], [], [], left)[0]:
            return False
        self._receive()
        return True

    def need(self, count, deadline):
        while len(self.held) < count:
            if self.ended:
                if self.held:
                    raise Deviation(f"the connection ends inside a frame, behind {bytes(self.held[:40])!r}")
                return False
            if not self.wait(deadline):
                if self.held:
                    raise Deviation(f"a frame is not completed: {bytes(self.held[:40])!r}")
                return None
        return True

    def _next_frame(self, deadline):
        """(fin, opcode, payload, RSV1); None if the time is over, False at the end of the connection."""
        if not (there := self.need(2, deadline)):
            return there
        first, second = self.held[:2]
        length, at = second & 127, 2
        if first & (0x30 if self.deflate and first & 15 in (1, 2) else 0x70):
            raise Deviation(f"reserved bits are set: {first:02x}")
        if bool(second & 128) == self.masks:
            raise Deviation("a server masks" if self.masks else "a client does not mask")
        if length > 125:
            at = 4 if length == 126 else 10
            self.need(at, deadline)
            length = int.from_bytes(self.held[2:at], "big")
            if length < (126 if at == 4 else 65536) or length >> 63:
                raise Deviation(f"a length is not written as it has to be: {self.held[:at].hex()}")
        key = None
        if not self.masks:
            self.need(at + 4, deadline)
            key = bytes(self.held[at:at + 4])
            at += 4
            if key == self.last_key:
                raise Deviation(f"the same masking key twice: {key.hex()}")
            self.last_key = key
        self.need(at + length, deadline)
        payload = bytes(self.held[at:at + length])
        del self.held[:at + length]
        return bool(first & 128), first & 15, masked(payload, key) if key and payload else payload, bool(first & 64)

    def event(self, deadline):
        """The next event, or None if the time is over."""
        while True:
            got = self._next_frame(deadline)
            if got is None:
                return None
            if got is False:
                return Event("end")
            fin, opcode, payload, compressed = got
            if self.got_close:
                raise Deviation(f"a frame behind the Close: opcode {opcode}, {payload[:40]!r}")
            kind = NAMES.get(opcode)
            if kind is None:
                raise Deviation(f"opcode {opcode} is reserved")
            if opcode >= CLOSE:
                if not fin or len(payload) > 125:
                    raise Deviation(f"a {kind} frame that is too long or fragmented")
                if kind == "ping":
                    self.transmit(self.frame(OPCODES["pong"], payload), 0, deadline)
                    continue
                if kind == "close":
                    self._check_close(payload)
                return Event(kind, payload)
            if (kind == "continuation") != (self.message is not None):
                raise Deviation(f"a {kind} frame {'inside' if self.message else 'outside'} a message")
            if self.message is None:
                self.message = (kind, compressed, [])
            self.message[2].append(payload)
            if fin:
                (kind, compressed, parts), self.message = self.message, None
                out = Event(kind, b"".join(parts))
                if compressed:
                    try:
                        out.payload = self.deflate.inflate(out.payload)
                    except zlib.error as wrong:
                        raise Deviation(f"a message that cannot be inflated: {wrong}") from None
                if kind == "text":
                    out.payload.decode()  # UnicodeDecodeError is a ValueError: see Conversation.run
                return out

    def _check_close(self, payload):
        self.got_close = True
        if len(payload) == 1:
            raise Deviation("a Close of one octet")
        if payload and not may_send(int.from_bytes(payload[:2], "big")):
            raise Deviation(f"a Close with code {int.from_bytes(payload[:2], 'big')}")
        payload[2:].decode()


# --- handshakes ----------------------------------------------------------------------------------------------


def _head(link, deadline):
    while b"\r\n\r\n" not in link.held:
        if link.ended or len(link.held) > 65536 or not link.wait(deadline):
            raise Deviation(f"no handshake: {bytes(link.held[:200])!r}")
    head, _, rest = bytes(link.held).partition(b"\r\n\r\n")
    link.held = bytearray(rest)
    return head.decode("latin-1")


def _field(head, name):
    found = re.findall(rf"^{name}:[ \t]*(.*?)[ \t]*\r?$", head, re.MULTILINE | re.IGNORECASE)
    return found[0] if len(found) == 1 else None


def connect(host, port, path, patience, tls=None, deflate=None):
    """A Link to a server, whose handshake is done; over TLS, if there is a context for that. With `deflate`
    compression is offered, with these parameters."""
    sock = socket.create_connection((host, port), patience)
    link = Link(tls.wrap_socket(sock, server_hostname=host) if tls else sock, "server")
    try:
        deadline = time.monotonic() + patience
        key = base64.b64encode(os.urandom(16)).decode()
        more = {} if deflate is None else {"Sec-WebSocket-Extensions": extension(deflate)}
        link.transmit(request(key, path=path, Host=f"{host}:{port}", **more).encode(), 0, deadline)
        head = _head(link, deadline)
        if not head.startswith("HTTP/1.1 101 ") or _field(head, "Sec-WebSocket-Accept") != accept_key(key):
            raise Deviation(f"no upgrade: {head.splitlines()[0]}")
        if agreed := _field(head, "Sec-WebSocket-Extensions"):
            link.deflate = Deflate(agreed, "server")
        return link
    except BaseException:
        link.close()
        raise


def accept(sock, patience):
    """A Link to a client, and the path that it asked for. Its handshake is answered with what is sent first."""
    link = Link(sock, "client")
    head = _head(link, time.monotonic() + patience)
    asked = re.match(r"GET (\S+) HTTP/1\.1\r\n", head)
    if not asked or not (key := _field(head, "Sec-WebSocket-Key")):
        raise Deviation(f"no handshake: {head.splitlines()[0]}")
    link.offered = _field(head, "Sec-WebSocket-Extensions") or ""
    link.first = (f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  f"Sec-WebSocket-Accept: {accept_key(key)}\r\n\r\n").encode()
    return link, asked[1]


def extension(parameters):
    return "permessage-deflate" + (f"; {parameters}" if parameters else "")


def agree(link, parameters):
    """Answers a client's offer: to be called before anything is sent."""
    if "permessage-deflate" in link.offered:
        link.first = link.first[:-2] + f"Sec-WebSocket-Extensions: {extension(parameters)}\r\n\r\n".encode()
        link.deflate = Deflate(extension(parameters), "client")


# --- a case --------------------------------------------------------------------------------------------------


@dataclass
class Verdict:
    """How a case went: it failed if there is a `failure`; it was only within what the RFC permits if there are
    `notes`."""
    failure: str = ""
    notes: list = field(default_factory=list)
    seconds: float = 0

    @property
    def word(self):
        return "failed" if self.failure else "permitted" if self.notes else "ok"


class Conversation:
    def __init__(self, case, link, patience, silence):
        self.case, self.link, self.patience, self.silence = case, link, patience, silence
        self.pieces = case.pieces
        self.queued = []   # to be sent
        self.parked = []   # events that came before others which are waited for
        self.verdict = Verdict()
        self.sent_close = self.sent_end = False
        self.at = 0        # the step
        self.over = False  # how the connection ends was looked at

    def run(self):
        for step in self.case.steps:
            step.content.of()  # so that making a long pattern() for the first time does not count
        began = time.monotonic()
        step = None
        try:
            if self.case.deflate is not None:
                if not self.link.masks:
                    agree(self.link, self.case.deflate)
                if self.link.deflate is None:
                    self.note("compression is not agreed on")
                    self.case = replace(self.case, steps=[])
            if not self.case.together:
                self.flush()  # the handshake alone
            while self.at < len(self.case.steps) and not self.over:
                step = self.case.steps[self.at]
                self.at += 1
                getattr(self, "do_" + step.verb)(step)
            step = None
            if not self.over:
                self.finish()
            if self.parked:
                raise Deviation(f"more came than was asked for: {self.parked[0]}")
        except (Deviation, ValueError, OSError) as trouble:
            place = f"line {step.line}, {step.verb} {step.text}: " if step else "at the end: "
            self.verdict.failure = place + str(trouble)
        self.verdict.seconds = time.monotonic() - began
        return self.verdict

    def note(self, text):
        if text not in self.verdict.notes:
            self.verdict.notes.append(text)

    def deadline(self, seconds=None):
        return time.monotonic() + (self.patience if seconds is None else seconds)

    # --- sending -------------------------------------------------------------------------------------------

    def flush(self):
        if self.queued or self.link.first:
            self.link.transmit(b"".join(self.queued), self.pieces, self.deadline())
        self.queued = []

    def frames(self, step, n):
        """The octets of one repetition of a step: one frame, or a message in frames of so many octets."""
        options = dict(step.options)
        if "masked" in options:
            options["masked_"] = options.pop("masked")
        size, payload = options.pop("frames", 0), step.content.of(n)
        if options.pop("deflate", False):
            payload = self.link.deflate.compress(payload)
            options["rsv"] = 4
        if not size:
            yield self.link.frame(step.opcode, payload, **options)
            return
        last = max(0, len(payload) - 1) // size * size
        for at in range(0, last + 1, size):
            yield self.link.frame(0 if at else step.opcode, payload[at:at + size], more=at != last, **options)
            options.pop("rsv", None)

    def do_send(self, step):
        for n in range(step.times):
            self.queued.extend(self.frames(step, n))
        if step.opcode == CLOSE:
            self.sent_close = True

    def do_raw(self, step):
        self.queued.append(step.content.of())

    def do_flush(self, _):
        self.flush()

    def do_pieces(self, step):
        self.flush()
        self.pieces = step.number

    def do_pause(self, step):
        self.flush()
        time.sleep(step.number / 1000)

    def do_shutdown(self, _):
        self.flush()
        self.link.shutdown()
        self.sent_end = True

    # --- what comes back -----------------------------------------------------------------------------------

    def next(self, kinds, seconds=None):
        """The next event of these kinds, or of the end; None if it does not come. Others are parked: pongs may
        overtake messages, and the other way round."""
        for event in self.parked:
            if event.kind in kinds or event.kind in FINAL:
                self.parked.remove(event)
                return event
        self.flush()
        deadline = self.deadline(seconds)
        while True:
            event = self.link.event(deadline)
            if event is None or event.kind in kinds or event.kind in FINAL:
                return event
            self.parked.append(event)

    def do_echo(self, step):
        for n in range(step.times):
            self.queued.extend(self.frames(step, n))
            self.expect_message(step.kind, step.content.of(n))

    def do_expect(self, step):
        if step.kind == "close":
            self.expect_close(step.code)
        elif step.kind == "pong":
            self.expect_pongs([step.content.of(n) for n in range(step.times)])
        else:
            for n in range(step.times):
                self.expect_message(step.kind, step.content.of(n))

    def expect_message(self, kind, payload):
        event = self.next(DATA)
        if event is None:
            raise Deviation("nothing came back")
        if self.has_failed_early(event):
            return
        if event.kind == "close" and event.code in LIMITED:
            self.note(f"it refuses this: {event}")
            self.leave(event)
        elif event.kind == "close" and self.sent_close:
            self.note("what came before the Close is not sent back")
            self.parked.append(event)
        elif event.kind == "end" and self.sent_end:
            self.note("what came before the end is not sent back")
            self.parked.append(event)
        elif event.kind != kind:
            raise Deviation(f"{event} instead of {kind}")
        elif event.payload != payload:
            raise Deviation(f"another message came back, of {len(event.payload)} octets in place of {len(payload)}: "
                            f"{event.payload[:60]!r}")

    def has_failed_early(self, event):
        """Whether the connection was failed, as it has to be, before what came first was answered."""
        if event.kind not in FINAL or not any(step.verb == "fails" for step in self.case.steps[self.at:]) or (
                event.kind == "close" and event.code not in FAILING):
            return False
        self.note("what came before the failure is not answered")
        self.parked.append(event)
        return True

    def expect_pongs(self, wanted):
        while wanted:
            event = self.next(["pong"])
            if event is None:
                raise Deviation("no pong came")
            if self.has_failed_early(event):
                return
            if event.kind != "pong" or event.payload not in wanted:
                raise Deviation(f"{event} instead of a pong of {wanted[0][:60]!r}")
            if wanted.index(event.payload):
                self.note("not every ping has a pong")  # RFC 6455 §5.5.3
            wanted = wanted[wanted.index(event.payload) + 1:]

    def do_fails(self, step):
        late = self.at < len(self.case.steps) and self.case.steps[self.at].verb == "otherwise"
        event = self.next(FINAL, self.silence if late else None)
        if event is None and not late:
            raise Deviation("the connection is not failed")
        if late and (event is None or event.kind == "close" and event.code not in FAILING):
            self.note("not failed, or not as early as it could be")
            self.at += 1
            if event is not None:
                self.parked.append(event)
            return
        self.over = True
        if event.kind == "end":
            self.note("failed without a Close frame")  # RFC 6455 §7.1.7: SHOULD
            return
        if event.code != step.number:
            if event.code not in FAILING:
                raise Deviation(f"{event}, where the connection has to be failed")
            self.note(f"failed with {event.code} instead of {step.number}")
        self.leave(event)

    def do_otherwise(self, _):
        raise Deviation("this line only follows fails")

    def do_stop(self, _):
        self.over = True

    def do_ends(self, _):
        event = self.next(FINAL)
        self.over = True
        if event is None:
            raise Deviation("the connection does not end")
        if event.kind == "close":
            if event.code not in FAILING:
                raise Deviation(f"{event} where the connection has ended")
            self.note("a Close where the connection has ended")
            self.leave(event)

    def expect_close(self, code):
        event = self.next(FINAL)
        self.over = True
        if event is None or event.kind == "end":
            raise Deviation("no Close comes" + (", but the end of the connection" if event else ""))
        if event.code == 1010 and self.link.masks:
            self.note("a server sends 1010")  # RFC 6455 §7.4.1
        elif event.code != (1000 if code == 1010 and self.link.masks else code):
            self.note(f"Close {code} is answered with {event}")  # RFC 6455 §5.5.1: typically echoed
        self.answer_close(event)
        self.await_end()

    def leave(self, event):
        """The peer has failed the connection."""
        self.over = True
        self.answer_close(event)
        self.await_end()

    def answer_close(self, event):
        if not self.sent_close:
            self.queued = [self.link.frame(CLOSE, event.payload[:2])]
            self.pieces = 0
            self.sent_close = True
            self.flush()

    def await_end(self):
        """Both Closes have passed, or the peer has failed the connection: the transport has to be closed, by the server
        first (RFC 6455 §7.1.1)."""
        if not self.link.masks:
            self.link.shutdown()
        event = self.link.event(self.deadline(min(self.patience, 3)))
        if event is None:
            raise Deviation("the transport is not closed")
        if self.link.ended == "reset" and self.link.masks:
            self.note("the server resets the connection")

    def finish(self):
        self.queued.append(self.link.frame(CLOSE, close_payload(1000)))
        self.sent_close = True
        self.expect_close(1000)


def run(case, link, patience=10, silence=0.5):
    """Runs the case over an open link: a Verdict."""
    return Conversation(case, link, patience, silence).run()
