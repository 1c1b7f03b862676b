"""``sklpar doctor``: what is this machine to parallel scikit-learn."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from sklpar.cli.terminal import render_options, write

EXAMPLES = (
    "sklpar doctor",
    "sklpar doctor --measure",
)


def doctor(
    measure: Annotated[
        bool,
        typer.Option(
            "--measure", help="Measure too what parallel work costs here: about two minutes."
        ),
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Examine this machine and its libraries.

    Warns of CPUs, thread pools, variables, versions, room and load that make parallel fits slow,
    or hang. Exits 0 whatever it finds.
    """
    import json

    from sklpar.doctor.checkup import check_up
    from sklpar.doctor.document import checkup_to_json
    from sklpar.render.checkup import render

    found = check_up(os.environ, measure=measure, say=_say)
    if json_:
        write(json.dumps(checkup_to_json(found), indent=2, allow_nan=False) + "\n", None)
    else:
        write(render(found, render_options(sys.stdout)), None)


def _say(line: str) -> None:
    print(f"sklpar: {line}", file=sys.stderr, flush=True)  # noqa: T201 - progress
