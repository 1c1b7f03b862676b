"""``sklpar schema``: what an editor needs to help with a spec."""

from __future__ import annotations

from sklpar.cli import arguments
from sklpar.cli.terminal import write

EXAMPLES = ("sklpar schema --output sklpar.schema.json",)


def schema(
    output: arguments.Output = None,
) -> None:
    """Print the JSON Schema of a spec, for editors."""
    import json

    from sklpar.spec.schema import json_schema

    write(json.dumps(json_schema(), indent=2) + "\n", output)
