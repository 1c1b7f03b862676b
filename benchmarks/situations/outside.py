"""Seeded faults outside the job: quotas, neighbours, variables, and answers that differ."""

from __future__ import annotations

from benchmarks.situations.model import (
    ANYWHERE,
    RUN,
    Conditions,
    Expectation,
    Situation,
    job,
    swept,
)

_BOOSTING = """
estimator: {class: HistGradientBoostingClassifier, max_iter: 100, random_state: 0}
data: {synthetic: classification, n_samples: 20000, n_features: 20}
"""
_FOREST = """
estimator: {class: RandomForestClassifier, n_estimators: 60, random_state: 0}
data: {synthetic: classification, n_samples: 2000, n_features: 20}
"""
_SEARCH = """
estimator:
  class: GridSearchCV
  cv: 2
  n_jobs: 2
  estimator: {class: RandomForestClassifier, n_estimators: 25, random_state: 0}
  param_grid: {max_features: [0.3, 0.6]}
data: {synthetic: classification, n_samples: 1500, n_features: 20}
"""

OUTSIDE = (
    Situation(
        name="two OpenMP threads under a quota of one CPU",
        spec=job(_BOOSTING, swept(inner=2)),
        expected=(
            Expectation(rule="throttled", where="sequential-t2"),
            Expectation(rule="oversubscription", where="sequential-t2", words=("openmp",)),
        ),
        also=("cpu_inflation", "throttled", "oversubscription"),
        conditions=Conditions(quota_cpus=1.0),
    ),
    Situation(
        name="two workers under a quota of one CPU",
        spec=job(_SEARCH, swept("threading", 2)),
        expected=(Expectation(rule="throttled", where="threading-j2-t1", words=("quota",)),),
        also=("oversubscription", "throttled", "pool_startup"),
        conditions=Conditions(quota_cpus=1.0),
    ),
    Situation(
        name="half a CPU for a serial fit",
        spec=job(_FOREST, swept("sequential", 1)),
        expected=(
            Expectation(rule="throttled", where="serial", words=("quota",)),
            Expectation(rule="throttled", where="as-written", words=("quota",)),
        ),
        also=("throttled",),
        conditions=Conditions(quota_cpus=0.5),
    ),
    Situation(
        name="two busy neighbours all the time",
        spec=job(_FOREST, swept("threading", 2)),
        expected=(Expectation(rule="outside_load", where=RUN),),
        conditions=Conditions(neighbours=2),
    ),
    Situation(
        name="a busy neighbour beside OpenMP",
        # Ten times as long as alone: each thread waits busily for the one that was displaced.
        spec=job(
            _BOOSTING.replace("iter: 100", "iter: 20").replace("20000", "8000"), swept(inner=2)
        ),
        expected=(Expectation(rule="outside_load", where=RUN),),
        # Threads that wait busily for one that the neighbour displaced do burn CPU.
        also=("cpu_inflation",),
        conditions=Conditions(neighbours=1),
    ),
    Situation(
        name="two busy neighbours in the third round",
        spec=job(_FOREST, swept("threading", 2), "rounds: 4, repeats: 0"),
        # The round that it spoilt is void, so that nothing which counts is.
        expected=(Expectation(rule="outside_load", where=RUN, info=True),),
        void_rounds=(3,),
        conditions=Conditions(neighbours=2, neighbours_round=3),
    ),
    Situation(
        name="a first round that is slower",
        spec=job(
            "callable: {setup: jobs:opening, fit: jobs:same_answer, args: {steps: 400000}}",
            swept("multiprocessing", 2),
        ),
        expected=(Expectation(rule="first_round", where=RUN, info=True),),
    ),
    Situation(
        name="OMP_NUM_THREADS set to the number of cores",
        spec=job(_SEARCH, swept("threading", 2)),
        expected=(Expectation(rule="environment", where=ANYWHERE, words=("OMP_NUM_THREADS",)),),
        also=("pool_startup",),
        environment={"OMP_NUM_THREADS": "2"},
    ),
    Situation(
        name="JOBLIB_NUM_THREADS, which nobody reads",
        spec=job(_FOREST, swept("threading", 2)),
        expected=(Expectation(rule="environment", where=ANYWHERE, words=("JOBLIB_NUM_THREADS",)),),
        environment={"JOBLIB_NUM_THREADS": "2"},
    ),
    Situation(
        name="a forest without random_state",
        # Fully grown trees answer the same for the rows that they were grown on, whatever the seed.
        spec=job(_FOREST.replace("random_state: 0", "max_depth: 2"), swept("threading", 2)),
        expected=(Expectation(rule="nondeterministic", where=RUN, info=True),),
    ),
    Situation(
        name="swap",
        spec="",
        expected=(Expectation(rule="swap", where=RUN),),
        impossible="this machine has no swap, and making some would disturb all that runs on it",
    ),
    Situation(
        name="steal",
        spec="",
        expected=(Expectation(rule="steal", where=RUN),),
        impossible="only the hypervisor can take a CPU away",
    ),
    Situation(
        name="drift",
        spec="",
        expected=(Expectation(rule="drift", where=RUN),),
        impossible="a CPU's clock cannot be set from inside; quotas and neighbours show as such",
    ),
)
