"""Whether a cap held: hand-made pools and threads against the request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from sklpar.execution.caps import CapVerdict, busy_threads, judge_caps
from sklpar.model import Caps, InnerThreads, Setting
from sklpar.quantities.interface import FitTrace, Watch
from tests.unit.builders import AS_WRITTEN, MAIN, make_setting, make_trace

WORKERS = (200, 300)


def pool(num_threads: int, user_api: str = "blas") -> dict[str, Any]:
    name = "openblas" if user_api == "blas" else "openmp"
    return {"user_api": user_api, "internal_api": name, "num_threads": num_threads}


def proof(*own: dict[str, Any], workers: Sequence[list[dict[str, Any]]] = ()) -> dict[str, Any]:
    return {"pools": list(own), "workers": list(workers)}


FINE = proof(pool(1), workers=[[pool(1)], [pool(1)]])


def judge(
    *traces: FitTrace,
    backend: str = "loky",
    n_jobs: int = 2,
    inner: InnerThreads = 1,
    nested: Sequence[int] = (),
    proven: Mapping[str, Any] | None = FINE,
) -> CapVerdict:
    setting = make_setting(backend, n_jobs, inner)
    return judge_caps(setting, [n_jobs, *nested], traces, proven)


def busy(*counts: tuple[int, int], **fields: Any) -> FitTrace:
    """A fit in which so many threads of each process were busy throughout."""
    uses = {(pid, pid + n): 0.9 for pid, count in counts for n in range(count)}
    return make_trace(uses, **fields)


def test_pools_and_threads_within_the_request_are_verified() -> None:
    verdict = judge(busy((MAIN, 1), (200, 1), (300, 1)))
    assert (verdict.caps, verdict.violation, verdict.busy_threads) == ("verified", None, 3)


@pytest.mark.parametrize(
    ("proven", "place"),
    [
        (proof(pool(1), pool(2, "openmp")), "openmp in the process had 2 threads, 1 asked"),
        (proof(pool(1), workers=[[pool(1)], [pool(4)]]), "openblas in a worker had 4 threads"),
    ],
)
def test_a_pool_above_its_cap_is_named(proven: Mapping[str, Any], place: str) -> None:
    verdict = judge(proven=proven)
    assert verdict.caps == "violated"
    assert verdict.violation is not None
    assert place in verdict.violation


def test_a_pool_below_its_cap_is_no_violation() -> None:
    assert judge(inner=4, proven=proof(pool(2), workers=[[pool(3)]])).caps == "verified"


@pytest.mark.parametrize(
    ("blas", "openmp", "caps"), [(1, 2, "verified"), (2, 1, "violated"), (2, 2, "violated")]
)
def test_a_cap_by_library_is_held_against_that_library(blas: int, openmp: int, caps: str) -> None:
    proven = proof(pool(blas), pool(openmp, "openmp"))
    assert judge(inner=Caps(blas=1, openmp=2), proven=proven).caps == caps


@pytest.mark.parametrize("setting", [AS_WRITTEN, make_setting("loky", 2, "default")])
def test_who_asked_for_no_cap_violates_none(setting: Setting) -> None:
    verdict = judge_caps(setting, [2], [busy((MAIN, 9), (200, 9))], proof(pool(16)))
    assert (verdict.caps, verdict.violation) == ("verified", None)


@pytest.mark.parametrize("proven", [None, {**FINE, "unproven": "TimeoutError: one never came"}])
def test_without_a_whole_proof_the_caps_are_unverified(proven: Mapping[str, Any] | None) -> None:
    assert judge(busy((200, 1)), proven=proven).caps == "unverified"


def test_threads_contradict_the_request_even_without_a_proof() -> None:
    assert judge(busy((200, 4)), proven=None).caps == "violated"


def test_a_worker_with_more_busy_threads_than_its_cap_is_a_violation() -> None:
    verdict = judge(busy((MAIN, 1), (200, 2), (300, 1)))
    assert verdict.caps == "violated"
    assert verdict.violation is not None
    assert verdict.violation.startswith("2 threads of a worker were above 10% CPU, 1 asked (1 × 1)")


def test_idle_threads_are_none_of_it() -> None:
    idle = make_trace({(MAIN, MAIN): 1.0, **{(MAIN, MAIN + n): 0.1 for n in range(1, 9)}})
    assert judge(idle, n_jobs=1, backend="sequential").caps == "verified"


def test_a_fit_too_short_to_tell_blames_nobody() -> None:
    assert judge(busy((200, 8), wall_s=0.04)).caps == "verified"
    assert judge(busy((200, 8), wall_s=0.04)).busy_threads is None


def test_any_of_the_fits_can_violate() -> None:
    assert judge(busy((200, 1)), busy((200, 2)), busy((200, 1))).caps == "violated"


# The workers of a thread pool are threads of the trial's own process, handlers beside them.
THREADS = {(MAIN, MAIN): 0.2, (MAIN, 101): 0.9, (MAIN, 102): 0.9, (MAIN, 103): 0.9}


def test_joblibs_handlers_are_no_workers() -> None:
    trace = make_trace(THREADS, handlers=[103], pool_threads=[101, 102])
    verdict = judge(trace, backend="threading", proven=proof(pool(1)))
    assert verdict.caps == "verified"
    assert verdict.thread_workers == 2


def test_pool_threads_and_the_main_thread_that_waits_for_them_count_as_the_workers() -> None:
    """Each call has a pool of its own: here three calls, so six threads in turn and main."""
    uses = {(MAIN, MAIN): 0.5, **{(MAIN, tid): 0.3 for tid in range(101, 107)}}
    trace = make_trace(uses, pool_threads=range(101, 107))
    assert busy_threads(trace, 2) == {MAIN: 2}
    assert judge(trace, backend="threading", proven=proof(pool(1))).caps == "verified"


def test_a_native_thread_beside_the_workers_is_above_the_cap() -> None:
    trace = make_trace(THREADS, pool_threads=[101, 102])
    verdict = judge(trace, backend="threading", proven=proof(pool(1)))
    assert verdict.caps == "violated"
    assert verdict.violation is not None
    assert "3 threads of the process" in verdict.violation


def test_at_a_cap_above_one_threads_in_turn_are_only_blamed_when_seen_at_once() -> None:
    """Eight OpenMP threads in two teams of four, one after the other, are four at a time."""
    in_turn = busy((200, 8), concurrent={200: 4})
    at_once = busy((200, 8), concurrent={200: 8})
    assert judge(in_turn, inner=4).caps == "verified"
    assert judge(at_once, inner=4).caps == "violated"
    assert judge(busy((200, 8), concurrent={200: 1}), inner=1).caps == "violated"


def test_the_parent_of_process_workers_may_run_what_is_nested() -> None:
    """A search refits its best in the parent: two nested threads there, two in each worker."""
    trace = make_trace(
        {(pid, pid + n): 0.9 for pid in (MAIN, *WORKERS) for n in (0, 1)},
        pool_threads=[MAIN + 1],
        concurrent=dict.fromkeys((MAIN, *WORKERS), 2),
    )
    assert judge(trace, nested=[2]).caps == "verified"
    assert judge(trace).caps == "violated"


def test_nested_jobs_multiply_in_every_worker() -> None:
    crowd = busy((200, 5), concurrent={200: 5})
    assert judge(crowd, nested=[2]).caps == "violated"
    assert judge(crowd, nested=[2, 3]).caps == "verified"
    assert judge(crowd, nested=[2], inner=3).caps == "verified"


def test_busy_threads_are_the_most_of_any_fit() -> None:
    assert judge(busy((200, 1)), busy((200, 1), (300, 1), (MAIN, 1))).busy_threads == 3
    assert judge().busy_threads is None


def test_threads_of_a_worker_seen_at_once_contradict_a_cap_of_one_though_each_was_brief() -> None:
    """They come and go with each task: none is busy for a tenth of the whole fit."""
    brief = {(MAIN, MAIN): 0.5, **{(200, 200 + n): 0.05 for n in range(6)}}
    seen = Watch(samples=20, interval_s=0.05, workers_peak=2, concurrent={MAIN: 2, 200: 3})
    verdict = judge(make_trace(brief, watch=seen), backend="multiprocessing")
    assert verdict.caps == "violated"
    assert "3 threads of a worker" in (verdict.violation or "")


def test_workers_that_ended_with_a_fit_too_short_to_be_watched_prove_nothing() -> None:
    short = Watch(samples=3, interval_s=0.025, workers_peak=2)
    verdict = judge(make_trace({(MAIN, MAIN): 0.5}, watch=short), backend="multiprocessing")
    assert verdict.caps == "unverified"


def test_an_n_jobs_that_starts_no_process_stands_for_threads_of_this_one() -> None:
    """A booster's own n_jobs, whatever the backend."""
    assert judge(busy((MAIN, 2))).violation is None
    with_workers = Watch(samples=20, interval_s=0.05, workers_peak=2)
    assert judge(busy((MAIN, 2), watch=with_workers)).caps == "violated"
