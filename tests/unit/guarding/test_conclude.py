"""The verdict on what was asked: when there is one, and which."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sklpar.analysis.analyse import analyse
from sklpar.guard.pinned import PinnedQuestion
from sklpar.guarding.ask import Asked
from sklpar.guarding.conclude import Opening, not_comparable, verdict_of
from sklpar.model import Difference, GuardPolicy, Run, Verdict
from tests.unit.builders import LOKY, SERIAL, make_failure, make_sample
from tests.unit.guard.measured import SAME, measured, policy
from tests.unit.verdicts import check

QUESTION = PinnedQuestion(pin=LOKY, policy=policy())


def opening(**guard: Any) -> Opening:
    spec = measured({}).spec
    spec = replace(
        spec, guard=GuardPolicy(**guard), positions={("estimator",): (7, 1), ("callable",): (9, 1)}
    )
    return Opening(
        spec=spec,
        mode="config",
        subject="tuned.yaml",
        started_at="2026-01-02T03:04:05+00:00",
        began=time.monotonic(),
    )


def asked(run: Run | None = None, **changes: Any) -> Asked:
    run = measured(SAME) if run is None else run
    whole = Asked(
        runs=(run,),
        reports=(analyse(run),),
        checks=(check("equivalent"),),
        status="complete",
        objections=(),
        void_rounds=frozenset(),
        folder=Path("run"),
    )
    return replace(whole, **changes)


def concluded(*differences: Difference, of: Opening | None = None, **changes: Any) -> Verdict:
    return verdict_of(of or opening(), QUESTION, asked(**changes), differences)


OTHER_DATA = Difference(field="data.digest", before="a", now="b", blocking=True)


def test_what_passed_passed_and_names_its_run_and_rounds() -> None:
    found = concluded(void_rounds=frozenset({2}))
    assert (found.outcome, found.exit_code, found.run) == ("passed", 0, "run")
    assert (found.rounds, found.void_rounds) == (4, (2,))
    assert found.spec_line == 7


@pytest.mark.parametrize(
    ("ruling", "code"), [("regressed", 1), ("failed", 1), ("inconclusive", 4), ("improved", 0)]
)
def test_the_exit_code_is_that_of_the_worst_check(ruling: Any, code: int) -> None:
    assert concluded(checks=(check("equivalent"), check(ruling))).exit_code == code


def test_an_interruption_outranks_every_check() -> None:
    for one in (check("equivalent"), check("regressed")):
        assert concluded(status="interrupted", checks=(one,)).exit_code == 130


def test_an_objection_outranks_every_check() -> None:
    found = concluded(objections=(OTHER_DATA,))
    assert found.exit_code == 5
    assert found.differences == (OTHER_DATA,)


def test_a_blocking_difference_that_shows_late_is_an_objection_too() -> None:
    """The warm-up may have told nothing of the data, and the trials after it do."""
    assert concluded(OTHER_DATA).exit_code == 5


def test_a_difference_that_does_not_block_is_only_told() -> None:
    kernel = replace(OTHER_DATA, field="host.versions.kernel", blocking=False)
    found = concluded(kernel)
    assert (found.exit_code, found.differences) == (0, (kernel,))


def test_a_difference_is_told_once() -> None:
    found = concluded(OTHER_DATA, objections=(OTHER_DATA,))
    assert found.differences == (OTHER_DATA,)


NOTHING: dict[str, Run] = {
    "no trial": measured({}),
    "every trial failed": measured({}, outcomes=[make_failure(LOKY), make_failure(SERIAL)]),
    "only the discarded trial ran": measured({}, outcomes=[make_sample(SERIAL, 0)]),
}


@pytest.mark.parametrize("kind", NOTHING)
@pytest.mark.parametrize("allowed", [False, True])
def test_where_nothing_was_measured_the_verdict_says_so_whatever_is_allowed(
    kind: str, allowed: bool
) -> None:
    """That it is too noisy to tell is excused by a flag; that nothing was looked at is not."""
    found = concluded(
        of=opening(allow_inconclusive=allowed),
        run=NOTHING[kind],
        checks=(check("inconclusive"),),
        status="partial",
    )
    assert (found.outcome, found.exit_code) == ("nothing_measured", 3)


def test_what_is_too_noisy_is_excused_by_a_flag() -> None:
    for allowed, code in ((False, 4), (True, 0)):
        found = concluded(of=opening(allow_inconclusive=allowed), checks=(check("inconclusive"),))
        assert (found.outcome, found.exit_code) == ("inconclusive", code)


def test_no_check_at_all_is_excused_by_nothing() -> None:
    assert concluded(of=opening(allow_inconclusive=True), checks=()).exit_code != 0


def test_a_budget_that_ended_it_is_noted() -> None:
    (note,) = concluded(status="partial").notes
    assert "budget" in note


def test_what_cannot_be_compared_has_reasons_and_no_checks() -> None:
    found = not_comparable(opening(), ["it lacks the row serial"], [OTHER_DATA])
    assert (found.exit_code, found.checks) == (5, ())
    assert found.reasons == ("it lacks the row serial",)
    assert found.differences == (OTHER_DATA,)
    assert found.run is None
