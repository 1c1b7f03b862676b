"""How often the layers that `explain` finds without a fit are the calls that a real fit makes.

Every estimator of scikit-learn, as its own tests construct it, is read with n_jobs 2 and unset,
then fitted, and asked to predict, under each configuration of joblib. What its
outermost calls of ``Parallel`` resolved to, backend and workers, is held against the layers. Tasks
run in this process, one after the other, so that no pool is started: what is compared is which
calls are made and what joblib grants them. A layer that is said to be only possible may be made or
not; a certain one must be made, and none that is not among the layers.

    python benchmarks/explain_agreement.py [NAME ...]
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.datasets import make_classification, make_regression
from sklearn.utils import all_estimators

# Private: the arguments with which scikit-learn's own tests construct each class.
from sklearn.utils._test_common.instance_generator import _construct_instances

from sklpar.model import Layer
from sklpar.spec.layers.finding import find_layers

LIMIT_S = 20
CONFIGS: Sequence[tuple[str | None, int | None]] = (
    (None, None),
    *((backend, None) for backend in ("loky", "threading", "multiprocessing", "sequential")),
    *((backend, 2) for backend in (None, "loky", "threading", "multiprocessing")),
)
# A call's backend and workers.
Calls = set[tuple[str, int]]


class TooLongError(Exception):
    """A fit took longer than `LIMIT_S`."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """An estimator, its layers, and data that it can be fitted on."""

    name: str
    estimator: Any
    layers: Sequence[Layer]
    data: Sequence[Any]


class Recorder:
    """Runs what ``Parallel`` is given in place, and remembers what the outermost calls were."""

    def __init__(self) -> None:
        self.calls: Calls = set()
        self._depth = threading.local()

    def __call__(self, parallel: joblib.Parallel, tasks: Iterable[Any]) -> Any:
        """Stand in for ``Parallel.__call__``."""
        depth = getattr(self._depth, "value", 0)
        workers = parallel._backend.effective_n_jobs(parallel.n_jobs)
        if depth == 0 and workers > 1:
            name = type(parallel._backend).__name__.replace("Backend", "").lower()
            self.calls.add((name, workers))
        self._depth.value = depth + 1
        try:
            results = [function(*args, **kwargs) for function, args, kwargs in tasks]
        finally:
            self._depth.value = depth
        return iter(results) if parallel.return_generator else results


def data_for(name: str, estimator: Any) -> Sequence[Any] | None:
    """Return X, or X and y, that an estimator takes; None where we know of none."""
    rng = np.random.default_rng(0)
    X, y = make_classification(60, 6, n_informative=4, n_classes=3, random_state=0)
    X, targets = np.abs(X), np.abs(make_regression(60, 6, random_state=0)[1]) + 1
    special: dict[str, Sequence[Any]] = {
        "CountVectorizer": (["apple bear cat", "bear cat dog", "dog emu fox"] * 20,),
        "DictVectorizer": ([{"a": 1, "b": 2}] * 60,),
        "FixedThresholdClassifier": (X, y > 0),
        "IsotonicRegression": (X[:, 0], targets),
        "KernelCenterer": (X @ X.T,),
        "LabelBinarizer": (y,),
        "LabelEncoder": (y,),
        "MultiLabelBinarizer": ([(1, 2), (3,)] * 30,),
        "TfidfVectorizer": (["apple bear cat", "bear cat dog", "dog emu fox"] * 20,),
        "TunedThresholdClassifierCV": (X, y > 0),
    }
    if name == "SparseCoder":
        return None
    if name in special:
        return special[name]
    if name in {"MultiOutputClassifier", "ClassifierChain"}:
        return X, np.c_[y > 0, y > 1].astype(int)
    several = ("MultiOutput", "RegressorChain", "MultiTask", "CCA", "PLS")
    if name.startswith(several):
        return X, np.c_[targets, targets + rng.random(60)]
    return (X, targets) if is_regressor(estimator) and not is_classifier(estimator) else (X, y)


def cases(names: Sequence[str]) -> Iterator[Case]:
    """Yield each estimator as constructed by scikit-learn's tests, n_jobs 2 and unset."""
    for name, cls in all_estimators():
        if names and name not in names:
            continue
        try:
            instances = list(_construct_instances(cls))
        except Exception as why:  # noqa: BLE001  an optional dependency is missing
            print(f"not constructed: {name}: {why}")
            continue
        for instance in instances:
            has_jobs = "n_jobs" in instance.get_params(deep=False)
            for jobs in (2, None) if has_jobs else (None,):
                estimator = clone(instance)
                if has_jobs:
                    estimator.set_params(n_jobs=jobs)
                data = data_for(name, estimator)
                if data is not None:
                    layers = find_layers(estimator)[1]
                    yield Case(name=name, estimator=estimator, layers=layers, data=data)


