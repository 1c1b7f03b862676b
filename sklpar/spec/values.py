"""The values of a spec that are not an estimator's: durations, sizes, counts, axes."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Literal, get_args

from sklpar import __version__
from sklpar.errors import UsageError
from sklpar.model import Caps, InnerThreads, Metric
from sklpar.sources.suggest import did_you_mean, one_of

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = 1
METRICS: tuple[str, ...] = get_args(Metric)
MAX_COUNT = 4096  # workers or threads: beyond it a machine is hurt, not measured
MAX_SECONDS = 1e8
MAX_BYTES = 2**60
MAX_WORSENING = 10.0
MAX_SPEEDUP = 10_000

_DURATION = re.compile(
    r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s?)?", re.ASCII
)
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([kmgt]i?)?b", re.ASCII | re.IGNORECASE)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?) ?%", re.ASCII)
_FACTOR = re.compile(r"(\d+(?:\.\d+)?) ?x?", re.ASCII)
_PLAIN_NUMBER = re.compile(r"\d*\.?\d+", re.ASCII)
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


def version(value: object) -> int:
    """Read the version of a file's grammar."""
    if value == VERSION and type(value) is int:
        return VERSION
    reads = f"sklpar {__version__} reads version {VERSION}"
    if type(value) is int and value > VERSION:
        raise WrongValueError(f"{reads}, this file is version {value}", "upgrade sklpar")
    raise WrongValueError(f"{reads}, got {shown(value)}", f"write version: {VERSION}")


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


def worsening(value: object) -> float:
    """Read by how much something may be worse: ``10%``, ``150%``, or a number under 1."""
    if isinstance(value, str) and (found := _PERCENT.fullmatch(value.strip())):
        part = float(found[1]) / 100
        if part > MAX_WORSENING:
            raise WrongValueError(f"must be at most {MAX_WORSENING:.0%}, got {shown(value)}")
        return part
    number = _number(value)
    if number is None:
        raise WrongValueError(f"expected a percentage, got {shown(value)}", "write 10% or 0.1")
    if not 0 <= number < 1:
        meant = 1 <= number <= 100 * MAX_WORSENING
        raise WrongValueError(
            f"a number must be from 0 to under 1, got {shown(value)}",
            f"did you mean {number:g}%?" if meant else "write 10% or 0.1",
        )
    return number


def threshold(value: object) -> float | None:
    """Read by how much a metric may be worse; None is ``ignore``: it is not guarded."""
    if value == "ignore":
        return None
    try:
        return worsening(value)
    except WrongValueError as wrong:
        remedy = wrong.remedy.replace("write 10% or 0.1", "write 10%, 0.1 or ignore")
        raise WrongValueError(str(wrong), remedy) from None


def speedup(value: object) -> float:
    """Read ``1.5`` or ``1.5x``."""
    factor = _number(value)
    if isinstance(value, str) and (found := _FACTOR.fullmatch(value.strip())):
        factor = float(found[1])
    if factor is None:
        raise WrongValueError(f"expected a speedup, got {shown(value)}", "write 1.5 or 1.5x")
    if not 0 < factor <= MAX_SPEEDUP:
        message = f"a speedup must be above 0 and at most {MAX_SPEEDUP}, got {shown(value)}"
        raise WrongValueError(message, "1.0 is as fast as as-written")
    return factor


def parse_threshold(text: str) -> tuple[str | None, str | None, float | None]:
    """Read ``[SETTING:][METRIC=]10%`` of the command line.

    Returns
    -------
    setting, metric : str or None
        None where the flag does not name one.
    threshold : float or None
        None is ``ignore``.

    Raises
    ------
    UsageError
        It is of another form, or names a metric that there is not.
    """
    # Ids may hold equals signs (threading-j2-t1-clf__n_jobs=1), but no colons.
    setting, colon, rest = text.rpartition(":")
    metric, equals, limit = rest.rpartition("=")
    setting, metric, limit = setting.strip(), metric.strip(), limit.strip()
    try:
        if colon and not setting:
            raise WrongValueError("there is no setting before the colon")
        if setting in METRICS and not equals:
            raise WrongValueError(f"{setting} is a metric", f"write {setting}={limit}")
        if equals and metric not in METRICS:
            setting_hint = f"; for a setting write {metric}:{limit}" if metric else ""
            remedy = did_you_mean(metric, METRICS, otherwise=one_of(METRICS) + setting_hint)
            raise WrongValueError(f"{shown(metric)} is not a metric", remedy)
        is_number = _PLAIN_NUMBER.fullmatch(limit)
        value = threshold(float(limit) if is_number else limit)
        if value is None and not colon and not equals:
            raise WrongValueError("nothing would be guarded", "write memory=ignore, for example")
    except WrongValueError as wrong:
        raise UsageError(f"--threshold {shown(text)}: {wrong}", remedy=wrong.remedy) from None
    return setting or None, metric or None, value


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


def resolved_n_jobs(value: int | Literal["all"], usable_cpus: int) -> int:
    """Return the workers that are meant: ``all`` the usable CPUs, -2 one less, as joblib counts."""
    if value == "all":
        return usable_cpus
    return value if value > 0 else max(usable_cpus + 1 + value, 1)


def _number(value: object) -> float | None:
    """Return a finite number, or None where the value is no number at all."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int) and abs(value) > 1e18:
        return math.inf
    return math.nan if math.isnan(value) else float(value)
