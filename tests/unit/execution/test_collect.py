"""Every way in which a trial can end, from what it and its guardian left behind."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from sklpar.execution.collect import Remains, collect
from sklpar.model import (
    Answer,
    Bound,
    DataFacts,
    Failure,
    Outcome,
    ParallelCall,
    Pool,
    Reading,
    Sample,
    Trial,
    Unavailable,
)
from sklpar.store.journal import decode_outcome, encode_outcome
from tests.unit.builders import LOKY, MAIN, make_setting

TRIAL = Trial(number=7, round=2, setting=LOKY)
POOL: dict[str, Any] = {
    "user_api": "blas",
    "internal_api": "openblas",
    "num_threads": 1,
    "version": "0.3.31",
    "threading_layer": "pthreads",
    "library": "libopenblas.so",
}

CALL: dict[str, Any] = {
    "depth": 0,
    "backend": "loky",
    "n_jobs": 2,
    "calls": 1,
    "tasks": 12,
    "wall_s": 0.75,
    "own_cpu_s": 0.05,
    "first_done_s": 0.25,
    "tail_idle_s": 0.125,
}

Event = dict[str, Any]


def snapshot(cpu_s: float, **changes: Any) -> Event:
    whole = {
        "cpu_s": cpu_s,
        "involuntary_switches": 5,
        "machine_busy_s": cpu_s,
        "steal_s": 0.0,
        "throttled_s": 0.0,
        "swapped_bytes": 0,
        "memory_bytes": 1000,
        "workers": 2,
        "threads": {f"{MAIN}:{MAIN}": [cpu_s, 0.0]},
    }
    return {**whole, **changes}


def fit(index: int, wall_s: float | None = 1.0) -> list[Event]:
    """The events of a fit; one without a wall-clock never ended."""
    start = {"event": "fit_start", "index": index, "at": 0.0, "pid": MAIN, "start": snapshot(index)}
    end = {
        "event": "fit_end",
        "index": index,
        "at": 1.0,
        "wall_s": wall_s,
        "end": snapshot(index + 0.8),
        "handlers": [],
        "pool_threads": [],
        "calls": [CALL],
    }
    return [start] if wall_s is None else [start, end]


def watch(**changes: Any) -> Event:
    whole = {
        "samples": 20,
        "interval_s": 0.05,
        "workers_peak": 3,
        "threads_peak": 12,
        "runnable_peak": 4,
        "memory_peak_bytes": 5000,
        "memory_method": "cgroup",
        "concurrent": {str(MAIN): 1},
        "threads": {f"{MAIN}:{MAIN}": [0.5, 0.1]},
        "widths_s": [0.1, 0.7, 0.0, 0.0, 0.2],
    }
    return {**whole, **changes}


READY = {
    "event": "ready",
    "resolved": {"n_jobs": 2},
    "jobs_by_depth": [2],
    "data_bytes": 8000,
    "data": {"shape": [100, 10], "digest": "ab12"},
    "pace_s": 0.003,
}
DATA = DataFacts(shape=(100, 10), digest="ab12")
PROOF = {"event": "proof", "pools": [POOL], "workers": [[POOL], [POOL]]}
ANSWER = {"event": "answer", "kind": "labels", "digest": "d", "values": ["a"], "scores": [0.5]}
DONE = {"event": "done"}
GOOD = [READY, *fit(0), *fit(1), PROOF, ANSWER, DONE]


def error(stage: str, *, memory: bool = False) -> Event:
    return {
        "event": "error",
        "stage": stage,
        "type": "ValueError",
        "message": "no",
        "memory": memory,
    }


def outcome(
    events: Sequence[Mapping[str, Any]] = GOOD,
    *,
    status: int | None = 0,
    cut: Event | None = None,
    fits: Sequence[Event] | None = None,
    **remains: Any,
) -> Outcome:
    ended = sum(event["event"] == "fit_end" for event in events)
    seen = [watch()] * ended if fits is None else fits
    watched = {"exit": None if cut else status, "cut_off": cut, "fits": seen, "trial_s": 2.0}
    found = collect(TRIAL, Remains(**{"events": events, "watched": watched, **remains}))
    assert repr(decode_outcome(encode_outcome(found), "here")) == repr(found)
    return found


def sample(*args: Any, **kwargs: Any) -> Sample:
    found = outcome(*args, **kwargs)
    assert isinstance(found, Sample), found
    return found


def failure(*args: Any, **kwargs: Any) -> Failure:
    found = outcome(*args, **kwargs)
    assert isinstance(found, Failure), found
    assert (found.trial, found.round, found.setting) == (7, 2, "loky-j2-t1")
    return found


# --------------------------------------------------------------------------- it ran to its end


def test_a_good_trial_is_a_sample_of_all_its_fits() -> None:
    found = sample(warnings={"Warning: x": 3}, trial_s=2.5, started_at="now")
    assert (found.status, found.trial, found.round, found.setting) == ("ok", 7, 2, "loky-j2-t1")
    assert (found.trial_s, found.started_at, found.warnings) == (2.5, "now", {"Warning: x": 3})
    assert found.resolved == {"n_jobs": 2}
    assert found.answer == Answer(kind="labels", digest="d", values=("a",), scores=(0.5,))
    first = found.fits[0].readings
    assert len(found.fits) == 2
    assert first["wall_s"] == Reading(value=1.0, method="monotonic clock")
    assert isinstance(first["cpu_s"], Reading)
    assert first["cpu_s"].value == pytest.approx(0.8)
    assert first["peak_memory_bytes"] == Reading(value=5000.0, method="cgroup")
    assert (found.data_bytes, found.data, found.pace_s) == (8000, DATA, 0.003)


def test_a_fit_has_its_calls_its_widths_and_what_its_workers_used() -> None:
    start, end = fit(0)
    threads = {f"{MAIN}:{MAIN}": [0.1, 0.0], "201:201": [0.2, 0.0], "201:202": [0.2, 0.0]}
    end = {**end, "end": snapshot(0.8, threads={**threads, "203:203": [0.6, 0.0]})}
    found = sample([READY, start, end, PROOF, ANSWER, DONE]).fits[0]
    assert found.calls == (ParallelCall(**CALL),)
    assert found.widths_s == (0.1, 0.7, 0.0, 0.0, 0.2)
    assert found.worker_cpu_s == (0.6, 0.4)


def test_a_fit_too_short_to_be_sampled_has_no_widths() -> None:
    found = sample(fits=[watch(samples=9), watch(samples=10)]).fits
    assert found[0].widths_s == ()
    assert len(found[1].widths_s) == 5


def test_what_ran_is_observed_beside_what_was_asked() -> None:
    found = sample().observed
    assert (found.processes, found.workers, found.threads_peak, found.runnable_peak) == (
        4,
        3,
        12,
        4,
    )
    assert found.pools == (Pool(**POOL),)
    assert found.caps == "verified"


def test_workers_that_are_threads_are_counted_from_the_pool_threads() -> None:
    start, end = fit(0)
    end = {**end, "pool_threads": [101, 102, 103, 104]}
    here = {**PROOF, "workers": []}
    trial = Trial(number=7, round=2, setting=make_setting("threading"))
    seen = watch(workers_peak=0)
    start = {**start, "start": snapshot(0, workers=0)}
    end = {**end, "end": snapshot(1, workers=0)}
    watched = {"exit": 0, "cut_off": None, "fits": [seen]}
    found = collect(trial, Remains(events=[READY, start, end, here, DONE], watched=watched))
    assert found.observed is not None
    assert (found.observed.processes, found.observed.workers) == (1, 2)


def test_a_fit_too_short_to_be_seen_has_no_thread_counts_but_its_processes() -> None:
    unseen = watch(samples=0, workers_peak=0, threads_peak=0, runnable_peak=0)
    found = sample(fits=[unseen, unseen]).observed
    assert (found.threads_peak, found.runnable_peak, found.processes) == (None, None, 3)


def test_pools_above_the_cap_make_it_not_as_requested() -> None:
    loose = {**PROOF, "workers": [[{**POOL, "num_threads": 2}]]}
    found = sample([READY, *fit(0), loose, ANSWER, DONE])
    assert (found.status, found.observed.caps) == ("not_as_requested", "violated")
    assert found.reason is not None
    assert len(found.fits) == 1


def test_an_answer_that_is_not_to_be_had_keeps_its_reason() -> None:
    found = sample([READY, *fit(0), PROOF, {"event": "answer", "unavailable": "no predict"}, DONE])
    assert (found.answer, found.answer_unavailable) == (None, "no predict")


def test_the_score_of_a_candidate_that_failed_can_be_stored_and_read_again() -> None:
    events = [READY, *fit(0), PROOF, {**ANSWER, "scores": ["nan", 0.5]}, DONE]
    found = sample(events)
    assert found.answer is not None
    assert repr(found.answer.scores) == "(nan, 0.5)"


@pytest.mark.parametrize(
    ("events", "cut"),
    [
        ([READY, *fit(0), *fit(1)], {"bound": "tail", "after_s": 30.0}),
        ([READY, *fit(0), *fit(1)], {"bound": "budget", "after_s": 3.0, "stage": "tail"}),
        (GOOD, {"bound": "exit", "after_s": 5.0}),
        (GOOD, {"bound": "budget", "after_s": 1.0, "stage": "done"}),
    ],
    ids=["a proof that hangs", "a budget that ends in the proof", "no exit", "budget at the exit"],
)
def test_fits_stand_whatever_hangs_after_them(events: list[Event], cut: Event) -> None:
    found = sample(events, cut=cut)
    assert found.status == "ok"
    assert len(found.fits) == 2
    assert found.observed.caps == ("verified" if DONE in events else "unverified")
    assert (found.answer is None) == (found.answer_unavailable is not None)


# --------------------------------------------------------------------------- it raised or died


def test_an_error_before_the_first_fit_says_so() -> None:
    found = failure([error("setup")], status=70)
    assert (found.status, found.reason) == ("failed", "before the first fit: ValueError: no")
    assert (found.fits, found.observed) == ((), None)


def test_an_error_in_a_fit_keeps_the_fits_before_it() -> None:
    found = failure([READY, *fit(0), *fit(1, None), error("fit")], status=70)
    assert (found.status, found.reason, found.cut_off_s) == ("failed", "ValueError: no", None)
    assert len(found.fits) == 1
    assert found.observed is not None
    assert found.resolved == {"n_jobs": 2}


@pytest.mark.parametrize("kind", ["MemoryError", "a worker that the kernel killed"])
def test_want_of_memory_is_told_from_other_errors(kind: str) -> None:
    by_error = kind == "MemoryError"
    events = [READY, *fit(0, None), error("fit", memory=by_error)]
    found = failure(events, status=70, oom_kills=0 if by_error else 1)
    assert (found.status, found.reason) == ("out_of_memory", "ValueError: no")


def test_a_trial_that_the_kernel_killed_for_memory_is_out_of_memory() -> None:
    found = failure([READY, *fit(0, None)], status=-signal.SIGKILL, oom_kills=1)
    assert found.status == "out_of_memory"


def test_a_worker_killed_for_memory_whose_pool_hangs_is_out_of_memory() -> None:
    """Forked workers are waited for forever: the fit's bound ends it, memory is the cause."""
    found = failure([READY, *fit(0, None)], cut=CUT, oom_kills=1)
    assert found.status == "out_of_memory"
    assert "memory" in found.reason


