"""What was aimed at, and why it was missed where it was. judge.py compares it with what was measured.

A note is written by hand, and shown where the aim is missed. {GROUP/ROW/SUBJECT} in it is replaced by the instructions
that benchmarks/instructions.txt says, and {GROUP/ROW/SUBJECT minus GROUP/ROW/SUBJECT} by how many more they are.
"""

import dataclasses
import typing

PROGRAMS = {  # that have the tables
    "heads": "http_heads",
    "framed heads": "http_heads",
    "heads in pieces": "http_heads",
    "a server's exchange": "http_exchange",
    "receive masked, ASCII": "ws_receive",
    "receive masked, mixed": "ws_receive",
    "receive traffic": "ws_receive",
    "receive masked beside memcpy": "ws_receive",
    "send masked, ASCII": "ws_send",
    "handshake": "ws_handshake",
    "handshake, SHA-1 left out": "ws_handshake",
    "layers above request_parser": "layers",
    "layers above frame decoder": "layers",
}

B_TO_E = {"b": "b_browser.mix", "c": "c_chrome.mix", "d": "d_api.mix", "e": "e_resp.mix"}
A_AND_G = {"a": "a_tiny.mix", "g": "g_pipe16.mix"}


@dataclasses.dataclass
class Part:
    """A figure that counts for an aim. `wanted` is None for one that is only told."""

    label: str
    group: str
    row: str
    peer: str  # whose time is divided by that of `subject`
    wanted: typing.Optional[float]
    subject: str = "coax"
    # ratio: so many times longer takes the peer, at least. cost: so many % longer takes the subject, at most.
    # ns: what the subject takes. seconds: so much longer takes the subject to compile, at most.
    kind: str = "ratio"


@dataclasses.dataclass
class Aim:
    text: str
    wanted: str
    parts: list
    missed: str = ""
    isa: str = ""  # with which instruction set, if it is not the machine's best


def ratios(group, rows, peer, wanted, subject="coax"):
    return [Part(label, group, row, peer, wanted, subject) for label, row in rows.items()]


def costs(group, row, layers, wanted, label=""):
    """What each layer takes more than the one before it."""
    return [Part(f"{label} {upper.removeprefix('coax ')}".strip(), group, row, lower, wanted, upper, "cost")
            for label, lower, upper in zip([label] + [""] * len(layers), layers, layers[1:])]


HTTP_LAYERS = ["coax", "coax framing", "coax reader", "coax server"]

