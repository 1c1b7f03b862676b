"""Remake every output and picture of the pages: ``python -m docs.making``.

Nothing is measured unless ``--measure`` asks for it: what the pages show of runs is printed from
those in ``docs/runs``. ``--check`` writes nothing, names what has drifted, and exits with 1 if
anything has.
"""

from __future__ import annotations

import argparse
import sys

from docs.making import outputs, pictures
from docs.making.measuring import EXAMPLES, PAGE, measure


def main() -> int:
    """Do what the flags say and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m docs.making", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 on any drift")
    parser.add_argument(
        "--measure",
        nargs="*",
        metavar="RUN",
        choices=[*EXAMPLES, PAGE],
        help=f"first measure these runs anew, or all: {', '.join([*EXAMPLES, PAGE])};"
        " on an idle machine with two CPUs",
    )
    parser.add_argument("--no-pictures", action="store_true", help="leave the pictures alone")
    given = parser.parse_args()
    if given.check:
        drifted = [*outputs.drifted(), *pictures.drifted()]
        for line in drifted:
            print(line)
        return 1 if drifted else 0
    if given.measure is not None:
        for name in given.measure or [*EXAMPLES, PAGE]:
            print(f"measuring {name}", flush=True)
            measure(name)
    for changed in outputs.remake():
        print(changed)
    if not given.no_pictures:
        pictures.remake()
    return 0


if __name__ == "__main__":
    sys.exit(main())
