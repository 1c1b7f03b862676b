"""What the law of a series says, as the text says it."""

from __future__ import annotations

from typing import Any

import pytest

from sklpar.model import Bounded, Caps, Scaling
from sklpar.render.scaling import lines
from tests.unit.reports import bounded, law, recommendation, report, series


def sentence(*args: float, **changes: Any) -> str:
    (shown,) = lines(report(scaling=Scaling(series=(series(law=law(*args, **changes)),))))
    return shown


def test_the_law_is_told_in_one_sentence() -> None:
    assert sentence(9.2, 0.8, 0.256) == (
        "Under threading, 1 thread per worker: 8% of the work is serial, each further worker "
        "costs 256 ms; it stops paying at about 6 workers (95% interval 5–7)."
    )


def test_what_was_not_measured_is_said() -> None:
    assert sentence(9.2, 0.8, 0.02, extrapolates=True).endswith(
        "at about 21 workers (95% interval 17–26; beyond what was measured)."
    )
    assert "beyond the usable CPUs" in sentence(9.2, 0.8, 0.256, extrapolates=True)


@pytest.mark.parametrize(
    ("best", "marks"),
    [
        (bounded(6.0, None), "6 workers."),
        (Bounded(value=6.0, low=4.2, high=None), "6 workers (95% interval 4 or more)."),
    ],
)
def test_an_interval_that_is_not_known_is_not_told(best: Bounded, marks: str) -> None:
    assert sentence(9.2, 0.8, 0.256, best_n_jobs=best).endswith(f"at about {marks}")


def test_the_ends_of_the_law_have_words_of_their_own() -> None:
    assert "next to none of the work is serial" in sentence(9.2, 0.01, 0.256)
    assert sentence(8.0, 2.0, 0.0).endswith(
        "20% of the work is serial; up to 8, further workers cost nothing that shows."
    )
    sure = Bounded(value=0.95, low=0.9, high=1.0)
    assert sentence(0.5, 9.5, 1.3, serial_share=sure).endswith(
        "95% of the work is serial, each further worker costs 1.30 s: more than one does not pay."
    )


def test_the_recommended_series_comes_first_then_the_fastest_and_no_third() -> None:
    known = (
        series("loky", 1, law=law(), times_s={"a": 3.0}),
        series("threading", Caps(blas=1, openmp=2), law=law(), times_s={"b": 2.0}),
        series("threading", "default", law=law(), times_s={"c": 1.0}, clf__n_jobs=2),
        series("multiprocessing", 1, times_s={"d": 0.5}),
    )
    of = report(scaling=Scaling(series=known), recommendation=recommendation("a"))
    assert [line.split(":")[0] for line in lines(of)] == [
        "Under loky, 1 thread per worker",
        "Under threading, threads of the libraries not capped, clf__n_jobs=2",
    ]
    of = report(scaling=Scaling(series=known))
    assert [line.split(":")[0] for line in lines(of)] == [
        "Under threading, threads of the libraries not capped, clf__n_jobs=2",
        "Under threading, 1 BLAS and 2 OpenMP threads per worker",
    ]


def test_series_without_a_law_or_with_one_that_tells_nothing_are_silent() -> None:
    vague = law(serial_share=Bounded(value=0.4, low=0.1, high=0.9))
    assert lines(report(scaling=Scaling(series=(series(), series(law=vague))))) == []
