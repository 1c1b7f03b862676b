"""Seeded faults of handing out work, of the job itself, and of the way it is measured."""

from __future__ import annotations

from benchmarks.situations.model import (
    ANYWHERE,
    Conditions,
    Expectation,
    Situation,
    job,
    swept,
)


def _calls(fit: str, setup: str, **args: int) -> str:
    """Return a callable job of ``jobs.py``."""
    given = ", ".join(f"{name}: {value}" for name, value in args.items())
    return f"callable: {{setup: jobs:{setup}, fit: jobs:{fit}, args: {{{given}}}}}"


_TINY = """
estimator:
  class: GridSearchCV
  cv: 3
  estimator: {class: GaussianNB}
  param_grid: {var_smoothing: [1.0e-9, 1.0e-3]}
data: {sklearn: iris}
"""
_IN_PLACE = """
estimator:
  class: FeatureUnion
  transformer_list:
    one: {class: jobs.InPlace}
    two: {class: jobs.InPlace}
data: {synthetic: classification, n_samples: 13000, n_features: 20}
"""

OVERHEAD = (
    Situation(
        name="three equal tasks for two workers",
        spec=job(_calls("three_tasks", "size", value=4000000), swept("loky", 2)),
        expected=(Expectation(rule="imbalance", where="loky-j2-t1"),),
        also=("pool_startup",),
    ),
    Situation(
        name="three equal folds for two workers",
        spec=job(
            """
estimator:
  class: GridSearchCV
  cv: 3
  refit: false
  estimator: {class: RandomForestClassifier, n_estimators: 60, random_state: 0}
  param_grid: {max_features: [0.5]}
data: {synthetic: classification, n_samples: 2000, n_features: 20}
""",
            swept("threading", 2),
        ),
        expected=(Expectation(rule="imbalance", where="threading-j2-t1", words=("3",)),),
    ),
    Situation(
        name="one long candidate at the end",
        spec=job(
            """
estimator:
  class: GridSearchCV
  cv: 2
  refit: false
  estimator: {class: RandomForestClassifier, random_state: 0}
  param_grid: {n_estimators: [10, 20, 150]}
data: {synthetic: classification, n_samples: 1000, n_features: 20}
""".replace("cv: 2", "cv: {class: ShuffleSplit, n_splits: 1, random_state: 0}"),
            swept("threading", 2),
        ),
        expected=(Expectation(rule="imbalance", where="threading-j2-t1"),),
    ),
    Situation(
        name="a search of milliseconds under loky",
        spec=job(_TINY, swept("loky", 2), "rounds: 3, repeats: 1"),
        expected=(Expectation(rule="pool_startup", where="loky-j2-t1"),),
        also=("sample_too_short", "cpu_inflation"),
    ),
    Situation(
        name="a new pool for every call",
        spec=job(_calls("pool_per_call", "size", value=20), swept("multiprocessing", 2)),
        expected=(Expectation(rule="pool_startup", where="multiprocessing-j2-t1"),),
        also=("cpu_inflation", "sample_too_short"),
    ),
    Situation(
        name="records pickled for every task of loky",
        spec=job(
            _calls("read_records", "records", count=80000),
            swept("loky", 2),
            "rounds: 3, repeats: 1",
        ),
        expected=(Expectation(rule="pickling", where="loky-j2-t1"),),
        also=("cpu_inflation", "pool_startup", "memory_per_worker"),
    ),
    Situation(
        name="texts pickled for every task of multiprocessing",
        spec=job(
            """
estimator:
  class: GridSearchCV
  cv: 3
  estimator:
    class: Pipeline
    steps: {length: {class: jobs.Lengths}, bayes: {class: GaussianNB}}
  param_grid: {length__scale: [1.0, 2.0]}
data: {call: "jobs:texts", args: {count: 30000}}
""",
            swept("multiprocessing", 2),
        ),
        expected=(Expectation(rule="pickling", where="multiprocessing-j2-t1"),),
        also=("cpu_inflation", "memory_per_worker", "pool_startup"),
    ),
    Situation(
        name="pure Python tasks in threads",
        spec=job(_calls("python_tasks", "size", value=1500000), swept("threading", 2)),
        expected=(Expectation(rule="gil_bound", where="threading-j2-t1"),),
    ),
    Situation(
        name="a transformer in pure Python in threads",
        spec=job(
            """
estimator:
  class: GridSearchCV
  cv: 3
  estimator:
    class: Pipeline
    steps: {power: {class: jobs.PythonSteps}, bayes: {class: GaussianNB}}
  param_grid: {power__power: [1, 2]}
data: {synthetic: classification, n_samples: 8000, n_features: 20}
""",
            swept("threading", 2),
        ),
        expected=(Expectation(rule="gil_bound", where="threading-j2-t1"),),
    ),
    Situation(
        name="300 MB for each task",
        spec=job(_calls("memory_tasks", "size", value=300), swept("multiprocessing", 2)),
        expected=(Expectation(rule="memory_per_worker", where="multiprocessing-j2-t1"),),
        also=("pool_startup",),
    ),
    Situation(
        name="a copy of the data in each worker",
        spec=job(
            """
estimator:
  class: GridSearchCV
  cv: 4
  estimator: {class: GaussianNB}
  param_grid: {var_smoothing: [1.0e-9]}
data: {synthetic: classification, n_samples: 200000, n_features: 100}
""",
            swept("multiprocessing", 2),
        ),
        expected=(Expectation(rule="memory_per_worker", where="multiprocessing-j2-t1"),),
        also=("pickling", "pool_startup", "serial_tail", "cpu_inflation"),
    ),
    Situation(
        name="a transformer that writes into X under loky",
        spec=job(_IN_PLACE, swept("loky", 2)),
        expected=(Expectation(rule="readonly_memmap", where="loky-j2-t1"),),
    ),
    Situation(
        name="tasks that write into their array under multiprocessing",
        spec=job(_calls("clip_array", "array", length=260000), swept("multiprocessing", 2)),
        expected=(Expectation(rule="readonly_memmap", where="multiprocessing-j2-t1"),),
    ),
    Situation(
        name="no room for the memory map",
        spec=job(_calls("read_array", "array", length=4000000), swept("loky", 2)),
        expected=(
            Expectation(rule="temp_space", where="loky-j2-t1", words=("JOBLIB_TEMP_FOLDER",)),
        ),
        also=("pool_startup",),
        conditions=Conditions(temp_mb=16),
    ),
    Situation(
        name="a refit as long as the search",
        spec=job(
            """
estimator:
  class: GridSearchCV
  cv: {class: ShuffleSplit, n_splits: 4, train_size: 0.1, test_size: 0.1, random_state: 0}
  estimator: {class: RandomForestClassifier, n_estimators: 50, random_state: 0}
  param_grid: {max_features: [0.5]}
data: {synthetic: classification, n_samples: 3000, n_features: 20}
""",
            swept("threading", 2),
        ),
        expected=(Expectation(rule="serial_tail", where="threading-j2-t1", words=("refit",)),),
    ),
    Situation(
        name="a serial end after the tasks",
        spec=job(_calls("serial_end", "size", value=800000), swept("multiprocessing", 2)),
        expected=(Expectation(rule="serial_tail", where="multiprocessing-j2-t1"),),
    ),
    Situation(
        name="an axis that nobody hears",
        spec=job(
            """
estimator: {class: HistGradientBoostingClassifier, max_iter: 25, random_state: 0}
data: {synthetic: classification, n_samples: 60000, n_features: 40}
""",
            "backend: [threading, loky], inner_threads: [2]",
        ),
        expected=(
            Expectation(rule="no_effect", where="loky-t2", words=("backend",), info=True),
            Expectation(rule="no_effect", where="threading-t2", words=("backend",), info=True),
        ),
    ),
    Situation(
        name="an n_jobs that its estimator ignores",
        spec=job(
            """
estimator: {class: LogisticRegression, max_iter: 60}
data: {synthetic: classification, n_samples: 8000, n_features: 40}
""",
            "n_jobs: [1, 2], backend: [threading], inner_threads: [1]",
        ),
        expected=(
            Expectation(rule="no_effect", where="threading-j2-t1", words=("n_jobs",), info=True),
        ),
        also=("oversubscription", "cpu_inflation"),
    ),
    Situation(
        name="a result that is remembered",
        spec=job(
            _calls("remembered", "size", value=8000000),
            swept("sequential", 1),
            "rounds: 3, repeats: 1",
        ),
        expected=(Expectation(rule="cached_repeats", where="serial"),),
        also=("cached_repeats",),
    ),
    Situation(
        name="a result that joblib.Memory keeps",
        spec=job(
            _calls("stored", "memory", steps=8000000),
            swept("sequential", 1),
            "rounds: 3, repeats: 1",
        ),
        expected=(Expectation(rule="cached_repeats", where="as-written"),),
        also=("cached_repeats",),
    ),
    Situation(
        name="more neighbours than rows",
        spec=job(
            """
estimator:
  class: GridSearchCV
  cv: 3
  estimator: {class: KNeighborsClassifier}
  param_grid: {n_neighbors: [5, 20000]}
data: {synthetic: classification, n_samples: 12000}
""",
            swept("threading", 2),
        ),
        expected=(Expectation(rule="failed_candidates", where="threading-j2-t1"),),
        also=("failed_candidates",),
    ),
    Situation(
        name="more components than columns",
        spec=job(
            """
estimator:
  class: GridSearchCV
  cv: 3
  estimator:
    class: Pipeline
    steps:
      pca: {class: PCA}
      svc: {class: SVC}
  param_grid: {pca__n_components: [5, 500]}
data: {synthetic: classification, n_samples: 1500, n_features: 20}
""",
            swept("sequential", 1),
        ),
        expected=(Expectation(rule="failed_candidates", where="serial"),),
        also=("failed_candidates",),
    ),
    Situation(
        name="a few rows of the data",
        spec=job(
            """
estimator:
  class: GridSearchCV
  cv: 3
  estimator:
    class: Pipeline
    steps:
      columns:
        class: ColumnTransformer
        transformers: [[numbers, {class: StandardScaler}, [a, b]]]
      bayes: {class: GaussianNB}
  param_grid: {bayes__var_smoothing: [1.0e-9, 1.0e-3]}
data: {path: rows.csv, target: y, sample: 100}
""",
            swept("loky", 2),
        ),
        expected=(Expectation(rule="sample_too_short", where=ANYWHERE, words=("sample",)),),
        also=("pool_startup", "cpu_inflation"),
        conditions=Conditions(needs=("pandas",)),
    ),
)
