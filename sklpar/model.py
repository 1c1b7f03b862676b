"""The domain types of sklpar: frozen, keyword-only dataclasses on the standard library alone.

Raw and aggregate are separate types: a `Sample` is what one trial gave, an `Estimate` is what
many say. Absence is a value with a reason (`Unavailable`), never 0 or an empty string. Names of
quantities end in their unit.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

SCHEMA_VERSION = 1

# --------------------------------------------------------------------------- the spec


@dataclass(frozen=True, kw_only=True)
class ObjectNode:
    """An object to be constructed: ``{class: RandomForestClassifier, n_estimators: 300}``.

    Attributes
    ----------
    path : str
        Short name of a public scikit-learn class, or a full import path.
    args, kwargs
        Constructor arguments, themselves nodes.
    where : tuple
        Keys that lead to this object in the spec, for error messages.
    """

    path: str
    args: tuple[Node, ...] = ()
    kwargs: Mapping[str, Node] = field(default_factory=dict)
    where: tuple[str | int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CallNode:
    """A value taken from the user's own code: ``{call: module:function}``."""

    target: str
    kwargs: Mapping[str, Node] = field(default_factory=dict)
    where: tuple[str | int, ...] = ()


# What a spec's estimator tree is made of once it is read: objects, calls, containers, scalars.
Node: TypeAlias = (
    "ObjectNode | CallNode | Mapping[Any, Node] | list[Node] | tuple[Node, ...]"
    " | str | int | float | bool | None"
)


@dataclass(frozen=True, kw_only=True)
class Caps:
    """A cap by library: threads for BLAS and for OpenMP, each per worker."""

    blas: int
    openmp: int


InnerThreads: TypeAlias = int | Literal["default"] | Caps


@dataclass(frozen=True, kw_only=True)
class DataSpec:
    """Where X and y come from: a key of ``SOURCES`` and that source's options."""

    source: str
    options: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class CallableSpec:
    """The user's own job: ``setup(**args)`` untimed, its result the one argument of ``fit``."""

    fit: str
    setup: str | None = None
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """The axes the user asked for; None is an axis that sklpar chooses."""

    n_jobs: tuple[int | Literal["all"], ...] | None = None
    backend: tuple[str, ...] | None = None
    inner_threads: tuple[InnerThreads, ...] | None = None
    params: Mapping[str, tuple[Node, ...]] | None = None


@dataclass(frozen=True, kw_only=True)
class Measure:
    """How long and how often to measure.

    Attributes
    ----------
    repeats : int
        Warm fits after the first, 0 or more.
    rounds : int
        Rounds of trials; a ceiling unless `exhaustive`.
    timeout_s : float or None
        Bound of one fit; None lets sklpar derive it from the best so far.
    budget_s : float or None
        Bound of the whole job; None is no bound.
    exhaustive : bool
        Every setting in every round: nothing pruned, capped or dropped.
    """

    repeats: int = 1
    rounds: int = 5
    timeout_s: float | None = None
    budget_s: float | None = None
    exhaustive: bool = False


@dataclass(frozen=True, kw_only=True)
class Objective:
    """What the recommendation minimizes, within which relative tie, and how a tie is broken."""

    minimize: Literal["first_fit", "fit", "cpu", "memory"] = "first_fit"
    within: float = 0.05
    then: tuple[Literal["first_fit", "fit", "cpu", "memory"], ...] = ("cpu", "memory")


@dataclass(frozen=True, kw_only=True)
class Spec:
    """A spec that has been read and found sound in shape (not yet built).

    Either `estimator` and `data`, or `callable`. `document` is the spec as plain JSON values (for
    the result document), `positions` maps key paths to 1-based (line, column), `text` and `file`
    are for error messages, `folder` is where relative paths and trusted modules are looked for.
    """

    file: str
    folder: str
    text: str
    document: Mapping[str, Any]
    positions: Mapping[tuple[str | int, ...], tuple[int, int]]
    name: str | None = None
    estimator: Node = None
    data: DataSpec | None = None
    callable: CallableSpec | None = None
    sweep: Sweep = field(default_factory=Sweep)
    measure: Measure = field(default_factory=Measure)
    objective: Objective = field(default_factory=Objective)
    memory_limit_bytes: int | None = None


