"""Whether a job is worse than its baseline: each metric of each guarded setting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from sklpar.guard.verdict import conclusion_of
from sklpar.model import Check, Estimate, Outcome, Report, Run, Unavailable
from tests.unit.builders import LOKY, cut_off, make_failure
from tests.unit.guard.measured import (
    SAME,
    a_baseline,
    a_trial,
    against_baseline,
    baseline_question,
    measured,
    row_of,
    rulings,
    with_measure,
    with_row,
)

EVERY = {"first_fit", "fit", "cpu", "memory", "threads", "speedup"}


@pytest.fixture(scope="module")
def before() -> Report:
    return a_baseline()


def slower(name: str = "loky-j2-t1", times: float = 1.5) -> Run:
    return measured({**SAME, name: SAME[name] * times})


def with_trials(name: str = "loky-j2-t1", **changes: Any) -> Run:
    return measured(SAME, of={name: changes})


def bad(checks: list[Check]) -> set[tuple[str, str]]:
    found = rulings(checks).items()
    return {key for key, ruling in found if ruling in {"regressed", "failed"}}


# --------------------------------------------------------------------------- all is as it was


def test_the_same_again_passes_in_every_metric_of_every_setting(before: Report) -> None:
    checks = against_baseline(before, measured(SAME))
    assert conclusion_of(checks) == "passed"
    expected = {(name, metric) for name in SAME for metric in EVERY}
    assert rulings(checks).keys() == expected - {("as-written", "speedup")}
    assert {one.against for one in checks} == {"baseline"}


def test_the_medians_of_then_and_now_are_told_in_the_metrics_unit(before: Report) -> None:
    for check in against_baseline(before, measured(SAME)):
        assert check.now is not None
        assert check.before is not None
        if check.metric != "threads":
            assert check.now == pytest.approx(check.before, rel=0.05)
    (memory,) = (
        one
        for one in against_baseline(before, measured(SAME))
        if (one.setting, one.metric) == ("serial", "memory")
    )
    assert memory.before == pytest.approx(100e6, rel=0.05)


# --------------------------------------------------------------------------- what became worse


def test_a_slower_setting_is_named_in_every_metric_that_shows_it(before: Report) -> None:
    found = bad(against_baseline(before, slower()))
    assert found == {("loky-j2-t1", metric) for metric in ("first_fit", "fit", "cpu", "speedup")}


@pytest.mark.parametrize(
    ("changes", "metric"), [({"cpu": 1.4}, "cpu"), ({"memory_bytes": 120e6}, "memory"),
                            ({"threads": 9}, "threads")]
)  # fmt: skip
def test_a_single_metric_that_became_worse_is_the_only_one_named(
    before: Report, changes: Mapping[str, Any], metric: str
) -> None:
    checks = against_baseline(before, with_trials(**changes))
    assert bad(checks) == {("loky-j2-t1", metric)}
    assert conclusion_of(checks) == "failed"


def test_a_slower_as_written_does_not_make_the_others_better(before: Report) -> None:
    assert bad(against_baseline(before, slower("as-written", 1.5))) == {
        ("as-written", metric) for metric in ("first_fit", "fit", "cpu")
    }


def test_faster_is_an_improvement_and_passes(before: Report) -> None:
    checks = against_baseline(before, slower(times=0.5))
    assert conclusion_of(checks) == "passed"
    assert rulings(checks)["loky-j2-t1", "first_fit"] == "improved"


def test_too_noisy_is_open(before: Report) -> None:
    wild = measured({**SAME, "loky-j2-t1": [0.5, 2.0, 1.0, 0.7, 1.6]})
    assert conclusion_of(against_baseline(before, wild)) == "inconclusive"


@pytest.mark.parametrize("rounds", [1, 2])
def test_too_few_rounds_are_open(before: Report, rounds: int) -> None:
    assert conclusion_of(against_baseline(before, measured(SAME, rounds=rounds))) == "inconclusive"
    assert conclusion_of(against_baseline(before, measured({}))) == "inconclusive"


@pytest.mark.parametrize(
    "outcome",
    [
        make_failure(LOKY, 6),
        make_failure(LOKY, 6, "out_of_memory"),
        cut_off(LOKY, 9.0, 6),
        a_trial(LOKY, 6, 1.0, status="not_as_requested", reason="4 threads"),
    ],
)
@pytest.mark.parametrize("ratios_only", [False, True])
def test_a_setting_that_fails_today_has_failed_whatever_its_times(
    before: Report, outcome: Outcome, ratios_only: bool
) -> None:
    run = measured(SAME, outcomes=[outcome])
    checks = against_baseline(before, run, ratios_only=ratios_only)
    (check,) = (one for one in checks if one.setting == "loky-j2-t1")
    assert check.ruling == "failed"
    assert check.reason
    assert conclusion_of(checks) == "failed"


# --------------------------------------------------------------------------- speedups


def test_a_speedup_that_is_less_because_as_written_is_faster_is_no_regression(
    before: Report,
) -> None:
    checks = against_baseline(before, slower("as-written", 0.6))
    assert conclusion_of(checks) == "passed"
    (excused,) = (one for one in checks if (one.setting, one.metric) == ("loky-j2-t1", "speedup"))
    assert excused.ruling == "equivalent"
    assert "as-written" in excused.reason


def test_a_faster_as_written_excuses_no_setting_that_became_slower_itself(before: Report) -> None:
    run = measured({**SAME, "as-written": 3.0, "loky-j2-t1": 3.0})
    seconds = dict.fromkeys(("first_fit", "fit", "cpu"))
    checks = against_baseline(before, run, settings={"loky-j2-t1": seconds})
    assert rulings(checks)["loky-j2-t1", "speedup"] == "regressed"


# --------------------------------------------------------------------------- ratios only


def test_ratios_compare_no_seconds(before: Report) -> None:
    checks = against_baseline(before, measured(SAME), ratios_only=True)
    assert {one.metric for one in checks} == {"memory", "threads", "speedup", "cpu_inflation"}
    assert conclusion_of(checks) == "passed"


def test_another_machine_of_half_the_speed_passes_by_its_ratios(before: Report) -> None:
    run = measured({name: 2 * value for name, value in SAME.items()})
    assert conclusion_of(against_baseline(before, run, ratios_only=True)) == "passed"
    assert conclusion_of(against_baseline(before, run)) == "failed"


def test_a_lost_speedup_and_an_inflated_cpu_are_seen_by_ratios(before: Report) -> None:
    lost = bad(against_baseline(before, slower(times=2.0), ratios_only=True))
    assert lost == {("loky-j2-t1", "speedup"), ("loky-j2-t1", "cpu_inflation")}
    inflated = bad(against_baseline(before, with_trials(cpu=2.0), ratios_only=True))
    assert inflated == {("loky-j2-t1", "cpu_inflation")}


# --------------------------------------------------------------------------- what is left out


def test_an_ignored_metric_is_not_compared(before: Report) -> None:
    checks = against_baseline(before, slower(), metrics={"first_fit": None, "speedup": None})
    assert {one.metric for one in checks} == EVERY - {"first_fit", "speedup"}
    assert bad(checks) == {("loky-j2-t1", "fit"), ("loky-j2-t1", "cpu")}


def test_an_ignored_setting_is_not_compared(before: Report) -> None:
    checks = against_baseline(before, slower(), settings={"loky-j2-t1": None})
    assert conclusion_of(checks) == "passed"
    assert "loky-j2-t1" not in {one.setting for one in checks}


def test_a_threshold_of_its_own_counts_for_a_setting_and_a_metric(before: Report) -> None:
    wide: dict[str, float | None] = {"first_fit": 2.0, "fit": 2.0, "cpu": 2.0, "speedup": 2.0}
    assert conclusion_of(against_baseline(before, slower(), settings={"loky-j2-t1": wide})) == (
        "passed"
    )
    assert conclusion_of(against_baseline(before, slower(), metrics=wide)) == "passed"
    tight = against_baseline(before, slower(times=1.08), metrics={"first_fit": 0.001})
    assert ("loky-j2-t1", "first_fit") in bad(tight)


def test_nothing_passes_with_no_comparison_at_all(before: Report) -> None:
    checks = against_baseline(before, measured(SAME), metrics=dict.fromkeys(EVERY))
    assert checks == []
    assert conclusion_of(checks) == "inconclusive"


def test_to_ignore_as_written_leaves_the_speedups_decidable(before: Report) -> None:
    question = baseline_question(before, settings={"as-written": None})
    ignored = {one.setting for one in question.not_guarded([measured(SAME)])}
    checks = question.checks([measured(SAME)], 1)
    assert ignored == {"as-written"}
    assert conclusion_of(checks) == "passed"


def test_a_metric_that_the_baseline_lacks_is_named_and_not_compared(before: Report) -> None:
    lacking = with_measure(
        before, "loky-j2-t1", "peak_memory_bytes", Unavailable(unavailable="no /proc")
    )
    question = baseline_question(lacking)
    assert ("loky-j2-t1", "memory") not in rulings(question.checks([measured(SAME)], 1))
    (left_out,) = question.not_guarded([measured(SAME)])
    assert (left_out.setting, left_out.metric) == ("loky-j2-t1", "memory")
    assert "no /proc" in left_out.why


def test_without_as_written_in_the_baseline_the_missing_speedups_are_named() -> None:
    firsts: dict[str, Any] = {**SAME, "as-written": [4.0, 4.0]}
    question = baseline_question(a_baseline(firsts))
    checks = question.checks([measured(SAME)], 1)
    assert "speedup" not in {one.metric for one in checks}
    named = {(one.setting, one.metric) for one in question.not_guarded([measured(SAME)])}
    others = {(name, "speedup") for name in SAME if name != "as-written"}
    assert named == {("as-written", None), *others}


@pytest.mark.parametrize(
    "figure",
    [
        {"median": 0.0, "low": 0.0, "high": 0.0},
        {"n": 2, "low": None, "high": None},
    ],
)
def test_a_figure_that_nothing_can_be_held_against_is_named(
    before: Report, figure: Mapping[str, Any]
) -> None:
    """CPU of a fit shorter than a clock's tick is 0, and memory may be seen in some trials only."""
    lacking = with_measure(before, "loky-j2-t1", "peak_memory_bytes", figure)
    question = baseline_question(lacking)
    assert ("loky-j2-t1", "memory") not in rulings(question.checks([measured(SAME)], 1))
    left_out = [(one.setting, one.metric) for one in question.not_guarded([measured(SAME)])]
    assert left_out == [("loky-j2-t1", "memory")]


