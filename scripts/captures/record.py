"""Records real HTTP/1.1 exchanges on loopback and writes them to a folder. Called by
scripts/record-captures, which installs what is needed."""

import argparse
import getpass
import http.client
import json
import platform
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import websockets
from websockets.sync.client import connect
from websockets.sync.server import serve

import check
from check import said
from lab import Lab, end_group
from relay import Relay

EXCHANGES = {}


@dataclass
class Recorded:
    """One connection, with what is known about it from what the programs were told to do."""
    client: str
    server: str
    connection: object
    methods: list
    statuses: list  # interim ones included, in order
    frames: dict = field(default_factory=dict)  # behind a WebSocket handshake: see check.said()


def exchange(name, what):
    def register(function):
        EXCHANGES[name] = (what, function)
        return function
    return register


def curl_to_nginx(lab, methods, statuses, arguments, fed=None):
    """Runs curl against nginx; `arguments` receives the relay and returns curl's."""
    with Relay(lab.nginx_port) as relay:
        lab.curl(*arguments(relay), fed=fed)
    return [Recorded(lab.curl_name, lab.nginx_name, relay.only(), methods, statuses)]


@exchange("curl-get", "A plain GET; the response has a Content-Length.")
def curl_get(lab):
    return curl_to_nginx(lab, ["GET"], [200], lambda relay: [relay.url("/hello.txt")])


@exchange("curl-chunked", "Two chunked responses: one compressed while it is sent, one put "
                          "together from parts.")
def curl_chunked(lab):
    return curl_to_nginx(lab, ["GET", "GET"], [200, 200], lambda relay: [
        "--compressed", relay.url("/words.txt"), "--next", "--silent", relay.url("/page.shtml")])


@exchange("curl-range", "A request for one range, then one for two ranges, which is answered "
                        "with multipart/byteranges.")
def curl_range(lab):
    return curl_to_nginx(lab, ["GET", "GET"], [206, 206], lambda relay: [
        "--range", "10-49", relay.url("/second.txt"),
        "--next", "--silent", "--range", "0-9,100-119", relay.url("/second.txt")])


@exchange("curl-head", "A HEAD, whose response has a Content-Length and no body, then a GET on "
                       "the same connection.")
def curl_head(lab):
    return curl_to_nginx(lab, ["HEAD", "GET"], [200, 200], lambda relay: [
        "--head", relay.url("/hello.txt"), "--next", "--silent", relay.url("/hello.txt")])


@exchange("curl-keepalive", "Four GETs on one connection: 200, 200, 404, and 304 for a file "
                            "that the client says it has.")
def curl_keepalive(lab):
    return curl_to_nginx(lab, ["GET"] * 4, [200, 200, 404, 304], lambda relay: [
        relay.url("/hello.txt"), relay.url("/second.txt"), relay.url("/missing.txt"),
        "--next", "--silent", "--header", f"If-None-Match: {lab.etag('hello.txt')}",
        relay.url("/hello.txt")])


@exchange("curl-http10", "An HTTP/1.0 request; the response has no length and ends when the "
                         "connection ends.")
def curl_http10(lab):
    return curl_to_nginx(lab, ["GET"], [200], lambda relay: [
        "--http1.0", relay.url("/page.shtml")])


@exchange("curl-expect-100", "A PUT that waits for 100 Continue before it sends its body.")
def curl_expect_100(lab):
    body = lab.work / "expect.txt"
    body.write_text("the body that waited\n" * 50)
    return curl_to_nginx(lab, ["PUT"], [100, 201], lambda relay: [
        "--header", "Expect: 100-continue", "--expect100-timeout", "15",
        "--upload-file", str(body), relay.url("/upload/expect.txt")])


@exchange("curl-upload-chunked", "A PUT with a chunked body of several chunks, read from a pipe.")
def curl_upload_chunked(lab):
    pieces = [b"first piece\n", b"second, longer piece\n" * 20, b"third piece\n"]
    return curl_to_nginx(lab, ["PUT"], [201], lambda relay: [
        "--header", "Expect:", "--upload-file", "-", relay.url("/upload/chunked.txt")],
        fed=pieces)


