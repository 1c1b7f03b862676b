"""The values of a spec that are not an estimator's: durations, sizes, counts, axes."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Literal

from sklpar.model import Caps, InnerThreads
from sklpar.sources.suggest import did_you_mean, one_of

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_COUNT = 4096  # workers or threads: beyond it a machine is hurt, not measured
MAX_SECONDS = 1e8
MAX_BYTES = 2**60

_DURATION = re.compile(
    r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s?)?", re.ASCII
)
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([kmgt]i?)?b", re.ASCII | re.IGNORECASE)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?) ?%", re.ASCII)
_POWERS = "kmgt"


class WrongValueError(ValueError):
    """A value that is not what its key wants; `remedy` is the next step."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


def shown(value: object) -> str:
    """Return a value as an error message shows it, never longer than a line."""
    try:
        text = repr(value)
    except ValueError:  # an int of more digits than Python prints
        return "a huge number"
    return text if len(text) <= 60 else f"{text[:57]}..."


def duration_s(value: object) -> float:
    """Read ``120s``, ``5m``, ``1h30m``, ``2.5`` or a plain number of seconds."""
    seconds = _number(value)
    plain = value.strip() if isinstance(value, str) else ""
    if plain and (found := _DURATION.fullmatch(plain)):
        hours, minutes, rest = (float(part or 0) for part in found.groups())
        seconds = 3600 * hours + 60 * minutes + rest
    if seconds is None:
        message = f"expected a duration, got {shown(value)}"
        raise WrongValueError(message, "write seconds, or 120s, 5m, 1h30m")
    if not 0 < seconds <= MAX_SECONDS:
        raise WrongValueError(f"a duration must be positive and finite, got {shown(value)}")
    return float(seconds)


def size_bytes(value: object) -> int:
    """Read ``4GB``, ``512MiB`` or a plain number of bytes."""
    size: float | None = None
    if isinstance(value, int) and not isinstance(value, bool):
        size = value
    elif isinstance(value, str) and (found := _SIZE.fullmatch(value.strip())):
        unit = (found[2] or "").lower()
        base = 1024 if unit.endswith("i") else 1000
        size = float(found[1]) * base ** (_POWERS.index(unit[0]) + 1 if unit else 0)
    if size is None:
        message = f"expected a size, got {shown(value)}"
        raise WrongValueError(message, "write bytes as a whole number, or 512MiB, 4GB")
    if not 1 <= size <= MAX_BYTES:
        raise WrongValueError(f"a size must be positive and real, got {shown(value)}")
    return int(size)


def share(value: object) -> float:
    """Read ``5%`` or 0.05."""
    part = _number(value)
    if part is None and isinstance(value, str) and (found := _PERCENT.fullmatch(value.strip())):
        part = float(found[1]) / 100
    if part is None:
        message = f"expected a percentage, got {shown(value)}"
        raise WrongValueError(message, "write 5% or 0.05")
    if not 0 <= part < 1:
        remedy = f"did you mean {part:g}%?" if 1 <= part < 100 else "write 5% or 0.05"
        raise WrongValueError(f"must be from 0 to under 100%, got {shown(value)}", remedy)
    return part


def whole(least: int, most: int) -> Callable[[object], int]:
    """Return a reader of whole numbers from `least` to `most`."""

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise WrongValueError(f"expected a whole number, got {shown(value)}")
        if not least <= value <= most:
            raise WrongValueError(f"must be from {least} to {most}, got {shown(value)}")
        return value

    return read


def flag(value: object) -> bool:
    """Read true or false."""
    if isinstance(value, bool):
        return value
    raise WrongValueError(f"expected true or false, got {shown(value)}")


def text(value: object) -> str:
    """Read a line of text."""
    if not isinstance(value, str):
        raise WrongValueError(f"expected text, got {shown(value)}", "put it in quotes")
    if not value.strip() or "\n" in value or len(value) > 200:
        raise WrongValueError("expected one line of 1 to 200 characters")
    return value


def one_name(options: tuple[str, ...], what: str) -> Callable[[object], str]:
    """Return a reader of one of `options`."""

    def read(value: object) -> str:
        if isinstance(value, str) and value in options:
            return value
        remedy = did_you_mean(value, options, otherwise=one_of(options))
        raise WrongValueError(f"{shown(value)} is not {what}", remedy)

    return read


def n_jobs(value: object) -> int | Literal["all"]:
    """Read one value of the n_jobs axis; -1 is ``all``, other negatives are joblib's."""
    if value in ("all", -1) and not isinstance(value, bool | float):
        return "all"
    remedy = "write whole numbers other than 0, or all"
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongValueError(f"expected a number of workers, got {shown(value)}", remedy)
    if value == 0 or abs(value) > MAX_COUNT:
        raise WrongValueError(f"n_jobs cannot be {shown(value)}", remedy)
    return value


def inner_threads(value: object) -> InnerThreads:
    """Read one cap: a number, ``default``, or ``{blas: n, openmp: n}``."""
    if value == "default":
        return "default"
    count = whole(1, MAX_COUNT)
    if isinstance(value, dict):
        keys = ("blas", "openmp")
        for key in value:
            if key not in keys:
                remedy = did_you_mean(key, keys, otherwise=one_of(keys))
                raise WrongValueError(f"unknown library {shown(key)} in a cap", remedy)
        if missing := [key for key in keys if key not in value]:
            message = f"a cap by library names both, {missing[0]!r} is missing"
            raise WrongValueError(message, "write {blas: 1, openmp: 2}")
        return Caps(blas=count(value["blas"]), openmp=count(value["openmp"]))
    if isinstance(value, bool) or not isinstance(value, int):
        remedy = "write whole numbers, default, or {blas: 1, openmp: 2}"
        raise WrongValueError(f"expected a number of threads, got {shown(value)}", remedy)
    return count(value)


def _number(value: object) -> float | None:
    """Return a finite number, or None where the value is no number at all."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int) and abs(value) > 1e18:
        return math.inf
    return math.nan if math.isnan(value) else float(value)
