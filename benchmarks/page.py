#!/usr/bin/env python3
"""Puts what is on standard input into a page, into its block of text: between ```text and ```."""

import pathlib
import re
import sys

if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
    sys.exit(f"usage: {sys.argv[0]} PAGE <TEXT\n{__doc__}")
page = pathlib.Path(sys.argv[1])
block = "```text\n" + sys.stdin.read().strip("\n") + "\n```"
text, count = re.subn(r"^```text\n.*?^```$", lambda _: block, page.read_text(encoding="utf-8"), flags=re.M | re.S)
if count != 1:
    sys.exit(f"{page} has {count} blocks of text, not one")
page.write_text(text, encoding="utf-8")