@exchange("curl-connect-proxy", "A CONNECT through a proxy; a GET and its response follow as "
                                "tunnelled bytes.")
def curl_connect_proxy(lab):
    with Relay(lab.tinyproxy_port) as relay:
        lab.curl("--proxy", relay.url(""), "--proxytunnel",
                 f"http://127.0.0.1:{lab.nginx_port}/hello.txt")
    return [Recorded(lab.curl_name, lab.tinyproxy_name, relay.only(), ["CONNECT"], [200])]


@exchange("curl-proxy-absolute", "A GET to a proxy, with an absolute URL as its target.")
def curl_proxy_absolute(lab):
    with Relay(lab.tinyproxy_port) as relay:
        lab.curl("--proxy", relay.url(""), f"http://127.0.0.1:{lab.nginx_port}/hello.txt")
    return [Recorded(lab.curl_name, lab.tinyproxy_name, relay.only(), ["GET"], [200])]


@exchange("chromium-page", "Connection {number} of {total} of a browser that loads a page with "
                           "a stylesheet, a script and an image: {targets}.")
def chromium_page(lab):
    with Relay(lab.nginx_port) as relay:
        page = lab.chromium(relay.url("/page.html"))
    if b"the script ran" not in page:
        raise AssertionError("the page did not load completely")
    recorded = []
    for connection in relay.connections:
        lines = logged(lab, connection.server_side_port)
        if lines:
            recorded.append(Recorded(lab.chromium_name, lab.nginx_name, connection,
                                     [line[1] for line in lines],
                                     [int(line[3]) for line in lines]))
    return recorded


def logged(lab, port):
    """What nginx itself noted about the connection from `port`."""
    lines = [line.split() for line in lab.access_log.read_text().splitlines()]
    return [line for line in lines if line[0] == str(port)]


@exchange("node-trailers", "A chunked response that ends with two trailer fields.")
def node_trailers(lab):
    with Relay(lab.node_port) as relay:
        lab.node_client("trailers", relay)
    return [Recorded(lab.node_name, lab.node_name, relay.only(), ["GET"], [200])]


@exchange("node-100-103", "A POST that gets 100 Continue, then 103 Early Hints, then 200.")
def node_100_103(lab):
    with Relay(lab.node_port) as relay:
        lab.node_client("hints", relay)
    return [Recorded(lab.node_name, lab.node_name, relay.only(), ["POST"], [100, 103, 200])]


@exchange("undici-pipelined", "Eight pipelined GETs, all sent before the first response; the "
                              "responses have a length, chunks, or no body (204) in turn.")
def undici_pipelined(lab):
    with Relay(lab.node_port) as relay:
        lab.node_client("pipelined", relay)
    connection = relay.only()
    if connection.request_bytes_before_response != len(connection.request):
        raise AssertionError("the requests were not pipelined")
    return [Recorded(lab.undici_name, lab.node_name, connection, ["GET"] * 8,
                     [200, 200, 204, 200, 200, 204, 200, 200])]


@exchange("python-http-client", "A GET and a POST with a form body on one connection; the "
                                "responses set two cookies each.")
def python_http_client(lab):
    with Relay(lab.node_port) as relay:
        connection = http.client.HTTPConnection("127.0.0.1", relay.port, timeout=20)
        connection.request("GET", "/echo")
        connection.getresponse().read()
        connection.request("POST", "/echo", "name=value&other=a+b",
                           {"Content-Type": "application/x-www-form-urlencoded"})
        connection.getresponse().read()
        connection.close()
    return [Recorded(f"Python {platform.python_version()} http.client", lab.node_name,
                     relay.only(), ["GET", "POST"], [200, 200])]


@exchange("websocket-upgrade", "A WebSocket handshake (101); frames follow in both directions: "
                               "text, binary, ping, pong, close.")
def websocket_upgrade(lab):
    with Relay(lab.node_port) as relay:
        lab.node_client("websocket", relay)
    messages = [said("text", b"hello over a websocket"), said("binary", bytes([0, 1, 2, 253, 254, 255]))]
    ends = [["close", 1000, "done"]]
    return [Recorded(lab.ws_name, lab.ws_name, relay.only(), ["GET"], [101], {
        "request": messages + [said("ping", b"are you there")] + ends,
        "response": messages + [said("pong", b"are you there")] + ends})]


