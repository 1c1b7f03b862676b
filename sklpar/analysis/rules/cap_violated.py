"""A cap on native threads that did not hold, for whatever reason but one.

Where a package's own pool is the reason, `own_threads` says so and this rule is silent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sklpar.analysis.case import Case
from sklpar.analysis.rules.own_threads import (
    cap_of,
    is_violated,
    own_threads_of,
    pools_above,
    thread_counts,
)
from sklpar.model import Finding, Pool, SettingReport

RULE = "cap_violated"


def cap_violated(case: Case) -> Mapping[str, Sequence[Finding]]:
    """Say what reaches the threads of a setting that ran more of them than asked."""
    return {
        row.id: [_finding(case, row)]
        for row in case.rows
        if is_violated(case, row) and own_threads_of(case, row) is None
    }


def _finding(case: Case, row: SettingReport) -> Finding:
    above = pools_above(row)
    widest = {"pool_threads": max(pool.num_threads for pool in above)} if above else {}
    return Finding(
        rule=RULE,
        severity="warning",
        evidence={**thread_counts(row), **widest},
        advice=_of_pools(above) if above else _of_threads(case, row),
    )


def _of_pools(above: Sequence[Pool]) -> str:
    names = ", ".join(dict.fromkeys(pool.internal_api for pool in above))
    return (
        f"{names} had more threads than the cap, so something sets them after the start "
        "(threadpool_limits, a set_num_threads, or a *_NUM_THREADS in os.environ, which loky's "
        "workers follow): take that out of the code; the variables must be set before Python starts"
    )


def _of_threads(case: Case, row: SettingReport) -> str:
    blas = {pool.library for pool in case.run.inspection.pools if pool.user_api == "blas"}
    if len(blas) > 1 and cap_of(row) > 1:
        return (
            "the pools obey, but there are several: numpy and scipy each bring a BLAS, and "
            "OpenMP has its own, all with this cap; use inner_threads: 1 where workers run in "
            "parallel"
        )
    return (
        "the job lifts its cap meanwhile (threadpool_limits, a set_num_threads): take that out; or "
        "it has threads that no *_NUM_THREADS variable reaches: set a library's own parameter "
        "(n_jobs, num_threads or the like) to 1; OMP_THREAD_LIMIT=1 holds any OpenMP"
    )