def expected(
    case: Case, method: str, backend: str | None, config_n_jobs: int | None
) -> tuple[Calls, Calls]:
    """Return the calls that the layers say are made for certain, and those that may be."""
    certain: Calls = set()
    possible: Calls = set()
    for layer in case.layers:
        outermost = layer.kind == "joblib" and not layer.place and layer.depth == 0
        if layer.ignored or not outermost or method not in layer.methods:
            continue
        asked = layer.as_written if layer.n_jobs_from == "parameter" else None
        for one in layer.resolutions:
            config = (one.config, one.config_n_jobs) == (backend, config_n_jobs)
            if config and not one.within and one.asked == asked and one.n_jobs > 1:
                (certain if layer.certain else possible).add((one.backend, one.n_jobs))
    return certain, possible


def made(
    case: Case, method: str, backend: str | None, config_n_jobs: int | None, recorder: Recorder
) -> Calls | str:
    """Run a method under a configuration and return its calls, or why it failed."""
    recorder.calls = set()
    around: contextlib.AbstractContextManager[Any] = contextlib.nullcontext()
    if backend or config_n_jobs:
        given = {"backend": backend} if backend else {}
        around = joblib.parallel_config(**given, n_jobs=config_n_jobs)
    signal.alarm(LIMIT_S)
    try:
        with around:
            arguments = case.data if method == "fit" else case.data[:1]
            getattr(case.estimator, method)(*arguments)
    except Exception as why:  # noqa: BLE001  data that it does not take
        return f"{type(why).__name__}: {why!s:.60}"
    finally:
        signal.alarm(0)
    return recorder.calls


def main(names: Sequence[str]) -> None:
    """Compare all, print each difference, and how many agree."""
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, _stop)
    recorder, counts = Recorder(), Counter[str]()
    # A function, unlike an object, becomes a method.
    joblib.Parallel.__call__ = lambda self, tasks: recorder(self, tasks)  # noqa: PLW0108
    fitted: set[str] = set()
    for case in cases(names):
        own_jobs = case.estimator.get_params(deep=False).get("n_jobs")
        for backend, config_n_jobs in CONFIGS:
            if own_jobs and config_n_jobs:
                continue  # its own wins
            for method in ("fit", "predict"):
                if not hasattr(case.estimator, method):
                    continue
                real = made(case, method, backend, config_n_jobs, recorder)
                if isinstance(real, str):
                    counts["not run"] += 1
                    break  # what was not fitted cannot predict
                fitted.add(case.name)
                certain, possible = expected(case, method, backend, config_n_jobs)
                agrees = certain <= real <= certain | possible
                counts[f"{method} {'agrees' if agrees else 'differs'}"] += 1
                counts["with a call"] += bool(real)
                if not agrees:
                    where = f"{case.name}.{method} under {backend or 'no backend'}"
                    where += f", n_jobs {config_n_jobs} configured" if config_n_jobs else ""
                    print(f"{where}: made {sorted(real)}, certain {sorted(certain)}")
    print(f"{len(fitted)} classes: {', '.join(f'{k} {v}' for k, v in sorted(counts.items()))}")


def _stop(*_: object) -> None:
    raise TooLongError(f"more than {LIMIT_S} s")


if __name__ == "__main__":
    main(sys.argv[1:])