def python_websockets():
    return f"Python websockets {websockets.__version__}"


@exchange("websocket-sizes", "Frames with lengths of 7, 16 and 64 bits, and messages in several "
                             "frames with a ping between them; nothing is compressed.")
def websocket_sizes(lab):
    messages = [b"short", b"m" * 300, bytes(n * n // 7 % 256 for n in range(65536))]
    with Relay(lab.node_port) as relay:
        with connect(relay.url("/sizes").replace("http:", "ws:"), compression=None) as socket:
            for message in messages:
                socket.send(message)
                assert int(socket.recv()) == len(message)

            def pieces():
                yield "a message "
                socket.ping("between").wait(10)
                yield "in pieces"
            socket.send(pieces())
            assert int(socket.recv()) == 19
            socket.close(1001, "")
    return [Recorded(python_websockets(), lab.ws_name, relay.only(), ["GET"], [101], {
        "request": [said("binary", message) for message in messages]
                   + [said("ping", b"between"), said("text", b"a message in pieces"), ["close", 1001, ""]],
        "response": [said("text", str(len(message)).encode()) for message in messages]
                    + [said("pong", b"between"), said("text", b"19"), ["close", 1001, ""]]})]


@exchange("websocket-deflate", "Compressed messages in both directions, in one frame and in "
                               "several, each of which may refer to those before it.")
def websocket_deflate(lab):
    del lab  # both ends are here
    texts = ["caf\u00e9, again: caf\u00e9",
             "".join(f"Line {n} of a long message, {n * n % 97} by {n * 31 % 89}.\n" for n in range(200)),
             "caf\u00e9, again: caf\u00e9"]
    pieces = ["one ", "", "two ", "three"]

    def echo(socket):
        for message in socket:
            socket.send(message)

    with serve(echo, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with Relay(server.socket.getsockname()[1]) as relay:
            with connect(relay.url("").replace("http:", "ws:")) as socket:
                for text in texts:
                    socket.send(text)
                    assert socket.recv() == text
                socket.send(pieces)
                assert socket.recv() == "".join(pieces)
                socket.send(bytes(100))
                assert socket.recv() == bytes(100)
                socket.close(1000, "that is all")
        server.shutdown()
    frames = [said("text", text.encode()) for text in texts + ["".join(pieces)]]
    frames += [said("binary", bytes(100)), ["close", 1000, "that is all"]]
    return [Recorded(python_websockets(), python_websockets(), relay.only(), ["GET"], [101],
                     {"request": frames, "response": frames})]


@exchange("websocket-chromium", "A page in a browser, to a server that compresses each message by "
                                "itself and asks for a smaller window.")
def websocket_chromium(lab):
    with Relay(lab.node_port) as relay:
        browser = lab.start_chromium(
            f"http://127.0.0.1:{lab.nginx_port}/websocket.html#{relay.port}")
        relay.wait_for_end(40)
        end_group(browser)
    frames = [said("text", "gr\u00fc\u00dfe from a browser".encode()),
              said("text", "".join(f"line {n}\n" for n in range(200)).encode()),
              said("binary", bytes(n * n % 256 for n in range(300))),
              ["close", 3001, "seen enough"]]
    return [Recorded(lab.chromium_name, lab.ws_name, relay.only(), ["GET"], [101],
                     {"request": frames, "response": frames})]


def record(lab, name):
    """Records one exchange. Returns {capture name: (index entry, request, response, text)}, where the text
    is what they hold as far as people can read it."""
    what, function = EXCHANGES[name]
    recorded = function(lab)
    captures = {}
    for number, one in enumerate(recorded, 1):
        capture = f"{name}-{number}" if name == "chromium-page" else name
        seen = checked(capture, one)
        sentence = what.format(number=number, total=len(recorded), targets=", ".join(seen.targets))
        captures[capture] = (describe(capture, sentence, one, seen),
                             bytes(one.connection.request), bytes(one.connection.response),
                             seen.text)
    return captures


def checked(name, one):
    """Compares what the programs were told to do with what h11 and wsproto find in the bytes."""
    seen = check.decode(one.connection.request, one.connection.response)
    if (seen.methods, seen.statuses) != (one.methods, one.statuses):
        raise AssertionError(f"{name}: expected {one.methods} {one.statuses}, "
                             f"found {seen.methods} {seen.statuses}")
    if seen.frames != one.frames:
        raise AssertionError(f"{name}: expected {one.frames}, found {seen.frames}")
    return seen


def is_interim(status):
    return status < 200 and status != 101


def describe(name, what, one, seen):
    interim = sum(map(is_interim, seen.statuses))
    entry = {
        "name": name, "what": what, "client": one.client, "server": one.server,
        "request": f"{name}.request.http", "response": f"{name}.response.http",
        "methods": seen.methods, "statuses": seen.statuses,
        "messages": {"requests": len(seen.methods),
                     "responses": len(seen.statuses) - interim, "interim": interim},
    }
    if seen.request_tail or seen.response_tail:
        entry["tail"] = {"request": seen.request_tail, "response": seen.response_tail}
    if seen.frames:
        entry["frames"] = seen.frames
    return entry


def machine_words(work):
    words = [str(work), str(Path.home()), str(Path(__file__).parent), f"/home/{getpass.getuser()}"]
    if socket.gethostname() not in ("localhost", "debian", "ubuntu"):
        words.append(socket.gethostname())
    return [word for word in words if word not in ("", "/")]


def belongs_to(entry_name, exchange_name):
    return entry_name == exchange_name or (
        exchange_name == "chromium-page" and entry_name.startswith("chromium-page-"))


def write(out, captures, recorded_names):
    """Replaces the captures of the exchanges in `recorded_names`; keeps the others."""
    index = out / "captures.json"
    old = json.loads(index.read_text()) if index.exists() else []
    kept = [entry for entry in old
            if any(belongs_to(entry["name"], name) for name in EXCHANGES)
            and not any(belongs_to(entry["name"], name) for name in recorded_names)]
    entries = sorted(kept + [made[0] for made in captures.values()],
                     key=lambda entry: entry["name"])
    for entry, request, response, _ in captures.values():
        (out / entry["request"]).write_bytes(request)
        (out / entry["response"]).write_bytes(response)
    index.write_text(format_index(entries))
    listed = {entry[side] for entry in entries for side in ("request", "response")}
    for file in out.glob("*.http"):
        if file.name not in listed:
            file.unlink()


def format_index(entries):
    """JSON with one line for each key of an entry."""
    def block(entry):
        lines = [f"    {json.dumps(key)}: {json.dumps(value)}" for key, value in entry.items()]
        return "  {\n" + ",\n".join(lines) + "\n  }"
    return "[\n" + ",\n".join(map(block, entries)) + "\n]\n"


def say(message):
    print(f"record-captures: {message}", flush=True)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--modules", required=True, type=Path)
    parser.add_argument("--chromium", default="")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    unknown = set(options.names) - set(EXCHANGES)
    if unknown:
        parser.error(f"no such exchange: {', '.join(sorted(unknown))}; "
                     f"there are: {', '.join(EXCHANGES)}")
    return options


def main():
    options = arguments()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit("record-captures: stopped"))
    names = options.names or list(EXCHANGES)
    for name in ("chromium-page", "websocket-chromium"):
        if name in names and not options.chromium:
            say(f"{name}: no Chromium, so its earlier captures stay")
            names.remove(name)
    captures = {}
    started = time.monotonic()
    with Lab(options.work, options.modules, options.chromium) as lab:
        for name in names:
            for capture, made in record(lab, name).items():
                leaked = check.private_words(made[3], machine_words(options.work))
                if leaked:
                    raise AssertionError(f"{capture}: holds {leaked}")
                captures[capture] = made
                say(f"{capture}: {len(made[1])} + {len(made[2])} bytes")
    options.out.mkdir(parents=True, exist_ok=True)
    write(options.out, captures, names)
    total = sum(len(request) + len(response) for _, request, response, _ in captures.values())
    say(f"{len(captures)} captures, {total} bytes, {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    try:
        main()
    except (AssertionError, OSError, RuntimeError, ValueError) as error:
        sys.exit(f"record-captures: {error}")
