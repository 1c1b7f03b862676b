"""How still the machine was, and what belongs to the run as a whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sklpar.analysis.analyse import analyse
from sklpar.analysis.disturbance import void_rounds
from sklpar.model import Noise, Outcome, Sample
from tests.unit.analysis.rounds import (
    EVERY,
    during,
    found,
    noise,
    paced,
    rounds,
    slower,
    without_pace,
)
from tests.unit.builders import (
    LOKY,
    SERIAL,
    THREADING,
    answer,
    make_fit,
    make_run,
    make_sample,
    make_samples,
    objective,
)


def noise_of(*outcomes: Outcome) -> Noise:
    return analyse(make_run([LOKY, THREADING], outcomes)).noise


def test_the_level_is_the_typical_spread_of_a_setting_over_rounds() -> None:
    assert noise_of(
        *make_samples(SERIAL, [1.0, 1.1, 0.9]),
        *make_samples(LOKY, [10.0, 12.0, 8.0]),
        *make_samples(THREADING, [1.0, 2.0, 0.5]),
    ).level == pytest.approx(0.2)


def test_one_round_has_no_spread() -> None:
    assert noise_of(make_sample(LOKY)) == Noise(level=None, findings=())
    assert noise_of() == Noise(level=None, findings=())


def test_a_serial_that_differs_from_itself_is_found_and_the_reader_told_what_to_do() -> None:
    findings = noise_of(
        make_sample(SERIAL, 0, answer=answer(1.0, 2.0)),
        make_sample(SERIAL, 1, answer=answer(1.0, 3.0)),
    ).findings
    assert [finding.rule for finding in findings] == ["nondeterministic"]
    assert "random_state" in findings[0].advice


@pytest.mark.parametrize("seed", range(20))
def test_five_quiet_rounds_that_scatter_by_5_percent_give_rise_to_nothing(seed: int) -> None:
    assert noise(rounds(seed=seed)).findings == ()
    assert noise(rounds(without_pace, seed=seed)).findings == ()


def test_load_of_others_is_found_on_fits_long_enough_to_tell() -> None:
    busy = [make_sample(LOKY, n, make_fit(1.0, outside_s=0.5)) for n in (1, 2, 3)]
    (finding,) = noise_of(*busy).findings
    assert finding.rule == "outside_load"
    assert finding.evidence == {"outside_cpus": 0.5}
    assert not noise_of(make_sample(LOKY, 1, make_fit(0.05, outside_s=0.05))).findings
    assert not noise_of(make_sample(LOKY, 1, make_fit(1.0, outside_s=0.1))).findings


def test_load_in_every_round_is_a_warning_and_leaves_every_round_standing() -> None:
    run = rounds(during(1, 2, 3, 4, 5, outside_cpu_s=0.9))
    finding = found(run)["outside_load"]
    assert finding.severity == "warning"
    assert finding.evidence["outside_cpus"] == pytest.approx(0.9)
    assert noise(run).void_rounds == ()


@pytest.mark.parametrize("loaded", [(2,), (1, 2, 3, 4, 5)])
def test_waiting_that_others_explain_is_blamed_on_no_setting(loaded: tuple[int, ...]) -> None:
    run = rounds(slower(*loaded, by=2.5), during(*loaded, outside_cpu_s=1.2, run_queue_wait_s=1.2))
    rows = analyse(run).settings
    assert "oversubscription" not in {one.rule for row in rows for one in row.findings}
    assert "outside_load" in found(run)


def test_load_in_one_round_voids_it_and_says_so() -> None:
    run = rounds(slower(2, by=1.4), during(2, outside_cpu_s=0.9))
    assert noise(run).void_rounds == (2,)
    finding = found(run)["outside_load"]
    assert finding.severity == "info"
    assert finding.evidence["outside_cpus"] == pytest.approx(0.9)
    assert finding.evidence["disturbed_rounds"] == finding.evidence["void_rounds"] == [2]
    assert "in round 2" in finding.advice
    assert "1 of 5 rounds does not count" in finding.advice


def test_load_in_one_round_of_three_is_a_warning_that_names_it() -> None:
    run = rounds(during(2, outside_cpu_s=0.9), count=3, rounds=3)
    finding = found(run)["outside_load"]
    assert finding.severity == "warning"
    assert finding.evidence["disturbed_rounds"] == [2]
    assert finding.evidence["void_rounds"] == []
    assert noise(run).void_rounds == ()
    assert "--rounds 5" in finding.advice


def test_two_causes_speak_of_the_same_void_rounds() -> None:
    run = rounds(during(2, outside_cpu_s=0.9), during(4, swapped_bytes=1e9))
    for finding in found(run).values():
        assert "2 of 5 rounds do not count" in finding.advice


def test_stolen_cpu_is_told_from_load_and_named_where_it_was_taken() -> None:
    always = found(rounds(during(1, 2, 3, 4, 5, steal_s=0.2, outside_cpu_s=0.21)))
    assert set(always) == {"steal"}
    assert always["steal"].severity == "warning"
    assert always["steal"].evidence["stolen_share"] == pytest.approx(0.2 / 1.21)
    once = rounds(slower(4, by=1.5), during(4, steal_s=0.6, outside_cpu_s=0.61))
    assert set(found(once)) == {"steal"}
    assert noise(once).void_rounds == (4,)
    assert found(rounds(during(1, 2, 3, 4, 5, steal_s=0.02, outside_cpu_s=0.03))) == {}


def test_swapping_voids_a_round_in_which_others_did_not() -> None:
    once = rounds(during(3, swapped_bytes=200e6))
    assert noise(once).void_rounds == (3,)
    assert "in round 3" in found(once)["swap"].advice
    always = rounds(during(1, 2, 3, 4, 5, swapped_bytes=200e6))
    assert noise(always).void_rounds == ()
    assert found(always)["swap"].severity == "warning"
    assert "in 25 of 25 trials" in found(always)["swap"].advice
    assert found(rounds(during(3, swapped_bytes=1e6))) == {}


def test_a_setting_that_swaps_whenever_it_is_measured_voids_no_round() -> None:
    always = during(1, 2, 3, 4, 5, swapped_bytes=1e9)

    def hungry(sample: Sample) -> Sample:
        return always(sample) if sample.setting == LOKY.id else sample

    run = rounds(hungry)
    assert noise(run).void_rounds == ()
    assert "in 5 of 25 trials" in found(run)["swap"].advice


def test_a_machine_that_slows_down_is_found_by_its_pace_whatever_the_settings_did() -> None:
    run = rounds(paced(lambda sample: 1 + 0.012 * sample.trial))
    finding = found(run)["drift"]
    assert finding.severity == "warning"
    assert finding.evidence["seen_by"] == "pace"
    assert 1.12 < finding.evidence["machine_slowdown"] < 1.35
    assert "slower" in finding.advice
    faster = found(rounds(paced(lambda sample: 1.4 - 0.012 * sample.trial)))["drift"]
    assert faster.evidence["machine_slowdown"] < 0.9
    assert "faster" in faster.advice


def test_without_a_pace_the_rounds_effects_tell_of_a_drift() -> None:
    steps = [slower(n, by=1 + 0.08 * n) for n in (2, 3, 4, 5)]
    finding = found(rounds(without_pace, *steps, noise=0.02))["drift"]
    assert finding.evidence["seen_by"] == "rounds"
    assert finding.evidence["machine_slowdown"] == pytest.approx(1.4, rel=0.05)


def test_a_slow_pace_here_and_there_is_no_slow_machine() -> None:
    slow = {LOKY.id, SERIAL.id}  # of five settings
    run = rounds(paced(lambda one: 2.0 if one.round == 3 and one.setting in slow else 1.0))
    assert void_rounds(run) == frozenset()
    assert "drift" not in found(run)


def test_a_round_at_half_the_pace_is_void() -> None:
    run = rounds(slower(3, by=2.0), paced(lambda sample: 2.0 if sample.round == 3 else 1.0))
    assert noise(run).void_rounds == (3,)
    finding = found(run)["drift"]
    assert finding.severity == "info"
    assert finding.evidence["machine_slowdown"] == pytest.approx(2.0, rel=0.1)


def test_a_slow_first_round_is_told_as_such() -> None:
    finding = found(rounds(slower(1, by=1.4)))["first_round"]
    assert finding.severity == "info"
    assert finding.evidence["compared_settings"] == len(EVERY)
    assert finding.evidence["slower_settings"] == len(EVERY)
    assert found(rounds(slower(2, by=1.4))) == {}


def test_single_slow_trials_are_counted() -> None:
    def twice(sample: Sample) -> Sample:
        hit = (sample.round, sample.setting) in {(2, LOKY.id), (4, SERIAL.id)}
        return slower(sample.round, by=1.8)(sample) if hit else sample

    finding = found(rounds(twice, noise=0.02))["noisy_trials"]
    assert finding.severity == "info"
    assert finding.evidence["noisy_trials"] == 2
    assert finding.evidence["counted_trials"] == 25
    assert "2 of 25 trials were" in finding.advice


def test_noise_above_the_ties_that_matter_says_what_it_hides() -> None:
    noisy = rounds(noise=0.2)
    finding = found(noisy)["noise_level"]
    assert finding.severity == "info"
    assert finding.evidence["noise_level"] > 0.05
    assert finding.evidence["hidden_difference"] > finding.evidence["noise_level"]
    assert "cannot be told" in finding.advice
    assert "noise_level" not in found(rounds(noise=0.2, objective=objective(within=0.5)))


def test_a_run_of_an_older_sklpar_is_judged_by_what_it_holds() -> None:
    run = rounds(without_pace)
    old = tuple(
        replace(outcome, fits=tuple(make_fit(1.0, outside_s=None) for _ in outcome.fits))
        for outcome in run.outcomes
    )
    assert found(replace(run, outcomes=old)) == {}
