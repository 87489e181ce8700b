#!/usr/bin/env python3
"""Proves that Chromium loads a page with styles, scripts, images and frames from http_server over few
connections, which it keeps, and that its fetch() can upload, ask for ranges, and use its cache. The page's
script writes down what it saw."""
import hashlib
import html
import json
import re
import unittest

import support
from lab import png

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Interop</title><link rel="icon" href="data:,">
{styles}
{images}
<iframe src="/frame.html"></iframe>
<pre id="report">not yet</pre>
{scripts}
<script src="/check.js" defer></script>
</html>
"""

CHECK = r"""
"use strict";
async function check() {
  const report = { scripts: window.loaded || 0 };
  report.images = [...document.images].map((image) => [image.naturalWidth, image.naturalHeight]);
  report.colour = getComputedStyle(document.body).color;
  report.frame = document.querySelector("iframe").contentDocument.body.textContent.trim();

  const part = await fetch("/data.bin", { headers: { Range: "bytes=1000-1999" } });
  const octets = new Uint8Array(await part.arrayBuffer());
  const first = new TextDecoder().decode(octets.subarray(0, 16));
  report.part = [part.status, part.headers.get("Content-Range"), first, octets.length];

  const upload = await fetch("/upload", { method: "POST", body: new Uint8Array(300000) });
  report.upload = [upload.status, await upload.text()];
  const form = new FormData();
  form.append("file", new Blob(["x".repeat(5000)]), "x.txt");
  const sent = await fetch("/form", { method: "POST", body: form });
  report.form = [sent.status, (await sent.text()).replace(/\d+/, (n) => n > 5000 && n < 6000 ? "some" : n)];

  const whole = await (await fetch("/data.bin", { cache: "no-store" })).arrayBuffer();
  const sum = await crypto.subtle.digest("SHA-256", whole);
  report.sum = [...new Uint8Array(sum)].map((n) => n.toString(16).padStart(2, "0")).join("");
  // The second time the browser asks whether its copy is still good, and gets 304, which fetch() shows as 200.
  for (let n = 0; n < 2; ++n) await (await fetch("/again.txt", { cache: "no-cache" })).text();
  report.missing = (await fetch("/missing")).status;
  report.listing = (await (await fetch("/list/")).text()).split("<li>").length - 1;
  report.entries = performance.getEntriesByType("resource").map((e) => [e.name, e.nextHopProtocol, e.decodedBodySize]);
  return report;
}
addEventListener("load", async () => {
  const text = await check().then(JSON.stringify, (error) => JSON.stringify({ error: String(error) }));
  document.getElementById("report").textContent = text;
  await fetch("/done", { method: "POST", body: text });
});
"""


def setUpModule():
    global server, root, report, chromium
    chromium = support.peer("chromium", "chromium-browser", "google-chrome")
    root = support.folder()
    names = {"styles": "", "images": "", "scripts": ""}
    for n in range(4):
        (root / f"{n}.css").write_text(f"body {{ color: rgb({n}, 20, 30); }}\n" + "/* */\n" * 5000)
        names["styles"] += f'<link rel="stylesheet" href="/{n}.css">\n'
        (root / f"{n}.js").write_text("window.loaded = (window.loaded || 0) + 1;\n" + "// more\n" * 5000)
        names["scripts"] += f'<script src="/{n}.js" defer></script>\n'
        for m in range(3):
            (root / f"{n}-{m}.png").write_bytes(png(16 * (n * 3 + m + 1)))
            names["images"] += f'<img src="/{n}-{m}.png" alt="">\n'
    (root / "index.html").write_text(PAGE.format(**names))
    (root / "frame.html").write_text("<p>within a frame</p>\n")
    (root / "check.js").write_text(CHECK)
    (root / "again.txt").write_text("the same\n")
    (root / "data.bin").write_bytes(support.pattern(3 << 20))
    (root / "list").mkdir()
    for n in range(40):
        (root / "list" / f"{n}.txt").write_text("")
    server = support.example("http_server", "--root", root, "--verbose")

    profile = support.folder()
    done = support.run(
        chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage",
        "--no-first-run", "--no-default-browser-check", "--disable-extensions", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--no-proxy-server", f"--user-data-dir={profile}",
        "--virtual-time-budget=15000", "--dump-dom", server.url("/"), seconds=60, work=profile)
    found = re.search(r'<pre id="report">(.*?)</pre>', done.stdout.decode(), re.S)
    assert found and found.group(1).startswith("{"), (done.returncode, done.stdout[-500:], done.stderr[-500:])
    report = json.loads(html.unescape(found.group(1)))
    assert "error" not in report, report


class Page(unittest.TestCase):
    maxDiff = None

    def test_everything_was_loaded(self):
        self.assertEqual(report["scripts"], 4)
        self.assertEqual(report["images"], [[16 * n, 16 * n] for n in range(1, 13)])
        self.assertEqual(report["colour"], "rgb(3, 20, 30)")
        self.assertEqual(report["frame"], "within a frame")

    def test_the_browser_counted_the_same_octets(self):
        sizes = {name.rsplit("/", 1)[1]: size for name, _, size in report["entries"]}
        for path in root.glob("*.[cjp]*"):
            if path.suffix in (".css", ".js", ".png"):
                self.assertEqual(sizes[path.name], path.stat().st_size, path.name)
        self.assertEqual({protocol for _, protocol, _ in report["entries"] if protocol}, {"http/1.1"})

    def test_a_range(self):
        self.assertEqual(report["part"], [206, "bytes 1000-1999/3145728", support.pattern(1016)[1000:].decode(), 1000])

    def test_uploads(self):
        self.assertEqual(report["upload"], [200, "300000 octets received, none kept\n"])
        self.assertEqual(report["form"], [200, "some octets received, none kept\n"])

    def test_a_large_file(self):
        self.assertEqual(report["sum"], hashlib.sha256(support.pattern(3 << 20)).hexdigest())

    def test_what_is_missing_and_what_is_listed(self):
        self.assertEqual((report["missing"], report["listing"]), (404, 40))

    def test_the_cache_is_asked_about(self):
        statuses = [line.split()[-1] for line in server.log if "/again.txt" in line]
        self.assertEqual(statuses, ["200", "304"])

    def test_connections_are_kept(self):
        support.eventually(lambda: any("/done" in line for line in server.log))
        ports = [line.split(" ")[0] for line in server.log]
        print(f"\n  {len(ports)} requests on {len(set(ports))} connections")
        self.assertGreater(len(ports), 30)
        self.assertLessEqual(len(set(ports)), 8)  # a browser opens six to a server, and may try one more


if __name__ == "__main__":
    support.main()
