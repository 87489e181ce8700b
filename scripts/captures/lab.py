"""The programs that speak: servers on unused loopback ports, and ways to run clients."""

import os
import random
import re
import signal
import socket
import struct
import subprocess
import time
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
FILE_TIME = 1700000000  # fixed, so that ETag and Last-Modified do not change

NGINX_CONFIG = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    types {{
        text/html html shtml;
        text/plain txt;
        text/css css;
        text/javascript js;
        image/png png;
    }}
    log_format exchange '$remote_port $request_method $request_uri $status';
    access_log access.log exchange;
    client_body_temp_path temp-body;
    proxy_temp_path temp-proxy;
    fastcgi_temp_path temp-fastcgi;
    uwsgi_temp_path temp-uwsgi;
    scgi_temp_path temp-scgi;
    gzip_types text/plain;
    gzip_buffers 2 2k;
    server {{
        listen 127.0.0.1:{port};
        root {site};
        location = /words.txt {{ gzip on; }}
        location ~ \\.shtml$ {{ ssi on; }}
        location /upload/ {{ root {uploads}; dav_methods PUT; create_full_put_path on; }}
    }}
}}
"""

TINYPROXY_CONFIG = """\
Listen 127.0.0.1
Port {port}
Allow 127.0.0.1
Timeout 30
MaxClients 10
ViaProxyName "tinyproxy"
LogFile "{work}/tinyproxy.log"
LogLevel Error
"""

PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Capture</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css">
<script src="/page.js" defer></script>
<p id="message">waiting</p>
<img src="/dot.png" alt="a dot" width="32" height="32">
</html>
"""


WEBSOCKET_PAGE = """\
<!doctype html>
<meta charset="utf-8">
<title>Capture</title>
<link rel="icon" href="data:,">
<script>
const socket = new WebSocket(`ws://127.0.0.1:${location.hash.slice(1)}/echo/compressed`);
const say = [
  "gr\u00fc\u00dfe from a browser",
  Array.from({ length: 200 }, (_, n) => `line ${n}\\n`).join(""),
  Uint8Array.from({ length: 300 }, (_, n) => n * n),
];
let answers = 0;
socket.onopen = () => socket.send(say[0]);
socket.onmessage = () => {
  if (++answers < say.length) socket.send(say[answers]);
  else socket.close(3001, "seen enough");
};
</script>
"""


def text(lines, subject):
    return "".join(f"Line {n} of {lines}: {subject}, {n * n % 97} by {n * 31 % 89}.\n"
                   for n in range(1, lines + 1))


def words(count):
    """The same made-up words every time."""
    source = random.Random(1)
    made = ("".join(source.choices("abcdefghijklmnopqrstuvwxyz", k=6)) for _ in range(count))
    return "".join(word + ("\n" if n % 10 == 9 else " ") for n, word in enumerate(made))


def png(size):
    """A square PNG image with a colour gradient."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + bytes(v for x in range(size) for v in (x * 7 % 256, y * 7 % 256, 128))
                    for y in range(size))
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows))
            + chunk(b"IEND", b""))


SITE = {
    "hello.txt": b"Hello from a file.\n",
    "second.txt": text(5, "a second file").encode(),
    "words.txt": words(2000).encode(),
    "part.html": b"<p>This part was included.</p>\n",
    "page.shtml": b"<!doctype html>\n<title>Parts</title>\n"
                  b'<!--# include virtual="/part.html" -->\n<hr>\n'
                  b'<!--# include virtual="/part.html" -->\n',
    "page.html": PAGE.encode(),
    "page.css": b"body { font-family: sans-serif; }\n#message { color: green; }\n",
    "page.js": b'document.getElementById("message").textContent = "the script ran";\n'
               b'document.body.append(Object.assign(new Image(), { src: "/late.png" }));\n',
    "websocket.html": WEBSOCKET_PAGE.encode(),
    "dot.png": png(32),
    "late.png": png(16),
}


def unused_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def wait_for_port(port, process):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"no server came up: {process.args[0]}")


def end_group(process):
    """Ends a process and everything it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(3)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            pass


