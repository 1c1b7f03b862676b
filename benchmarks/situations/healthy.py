"""Healthy jobs, many of them a seeded fault's under a right setting: every alarm is false."""

from __future__ import annotations

from benchmarks.situations.model import Conditions, Situation, job, swept

_SEARCH = """
estimator:
  class: GridSearchCV
  cv: 2
  estimator: {class: RandomForestClassifier, n_estimators: 60, random_state: 0}
  param_grid: {max_features: [0.3, 0.6, 0.4, 0.5]}
data: {synthetic: classification, n_samples: 3000, n_features: 20}
"""
_FOREST = """
estimator: {class: RandomForestClassifier, n_estimators: 80, random_state: 0}
data: {synthetic: classification, n_samples: 3000, n_features: 20}
"""
_BOOSTING = """
estimator: {class: HistGradientBoostingClassifier, max_iter: 25, random_state: 0}
data: {synthetic: classification, n_samples: 60000, n_features: 40}
"""
_ONE = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "BLIS_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMBA_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
    ),
    "1",
)


def _calls(fit: str, setup: str, **args: int) -> str:
    """Return a callable job of ``jobs.py``."""
    given = ", ".join(f"{name}: {value}" for name, value in args.items())
    return f"callable: {{setup: jobs:{setup}, fit: jobs:{fit}, args: {{{given}}}}}"


