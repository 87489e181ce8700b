#!/usr/bin/env python3
"""Compares what was measured with what was aimed at (aims.py). RUN is a file that scripts/bench --json has written.

Without --page it prints a table; with it, it writes one into the page, between "<!-- aims -->" and "<!-- end of aims -->",
together with the notes on what was missed.
"""

import argparse
import json
import math
import pathlib
import re
import sys
import textwrap

import aims
import instructions

MISSED = "✗"
ASKED_FOR = "asked for"  # what a run says of its instruction set when it is not the machine's best


def figure(part, run):
    """What a run says about a part, or None if it does not."""
    if part.kind == "seconds":
        costs = run.get("compilation", {})
        if part.subject not in costs or part.peer not in costs:
            return None
        return costs[part.subject]["seconds"] - costs[part.peer]["seconds"]
    subjects = run["tables"].get(part.group, {}).get(part.row, {})
    if part.subject not in subjects or (part.peer and part.peer not in subjects):
        return None
    own = subjects[part.subject]["ns"]
    if part.kind == "ns":
        return own
    other = subjects[part.peer]["ns"]
    return other / own if part.kind == "ratio" else 100 * (own / other - 1)


def reached(part, value):
    return part.wanted is None or (value >= part.wanted if part.kind == "ratio" else value <= part.wanted)


def shown(part, value):
    if part.kind == "cost":
        said = f"{value:+.0f} %"
    elif part.kind == "seconds":
        said = f"{value:+.2f} s"
    elif part.kind == "ns":
        said = f"{value:,.0f} ns"
    else:
        said = f"{math.floor(100 * value) / 100:.2f}" if value < 10 else f"{math.floor(value)}"  # not rounded up
    said = f"{part.label} {said}".strip()
    if part.wanted is None:
        return f"({said})"
    return said if reached(part, value) else f"{said} {MISSED}"


def belongs(aim, run):
    """Whether an aim is about this run's instruction set."""
    isa = run["instruction set"]
    return isa.startswith(aim.isa) if aim.isa else ASKED_FOR not in isa


def verdict(found):
    """In a word, for figures of all runs: [(part, value)]."""
    met = [reached(part, value) for part, value in found if part.wanted is not None]
    if not met:
        return "not measured"
    return "yes" if all(met) else "in part" if any(met) else "no"


def compiler(run):
    """Such as "g++ 12"."""
    known = re.search(r"(g\+\+|[Cc]lang)\D*(\d+)", run["compiler"])
    return f"{known.group(1).lower()} {known.group(2)}" if known else run["compiler"]


def judged(runs):
    """For each aim: the aim, what each compiler's run reached as text, and all figures."""
    for aim in aims.AIMS:
        cells, all_found = {}, []
        for run in runs:
            if not belongs(aim, run):
                continue
            values = [(part, figure(part, run)) for part in aim.parts]
            found = [(part, value) for part, value in values if value is not None]
            if found:
                cells[compiler(run)] = ", ".join(shown(part, value) for part, value in found)
            all_found += found
        yield aim, cells, all_found


def plain_text(runs, width=120):
    rows = [(aim, cells, verdict(found)) for aim, cells, found in judged(runs) if found]
    if not rows:
        return ""
    columns = list(dict.fromkeys(compiler(run) for run in runs))
    lines = ["", f"{'what was aimed at, and what was reached':{width - 13}} {'reached':>12}"]
    for aim, cells, word in rows:
        lines += textwrap.wrap(f"{aim.text}: {aim.wanted}", width - 14, subsequent_indent="  ")
        lines[-1] = f"{lines[-1]:{width - 13}} {word:>12}"
        for column in columns:
            if column in cells:
                lines += textwrap.wrap(f"{column}: {cells[column]}", width, initial_indent="    ", subsequent_indent="      ")
    return "\n".join(lines)


COUNT = re.compile(r"\{(.*?)(?: minus (.*?))?\}")


def note(text, counted):
    """A note with its counts of instructions filled in."""
    def count(match):
        more, less = match.groups()
        return f"{counted[more] - (counted[less] if less else 0):,.0f}"
    return COUNT.sub(count, text)


def check_notes():
    counted = instructions.read_table()
    named = [name for aim in aims.AIMS for names in COUNT.findall(aim.missed) for name in names if name]
    unknown = [name for name in dict.fromkeys(named) if name not in counted]
    if unknown:
        sys.exit("\n  ".join([f"not in benchmarks/{instructions.TABLE.name}, but in notes of benchmarks/aims.py:", *unknown]))


def markdown(runs):
    columns = list(dict.fromkeys(compiler(run) for run in runs))
    counted = instructions.read_table()
    table = [f"| | aim | at least | {' | '.join(columns)} | reached |", "|---|---|---|" + "---|" * len(columns) + "---|"]
    notes = []
    for number, (aim, cells, found) in enumerate(judged(runs), 1):
        word = verdict(found)
        values = " | ".join(cells.get(column, "-") for column in columns)
        table.append(f"| {number} | {aim.text} | {aim.wanted} | {values} | {word} |")
        if word != "yes" and aim.missed:
            item = f"- {number}: {note(aim.missed, counted)}"
            notes.append(textwrap.fill(item, 120, subsequent_indent="  ", break_on_hyphens=False))
        elif word != "yes":
            notes.append(f"- {number}: not said yet.")
    if notes:
        table += ["", "Why not, where one was missed:", "", *notes]
    return "\n".join(table)


def write_page(path, text):
    page, count = re.subn(r"(?<=^<!-- aims -->\n).*?(?=^<!-- end of aims -->$)", lambda _: f"\n{text}\n\n",
                          path.read_text(encoding="utf-8"), flags=re.M | re.S)
    if count != 1:
        sys.exit(f"{path} has {count} places for the aims, not one")
    path.write_text(page, encoding="utf-8")


def needed(isa):
    """The programs that measure what the aims with this instruction set are about, and an expression that picks it."""
    parts = [part for aim in aims.AIMS for part in aim.parts if aim.isa == isa and part.group]
    names = [f"{part.group}/{part.row}/{name}" for part in parts for name in (part.subject, part.peer) if name]
    programs = [aims.PROGRAMS[part.group] for part in parts]
    literal = [re.sub(r"([.+*?^$|(){}\[\]\\])", r"\\\1", name) for name in dict.fromkeys(names)]
    return list(dict.fromkeys(programs)), f"^({'|'.join(literal)})(/|$)"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="*", metavar="RUN")
    parser.add_argument("--page", metavar="PAGE", type=pathlib.Path)
    parser.add_argument("--needed", metavar="ISA", help="only print what scripts/bench --aims has to measure, with this "
                        "instruction set or with the machine's best (best): an expression, and programs")
    parser.add_argument("--check-notes", action="store_true", help="only see whether the notes can be filled in")
    options = parser.parse_args()
    if options.check_notes:
        check_notes()
        return
    if options.needed:
        programs, expression = needed("" if options.needed == "best" else options.needed.upper())
        print(expression, *programs, sep="\n")
        return
    runs = [json.loads(pathlib.Path(run).read_text(encoding="utf-8")) for run in options.runs]
    if options.page:
        write_page(options.page, markdown(runs))
    else:
        print(plain_text(runs))


if __name__ == "__main__":
    main()
