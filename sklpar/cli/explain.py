"""``sklpar explain``: what runs in parallel in an estimator, and which knob reaches it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from sklpar.cli import arguments, completion
from sklpar.cli.terminal import render_options, write
from sklpar.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sklpar.host.cpus import UsableCpus
    from sklpar.model import Inspection, Product, Spec

EXAMPLES = (
    "sklpar explain sklpar.yaml",
    "sklpar explain --finding oversubscription",
)


def explain(
    spec: arguments.SpecOrNone = None,
    trust: arguments.Trust = None,
    set_: arguments.Set = None,
    finding: Annotated[
        str | None,
        typer.Option(
            metavar="RULE",
            help="Say what a finding means, and what to do; no SPEC.",
            autocompletion=completion.rules,
        ),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Show every layer of parallelism in an estimator, fit nothing.

    For each layer the knob that reaches it, and for each setting workers times threads against
    the usable CPUs.
    """
    if finding is not None:
        if spec is not None:
            raise UsageError("--finding explains a rule: leave the spec out")
        _explain_finding(finding)
        return
    if spec is None:
        raise UsageError("name a spec, or --finding RULE", remedy=f"For example: {EXAMPLES[0]}")
    _explain_spec(spec, trust or (), set_ or (), json_=json_)


def _explain_finding(rule: str) -> None:
    from sklpar.render.manual import paragraph
    from sklpar.render.plain import one_line

    unicode = render_options(sys.stdout).unicode
    lines = (one_line(line, unicode=unicode) for line in paragraph(rule).splitlines())
    write("\n".join(lines) + "\n", None)


def _explain_spec(
    spec: str, trust: Sequence[str], overrides: Sequence[str], *, json_: bool
) -> None:
    from sklpar.analysis.products import product_of
    from sklpar.host.cpus import usable_cpus
    from sklpar.session import prepare_file

    found, cpus = prepare_file(spec, overrides, trust), usable_cpus(os.environ)
    inspection = found.inspection
    products = [product_of(one, inspection, cpus.count, os.environ) for one in found.plan.settings]
    show = _json if json_ else _text
    write(show(found.spec, inspection, cpus, products), None)


def _text(spec: Spec, inspection: Inspection, cpus: UsableCpus, products: Sequence[Product]) -> str:
    from sklpar.render.explanation import render

    count = f"{cpus.count} usable CPU{'' if cpus.count == 1 else 's'}: {cpus.source}"
    options = render_options(sys.stdout)
    return render(inspection, products, options, file=spec.file, cpus=count)


def _json(spec: Spec, inspection: Inspection, cpus: UsableCpus, products: Sequence[Product]) -> str:
    from sklpar.store.codec import dump, nulled, to_plain

    document = {
        "file": spec.file,
        "job": inspection.label,
        "usable_cpus": cpus.count,
        "usable_cpus_source": cpus.source,
        "parts": to_plain(inspection.parts),
        "layers": to_plain(inspection.layers),
        "pools": to_plain(inspection.pools),
        "settings": to_plain(products),
    }
    return dump(nulled(document), indent=2) + "\n"
