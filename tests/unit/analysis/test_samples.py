"""Looking things up in the outcomes of a run."""

from __future__ import annotations

from sklpar.analysis.samples import by_round, confirming, failures_of, outcomes_of, samples_of
from sklpar.model import Outcome
from tests.unit.builders import (
    LOKY,
    SERIAL,
    make_failure,
    make_fit,
    make_run,
    make_sample,
    stopped_early,
)

OUTCOMES: list[Outcome] = [
    make_sample(SERIAL, 0, first_s=9.0),
    make_sample(SERIAL, 1, first_s=1.0),
    make_sample(LOKY, 1, first_s=2.0),
    make_failure(LOKY, 2),
    make_sample(LOKY, 3, make_fit(4.0)),
    make_sample(LOKY, 4, first_s=5.0),
    stopped_early(LOKY, 8.0, 5),
]
RUN = make_run([LOKY], OUTCOMES, rounds=3)


def test_the_discarded_trial_and_confirming_ones_do_not_count() -> None:
    assert [one.round for one in outcomes_of(RUN, "serial")] == [1]
    assert [one.round for one in outcomes_of(RUN, LOKY.id)] == [1, 2, 3]
    assert [one.round for one in samples_of(RUN, LOKY.id)] == [1, 3]


def test_a_failure_counts_also_where_it_was_to_confirm() -> None:
    assert [one.round for one in failures_of(RUN, LOKY.id)] == [2, 5]
    assert not failures_of(make_run([LOKY], [make_failure(SERIAL, 0)]), "serial")


def test_a_measure_is_told_by_round_and_only_where_it_was_measured() -> None:
    assert by_round(RUN, LOKY.id, "first_fit_s") == {1: 2.0, 3: 4.0}
    assert by_round(RUN, LOKY.id, "fit_s") == {1: 1.0}
    assert confirming(RUN, LOKY.id, "first_fit_s") == {4: 5.0}
