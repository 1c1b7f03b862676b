"""The details: the machine, what was asked, what was left out, and every single value."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sklpar.model import Unavailable
from sklpar.render import numbers, others
from sklpar.render.figures import Table
from sklpar.render.html import page
from sklpar.render.markup import safe
from sklpar.render.plain import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sklpar.model import Report
    from sklpar.render.markup import Prose

# The fields that hold a value for each round: the heading of their table, and their unit.
_VALUES = {
    "first_fit_s": ("First fits", "seconds"),
    "fit_s": ("Warm fits", "seconds"),
    "first_fit_cpu_s": ("CPU of the first fits", "seconds"),
    "cpu_s": ("CPU of the warm fits", "seconds"),
    "peak_memory_bytes": ("Peak memory", "MB"),
    "run_queue_wait_s": ("Wait in the run queue", "seconds"),
    "involuntary_switches": ("Involuntary switches", "switches"),
}


def section(report: Report, prose: Prose) -> str:
    """Return the part of the page that a reader may never open."""
    parts = [
        page.folded("The machine", page.definitions(_machine(report)), *_pools(report)),
        page.folded("The run", page.definitions(_run(report))),
        page.folded("The spec as it was read", f"<pre>{_spec(report)}</pre>"),
        *_skipped(report, prose),
        page.folded("How each figure was measured", *_methods(report)),
        *_single_values(report),
    ]
    return page.section("details", "Details", *parts)


def _machine(report: Report) -> Iterable[tuple[str, str]]:
    host = report.host
    yield "CPU", safe(host.cpu_model)
    physical = "" if host.physical_cpus is None else f", {host.physical_cpus} physical"
    yield (
        "CPUs",
        safe(
            f"{host.usable_cpus} usable, by {host.usable_cpus_source}; {host.logical_cpus} "
            f"logical{physical}"
        ),
    )
    if host.memory_bytes is not None:
        yield "memory", numbers.memory(host.memory_bytes)
    for name, version in host.versions.items():
        yield name, safe(shorten(version))
    for name, value in host.environment.items():
        yield name, f"<code>{safe(shorten(value))}</code>"
    if not host.environment:
        yield "environment", "None of the variables that steer native threads was set."


def _pools(report: Report) -> list[str]:
    pools = report.host.thread_pools
    if not pools:
        return []
    found = Table(
        headings=("library", "kind", "threads", "version"),
        rows=tuple(
            (
                one.library or one.internal_api,
                one.user_api,
                str(one.num_threads),
                one.version or "-",
            )
            for one in pools
        ),
        right=frozenset({2}),
    )
    return [page.table(found, "Native thread pools")]


def _run(report: Report) -> Iterable[tuple[str, str]]:
    cost, noise = report.cost, report.noise
    yield "run", f"<code>{safe(report.run_id)}</code>"
    yield "started", safe(report.started_at)
    yield "finished", safe(report.finished_at or f"it did not; it is {report.status}")
    yield "trials", f"{cost.trials} in {numbers.seconds(cost.wall_s)}"
    if cost.exhaustive_estimate_s is not None:
        yield "all of them", f"would have taken about {numbers.seconds(cost.exhaustive_estimate_s)}"
    level = "not known" if noise.level is None else f"{numbers.three_digits(noise.level * 100)}%"
    yield "noise", f"{level}: how far a setting varies from round to round, the median"
    if noise.void_rounds:
        yield "void rounds", ", ".join(map(str, noise.void_rounds))
    yield "seed", str(report.seed)
    if report.data is not None:
        yield "data", safe(" \N{MULTIPLICATION SIGN} ".join(map(str, report.data.shape)))
    elif report.data_unavailable:
        yield "data", safe(shorten(report.data_unavailable))
    yield "sklpar", safe(report.sklpar_version)


def _spec(report: Report) -> str:
    text = json.dumps(report.spec, indent=2, default=str, ensure_ascii=False)
    # Line by line: what is between the lines is ours.
    return "\n".join(_indented(line) for line in text.split("\n"))


def _indented(line: str) -> str:
    return " " * (len(line) - len(line.lstrip(" "))) + safe(shorten(line.strip(" ")))


def _skipped(report: Report, prose: Prose) -> list[str]:
    left = others.skipped(report)
    count = sum(row.status == "skipped" for row in report.settings)
    if not left:
        return []
    return [
        page.folded(f"Settings not measured: {count}", page.bullets(list(map(prose.marked, left))))
    ]


def _methods(report: Report) -> Iterable[str]:
    """Return how each quantity was read, and why where it could not be."""
    methods: dict[str, dict[str, None]] = {}
    for row in report.settings:
        for name, found in row.measures.items():
            why = found.unavailable if isinstance(found, Unavailable) else found.method
            prefix = "not available: " if isinstance(found, Unavailable) else ""
            methods.setdefault(name, {})[f"{prefix}{shorten(why)}"] = None
    said = ((_title(name), "<br>".join(map(safe, ways))) for name, ways in methods.items())
    return [page.definitions(said)]


def _title(name: str) -> str:
    return _VALUES[name][0] if name in _VALUES else name.replace("_", " ")


def _single_values(report: Report) -> list[str]:
    """Return the table of every value: a row for each setting, a column for each quantity."""
    names = list(dict.fromkeys(name for row in report.settings for name in row.values))
    known = [row for row in report.settings if any(row.values.values())]
    if not known:
        return []
    found = Table(
        headings=("setting", *(f"{_title(name)} ({_unit(name)})" for name in names)),
        rows=tuple(
            (row.id, *(_line(name, row.values.get(name, {})) for name in names)) for row in known
        ),
    )
    caption = (
        "In the order of rounds; (n) stands before the value of round n where some are left out."
    )
    return [
        page.folded("Every single value", f'<div class="values">{page.table(found, caption)}</div>')
    ]


def _unit(name: str) -> str:
    return _VALUES[name][1] if name in _VALUES else name.rpartition("_")[2]


def _line(name: str, values: Mapping[str, float]) -> str:
    """Return the values of a setting; a round is named where it does not follow the one before."""
    scale = 1e6 if name.endswith("_bytes") else 1.0
    words, expected = [], 1
    for number, value in sorted((int(number), value) for number, value in values.items()):
        if number != expected:
            words.append(f"({number})")
        words.append(numbers.three_digits(value / scale))
        expected = number + 1
    return " ".join(words)