def test_threads_that_the_baseline_did_not_see_are_named(before: Report) -> None:
    row = row_of(before, "loky-j2-t1")
    assert row.observed is not None
    blind = with_row(before, "loky-j2-t1", observed=replace(row.observed, threads_peak=None))
    question = baseline_question(blind)
    assert ("loky-j2-t1", "threads") not in rulings(question.checks([measured(SAME)], 1))
    left_out = [(one.setting, one.metric) for one in question.not_guarded([measured(SAME)])]
    assert left_out == [("loky-j2-t1", "threads")]


def test_what_cannot_be_measured_today_is_open(before: Report) -> None:
    checks = against_baseline(before, with_trials(memory_bytes=None))
    open_ = {key for key, ruling in rulings(checks).items() if ruling == "inconclusive"}
    assert open_ == {("loky-j2-t1", "memory")}


def test_threads_that_today_saw_none_are_named_as_not_guarded(before: Report) -> None:
    """A fit of some milliseconds is over before anybody looks, and always will be."""
    run = with_trials(threads=None)
    left_out = [(one.setting, one.metric) for one in baseline_question(before).not_guarded([run])]
    assert left_out == [("loky-j2-t1", "threads")]


def test_memory_that_was_read_in_another_way_is_open_and_says_so(before: Report) -> None:
    known = row_of(before, "loky-j2-t1").measures["peak_memory_bytes"]
    assert isinstance(known, Estimate)
    other = with_measure(before, "loky-j2-t1", "peak_memory_bytes", {"method": "rss; t interval"})
    (check,) = (
        one
        for one in against_baseline(other, measured(SAME))
        if (one.setting, one.metric) == ("loky-j2-t1", "memory")
    )
    assert check.ruling == "inconclusive"
    assert "rss" in check.reason


# --------------------------------------------------------------------------- who is measured


def test_an_open_check_is_measured_beside_both_references(before: Report) -> None:
    question = baseline_question(before)
    run = measured(SAME)
    assert {one.id for one in question.participants([run], 6, None)} == set(SAME)
    some = question.participants([run], 6, {"loky-j2-t1", "baseline"})
    assert {one.id for one in some} == {"loky-j2-t1", "as-written", "serial"}


def test_who_failed_is_not_measured_again(before: Report) -> None:
    run = measured(SAME, outcomes=[make_failure(LOKY, 6)])
    found = baseline_question(before).participants([run], 7, None)
    assert "loky-j2-t1" not in {one.id for one in found}
