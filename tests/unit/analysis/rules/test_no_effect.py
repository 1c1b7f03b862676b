"""An axis that turns out to change nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sklpar.analysis.analyse import analyse
from sklpar.model import Outcome, Setting, Skipped
from tests.unit.builders import (
    SERIAL,
    make_failure,
    make_fit,
    make_run,
    make_sample,
    make_samples,
    make_setting,
    stopped_early,
)

ONE, TWO = make_setting("loky", 1), make_setting("loky", 2)
THREE, FOUR = make_setting("threading", 1), make_setting("threading", 2)


def axes(*timed: tuple[Setting, Sequence[float], float]) -> dict[str, list[str]]:
    """Axes without effect by setting; each is given with its first fits and CPU by wall-clock."""
    outcomes: list[Outcome] = [
        make_sample(setting, round_, make_fit(first_s, cpu_s=cpu * first_s))
        for setting, firsts, cpu in timed
        for round_, first_s in enumerate(firsts, start=1)
    ]
    report = analyse(make_run([setting for setting, _, _ in timed], outcomes))
    return {
        row.id: [f.evidence["axis"] for f in row.findings if f.rule == "no_effect"]
        for row in report.settings
    }


SAME = [1.0, 1.02, 0.99]


def test_settings_that_differ_in_one_axis_and_took_the_same_say_so() -> None:
    found = axes((ONE, SAME, 1.0), (TWO, [1.01, 1.0, 1.0], 1.0))
    assert found[ONE.id] == found[TWO.id] == ["n_jobs"]
    assert found["as-written"] == []


def test_an_axis_of_params_is_one_too() -> None:
    a, b = (make_setting("loky", 2, 1, C=value) for value in (0.1, 1.0))
    assert axes((a, SAME, 1.0), (b, SAME, 1.0))[a.id] == ["C"]


def test_more_time_is_an_effect_and_so_is_more_cpu() -> None:
    assert not axes((ONE, SAME, 1.0), (TWO, [1.5, 1.5, 1.5], 1.0))[ONE.id]
    assert not axes((ONE, SAME, 1.0), (TWO, SAME, 2.0))[ONE.id]


def test_a_small_difference_that_noise_explains_is_none() -> None:
    assert axes((ONE, [1.0, 1.0, 1.0], 1.0), (TWO, [1.1, 0.9, 1.08], 1.0))[ONE.id] == ["n_jobs"]
    assert not axes((ONE, [1.0, 1.0, 1.0], 1.0), (TWO, [1.08, 1.08, 1.08], 1.0))[ONE.id]


def test_one_round_proves_nothing() -> None:
    assert not axes((ONE, [1.0], 1.0), (TWO, [1.0], 1.0))[ONE.id]


def test_one_pair_with_an_effect_is_enough_to_keep_an_axis() -> None:
    found = axes((ONE, SAME, 1.0), (TWO, SAME, 1.0), (THREE, SAME, 1.0), (FOUR, [0.5] * 3, 1.0))
    assert not any("n_jobs" in axis for axis in found.values())


def test_settings_that_differ_in_two_axes_prove_nothing_about_either() -> None:
    assert not axes((ONE, SAME, 1.0), (FOUR, SAME, 1.0))[ONE.id]


def test_a_setting_that_failed_is_left_out() -> None:
    outcomes: list[Outcome] = [*(make_sample(ONE, n) for n in (1, 2, 3)), make_failure(TWO)]
    assert not any(row.findings for row in analyse(make_run([ONE, TWO], outcomes)).settings)


# --------------------------------------------------------------------------- a race drops settings


def test_pairs_that_the_race_did_not_measure_twice_are_passed_over() -> None:
    found = axes((ONE, SAME, 1.0), (TWO, SAME, 1.0), (THREE, [1.5], 1.0), (FOUR, [1.4], 1.0))
    assert [found[one.id] for one in (ONE, TWO, THREE, FOUR)] == [["n_jobs"], ["n_jobs"], [], []]


def test_one_look_that_took_clearly_longer_is_an_effect() -> None:
    found = axes((ONE, SAME, 1.0), (TWO, SAME, 1.0), (THREE, [1.8], 1.0), (FOUR, [1.4], 1.0))
    assert not any(found.values())


def test_what_was_left_out_as_the_same_work_speaks_through_the_one_that_was_measured() -> None:
    """n_jobs 2 and 4 took the same, n_jobs 1 is serial and took twice as long: it has an effect."""
    four = make_setting("loky", 4)
    alike = [one for setting in (TWO, four) for one in make_samples(setting, SAME)]
    for serial_s, without_effect in ([1.0] * 3, True), ([1.9], False):
        run = make_run([TWO, four], [*alike, *make_samples(SERIAL, serial_s)])
        skipped = Skipped(setting=ONE, reason="the same as serial", same_as="serial")
        run = replace(run, plan=replace(run.plan, skipped=(skipped,)))
        found = {row.id: {f.rule for f in row.findings} for row in analyse(run).settings}
        assert ("no_effect" in found[TWO.id]) is without_effect
        assert not found["serial"]


def test_the_end_of_one_and_not_of_the_other_is_an_effect() -> None:
    """The first pair took the same; of the second one ended, and the other was stopped."""
    ran = [one for s in (ONE, TWO, THREE) for one in make_samples(s, SAME)]
    for ending in (stopped_early(FOUR, 5.0), make_failure(FOUR)):
        report = analyse(make_run([ONE, TWO, THREE, FOUR], [*ran, ending]))
        axes = [f.evidence["axis"] for row in report.settings for f in row.findings]
        assert "n_jobs" not in axes


def test_two_that_were_both_stopped_and_one_that_was_never_tried_are_not_known() -> None:
    ran: list[Outcome] = [one for s in (ONE, TWO) for one in make_samples(s, SAME)]
    both: list[Outcome] = [stopped_early(THREE, 5.0), stopped_early(FOUR, 5.0)]
    for outcomes in ([*ran, *both], ran):
        report = analyse(make_run([ONE, TWO, THREE, FOUR], outcomes))
        found = {row.id: [f.evidence["axis"] for f in row.findings] for row in report.settings}
        assert found[ONE.id] == found[TWO.id] == ["n_jobs"]
