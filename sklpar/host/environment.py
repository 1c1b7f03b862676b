"""What the environment's variables do to parallel scikit-learn, and those that do nothing.

What each library reads was found in its source and tried: joblib 1.6 with loky, libgomp, and the
OpenBLAS of the wheels of numpy and scipy. Several pieces of well-known advice are wrong, and the
findings say so.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping

from sklpar.host.fingerprint import relevant_environment
from sklpar.host.threads import THREAD_VARIABLES
from sklpar.host.variables import JUDGES, Severity, Verdict
from sklpar.model import Finding

RULE = "environment"

# Each has the same job, for one kind of library.
_MAIN = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_JOBLIB_READS = ("JOBLIB_MULTIPROCESSING", "JOBLIB_START_METHOD", "JOBLIB_TEMP_FOLDER")
_LOKY_READS = ("LOKY_MAX_CPU_COUNT", "LOKY_MAX_DEPTH", "LOKY_PICKLER")
_LONG = 60

# Read by nobody, though tutorials set them, and what does the job instead.
_INSTEAD = {
    "JOBLIB_NUM_THREADS": "set n_jobs= or parallel_config(n_jobs=...) for workers, and "
    "parallel_config('loky', inner_max_num_threads=...) for the threads in each",
    "JOBLIB_N_JOBS": "set n_jobs= of the estimator, or parallel_config(backend=..., n_jobs=...)",
    "JOBLIB_BACKEND": "use parallel_config(backend=...)",
    "JOBLIB_TIMEOUT": "joblib.Parallel(timeout=...) bounds a task; scikit-learn exposes no timeout",
}


def judge_environment(environ: Mapping[str, str], usable_cpus: int) -> tuple[Finding, ...]:
    """Judge the variables of an environment that steer parallelism, or are thought to.

    Parameters
    ----------
    environ : mapping
        Any environment; secrets and what does not concern parallelism are passed over.
    usable_cpus : int
        CPUs that the process may really use.

    Returns
    -------
    tuple of Finding
        Of rule ``environment``, worst first; the evidence holds `variable`, `value` and
        `usable_cpus`. Variables that share a fault and a value share a finding.
    """
    environ = relevant_environment(environ)
    found = [
        *_sizes(environ, usable_cpus),
        *_pinned(environ, usable_cpus),
        *_single(environ, usable_cpus),
        *_unread(environ),
    ]
    order = ("error", "warning", "info")
    return tuple(sorted(found, key=lambda finding: order.index(finding.severity)))


def _finding(
    severity: Severity, names: list[str], values: list[str], usable_cpus: int | None, advice: str
) -> Finding:
    evidence: dict[str, object] = {
        "variable": ", ".join(names),
        "value": ", ".join(_shown(value) for value in dict.fromkeys(values)),
    }
    if usable_cpus is not None:
        evidence["usable_cpus"] = usable_cpus
    return Finding(rule=RULE, severity=severity, evidence=evidence, advice=advice)


def _shown(value: str) -> str:
    return value if len(value) <= _LONG else f"{value[:_LONG]}..."


# --- how many threads a process starts


def threads_of(value: str) -> int | None:
    """Return the number of threads that a ``*_NUM_THREADS`` asks for, None where it is none.

    Of a list (``4,2``: nested regions) the first counts.
    """
    first = re.fullmatch(r"0*([1-9][0-9]{0,5})", value.partition(",")[0].strip())
    return int(first[1]) if first else None


def _sizes(environ: Mapping[str, str], usable_cpus: int) -> Iterator[Finding]:
    given = {name: environ[name] for name in THREAD_VARIABLES if name in environ}
    for value in dict.fromkeys(given.values()):
        names = [name for name in given if given[name] == value]
        verdict = _judge_size(names, value, usable_cpus)
        if verdict is not None:
            yield _finding(verdict[0], names, [value], usable_cpus, verdict[1])
    counts = {name: threads_of(given[name]) for name in _MAIN if name in given}
    if len({count for count in counts.values() if count}) > 1:
        names = [name for name, count in counts.items() if count]
        yield _conflict(names, [given[name] for name in names], usable_cpus)
    if given and usable_cpus > 1 and all(threads_of(value) == 1 for value in given.values()):
        left = [name for name in _MAIN if name not in given]
        if left:
            yield _partly(list(given), left, usable_cpus)


def _judge_size(names: list[str], value: str, cpus: int) -> Verdict:
    listed, shown = ", ".join(names), _shown(value)
    what = f"{listed}={shown}" if len(names) == 1 else f"{listed} (each {shown})"
    count = threads_of(value)
    if count is None:
        fault = "no whole number of 1 or more" if value.strip() else "set, but empty"
        return "warning", (
            f"{what}: {fault}; the libraries fall back to a thread for each CPU, and as loky takes "
            "the variable for set, those of its workers do so too; unset it, or set a number"
        )
    if count > cpus == 1:
        return "warning", f"{what} asks for {count} threads on 1 usable CPU; unset it, or set 1"
    if count >= cpus > 1:
        return "warning", (
            f"{what} switches off what joblib does against too many threads: loky leaves a "
            f"variable that is set alone, so {cpus} workers run up to {cpus * count} threads on "
            f"{cpus} usable CPUs; unset it (loky then gives each worker its share of the CPUs), "
            "or set it to 1 where n_jobs is above 1"
        )
    if count > 1:
        return "info", (
            f"{what} holds in every worker too, instead of its share of the CPUs: "
            f"with {count} threads each, keep n_jobs at {cpus // count} or less"
        )
    return None


def _conflict(names: list[str], values: list[str], usable_cpus: int) -> Finding:
    pairs = ", ".join(f"{name}={_shown(v)}" for name, v in zip(names, values, strict=True))
    advice = (
        f"{pairs}: each library goes by its own variable, so the pools differ in size (BLAS "
        "follows OMP_NUM_THREADS only where its own is not set); make them equal unless it is meant"
    )
    return _finding("info", names, values, usable_cpus, advice)


def _partly(names: list[str], left: list[str], usable_cpus: int) -> Finding:
    here = f"{usable_cpus // 2} for n_jobs=2 on {usable_cpus} CPUs"
    outside = "" if "OMP_NUM_THREADS" in names else "; OpenMP is not capped outside of workers"
    advice = (
        f"{', '.join(names)}=1 leaves {', '.join(left)} to loky, which sets them in its workers to "
        f"cpu_count // n_jobs ({here}), not to 1 as tutorials say{outside}; set all three to 1"
    )
    return _finding("info", names, ["1"], usable_cpus, advice)


# --- threads that are pinned


def _pinned(environ: Mapping[str, str], usable_cpus: int) -> Iterator[Finding]:
    """Tell of a libgomp that binds the thread which loads it, by that the whole process.

    Any of the three does it; OMP_PROC_BIND=false switches the others off.
    """
    bind = environ.get("OMP_PROC_BIND", "").strip().lower()
    if usable_cpus == 1 or bind == "false":
        return
    names = [
        name
        for name in ("OMP_PROC_BIND", "OMP_PLACES", "GOMP_CPU_AFFINITY")
        if environ.get(name, "").strip()
    ]
    if names:
        values = [environ[name] for name in names]
        pairs = ", ".join(f"{name}={_shown(environ[name])}" for name in names)
        advice = (
            f"{pairs}: GNU's OpenMP then pins a process to its first place as soon as scikit-learn "
            "is imported, mostly one core: joblib counts 1 CPU from then on (n_jobs=-1 is 1), and "
            "workers are all pinned to the same core; unset it for parallel scikit-learn"
        )
        yield _finding("warning", names, values, usable_cpus, advice)


# --- variables judged one by one


def _single(environ: Mapping[str, str], usable_cpus: int) -> Iterator[Finding]:
    for name, judge in JUDGES.items():
        if name in environ:
            verdict = judge(environ[name].strip(), usable_cpus)
            if verdict is not None:
                advice = f"{name}={_shown(environ[name])}: {verdict[1]}"
                yield _finding(verdict[0], [name], [environ[name]], usable_cpus, advice)


# --- variables that nobody reads


def _unread(environ: Mapping[str, str]) -> Iterator[Finding]:
    for name, value in environ.items():
        verdict = _judge_name(name)
        if verdict is not None:
            yield _finding(verdict[0], [name], [value], None, verdict[1])


def _judge_name(name: str) -> Verdict:
    if name in _INSTEAD:
        advice = f"tutorials set {name}, but joblib does not read it: {_INSTEAD[name]}"
        return "warning", advice
    for prefix, reader, known in (
        ("JOBLIB_", "joblib", _JOBLIB_READS),
        ("LOKY_", "loky", _LOKY_READS),
    ):
        if name.startswith(prefix) and name not in known:
            return "info", (
                f"{reader} does not read {name}, at most a plug-in does; it reads "
                f"{', '.join(known)}"
            )
    meant = difflib.get_close_matches(name, THREAD_VARIABLES, n=1, cutoff=0.9)
    if meant and name not in THREAD_VARIABLES:
        return "warning", f"nothing reads {name}: {meant[0]} is probably meant"
    return None