@pytest.mark.parametrize(
    ("status", "what"),
    [
        (-signal.SIGSEGV, "killed by SIGSEGV before its first fit ended"),
        (-64, "killed by SIGRTMAX before its first fit ended"),
        (-100, "killed by signal 100 before its first fit ended"),
        (3, "exited with status 3 before its first fit ended"),
        (0, "exited with status 0 before its first fit ended"),
    ],
)
def test_a_trial_that_died_without_a_word_is_named_by_its_exit(status: int, what: str) -> None:
    found = failure([READY, *fit(0, None)], status=status)
    assert (found.status, found.reason) == ("failed", what)


def test_its_last_words_are_repeated() -> None:
    found = failure([], status=1, log_tail="a\nFatal Python error: Aborted\n\n")
    assert found.reason.endswith("; its last words: Fatal Python error: Aborted")


@pytest.mark.parametrize("status", [1, -signal.SIGABRT])
def test_a_bad_exit_outranks_a_good_report(status: int) -> None:
    found = failure(status=status)
    assert found.status == "failed"
    assert "after 2 of its fits" in found.reason
    assert len(found.fits) == 2


def test_an_error_in_the_proof_is_a_bad_exit() -> None:
    found = failure([READY, *fit(0), error("proof")], status=70)
    assert found.reason == "exited with status 70 after 1 of its fits"


