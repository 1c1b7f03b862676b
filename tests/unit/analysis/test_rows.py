"""One row a setting: estimates, status, what was observed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sklpar.analysis.analyse import analyse
from sklpar.model import (
    Caps,
    Estimate,
    ObjectNode,
    Observed,
    Outcome,
    Plan,
    Pool,
    Setting,
    SettingReport,
    Skipped,
    Unavailable,
)
from tests.unit.builders import (
    LOKY,
    SERIAL,
    answer,
    cut_off,
    make_failure,
    make_fit,
    make_run,
    make_sample,
    make_samples,
    make_setting,
    stopped_early,
)


def row(*outcomes: Outcome, setting: Setting = LOKY) -> SettingReport:
    found = analyse(make_run([setting], outcomes)).row(setting.id)
    assert found is not None
    return found


def median(of: SettingReport, measure: str) -> float:
    found = of.measures[measure]
    assert isinstance(found, Estimate), found
    return found.median


def test_a_setting_without_a_trial_was_stopped_early_and_has_no_figures() -> None:
    found = row()
    assert found.status == "stopped_early"
    assert found.observed is None
    assert all(isinstance(value, Unavailable) for value in found.measures.values())


def test_first_and_warm_fits_are_told_apart_and_memory_is_the_peak_of_all() -> None:
    fits = [
        make_fit(3.0, cpu_s=5.0, memory_bytes=200.0, wait_s=9.0, switches=9.0),
        *(make_fit(t, cpu_s=2 * t, memory_bytes=100.0, wait_s=t, switches=t) for t in (1.0, 2.0)),
    ]
    found = row(make_sample(LOKY, 1, *fits))
    assert median(found, "first_fit_s") == 3.0
    assert median(found, "first_fit_cpu_s") == 5.0
    assert median(found, "fit_s") == 1.5
    assert median(found, "cpu_s") == 3.0
    assert median(found, "peak_memory_bytes") == 200.0
    assert median(found, "run_queue_wait_s") == 1.5
    assert median(found, "involuntary_switches") == 1.5


def test_without_warm_fits_they_are_null_and_the_wait_is_that_of_the_first() -> None:
    found = row(make_sample(LOKY, 1, make_fit(3.0, wait_s=9.0)))
    assert found.measures["fit_s"] == Unavailable(unavailable="repeats is 0")
    assert found.measures["cpu_s"] == Unavailable(unavailable="repeats is 0")
    assert median(found, "run_queue_wait_s") == 9.0


def test_a_trial_is_one_value_however_many_fits_it_has() -> None:
    fits = [make_fit(1.0)] * 6
    found = row(make_sample(LOKY, 1, *fits), make_sample(LOKY, 2, *fits))
    assert isinstance(found.measures["fit_s"], Estimate)
    assert found.measures["fit_s"].n == 2


def test_the_discarded_trial_never_counts() -> None:
    serial = row(make_sample(SERIAL, 0, first_s=99.0), *make_samples(SERIAL, [1.0]), setting=SERIAL)
    assert median(serial, "first_fit_s") == 1.0


def test_what_could_not_be_measured_keeps_its_reason() -> None:
    found = row(make_sample(LOKY, 1, make_fit(memory_bytes=None)))
    assert found.measures["peak_memory_bytes"] == Unavailable(unavailable="not to be had")


SEQUENTIAL = make_setting("sequential", 2)


BAD_ANSWER = [
    make_sample(SERIAL, answer=answer(1.0, 2.0)),
    make_sample(LOKY, 1, answer=answer(1.0, 9.0)),
]
NOT_AS_REQUESTED = make_sample(LOKY, 2, status="not_as_requested", reason="4 threads, 1 asked")


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [
        (BAD_ANSWER, "differs"),
        ([*BAD_ANSWER, NOT_AS_REQUESTED], "not_as_requested"),
        ([*BAD_ANSWER, NOT_AS_REQUESTED, make_failure(LOKY, 3)], "failed"),
        ([make_failure(LOKY, 1, "timeout"), make_failure(LOKY, 2)], "failed"),
        ([cut_off(LOKY, 1.0), make_failure(LOKY, 2, "out_of_memory")], "out_of_memory"),
        ([cut_off(LOKY, 1.0)], "timeout"),
        ([stopped_early(LOKY, 1.0)], "stopped_early"),
        ([stopped_early(LOKY, 1.0), cut_off(LOKY, 1.0, 2)], "timeout"),
        ([make_sample(LOKY)], "ok"),
    ],
)
def test_the_worst_that_happened_is_the_status(outcomes: list[Any], status: str) -> None:
    found = row(*outcomes)
    assert found.status == status
    assert (found.reason is None) == (status == "ok")


def test_one_failure_among_good_trials_says_how_many() -> None:
    found = row(make_sample(LOKY, 1), make_sample(LOKY, 2), make_failure(LOKY, 3))
    assert found.reason == "ValueError: no (in 1 of 3 trials)"
    assert median(found, "first_fit_s") == 1.0


def test_the_figures_of_a_setting_that_failed_are_null_for_that_reason() -> None:
    found = row(make_failure(LOKY)).measures["first_fit_s"]
    assert isinstance(found, Unavailable)
    assert "failed" in found.unavailable


# --------------------------------------------------------------------------- stopped trials


def stopped(*firsts: float | None, warm: bool = False) -> SettingReport:
    """A row of trials with these first (or warm) fits; None is one stopped after 9 s."""
    return row(
        *(
            make_sample(LOKY, n, *([make_fit(1.0)] if warm else []), make_fit(first))
            if first is not None
            else stopped_early(LOKY, 9.0, n, fits=(make_fit(1.0),) if warm else ())
            for n, first in enumerate(firsts, start=1)
        )
    )


@pytest.mark.parametrize("warm", [False, True])
def test_the_median_counts_a_stopped_trial_as_longer_than_any_other(warm: bool) -> None:
    name = "fit_s" if warm else "first_fit_s"
    found = stopped(1.0, 2.0, None, warm=warm).measures[name]
    assert isinstance(found, Estimate)
    assert (found.median, found.low, found.high, found.n) == (2.0, None, None, 2)
    assert found.method == "by hand; 1 of 3 trials were stopped"
    even = stopped(1.0, 2.0, 4.0, None, warm=warm).measures[name]
    assert isinstance(even, Estimate)
    assert even.median == 3.0


@pytest.mark.parametrize(
    ("firsts", "at_least", "how"),
    [
        ((None,), 9.0, "stopped: at least 9 s"),
        ((1.0, None), 1.0, "stopped in 1 of 2 trials: at least 1 s"),
        ((1.0, None, None), 9.0, "stopped in 2 of 3 trials: at least 9 s"),
    ],
)
def test_where_the_median_is_among_the_stopped_it_is_null_with_a_lower_bound(
    firsts: tuple[float | None, ...], at_least: float, how: str
) -> None:
    found = stopped(*firsts)
    assert found.status == "stopped_early"
    assert found.measures["first_fit_s"] == Unavailable(unavailable=how, at_least=at_least)


def test_a_warm_fit_that_was_stopped_leaves_the_first_fit_unknown_but_not_stopped() -> None:
    found = stopped(None, warm=True)
    assert found.measures["fit_s"] == Unavailable(unavailable="stopped: at least 9 s", at_least=9.0)
    first = found.measures["first_fit_s"]
    assert isinstance(first, Unavailable)
    assert first.at_least is None


def test_what_was_stopped_bounds_no_memory_and_no_cpu() -> None:
    found = stopped(None).measures
    for name in ("cpu_s", "first_fit_cpu_s", "peak_memory_bytes"):
        value = found[name]
        assert isinstance(value, Unavailable)
        assert value.at_least is None


def test_confirming_trials_are_not_in_the_figures_but_their_failure_is_in_the_status() -> None:
    confirming = make_sample(LOKY, 6, first_s=99.0)
    assert median(row(make_sample(LOKY), confirming), "first_fit_s") == 1.0
    found = row(make_sample(LOKY), make_failure(LOKY, 6))
    assert (found.status, median(found, "first_fit_s")) == ("failed", 1.0)


def test_observed_are_the_peaks_and_the_weakest_proof() -> None:
    pool = Pool(user_api="blas", internal_api="openblas", num_threads=1)
    first = Observed(processes=3, workers=2, threads_peak=9, runnable_peak=2, caps="unverified")
    second = Observed(processes=1, workers=0, runnable_peak=7, pools=(pool,), caps="verified")
    found = row(make_sample(LOKY, 1, observed=first), make_sample(LOKY, 2, observed=second))
    assert found.observed == replace(first, runnable_peak=7, pools=(pool,))


def test_the_resolved_paths_come_from_the_trial() -> None:
    assert row(make_sample(LOKY, resolved={"n_jobs": 2})).resolved == {"n_jobs": 2}


def test_objects_among_the_params_are_shown_as_a_spec_writes_them() -> None:
    setting = make_setting(model=ObjectNode(path="Ridge", kwargs={"alpha": 2}), C=1.0)
    assert row(setting=setting).params == {"model": {"class": "Ridge", "alpha": 2}, "C": 1.0}


def test_a_skipped_setting_is_a_row_with_its_reason() -> None:
    skipped = make_setting("sequential", 4, Caps(blas=1, openmp=2))
    run = make_run([LOKY])
    plan = Plan(settings=run.plan.settings, skipped=(Skipped(setting=skipped, reason="one job"),))
    found = analyse(replace(run, plan=plan)).row("sequential-j4-tblas1-openmp2")
    assert found is not None
    assert (found.status, found.reason, found.n_jobs) == ("skipped", "one job", 4)
    assert found.measures["fit_s"] == Unavailable(unavailable="skipped: one job")


def test_an_id_is_one_row_though_it_was_asked_for_twice() -> None:
    run = make_run([LOKY], make_samples(LOKY, [1.0]))
    twice = [Skipped(setting=setting, reason="again") for setting in (LOKY, *[SEQUENTIAL] * 2)]
    plan = Plan(settings=run.plan.settings, skipped=tuple(twice))
    rows = analyse(replace(run, plan=plan)).settings
    assert [(row.id, row.status) for row in rows[2:]] == [
        ("loky-j2-t1", "ok"),
        ("sequential-j2-t1", "skipped"),
    ]


def test_the_cost_of_every_round_is_known_once_each_setting_had_a_trial() -> None:
    outcomes: list[Outcome] = [
        make_sample(SERIAL, 0, trial_s=5.0),
        make_sample(SERIAL, trial_s=2.0),
        *(make_sample(LOKY, n, trial_s=float(n)) for n in (1, 2, 3)),
    ]
    before = analyse(make_run([LOKY], outcomes, rounds=4)).cost
    assert (before.trials, before.wall_s, before.exhaustive_estimate_s) == (5, 13.0, None)
    outcomes.append(make_sample(Setting(kind="as-written"), trial_s=10.0))
    after = analyse(make_run([LOKY], outcomes, rounds=4)).cost
    assert after.exhaustive_estimate_s == 4 * (2.0 + 2.0 + 10.0)
