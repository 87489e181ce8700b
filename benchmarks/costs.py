#!/usr/bin/env python3
"""What coax costs besides time at run time: memory for each connection, and time to compile.

--check counts the lines that an umbrella header brings into a translation unit, without blank lines and comments, and
compares them with the committed ceilings; they do not depend on the machine, but on the standard library, so they hold
for g++ 12 and are skipped elsewhere (exit status 77).
"""

import argparse
import json
import pathlib
import resource
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).absolute().parent
INCLUDE = HERE.parent / "include"
CEILINGS = HERE / "lines.txt"
UMBRELLAS = ["coax/http.hpp", "coax/websocket.hpp", "coax/fields.hpp", "coax/coax.hpp"]
LEAST = "string_view, span"  # what every one of them includes
BEAST = ["boost/beast/http.hpp", "boost/beast/websocket.hpp", "boost/beast.hpp"]
PROGRAMS = [("http_server", "beast_server"), ("ws_echo", "beast_echo")]
SKIPPED = 77


def compile_it(compiler, arguments, text=None):
    return subprocess.run([compiler, "-std=c++20", f"-I{INCLUDE}", *arguments], input=text, capture_output=True, text=True)


def including(headers):
    return "".join(f"#include <{header}>\n" for header in headers.split(", "))


def lines(compiler, header):
    done = compile_it(compiler, ["-x", "c++", "-E", "-P", "-"], including(header))
    if done.returncode != 0:
        sys.exit(f"{header}: {done.stderr[:2000]}")
    return sum(1 for line in done.stdout.splitlines() if line.strip())


def seconds(compiler, arguments, text=None):
    """Processor time of one compilation: the lesser of two."""
    times = []
    for _ in range(2):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = compile_it(compiler, arguments, text)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode != 0:
            sys.exit(done.stderr[:2000])
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(times)


def has(compiler, header):
    return compile_it(compiler, ["-x", "c++", "-fsyntax-only", "-"], f"#if !__has_include(<{header}>)\n#error\n#endif\n"
                      ).returncode == 0


def object_size(compiler, source, where):
    out = f"{where}/out.o"
    time = seconds(compiler, ["-O2", "-c", "-w", str(source), "-o", out])
    sections = subprocess.run(["size", out], capture_output=True, text=True)
    if sections.returncode != 0:
        return time, None
    text, data = sections.stdout.splitlines()[1].split()[:2]
    return time, int(text) + int(data)


def print_sizes(compiler, where):
    program = f"{where}/sizes"
    done = compile_it(compiler, ["-O0", "-w", str(HERE / "costs" / "sizes.cpp"), "-o", program])
    if done.returncode != 0:
        sys.exit(done.stderr[:2000])
    said = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    sizes = [(name, int(size)) for name, size in (line.rsplit(None, 1) for line in said.splitlines())]
    print("memory: octets of each state; coax allocates nothing besides")
    half = (len(sizes) + 1) // 2
    for left, right in zip(sizes[:half], sizes[half:] + [None]):
        print(f"  {left[0]:36} {left[1]:>5}" + (f"      {right[0]:36} {right[1]:>5}" if right else ""))
    return dict(sizes)


def print_compile_costs(compiler, where, beast):
    costs = {}
    print(f"\n{'to compile an umbrella alone':40} {'seconds':>8} {'lines':>9}")
    for header in [LEAST] + UMBRELLAS + (BEAST if beast else []):
        time = seconds(compiler, ["-x", "c++", "-O2", "-c", "-", "-o", "/dev/null"], including(header))
        costs[header] = {"seconds": time, "lines": lines(compiler, header)}
        print(f"  {header:38} {time:8.2f} {costs[header]['lines']:9,}", flush=True)
    print(f"\n{'to compile the smallest program':40} {'seconds':>8} {'octets of code and data':>25}")
    for pair in PROGRAMS:
        for name in pair[:2 if beast else 1]:
            time, size = object_size(compiler, HERE / "costs" / f"{name}.cpp", where)
            costs[name] = {"seconds": time, "octets": size}
            print(f"  {'benchmarks/costs/' + name + '.cpp':38} {time:8.2f} " + (f"{size:25,}" if size else f"{'-':>25}"),
                  flush=True)
    if not beast:
        print("missing: Boost.Beast (libboost-dev)")
    return costs


def is_gcc_12(compiler):
    said = subprocess.run([compiler, "--version"], capture_output=True, text=True).stdout
    version = subprocess.run([compiler, "-dumpversion"], capture_output=True, text=True).stdout
    return "Free Software Foundation" in said and version.split(".")[0].strip() == "12"


def guard(compiler, update):
    if not is_gcc_12(compiler):
        print("skipped: the ceilings of lines hold for g++ 12")
        sys.exit(SKIPPED)
    counted = {header: lines(compiler, header) for header in UMBRELLAS}
    if update:
        with open(CEILINGS, "w", encoding="utf-8") as out:
            out.write("# The most lines that a header may bring into a translation unit, preprocessed by g++ 12, without blank\n"
                      "# lines: written by scripts/bench --update, checked by scripts/bench --check.\n")
            for header, count in counted.items():
                out.write(f"{header:24} {(count * 103 // 100 + 499) // 500 * 500:7}\n")
        print(f"{len(counted)} ceilings written to benchmarks/{CEILINGS.name}")
        return
    good = True
    for line in CEILINGS.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        header, ceiling = line.split()
        count = counted.pop(header, 0)
        fits = count <= int(ceiling)
        good = good and fits
        print(f"{header:24} {count:9,} lines, {'at most' if fits else 'MORE THAN'} {int(ceiling):,}")
    for header in counted:
        print(f"{header} is not in benchmarks/{CEILINGS.name}")
        good = False
    if not good:
        sys.exit("a header has become larger: if that is meant, run scripts/bench --update")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--json", metavar="FILE", help="add the figures to those in FILE")
    parser.add_argument("--check", action="store_true", help="only compare the lines with the ceilings")
    parser.add_argument("--update", action="store_true", help="write the ceilings")
    options = parser.parse_args()
    if options.check or options.update:
        guard(options.compiler, options.update)
        return
    with tempfile.TemporaryDirectory() as where:
        memory = print_sizes(options.compiler, where)
        costs = print_compile_costs(options.compiler, where, has(options.compiler, "boost/beast/version.hpp"))
    if options.json:
        path = pathlib.Path(options.json)
        figures = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        figures.update(memory=memory, compilation=costs)
        path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