# --------------------------------------------------------------------------- the plan


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One way to run the job: what is asked for, not yet what happened.

    The as-written setting has None for all three knobs; serial is sequential, 1 job, 1 thread.
    """

    kind: Literal["swept", "as-written", "serial"] = "swept"
    n_jobs: int | None = None
    backend: str | None = None
    inner_threads: InnerThreads | None = None
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Stable name, such as ``loky-j2-t1``: the same in every run and report."""
        if self.kind != "swept":
            return self.kind
        jobs = "" if self.n_jobs is None else f"-j{self.n_jobs}"
        threads = _threads_text(self.inner_threads)
        return f"{self.backend}{jobs}-t{threads}{_params_suffix(self.params)}"


def _threads_text(inner: InnerThreads | None) -> str:
    if isinstance(inner, Caps):
        return f"blas{inner.blas}-openmp{inner.openmp}"
    return str(inner)


def _params_suffix(params: Mapping[str, Any]) -> str:
    """Readable where values are short and plain (``-clf__n_jobs=1``), else a digest."""
    if not params:
        return ""
    names = [_short_path(path) for path in params]
    keys = names if len(set(names)) == len(names) else list(params)
    text = ",".join(f"{key}={value}" for key, value in zip(keys, params.values(), strict=True))
    if len(text) <= 32 and all(_is_plain(value) for value in params.values()):
        return f"-{text}"
    canonical = json.dumps(dict(params), sort_keys=True, default=repr)
    return f"-p{hashlib.sha256(canonical.encode()).hexdigest()[:6]}"


def _is_plain(value: Any) -> bool:
    """Tell whether a value's text is short of surprises and no other value's: not so of "1"."""
    if isinstance(value, str) and value in {"True", "False", "None"}:
        return False
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            float(value)
            return False
    return re.fullmatch(r"[\w.+-]+", str(value)) is not None


def _short_path(path: str) -> str:
    """Return the parameter's own name; of an n_jobs also whose it is, since there are several."""
    parts = path.split("__")
    return "__".join(parts[-2:]) if parts[-1] == "n_jobs" else parts[-1]


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A setting of the product that is not measured, and why.

    `same_as` is the id of the measured setting whose work is the very same, such as ``serial``;
    None where there is none: the setting cannot run, or is expected to be no better than another.
    """

    setting: Setting
    reason: str
    same_as: str | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The settings to measure and those left out, each with its reason."""

    settings: tuple[Setting, ...]
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Pool:
    """One native thread pool, as threadpoolctl sees it."""

    user_api: str
    internal_api: str
    num_threads: int
    version: str | None = None
    threading_layer: str | None = None
    library: str = ""


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What a child that imported scikit-learn found out about the job, without fitting it.

    Attributes
    ----------
    label : str
        Short description, such as ``GridSearchCV(LogisticRegression)``.
    n_jobs_paths : tuple of str
        set_params paths of the `n_jobs` knob: all of them at the smallest depth. Empty where the
        estimator has none, and for a callable.
    nested_n_jobs : mapping
        Deeper ``n_jobs`` paths that are set (not None), with their values as written.
    serial_params : mapping
        Every parameter that must be 1 for a serial run (n_jobs at any depth and the aliases of
        LightGBM and XGBoost), path to 1.
    n_jobs_as_written : mapping
        The value at each of `n_jobs_paths` before any setting is applied.
    tasks : int or None
        How many pieces of work the joblib call at the n_jobs level has, such as folds times
        candidates; None where that is not known without the data.
    opaque : bool
        True where a part is not scikit-learn's own, or a grid sets an ``n_jobs``: then what None
        means there, and what runs in parallel by itself, is not known.
    is_callable : bool
        True for ``callable:``: there ``parallel_config`` carries n_jobs.
    versions : mapping
        Versions of scikit-learn, joblib, numpy, scipy and whatever else the job imported.
    pools : tuple of Pool
        Native thread pools after the job's imports, in an uncapped process.
    """

    label: str
    n_jobs_paths: tuple[str, ...] = ()
    nested_n_jobs: Mapping[str, Any] = field(default_factory=dict)
    serial_params: Mapping[str, int] = field(default_factory=dict)
    n_jobs_as_written: Mapping[str, Any] = field(default_factory=dict)
    tasks: int | None = None
    opaque: bool = False
    is_callable: bool = False
    versions: Mapping[str, str] = field(default_factory=dict)
    pools: tuple[Pool, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One fresh process for one setting, of a first fit and `repeats` warm ones.

    Round 0 is the discarded one that warms the page cache; rounds beyond ``measure.rounds`` confirm
    the recommendation.
    """

    number: int
    round: int
    setting: Setting
    repeats: int = 0