class Lab:
    """Servers, clients, and a folder for all they need. Use it as a context manager."""

    def __init__(self, work, modules, chromium):
        self.work = Path(work)
        self.modules = Path(modules)
        self.chromium_program = chromium
        self.processes = []
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.work), "TMPDIR": str(self.work),
            "LANG": "C.UTF-8", "NODE_PATH": str(self.modules),
        }

    def __enter__(self):
        try:
            self.write_site()
            self.start_nginx()
            self.start_tinyproxy()
            self.start_node()
            self.read_versions()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            end_group(process)

    def start(self, command, **options):
        process = subprocess.Popen(command, env=self.environment, cwd=self.work,
                                   start_new_session=True, stdin=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, **options)
        self.processes.append(process)
        return process

    def run(self, command, seconds=30, fed=None):
        """Runs a client to its end and returns what it printed. `fed` is an iterable of
        byte strings for its standard input, written with a pause after each."""
        process = subprocess.Popen(command, env=self.environment, cwd=self.work,
                                   start_new_session=True, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            for piece in fed or ():
                process.stdin.write(piece)
                process.stdin.flush()
                time.sleep(0.2)
            out, err = process.communicate(timeout=seconds)
        finally:
            end_group(process)
        if process.returncode != 0:
            raise RuntimeError(f"{command[0]} failed ({process.returncode}): "
                               f"{err.decode(errors='replace')[-500:]}")
        return out

    # Servers

    def write_site(self):
        site = self.work / "site"
        site.mkdir()
        for name, content in SITE.items():
            (site / name).write_bytes(content)
            os.utime(site / name, (FILE_TIME, FILE_TIME))

    def etag(self, name):
        return f'"{FILE_TIME:x}-{len(SITE[name]):x}"'

    def start_nginx(self):
        self.nginx_port = unused_port()
        folder = self.work / "nginx"
        folder.mkdir()
        config = folder / "nginx.conf"
        config.write_text(NGINX_CONFIG.format(port=self.nginx_port, folder=folder,
                                              site=self.work / "site",
                                              uploads=self.work / "uploads"))
        self.access_log = folder / "access.log"
        process = self.start(["nginx", "-p", f"{folder}/", "-c", str(config)])
        wait_for_port(self.nginx_port, process)

    def start_tinyproxy(self):
        self.tinyproxy_port = unused_port()
        config = self.work / "tinyproxy.conf"
        config.write_text(TINYPROXY_CONFIG.format(port=self.tinyproxy_port, work=self.work))
        process = self.start(["tinyproxy", "-d", "-c", str(config)], stdout=subprocess.DEVNULL)
        wait_for_port(self.tinyproxy_port, process)

    def start_node(self):
        process = self.start(["node", str(HERE / "server.js")], stdout=subprocess.PIPE)
        self.node_port = int(process.stdout.readline())

    # Clients

    def curl(self, *arguments, fed=None):
        return self.run(["curl", "-q", "--silent", "--show-error", "--max-time", "20",
                         *arguments], fed=fed)

    def node_client(self, exchange, relay):
        return self.run(["node", str(HERE / "clients.js"), exchange, relay.url("")])

    def chromium_command(self, url, *options):
        profile = self.work / f"chromium-profile-{len(self.processes)}"
        return [
            self.chromium_program, "--headless", "--no-sandbox", "--disable-gpu",
            "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
            "--no-default-browser-check", "--disable-default-apps", "--disable-extensions",
            "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--lang=en-US", f"--user-data-dir={profile}", *options, url]

    def chromium(self, url):
        """Loads a page to its end and returns its content."""
        return self.run(self.chromium_command(url, "--dump-dom"), seconds=60)

    def start_chromium(self, url):
        """Opens a page and leaves it open."""
        return self.start(self.chromium_command(url, "--remote-debugging-port=0"),
                          stdout=subprocess.DEVNULL)

    # Names and versions

    def read_versions(self):
        self.curl_name = self.version("curl", ["curl", "--version"])
        self.nginx_name = self.version("nginx", ["nginx", "-v"])
        self.tinyproxy_name = self.version("tinyproxy", ["tinyproxy", "-v"])
        node = self.version("Node", ["node", "--version"])
        self.node_name = f"{node} http"
        self.undici_name = f"undici {self.module_version('undici')} ({node})"
        self.ws_name = f"ws {self.module_version('ws')} ({node})"
        if self.chromium_program:
            self.chromium_name = self.version("Chromium", [self.chromium_program, "--version"])

    def version(self, name, command):
        answer = subprocess.run(command, env=self.environment, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, timeout=30, text=True).stdout
        return f"{name} {re.search(r'[0-9]+([.][0-9]+)+', answer).group()}"

    def module_version(self, name):
        manifest = (self.modules / name / "package.json").read_text()
        return re.search(r'"version": *"([^"]+)"', manifest).group(1)
