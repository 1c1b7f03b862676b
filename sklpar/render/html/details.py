"""The details: the machine, what was asked, what was left out, and every single value."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sklpar.model import Unavailable
from sklpar.render import numbers, others, rows
from sklpar.render.figures import Table
from sklpar.render.figures.units import drawable
from sklpar.render.html import page
from sklpar.render.html.settings import lightest
from sklpar.render.markup import safe
from sklpar.render.plain import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sklpar.model import Report, SettingReport
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


# Letters of a spec, and of the table of values: more would make a page too heavy to be sent.
_SPEC, _TABLE = 60_000, 350_000
_AFTER = "after the choice"
# More than any number of a round has.
_DIGITS = 10
# Ways to have read one quantity, or reasons not to.
_WAYS = 20


def section(report: Report, run: str, prose: Prose) -> str:
    """Return the part of the page that a reader may never open.

    Parameters
    ----------
    run : str
        How a command names the run.
    """
    parts = [
        page.folded("The machine", page.definitions(_machine(report)), *_pools(report)),
        page.folded("The run", page.definitions(_run(report))),
        page.folded("The spec as it was read", *_spec(report, run)),
        *_skipped(report, prose),
        page.folded("How each figure was measured", *_methods(report)),
        *_single_values(report, run),
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
    if memory := drawable(host.memory_bytes):
        yield "memory", numbers.memory(memory)
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


def _spec(report: Report, run: str) -> list[str]:
    """Return the spec; of a very long one its beginning, and what is missing."""
    text = json.dumps(report.spec, indent=2, default=str, ensure_ascii=False)
    # Line by line: what is between the lines is ours.
    lines = text.split("\n")
    shown = list(_first(map(_indented, lines), _SPEC))
    parts = ["<pre>" + "\n".join(shown) + "</pre>"]
    if left := len(lines) - len(shown):
        parts.append(page.left_out(f"{left:,} more lines", run, "json"))
    return parts


def _first(lines: Iterable[str], letters: int) -> Iterator[str]:
    """Return lines until they have so many letters."""
    for line in lines:
        letters -= len(line)
        if letters < 0:
            return
        yield line


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
    said = ((_title(name), "<br>".join(_ways(list(ways)))) for name, ways in methods.items())
    return [page.definitions(said)]


def _ways(ways: Sequence[str]) -> list[str]:
    more = [f"and {len(ways) - _WAYS:,} more"] if len(ways) > _WAYS else []
    return [safe(way) for way in [*ways[:_WAYS], *more]]


def _title(name: str) -> str:
    return _VALUES[name][0] if name in _VALUES else name.replace("_", " ")


def _single_values(report: Report, run: str) -> list[str]:
    """Return the table of every value: a row for each setting, a column for each quantity."""
    known = [row for row in report.settings if any(row.values.values()) or row.confirming]
    names = list(dict.fromkeys(name for row in known for name in (*row.values, *row.confirming)))
    cells = [(row.id, *(_cell(name, row) for name in names)) for row in known]
    kept = _lightest(report, cells)
    if not kept:
        return []
    found = Table(
        headings=("setting", *(f"{_title(name)} ({_unit(name)})" for name in names)),
        rows=tuple(texts for texts in cells if texts[0] in kept),
    )
    caption = (
        "In the order of rounds; (n) stands before the value of round n where some are left out."
    )
    if any(row.confirming for row in known):
        caption += f" {_AFTER.capitalize()}: of rounds that were run then, for the gain alone."
    parts = [f'<div class="values">{page.table(found, caption)}</div>']
    if left := len(cells) - len(found.rows):
        parts.append(page.left_out(f"the values of {left:,} settings", run, "json"))
    return [page.folded("Every single value", *parts)]


def _lightest(report: Report, cells: Sequence[Sequence[str]]) -> set[str]:
    """Return the ids of as many rows of the table of values as a page can bear, best first."""
    sizes = {name: sum(map(len, (name, *texts))) for name, *texts in cells}
    kept, letters = set(), _TABLE
    for row in lightest(report, rows.ordered(report)):
        size = sizes.get(row.setting.id)
        if size is not None and size <= letters:
            kept.add(row.setting.id)
            letters -= size
    return kept


def _cell(name: str, row: SettingReport) -> str:
    """Return the values of a setting, those of the rounds run after the choice marked."""
    before, after = row.values.get(name, {}), row.confirming.get(name, {})
    counted = [number for one in before if (number := _number(one)) is not None]
    parts = [_line(name, before, 1)]
    if after:
        parts.append(f"{_AFTER}: {_line(name, after, max(counted, default=0) + 1)}")
    return "; ".join(filter(None, parts))


def _unit(name: str) -> str:
    return _VALUES[name][1] if name in _VALUES else name.rpartition("_")[2]


def _line(name: str, values: Mapping[str, float], expected: int) -> str:
    """Return values by round; one is named where it is not `expected`, or follows no other."""
    scale = 1e6 if name.endswith("_bytes") else 1.0
    words = []
    ordered = sorted((_number(key) is None, _number(key) or 0, key) for key in values)
    for is_odd, number, key in ordered:
        if is_odd or number != expected:
            words.append(f"({key})")
        words.append(numbers.three_digits(values[key] / scale))
        expected = number + 1
    return " ".join(words)


def _number(key: str) -> int | None:
    """Return the number of a round; a stored run may name one otherwise."""
    return int(key) if key.isascii() and key.isdecimal() and len(key) < _DIGITS else None
