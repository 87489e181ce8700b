#!/usr/bin/env python3
"""Runs benchmark programs and prints a table for each kind of work: ns, GB/s and the ratio to each peer.

Every program holds coax and its peers, and Google Benchmark takes them in turn, in random order, several times over.
What is printed are medians. A ratio is a peer's time divided by coax's: above 1, coax is faster.
"""

import argparse
import collections
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile

OWN = "coax"
WIDTH = 120


def run(program, options, only):
    """One run of a program: what Google Benchmark's JSON says."""
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        command = [program, f"--benchmark_out={out.name}", "--benchmark_out_format=json",
                   "--benchmark_enable_random_interleaving=true",
                   f"--benchmark_repetitions={options.repetitions}", f"--benchmark_min_time={options.seconds}"]
        if only:
            command.append(f"--benchmark_filter={only}")
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        except OSError as problem:
            sys.exit(f"{program}: {problem.strerror}")
        if done.returncode != 0:
            sys.exit(f"{program} failed ({done.returncode}):\n{done.stdout[-2000:]}")
        text = out.read()
        return json.loads(text) if text else {"context": {}, "benchmarks": []}  # the filter matched nothing


def tables_of(results):
    """group -> input -> subject -> {"ns", "gb_s", "ratio"}, in the order of the programs."""
    times = collections.defaultdict(list)
    facts = {}
    order = {}
    for result in results:
        for b in result["benchmarks"]:
            if b.get("run_type") != "iteration":
                continue
            group, row, subject = b["run_name"].removesuffix("/manual_time").split("/")
            if b.get("error_occurred"):
                sys.exit(f"{b['run_name']}: {b['error_message']}")
            key = group, row, subject
            scale = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}[b["time_unit"]]
            # Time that other programs took is not counted: the programs see to it where they keep the time.
            manual = b["run_name"].endswith("/manual_time")
            times[key].append(b["real_time" if manual else "cpu_time"] * scale)
            facts[key] = b["messages"], b["bytes"]
            order[key] = b["family_index"]
    out = {}
    programs = {}
    for number, result in enumerate(results):
        for b in result["benchmarks"]:
            programs[tuple(b["run_name"].removesuffix("/manual_time").split("/"))] = number
    for key in sorted(times, key=lambda k: (programs[k], order[k])):
        group, row, subject = key
        messages, size = facts[key]
        median = statistics.median(times[key])
        out.setdefault(group, {}).setdefault(row, {})[subject] = {
            "ns": median / messages, "gb_s": size / median,
            "spread": spread(times[key])}
    for rows in out.values():
        for subjects in rows.values():
            if OWN not in subjects:
                continue
            for figures in subjects.values():
                figures["ratio"] = figures["ns"] / subjects[OWN]["ns"]
    return out


def spread(times):
    """How far the middle half of the repetitions reaches, relative to their median."""
    if len(times) < 4:
        return None
    low, middle, high = statistics.quantiles(times, n=4)
    return (high - low) / middle


def number(value):
    for limit, scale, unit in ((999_500, 1e6, " ms"), (99_950, 1e3, " µs")):
        if value >= limit:
            return number(value / scale) + unit
    if value >= 99.95:
        return f"{value:,.0f}"
    if value < 0.005:
        return "<0.01"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def print_tables(tables, out):
    for group, rows in tables.items():
        peers = []
        for subjects in rows.values():
            peers += [s for s in subjects if s != OWN and s not in peers]
        first = max([len(r) for r in rows] + [len(group)])
        widths = [max(16, len(p) + 2) for p in peers]
        print(f"\n{group:{first}} {OWN:>14}" + "".join(f"{p:>{w}}" for p, w in zip(peers, widths)), file=out)
        print(f"{'':{first}} {'ns':>7} {'GB/s':>6}" + "".join(f"{'ns  ratio':>{w}}" for w in widths), file=out)
        for row, subjects in rows.items():
            own = subjects.get(OWN)
            line = f"{row:{first}} " + (f"{number(own['ns']):>7} {number(own['gb_s']):>6}" if own else f"{'':14}")
            for p, w in zip(peers, widths):
                s = subjects.get(p)
                cell = "-" if s is None else number(s["ns"]) + (f" {number(s['ratio']):>6}" if own else "")
                line += f"{cell:>{w}}"
            print(line.rstrip(), file=out)


def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as f:
            return re.search(r"^model name\s*: (.*)$", f.read(), re.M).group(1)
    except (OSError, AttributeError):
        return platform.processor() or platform.machine()


def facts_of(results):
    context = {}
    for result in results:
        context.update(result["context"])
    keys = ("compiler", "C compiler", "flags", "instruction set")
    facts = {"processor": f"{processor()}, {os.cpu_count()} cores", **{k: context[k] for k in keys if k in context}}
    peers = {k.removeprefix("peer: "): v for k, v in context.items() if k.startswith("peer: ")}
    missing = {k.removeprefix("missing: "): v for k, v in context.items() if k.startswith("missing: ")}
    return facts, peers, missing


def wrapped(title, items):
    lines, line = [], f"{title:16}"
    for i, item in enumerate(items):
        item += "," if i + 1 < len(items) else ""
        if len(line) + 1 + len(item) > WIDTH:
            lines.append(line.rstrip())
            line = " " * 16
        line += item + " "
    return "\n".join(lines + [line.rstrip()])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs="+")
    parser.add_argument("--json", metavar="FILE", help="write the figures there as well")
    parser.add_argument("--only", metavar="REGEX", help="only what matches, such as 'framed heads/.*mix'")
    parser.add_argument("--repetitions", type=int, default=9, metavar="N", help="how often each subject's turn comes")
    parser.add_argument("--seconds", type=float, default=0.01, metavar="S", help="how long a turn takes at least")
    options = parser.parse_args()

    results = []
    for program in options.programs:
        print(f"running {os.path.basename(program)}", file=sys.stderr, flush=True)
        results.append(run(program, options, options.only))
    tables = tables_of(results)
    facts, peers, missing = facts_of(results)

    for key, value in facts.items():
        print(wrapped(key, [value]))
    if peers:
        print(wrapped("peers", [f"{k} {v}" for k, v in peers.items()]))
    if missing:
        print(wrapped("missing", [f"{k} ({v})" for k, v in missing.items()]))
    if not tables:
        sys.exit("nothing matched")
    spreads = sorted(f["spread"] for t in tables.values() for r in t.values() for f in r.values() if f["spread"] is not None)
    said = [f"{options.repetitions} of {1000 * options.seconds:g} ms or more, in random order"]
    if spreads:
        said.append(f"their middle half within {spreads[len(spreads) // 2]:.0%} (of nine subjects in ten "
                    f"{spreads[len(spreads) * 9 // 10]:.0%})")
    print(wrapped("repetitions", said))
    print("\nMedians, for each message. A ratio is how many times longer a peer takes than coax: below 1 the peer is faster.")
    print_tables(tables, sys.stdout)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as out:
            json.dump({**facts, "peers": peers, "missing": missing, "tables": tables}, out, indent=1)
            out.write("\n")


if __name__ == "__main__":
    main()
