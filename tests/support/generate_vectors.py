#!/usr/bin/env python3
"""Turns tests/vectors/*.vec into Catch2 test cases: generate_vectors.py OUT.cpp FILE..."""
import pathlib
import sys


def tests_of(path):
    """Yields (name, rows) of each test in a vector file."""
    name, rows = None, []
    for number, line in enumerate(path.read_text(encoding="ascii").splitlines(), 1):
        key, colon, text = line.partition(":")
        if not line.strip() or line.startswith("#"):
            continue
        if not colon:
            sys.exit(f"{path}:{number}: no 'key: text'")
        if key == "test":
            if name is not None:
                yield name, rows
            name, rows = text.strip(), []
        elif name is None:
            sys.exit(f"{path}:{number}: '{key}' before the first 'test'")
        elif key == "rows":
            rows += text.split()
    if name is not None:
        yield name, rows


def literal(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def main():
    out, files = pathlib.Path(sys.argv[1]), [pathlib.Path(f) for f in sys.argv[2:]]
    lines = ['#include "support/catch.hpp"', '#include "support/vector_file.hpp"', ""]
    names = {}
    for path in sorted(files):
        for index, (name, rows) in enumerate(tests_of(path)):
            if not rows:
                sys.exit(f"{path}: '{name}' names no row")
            if names.setdefault(name, path) is not path or (name, path) in names:
                sys.exit(f"{path}: '{name}' stands in {names[name]} as well")
            names[(name, path)] = True
            tags = "".join(f"[{row}]" for row in rows) + f"[vectors][{path.stem}]"
            lines.append(f"TEST_CASE({literal(name)}, {literal(tags)}) {{")
            lines.append(f"  coax_test::run_vector({literal(path.name)}, {index});")
            lines.append("}")
    out.write_text("\n".join(lines) + "\n", encoding="ascii")


main()