AIMS = [
    Aim("heads (b) to (e) against picohttpparser's best build", "2.5 × faster",
        ratios("heads", B_TO_E, "picohttpparser", 2.5),
        "{heads/d_api.mix/coax} instructions for d, {heads/b_browser.mix/coax} for b, of which a field line takes 48. POST is "
        "not the first method that is tried, and three fields of d frame the message."),
    Aim("heads (a), (g) against the same", "2.0 ×",
        ratios("heads", A_AND_G, "picohttpparser", 2.0),
        "{heads/a_tiny.mix/coax} instructions for a, of which two thirds are not its field lines: the call, a request-line "
        "that is judged to the last octet of its target, and the fields that frame."),
    Aim("heads with framing against picohttpparser plus framing", "2.3 × on (b) to (e)",
        ratios("framed heads", B_TO_E, "picohttpparser+", 2.3),
        "{framed heads/d_api.mix/coax} instructions for d against {heads/d_api.mix/coax} without: to judge Host, "
        "Content-Length and Connection, to begin the state of a connection, and for an event of 120 octets; the peer has "
        "neither of the latter."),
    Aim("heads with framing against llhttp", "4 × on (b) to (e), 3 × on (a)",
        ratios("framed heads", B_TO_E, "llhttp", 4.0) + ratios("framed heads", {"a": "a_tiny.mix"}, "llhttp", 3.0),
        "As above: {framed heads/a_tiny.mix/coax} instructions for a, of which {heads/a_tiny.mix/coax} are its head."),
    Aim("without AVX2 (baseline x86-64) against picohttpparser SSE4.2", "1.5 × on (b) to (e)",
        ratios("heads", B_TO_E, "picohttpparser", 1.5), isa="SSSE3"),
    Aim("16 KB cookie in 64-byte pieces, against llhttp", "2.5 ×",
        ratios("heads in pieces", {"": "16K cookie by 64"}, "llhttp", 2.5),
        "{heads in pieces/16K cookie by 64/coax} instructions, five a cycle, for about 260 pieces, half of which are the call "
        "and its loop. The head is read once more to fill the table, which the peer leaves to its user: whole it takes "
        "{heads in pieces/16K cookie by 65536/coax}."),
    Aim("whole exchange through `http::connection` (parse request, write response head) against Beast's parser and "
        "serialiser", "8 ×",
        ratios("a server's exchange", {"a": "a_tiny.mix", "b": "b_browser.mix", "c": "c_chrome.mix", "d": "d_api.mix",
                                       "g": "g_pipe16.mix"}, "Beast", 8.0),
        "{a server's exchange/a_tiny.mix/coax} instructions for a with g++, of which {framed heads/a_tiny.mix/coax} read the "
        "request. clang takes half as many again: it does not write fields in line, where their names and sizes are known."),
    Aim("masked text frames against Boost.Beast (same checks)", "12 × at 8 B and 125 B, ASCII; 10 × mixed text",
        ratios("receive masked, ASCII", {"8 B": "8", "125 B": "125"}, "Beast", 12.0) +
        ratios("receive masked, mixed", {"mixed 8 B": "8", "125 B": "125"}, "Beast", 10.0) +
        ratios("receive masked, ASCII", {"one by one 8 B": "8", "125 B": "125"}, "Beast", None, "coax one by one"),
        "{receive masked, mixed/8/coax} instructions for 8 octets of mixed text, {receive masked, ASCII/8/coax} for "
        "ASCII, which is told apart first."),
    Aim("frames against wslay's frame API (which does not validate UTF-8)",
        "2.5 × at 8 B, 8 × at 125 B masked; 1.8 × on the unmasked JSON feed with unpredictable lengths",
        ratios("receive masked, ASCII", {"8 B": "8"}, "wslay frames", 2.5) +
        ratios("receive masked, ASCII", {"125 B": "125"}, "wslay frames", 8.0) +
        ratios("receive traffic", {"JSON": "unmasked JSON"}, "wslay frames", 1.8) +
        ratios("receive masked, mixed", {"mixed 8 B": "8", "125 B": "125"}, "wslay frames", None),
        "{receive traffic/unmasked JSON/coax} instructions for a message of the feed; what it waits for are lengths that "
        "were guessed wrong, and so does the peer, which does nothing else with the payload than to point at it."),
    Aim("masked ASCII ≥ 16 KB, unmask and validate fused", "1.7 × memcpy's GB/s in L1/L2",
        ratios("receive masked beside memcpy", {"L1": "16K ASCII in L1", "L2": "16K ASCII in L2"}, "memcpy", 1.7) +
        ratios("receive masked beside memcpy", {"1 MB": "1M ASCII"}, "memcpy", None),
        "In L1 memcpy moves 32 octets with each cycle, which is also the most that can be stored: no in-place pass is "
        "faster."),
    Aim("masked mixed text ≥ 16 KB", "14 GB/s where memcpy reaches 45 (0.3 × memcpy)",
        ratios("receive masked beside memcpy", {"L1": "16K mixed in L1", "L2": "16K mixed in L2", "1 MB": "1M mixed"},
               "memcpy", 0.3),
        "14 GB/s are reached everywhere, but in L1 memcpy is twice as fast as 45, and the check of text, which does not "
        "wait for memory, is not."),
    Aim("reads of random size ≤ 400 B, unmasked", "1.3 × faster than wslay's frame API",
        ratios("receive traffic", {"": "unmasked JSON, reads to 400"}, "wslay frames", 1.3),
        "{receive traffic/unmasked JSON, reads to 400/coax} instructions for a message that comes in about two pieces, "
        "whose text is checked across the cut."),
    Aim("sending masked ≤ 125 B", "5 × faster than wslay, 15 × Beast",
        ratios("send masked, ASCII", {"wslay 8 B": "8", "32 B": "32", "125 B": "125"}, "wslay", 5.0) +
        ratios("send masked, ASCII", {"its frame API 8 B": "8", "32 B": "32", "125 B": "125"}, "wslay frames", None) +
        ratios("send masked, ASCII", {"Beast 8 B": "8", "32 B": "32", "125 B": "125"}, "Beast", 15.0),
        "{send masked, ASCII/125/coax} instructions for text of 125 octets, {send masked, ASCII/125/coax binary} for octets "
        "that are not checked; Beast checks none. Text is checked before a key is drawn for it, in a pass of its own. The "
        "key comes from a source that can be trusted; wslay's is a multiplication here."),
    Aim("server handshake, head in to 101 out", "8 × faster than Beast; the cost besides SHA-1 written down",
        ratios("handshake", {"": "server"}, "Beast", 8.0) +
        [Part("besides SHA-1", "handshake, SHA-1 left out", "server", "", None, kind="ns")],
        "{handshake, SHA-1 left out/server/coax} instructions besides SHA-1 with g++, half of which read the head."),
    Aim("cost of each layer above the raw parser or frame decoder", "at most 30 % on (b); written down per layer",
        costs("layers above request_parser", "b_browser.mix", HTTP_LAYERS, 30) +
        [Part(label, "layers above request_parser", "b_browser.mix", "coax", None, upper, "cost")
         for label, upper in zip(["above the parser: framing", "reader", "server"], HTTP_LAYERS[1:])] +
        costs("layers above frame decoder", "125 ASCII", ["coax", "coax reader", "coax server"], 30, "frames:"),
        "{layers above request_parser/b_browser.mix/coax} instructions for the head, {layers above request_parser/"
        "b_browser.mix/coax framing} with Host and framing judged, {layers above request_parser/b_browser.mix/coax "
        "reader} with the two events of a request, {layers above request_parser/b_browser.mix/coax server} in a "
        "connection. The parser has become faster than what stands upon it; by hand, check_host() and analyze() both look "
        "at Host, which a reader does once."),
    Aim("a translation unit that includes `coax/http.hpp` or `coax/websocket.hpp` and nothing else, to compile",
        "at most 0.5 s more than an empty one with `<string_view>` and `<span>`",
        [Part(header, "", "", "string_view, span", 0.5, f"coax/{header}.hpp", "seconds")
         for header in ("http", "websocket")],
        "What WebSocket includes is most of HTTP, for its handshake."),
]
