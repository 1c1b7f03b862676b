"""How still the machine was, and what belongs to the run as a whole."""

from __future__ import annotations

import pytest

from sklpar.analysis.analyse import analyse
from sklpar.model import Noise, Outcome
from tests.unit.builders import (
    LOKY,
    SERIAL,
    THREADING,
    answer,
    make_fit,
    make_run,
    make_sample,
    make_samples,
)


def noise(*outcomes: Outcome) -> Noise:
    return analyse(make_run([LOKY, THREADING], outcomes)).noise


def test_the_level_is_the_typical_spread_of_a_setting_over_rounds() -> None:
    found = noise(
        *make_samples(SERIAL, [1.0, 1.1, 0.9]),
        *make_samples(LOKY, [10.0, 12.0, 8.0]),
        *make_samples(THREADING, [1.0, 2.0, 0.5]),
    )
    assert found.level == pytest.approx(0.2)


def test_one_round_has_no_spread() -> None:
    assert noise(make_sample(LOKY)) == Noise(level=None, findings=())
    assert noise() == Noise(level=None, findings=())


def test_a_serial_that_differs_from_itself_is_found_and_the_reader_told_what_to_do() -> None:
    found = noise(
        make_sample(SERIAL, 0, answer=answer(1.0, 2.0)),
        make_sample(SERIAL, 1, answer=answer(1.0, 3.0)),
    )
    assert [finding.rule for finding in found.findings] == ["nondeterministic"]
    assert "random_state" in found.findings[0].advice


def test_load_of_others_is_found_on_fits_long_enough_to_tell() -> None:
    busy = [make_sample(LOKY, n, make_fit(1.0, outside_s=0.5)) for n in (1, 2, 3)]
    found = noise(*busy)
    assert [finding.rule for finding in found.findings] == ["outside_load"]
    assert found.findings[0].evidence == {"outside_cpus": 0.5}
    assert not noise(make_sample(LOKY, 1, make_fit(0.05, outside_s=0.05))).findings
    assert not noise(make_sample(LOKY, 1, make_fit(1.0, outside_s=0.1))).findings
