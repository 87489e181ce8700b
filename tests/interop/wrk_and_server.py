#!/usr/bin/env python3
"""Proves that http_server bears wrk's load, small files, large ones and uploads, without one failed request."""
import re
import subprocess
import time
import unittest

import support

POST = """
wrk.method = "POST"
wrk.body = string.rep("coax", 250)
wrk.headers["Content-Type"] = "text/plain"
response = function(status, headers, body)
  if status ~= 200 or not string.find(body, "1000 octets received", 1, true) then
    error("not what it should be: " .. body)
  end
end
"""


class Load(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        root = support.folder()
        (root / "hello.txt").write_text("Hello from a file.\n")
        (root / "large.bin").write_bytes(support.pattern(1 << 20))
        cls.script = root / "post.lua"
        cls.script.write_text(POST)
        cls.root = root
        cls.server = support.example("http_server", "--root", root)

    def load(self, path, seconds, *arguments):
        done = support.run(support.peer("wrk"), "--threads", 2, "--connections", 64, "--duration", f"{seconds}s",
                           "--timeout", "10s", "--latency", *arguments, self.server.url(path), seconds=seconds + 20)
        text = done.stdout.decode()
        self.assertEqual((done.returncode, done.stderr), (0, b""), text)
        self.assertNotIn("Socket errors", text)
        self.assertNotIn("Non-2xx", text)
        requests = int(re.search(r"(\d+) requests in", text).group(1))
        print(f"\n  {path}: {requests} requests, {re.search('Requests/sec: *([0-9.]+)', text).group(1)} a second, "
              f"99 % within {re.search('99% *([^ ]+)', text).group(1).strip()}")
        self.assertGreater(requests, 100)
        self.assertIsNone(self.server.process.poll())

    def test_small_files(self):
        self.load("/hello.txt", 10)

    def test_large_files(self):
        self.load("/large.bin", 3)

    def test_uploads(self):
        self.load("/up", 4, "--script", self.script)

    def test_it_stops_under_load(self):
        server = support.example("http_server", "--root", self.root)
        wrk = support.start([support.peer("wrk"), "--connections", "64", "--duration", "3s", server.url("/hello.txt")],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(1)
        self.assertIsNone(wrk.poll())
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    support.main()
