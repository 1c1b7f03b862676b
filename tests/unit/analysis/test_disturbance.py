"""Which rounds the machine spoilt, and that no figure is of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sklpar.analysis.analyse import analyse
from sklpar.analysis.disturbance import spoilt, void_rounds
from sklpar.analysis.samples import (
    by_round,
    confirming,
    failures_of,
    outcomes_of,
    samples_of,
    table_of,
)
from sklpar.model import Estimate, Outcome, Report, Run, Sample, Unavailable
from tests.unit.analysis.rounds import EVERY, during, rounds, slower
from tests.unit.builders import (
    AS_WRITTEN,
    LOKY,
    SERIAL,
    cut_off,
    make_failure,
    make_fit,
    make_sample,
    stopped_early,
)

TIMED = [setting.id for setting in EVERY]
LOADED = (slower(2, by=1.6), during(2, outside_cpu_s=0.9))


def swapped_for(run: Run, *outcomes: Outcome) -> Run:
    """The run with these in the place of what their setting gave in their round."""
    places = {(one.round, one.setting) for one in outcomes}
    kept = (one for one in run.outcomes if (one.round, one.setting) not in places)
    return replace(run, outcomes=(*kept, *outcomes))


def first_fit(report: Report, setting: str) -> Estimate:
    row = report.row(setting)
    assert row is not None
    found = row.measures["first_fit_s"]
    assert isinstance(found, Estimate)
    return found


def test_no_figure_is_of_a_void_round() -> None:
    run = rounds(*LOADED)
    assert void_rounds(run) == {2}
    for setting in EVERY:
        assert [one.round for one in outcomes_of(run, setting.id)] == [1, 3, 4, 5]
        assert [one.round for one in samples_of(run, setting.id)] == [1, 3, 4, 5]
        assert 2 not in by_round(run, setting.id, "first_fit_s")
    assert all(2 not in row for row in table_of(run, TIMED, "first_fit_s").values())
    report, quiet = analyse(run), analyse(rounds())
    assert report.noise.level is not None
    assert report.noise.level < 0.1
    for setting in EVERY:
        assert first_fit(report, setting.id).n == 4
        assert first_fit(report, setting.id).median == pytest.approx(
            first_fit(quiet, setting.id).median, rel=0.1
        )
    assert report.cost.trials == len(run.outcomes)
    for row, same in zip(report.settings, quiet.settings, strict=True):
        assert [one.rule for one in row.findings] == [one.rule for one in same.findings]


def test_a_round_of_three_stays_since_intervals_need_it() -> None:
    run = rounds(*LOADED, count=3, rounds=3)
    assert void_rounds(run) == frozenset()
    assert spoilt(run).causes == {2: ("outside_load",)}
    assert first_fit(analyse(run), LOKY.id).low is not None


def test_while_more_rounds_can_come_a_disturbed_one_of_three_is_void() -> None:
    going_on = rounds(*LOADED, count=3, rounds=5, finished=False)
    assert void_rounds(going_on) == {2}
    assert void_rounds(replace(going_on, finished_at="2026-01-02T04:00:00+00:00")) == frozenset()
    assert void_rounds(rounds(*LOADED, count=3, rounds=3, finished=False)) == frozenset()


def test_two_of_five_are_void_and_three_of_five_are_not() -> None:
    assert void_rounds(rounds(during(2, 4, outside_cpu_s=0.9))) == {2, 4}
    assert void_rounds(rounds(during(2, 3, 4, outside_cpu_s=0.9))) == frozenset()


def test_one_trial_of_many_voids_no_round_and_one_of_two_does() -> None:
    load = during(2, outside_cpu_s=0.9)

    def on_loky(sample: Sample) -> Sample:
        return load(sample) if sample.setting == LOKY.id else sample

    assert void_rounds(rounds(on_loky)) == frozenset()
    assert void_rounds(rounds(on_loky, settings=(SERIAL, LOKY))) == {2}


def test_what_a_setting_brings_about_in_every_round_disturbs_none() -> None:
    always = during(1, 2, 3, 4, 5, outside_cpu_s=1.5)

    def on_two(sample: Sample) -> Sample:
        return always(sample) if sample.setting in {LOKY.id, SERIAL.id} else sample

    assert spoilt(rounds(on_two)).causes == {}


def test_what_the_clocks_of_the_cpus_cannot_tell_is_no_load() -> None:
    def short(sample: Sample) -> Sample:
        # One tick of each of two CPUs in a fit of a tenth of a second.
        outside_s = 0.02 if sample.round == 2 else 0.0
        return replace(sample, fits=(make_fit(0.1, outside_s=outside_s),))

    assert spoilt(rounds(short)).causes == {}


def test_a_failure_in_a_void_round_is_a_failure_all_the_same() -> None:
    run = swapped_for(rounds(*LOADED), make_failure(LOKY, 2))
    assert void_rounds(run) == {2}
    row = analyse(run).row(LOKY.id)
    assert row is not None
    assert row.status == "failed"
    assert row.reason == "ValueError: no (in 1 of 5 trials)"


def test_a_trial_that_did_not_run_as_asked_counts_as_such_in_a_void_round() -> None:
    run = rounds(*LOADED)
    bad = next(o for o in run.outcomes if (o.round, o.setting) == (2, LOKY.id))
    assert isinstance(bad, Sample)
    run = swapped_for(run, replace(bad, status="not_as_requested", reason="3 threads"))
    row = analyse(run).row(LOKY.id)
    assert row is not None
    assert row.status == "not_as_requested"


def test_to_be_stopped_early_in_a_void_round_is_held_against_nobody_who_was_seen_again() -> None:
    run = swapped_for(rounds(*LOADED), stopped_early(LOKY, 3.0, 2))
    assert void_rounds(run) == {2}
    assert failures_of(run, LOKY.id) == []
    row = analyse(run).row(LOKY.id)
    assert row is not None
    assert row.status == "ok"
    assert first_fit(analyse(run), LOKY.id).n == 4


def test_a_timeout_in_a_void_round_shows_in_the_status_and_not_in_the_figures() -> None:
    run = swapped_for(rounds(*LOADED), cut_off(LOKY, 30.0, 2))
    row = analyse(run).row(LOKY.id)
    assert row is not None
    assert row.status == "timeout"
    assert "stopped" not in first_fit(analyse(run), LOKY.id).method


def test_a_setting_seen_in_void_rounds_alone_has_no_figures_and_the_reason() -> None:
    run = rounds(*LOADED)
    kept = (o for o in run.outcomes if o.setting != LOKY.id or o.round == 2)
    run = replace(run, outcomes=tuple(kept))
    assert void_rounds(run) == {2}
    row = analyse(run).row(LOKY.id)
    assert row is not None
    assert row.status == "stopped_early"
    assert "do not count" in (row.reason or "")
    found = row.measures["first_fit_s"]
    assert isinstance(found, Unavailable)
    assert "do not count" in found.unavailable


def confirmed(*disturbed: int, rounds_run: int) -> Run:
    run = rounds(rounds=5)
    later = [
        make_sample(
            setting,
            round_,
            make_fit(1.0, outside_s=0.9 if round_ in disturbed else 0.0),
            trial=100 + round_,
        )
        for round_ in range(6, 6 + rounds_run)
        for setting in (AS_WRITTEN, LOKY)
    ]
    return replace(run, outcomes=(*run.outcomes, *later))


def test_a_confirming_round_is_void_where_three_others_are_left() -> None:
    run = confirmed(7, rounds_run=4)
    assert void_rounds(run) == {7}
    assert sorted(confirming(run, LOKY.id, "first_fit_s")) == [6, 8, 9]
    (finding,) = analyse(run).noise.findings
    assert "in confirming round 2" in finding.advice
    assert void_rounds(confirmed(7, rounds_run=3)) == frozenset()
