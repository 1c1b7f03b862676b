"""A search over estimators with layers, made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sklpar.model import Inspection, Layer, Part, Pool, Resolution

BACKENDS = {None: "loky", "loky": "loky", "threading": "threading", "sequential": "sequential"}
OPENMP = Pool(user_api="openmp", internal_api="openmp", num_threads=4)
OPENBLAS = Pool(user_api="blas", internal_api="openblas", num_threads=4)


def answers(asked: int | None, within: int) -> tuple[Resolution, ...]:
    """What joblib says of a plain call: workers of the backend, threads inside them."""
    return tuple(
        Resolution(
            config=config,
            asked=value,
            backend=backend if not within else "threading",
            n_jobs=1 if value in (None, 1) or config == "sequential" else value,
            within=level,
        )
        for level in range(within + 1)
        for config, backend in BACKENDS.items()
        for value in dict.fromkeys((asked, None, 2))
    )


SEARCH = Layer(
    place="",
    owner="GridSearchCV",
    kind="joblib",
    depth=0,
    parameter="n_jobs",
    resolutions=answers(None, 0),
)
FOREST = Layer(
    place="estimator",
    owner="Forest",
    kind="joblib",
    depth=1,
    parameter="estimator__n_jobs",
    as_written=3,
    resolutions=answers(3, 1),
)
BOOSTING = Layer(place="estimator", owner="Boosting", kind="openmp", depth=1, n_jobs_from="nothing")
BOOSTER = Layer(
    place="estimator", owner="Booster", kind="own", depth=1, parameter="estimator__n_jobs"
)
PARTS = (
    Part(place="", owner="GridSearchCV"),
    Part(place="estimator", owner="Inner", inside="", refit=True),
)


def inspection(*layers: Layer, **changes: Any) -> Inspection:
    whole = Inspection(
        label="GridSearchCV",
        n_jobs_paths=("n_jobs",),
        serial_params={"n_jobs": 1, "estimator__n_jobs": 1},
        pools=(OPENMP, OPENBLAS),
        layers=(SEARCH, *layers),
        parts=PARTS,
    )
    return replace(whole, **changes)
