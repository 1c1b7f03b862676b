"""Whether a setting computes what serial computes."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from typing import Any

import pytest

from sklpar.analysis.answers import AnswerCheck, check_answers, distance
from sklpar.model import Answer, Sample, Setting
from tests.unit.builders import AS_WRITTEN, LOKY, SERIAL, THREADING, answer, make_run, make_sample

# Predictions that spread over about one.
NUMBERS = [random.Random(1).gauss(0, 1) for _ in range(200)]
LABELS = ["cat", "dog"] * 100


def shifted(by: float) -> Answer:
    return answer(*[value + by for value in NUMBERS])


def flipped(count: int, kind: str = "labels") -> Answer:
    return answer(*["emu"] * count, *LABELS[count:], kind=kind)


def check(*given: tuple[Setting, Answer | None], discarded: Answer | None = None) -> AnswerCheck:
    outcomes: list[Sample] = []
    if discarded is not None:
        outcomes.append(make_sample(SERIAL, 0, answer=discarded))
    outcomes += [make_sample(setting, 1, answer=one) for setting, one in given]
    return check_answers(make_run([LOKY, THREADING], outcomes))


def test_the_same_numbers_up_to_their_last_digits_are_the_same_answer() -> None:
    assert not check((SERIAL, shifted(0)), (LOKY, shifted(1e-6))).differing


def test_numbers_beyond_tolerance_differ_and_the_reason_says_by_how_much() -> None:
    found = check((SERIAL, shifted(0)), (LOKY, shifted(0.1)), (THREADING, shifted(0)))
    assert list(found.differing) == ["loky-j2-t1"]
    assert "departs from serial's by" in found.differing["loky-j2-t1"]
    assert not found.nondeterministic


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_tolerance_goes_with_the_spread_of_the_numbers(scale: float) -> None:
    base = answer(*[scale * value for value in NUMBERS])
    near, far = (answer(*[scale * value * f for value in NUMBERS]) for f in (1 + 1e-5, 1.1))
    assert distance(base, near) < 1 < distance(base, far)


def test_one_number_alone_is_held_against_its_own_size() -> None:
    assert distance(answer(1000.0), answer(1000.1)) < 1 < distance(answer(1000.0), answer(1002.0))
    assert distance(answer(0.0), answer(0.0)) == 0.0


def test_the_rounding_of_numbers_that_are_all_alike_is_no_spread() -> None:
    assert distance(answer(0.1, 0.1, 0.1), answer(0.1, 0.1, 0.1 + 1e-12)) < 1


@pytest.mark.parametrize("kind", ["labels", "clusters"])
def test_one_label_may_flip_but_not_two(kind: str) -> None:
    base = flipped(0, kind)
    assert distance(base, flipped(1, kind)) <= 1 < distance(base, flipped(2, kind))


def test_of_many_labels_two_in_a_thousand_may_flip() -> None:
    base = answer(*[0] * 1000, kind="labels")
    two, three = (answer(*[1] * n, *[0] * (1000 - n), kind="labels") for n in (2, 3))
    assert distance(base, two) <= 1 < distance(base, three)


def test_a_search_whose_scores_moved_differs_though_its_predictions_do_not() -> None:
    base = answer(*LABELS, kind="labels", scores=[0.9, 0.8])
    near, far = (replace(base, digest=f"{s}", scores=(0.9, s)) for s in (0.805, 0.85))
    assert distance(base, near) < 1 < distance(base, far)


def scored(*scores: float, digest: str) -> Answer:
    return Answer(kind="scores", digest=digest, values=(), scores=scores)


def test_scores_that_are_not_a_number_are_only_near_their_like() -> None:
    nan, inf = float("nan"), float("inf")
    assert distance(scored(nan, 0.5, digest="a"), scored(nan, 0.5, digest="b")) == 0.0
    assert distance(scored(inf, digest="a"), scored(inf, digest="b")) == 0.0
    for other in (0.5, inf):
        assert distance(scored(nan, digest="a"), scored(other, digest="b")) == inf


def test_scores_that_are_errors_in_the_unit_of_the_target_are_held_against_their_size() -> None:
    base = scored(-2900.0, 0.5, digest="a")
    assert distance(base, scored(-2901.0, 0.5, digest="b")) < 1
    assert distance(base, scored(-3000.0, 0.5, digest="c")) > 1
    assert distance(base, scored(-2900.0, 0.6, digest="d")) > 1


def test_clusters_are_compared_as_sets_of_points_and_not_by_their_numbers() -> None:
    """One point that changes sides may be the first, from which the numbers are counted."""
    base = answer(*[0] * 200, *[1] * 200, kind="clusters")
    renumbered = answer(*[1] * 200, *[0] * 200, kind="clusters")
    first_flipped = answer(0, *[1] * 199, *[0] * 200, kind="clusters")
    assert distance(base, renumbered) == 0.0
    assert distance(base, first_flipped) <= 1
    assert distance(base, answer(*[0] * 400, kind="clusters")) > 1
    assert distance(base, answer(*range(400), kind="clusters")) > 1


@pytest.mark.parametrize(
    "other",
    [
        answer(*NUMBERS[1:]),
        answer(*NUMBERS, kind="labels"),
        answer(*NUMBERS, scores=[1.0]),
        answer("nan", *NUMBERS[1:]),
    ],
    ids=["another length", "another kind", "other scores", "not finite"],
)
def test_answers_that_cannot_be_compared_are_infinitely_far_apart(other: Answer) -> None:
    assert distance(shifted(0), other) == float("inf")


def test_distance_is_symmetric() -> None:
    a, b = answer(1.0, 2.0, 3.0), answer(10.0, 20.0, 35.0)
    assert distance(a, b) == distance(b, a)


def test_a_serial_that_differs_from_itself_makes_the_run_nondeterministic() -> None:
    found = check((SERIAL, shifted(0)), discarded=shifted(0.5))
    assert found.nondeterministic
    assert found.spread > 1


def test_of_a_nondeterministic_run_only_what_is_beyond_its_spread_differs() -> None:
    found = check(
        (SERIAL, shifted(0)),
        (LOKY, shifted(0.06)),
        (THREADING, shifted(50)),
        discarded=shifted(0.05),
    )
    assert list(found.differing) == ["threading-j2-t1"]
    assert "own spread" in found.differing["threading-j2-t1"]


def test_the_fewer_answers_of_serial_the_more_of_its_spread_is_unseen() -> None:
    """Departing by three times serial's own spread proves nothing with two answers of it."""
    setting = (LOKY, shifted(0.2))
    two = check((SERIAL, shifted(0)), setting, discarded=shifted(0.05))
    many = check(*((SERIAL, shifted(0.01 * n)) for n in range(6)), setting)
    assert "loky-j2-t1" not in two.differing
    assert "loky-j2-t1" in many.differing


