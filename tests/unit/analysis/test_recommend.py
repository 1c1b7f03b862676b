"""Which setting to run with, by how much, and why not another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from sklpar.analysis.analyse import analyse
from sklpar.model import Outcome, Recommendation, Speedup
from tests.unit.builders import (
    AS_WRITTEN,
    LOKY,
    SERIAL,
    THREADING,
    answer,
    cut_off,
    make_failure,
    make_fit,
    make_run,
    make_sample,
    make_samples,
    objective,
    stopped_early,
)

SAME = [1.0, 1.0, 1.0]


def recommend(*outcomes: Outcome, **spec: Any) -> Recommendation:
    found = analyse(make_run([LOKY, THREADING], outcomes, **spec)).recommendation
    assert found is not None
    return found


def why_none(*outcomes: Outcome, **spec: Any) -> str:
    report = analyse(make_run([LOKY, THREADING], outcomes, **spec))
    assert report.recommendation is None
    assert report.recommendation_unavailable is not None
    return report.recommendation_unavailable


def rounds(setting: Any, wall_s: float, upto: int = 5, **fit: Any) -> list[Outcome]:
    return [make_sample(setting, n, make_fit(wall_s, **fit)) for n in range(1, upto + 1)]


def why_not(found: Recommendation) -> dict[str, str]:
    return {one.setting: one.why for one in found.rejected}


SLOW = rounds(AS_WRITTEN, 12.0, cpu_s=24.0)


def test_the_fastest_is_recommended_with_its_gain_over_as_written() -> None:
    found = recommend(*SLOW, *rounds(LOKY, 3.0), *rounds(THREADING, 2.0))
    assert (found.setting, found.tied, found.provisional) == (
        "threading-j2-t1",
        ("threading-j2-t1",),
        False,
    )
    assert found.speedup.median == 6.0
    assert found.speedup.low is not None
    assert 5.5 < found.speedup.low < 6.0  # that all five ratios are the same is taken for luck
    why = why_not(found)["loky-j2-t1"]
    assert why.startswith("first fit 1.5 times that of threading-j2-t1 (at least 1.4")


def test_of_the_tied_the_one_with_the_least_cpu_is_recommended() -> None:
    found = recommend(*SLOW, *rounds(LOKY, 2.0, cpu_s=4.0), *rounds(THREADING, 2.05, cpu_s=2.0))
    assert found.setting == "threading-j2-t1"
    assert found.tied == ("loky-j2-t1", "threading-j2-t1")
    assert any("least CPU" in reason for reason in found.reasons)


def test_of_those_with_like_cpu_the_one_with_the_least_memory_is_recommended() -> None:
    found = recommend(
        *SLOW,
        *rounds(LOKY, 2.0, cpu_s=4.0, memory_bytes=1e9),
        *rounds(THREADING, 2.05, cpu_s=4.1, memory_bytes=1e8),
    )
    assert found.setting == "threading-j2-t1"
    assert any("least memory" in reason for reason in found.reasons)


def test_goals_are_taken_in_the_order_of_the_objective() -> None:
    outcomes = [
        *rounds(LOKY, 2.0, cpu_s=2.0, memory_bytes=1e9),
        *rounds(THREADING, 2.0, cpu_s=4.0, memory_bytes=1e8),
    ]
    assert recommend(*outcomes).setting == "loky-j2-t1"
    memory_first = objective(then=("memory", "cpu"))
    assert recommend(*outcomes, objective=memory_first).setting == "threading-j2-t1"


def test_within_decides_who_is_tied() -> None:
    outcomes = [*rounds(LOKY, 2.0, cpu_s=4.0), *rounds(THREADING, 2.3, cpu_s=2.0)]
    assert recommend(*outcomes).setting == "loky-j2-t1"
    assert recommend(*outcomes, objective=objective(within=0.2)).setting == "threading-j2-t1"
    assert recommend(*outcomes, objective=objective(within=0.0)).tied == ("loky-j2-t1",)


def test_what_you_have_is_kept_where_nothing_tied_with_it_is_clearly_cheaper() -> None:
    found = recommend(
        *rounds(AS_WRITTEN, 2.04), *rounds(LOKY, 2.0, cpu_s=2.0), *rounds(THREADING, 2.02)
    )
    assert found.setting == "as-written"
    assert found.reasons[-1].startswith("keep what you have")
    assert found.speedup.median == 1.0


def test_what_is_neither_tied_nor_worse_is_rejected_as_not_decided() -> None:
    found = recommend(*SLOW, *rounds(LOKY, 2.0), *rounds(THREADING, 2.15))
    assert found.tied == ("loky-j2-t1",)
    assert "which is not decided (" in why_not(found)["threading-j2-t1"]


def test_every_setting_that_was_measured_is_tied_or_rejected() -> None:
    found = recommend(
        *SLOW, *rounds(SERIAL, 5.0, 1), *rounds(LOKY, 2.0), stopped_early(THREADING, 7.0)
    )
    assert {*found.tied, *why_not(found)} == {"as-written", "serial", LOKY.id, THREADING.id}
    assert why_not(found)["threading-j2-t1"] == "stopped_early: stopped"
    assert why_not(found)["serial"] == "first fit 2.5 times that of loky-j2-t1"


def test_what_you_have_is_left_for_one_that_is_as_fast_and_clearly_cheaper() -> None:
    found = recommend(*rounds(AS_WRITTEN, 2.0, cpu_s=4.0), *rounds(LOKY, 2.0, cpu_s=2.0))
    assert found.setting == "loky-j2-t1"


@pytest.mark.parametrize(
    ("minimize", "chosen"),
    [
        ("first_fit", "serial"),
        ("fit", "loky-j2-t1"),
        ("cpu", "threading-j2-t1"),
        ("memory", "serial"),
    ],
)
def test_the_objective_says_what_is_best(minimize: str, chosen: str) -> None:
    def trials(setting: Any, first: float, warm: float, cpu: float, memory: float) -> list[Outcome]:
        fits = [make_fit(t, cpu_s=cpu, memory_bytes=memory) for t in (first, warm)]
        return [make_sample(setting, n, *fits) for n in (1, 2, 3)]

    found = recommend(
        *trials(SERIAL, 1.0, 1.0, 5.0, 1e8),
        *trials(LOKY, 2.0, 0.5, 5.0, 4e8),
        *trials(THREADING, 3.0, 0.8, 1.0, 2e8),
        objective=objective(minimize),
    )
    assert found.setting == chosen


def test_an_objective_of_cpu_without_warm_fits_goes_by_the_first() -> None:
    outcomes = [*rounds(LOKY, 1.0, cpu_s=4.0), *rounds(THREADING, 2.0, cpu_s=1.0)]
    found = recommend(*outcomes, objective=objective("cpu"), repeats=0)
    assert found.setting == "threading-j2-t1"


def test_no_cpu_at_all_is_no_division_by_zero() -> None:
    outcomes = [*rounds(LOKY, 1.0, cpu_s=0.0), *SLOW]
    found = recommend(*outcomes, objective=objective("cpu"), repeats=0)
    assert found.setting == "as-written"
    assert why_not(found)["loky-j2-t1"] == "its CPU is not known"


def test_a_setting_whose_figure_could_not_be_measured_is_rejected_for_that() -> None:
    outcomes = [*rounds(LOKY, 1.0, memory_bytes=None), *SLOW]
    found = recommend(*outcomes, objective=objective("memory"))
    assert found.setting == "as-written"
    assert why_not(found)["loky-j2-t1"] == "its memory is not known"


def test_settings_above_the_memory_limit_are_not_recommendable() -> None:
    outcomes = [
        *rounds(AS_WRITTEN, 3.0, memory_bytes=1e8),
        *rounds(LOKY, 1.0, memory_bytes=5e9),
        *rounds(THREADING, 2.0, memory_bytes=None),
    ]
    found = recommend(*outcomes, memory_limit_bytes=4_000_000_000)
    assert found.setting == "as-written"
    assert why_not(found)["loky-j2-t1"] == "memory 5000 MB is above limits.memory, 4000 MB"
    assert "memory is not known" in why_not(found)["threading-j2-t1"]
    assert recommend(*outcomes).setting == "loky-j2-t1"


def test_fewer_than_three_rounds_make_a_provisional_recommendation_without_an_interval() -> None:
    found = recommend(*SLOW[:2], *rounds(LOKY, 2.0, 2))
    assert found.provisional
    assert found.speedup == Speedup(median=6.0, low=None, high=None)


def test_the_gain_is_taken_within_rounds() -> None:
    """The machine was ten times slower in the second round: medians of each would not tell."""
    found = recommend(*make_samples(AS_WRITTEN, [4, 40, 4.4]), *make_samples(LOKY, [1, 10, 1.1]))
    assert found.speedup.median == pytest.approx(4.0)
    assert found.speedup.low is not None
    assert 3.5 < found.speedup.low < 4.0


def test_rounds_that_only_one_of_them_finished_are_left_out_of_the_gain() -> None:
    found = recommend(*make_samples(AS_WRITTEN, [4.0]), *make_samples(LOKY, [1.0, 9.0, 1.0]))
    assert found.speedup == Speedup(median=4.0, low=None, high=None)


def test_an_as_written_that_was_cut_off_bounds_the_gain_from_below() -> None:
    found = recommend(cut_off(AS_WRITTEN, 60.0), *rounds(LOKY, 2.0))
    assert found.speedup == Speedup(median=None, low=30.0, high=None)


def test_a_warm_fit_that_was_cut_off_says_nothing_of_the_first_that_was_not() -> None:
    """As-written took 10 s, and its second fit hung for 60: a script would have taken 10 s."""
    found = recommend(cut_off(AS_WRITTEN, 60.0, fits=(make_fit(10.0),)), *rounds(LOKY, 2.0))
    assert found.speedup.low in {None, 5.0}


def test_a_first_fit_that_was_cut_off_says_nothing_of_warm_ones() -> None:
    found = recommend(
        cut_off(AS_WRITTEN, 60.0), *make_samples(LOKY, SAME), objective=objective("fit")
    )
    assert found.speedup.low is None


def test_an_as_written_that_failed_leaves_the_gain_unknown() -> None:
    found = recommend(make_failure(AS_WRITTEN), *rounds(LOKY, 2.0))
    assert found.speedup == Speedup(median=None, low=None, high=None)
    assert why_not(found)["as-written"] == "failed: ValueError: no"


BAD: list[Sequence[Outcome]] = [
    [make_failure(LOKY)],
    [*rounds(LOKY, 0.1), make_failure(LOKY, 4)],
    [make_sample(LOKY, n, make_fit(0.1), status="not_as_requested", reason="4") for n in (1, 2, 3)],
    [make_sample(LOKY, n, make_fit(0.1), answer=answer(1.0, 9.0)) for n in (1, 2, 3)],
]


@pytest.mark.parametrize("bad", BAD, ids=["failed", "failed once", "not as requested", "differs"])
def test_a_setting_that_is_unfit_is_not_recommended_however_fast(bad: Sequence[Outcome]) -> None:
    good = [make_sample(SERIAL, n, make_fit(5.0), answer=answer(1.0, 2.0)) for n in (1, 2, 3)]
    found = recommend(*good, *bad)
    assert found.setting == "serial"
    assert "loky-j2-t1" in why_not(found)


def test_before_any_trial_there_is_nothing_to_recommend() -> None:
    assert why_none() == "no setting ran to its end"
    assert why_none(make_sample(SERIAL, 0)) == "no setting ran to its end"
    assert why_none(make_failure(LOKY), cut_off(SERIAL, 9.0)) == "no setting ran to its end"


def test_where_all_that_ran_are_unfit_the_report_says_so() -> None:
    assert "above limits.memory" in why_none(*SLOW, memory_limit_bytes=1)


def test_a_slow_round_makes_no_difference_between_those_that_shared_it() -> None:
    """The medians differ, since one of them missed a slow round; within rounds they are equal."""
    times = {1: 1.0, 2: 2.0, 3: 2.0, 4: 1.0, 5: 1.0}
    written = [make_sample(AS_WRITTEN, r, first_s=6 * s) for r, s in times.items()]
    loky = [make_sample(LOKY, r, first_s=s) for r, s in times.items()]
    threading = [make_sample(THREADING, r, first_s=s) for r, s in times.items() if r > 1]
    found = recommend(*written, *loky, *threading)
    assert set(found.tied) == {"loky-j2-t1", "threading-j2-t1"}
