"""Results that an earlier fit left behind: only code that is not scikit-learn's can do so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from sklpar.model import Observed, Outcome, Run, Setting
from tests.unit.analysis.rules.judging import PROCESSES, job, said, severities
from tests.unit.builders import AS_WRITTEN, LOKY, SERIAL, THREADING, make_fit, make_sample

RULE = "cached_repeats"
CALLABLE = {"is_callable": True}


def fits(
    setting: Setting,
    *seconds: float,
    rounds: Sequence[int] = (1, 2, 3),
    observed: Observed | None = None,
) -> list[Outcome]:
    seen = observed or Observed(processes=1, workers=0)
    timed = [make_fit(one) for one in seconds]
    return [make_sample(setting, n, *timed, observed=seen) for n in rounds]


def run(*outcomes: Outcome, **more: Any) -> Run:
    return job([LOKY, THREADING], outcomes, **{"inspection": CALLABLE, **more})


def test_a_warm_fit_that_takes_nothing_is_a_warning() -> None:
    found = said(RULE, run(*fits(SERIAL, 0.4, 2e-6)))["serial"]
    assert found.severity == "warning"
    assert found.evidence["fit_s"] == 2e-6
    assert "lru_cache" in found.advice
    assert severities(RULE, run(*fits(SERIAL, 0.5, 0.001))) == {"serial": "warning"}


def test_an_estimator_of_others_may_cache_as_well() -> None:
    opaque = {"inspection": {"opaque": True}}
    assert severities(RULE, run(*fits(SERIAL, 0.4, 2e-6), **opaque)) == {"serial": "warning"}


@pytest.mark.parametrize(
    "seconds",
    [
        (0.3, 0.01),  # a tiny fit after an import
        (0.02, 0.000_1),  # too short to say
        (1.0, 0.3),
        (0.8,),  # no warm fit
        (1.3, 0.0015 * 50),
    ],
)
def test_a_healthy_fit_is_none(seconds: Sequence[float]) -> None:
    assert not severities(RULE, run(*fits(SERIAL, *seconds)))


def test_a_tiny_fit_after_a_long_import_is_worth_a_word_and_more_than_an_import_a_warning() -> None:
    assert severities(RULE, run(*fits(SERIAL, 1.2, 0.02))) == {"serial": "info"}
    assert severities(RULE, run(*fits(SERIAL, 6.0, 0.05))) == {"serial": "warning"}


def test_scikit_learns_own_estimators_keep_nothing() -> None:
    assert not severities(RULE, run(*fits(SERIAL, 0.4, 2e-6), inspection={}))


def test_a_pool_that_had_to_be_started_explains_a_long_first_fit() -> None:
    assert not severities(RULE, run(*fits(LOKY, 1.0, 0.001, observed=PROCESSES)))


# ---------------------------------------------------------------------------------------- on disk


def test_trials_that_find_the_first_ones_result_are_a_warning_on_every_setting() -> None:
    outcomes = [
        *fits(SERIAL, 2.0, rounds=[0]),
        *fits(SERIAL, 0.004),
        *fits(AS_WRITTEN, 0.005),
        *fits(LOKY, 0.9, observed=PROCESSES),
    ]
    found = said(RULE, run(*outcomes))
    assert {one: finding.severity for one, finding in found.items()} == {
        "serial": "warning",
        "as-written": "warning",
    }
    assert found["serial"].evidence["first_trial_s"] == 2.0
    assert "disk" in found["serial"].advice


def test_a_cache_by_setting_shows_in_that_setting() -> None:
    outcomes = [*fits(LOKY, 2.0, rounds=[1]), *fits(LOKY, 0.01, rounds=[2, 3])]
    assert severities(RULE, run(*outcomes)) == {LOKY.id: "warning"}


@pytest.mark.parametrize(
    ("first", "later"),
    [
        (1.5, 0.6),  # a cold disk, a first compile of the modules
        (0.2, 0.004),  # too short to say
        (2.0, 2.0),
    ],
)
def test_a_cold_start_of_the_run_is_none(first: float, later: float) -> None:
    outcomes = [*fits(SERIAL, first, rounds=[0]), *fits(SERIAL, later)]
    assert not severities(RULE, run(*outcomes))


def test_one_later_trial_may_be_chance() -> None:
    outcomes = [*fits(SERIAL, 2.0, rounds=[0]), *fits(SERIAL, 0.004, rounds=[1])]
    assert not severities(RULE, run(*outcomes))


def test_a_warm_fit_that_waits_is_repeated_and_others_load_makes_no_fit_of_a_cache() -> None:
    for warm_s, found in (0.2, {}), (0.01, {"serial": "warning"}):
        fits_ = make_fit(0.5), make_fit(warm_s, cpu_s=0.0001)
        samples = [make_sample(SERIAL, n, *fits_) for n in (1, 2)]
        assert severities(RULE, run(*samples)) == found
