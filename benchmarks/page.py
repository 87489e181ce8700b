#!/usr/bin/env python3
"""Puts what is on standard input into a page, between its two lines of three backquotes."""

import pathlib
import sys

if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
    sys.exit(f"usage: {sys.argv[0]} PAGE <TEXT\n{__doc__}")
page = pathlib.Path(sys.argv[1])
before, marker, rest = page.read_text(encoding="utf-8").partition("```text\n")
inside, end, after = rest.partition("\n```\n")
if not marker or not end:
    sys.exit(f"{page} has no block of text to fill")
page.write_text(before + marker + sys.stdin.read().strip("\n") + end + after, encoding="utf-8")
