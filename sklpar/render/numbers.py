"""Numbers as a reader wants them: at least three significant digits, and their unit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sklpar.render.plain import DASH, TIMES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Evidence of the rules as one would say it; any other is said by its name.
_PHRASES: Mapping[str, Callable[[float], str]] = {
    "usable_cpus": lambda n: f"{n} usable CPU{'' if n == 1 else 's'}",
    "runnable_mean": lambda n: f"{three_digits(n)} threads wanted one on average",
    "run_queue_wait_share": lambda share: f"{three_digits(share * 100)}% of that time waiting",
    "cpu_inflation": lambda factor: f"{ratio(factor)} the least CPU",
    "slowdown": lambda factor: f"{ratio(factor)} the best time",
    "outside_cpus": lambda n: f"{three_digits(n)} CPUs on average",
}
# What only spells out other evidence, or the advice: it is in the document.
_DETAILS = frozenset(
    {"runnable_peak", "run_queue_wait_s", "cpu_s", "outside_cpu_s", "axis", "pairs", "reference"}
)


def three_digits(value: float) -> str:
    """Return `value` with at least three significant digits: 0.000812, 0.320, 12.4, 1234."""
    if value == 0:
        return "0"
    if not math.isfinite(value) or not 1e-9 <= abs(value) < 1e15:
        return f"{value:.2e}"
    # Rounded first: 9.996 is 10.0, with one decimal and not two.
    exponent = math.floor(math.log10(abs(float(f"{value:.2e}"))))
    return f"{value:.{max(0, 2 - exponent)}f}"


def seconds(value: float) -> str:
    """Return a duration, such as ``12.4 s``."""
    return f"{three_digits(value)} s"


def memory(value: float) -> str:
    """Return an amount of bytes in decimal units, such as ``812 MB``."""
    unit, name = (1e9, "GB") if value >= 999.5e6 else (1e6, "MB")
    return f"{three_digits(value / unit)} {name}"


def ratio(value: float) -> str:
    """Return a factor, its multiplication sign with it."""
    return f"{three_digits(value)}{TIMES}"


def span(low: float, high: float) -> str:
    """Return an interval without its unit, low to high."""
    return f"{three_digits(low)}{DASH}{three_digits(high)}"


def evidence(found: Mapping[str, object]) -> str:
    """Return a finding's evidence in words, the details left out: ``2 usable CPUs, 28.3x ...``."""
    return ", ".join(
        _piece(name, value)
        for name, value in found.items()
        if value is not None and name not in _DETAILS
    )


def _piece(name: str, value: object) -> str:
    """Return one piece; its unit is read off the end of the name, as everywhere in the document."""
    words = name.replace("_", " ")
    if name in _PHRASES and isinstance(value, int | float):
        return _PHRASES[name](value)
    if isinstance(value, bool):
        return words if value else f"not {words}"
    if not isinstance(value, int | float):
        return f"{words} {value}"
    if name.endswith("_s"):
        return f"{words[:-2]} {seconds(value)}"
    if name.endswith("_bytes"):
        return f"{words[:-6]} {memory(value)}"
    return f"{words} {three_digits(value) if isinstance(value, float) else value}"
