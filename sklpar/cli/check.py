"""``sklpar check``: is the spec sound, and what would be measured."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sklpar.cli import arguments
from sklpar.cli.terminal import render_options, write

if TYPE_CHECKING:
    from sklpar.host.cpus import UsableCpus
    from sklpar.model import Inspection, Plan, Spec

EXAMPLES = (
    "sklpar check sklpar.yaml",
    "sklpar check sklpar.yaml --set 'sweep.n_jobs=[1,2]' --trust my_package",
)


def check(
    spec: arguments.Spec,
    trust: arguments.Trust = None,
    set_: arguments.Set = None,
    json_: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False,
) -> None:
    """Validate a spec, fit nothing.

    Prints the settings that tune would measure, and those it would skip with the reason.
    """
    from sklpar.host.cpus import usable_cpus
    from sklpar.session import prepare_file

    found = prepare_file(spec, set_ or (), trust or ())
    print_plan(found.spec, found.inspection, usable_cpus(os.environ), found.plan, json_=json_)


def print_plan(
    spec: Spec, inspection: Inspection, cpus: UsableCpus, plan: Plan, *, json_: bool
) -> None:
    """Print what would be measured; ``tune --dry-run`` says the same."""
    import json

    if json_:
        write(json.dumps(_document(spec, inspection, cpus, plan), indent=2) + "\n", None)
    else:
        write(_text(spec, inspection, cpus, plan), None)


def _text(spec: Spec, inspection: Inspection, cpus: UsableCpus, plan: Plan) -> str:
    from sklpar.render.plain import one_line

    rounds, repeats = spec.measure.rounds, spec.measure.repeats
    often = f"in {rounds} round{'' if rounds == 1 else 's'}"
    warm = f"{repeats} warm fit{'' if repeats == 1 else 's'} after each first fit"
    lines = [
        f"{spec.file} is sound: {inspection.label}",
        f"{cpus.count} usable CPU{'' if cpus.count == 1 else 's'}: {cpus.source}",
        *([cpus.note] if cpus.note else []),
        f"{_count(plan.settings)} to measure, {often}, {warm}:",
        *(f"  {setting.id}" for setting in plan.settings),
    ]
    if plan.skipped:
        lines.append(f"{_count(plan.skipped)} skipped:")
        lines += [f"  {skipped.setting.id}: {skipped.reason}" for skipped in plan.skipped]
    unicode = render_options(sys.stdout).unicode
    return "".join(_indented(one_line(line, unicode=unicode), line) + "\n" for line in lines)


def _indented(clean: str, line: str) -> str:
    return f"  {clean}" if line.startswith("  ") else clean


def _count(settings: tuple[Any, ...]) -> str:
    return f"{len(settings)} setting{'' if len(settings) == 1 else 's'}"


def _document(spec: Spec, inspection: Inspection, cpus: UsableCpus, plan: Plan) -> dict[str, Any]:
    return {
        "file": spec.file,
        "job": inspection.label,
        "usable_cpus": cpus.count,
        "usable_cpus_source": cpus.source,
        "rounds": spec.measure.rounds,
        "repeats": spec.measure.repeats,
        "settings": [setting.id for setting in plan.settings],
        "skipped": [
            {"setting": skipped.setting.id, "reason": skipped.reason} for skipped in plan.skipped
        ],
    }
