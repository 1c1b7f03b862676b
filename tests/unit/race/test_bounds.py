"""How long a fit may take, and what it means that it was stopped."""

from __future__ import annotations

from typing import Any

import pytest

from sklpar.execution.budget import Budget
from sklpar.model import Bound, Measure, Outcome, Setting, Trial
from sklpar.race.bounds import best_s, bound_of, ended_by_budget
from tests.unit.builders import (
    AS_WRITTEN,
    LOKY,
    SERIAL,
    THREADING,
    cut_off,
    make_failure,
    make_fit,
    make_run,
    make_sample,
    make_samples,
    objective,
    stopped_early,
)

# Beside its fits of 10 and 20 s (first), 4 and 5 s (warm), each trial took 0.6 s.
LEFT_S = 1000.0


def fits(
    setting: Setting, first_s: float, warm_s: float | None = None, round_: int = 1, **fit: Any
) -> Outcome:
    """A trial of a first and maybe a warm fit that took 0.6 s beside them."""
    walls = [first_s] if warm_s is None else [first_s, warm_s]
    done = [make_fit(wall_s, **fit) for wall_s in walls]
    return make_sample(setting, round_, *done, trial_s=sum(walls) + 0.6)


def bound(
    *outcomes: Outcome,
    setting: Setting = LOKY,
    round_: int = 1,
    left_s: float | None = LEFT_S,
    **spec: Any,
) -> Bound:
    trial = Trial(number=9, round=round_, setting=setting)
    return bound_of(make_run([LOKY, THREADING], outcomes, **spec), trial, left_s)


# --------------------------------------------------------------------------- the cap

KNOWN = [fits(AS_WRITTEN, 20.0, 5.0), fits(SERIAL, 10.0, 4.0)]


def test_a_first_look_is_stopped_at_twice_the_best_and_what_a_trial_takes_beside() -> None:
    found = bound(*KNOWN)
    assert found.first_s == pytest.approx(2 * 10.0 + 0.6)
    assert found.warm_s == found.first_s
    assert found.trial_s == LEFT_S
    assert found.status == "stopped_early"
    assert found.why == "2 times the best so far and a trial's own start"


def test_a_setting_that_ended_before_may_take_twice_as_long_again() -> None:
    """A slow minute is no proof against it."""
    found = bound(*KNOWN, fits(LOKY, 15.0), round_=2)
    assert found.first_s == pytest.approx(4 * 10.0 + 0.6)
    assert "4 times the best" in found.why
    assert bound(*KNOWN, stopped_early(LOKY, 20.6), round_=2).first_s == pytest.approx(20.6)


def test_no_fit_is_stopped_before_five_seconds() -> None:
    """A figure is worth more than the little time that stopping would save."""
    found = bound(fits(SERIAL, 0.1, 0.05))
    assert (found.first_s, found.warm_s) == (5.0, 5.0)
    assert found.why == "2 times the best so far and a trial's own start, or 5 s"
    assert bound(fits(SERIAL, 0.1, 0.05), timeout_s=3.0).status == "timeout"


def test_the_discarded_trial_is_a_first_best() -> None:
    assert bound(fits(SERIAL, 15.0, round_=0)).first_s == pytest.approx(2 * 15.0 + 0.6)


def test_the_best_is_a_settings_median_and_the_discarded_trial_is_none_of_its_own() -> None:
    samples = [
        make_sample(SERIAL, 0, first_s=0.5),
        *make_samples(SERIAL, [3.0, 1.0, 2.0]),
        *make_samples(LOKY, [1.0, 9.0]),
    ]

    def first_s(sample: Any) -> float:
        return float(sample.fits[0].readings["wall_s"].value)

    assert best_s(samples, first_s) == 0.5
    assert best_s(samples[1:], first_s) == 2.0
    assert best_s([], first_s) is None
    assert best_s(samples, lambda _: None) is None


def test_what_was_stopped_or_failed_says_nothing_about_the_best() -> None:
    worse = [cut_off(AS_WRITTEN, 0.01), make_failure(SERIAL, fits=(make_fit(0.01),))]
    assert bound(*KNOWN, *worse).first_s == bound(*KNOWN).first_s


def test_where_warm_fits_count_they_are_capped_and_the_first_has_room() -> None:
    found = bound(*KNOWN, objective=objective("fit"))
    assert found.first_s == pytest.approx(10 * 10.0 + 0.6)
    assert found.warm_s == pytest.approx(2 * 4.0 + 0.6)


def test_where_warm_fits_count_and_none_has_ended_the_first_ones_speak_for_them() -> None:
    found = bound(fits(SERIAL, 10.0, round_=0), objective=objective("fit"))
    assert found.warm_s == pytest.approx(2 * 10.0 + 0.6)


def test_where_cpu_counts_a_fit_may_take_as_long_as_it_could_compute_in_less() -> None:
    known = [fits(AS_WRITTEN, 10.0, 4.0, cpu_s=50.0), fits(SERIAL, 20.0, 4.0, cpu_s=30.0)]
    found = bound(*known, objective=objective("cpu"))
    assert found.first_s == found.warm_s == pytest.approx(2 * 30.0 + 0.6)
    idle = [fits(AS_WRITTEN, 10.0, 4.0, cpu_s=0.1)]
    assert bound(*idle, objective=objective("cpu")).first_s == pytest.approx(2 * 10.0 + 0.6)


def test_where_memory_counts_only_what_is_far_too_slow_is_stopped() -> None:
    found = bound(*KNOWN, objective=objective("memory"))
    assert found.first_s == found.warm_s == pytest.approx(10 * 10.0 + 0.6)
    assert "10 times the best" in found.why


