"""``sklpar schema``: what an editor needs to help with a spec."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sklpar.cli.terminal import write

EXAMPLES = ("sklpar schema --output sklpar.schema.json",)


def schema(
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write to FILE; - is standard output.")
    ] = None,
) -> None:
    """Print the JSON Schema of a spec, for editors."""
    import json

    from sklpar.spec.schema import json_schema

    write(json.dumps(json_schema(), indent=2) + "\n", output)
