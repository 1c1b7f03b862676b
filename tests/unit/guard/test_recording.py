"""Measuring a baseline: the references in every round, the rest as long as it may be the best."""

from __future__ import annotations

from sklpar.guard.recording import RecordingQuestion
from sklpar.model import Run
from tests.unit.builders import LOKY, make_failure
from tests.unit.guard.measured import SAME, measured


def names(run: Run, round_: int) -> set[str]:
    return {one.id for one in RecordingQuestion().participants([run], round_, None)}


def test_everybody_is_in_the_first_round() -> None:
    assert names(measured({}), 1) == set(SAME)


def test_the_references_are_in_every_round_and_the_others_while_they_race() -> None:
    run = measured({**SAME, "threading-j2-t1": 9.0})
    assert names(run, 6) >= {"as-written", "serial"}
    assert "threading-j2-t1" not in names(run, 6)


def test_who_failed_is_not_measured_again() -> None:
    run = measured(SAME, outcomes=[make_failure(LOKY, 6)])
    assert "loky-j2-t1" not in names(run, 7)


def test_nothing_is_asked() -> None:
    question = RecordingQuestion()
    run = measured(SAME)
    assert question.checks([run], 1) == []
    assert question.objections([run]) == ()
    assert question.not_guarded([run]) == []
