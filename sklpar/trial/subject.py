"""What is fitted: an estimator with its data, or the user's own callable."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol

from sklpar.model import DataFacts, Setting
from sklpar.spec.build import build_callable, build_estimator, build_value, load_data
from sklpar.spec.job import Job
from sklpar.spec.node_codec import plain_node
from sklpar.trial.answer import answer_of_estimator, answer_of_result
from sklpar.trial.content import data_facts, state_facts
from sklpar.trial.order import Order
from sklpar.trial.size import data_bytes


class Subject(Protocol):
    """One job, built and with its setting applied, ready to be fitted any number of times."""

    # n_jobs that parallel_config has to carry; None where the estimator carries its own.
    config_n_jobs: int | None
    resolved: dict[str, Any]
    # Workers that the job may have at each depth, outermost first, from its own parameters.
    jobs_by_depth: list[int]
    # Size of X in memory; None where there is no X, or none that tells its size.
    data_bytes: int | None
    # What tells its data from others; None where they are of no kind that can be read.
    data: DataFacts | None

    def prepare(self) -> Callable[[], Any]:
        """Return the call to be timed; whatever it needs is made here, untimed."""

    def answer(self, fitted: Any) -> dict[str, Any]:
        """Return what the fitted job answers, for the same-answer check."""


class EstimatorSubject:
    """``clone(estimator).fit(X, y)``."""

    config_n_jobs: int | None = None

    def __init__(self, job: Job, order: Order) -> None:
        estimator = build_estimator(job)
        data = load_data(job)
        self.resolved = apply_setting(estimator, order, job)
        self.jobs_by_depth = jobs_by_depth(estimator, order.repeated_n_jobs)
        self.data_bytes = data_bytes(data.X)
        self.data = data_facts(data.X, data.y, data.groups)
        self._estimator = estimator
        self._data = data

    def prepare(self) -> Callable[[], Any]:
        """Clone untimed, so that no fit starts from what an earlier one learnt."""
        from sklearn.base import clone

        fresh = clone(self._estimator)
        data = self._data
        options = {} if data.groups is None else {"groups": data.groups}
        if data.y is None:
            return lambda: fresh.fit(data.X, **options)
        return lambda: fresh.fit(data.X, data.y, **options)

    def answer(self, fitted: Any) -> dict[str, Any]:
        """Predictions on at most 1,000 rows and a search's scores."""
        return answer_of_estimator(fitted, self._data.X)


class CallableSubject:
    """``fit(setup(**args))``; parallel_config around it carries n_jobs."""

    data_bytes: int | None = None

    def __init__(self, job: Job, order: Order) -> None:
        setup, fit, args = build_callable(job)
        self._fit = fit
        self._state = setup(**args) if setup else None
        self.data = state_facts(self._state)
        self._takes_state = setup is not None
        self._args = args
        n_jobs = order.setting.n_jobs
        self.config_n_jobs = n_jobs
        self.resolved: dict[str, Any] = {}
        self.jobs_by_depth = [] if n_jobs is None else [n_jobs]

    def prepare(self) -> Callable[[], Any]:
        """Without a setup the callable takes the spec's args themselves."""
        if self._takes_state:
            return lambda: self._fit(self._state)
        return lambda: self._fit(**self._args)

    def answer(self, fitted: Any) -> dict[str, Any]:
        """Return the callable's numeric result."""
        return answer_of_result(fitted)


def apply_setting(estimator: Any, order: Order, job: Job) -> dict[str, Any]:
    """Set n_jobs and the swept parameters on the estimator; return what was set, by path."""
    resolved = _values_to_set(order.setting, order)
    if resolved:
        built = {
            path: build_value(value, job) if path in order.setting.params else value
            for path, value in resolved.items()
        }
        estimator.set_params(**built)
    return {path: plain_node(value) for path, value in resolved.items()}


def _values_to_set(setting: Setting, order: Order) -> dict[str, Any]:
    if setting.kind == "as-written":
        return {}
    if setting.kind == "serial":
        return dict(order.serial_params)
    jobs = {} if setting.n_jobs is None else dict.fromkeys(order.n_jobs_paths, setting.n_jobs)
    return {**jobs, **setting.params}


def jobs_by_depth(estimator: Any, repeated: Collection[str] = ()) -> list[int]:
    """Return the largest n_jobs at each depth of an estimator, outermost first.

    Their product bounds the workers that may run at once: an inner n_jobs is honoured in full
    inside every outer worker. Those in `repeated` count again, just inside themselves.
    """
    by_depth: dict[tuple[int, int], int] = {}
    for path, value in _parameters(estimator).items():
        if path.rsplit("__", 1)[-1] == "n_jobs":
            for again in (0, 1) if path in repeated else (0,):
                depth = path.count("__"), again
                by_depth[depth] = max(by_depth.get(depth, 1), effective_jobs(value))
    return [by_depth[depth] for depth in sorted(by_depth)]


def _parameters(estimator: Any) -> Mapping[str, Any]:
    parameters: Mapping[str, Any] = estimator.get_params(deep=True)
    return parameters


def effective_jobs(value: Any) -> int:
    """Return the number of workers that joblib makes of an n_jobs value."""
    import joblib

    if not isinstance(value, int):
        return 1
    return value if value > 0 else max(joblib.cpu_count() + 1 + value, 1)
