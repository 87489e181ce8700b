"""What the interop tests share: the programs under test, their peers, and an end for all of them.

A test file ends with support.main(). It is run as `python3 FILE NAME=PROGRAM...` by ctest, or by hand as
`python3 FILE DIRECTORY`, where DIRECTORY holds the built examples (build/test/examples, for example).

A program or peer that is not there makes a test skip, and says so; a file of which nothing ran ends with status
77. With COAX_REQUIRE_PEERS=1 in the environment it is a failure instead.
"""
import atexit
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "scripts" / "captures"))
from lab import end_group, wait_for_port  # noqa: E402

SKIPPED = 77
REQUIRED = os.environ.get("COAX_REQUIRE_PEERS") == "1"
#: Built with sanitizers: several times slower, and no measure of memory.
SANITIZED = os.environ.get("COAX_SANITIZED") == "1"
SECONDS = 150 if SANITIZED else 75  # for a whole file; far more than it takes

# What stands behind -- is for unittest, as in: FILE DIRECTORY -- -k ranges
_arguments = sys.argv[1:sys.argv.index("--")] if "--" in sys.argv else sys.argv[1:]
_running = []
_servers = []


def missing(what):
    """To be called where something is not there: skips the test, or lets it fail."""
    if REQUIRED:
        raise AssertionError(f"{what} (and COAX_REQUIRE_PEERS=1 asks for it)")
    raise unittest.SkipTest(what)


def program(name):
    """The path of one of the example programs."""
    for argument in _arguments:
        key, equals, path = argument.partition("=")
        if equals and key == name:
            if path == "-":  # known when CMake ran, which says what the compiler lacks: no peer is missing
                raise unittest.SkipTest(f"{name} cannot be built by this compiler")
            return path
        if not equals:
            for found in sorted(Path(argument).glob(f"**/{name}")):
                if found.is_file() and os.access(found, os.X_OK):
                    return str(found)
    missing(f"{name} was not built")


def peer(*names):
    """The path of a program that is installed here, by the first of the names that there is."""
    path = os.environ["PATH"] + os.pathsep + "/usr/sbin" + os.pathsep + "/sbin"
    for name in names:
        found = shutil.which(name, path=path)
        if found:
            return found
    missing(f"{names[0]} is not installed")


def folder():
    """A new folder, which is gone at the end."""
    path = Path(tempfile.mkdtemp(prefix="coax-interop."))
    path.chmod(0o755)
    atexit.register(shutil.rmtree, path, True)
    return path


def kept_folder(name):
    """A folder that is kept from run to run, in the build directory of the programs; a new one if there is none."""
    for argument in _arguments:
        for place in Path(argument.partition("=")[2] or argument).resolve().parents:
            if (place / "CMakeCache.txt").exists():
                path = place / "peers" / name
                path.mkdir(parents=True, exist_ok=True)
                return path
    return folder()


def reserve_port():
    """A port for a server that cannot ask for an unused one itself. It is bound, without listening, until the
    end: no other program gets it, while one that sets SO_REUSEADDR can still listen on it."""
    probe = socket.socket()
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    probe.bind(("127.0.0.1", 0))
    _running.append(probe)
    return probe.getsockname()[1]


def environment(work, **more):
    return {"PATH": os.environ["PATH"], "HOME": str(work), "TMPDIR": str(work), "LANG": "C.UTF-8",
            **{name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}, **more}


def start(command, work=None, **options):
    """Starts a program that runs until the end of the tests, or until stop()."""
    work = work or folder()
    process = subprocess.Popen([str(part) for part in command], cwd=work, env=environment(work),
                               stdin=subprocess.DEVNULL, start_new_session=True, **options)
    _running.append(process)
    return process


class Server:
    """A program that prints `listening on http://ADDRESS:PORT/`, or only the port, once it accepts connections."""

    def __init__(self, *command, work=None):
        self.log = []
        self.process = start(command, work, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.log_keeper = threading.Thread(target=self._keep_log, daemon=True)
        self.log_keeper.start()
        _servers.append(self)
        line = self.process.stdout.readline().decode()
        found = re.search(r"(\d+)/?\s*$", line)
        if not found:
            raise AssertionError(f"{command[0]} did not come up: {line!r} {''.join(self.log)}")
        self.port = int(found.group(1))

    def _keep_log(self):
        for line in self.process.stderr:
            self.log.append(line.decode(errors="replace"))

    def complaints(self):
        """What sanitizers found in the program, which has ended."""
        self.log_keeper.join(5)
        return "".join(self.log) if any(map(is_complaint, self.log)) else ""

    @property
    def pid(self):
        return self.process.pid

    def url(self, path="/"):
        return f"http://127.0.0.1:{self.port}{path}"

    def resident(self):
        """Octets of memory that the program has in use; 0 where that cannot be told."""
        try:
            status = Path(f"/proc/{self.pid}/status").read_text()
        except OSError:
            return 0
        return int(re.search(r"VmRSS:\s*(\d+) kB", status).group(1)) * 1024

    def stop(self, seconds=15):
        """SIGTERM; returns the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


def is_complaint(text):
    return "Sanitizer" in text or "runtime error: " in text


def example(name, *arguments):
    return Server(program(name), *arguments)


def run(*command, seconds=30, data=None, work=None):
    """Runs a program to its end: subprocess.CompletedProcess, with octets."""
    work = work or folder()
    return subprocess.run([str(part) for part in command], input=data if data is not None else b"",
                          capture_output=True, timeout=seconds, cwd=work, env=environment(work))


def curl(*arguments, data=None, seconds=30):
    """What curl printed. It fails the test if curl fails."""
    done = curl_run(*arguments, data=data, seconds=seconds)
    if done.returncode != 0:
        raise AssertionError(f"curl {arguments}: status {done.returncode}, {done.stderr.decode()}")
    return done.stdout


def curl_run(*arguments, data=None, seconds=30):
    return run(peer("curl"), "-q", "--silent", "--show-error", "--noproxy", "*", "--max-time", seconds,
               *arguments, data=data, seconds=seconds + 5)


def client(*arguments, data=None, seconds=30):
    """Runs http_client."""
    done = run(program("http_client"), *arguments, data=data, seconds=seconds)
    if is_complaint(done.stderr.decode(errors="replace")):
        raise AssertionError(done.stderr.decode(errors="replace"))
    return done


def pattern(size):
    """Octets of which no two pieces at different places look alike."""
    return b"".join(b"%015x\n" % n for n in range(size // 16 + 1))[:size]


def eventually(condition, seconds=5, what="it did not come true"):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(what)
        time.sleep(0.02)


def close_all():
    while _running:
        one = _running.pop()
        if isinstance(one, socket.socket):
            one.close()
        else:
            end_group(one)
            if one.stdout:
                one.stdout.close()


def _give_up(number, _frame):
    signal.alarm(0)
    close_all()
    # unlike other exceptions, this one is not one failed test
    raise KeyboardInterrupt(f"more than {SECONDS} s" if number == signal.SIGALRM else "terminated")


def main():
    signal.signal(signal.SIGALRM, _give_up)
    signal.signal(signal.SIGTERM, _give_up)
    signal.alarm(SECONDS)
    atexit.register(close_all)
    del sys.argv[1:len(_arguments) + 2]
    result = unittest.main(exit=False, verbosity=2).result
    close_all()
    complaints = "".join(one.complaints() for one in _servers)
    if complaints or not result.wasSuccessful():
        print(complaints)
        sys.exit(1)
    for _, reason in result.skipped:
        print("skipped:", reason)
    if result.skipped and result.testsRun <= len(result.skipped):
        sys.exit(SKIPPED)