HEALTHY = (
    Situation(
        name="healthy: a search of milliseconds, serial",
        spec=job(
            """
estimator:
  class: GridSearchCV
  cv: 3
  estimator: {class: GaussianNB}
  param_grid: {var_smoothing: [1.0e-9, 1.0e-3]}
data: {sklearn: digits}
""",
            swept("sequential", 1),
            "rounds: 3, repeats: 1",
        ),
    ),
    Situation(
        name="healthy: a forest in two threads",
        spec=job(_FOREST, swept("threading", 2)),
    ),
    Situation(
        name="healthy: a forest with n_jobs=2 as written",
        spec=job(_FOREST.replace("state: 0", "state: 0, n_jobs: 2"), swept("threading", 2)),
    ),
    Situation(
        name="healthy: equal folds under loky",
        # Long enough to be worth starting two interpreters.
        spec=job(
            _SEARCH.replace("cv: 2", "cv: 2\n  n_jobs: 2").replace("60", "150"), swept("loky", 2)
        ),
    ),
    Situation(
        name="healthy: equal folds in two threads, warm fits too",
        spec=job(_SEARCH.replace("60", "20"), swept("threading", 2), "rounds: 3, repeats: 1"),
    ),
    Situation(
        name="healthy: equal folds under multiprocessing, no OpenMP",
        spec=job(_SEARCH.replace("60", "30"), swept("multiprocessing", 2), "rounds: 3, repeats: 1"),
    ),
    Situation(
        name="healthy: boosting with two OpenMP threads and enough rows",
        spec=job(_BOOSTING, swept(inner=2)),
    ),
    Situation(
        name="healthy: boosting in a search of two threads, one OpenMP thread each",
        spec=job(
            """
estimator:
  class: GridSearchCV
  cv: 2
  estimator: {class: HistGradientBoostingClassifier, max_iter: 15, random_state: 0}
  param_grid: {max_leaf_nodes: [15, 14, 16, 17]}
data: {synthetic: classification, n_samples: 12000, n_features: 20}
""",
            swept("threading", 2),
        ),
        environment=_ONE,
    ),
    Situation(
        name="healthy: ridge on a large matrix, BLAS threads by default",
        spec=job(
            """
estimator: {class: Ridge, solver: cholesky}
data: {synthetic: regression, n_samples: 20000, n_features: 1200}
""",
            swept(inner="default"),
        ),
    ),
    Situation(
        name="healthy: PCA of a large matrix, BLAS threads by default",
        spec=job(
            """
estimator: {class: PCA, n_components: 20, svd_solver: covariance_eigh}
data: {synthetic: regression, n_samples: 30000, n_features: 900}
""",
            swept(inner=2),
        ),
    ),
    Situation(
        name="healthy: KMeans with two OpenMP threads, BLAS capped",
        spec=job(
            """
estimator: {class: KMeans, n_clusters: 40, n_init: 1, random_state: 0}
data: {synthetic: blobs, n_samples: 100000, n_features: 50, centers: 10}
""",
            swept(inner="{blas: 1, openmp: 2}"),
        ),
    ),
    Situation(
        name="healthy: numpy tasks in two threads",
        spec=job(_calls("numpy_tasks", "size", value=1000000), swept("threading", 2)),
    ),
    Situation(
        name="healthy: pure Python tasks in two forked processes",
        spec=job(_calls("python_tasks", "size", value=1500000), swept("multiprocessing", 2)),
    ),
    Situation(
        name="healthy: an array mapped for the tasks, and room for it",
        spec=job(_calls("read_array", "array", length=12000000), swept("multiprocessing", 2)),
        conditions=Conditions(temp_mb=400),
    ),
    Situation(
        name="healthy: tasks that write into copies of their array",
        spec=job(_calls("copy_array", "array", length=800000), swept("multiprocessing", 2)),
    ),
    Situation(
        name="healthy: an array of less than a megabyte may be written",
        spec=job(_calls("clip_array", "array", length=100000), swept("multiprocessing", 1)),
    ),
    Situation(
        name="healthy: one thread within a quota of one CPU",
        spec=job(_FOREST, swept("sequential", 1)),
        environment=_ONE,
        conditions=Conditions(quota_cpus=1.0),
    ),
    Situation(
        name="healthy: one OpenMP thread within a quota of one CPU",
        spec=job(_BOOSTING.replace("25", "10"), swept(inner=1)),
        environment=_ONE,
        conditions=Conditions(quota_cpus=1.0),
    ),
    Situation(
        name="healthy: LightGBM with n_jobs set, in a search of two threads",
        spec=job(
            """
estimator:
  class: GridSearchCV
  cv: 2
  estimator: {class: lightgbm.LGBMClassifier, n_estimators: 40, n_jobs: 1, verbosity: -1}
  param_grid: {num_leaves: [15, 14, 16, 17]}
data: {synthetic: classification, n_samples: 6000, n_features: 20}
""",
            swept("threading", 2),
        ),
        conditions=Conditions(needs=("lightgbm",)),
    ),
    Situation(
        name="healthy: XGBoost with two threads",
        spec=job(
            """
estimator: {class: xgboost.XGBClassifier, n_estimators: 60, n_jobs: 2, random_state: 0}
data: {synthetic: classification, n_samples: 40000, n_features: 40}
""",
            swept("threading", 2, 2),
        ),
        conditions=Conditions(needs=("xgboost",)),
    ),
    Situation(
        name="healthy: columns of a table",
        spec=job(
            """
estimator:
  class: Pipeline
  steps:
    columns:
      class: ColumnTransformer
      transformers:
        - [numbers, {class: StandardScaler}, [a, b]]
        - [words, {class: OneHotEncoder}, [c]]
    model: {class: RandomForestClassifier, n_estimators: 60, random_state: 0}
data: {path: rows.csv, target: y}
""",
            swept("threading", 2),
        ),
        conditions=Conditions(needs=("pandas",)),
    ),
    Situation(
        name="healthy: all seven variables at 1",
        spec=job(_FOREST, swept("threading", 2)),
        environment=_ONE,
    ),
    Situation(
        name="healthy: bagging of trees in two threads",
        spec=job(
            """
estimator:
  class: BaggingClassifier
  n_estimators: 16
  random_state: 0
  estimator: {class: DecisionTreeClassifier, random_state: 0}
data: {synthetic: classification, n_samples: 6000, n_features: 20}
""",
            swept("threading", 2),
        ),
    ),
    Situation(
        name="healthy: support vectors, nothing in parallel",
        spec=job(
            """
estimator: {class: SVC}
data: {synthetic: classification, n_samples: 3500, n_features: 20}
""",
            swept(inner=1),
            "rounds: 3, repeats: 1",
        ),
    ),
    Situation(
        name="healthy: stochastic gradient descent, one against the rest, in two threads",
        spec=job(
            """
estimator: {class: SGDClassifier, max_iter: 60, tol: null, random_state: 0}
data: {sklearn: digits}
""",
            swept("threading", 2),
        ),
    ),
    Situation(
        name="healthy: a search without a failing candidate, over a pipeline",
        spec=job(
            """
estimator:
  class: RandomizedSearchCV
  cv: 2
  n_iter: 4
  random_state: 0
  estimator:
    class: Pipeline
    steps: {scale: {class: StandardScaler}, trees: {class: ExtraTreesClassifier, random_state: 0}}
  param_distributions: {trees__max_features: {class: scipy.stats.uniform, loc: 0.3, scale: 0.4}}
data: {synthetic: classification, n_samples: 3000, n_features: 20}
""",
            swept("threading", 2),
        ),
    ),
)
