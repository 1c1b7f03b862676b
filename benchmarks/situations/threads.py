"""Seeded faults of threads: too many of them, wasteful ones, and those that no cap reaches."""

from __future__ import annotations

from benchmarks.situations.model import Conditions, Expectation, Situation, job, swept

_LOGISTIC = """
estimator:
  class: GridSearchCV
  cv: 3
  estimator: {class: LogisticRegression, max_iter: 8}
  param_grid: {C: [0.1, 1]}
data: {sklearn: digits}
"""
_BOOSTING = """
estimator:
  class: GridSearchCV
  cv: 3
  estimator: {class: HistGradientBoostingClassifier, max_iter: 25, random_state: 0}
  param_grid: {max_leaf_nodes: [15, 31]}
data: {synthetic: classification, n_samples: 5000, n_features: 20}
"""
_CLUSTERS = """
estimator:
  class: GridSearchCV
  cv: 3
  estimator: {class: KMeans, n_init: 2, random_state: 0}
  param_grid: {n_clusters: [8, 12]}
data: {synthetic: blobs, n_samples: 2000, n_features: 12, centers: 10}
"""
_FORESTS = """
estimator:
  class: GridSearchCV
  cv: 2
  refit: false
  estimator: {class: RandomForestClassifier, n_estimators: 24, random_state: 0, n_jobs: 4}
  param_grid: {max_features: [0.9, 1.0]}
data: {synthetic: classification, n_samples: 5000, n_features: 20}
"""
_SMALL_TREES = """
estimator:
  class: GridSearchCV
  cv: 2
  estimator: {class: RandomForestClassifier, n_estimators: 40, random_state: 0, n_jobs: 4}
  param_grid: {max_features: [0.3, sqrt]}
data: {synthetic: classification, n_samples: 1000, n_features: 20}
"""
_FOREST = """
estimator: {class: RandomForestClassifier, n_estimators: 60, max_features: 1.0, random_state: 0}
data: {synthetic: classification, n_samples: 5000, n_features: 20}
"""
_LIGHTGBM = """
estimator:
  class: GridSearchCV
  cv: 2
  estimator: {class: lightgbm.LGBMClassifier, n_estimators: 60, verbosity: -1}
  param_grid: {num_leaves: [7, 15]}
data: {synthetic: classification, n_samples: 4000, n_features: 20}
"""

