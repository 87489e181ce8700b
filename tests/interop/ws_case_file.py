"""Reads cases/*.cases: what is sent to a WebSocket peer that echoes, and what has to come back. The format is told in
cases/README.md."""
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

OPCODES = {"continuation": 0, "text": 1, "binary": 2, "close": 8, "ping": 9, "pong": 10}
#: How many octets a case may send in order to be run octet by octet as well.
SMALL = 2000


class Mistake(Exception):
    """A line that cannot be read."""


@dataclass
class Part:
    """A piece of a payload, `times` times."""
    octets: bytes
    times: int = 1
    patterned: int = 0  # instead of octets: so many of pattern()

    def of(self, n):
        if self.patterned:
            return pattern(self.patterned) * self.times
        return self.octets.replace(b"{n}", b"%d" % n) * self.times

    def size(self):
        return (self.patterned or len(self.octets)) * self.times


@dataclass
class Content:
    """What is in a frame, or goes out as it is."""
    parts: list = field(default_factory=list)

    def of(self, n=0):
        return self.parts[0].of(n) if len(self.parts) == 1 else b"".join(part.of(n) for part in self.parts)


@dataclass
class Step:
    """A line that does something. Which members matter depends on `verb`, its key."""
    verb: str
    line: int
    text: str = ""
    kind: str = ""             # of a frame: a name in OPCODES, or a number
    times: int = 1
    content: Content = field(default_factory=Content)
    options: dict = field(default_factory=dict)
    number: int = 0            # of fails, pieces, pause
    code: int = 0              # of an expected Close: 1005 for none

    @property
    def opcode(self):
        return OPCODES[self.kind] if self.kind in OPCODES else int(self.kind, 0)


@dataclass
class Case:
    id: str
    title: str
    group: str
    where: str
    rows: tuple = ()
    only: str = ""             # server, client, or both
    timed: bool = False        # how long it takes is told
    cut: bool = True           # also octet by octet, if it is small
    together: bool = False     # its first octets come with the handshake
    deflate: str = None        # parameters of permessage-deflate, which has to be agreed on
    steps: list = field(default_factory=list)
    pieces: int = 0            # octets of a write; 0: as much as there is

    def is_small(self):
        return sum(size(step) for step in self.steps) <= SMALL

    def __str__(self):
        return f"{self.id} {self.title}" + (f", {self.pieces} octet a write" if self.pieces else "")


def size(step):
    """Octets that a step sends, near enough."""
    if step.verb not in ("send", "raw", "echo"):
        return 0
    payload = sum(part.size() for part in step.content.parts)
    return step.times * (payload + 14) + 14 * (payload // step.options.get("frames", 1 << 60))


_pattern = b""


def pattern(length):
    """Text of which no two pieces at different places look alike."""
    global _pattern
    if length > len(_pattern):
        _pattern = b"".join(b"%015x\n" * 64 % tuple(range(n, n + 64)) for n in range(0, length // 16 + 1, 64))
    return _pattern[:length]


ITEM = re.compile(r"""\s* (?: "(?P<text>(?:[^"\\]|\\.)*)" | <(?P<hex>[0-9a-fA-F\s]*)> | (?P<number>\d+)
                            | pattern\((?P<pattern>\d+)\) ) (?: \*(?P<times>\d+) )? (?=\s|$)""", re.VERBOSE)
ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]+)\}|x([0-9a-fA-F]{2})|(.))")


def unescape(text):
    out, at = b"", 0
    for found in ESCAPE.finditer(text):
        out += text[at:found.start()].encode()
        point, octet, plain = found.groups()
        if point:
            out += chr(int(point, 16)).encode()
        elif octet:
            out += bytes([int(octet, 16)])
        else:
            out += {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}.get(plain, plain).encode()
        at = found.end()
    return out + text[at:].encode()


def content_of(text):
    out, at = Content(), 0
    while text[at:].strip():
        found = ITEM.match(text, at)
        if not found:
            raise Mistake(f"no payload: {text[at:]!r}")
        times = int(found["times"] or 1)
        if found["text"] is not None:
            out.parts.append(Part(unescape(found["text"]), times))
        elif found["hex"] is not None:
            out.parts.append(Part(bytes.fromhex("".join(found["hex"].split())), times))
        elif found["number"] is not None:
            out.parts.append(Part(int(found["number"]).to_bytes(2, "big"), times))
        else:
            out.parts.append(Part(b"", times, int(found["pattern"])))
        at = found.end()
    return out