def test_a_guardian_that_was_killed_leaves_a_failure() -> None:
    found = failure(GOOD, watched=None)
    assert (found.status, found.reason) == (
        "failed",
        "the process that watched the trial was killed",
    )


def test_a_report_that_breaks_off_gives_the_fits_that_are_whole() -> None:
    found = failure([READY, *fit(0), fit(1)[0]], status=-signal.SIGKILL, fits=[watch()])
    assert len(found.fits) == 1
    nothing = failure([], status=-signal.SIGKILL)
    assert (nothing.fits, nothing.resolved, nothing.observed) == ((), {}, None)


def test_a_fit_that_the_guardian_did_not_get_to_see_is_a_fit_all_the_same() -> None:
    found = sample(fits=[])
    memory = found.fits[0].readings["peak_memory_bytes"]
    assert len(found.fits) == 2
    assert isinstance(memory, Unavailable)
    assert found.observed.threads_peak is None


# --------------------------------------------------------------------------- it was cut off

MACHINE: Event = {
    "cpu_s": None,
    "involuntary_switches": None,
    "machine_busy_s": 30.0,
    "steal_s": 2.0,
    "throttled_s": 3.0,
    "swapped_bytes": 4096,
    "memory_bytes": None,
    "workers": 0,
    "threads": {},
}
CUT = {"bound": "fit", "after_s": 24.8, "limit_s": 24.8, "seen": watch(), "machine": MACHINE}


