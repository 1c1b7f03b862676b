"""An axis that turns out to change nothing."""

from __future__ import annotations

from collections.abc import Sequence

from sklpar.analysis.analyse import analyse
from sklpar.model import Outcome, Setting
from tests.unit.builders import make_failure, make_fit, make_run, make_sample, make_setting

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