OPTION = re.compile(r"(more|unmasked|masked|deflate|(?:rsv|length|form|frames|key)=\S+)(?:\s+|$)")


def frame_step(step):
    """[Nx] KIND [OPTION...] PAYLOAD"""
    found = re.match(r"(?:(\d+)x\s+)?(\w+)\s*", step.text)
    if not found or not (found[2] in OPCODES or re.fullmatch(r"0x[0-9a-f]|\d+", found[2])):
        raise Mistake(f"no frame: {step.text!r}")
    step.times, step.kind = int(found[1] or 1), found[2]
    rest = step.text[found.end():]
    while option := OPTION.match(rest):
        name, _, value = option[1].partition("=")
        step.options[name] = bytes.fromhex(value) if name == "key" else int(value, 0) if value else True
        rest = rest[option.end():]
    if step.verb == "expect" and step.kind == "close":
        step.code = int(rest) if rest.strip() else 1005
    else:
        step.content = content_of(rest)
    return step


def number_step(step):
    step.number = int(step.text)
    return step


def raw_step(step):
    step.content = content_of(step.text)
    return step


def bare_step(step):
    if step.text:
        raise Mistake(f"{step.verb} stands alone")
    return step


STEPS = {"send": frame_step, "echo": frame_step, "expect": frame_step, "raw": raw_step, "fails": number_step,
         "pieces": number_step, "pause": number_step, "flush": bare_step, "shutdown": bare_step, "ends": bare_step,
         "otherwise": bare_step, "stop": bare_step}


def parse(text, name="cases"):
    """All cases in the text of a file, one for each value of `for`."""
    out, group, timed, head, steps, values = [], "", False, None, [], None

    def finish():
        if head is None:
            return
        for n, value in enumerate(values if values is not None else [None], 1):
            case = replace(head, id=head.id if value is None else f"{head.id}.{n}", steps=[])
            if value is not None:
                case.deflate = case.deflate and case.deflate.replace("{}", value)
                case.title = case.title.replace("{}", value) if "{}" in case.title else f"{case.title}: {value}"
            for line, verb, what in steps:
                what = what if value is None else what.replace("{}", value)
                try:
                    case.steps.append(STEPS[verb](Step(verb, line, what)))
                except (Mistake, ValueError, OverflowError) as wrong:
                    raise Mistake(f"{name}:{line}: {wrong}") from None
            out.append(case)

    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        key, colon, what = line.partition(":")
        what = what.strip()
        if not colon:
            raise Mistake(f"{name}:{number}: no colon in {line!r}")
        if key == "group":
            finish()
            head, group, timed = None, what, False
        elif key == "timed" and head is None and not what:
            timed = True
        elif key == "case":
            finish()
            id_, _, title = what.partition(" ")
            if not group or not title:
                raise Mistake(f"{name}:{number}: a case needs a group, a number and a title")
            head, steps, values = Case(id_, title, group, f"{name}:{number}", timed=timed), [], None
        elif head is None:
            raise Mistake(f"{name}:{number}: {key!r} belongs to no case")
        elif key in STEPS:
            steps.append((number, key, what))
        elif key == "deflate":
            head.deflate = what
        elif key == "for":
            values = (values or []) + what.split()
        elif key == "rows":
            head.rows += tuple(what.split())
        elif key == "only" and what in ("server", "client"):
            head.only = what
        elif key == "cut" and what == "no":
            head.cut = False
        elif key == "together" and not what:
            head.together = True
        else:
            raise Mistake(f"{name}:{number}: {line!r} is not known")
    finish()
    return out


def read(paths, peer, deflate=False):
    """All that is run against a `peer`, "server" or "client", in order: the small cases twice, in as few writes as
    possible and octet by octet. Those of compression only with `deflate`."""
    out, seen = [], {}
    for path in paths:
        for case in parse(Path(path).read_text(encoding="utf-8"), Path(path).name):
            if case.id in seen:
                raise Mistake(f"{case.where}: {case.id} is also at {seen[case.id]}")
            seen[case.id] = case.where
            if case.only in ("", peer) and (deflate or case.deflate is None):
                out.append(case)
                if case.cut and case.is_small():
                    out.append(replace(case, pieces=1))
    return out