@pytest.mark.parametrize("serial", [[], [(SERIAL, None)]], ids=["cut off", "without an answer"])
def test_where_serial_has_no_answer_as_written_is_held_against(serial: list[Any]) -> None:
    found = check(*serial, (AS_WRITTEN, shifted(0)), (LOKY, shifted(0.1)))
    assert found.reference == "as-written"
    assert list(found.differing) == ["loky-j2-t1"]


def test_as_written_itself_may_differ_from_serial() -> None:
    found = check((SERIAL, shifted(0)), (AS_WRITTEN, shifted(0.1)))
    assert list(found.differing) == ["as-written"]


def test_without_any_reference_nothing_is_said() -> None:
    found = check((LOKY, shifted(0.1)))
    assert (found.reference, found.differing, found.nondeterministic) == (None, {}, False)


def test_values_that_an_earlier_sample_carries_are_found_by_their_digest() -> None:
    far = replace(shifted(0.1), digest="far")
    known = replace(far, values=None)
    found = check((SERIAL, shifted(0)), (LOKY, far), (THREADING, known))
    assert list(found.differing) == ["loky-j2-t1", "threading-j2-t1"]


def test_one_bad_answer_among_good_ones_is_enough() -> None:
    outcomes = [
        make_sample(SERIAL, 1, answer=shifted(0)),
        *(make_sample(LOKY, n, answer=shifted(0)) for n in (1, 2)),
        make_sample(LOKY, 3, answer=shifted(1)),
    ]
    assert list(check_answers(make_run([LOKY], outcomes)).differing) == ["loky-j2-t1"]


def test_many_different_answers_are_compared_within_a_moment() -> None:
    """The check runs after every trial: of an unseeded forest each has an answer of its own."""
    draw = random.Random(1)
    outcomes = [
        make_sample(setting, round_, answer=answer(*[draw.random() for _ in range(1000)]))
        for setting in [SERIAL, *([LOKY, THREADING] * 5)]
        for round_ in range(1, 6)
    ]
    before = time.process_time()
    found = check_answers(make_run([LOKY, THREADING], outcomes))
    assert found.nondeterministic
    assert time.process_time() - before < 0.6