@pytest.mark.parametrize("setting", [AS_WRITTEN, SERIAL])
def test_as_written_and_serial_are_not_capped(setting: Setting) -> None:
    """What the user pays today has to be known, and serial gives the answer."""
    found = bound(*KNOWN, setting=setting)
    assert (found.first_s, found.status) == (500.0, "timeout")


def test_an_exhaustive_run_caps_nothing_by_the_best() -> None:
    assert bound(*KNOWN, exhaustive=True, left_s=None) == Bound(why=bound(SERIAL_FIRST).why)
    assert bound(*KNOWN, exhaustive=True).first_s == 500.0


# --------------------------------------------------------------------------- the user's timeout

SERIAL_FIRST = cut_off(SERIAL, 9.0, 0)


def test_a_timeout_that_is_shorter_than_the_cap_is_the_bound() -> None:
    found = bound(*KNOWN, timeout_s=2.0)
    assert (found.first_s, found.warm_s, found.status) == (2.0, 2.0, "timeout")
    assert found.why == "the timeout"
    assert found.trial_s == LEFT_S


def test_a_timeout_that_is_longer_than_the_cap_is_kept_beside_it() -> None:
    found = bound(*KNOWN, timeout_s=70.0)
    assert found.first_s == pytest.approx(20.6)
    assert (found.status, found.timeout_s) == ("stopped_early", 70.0)


def test_no_fit_may_take_longer_than_the_timeout() -> None:
    """Here the best warm fits are longer than first ones."""
    found = bound(fits(SERIAL, 10.0, 90.0), timeout_s=150.0, objective=objective("fit"))
    assert found.warm_s is not None
    assert found.warm_s <= 150.0


@pytest.mark.parametrize("setting", [AS_WRITTEN, SERIAL])
def test_a_timeout_bounds_as_written_and_serial_too(setting: Setting) -> None:
    assert bound(*KNOWN, setting=setting, timeout_s=7.0).first_s == 7.0


def test_a_timeout_bounds_an_exhaustive_run() -> None:
    assert bound(*KNOWN, exhaustive=True, timeout_s=7.0).first_s == 7.0


# --------------------------------------------------------------------------- the budget


def test_as_written_and_serial_leave_room_in_the_budget_for_something_better() -> None:
    for setting in (AS_WRITTEN, SERIAL):
        found = bound(setting=setting, left_s=100.0)
        assert (found.first_s, found.warm_s, found.trial_s) == (50.0, 50.0, 100.0)
        assert found.why == "50% of the budget that was left"
        assert bound(setting=setting, left_s=None).first_s is None


def test_the_discarded_trial_takes_a_small_part_of_the_budget() -> None:
    assert bound(setting=SERIAL, round_=0, left_s=100.0).first_s == 20.0


def test_without_any_best_a_hang_may_not_eat_the_whole_budget() -> None:
    assert bound(SERIAL_FIRST, left_s=100.0).first_s == 50.0
    assert bound(SERIAL_FIRST, left_s=None).first_s is None


LOKY_TRIAL = Trial(number=9, round=2, setting=LOKY)
WRITTEN_TRIAL = Trial(number=9, round=2, setting=AS_WRITTEN)
SEEN = [make_sample(AS_WRITTEN), make_sample(LOKY)]


@pytest.mark.parametrize(
    ("outcome", "rules", "ended"),
    [
        (make_sample(LOKY, 2), Measure(), False),
        (make_failure(LOKY, 2), Measure(), False),
        (cut_off(LOKY, 9.0, 2), Measure(), False),
        (stopped_early(LOKY, 9.0, 2), Measure(), False),
        (stopped_early(LOKY, 9.0, 2), Measure(timeout_s=20.0), False),
        (cut_off(LOKY, 9.0, 2, cut_off_by="budget"), Measure(), True),
        (cut_off(LOKY, 9.0, 2, cut_off_by="budget"), Measure(timeout_s=20.0), True),
        (cut_off(LOKY, 9.0, 2), Measure(exhaustive=True), True),
        (cut_off(LOKY, 9.0, 2), Measure(exhaustive=True, timeout_s=9.0), False),
    ],
)
def test_only_the_end_of_the_budget_is_not_held_against_a_setting(
    outcome: Outcome, rules: Measure, ended: bool
) -> None:
    assert ended_by_budget(LOKY_TRIAL, outcome, SEEN, rules) == ended


@pytest.mark.parametrize("by", ["fit", "budget"])
def test_a_first_look_at_as_written_that_was_cut_off_is_a_result_and_a_later_one_is_not(
    by: str,
) -> None:
    outcome = cut_off(AS_WRITTEN, 9.0, 2, cut_off_by=by)
    assert not ended_by_budget(WRITTEN_TRIAL, outcome, [], Measure())
    assert ended_by_budget(WRITTEN_TRIAL, outcome, SEEN, Measure())
    loading = cut_off(AS_WRITTEN, 9.0, 2, cut_off_by="budget", cut_off_s=None)
    assert ended_by_budget(WRITTEN_TRIAL, loading, [], Measure())


def test_an_exhaustive_run_has_no_budget_unless_it_is_given_one() -> None:
    assert Budget(Measure(exhaustive=True)).left_s() is None
    given = Budget(Measure(exhaustive=True, budget_s=60.0)).left_s()
    assert given is not None
    assert 59 < given <= 60
    assert Budget(Measure()).left_s() is not None


def test_the_time_left_is_never_more_than_the_budget_allows() -> None:
    assert Budget(Measure(budget_s=0.0)).at_most_s(50.0) == 0.0
    assert Budget(Measure(budget_s=60.0)).at_most_s(5.0) == 5.0
    assert Budget(Measure(budget_s=60.0)).at_most_s(None) is None
    assert Budget(Measure(exhaustive=True)).at_most_s(50.0) == 50.0
