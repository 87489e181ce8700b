#!/usr/bin/env python3
"""Runs the WebSocket cases of cases/*.cases: scripted frames, and what has to come back.

    ws_cases.py ws://HOST:PORT/PATH [FILE...]     against a server that sends back every message; wss: over TLS
    ws_cases.py --serve PORT [FILE...]            against a client that does: it asks /getCaseCount how many cases
                                                  there are, connects to /runCase?case=N&agent=NAME for each, and to
                                                  /updateReports?agent=NAME at the end

Prints a table, and what every peer that deviates did. A case is `ok` if the peer did what the file says,
`permitted` if it did something else that RFC 6455 leaves open (a failure without a Close frame, or found only at the
end of the message), and `failed` otherwise. Cases that are small are run twice: in as few writes as possible, and octet
by octet.

Exit status: 0 if all is ok (with --lenient: or permitted), 1 if not, 2 if it could not be run."""
import argparse
import collections
import socket
import ssl
import sys
import time
import urllib.parse
from pathlib import Path

import ws_case_file
import ws_case_run
from ws_case_run import Deviation, Verdict
from ws_wire import CLOSE, TEXT, close_payload

FILES = sorted((Path(__file__).resolve().parent / "cases").glob("*.cases"))


def against_server(cases, url, patience=10, silence=0.5, tell=lambda *_: None, trusted=None):
    """Runs each case over a connection of its own: (case, Verdict) for all. Over TLS the certificate has to be trusted:
    that in a file, or any."""
    parts, tls = urllib.parse.urlsplit(url), None
    if parts.scheme == "wss":
        tls = ssl.create_default_context(cafile=trusted)
        if not trusted:
            tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
        # the half of an end, which is TCP's, would look like an attack
        cases = [case for case in cases if all(step.verb != "shutdown" for step in case.steps)]
    path = (parts.path or "/") + ("?" + parts.query if parts.query else "")
    out = []
    for case in cases:
        try:
            link = ws_case_run.connect(parts.hostname, parts.port or (443 if tls else 80), path, patience, tls,
                                       case.deflate)
        except (Deviation, OSError) as trouble:
            out.append((case, Verdict(f"no connection: {trouble}")))
        else:
            out.append((case, ws_case_run.run(case, link, patience, silence)))
            link.close()
        tell(*out[-1])
    return out


class Suite:
    """The server's side, for clients. `run()` ends once a client has asked for the report."""

    def __init__(self, cases, port=0, host="127.0.0.1", patience=10, silence=0.5, tell=lambda *_: None):
        self.cases, self.patience, self.silence, self.tell = cases, patience, silence, tell
        self.verdicts = [Verdict("was not run") for _ in cases]
        self.listener = socket.create_server((host, port))
        self.port = self.listener.getsockname()[1]

    def run(self, seconds=None):
        """Serves one client after another; gives up when none comes for so long. (case, Verdict) for all."""
        self.listener.settimeout(seconds)
        try:
            while True:
                sock, _ = self.listener.accept()
                with sock:
                    try:
                        if self._serve(sock):
                            break
                    except (Deviation, OSError) as trouble:
                        print(f"a connection failed: {trouble}", file=sys.stderr)
        except TimeoutError:
            pass
        self.listener.close()
        return list(zip(self.cases, self.verdicts))

    def _serve(self, sock):
        link, path = ws_case_run.accept(sock, self.patience)
        parts = urllib.parse.urlsplit(path)
        name, query = parts.path.rpartition("/")[2], urllib.parse.parse_qs(parts.query)
        if name == "getCaseCount":
            self._finish(link, link.frame(TEXT, b"%d" % len(self.cases)))
        elif name == "runCase":
            n = int(query["case"][0]) - 1
            self.verdicts[n] = ws_case_run.run(self.cases[n], link, self.patience, self.silence)
            self.tell(self.cases[n], self.verdicts[n])
        elif name == "updateReports":
            self._finish(link)
            return True
        else:
            raise Deviation(f"{path} is nothing that is served")
        return False

    def _finish(self, link, before=b""):
        deadline = time.monotonic() + self.patience
        link.transmit(before + link.frame(CLOSE, close_payload(1000)), 0, deadline)
        event = link.event(deadline)
        if event is None or event.kind != "close":
            raise Deviation(f"no Close, but {event}")