THREADS = (
    Situation(
        name="BLAS × worker threads",
        spec=job(_LOGISTIC, swept("threading", 2, "default")),
        expected=(
            Expectation(
                rule="oversubscription", where="threading-j2-tdefault", words=("openblas",)
            ),
        ),
        # As written, numpy's and scipy's own pools get in each other's way, too.
        also=("oversubscription", "cpu_inflation"),
    ),
    Situation(
        name="two BLAS pools, numpy's and scipy's",
        spec=job(_LOGISTIC, swept("sequential", 1, "default")),
        expected=(
            Expectation(rule="oversubscription", where="as-written", words=("openblas",)),
            Expectation(rule="oversubscription", where="sequential-j1-tdefault"),
        ),
        also=("cpu_inflation",),
    ),
    Situation(
        name="OpenMP × worker threads",
        spec=job(_BOOSTING, swept("threading", 2, "default")),
        expected=(
            Expectation(rule="oversubscription", where="threading-j2-tdefault", words=("openmp",)),
        ),
        also=("cpu_inflation",),
    ),
    Situation(
        name="OpenMP × worker processes, cap lifted",
        spec=job(_BOOSTING, swept("loky", 2, 2)),
        expected=(Expectation(rule="oversubscription", where="loky-j2-t2", words=("openmp",)),),
        also=("cpu_inflation",),
    ),
    Situation(
        name="mild: a forest's n_jobs × a search's",
        # Trees wait without burning CPU: more large ones at once than CPUs do no harm.
        spec=job(_FORESTS, swept("threading", 2)),
        expected=(
            Expectation(
                rule="oversubscription", where="threading-j2-t1-estimator__n_jobs=4", info=True
            ),
        ),
    ),
    Situation(
        name="trees of a millisecond, each handed to one of four threads",
        spec=job(_SMALL_TREES, swept("sequential", 1)),
        expected=(
            Expectation(
                rule="cpu_inflation", where="as-written", words=("estimator__n_jobs", "tasks")
            ),
        ),
        also=("cpu_inflation", "gil_bound", "sample_too_short"),
    ),
    Situation(
        name="LightGBM's n_jobs × a search's",
        spec=job(
            _LIGHTGBM.replace("verbosity", "n_jobs: 4, verbosity"), swept("threading", 2, "default")
        ),
        expected=(
            Expectation(
                rule="oversubscription",
                where="threading-j2-tdefault-estimator__n_jobs=4",
                words=("estimator__n_jobs",),
            ),
        ),
        also=("oversubscription", "cpu_inflation", "own_threads"),
        conditions=Conditions(needs=("lightgbm",)),
    ),
    Situation(
        name="eight worker processes on two CPUs",
        spec=job(_BOOSTING, swept("loky", 8)),
        expected=(Expectation(rule="oversubscription", where="loky-j8-t1", words=("n_jobs",)),),
        also=("pool_startup", "cpu_inflation", "memory_per_worker", "imbalance"),
    ),
    Situation(
        name="mild: four threads of a forest on two CPUs",
        spec=job(_FOREST, swept("threading", 4)),
        expected=(Expectation(rule="oversubscription", where="threading-j4-t1", info=True),),
    ),
    Situation(
        name="OpenMP threads that wait busily for tiny work",
        spec=job(
            """
estimator: {class: HistGradientBoostingClassifier, max_iter: 200, random_state: 0}
data: {sklearn: iris}
""",
            swept(inner=2),
        ),
        expected=(
            Expectation(rule="cpu_inflation", where="as-written", words=("openmp",)),
            Expectation(rule="cpu_inflation", where="sequential-t2", words=("openmp",)),
        ),
    ),
    Situation(
        name="BLAS threads that wait busily for small matrices",
        spec=job(
            """
estimator: {class: FactorAnalysis, n_components: 10, max_iter: 300, svd_method: lapack}
data: {sklearn: digits}
""",
            swept(inner=2),
        ),
        expected=(
            Expectation(rule="cpu_inflation", where="as-written", words=("blas",)),
            Expectation(rule="cpu_inflation", where="sequential-t2", words=("blas",)),
        ),
        also=("oversubscription",),
    ),
    Situation(
        name="tasks of microseconds, each sent to a process",
        spec=job(
            "callable: {setup: jobs:size, fit: jobs:fine_tasks, args: {value: 8000}}",
            swept("multiprocessing", 2),
        ),
        expected=(
            Expectation(rule="cpu_inflation", where="multiprocessing-j2-t1", words=("task",)),
        ),
        also=("pool_startup", "pickling"),
    ),
    Situation(
        name="LightGBM's own threads under capped workers",
        spec=job(_LIGHTGBM, swept("loky", 2)),
        expected=(Expectation(rule="own_threads", where="loky-j2-t1", words=("n_jobs",)),),
        also=("oversubscription", "cpu_inflation", "cap_violated", "pool_startup"),
        conditions=Conditions(needs=("lightgbm",)),
    ),
    Situation(
        name="LightGBM's own threads under worker threads",
        spec=job(_LIGHTGBM, swept("threading", 2)),
        expected=(Expectation(rule="own_threads", where="threading-j2-t1", words=("n_jobs",)),),
        also=("oversubscription", "cpu_inflation", "cap_violated"),
        conditions=Conditions(needs=("lightgbm",)),
    ),
    Situation(
        name="a job that lifts its cap itself",
        spec=job(
            "callable: {setup: jobs:size, fit: jobs:lifted_cap, args: {value: 1500}}",
            swept("sequential", 1),
        ),
        expected=(
            Expectation(
                rule="cap_violated", where="sequential-j1-t1", words=("threadpool_limits",)
            ),
        ),
        also=("cap_violated",),
    ),
    Situation(
        name="a cap that numpy's BLAS and scipy's have each",
        spec=job(_LOGISTIC, swept("sequential", 1, 2)),
        expected=(
            Expectation(rule="cap_violated", where="sequential-j1-t2", words=("numpy and scipy",)),
        ),
        also=("oversubscription", "cpu_inflation"),
    ),
    Situation(
        name="gradient boosting forked after its own OpenMP",
        spec=job(
            _BOOSTING.replace("25", "5").replace("5000", "1000"),
            swept("multiprocessing", 2, "default"),
            "rounds: 3, repeats: 1, timeout: 4s",
        ),
        expected=(Expectation(rule="fork_after_openmp", where="multiprocessing-j2-tdefault"),),
        also=("oversubscription", "cpu_inflation"),
    ),
    Situation(
        name="KMeans forked after its own OpenMP",
        spec=job(_CLUSTERS, swept("multiprocessing", 2, 2), "rounds: 3, repeats: 1, timeout: 4s"),
        expected=(Expectation(rule="fork_after_openmp", where="multiprocessing-j2-t2"),),
        also=("oversubscription", "cpu_inflation"),
    ),
)
