"""What a baseline is good for: each way in which a row can be broken is told, never passed over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sklpar.guard.standard import Standard, plan_of, standard_of
from sklpar.model import Estimate, Plan, Report, Skipped, Status, Unavailable
from tests.unit.builders import AS_WRITTEN, LOKY, SERIAL, THREADING, make_setting
from tests.unit.guard.measured import (
    PLAN,
    SAME,
    SETTINGS,
    a_baseline,
    policy,
    row_of,
    with_measure,
    with_row,
)

Change = Callable[[Report], Report]


@pytest.fixture(scope="module")
def sound() -> Report:
    return a_baseline()


def standard(report: Report, plan: Plan = PLAN, **changes: Any) -> Standard:
    return standard_of(report, plan, policy(**changes))


def in_status(status: Status) -> Change:
    return lambda report: with_row(report, "loky-j2-t1", status=status, reason="ValueError: no")


def figure(measure: str, **changes: Any) -> Change:
    return lambda report: with_measure(report, "loky-j2-t1", measure, changes)


def null(measure: str) -> Change:
    why = Unavailable(unavailable="it was not seen")
    return lambda report: with_measure(report, "loky-j2-t1", measure, why)


def without(name: str) -> Change:
    def change(report: Report) -> Report:
        rows = tuple(row for row in report.settings if row.id != name)
        return replace(report, settings=rows)

    return change


def twice(name: str) -> Change:
    return lambda report: replace(report, settings=(*report.settings, row_of(report, name)))


def test_a_sound_baseline_guards_every_setting(sound: Report) -> None:
    found = standard(sound)
    assert set(found.guarded) == set(SAME)
    assert found.not_guarded == ()
    assert found.objections == ()


BROKEN: dict[str, tuple[Change, str]] = {
    "missing": (without("loky-j2-t1"), "lacks the row loky-j2-t1"),
    "missing as-written": (without("as-written"), "lacks the row as-written"),
    "missing serial": (without("serial"), "lacks the row serial"),
    "renamed": (lambda report: with_row(report, "loky-j2-t1", id="loky-j3-t1"), "no such setting"),
    "twice": (twice("loky-j2-t1"), "2 rows of loky-j2-t1"),
    "as-written twice": (twice("as-written"), "2 rows of as-written"),
    "skipped": (in_status("skipped"), "is skipped"),
    "failed": (in_status("failed"), "is failed"),
    "timeout": (in_status("timeout"), "is timeout"),
    "out of memory": (in_status("out_of_memory"), "is out_of_memory"),
    "not as requested": (in_status("not_as_requested"), "is not_as_requested"),
    "differs": (in_status("differs"), "is differs"),
    "no first fit": (null("first_fit_s"), "has no first fit"),
    "no trials": (figure("first_fit_s", n=0), "of no trials"),
    "no trials of memory": (figure("peak_memory_bytes", n=0), "of no trials"),
    "less than no trials": (figure("cpu_s", n=-5), "of no trials"),
    "more trials than a float can count": (figure("first_fit_s", n=10**400), "trials"),
    "no interval": (figure("first_fit_s", low=None, high=None), "no interval"),
    "half an interval": (figure("first_fit_s", high=None), "no interval"),
    "median above its interval": (figure("fit_s", median=99.0), "not within its interval"),
    "median below its interval": (figure("fit_s", median=0.0001), "not within its interval"),
    "interval the wrong way round": (figure("cpu_s", low=2.0, high=0.1), "within its interval"),
    "negative": (figure("cpu_s", median=-1.0, low=-2.0, high=0.0), "below 0"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_row_is_an_objection_that_names_it(kind: str, sound: Report) -> None:
    change, words = BROKEN[kind]
    found = standard(change(sound))
    assert found.objections
    assert any(words in one for one in found.objections), found.objections


def test_everything_that_is_wrong_is_told_at_once(sound: Report) -> None:
    report = in_status("failed")(without("serial")(twice("as-written")(sound)))
    assert len(standard(report).objections) >= 3


def test_no_rows_are_no_baseline(sound: Report) -> None:
    found = standard(replace(sound, settings=()))
    assert len(found.objections) == len(SAME)


def test_a_row_that_cannot_be_measured_today_is_an_objection(sound: Report) -> None:
    plan = Plan(
        settings=(AS_WRITTEN, SERIAL, THREADING),
        skipped=(Skipped(setting=LOKY, reason="no /dev/shm"),),
    )
    (objection,) = standard(sound, plan).objections
    assert "skipped today" in objection
    assert "no /dev/shm" in objection


def test_what_was_skipped_then_and_is_today_is_nobodys_business(sound: Report) -> None:
    plan = Plan(
        settings=(AS_WRITTEN, SERIAL, THREADING),
        skipped=(Skipped(setting=LOKY, reason="no /dev/shm"),),
    )
    report = in_status("skipped")(sound)
    assert standard(report, plan).objections == ()


def test_what_is_skipped_today_must_be_in_the_baseline_all_the_same(sound: Report) -> None:
    plan = replace(PLAN, skipped=(Skipped(setting=make_setting("loky", 64), reason="64 CPUs"),))
    (objection,) = standard(sound, plan).objections
    assert "lacks the row loky-j64-t1" in objection


# --------------------------------------------------------------------------- too few rounds


@pytest.mark.parametrize("n", [1, 2])
def test_a_row_of_fewer_than_three_rounds_is_not_guarded_and_named(n: int, sound: Report) -> None:
    row = row_of(sound, "loky-j2-t1")
    measures = {
        name: replace(found, n=n, low=None, high=None) if isinstance(found, Estimate) else found
        for name, found in row.measures.items()
    }
    found = standard(with_row(sound, "loky-j2-t1", measures=measures))
    assert found.objections == ()
    assert "loky-j2-t1" not in found.guarded
    (left_out,) = found.not_guarded
    assert left_out.setting == "loky-j2-t1"
    assert f"measured in {n} round" in left_out.why


def test_a_row_that_the_race_stopped_is_not_guarded_and_named(sound: Report) -> None:
    why = Unavailable(unavailable="stopped", at_least=9.0)
    report = with_measure(in_status("stopped_early")(sound), "loky-j2-t1", "first_fit_s", why)
    found = standard(report)
    assert found.objections == ()
    assert [one.setting for one in found.not_guarded] == ["loky-j2-t1"]


def test_a_first_fit_that_took_no_time_is_not_guarded(sound: Report) -> None:
    report = figure("first_fit_s", median=0.0, low=0.0, high=0.1)(sound)
    found = standard(report)
    assert "loky-j2-t1" not in found.guarded


def test_where_all_rows_have_too_few_rounds_there_is_nothing_to_guard() -> None:
    found = standard(a_baseline(SAME, rounds=2))
    assert found.guarded == ()
    assert found.objections


@pytest.mark.parametrize("name", ["as-written", "serial"])
def test_a_reference_of_too_few_rounds_is_named_and_nothing_is_divided_by_it(name: str) -> None:
    firsts: dict[str, Any] = {**SAME, name: [SAME[name]] * 2}
    found = standard(a_baseline(firsts))
    assert name not in found.guarded
    assert name not in found.references
    assert [one.setting for one in found.not_guarded] == [name]


# --------------------------------------------------------------------------- what is ignored


@pytest.mark.parametrize(
    "kind", ["missing", "twice", "failed", "no first fit", "no trials", "negative"]
)
def test_what_the_policy_ignores_may_be_broken_but_for_a_second_row(
    kind: str, sound: Report
) -> None:
    found = standard(BROKEN[kind][0](sound), settings={"loky-j2-t1": None})
    assert bool(found.objections) == (kind == "twice")
    assert "loky-j2-t1" not in found.guarded


def test_what_the_policy_ignores_is_named(sound: Report) -> None:
    (left_out,) = standard(sound, settings={"loky-j2-t1": None}).not_guarded
    assert left_out.setting == "loky-j2-t1"
    assert "policy" in left_out.why


def test_a_setting_that_is_gone_may_be_ignored_by_name(sound: Report) -> None:
    gone = with_row(sound, "loky-j2-t1", id="loky-j9-t1")
    found = standard(gone, settings={"loky-j9-t1": None, "loky-j2-t1": None})
    assert found.objections == ()


def test_one_ignored_metric_leaves_the_setting_guarded(sound: Report) -> None:
    found = standard(sound, settings={"loky-j2-t1": {"memory": None}}, metrics={"cpu": None})
    assert "loky-j2-t1" in found.guarded


def test_to_ignore_everything_guards_nothing_and_says_so(sound: Report) -> None:
    found = standard(sound, settings=dict.fromkeys(SAME))
    assert found.guarded == ()
    assert found.objections


# --------------------------------------------------------------------------- what is measured


def test_what_is_guarded_is_measured_and_serial_for_its_answer(sound: Report) -> None:
    assert {one.id for one in plan_of(PLAN, standard(sound)).settings} == set(SAME)
    ignoring = standard(sound, settings={"serial": None, "loky-j2-t1": None})
    measured = {one.id for one in plan_of(PLAN, ignoring).settings}
    assert measured == {"as-written", "serial", "threading-j2-t1"}


def test_as_written_is_measured_for_the_speedups_of_others(sound: Report) -> None:
    ignoring = standard(sound, settings={"as-written": None})
    assert SETTINGS["as-written"] in plan_of(PLAN, ignoring).settings
