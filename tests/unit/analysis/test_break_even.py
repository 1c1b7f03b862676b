"""After how many fits in one process a setting that starts slower has paid for itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklpar.analysis.analyse import analyse
from sklpar.analysis.break_even import fits_to_pay
from sklpar.model import BreakEven
from tests.unit.builders import (
    AS_WRITTEN,
    LOKY,
    THREADING,
    make_fit,
    make_run,
    make_sample,
    make_samples,
    objective,
)


def break_even(
    minimize: str,
    loky: tuple[float, float | None],
    threading: tuple[float, float | None],
    **spec: object,
) -> BreakEven | None:
    """Of two settings by their first and warm fits; as-written is far behind."""
    written = (99.0, 99.0 if loky[1] else None)
    times = [(LOKY, loky), (THREADING, threading), (AS_WRITTEN, written)]
    outcomes = [
        make_sample(setting, n, make_fit(first), *([] if warm is None else [make_fit(warm)]))
        for n in range(1, 6)
        for setting, (first, warm) in times
    ]
    goal = objective(minimize)
    found = analyse(make_run([LOKY, THREADING], outcomes, objective=goal, **spec)).recommendation
    assert found is not None
    return found.break_even


def test_the_one_that_starts_slower_pays_from_a_number_of_fits_on() -> None:
    """Threading takes 1 s each; loky 3 s, then 0.5 s: 5 and 5 s for five fits, then less."""
    assert break_even("first_fit", (3.0, 0.5), (1.0, 1.0)) == BreakEven(setting=LOKY.id, fits=6)


def test_where_warm_fits_count_it_is_told_up_to_when_the_other_was_better() -> None:
    assert break_even("fit", (3.0, 0.5), (1.0, 1.0)) == BreakEven(setting=THREADING.id, fits=6)


@pytest.mark.parametrize("minimize", ["first_fit", "fit"])
def test_who_is_better_at_both_changes_places_with_nobody(minimize: str) -> None:
    assert break_even(minimize, (1.0, 0.5), (3.0, 1.0)) is None


def test_a_warm_fit_that_is_shorter_by_less_than_within_is_not_worth_telling() -> None:
    assert break_even("first_fit", (3.0, 0.97), (1.0, 1.0)) is None


def test_a_difference_that_may_be_noise_is_not_told() -> None:
    """A warm fit of one noisy trial: nothing can be said of the next."""
    outcomes = [
        *make_samples(AS_WRITTEN, [99.0, 99.0, 99.0]),
        *(
            make_sample(THREADING, n, make_fit(first), make_fit(1.0))
            for n, first in enumerate((1.0, 1.4, 0.7, 1.2, 0.8), start=1)
        ),
        make_sample(LOKY, 1, make_fit(3.0), make_fit(0.8)),
    ]
    goal = objective("first_fit")
    found = analyse(make_run([LOKY, THREADING], outcomes, objective=goal)).recommendation
    assert found is not None
    assert found.break_even is None


@pytest.mark.parametrize("minimize", ["cpu", "memory"])
def test_there_is_none_where_no_time_is_minimized(minimize: str) -> None:
    assert break_even(minimize, (3.0, 0.5), (1.0, 1.0)) is None


def test_there_is_none_without_warm_fits() -> None:
    assert break_even("first_fit", (3.0, None), (1.0, None), repeats=0) is None


seconds = st.integers(1, 1000)


@given(seconds, seconds, seconds, seconds)
def test_it_is_the_first_number_of_fits_that_takes_less_in_total(
    first: int, warm: int, later: int, shorter: int
) -> None:
    quick = (float(first), float(warm + shorter))
    lasting = (float(first + later), float(warm))
    fits = fits_to_pay(quick, lasting)

    def total(times: tuple[float, float], k: int) -> float:
        return times[0] + (k - 1) * times[1]

    assert total(lasting, fits) < total(quick, fits)
    assert total(lasting, fits - 1) >= total(quick, fits - 1)