@dataclass(frozen=True, kw_only=True)
class Bound:
    """How long a trial may take, in seconds; None is no bound.

    Attributes
    ----------
    first_s, warm_s : float or None
        Of the first fit, and of each later one.
    trial_s : float or None
        Of all of it: what is left of the budget.
    status : str
        What a trial is whose fit was stopped: beyond the timeout, or only too slow to be the best.
    why : str
        Where the fits' bounds come from, in words.
    timeout_s : float or None
        The user's own timeout, where the fits' bounds are shorter than that.
    """

    first_s: float | None = None
    warm_s: float | None = None
    trial_s: float | None = None
    status: Literal["timeout", "stopped_early"] = "timeout"
    why: str = ""
    timeout_s: float | None = None


# --------------------------------------------------------------------------- raw results


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One measured value and how it was measured; the unit is in the quantity's name."""

    value: float
    method: str


@dataclass(frozen=True, kw_only=True)
class Unavailable:
    """A value that could not be measured, and why; `at_least` where a bound of it is known."""

    unavailable: str
    at_least: float | None = None


Measured: TypeAlias = Reading | Unavailable


@dataclass(frozen=True, kw_only=True)
class Fit:
    """One timed fit: a key of ``QUANTITIES`` to its reading."""

    readings: Mapping[str, Measured]


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What ran, as against what was asked.

    processes and workers are peaks over the trial's fits (resource trackers aside); threads_peak
    and runnable_peak count threads of the whole tree; busy_threads those above 10% CPU.
    """

    processes: int | None = None
    workers: int | None = None
    threads_peak: int | None = None
    runnable_peak: int | None = None
    busy_threads: int | None = None
    pools: tuple[Pool, ...] = ()
    caps: Literal["verified", "unverified", "violated"] = "unverified"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the fitted job answers, so that settings can be held against `serial`.

    kind is ``labels`` or ``numbers`` for predictions, ``result`` for a callable. `values` is None
    where an earlier sample of the run already carries the values of the same digest.
    """

    kind: str
    digest: str
    values: tuple[Any, ...] | None = None
    scores: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What a trial gave that ran to its end."""

    status: Literal["ok", "not_as_requested"]
    trial: int
    round: int
    setting: str
    started_at: str
    trial_s: float
    fits: tuple[Fit, ...]
    observed: Observed
    resolved: Mapping[str, Any] = field(default_factory=dict)
    answer: Answer | None = None
    answer_unavailable: str | None = None
    warnings: Mapping[str, int] = field(default_factory=dict)
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A trial that did not run to its end: it failed, or was stopped.

    ``stopped_early`` is a censored observation and no fault of the job: the fit took longer than
    could still be best, so all that is known of it is `cut_off_s`, a lower bound.

    `fits` holds those it finished; `cut_off_s` is how long the one that was cut off had run,
    `cut_off_by` whether its own bound or the end of the budget did it, and `unfinished` what it
    had used by then.
    """

    status: Literal["failed", "timeout", "out_of_memory", "stopped_early"]
    trial: int
    round: int
    setting: str
    started_at: str
    trial_s: float
    reason: str
    cut_off_s: float | None = None
    cut_off_by: Literal["fit", "budget"] | None = None
    fits: tuple[Fit, ...] = ()
    unfinished: Fit | None = None
    observed: Observed | None = None
    resolved: Mapping[str, Any] = field(default_factory=dict)
    warnings: Mapping[str, int] = field(default_factory=dict)


