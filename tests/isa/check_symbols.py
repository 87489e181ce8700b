#!/usr/bin/env python3
"""Checks that in an object file which was compiled without -m flags, only functions of a namespace avx2 use the
registers and encodings of AVX2: a linker may take such a function for all that have the same name.

usage: check_symbols.py OBJECT...      (exit 77: there is no objdump)
"""

import re
import shutil
import subprocess
import sys

# Without tzcnt: gcc writes it for bsf, which older machines take it for, where zero cannot come.
FUNCTION = re.compile(r"^[0-9a-f]+ <(.*)>:$")
VECTOR = re.compile(r"\t(v[a-z0-9]+|shlx|shrx|sarx|rorx|andn|blsr|blsi|pdep|pext|bzhi)\s")


def main():
    objdump = shutil.which("objdump")
    if not objdump:
        print("skipped: there is no objdump")
        return 77
    inside = outside = 0
    for path in sys.argv[1:]:
        listing = subprocess.run([objdump, "-d", "-C", "--no-show-raw-insn", path], check=True, text=True,
                                 stdout=subprocess.PIPE).stdout
        name = ""
        for line in listing.splitlines():
            function = FUNCTION.match(line)
            if function:
                name = function.group(1)
            elif VECTOR.search(line) and not re.search(r"\tver[rw]\s", line):
                if "::avx2::" in name:
                    inside += 1
                else:
                    outside += 1
                    print(f"{path}: {name}: {line.strip()}")
    print(f"{inside} instructions of AVX2 where they belong, {outside} elsewhere")
    return 1 if outside or not inside else 0


if __name__ == "__main__":
    sys.exit(main())
