#!/usr/bin/env python3
"""Proves that curl gets from http_server what is in its files, whole, in part or not at all, and can upload to
it."""
import email
import email.policy
import email.utils
import hashlib
import os
import re
import signal
import time
import unittest

import support
from support import curl, curl_run

LARGE = 64 << 20
WORDS = support.pattern(100_000)


def setUpModule():
    global root, server
    support.peer("curl")
    root = support.folder()
    (root / "hello.txt").write_text("Hello from a file.\n")
    (root / "words.bin").write_bytes(WORDS)
    (root / "empty.txt").write_text("")
    (root / "with space & more.txt").write_text("spaced\n")
    (root / ".hidden").write_text("not for everyone\n")
    (root / "folder").mkdir()
    (root / "folder" / "index.html").write_text("<p>the index</p>\n")
    (root / "files").mkdir()
    for n in range(300):
        (root / "files" / f"number {n}.txt").write_text(str(n))
    (root / "files" / "<b>&.txt").write_text("a name to escape\n")
    (root / "inside.txt").symlink_to("hello.txt")
    (root / "outside.txt").symlink_to("/etc/passwd")
    (root / "above").symlink_to("..")
    os.utime(root / "hello.txt", (1_700_000_000, 1_700_000_000))
    with open(root / "large.bin", "wb") as large:
        for n in range(LARGE // 65536):
            large.write(b"%08d" % n * 8192)
    server = support.example("http_server", "--root", root, "--verbose", "--max-body", 1 << 20)


def parts_of(printed):
    """The (head, body) of each response that `curl --include` printed."""
    out = []
    while printed:
        head, _, printed = printed.partition(b"\r\n\r\n")
        size = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        size = int(size.group(1)) if size and not head.startswith(b"HTTP/1.1 304") else 0
        out.append((head.decode("latin-1"), printed[:size]))
        printed = printed[size:]
    return out


def field(head, name):
    found = re.findall(rf"(?im)^{name}: (.*?)\r?$", head)
    assert len(found) <= 1, head
    return found[0] if found else None


def get(path, *arguments):
    (head, body), = parts_of(curl("--include", *arguments, server.url(path)))
    return int(head.split(" ")[1]), head, body


class Files(unittest.TestCase):
    def test_a_file_is_sent_with_what_describes_it(self):
        status, head, body = get("/hello.txt")
        self.assertEqual((status, body), (200, b"Hello from a file.\n"))
        self.assertEqual(field(head, "Content-Length"), "19")
        self.assertEqual(field(head, "Content-Type"), "text/plain; charset=utf-8")
        self.assertEqual(field(head, "Last-Modified"), "Tue, 14 Nov 2023 22:13:20 GMT")
        self.assertEqual(field(head, "Accept-Ranges"), "bytes")
        self.assertRegex(field(head, "ETag"), r'^"[0-9a-f-]+"$')
        self.assertRegex(field(head, "Date"), r"^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$")

    def test_one_connection_serves_several_files(self):
        paths = ["/hello.txt", "/words.bin", "/empty.txt", "/missing", "/folder/", "/hello.txt"]
        format = "%{stderr}%{num_connects} %{http_code}\n"
        done = curl_run("--write-out", format, *map(server.url, paths))
        self.assertEqual(done.stderr.decode().split("\n")[:-1],
                         ["1 200", "0 200", "0 200", "0 404", "0 200", "0 200"])
        self.assertIn(WORDS, done.stdout)
        self.assertTrue(done.stdout.endswith(b"<p>the index</p>\nHello from a file.\n"))

    def test_http_1_0_gets_the_same_file_and_the_connection_ends(self):
        status, head, body = get("/hello.txt", "--http1.0")
        self.assertEqual((status, body), (200, b"Hello from a file.\n"))
        done = curl_run("--http1.0", "--write-out", "%{num_connects} ", *[server.url("/empty.txt")] * 2)
        self.assertEqual(done.stdout, b"1 1 ")

    def test_http_1_0_gets_a_listing_without_chunks(self):
        page = curl("--include", "--http1.0", server.url("/files/")).decode()
        head, _, body = page.partition("\r\n\r\n")
        self.assertIsNone(field(head, "Transfer-Encoding"))
        self.assertIsNone(field(head, "Content-Length"))
        self.assertTrue(body.endswith("</html>\n"), body[-50:])

    def test_head_tells_what_get_would_send(self):
        asked = curl("--head", server.url("/words.bin")).decode()
        _, head, _ = get("/words.bin")
        for name in ("Content-Length", "Content-Type", "ETag", "Last-Modified", "Accept-Ranges"):
            self.assertEqual(field(asked, name), field(head, name), name)
        two = curl_run("--head", "--write-out", "%{num_connects}\n", server.url("/words.bin"), server.url("/words.bin"))
        self.assertRegex(two.stdout, rb"(?s)1\n.*0\n$")

    def test_a_folder_is_redirected_to_its_own_name(self):
        status, head, _ = get("/folder?a=b")
        self.assertEqual((status, field(head, "Location")), (301, "/folder/?a=b"))
        self.assertEqual(curl("--location", server.url("/folder")), b"<p>the index</p>\n")

    def test_a_listing_names_every_file_once_and_escapes_names(self):
        page = curl(server.url("/files/")).decode()
        for n in range(300):
            self.assertEqual(page.count(f'href="./number%20{n}.txt"'), 1, n)
        self.assertIn("&lt;b&gt;&amp;.txt</a>", page)
        self.assertNotIn("<b>", page)
        above = curl(server.url("/")).decode()
        self.assertNotIn(".hidden", above)

    def test_names_in_the_listing_lead_to_the_files(self):
        page = curl(server.url("/")).decode()
        link = re.search(r'href="\./(with[^"]*)"', page).group(1).replace("&amp;", "&")
        self.assertEqual(curl(server.url("/" + link)), b"spaced\n")

    def test_methods_that_do_not_fit_are_refused(self):
        status, head, _ = get("/hello.txt", "--request", "DELETE")
        self.assertEqual(status, 405)
        self.assertIn("GET", field(head, "Allow"))
        self.assertEqual(get("/hello.txt", "--request", "FROBNICATE")[0], 501)
        self.assertEqual(get("/hello.txt", "--request", "OPTIONS")[0], 204)


class Ranges(unittest.TestCase):
    def test_single_ranges(self):
        for asked, first, last in (("0-0", 0, 0), ("10-99", 10, 99), ("99990-", 99990, 99999),
                                   ("-7", 99993, 99999), ("99000-200000", 99000, 99999), ("-200000", 0, 99999)):
            with self.subTest(asked):
                status, head, body = get("/words.bin", "--range", asked)
                self.assertEqual(status, 206)
                self.assertEqual(field(head, "Content-Range"), f"bytes {first}-{last}/100000")
                self.assertEqual(body, WORDS[first:last + 1])

    def test_several_ranges_come_as_multipart(self):
        status, head, body = get("/words.bin", "--range", "0-9,500-599,-16")
        self.assertEqual(status, 206)
        self.assertIsNone(field(head, "Content-Range"))
        text = f"Content-Type: {field(head, 'Content-Type')}\r\n\r\n".encode() + body
        whole = email.message_from_bytes(text, policy=email.policy.HTTP)
        self.assertEqual(whole.get_content_type(), "multipart/byteranges")
        parts = [(part["Content-Range"], part.get_payload(decode=True)) for part in whole.iter_parts()]
        self.assertEqual(parts, [("bytes 0-9/100000", WORDS[:10]), ("bytes 500-599/100000", WORDS[500:600]),
                                 ("bytes 99984-99999/100000", WORDS[-16:])])

    def test_a_range_beyond_the_end_gets_416_and_the_length(self):
        status, head, _ = get("/words.bin", "--range", "100000-")
        self.assertEqual((status, field(head, "Content-Range")), (416, "bytes */100000"))

    def test_what_is_no_range_gets_the_whole_file(self):
        for value in ("bytes=9-0", "bytes=x", "lines=0-1", "bytes"):
            with self.subTest(value):
                status, _, body = get("/words.bin", "--header", f"Range: {value}")
                self.assertEqual((status, body), (200, WORDS))

    def test_a_broken_download_is_resumed(self):
        there = support.folder() / "words.bin"
        there.write_bytes(WORDS[:40_000])
        curl("--continue-at", "-", "--output", there, server.url("/words.bin"))
        self.assertEqual(there.read_bytes(), WORDS)


class Conditions(unittest.TestCase):
    def setUp(self):
        _, head, _ = get("/hello.txt")
        self.tag, self.modified = field(head, "ETag"), field(head, "Last-Modified")

    def status(self, *fields, path="/hello.txt", more=()):
        arguments = [part for one in fields for part in ("--header", one)]
        status, head, body = get(path, *arguments, *more)
        if status == 304:
            self.assertEqual((body, field(head, "ETag")), (b"", self.tag))
        return status

    def test_an_entity_tag_that_matches_saves_the_transfer(self):
        self.assertEqual(self.status(f"If-None-Match: {self.tag}"), 304)
        self.assertEqual(self.status(f'If-None-Match: "x", W/{self.tag}'), 304)
        self.assertEqual(self.status("If-None-Match: *"), 304)
        self.assertEqual(self.status('If-None-Match: "x"'), 200)

    def test_a_date_saves_the_transfer_unless_there_is_a_tag(self):
        self.assertEqual(self.status(f"If-Modified-Since: {self.modified}"), 304)
        self.assertEqual(self.status("If-Modified-Since: Tue, 14 Nov 2023 22:13:19 GMT"), 200)
        self.assertEqual(self.status(f"If-Modified-Since: {self.modified}", 'If-None-Match: "x"'), 200)
        self.assertEqual(self.status(more=("--time-cond", "Tue, 14 Nov 2023 23:00:00 GMT")), 304)

    def test_preconditions_that_fail_get_412(self):
        self.assertEqual(self.status('If-Match: "x"'), 412)
        self.assertEqual(self.status(f"If-Match: {self.tag}"), 200)
        self.assertEqual(self.status("If-Unmodified-Since: Tue, 14 Nov 2023 22:13:19 GMT"), 412)

    def test_a_range_goes_with_the_version_it_is_meant_for(self):
        self.assertEqual(self.status("Range: bytes=0-4", f"If-Range: {self.tag}"), 206)
        self.assertEqual(self.status("Range: bytes=0-4", f"If-Range: {self.modified}"), 206)
        self.assertEqual(self.status("Range: bytes=0-4", "If-Range: Tue, 14 Nov 2023 22:13:21 GMT"), 200)
        self.assertEqual(self.status("Range: bytes=0-4", 'If-Range: "x"'), 200)
        self.assertEqual(self.status("Range: bytes=0-4", f"If-Range: W/{self.tag}"), 200)

    def test_the_date_of_a_young_file_does_not_tell_its_version(self):
        # RFC 9110 §8.8.2.2: it may have changed twice within the second that the date names.
        for age, expected in ((0, 200), (50, 200), (61, 206)):
            with self.subTest(age):
                modified = int(time.time()) - age
                (root / "young.txt").write_text("Hello.\n")
                os.utime(root / "young.txt", (modified, modified))
                _, head, _ = get("/young.txt")
                self.assertEqual(field(head, "Last-Modified"), email.utils.formatdate(modified, usegmt=True))
                condition = f"If-Range: {field(head, 'Last-Modified')}"
                self.assertEqual(self.status("Range: bytes=0-4", condition, path="/young.txt"), expected)

    def test_curl_keeps_a_copy_up_to_date_by_its_entity_tag(self):
        there = support.folder()
        arguments = ["--etag-save", there / "tag", "--etag-compare", there / "tag", "--output", there / "file",
                     "--write-out", "%{http_code} %{size_download}\n", server.url("/hello.txt")]
        self.assertEqual(curl(*arguments), b"200 19\n")
        self.assertEqual(curl(*arguments), b"304 0\n")
        self.assertEqual((there / "file").read_bytes(), b"Hello from a file.\n")


class Uploads(unittest.TestCase):
    body = support.pattern(300_000)

    def upload(self, *arguments, body=None):
        done = curl_run("--include", "--data-binary", "@-", "--write-out", "\n%{num_connects}", *arguments,
                        server.url("/upload"), data=self.body if body is None else body)
        return done.stdout.decode("latin-1")

    def test_a_sized_upload_arrives_whole(self):
        self.assertIn("\r\n\r\n300000 octets received", self.upload("--header", "Expect:"))

    def test_a_chunked_upload_arrives_whole(self):
        printed = self.upload("--header", "Expect:", "--header", "Transfer-Encoding: chunked")
        self.assertIn("\r\n\r\n300000 octets received", printed)

    def test_an_empty_upload_arrives(self):
        self.assertIn("\r\n\r\n0 octets received", self.upload(body=b""))

    def test_a_client_that_waits_is_told_to_continue(self):
        for framing in ((), ("--header", "Transfer-Encoding: chunked")):
            with self.subTest(framing):
                began = time.monotonic()
                printed = self.upload("--header", "Expect: 100-continue", "--expect100-timeout", "20", *framing)
                self.assertLess(time.monotonic() - began, 10, "curl waited in vain")
                self.assertTrue(printed.startswith("HTTP/1.1 100 "), printed)
                self.assertIn("\r\n\r\n300000 octets received", printed)

    def test_put_of_a_file_arrives_whole(self):
        printed = curl("--upload-file", root / "words.bin", server.url("/words.bin"))
        self.assertIn(b"100000 octets received", printed)

    def test_what_is_too_long_is_refused_before_it_is_sent(self):
        printed = self.upload("--header", "Expect: 100-continue", "--expect100-timeout", "20", body=bytes(2 << 20))
        self.assertTrue(printed.startswith("HTTP/1.1 413 "), printed)

    def test_what_is_too_long_is_refused_while_it_is_sent(self):
        for framing in ((), ("--header", "Transfer-Encoding: chunked")):
            with self.subTest(framing):
                printed = self.upload("--header", "Expect:", *framing, body=bytes(8 << 20))
                self.assertIn("HTTP/1.1 413 ", printed)
                self.assertIn("connection: close", printed.lower())

    def test_the_limit_itself_is_allowed(self):
        self.assertIn("1048576 octets received", self.upload("--header", "Expect:", body=bytes(1 << 20)))

    def test_an_expectation_that_is_not_known_is_refused(self):
        self.assertTrue(self.upload("--header", "Expect: wonders").startswith("HTTP/1.1 417 "))


class Boundaries(unittest.TestCase):
    def test_nothing_outside_the_folder_is_served(self):
        for path in ("/../etc/passwd", "/folder/../../etc/passwd", "/%2e%2e/etc/passwd", "/..%2fetc/passwd",
                     "/folder/..%2f..%2fetc%2fpasswd", "/%2e%2e%2f%2e%2e%2fetc/passwd", "/outside.txt",
                     "/above/etc/passwd", "/above/", "/.hidden", "/%2ehidden", "/folder/%00", "//etc/passwd",
                     "/hello.txt%00.html", "/..%5cetc%5cpasswd", "/./../../../../../../etc/passwd"):
            with self.subTest(path):
                status, _, body = get(path, "--path-as-is")
                self.assertIn(status, (400, 403, 404))
                self.assertNotIn(b"root:", body)
                self.assertNotIn(b"not for everyone", body)

    def test_a_link_that_stays_inside_is_followed(self):
        status, _, body = get("/inside.txt")
        if status != 404:  # as where the system cannot confine links
            self.assertEqual((status, body), (200, b"Hello from a file.\n"))


class Large(unittest.TestCase):
    def digest(self, path):
        sum = hashlib.sha256()
        with open(path, "rb") as file:
            for piece in iter(lambda: file.read(1 << 20), b""):
                sum.update(piece)
        return sum.hexdigest()

    def test_parallel_downloads_are_identical(self):
        there = support.folder()
        arguments = []
        for n in range(6):
            arguments += ["--output", there / str(n), server.url("/large.bin")]
        curl("--parallel", "--parallel-immediate", *arguments, seconds=40)
        expected = self.digest(root / "large.bin")
        for n in range(6):
            self.assertEqual(self.digest(there / str(n)), expected)
            (there / str(n)).unlink()

    def test_a_slow_reader_gets_everything(self):
        there = support.folder() / "large.bin"
        curl("--limit-rate", "24M", "--output", there, server.url("/large.bin"))
        self.assertEqual(self.digest(there), self.digest(root / "large.bin"))

    def test_the_server_finishes_what_is_under_way_when_it_is_told_to_stop(self):
        own = support.example("http_server", "--root", root)
        there = support.folder() / "large.bin"
        slow = support.start([support.peer("curl"), "-q", "--silent", "--limit-rate", "24M", "--output", there,
                              own.url("/large.bin")])
        support.eventually(lambda: there.exists() and there.stat().st_size > 1 << 20)
        own.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        self.assertIsNone(own.process.poll(), "the server stopped too early")
        self.assertEqual(curl_run("--head", own.url("/hello.txt"), seconds=2).stdout, b"", "a new client was let in")
        self.assertEqual(slow.wait(20), 0)
        self.assertEqual(own.process.wait(5), 0)
        self.assertEqual(self.digest(there), self.digest(root / "large.bin"))


if __name__ == "__main__":
    support.main()
