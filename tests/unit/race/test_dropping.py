"""Who is out of the race, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from sklpar.model import Failure, Outcome
from sklpar.race.dropping import dropped_from
from tests.unit.builders import (
    LOKY,
    SERIAL,
    THREADING,
    make_failure,
    make_run,
    make_sample,
    make_samples,
    stopped_early,
)


def whys(outcomes: Sequence[Outcome], **changes: Any) -> dict[str, str]:
    run = make_run([LOKY, THREADING], [make_sample(SERIAL, 0), *outcomes], **changes)
    return {one.setting: one.why for one in dropped_from(run)}


def test_nobody_is_out_before_the_first_round_is_over() -> None:
    assert whys([]) == {}
    assert whys([make_sample(LOKY, 1, first_s=9.0), make_sample(SERIAL, 1, first_s=1.0)]) == {}


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (make_failure(LOKY, 1), "failed"),
        (make_failure(LOKY, 1, "out_of_memory"), "out of memory"),
        (stopped_early(LOKY, 2.0), "stopped after 2 s"),
    ],
)
def test_who_failed_or_was_stopped_is_out_at_once(failure: Failure, why: str) -> None:
    assert whys([failure]) == {LOKY.id: why}


def test_who_did_not_run_as_asked_is_out() -> None:
    odd = make_sample(LOKY, 1, first_s=1.0, status="not_as_requested")
    assert whys([odd]) == {LOKY.id: "not as requested"}


def test_who_takes_more_memory_than_allowed_is_out() -> None:
    run = [make_sample(LOKY, 1, first_s=1.0)]
    assert whys(run, memory_limit_bytes=50_000_000)[LOKY.id] == "above the memory limit"


def a_round(loky_s: float, round_: int = 1) -> list[Outcome]:
    run = make_run([LOKY, THREADING])
    return [
        make_sample(setting, round_, first_s=loky_s if setting is LOKY else 1.0, trial=10 * round_)
        for setting in run.plan.settings
    ]


def test_who_is_worse_by_the_rounds_so_far_is_out_with_its_distance() -> None:
    assert whys(a_round(3.0)) == {LOKY.id: "3 times the best"}


def test_who_is_tied_with_the_best_is_not_out_for_it_may_be_recommended() -> None:
    outcomes = [one for round_ in range(1, 6) for one in a_round(1.0, round_)]
    assert whys(outcomes) == {}


def test_an_exhaustive_run_drops_nobody() -> None:
    assert whys([make_failure(LOKY, 1), *a_round(9.0)], exhaustive=True) == {}


def test_samples_of_one_setting_alone_drop_nobody() -> None:
    assert whys(make_samples(LOKY, [1.0, 1.0])) == {}
