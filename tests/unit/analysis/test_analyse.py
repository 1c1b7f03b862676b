"""Which data a report says it is of."""

from __future__ import annotations

from sklpar.analysis.analyse import analyse
from sklpar.model import DataFacts, Report
from tests.unit.builders import AS_WRITTEN, LOKY, SERIAL, make_failure, make_run, make_sample

DIGITS = DataFacts(shape=(1797, 64), digest="ab12")


def of(*data: DataFacts | None) -> Report:
    """A report of trials that told of these data."""
    settings = (SERIAL, AS_WRITTEN, LOKY)
    samples = [make_sample(one, data=facts) for one, facts in zip(settings, data, strict=False)]
    return analyse(make_run([LOKY], samples))


def test_a_run_is_of_the_data_that_its_trials_told_of() -> None:
    report = of(None, DIGITS, DIGITS)
    assert (report.data, report.data_unavailable) == (DIGITS, None)
    failed = analyse(make_run([LOKY], [make_failure(LOKY, data=DIGITS)]))
    assert failed.data == DIGITS


def test_data_that_are_made_anew_by_each_trial_are_known_by_their_shape_alone() -> None:
    report = of(DIGITS, DataFacts(shape=(1797, 64), digest="cd34"))
    assert report.data == DataFacts(shape=(1797, 64), digest=None)
    report = of(DIGITS, DataFacts(shape=(9, 64), digest="cd34"))
    assert (report.data, report.data_unavailable) == (
        None,
        "X was not of the same shape in every trial",
    )


def test_where_no_trial_could_tell_the_report_says_why() -> None:
    for report in (of(), of(None, None)):
        assert report.data is None
        assert report.data_unavailable is not None
        assert "no trial had an X that is an array" in report.data_unavailable
