#!/usr/bin/env python3
"""Proves that http_client copes with what Node can be made to send (origin.js): chunks and trailers, interim
responses, bodies until the end of the connection, broken and missing ends, early refusals, silence; with input
that comes when it likes; and with proxies."""
import hashlib
import json
import resource
import socket
import ssl
import subprocess
import time
import unittest

import peers
import support
from support import client
from wire import Wire

BODY = support.pattern(1_000_000)


def setUpModule():
    global node
    support.program("http_client")
    node = peers.Node()


class Responses(unittest.TestCase):
    def fetch(self, path, *arguments, status=0, **options):
        done = client(*arguments, node.url(path), **options)
        self.assertEqual(done.returncode, status, done.stderr.decode())
        return done.stdout

    def test_chunks(self):
        self.assertEqual(self.fetch("/chunked?count=1000"), b"".join(b"piece %d\n" % n for n in range(1000)))

    def test_chunks_are_printed_as_they_come(self):
        process = subprocess.Popen([support.program("http_client"), node.url("/chunked?count=4&ms=400")],
                                   stdout=subprocess.PIPE)
        with process:
            first = process.stdout.readline()
            began = time.monotonic()
            rest = process.stdout.read()
        self.assertEqual(first + rest, b"".join(b"piece %d\n" % n for n in range(4)))
        self.assertGreater(time.monotonic() - began, 0.8, "all of it came at once")

    def test_trailers(self):
        self.assertEqual(self.fetch("/trailers"), b"first\nsecond\n")
        shown = self.fetch("/trailers", "--include")
        self.assertTrue(shown.endswith(b"first\nsecond\nX-Sum: abc\r\nX-Count: 2\r\n\r\n"), shown)

    def test_interim_responses_are_not_the_answer(self):
        self.assertEqual(self.fetch("/early-hints"), b"after the hints\n")
        shown = self.fetch("/early-hints", "--include").decode()
        heads = [line for line in shown.split("\r\n") if line.startswith("HTTP/1.1 ")]
        self.assertEqual(heads, ["HTTP/1.1 103 Early Hints", "HTTP/1.1 102 Processing", "HTTP/1.1 200 OK"])
        self.assertIn("Link: </style.css>; rel=preload; as=style\r\n", shown)

    def test_a_body_until_the_end_of_the_connection(self):
        self.assertEqual(self.fetch("/until-close"), b"until the end\n" * 1000)

    def test_a_large_body_with_and_without_length(self):
        sums = {hashlib.sha256(self.fetch(f"/large?size={32 << 20}{more}")).hexdigest()
                for more in ("", "&chunked=1")}
        whole = b"".join(bytes([n & 255]) * 65536 for n in range(512))
        self.assertEqual(sums, {hashlib.sha256(whole).hexdigest()})

    def test_a_body_that_is_cut_short_is_printed_and_reported(self):
        self.assertEqual(self.fetch("/cut", status=3), b"only this")
        self.assertEqual(self.fetch("/cut-chunked", status=3), b"only this")

    def test_two_lengths_are_refused(self):
        self.assertEqual(self.fetch("/broken", status=1), b"")

    def test_silence_is_not_waited_for_forever(self):
        for path, printed in (("/silent", b""), ("/stall", b"half")):
            began = time.monotonic()
            self.assertEqual(self.fetch(path, "--timeout", 1, status=7), printed)
            self.assertLess(time.monotonic() - began, 4)

    def test_slow_is_not_silent(self):
        self.assertEqual(self.fetch("/chunked?count=5&ms=400", "--timeout", 1).count(b"\n"), 5)

    def test_nobody_there(self):
        done = client(f"http://127.0.0.1:{support.reserve_port()}/")
        self.assertEqual((done.returncode, done.stdout), (2, b""))

    def test_statuses(self):
        for code in (200, 201, 202, 203, 204, 205, 300, 304, 400, 418, 451, 500, 503, 599):
            with self.subTest(code):
                shown = self.fetch(f"/status?code={code}", "--include")
                self.assertTrue(shown.startswith(b"HTTP/1.1 %d " % code), shown)
                self.assertEqual(shown.endswith(b"\r\n\r\n"), code in (204, 304), shown)

    def test_redirects(self):
        self.assertEqual(self.fetch("/status?code=302&to=../hello%3Fx"), b"hello\n")
        self.assertEqual(self.fetch("/status?code=302&to=" + "/status%3Fcode=301%26to=/hello"), b"hello\n")


