"""The servers that other people wrote, each on an unused port of 127.0.0.1."""
import fcntl
import http.server
import json
import re
import subprocess
import sys
import threading
from pathlib import Path

import support

NGINX = """\
daemon off;
master_process off;
pid nginx.pid;
error_log error.log warn;
events {{ worker_connections 512; }}
http {{
    types {{ text/html html; text/plain txt; text/css css; text/javascript js; }}
    log_format exchange '$connection $request_method $request_uri $status';
    access_log access.log exchange;
    client_body_temp_path temp-body;
    proxy_temp_path temp-proxy;
    fastcgi_temp_path temp-fastcgi;
    uwsgi_temp_path temp-uwsgi;
    scgi_temp_path temp-scgi;
    client_max_body_size 64m;
{content}
}}
"""

APACHE = """\
ServerRoot {work}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile apache.pid
ErrorLog error.log
{modules}
{content}
"""


class Nginx:
    """`content` goes into the http block, formatted: {port} and {secure_port} are unused ports."""

    def __init__(self, content, **values):
        program = support.peer("nginx")
        self.work = support.folder()
        self.port = support.reserve_port()
        self.secure_port = support.reserve_port()
        content = content.format(port=self.port, secure_port=self.secure_port, work=self.work, **values)
        (self.work / "nginx.conf").write_text(NGINX.format(content=content))
        self.process = support.start([program, "-p", f"{self.work}/", "-c", self.work / "nginx.conf"],
                                     self.work, stderr=subprocess.DEVNULL)
        support.wait_for_port(self.port, self.process)

    def url(self, path="/", secure=False):
        return f"https://127.0.0.1:{self.secure_port}{path}" if secure else f"http://127.0.0.1:{self.port}{path}"

    def log(self):
        return (self.work / "access.log").read_text().splitlines()


class Apache:
    def __init__(self, content, modules):
        program = support.peer("apache2", "httpd")
        self.work = support.folder()
        self.port = support.reserve_port()
        (self.work / "httpd.conf").write_text(APACHE.format(
            work=self.work, port=self.port, content=content,
            modules="\n".join(self._load(program, ("mpm_event", "authz_core", "unixd", *modules)))))
        self.process = support.start([program, "-D", "FOREGROUND", "-d", self.work, "-f", self.work / "httpd.conf"],
                                     self.work, stderr=subprocess.DEVNULL)
        support.wait_for_port(self.port, self.process)

    @staticmethod
    def _load(program, names):
        """A LoadModule line for each module that was not compiled in."""
        built_in = support.run(program, "-l").stdout.decode()
        for folder in ("/usr/lib/apache2/modules", "/usr/lib64/httpd/modules", "/usr/libexec/apache2"):
            for name in names:
                path = Path(folder) / f"mod_{name}.so"
                if path.exists() and f"mod_{name}.c" not in built_in:
                    yield f"LoadModule {name}_module {path}"

    def url(self, path="/"):
        return f"http://127.0.0.1:{self.port}{path}"


def node_program():
    program = support.peer("node", "nodejs")
    version = re.match(rb"v(\d+)\.(\d+)", support.run(program, "--version").stdout)
    if tuple(map(int, version.groups())) < (18, 11):
        support.missing("Node is older than 18.11")
    return program


class Node(support.Server):
    """origin.js"""

    def __init__(self):
        super().__init__(node_program(), support.HERE / "origin.js")


def installed(name, marker, *commands):
    """A folder with what the commands install from a registry, which is done once; `marker` is in it then."""
    work = support.kept_folder(name)
    with open(work / "lock", "w") as lock:  # tests run side by side
        fcntl.flock(lock, fcntl.LOCK_EX)
        for command in () if (work / marker).exists() else commands:
            command = [str(part).replace("{work}", str(work)) for part in command]
            done = subprocess.run(command, cwd=work, stdin=subprocess.DEVNULL, capture_output=True)
            if done.returncode != 0:
                support.missing(f"{name} cannot be installed: {(done.stderr or done.stdout).decode()[-500:]}")
    return work


def python_websockets():
    """Makes Python's `websockets` importable."""
    work = installed("websockets", "lib/websockets", (sys.executable, "-m", "venv", "{work}/venv"),
                     ("{work}/venv/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                      "--target", "{work}/lib", "websockets"))
    sys.path.insert(0, str(work / "lib"))


def node_ws():
    """The folder from which Node finds the package `ws`."""
    return installed("ws", "node_modules/ws",
                     (support.peer("npm"), "install", "--silent", "--no-audit", "--no-fund", "--prefix", "{work}", "ws"))


def chromium_report(page, seconds=40):
    """Has headless Chromium load a page, and returns the JSON that its script sends to /report. `page` gives its
    HTML, called with the page's origin."""
    chromium = support.peer("chromium", "chromium-browser", "google-chrome")
    reported, report = threading.Event(), {}

    class Site(http.server.BaseHTTPRequestHandler):
        def answer(self, text):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def do_GET(self):
            self.answer(html)

        def do_POST(self):
            report.update(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.answer(b"thanks")
            reported.set()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as site:
        origin = f"http://127.0.0.1:{site.server_port}"
        html = page(origin).encode()
        threading.Thread(target=site.serve_forever, daemon=True).start()
        profile = support.folder()
        support.start([chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                       "--no-first-run", "--no-default-browser-check", "--disable-extensions",
                       "--disable-background-networking", "--disable-component-update", "--disable-sync",
                       "--no-proxy-server", f"--user-data-dir={profile}", "--remote-debugging-port=0", origin],
                      profile, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        came = reported.wait(seconds)
        site.shutdown()
    assert came, "the page did not report"
    return report


def certificate():
    """A new key and a certificate for 127.0.0.1 that it signed itself: (path of the key, path of the certificate)."""
    work = support.folder()
    done = support.run(support.peer("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt",
                       "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=coax tests",
                       "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", work / "key.pem",
                       "-out", work / "certificate.pem")
    assert done.returncode == 0, done.stderr.decode()
    return work / "key.pem", work / "certificate.pem"
