"""nan among the scores of a search."""

from __future__ import annotations

import math

import pytest

from tests.unit.analysis.rules.judging import job, said, severities
from tests.unit.builders import (
    AS_WRITTEN,
    LOKY,
    SERIAL,
    answer,
    make_failure,
    make_sample,
)

RULE = "failed_candidates"


def test_some_candidates_that_failed_are_a_warning_with_their_number() -> None:
    scored = answer(1.0, scores=(math.nan, 0.9, 0.8, 0.9))
    run = job([LOKY], [make_sample(LOKY, n, answer=scored) for n in (1, 2)])
    found = said(RULE, run)[LOKY.id]
    assert found.severity == "warning"
    assert (found.evidence["nan_scores"], found.evidence["score_count"]) == (1, 4)
    assert "error_score: raise" in found.advice


def test_all_of_them_are_an_error() -> None:
    scored = answer(1.0, scores=(math.nan, math.nan))
    assert severities(RULE, job([LOKY], [make_sample(LOKY, answer=scored)])) == {LOKY.id: "error"}


def test_a_search_that_ended_since_none_was_left_is_an_error_too() -> None:
    reason = "ValueError: All the 6 fits failed. It is very likely that your model is misconfigured"
    failures = [make_failure(one, reason=reason) for one in (SERIAL, AS_WRITTEN, LOKY)]
    found = said(RULE, job([LOKY], failures))
    assert {one.severity for one in found.values()} == {"error"}
    assert found["serial"].evidence == {"failed_fits": 6}


@pytest.mark.parametrize("scores", [(), (0.9, 0.8), (0.0, -3.5)])
def test_candidates_that_were_all_scored_are_none(scores: tuple[float, ...]) -> None:
    scored = answer(1.0, scores=scores)
    assert not severities(RULE, job([LOKY], [make_sample(LOKY, answer=scored)]))


def test_a_job_without_scores_or_that_failed_otherwise_is_none() -> None:
    assert not severities(RULE, job([LOKY], [make_sample(LOKY), make_failure(SERIAL)]))
