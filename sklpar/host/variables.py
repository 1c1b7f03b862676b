"""Variables of the environment that are judged one by one, each by a function of its value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["info", "warning", "error"]
# What is to be said of a variable; the finding begins with its name and value.
Verdict: TypeAlias = tuple[Severity, str] | None

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


def _whole(value: str) -> int | None:
    try:
        return int(value)
    except ValueError:
        return None


def _max_cpu_count(value: str, cpus: int) -> Verdict:
    count = _whole(value)
    if count is None:
        return "error", "not a whole number: joblib raises ValueError whenever it counts CPUs"
    if count < 1:
        return "warning", "joblib takes this for 1 CPU; set the number you mean, or unset it"
    if count > cpus:
        return "info", (
            f"it can only lower the count: {cpus} of the CPUs are usable, and joblib never counts "
            "more than its own limits allow; to have more workers than CPUs, name n_jobs"
        )
    return None


def _max_depth(value: str, _: int) -> Verdict:
    return None if _whole(value) is not None else ("error", "not a whole number: joblib fails")


def _multiprocessing(value: str, _: int) -> Verdict:
    number = _whole(value)
    if number is None:
        return "error", "not 0 or 1: importing joblib, and by that scikit-learn, raises ValueError"
    if number == 0:
        return "warning", (
            "joblib starts no process and counts 1 CPU, so n_jobs=-1 is one job; "
            "unset it to work in parallel"
        )
    return None


def _temp_folder(value: str, _: int) -> Verdict:
    if value:
        return None
    return "warning", (
        "set, but empty: joblib puts its memory maps into the current folder; unset it, or name one"
    )


def _start_method(value: str, _: int) -> Verdict:
    if not value:
        return None
    if value not in {"fork", "spawn", "forkserver", "loky"}:
        return "error", "no start method of this name: importing joblib raises ValueError"
    return "info", (
        "it holds for backend='multiprocessing' alone; the default backend, loky, starts its "
        "workers its own way whatever it says"
    )


def _wait_policy(value: str, _: int) -> Verdict:
    if value.lower() != "active":
        return None
    return "warning", (
        "idle OpenMP threads spin instead of sleeping, and take the CPUs from BLAS and from other "
        "workers; unset it"
    )


def _spin(value: str, _: int) -> Verdict:
    if value.lower() not in {"infinite", "infinity"}:
        return None
    return "warning", "idle OpenMP threads never stop spinning and take the CPUs from others"


def _kmp_affinity(value: str, cpus: int) -> Verdict:
    if cpus == 1 or not value or {"none", "disabled"} & set(value.lower().split(",")):
        return None
    return "info", (
        "only Intel's and LLVM's OpenMP read it (scikit-learn's wheels for Linux bring GNU's); "
        "each process that loads one binds its threads from the first core on, all workers alike"
    )


def _thread_limit(value: str, cpus: int) -> Verdict:
    count = _whole(value)
    if count is None or not 0 < count < cpus:
        return None
    return "info", (
        f"no OpenMP region has more than {count} thread{'' if count == 1 else 's'}, whatever is "
        "asked, and threadpoolctl does not show it; BLAS with threads of its own is not limited"
    )


def _dynamic(value: str, _: int) -> Verdict:
    if value.lower() not in _TRUE:
        return None
    return "info", (
        "GNU's OpenMP then takes fewer threads when the 15-minute load average is high, so the "
        "same fit runs with different threads at different times; unset it to measure"
    )


def _mkl_layer(value: str, _: int) -> Verdict:
    if value.upper() != "SEQUENTIAL":
        return None
    return "info", "MKL, where it is the BLAS, uses one thread whatever MKL_NUM_THREADS says"


def _duplicate_lib(value: str, _: int) -> Verdict:
    if value.lower() in {"", *_FALSE}:
        return None
    return "warning", (
        "it silences the error about two OpenMP runtimes in one process and cures nothing: they "
        "may crash, or give wrong results; install packages that share one runtime (all from "
        "conda-forge, or all wheels), and unset it"
    )


JUDGES: Mapping[str, Callable[[str, int], Verdict]] = {
    "LOKY_MAX_CPU_COUNT": _max_cpu_count,
    "LOKY_MAX_DEPTH": _max_depth,
    "JOBLIB_MULTIPROCESSING": _multiprocessing,
    "JOBLIB_START_METHOD": _start_method,
    "JOBLIB_TEMP_FOLDER": _temp_folder,
    "OMP_WAIT_POLICY": _wait_policy,
    "KMP_BLOCKTIME": _spin,
    "GOMP_SPINCOUNT": _spin,
    "KMP_AFFINITY": _kmp_affinity,
    "OMP_THREAD_LIMIT": _thread_limit,
    "OMP_DYNAMIC": _dynamic,
    "MKL_THREADING_LAYER": _mkl_layer,
    "KMP_DUPLICATE_LIB_OK": _duplicate_lib,
}