def table(results):
    """The summary, a line for each group, as text."""
    groups = collections.OrderedDict()
    for case, verdict in results:
        groups.setdefault(case.group, []).append(verdict)
    groups["all"] = [verdict for _, verdict in results]
    width = max(map(len, groups))
    lines = [f"{'group':<{width}}  runs     ok  permitted  failed  seconds"]
    for name, verdicts in groups.items():
        count = collections.Counter(verdict.word for verdict in verdicts)
        lines.append(f"{name:<{width}} {len(verdicts):5} {count['ok']:6} {count['permitted']:10} {count['failed']:7}"
                     f" {sum(verdict.seconds for verdict in verdicts):8.2f}")
    return "\n".join(lines)


def deviations(results, permitted=True):
    """What was not as the files say, a line each."""
    return [f"{verdict.word}: {case} ({case.where}{', ' if case.rows else ''}{' '.join(case.rows)}): "
            + (verdict.failure or "; ".join(verdict.notes))
            for case, verdict in results if verdict.failure or permitted and verdict.notes]


def times(results):
    """How long the cases took whose file asks for that, a line each."""
    return [f"{verdict.seconds:8.3f} s  {case}" for case, verdict in results if case.timed and not verdict.failure]


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1], description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", nargs="?", help=argparse.SUPPRESS)
    parser.add_argument("files", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--serve", metavar="PORT", type=int, help="be the server, for clients; 0 is an unused port")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    parser.add_argument("--only", metavar="PREFIX", action="append", default=[], help="run what begins so, as 6.4")
    parser.add_argument("--except", metavar="PREFIX", action="append", default=[], dest="without", help="leave out")
    parser.add_argument("--deflate", action="store_true", help="also the cases of compression, if a peer agrees to it")
    parser.add_argument("--lenient", action="store_true", help="what is permitted is no deviation")
    parser.add_argument("--timeout", metavar="S", type=float, default=10, help="for an answer to come (10)")
    parser.add_argument("--silence", metavar="S", type=float, default=0.5,
                        help="after which a failure that could come early is taken to come late (0.5)")
    parser.add_argument("--list", action="store_true", help="only tell which cases there are")
    parser.add_argument("--verbose", action="store_true", help="tell how each case went")
    given = parser.parse_args()
    if given.serve is not None and given.url:
        given.files.insert(0, given.url)
    elif not given.url and given.serve is None and not given.list:
        parser.error("a ws:// URL is needed, or --serve")
    try:
        cases = ws_case_file.read(given.files or FILES, "client" if given.serve is not None else "server",
                                  given.deflate)
    except (ws_case_file.Mistake, OSError) as wrong:
        sys.exit(f"ws_cases.py: {wrong}")

    def begins(case, prefixes):
        return any(case.id == prefix or case.id.startswith(prefix.rstrip(".") + ".") for prefix in prefixes)
    cases = [case for case in cases if (not given.only or begins(case, given.only)) and not begins(case, given.without)]
    if given.list:
        print("\n".join(map(str, cases)))
        return 0

    def tell(case, verdict):
        if given.verbose:
            print(f"{verdict.word:<9} {verdict.seconds:7.3f} s  {case}", flush=True)
    if given.serve is not None:
        suite = Suite(cases, given.serve, given.host, given.timeout, given.silence, tell)
        print(f"listening on ws://{given.host}:{suite.port}/", flush=True)
        results = suite.run()
    else:
        results = against_server(cases, given.url, given.timeout, given.silence, tell)
    print("\n".join(deviations(results) + times(results) + [table(results)]))
    bad = ("failed",) if given.lenient else ("failed", "permitted")
    return 1 if not results or any(verdict.word in bad for _, verdict in results) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(2)
