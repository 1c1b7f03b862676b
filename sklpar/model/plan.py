"""What is to be measured: settings, and those left out; what the job is made of."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sklpar.model.host import Pool
from sklpar.model.layers import Layer, Part
from sklpar.model.spec import Caps, InnerThreads


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
        threads = threads_text(self.inner_threads)
        return f"{self.backend}{jobs}-t{threads}{_params_suffix(self.params)}"


def threads_text(inner: InnerThreads | None) -> str:
    """Return a cap as ids have it: ``1``, ``default``, ``blas1-openmp2``."""
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
    layers : tuple of Layer
        Every place where the job may run in parallel, outermost first; empty for a callable.
    parts : tuple of Part
        What the estimator is made of, outermost first; empty for a callable.
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
    layers: tuple[Layer, ...] = ()
    parts: tuple[Part, ...] = ()

    @property
    def repeated_n_jobs(self) -> tuple[str, ...]:
        """Parameters whose value also goes to calls within the workers of its own call.

        A stack hands its n_jobs to the cross-validation that each of its workers does.
        """
        depths: dict[str, set[int]] = {}
        for layer in self.layers:
            by_parameter = layer.kind == "joblib" and layer.n_jobs_from == "parameter"
            if by_parameter and layer.parameter and "fit" in layer.methods and not layer.ignored:
                depths.setdefault(layer.parameter, set()).add(layer.depth)
        return tuple(path for path, found in depths.items() if len(found) > 1)


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
