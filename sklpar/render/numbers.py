"""Numbers as a reader wants them: at least three significant digits, and their unit."""

from __future__ import annotations

import math

from sklpar.render.plain import DASH, TIMES


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


def evidence(name: str, value: object) -> str:
    """Return one piece of a finding's evidence in words: ``run queue wait 1.20 s``.

    The unit is read off the end of the name, as everywhere in the document.
    """
    words = name.replace("_", " ")
    if isinstance(value, bool):
        return words if value else f"not {words}"
    if not isinstance(value, int | float):
        return f"{words} {value}"
    if name.endswith("_s"):
        return f"{words[:-2]} {seconds(value)}"
    if name.endswith("_bytes"):
        return f"{words[:-6]} {memory(value)}"
    return f"{words} {three_digits(value) if isinstance(value, float) else value}"