def test_a_fit_beyond_its_bound_is_a_timeout_with_what_it_had_used() -> None:
    found = failure([READY, *fit(0, None)], cut=CUT)
    assert (found.status, found.reason) == ("timeout", "the first fit was stopped after 24.8 s")
    assert (found.cut_off_s, found.cut_off_by) == (24.8, "fit")
    assert found.unfinished is not None
    readings = found.unfinished.readings
    assert readings["wall_s"] == Reading(value=24.8, method="monotonic clock")
    assert isinstance(readings["cpu_s"], Reading)
    assert readings["cpu_s"].value == pytest.approx(0.5)
    assert isinstance(readings["involuntary_switches"], Unavailable)
    assert readings["steal_s"] == Reading(value=2.0, method="/proc/stat")
    assert isinstance(readings["throttled_s"], Reading)
    assert readings["throttled_s"].value == 3.0
    assert (found.unfinished.calls, len(found.unfinished.widths_s)) == ((), 5)
    assert (found.data_bytes, found.data, found.pace_s) == (8000, DATA, 0.003)
    assert found.observed is not None
    assert (found.observed.runnable_peak, found.observed.caps) == (4, "unverified")


def test_a_warm_fit_beyond_its_bound_is_named_and_the_first_stands() -> None:
    found = failure([READY, *fit(0), *fit(1, None)], cut=BUSY)
    assert found.reason == "warm fit 1 was stopped after 24.8 s"
    assert len(found.fits) == 1