class Requests(unittest.TestCase):
    def report(self, *arguments, data=BODY, path="/report"):
        done = client("--data", "-", *arguments, node.url(path), data=data)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        report = json.loads(done.stdout)
        self.assertEqual((report["octets"], report["sha256"]), (len(data), hashlib.sha256(data).hexdigest()))
        return report

    def test_a_get(self):
        report = json.loads(client(node.url("/report?a=b%20c#fragment")).stdout)
        self.assertEqual((report["method"], report["url"], report["httpVersion"]), ("GET", "/report?a=b%20c", "1.1"))
        self.assertEqual(report["headers"]["host"], f"127.0.0.1:{node.port}")
        self.assertEqual(report["octets"], 0)
        names = [name.lower() for name in report["rawHeaders"][::2]]
        self.assertEqual(len(names), len(set(names)), "a field twice")

    def test_an_upload_in_chunks_and_in_one(self):
        self.assertEqual(self.report("--chunked")["headers"]["transfer-encoding"], "chunked")
        there = support.folder() / "body"
        there.write_bytes(BODY)
        done = client("--data", f"@{there}", node.url("/report"))
        report = json.loads(done.stdout)
        self.assertEqual((report["headers"]["content-length"], report["octets"]), ("1000000", 1_000_000))

    def test_nothing_to_upload(self):
        self.assertEqual(self.report("--chunked", data=b"")["octets"], 0)
        report = json.loads(client("--method", "POST", "--data", "", node.url("/report")).stdout)
        self.assertEqual((report["octets"], report["headers"].get("content-length")), (0, "0"))

    def test_the_content_waits_until_the_server_wants_it(self):
        report = self.report("--chunked", "--expect")
        self.assertEqual((report["waited"], report["headers"]["expect"]), (True, "100-continue"))

    def test_an_upload_is_sent_as_it_comes(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
            process = subprocess.Popen([support.program("http_client"), "--data", "-", "--chunked", url],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            with process, Wire(accepted=listener.accept()[0]) as wire:
                self.assertEqual(wire.head().get("Transfer-Encoding"), "chunked")
                for n in range(3):  # each line arrives before the next one is written
                    process.stdin.write(b"line %d\n" % n)
                    process.stdin.flush()
                    self.assertEqual(wire.chunk(), b"line %d\n" % n)
                process.stdin.close()
                self.assertIsNone(wire.chunk())
                self.assertEqual(wire.fields(), [])
                wire.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ndone\n")
                self.assertEqual(process.stdout.read(), b"done\n")

    def test_an_early_refusal_ends_the_upload(self):
        huge = support.folder() / "huge"
        with open(huge, "wb") as file:
            file.truncate(256 << 20)
        for arguments in ((), ("--chunked",), ("--expect",)):
            with self.subTest(arguments):
                done = client("--include", "--data", f"@{huge}", *arguments, node.url("/refuse"))
                self.assertTrue(done.stdout.startswith(b"HTTP/1.1 413 "), (done.stdout, done.stderr))
                self.assertTrue(done.stdout.endswith(b"too much\n"), done.stdout)

    def test_a_large_upload_with_a_large_echo_does_not_block(self):
        body = support.pattern(16 << 20)
        done = client("--data", "-", "--chunked", node.url("/echo"), data=body)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(hashlib.sha256(done.stdout).digest(), hashlib.sha256(body).digest())


class OpenInput(unittest.TestCase):
    """Uploads from a standard input that has not ended, and that says nothing for now."""

    def start(self, url, *arguments):
        command = [support.program("http_client"), "--data", "-", "--chunked", *map(str, arguments), url]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.__exit__, None, None, None)
        self.addCleanup(process.kill)
        return process

    def listen(self):
        listener = socket.create_server(("127.0.0.1", 0))
        listener.settimeout(10)
        self.addCleanup(listener.close)
        return listener, f"127.0.0.1:{listener.getsockname()[1]}/"

    def say(self, process, text):
        process.stdin.write(text)
        process.stdin.flush()

    def assert_ends(self, process, status):
        """It ends by itself, while its input is still open: (output, errors)."""
        self.assertEqual(process.wait(10), status)
        return process.stdout.read(), process.stderr.read().decode()

    def test_an_early_refusal_ends_the_upload(self):
        for said in (b"", b"a beginning"):
            for fields in ("Connection: close\r\n", ""):
                with self.subTest(said=said, fields=fields):
                    listener, where = self.listen()
                    process = self.start("http://" + where, "--include")
                    self.say(process, said)
                    with Wire(accepted=listener.accept()[0]) as wire:
                        wire.head()
                        if said:
                            self.assertEqual(wire.chunk(), said)
                        answer = f"HTTP/1.1 413 Too Much\r\n{fields}Content-Length: 9\r\n\r\ntoo much\n"
                        wire.send(answer)
                        self.assertEqual(self.assert_ends(process, 0), (answer.encode(), ""))

    def test_a_server_that_closes_ends_the_upload(self):
        listener, where = self.listen()
        process = self.start("http://" + where)
        with Wire(accepted=listener.accept()[0]) as wire:
            wire.head()
            wire.end()
            self.assertEqual(self.assert_ends(process, 2)[0], b"")

    def test_an_echo_comes_while_the_input_is_open(self):
        process = self.start(node.url("/echo"))
        for n in range(3):
            self.say(process, b"line %d\n" % n)
            self.assertEqual(process.stdout.readline(), b"line %d\n" % n)
        process.stdin.close()
        self.assertEqual(self.assert_ends(process, 0), (b"", ""))

    def test_a_large_response_comes_while_the_input_is_open(self):
        key, certificate = peers.certificate()
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
        for scheme in ("http", "https"):
            with self.subTest(scheme):
                listener, where = self.listen()
                process = self.start(f"{scheme}://{where}", "--cacert", certificate)
                accepted = listener.accept()[0]
                if scheme == "https":
                    accepted = tls.wrap_socket(accepted, server_side=True)
                with Wire(accepted=accepted) as wire:
                    wire.head()
                    wire.send(f"HTTP/1.1 200 OK\r\nContent-Length: {2 * len(BODY) + 1}\r\n\r\n", BODY)
                    self.assertEqual(process.stdout.read(len(BODY)), BODY)
                    self.say(process, b"more")
                    self.assertEqual(wire.chunk(), b"more")
                    wire.send(BODY)
                    self.assertEqual(process.stdout.read(len(BODY)), BODY)
                    wire.send(".")
                    self.assertEqual(self.assert_ends(process, 0), (b".", ""))

    def test_silence_on_both_sides_is_not_waited_for_forever(self):
        for said, arguments in ((b"", ()), (b"a beginning", ()), (b"", ("--expect",))):
            with self.subTest(said=said, arguments=arguments):
                began = time.monotonic()
                process = self.start(node.url("/silent"), "--timeout", 1, *arguments)
                self.say(process, said)
                printed, errors = self.assert_ends(process, 7)
                self.assertEqual(printed, b"")
                self.assertIn("nothing moved for 1 s, waiting for more from standard input", errors)
                self.assertLess(time.monotonic() - began, 4)

    def test_slow_input_is_not_silent(self):
        process = self.start(node.url("/report"), "--timeout", 1)
        for _ in range(5):
            self.say(process, b"piece")
            time.sleep(0.4)
        process.stdin.close()
        self.assertEqual(json.loads(self.assert_ends(process, 0)[0])["octets"], 25)

    def test_waiting_costs_no_time_of_the_processor(self):
        process = self.start(node.url("/echo"))
        self.say(process, b"line\n")
        self.assertEqual(process.stdout.readline(), b"line\n")
        time.sleep(1)
        process.stdin.close()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.assert_ends(process, 0)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.assertLess(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 0.15)


class Proxies(unittest.TestCase):
    def through(self, url, *arguments, login="proxy:secret"):
        proxy = node.url("").replace("//", f"//{login}@") if login else node.url("")
        return client("--proxy", proxy, *arguments, url)

    def test_http_asks_the_proxy_with_the_whole_url(self):
        done = self.through(node.url("/hello"), "--include")
        self.assertIn(b"Via: 1.1 lab\r\n", done.stdout)
        self.assertTrue(done.stdout.endswith(b"\r\n\r\nhello\n"), done.stdout)
        seen = json.loads(client(node.url("/seen")).stdout)
        self.assertIn(f"GET {node.url('/hello')}", seen)

    def test_an_upload_through_the_proxy(self):
        done = self.through(node.url("/report"), "--data", "hello")
        report = json.loads(done.stdout)
        self.assertEqual((report["octets"], report["method"]), (5, "POST"))
        self.assertNotIn("proxy-authorization", report["headers"])

    def test_a_proxy_that_wants_to_know_who_asks(self):
        done = self.through(node.url("/hello"), "--include", login=None)
        self.assertTrue(done.stdout.startswith(b"HTTP/1.1 407 "), done.stdout)
        self.assertTrue(self.through(node.url("/hello"), "--proxy-user", "proxy:secret", login=None)
                        .stdout.endswith(b"hello\n"))

    def secure(self):
        key, authority = peers.certificate()
        nginx = peers.Nginx("""
    server {{ listen 127.0.0.1:{port}; listen 127.0.0.1:{secure_port} ssl;
              ssl_certificate {certificate}; ssl_certificate_key {key};
              location / {{ return 200 "secret [$http_proxy_authorization]\\n"; }} }}""",
                            key=key, certificate=authority)
        return nginx.url("/", secure=True), authority

    def test_https_goes_through_a_tunnel(self):
        url, authority = self.secure()
        done = self.through(url, "--cacert", authority)
        self.assertEqual(done.stdout, b"secret []\n", done.stderr)
        self.assertIn(f"CONNECT {url[8:-1]}", json.loads(client(node.url("/seen")).stdout))
        refused = self.through(url, "--cacert", authority, login="proxy:wrong")
        self.assertEqual((refused.returncode, refused.stdout), (2, b""))

    def test_a_tunnel_to_nowhere(self):
        done = self.through(f"https://127.0.0.1:{support.reserve_port()}/", "--insecure")
        self.assertEqual(done.stdout, b"")
        self.assertIn(done.returncode, (2, 6))


if __name__ == "__main__":
    support.main()
