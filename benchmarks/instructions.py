#!/usr/bin/env python3
"""Counts the instructions that coax takes for each message, by callgrind, and compares them with the committed table.

Times change from run to run; for the same program the number of instructions does not. It is not a time: what is counted
is work, not how long the processor waits. So the table guards what was won, and says nothing about peers.

The table holds for one compiler and instruction set, which it names. Elsewhere the comparison is skipped (exit status 77).
"""

import argparse
import concurrent.futures
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

TABLE = pathlib.Path(__file__).parent / "instructions.txt"
GROWTH = 0.05
SKIPPED = 77
NEEDS = "g++ 12 -O2, x86-64, AVX2"


def hindrance(compiler):
    """Why the figures of this machine cannot be compared with the table, or None."""
    if platform.machine() != "x86_64":
        return f"this is {platform.machine()}, not x86-64"
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as f:
            flags = re.search(r"^flags\s*: (.*)$", f.read(), re.M).group(1).split()
    except (OSError, AttributeError):
        flags = []
    lacking = {"avx2", "bmi1", "bmi2"}.difference(flags)
    if lacking:
        return f"the processor lacks {', '.join(sorted(lacking))}"
    try:
        said = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True).stdout
        version = subprocess.run([compiler, "-dumpversion"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return f"there is no compiler {compiler}"
    if "Free Software Foundation" not in said or version.split(".")[0].strip() != "12":
        return f"{said.splitlines()[0]} is not g++ 12"
    return None


def count(program):
    """[(subject, instructions per message)] of one program."""
    print(f"counting {pathlib.Path(program).name}", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as directory:
        out = f"{directory}/out"
        done = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", program, "--instructions"],
                              capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{program} failed under callgrind ({done.returncode}):\n{done.stderr[-2000:]}")
        messages = dict(re.findall(r"^(.+) (\d+)$", done.stdout, re.M))
        counted = {}
        for dump in pathlib.Path(directory).iterdir():
            head = dump.read_text(errors="replace")
            name = re.search(r"^desc: Trigger: Client Request: (.*)$", head, re.M)
            if name:
                counted[name.group(1)] = int(re.search(r"^summary: (\d+)$", head, re.M).group(1))
        if counted.keys() != messages.keys():
            sys.exit(f"{program}: callgrind wrote {len(counted)} dumps for {len(messages)} subjects")
        return [(name, counted[name] / int(messages[name])) for name in messages]


def read_table():
    table = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, figure = line.rsplit(None, 1)
            table[name] = float(figure)
    return table


def write_table(figures):
    with open(TABLE, "w", encoding="utf-8") as out:
        out.write("# Instructions that coax takes for each message: written by scripts/bench --update, and compared by\n"
                  f"# scripts/bench --check, which fails where one has grown by more than {GROWTH:.0%}.\n"
                  f"# They hold for {NEEDS}.\n")
        for name, figure in figures:
            out.write(f"{name:60} {figure:10.1f}\n")


def compare(figures):
    table = read_table()
    found = dict(figures)
    grown = [(n, table[n], f) for n, f in figures if n in table and f > table[n] * (1 + GROWTH) + 0.5]
    less = [(n, table[n], f) for n, f in figures if n in table and f < table[n] * (1 - GROWTH) - 0.5]
    new = [n for n in found if n not in table]
    gone = [n for n in table if n not in found]
    for title, rows in (("more than in benchmarks/instructions.txt", grown), ("less", less)):
        if rows:
            print(f"{title:62} {'was':>10} {'is':>10}")
            shown = rows if rows is grown else rows[:10]
            for name, before, now in shown:
                print(f"  {name:60} {before:10.1f} {now:10.1f} {now / before - 1:+7.0%}")
            if len(shown) < len(rows):
                print(f"  and {len(rows) - len(shown)} others")
    for title, names in (("not in benchmarks/instructions.txt:", new), ("only there:", gone)):
        if names:
            print("\n  ".join([title, *names]))
    print(f"{len(found)} counted: {len(grown)} more, {len(less)} less, {len(found) - len(grown) - len(less) - len(new)} "
          f"the same within {GROWTH:.0%}, {len(new)} new, {len(gone)} gone")
    if less and not grown:
        print("scripts/bench --update keeps what was won")
    return not (grown or new or gone)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", action="store_true", help="write the table instead of comparing with it")
    parser.add_argument("--compiler", default="g++", help="what the programs were built with")
    parser.add_argument("--jobs", type=int, default=2, metavar="N")
    parser.add_argument("programs", nargs="+")
    options = parser.parse_args()
    reason = hindrance(options.compiler)
    if reason:
        print(f"skipped: the table of instructions holds for {NEEDS}; {reason}")
        sys.exit(SKIPPED)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        figures = [f for some in pool.map(count, options.programs) for f in some]
    if options.update:
        write_table(figures)
        print(f"{len(figures)} figures written to benchmarks/{TABLE.name}")
    elif not compare(figures):
        print("more instructions than before, or the table is out of date: if that is meant, run scripts/bench --update",
              file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
