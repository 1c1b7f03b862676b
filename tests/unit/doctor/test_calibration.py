"""What becomes of measured values, and where two workers are found to beat one."""

from __future__ import annotations

import math

import pytest

from sklpar.doctor import measuring
from sklpar.doctor.calibration import Measurement, figure_of, measurements, quantile

COST = Measurement(name="loky_start", label="start", unit="s", method="by hand")
NOISE = Measurement(name="noise", label="noise", unit="%", method="by hand")


def test_a_figure_is_the_median_with_its_range() -> None:
    figure = figure_of(COST, [3.0, 1.0, 2.0])
    assert figure is not None
    assert (figure.median, figure.n, figure.unit) == (2.0, 3, "s")
    assert 1.0 <= figure.low < 2.0 < figure.high <= 3.0


def test_no_value_is_no_figure() -> None:
    assert figure_of(COST, []) is None
    assert figure_of(NOISE, [1.0, 1.0]) is None
    assert figure_of(NOISE, [0.0, 0.0, 0.0]) is None


def test_noise_is_how_far_each_fit_is_from_the_median() -> None:
    figure = figure_of(NOISE, [1.0, 1.0, 1.0, 1.1, 0.9])
    assert figure is not None
    assert figure.median == 0.0
    assert figure.high == pytest.approx(10.0)


def test_a_quantile_falls_between_its_neighbours() -> None:
    assert quantile([1.0, 2.0], 0.5) == 1.5
    assert quantile([7.0], 0.975) == 7.0


def test_every_measurement_is_one_the_child_can_make_and_named_once() -> None:
    planned = [one.name for one in measurements(2)]
    assert planned == list(dict.fromkeys(planned))
    assert set(planned) == set(measuring.measurements(2))


@pytest.mark.parametrize("overhead_s", [1e-4, 1e-3])
def test_the_crossing_is_where_half_the_work_pays_for_the_overhead(overhead_s: float) -> None:
    """Two workers take half the time and an overhead a task: they draw at twice the overhead."""
    block_s = 5e-5

    def run(blocks: int) -> tuple[float, float]:
        alone_s = blocks * block_s * measuring.TASKS
        return alone_s, alone_s / 2 + overhead_s * measuring.TASKS

    crossing = measuring.crossing_s(run)
    assert crossing is not None
    assert math.isclose(crossing, 2 * overhead_s, rel_tol=0.2)


def test_workers_that_never_win_have_no_crossing() -> None:
    assert measuring.crossing_s(lambda blocks: (blocks, blocks * 1.1)) is None


def test_one_lucky_win_is_no_crossing() -> None:
    lengths = iter([1.2, *[0.5] * 20])
    assert measuring.crossing_s(lambda blocks: (blocks * next(lengths), blocks)) is None
