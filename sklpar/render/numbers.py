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
    "inflation_to_serial": lambda factor: f"{ratio(factor)} the CPU of serial",
    "slowdown_to_serial": lambda factor: f"{ratio(factor)} the time of serial",
    "cpus_used": lambda n: f"{three_digits(n)} CPUs busy",
    "idle_share": lambda share: f"{three_digits(share * 100)}% of the CPUs' time without a task",
    "wall_s": lambda value: f"in a fit of {seconds(value)}",
    "throttled_s": lambda value: f"held for {seconds(value)} by a quota",
    "handing_out_cpu_s": lambda value: f"{seconds(value)} of the caller's CPU",
    "taking_in_cpu_s": lambda value: f"{seconds(value)} more of the workers' than serial needs",
    "serial_s": lambda value: f"{seconds(value)} alone",
    "amdahl_bound": lambda factor: f"at most {ratio(factor)} as fast with any number of workers",
    "serial_first_fit_s": lambda value: f"serial's first fit {seconds(value)}",
    "first_fit_s": lambda value: f"first fit {seconds(value)}",
    "fit_s": lambda value: f"warm fit {seconds(value)}",
    "first_trial_s": lambda value: f"first fit of the first trial {seconds(value)}",
    "later_trials_s": lambda value: f"of later ones {seconds(value)} at most",
    "serial_memory_bytes": lambda value: f"serial's {memory(value)}",
    "worker_count": lambda n: f"{n} workers",
    "per_worker_bytes": lambda value: f"{memory(value)} more for each worker",
    "mapped_from_bytes": lambda value: f"mapped from {memory(value)} on",
    "free_bytes": lambda value: f"{memory(value)} free",
    "sampled_rows": lambda n: f"a sample of {n} rows",
    "cap": lambda n: f"a cap of {n}",
    "busy_threads": lambda n: f"{n} threads busy",
    "process_count": lambda n: f"in {n} process{'' if n == 1 else 'es'}",
    "pool_threads": lambda n: f"a pool of {n}",
    "stopped_after_s": lambda value: f"stopped after {seconds(value)}",
    "hanging_cpu_s": lambda value: f"{seconds(value)} of CPU meanwhile",
    "fits_that_ended": lambda n: f"{n} fit{'' if n == 1 else 's'} ended",
    "nan_scores": lambda n: f"{n} scores are nan",
    "score_count": lambda n: f"of {n}",
    "outside_cpus": lambda n: f"{three_digits(n)} CPUs on average",
    "stolen_share": lambda share: f"{three_digits(share * 100)}% of the CPU time asked for",
    "machine_slowdown": lambda factor: f"{ratio(factor)} the time for the same work",
    "noise_level": lambda level: f"it varies by {three_digits(level * 100)}%",
}
# What a short text tells of, if there is any.
_COSTS = ("slowdown", "slowdown_to_serial", "cpu_inflation", "inflation_to_serial")
# What only spells out other evidence, or the advice: it is in the document.
_DETAILS = frozenset(
    {
        "fit",
        "runnable_peak",
        "run_queue_wait_s",
        "cpu_s",
        "outside_cpu_s",
        "axis",
        "pairs",
        "reference",
        "disturbed_rounds",
        "void_rounds",
        "seen_by",
        "swapped_trials",
        "noisy_trials",
        "counted_trials",
        "slower_settings",
        "compared_settings",
        "tied_within",
        "hidden_difference",
        "workers",
        "nested_workers",
        "native_threads",
        "fewer_threads_gain",
        "fewer_workers_gain",
        "serial_cpu_s",
        "serial_share",
        "tasks",
        "tail_idle_s",
        "cause",
        "limit",
        "error",
        "folder",
        "parameter",
        "memory_room_bytes",
        "first_fit_cpu_s",
        "fit_cpu_s",
        "first_trial_cpu_s",
        "later_trials",
        "fits_before",
        "openmp_of",
    }
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


def evidence(found: Mapping[str, object], *, most: int | None = None) -> str:
    """Return a finding's evidence in words, the details left out: ``2 usable CPUs, 28.3x ...``.

    Parameters
    ----------
    most : int, optional
        How many pieces at most; of evidence that tells of the cost these pieces alone.
    """
    names = [name for name, value in found.items() if value is not None and name not in _DETAILS]
    if most is not None:
        names = ([name for name in _COSTS if name in names] or names)[:most]
    return ", ".join(_piece(name, found[name]) for name in names)


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