CAPPED = Bound(first_s=24.8, status="stopped_early", why="2 times the best so far")
BUSY = {**CUT, "seen": watch(threads={f"{MAIN}:{MAIN}": [20.0, 0.1]})}
IDLE = {**CUT, "seen": watch(threads={f"{MAIN}:{MAIN}": [0.4, 0.0]})}


def test_a_fit_beyond_what_could_still_be_best_was_stopped_early() -> None:
    found = failure([READY, *fit(0, None)], cut=BUSY, bound=CAPPED)
    assert (found.status, found.cut_off_s, found.cut_off_by) == ("stopped_early", 24.8, "fit")
    assert found.reason == "the first fit was stopped after 24.8 s, 2 times the best so far"
    assert found.unfinished is not None


def test_a_fit_beyond_the_users_own_bound_is_a_timeout_and_says_so() -> None:
    bound = Bound(first_s=24.8, why="the timeout")
    found = failure([READY, *fit(0, None)], cut=BUSY, bound=bound)
    assert (found.status, found.reason) == (
        "timeout",
        "the first fit was stopped after 24.8 s, the timeout",
    )


@pytest.mark.parametrize(("timeout_s", "status"), [(None, "stopped_early"), (60.0, "timeout")])
def test_a_fit_that_used_no_cpu_would_have_hit_the_users_timeout_too(
    timeout_s: float | None, status: str
) -> None:
    bound = replace(CAPPED, timeout_s=timeout_s)
    found = failure([READY, *fit(0, None)], cut=IDLE, bound=bound)
    assert found.status == status
    assert found.reason.endswith("; it used no CPU meanwhile: it waits, or hangs")


def test_a_fit_that_computes_is_stopped_early_though_the_user_gave_a_timeout() -> None:
    found = failure([READY, *fit(0, None)], cut=BUSY, bound=replace(CAPPED, timeout_s=60.0))
    assert found.status == "stopped_early"


def test_a_worker_killed_for_memory_outranks_a_fit_that_was_stopped_early() -> None:
    found = failure([READY, *fit(0, None)], cut=IDLE, bound=CAPPED, oom_kills=1)
    assert found.status == "out_of_memory"


def test_the_end_of_the_budget_is_no_early_stop() -> None:
    cut = {**BUSY, "bound": "budget", "stage": "fit"}
    assert failure([READY, *fit(0, None)], cut=cut, bound=CAPPED).status == "timeout"


def test_the_end_of_the_budget_in_a_fit_is_told_from_its_own_bound() -> None:
    found = failure([READY, *fit(0, None)], cut={**CUT, "bound": "budget", "stage": "fit"})
    assert (found.status, found.cut_off_by, found.cut_off_s) == ("timeout", "budget", 24.8)


@pytest.mark.parametrize("events", [[], [READY, *fit(0)]], ids=["loading data", "between two fits"])
def test_a_budget_that_ended_outside_a_fit_cut_no_fit_off(events: list[Event]) -> None:
    """The time it had spent by then is that of loading data: it says nothing about a fit."""
    cut = {"bound": "budget", "after_s": 9.0, "stage": "setup"}
    found = failure(events, cut=cut)
    assert (found.status, found.cut_off_by, found.cut_off_s) == ("timeout", "budget", None)
    assert found.unfinished is None


def test_an_error_that_was_reported_outranks_a_process_that_would_not_go() -> None:
    cut = {"bound": "exit", "after_s": 5.0}
    found = failure([READY, *fit(0, None), error("fit")], cut=cut)
    assert (found.status, found.reason) == ("failed", "ValueError: no")


def test_a_parent_that_went_away_leaves_an_interrupted_trial() -> None:
    found = failure([READY, *fit(0, None)], cut={"bound": "parent", "after_s": 1.0})
    assert (found.status, found.reason) == ("failed", "interrupted")