Outcome: TypeAlias = Sample | Failure


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run as it stands: what was asked, on which machine, and every outcome so far."""

    run_id: str
    sklpar_version: str
    seed: int
    started_at: str
    spec: Spec
    host: Host
    plan: Plan
    inspection: Inspection
    outcomes: tuple[Outcome, ...] = ()
    finished_at: str | None = None
    status: Literal["complete", "interrupted", "partial"] = "partial"


# --------------------------------------------------------------------------- the report


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """An aggregate over trials: low and high are None where there are too few of them."""

    median: float
    low: float | None
    high: float | None
    n: int
    method: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One diagnosis: a stable rule id, the numbers that prove it, and the knob to turn."""

    rule: str
    severity: Literal["info", "warning", "error"]
    evidence: Mapping[str, Any]
    advice: str


Status: TypeAlias = Literal[
    "ok",
    "failed",
    "timeout",
    "out_of_memory",
    "not_as_requested",
    "differs",
    "stopped_early",
    "skipped",
]


@dataclass(frozen=True, kw_only=True)
class SettingReport:
    """One row of the result: what was asked, what was measured, what is concluded.

    `measures` maps the document's field (``first_fit_s``, ``cpu_s``, ...) to its estimate; in the
    document each is a field of its own with ``<name>_unavailable`` beside a null.
    """

    id: str
    n_jobs: int | None
    backend: str | None
    inner_threads: InnerThreads | None
    params: Mapping[str, Any]
    resolved: Mapping[str, Any]
    status: Status
    reason: str | None
    measures: Mapping[str, Estimate | Unavailable]
    observed: Observed | None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Speedup:
    """As-written over a setting, above 1 is faster; only `low` where as-written was cut off."""

    median: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """A setting that was not recommended, and why."""

    setting: str
    why: str


@dataclass(frozen=True, kw_only=True)
class BreakEven:
    """Where two settings change places: the one has the shorter first fit, the other warm ones.

    `setting` is the rival of the recommended one; from `fits` fits in one process on, the one with
    the shorter warm fit takes less time in total.
    """

    setting: str
    fits: int


@dataclass(frozen=True, kw_only=True)
class Recommendation:
    """The setting to run with, and why this one.

    `confirmed` counts the rounds that were run after the choice; where there are any, `speedup` is
    from them, so that the luck which made the choice does not count in the gain.
    """

    setting: str
    provisional: bool
    speedup: Speedup
    tied: tuple[str, ...]
    reasons: tuple[str, ...]
    rejected: tuple[Rejected, ...]
    confirmed: int = 0
    break_even: BreakEven | None = None


@dataclass(frozen=True, kw_only=True)
class ScalingPoint:
    """One n_jobs of a series: speedup and efficiency against the series' own n_jobs = 1."""

    n_jobs: int
    setting: str
    median_s: float
    speedup: float | None
    efficiency: float | None


@dataclass(frozen=True, kw_only=True)
class ScalingSeries:
    """Time against n_jobs with backend, cap and params held."""

    backend: str
    inner_threads: InnerThreads
    params: Mapping[str, Any]
    points: tuple[ScalingPoint, ...]


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """How time goes with n_jobs: one series for each backend and cap."""

    series: tuple[ScalingSeries, ...]


@dataclass(frozen=True, kw_only=True)
class Noise:
    """How still the machine was. level is the median relative spread of a setting over rounds."""

    level: float | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What the run cost, and what every setting in every round would have."""

    trials: int
    wall_s: float
    exhaustive_estimate_s: float | None


@dataclass(frozen=True, kw_only=True)
class Host:
    """The machine, as far as it decides what a measurement means."""

    cpu_model: str
    logical_cpus: int
    physical_cpus: int | None
    usable_cpus: int
    usable_cpus_source: str
    memory_bytes: int | None
    thread_pools: tuple[Pool, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Report:
    """The result document: everything that `show`, `emit` and a CI job read."""

    sklpar_version: str
    run_id: str
    name: str | None
    started_at: str
    finished_at: str | None
    status: Literal["complete", "interrupted", "partial"]
    spec: Mapping[str, Any]
    seed: int
    host: Host
    settings: tuple[SettingReport, ...]
    recommendation: Recommendation | None
    recommendation_unavailable: str | None
    scaling: Scaling
    noise: Noise
    cost: Cost
    schema_version: int = SCHEMA_VERSION

    def row(self, setting_id: str) -> SettingReport | None:
        """Return the row of that id, or None."""
        return next((row for row in self.settings if row.id == setting_id), None)
