"""Two stored runs, setting by setting: what may be compared, and what is said of each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sklpar.guard.contrast import contrast
from sklpar.model import DataFacts, Estimate, Noise, Report, Speedup, Status, Unavailable
from tests.unit import reports
from tests.unit.contrasts import TIMES, known, noisy, one, other, pair, run, says, timed
from tests.unit.reports import measures, recommendation, row, stopped

CALM = Noise(level=0.02, findings=(), pace_s=1e-3, interpreter_pace_s=2e-3)


def with_row(of: Report, setting: str, **changes: object) -> Report:
    rows = (replace(r, **changes) if r.id == setting else r for r in of.settings)  # type: ignore[arg-type]
    return replace(of, settings=tuple(rows))


# --------------------------------------------------------------------------- the figures


def test_a_run_against_itself_changes_nowhere() -> None:
    found = contrast(one(), one())
    assert found.differences == ()
    assert (found.comparable, found.answer) == ("seconds", "same")
    assert found.compared == ("first_fit_s", "first_fit_cpu_s", "peak_memory_bytes")
    assert {p.says for p in found.pairs} == {"no_clear_change"}
    for p in found.pairs:
        assert p.ratio is not None
        assert p.ratio.median == 1
        assert p.ratio.low is not None
        assert p.ratio.high is not None
        assert p.ratio.low < 1 < p.ratio.high


def test_what_became_slower_and_faster_is_told_apart_from_what_did_not() -> None:
    found = contrast(one(), other(loky_j2_t1=1.5, serial=1.0))
    assert says(found) == {
        "as-written": "no_clear_change",
        "serial": "faster",
        "loky-j2-t1": "slower",
        "threading-j2-t1": "no_clear_change",
    }
    assert says(found, "first_fit_cpu_s")["loky-j2-t1"] == "more"
    assert says(found, "peak_memory_bytes")["serial"] == "less"
    assert found.comparisons == len(found.pairs)


def test_the_ratio_divides_the_medians_that_are_shown() -> None:
    for p in contrast(one(), other(loky_j2_t1=1.5)).pairs:
        assert p.a is not None
        assert p.b is not None
        assert p.ratio is not None
        assert p.ratio.median == p.b.median / p.a.median
        assert p.ratio.low is not None
        assert p.ratio.high is not None
        assert p.ratio.low <= p.ratio.median <= p.ratio.high


def test_the_other_way_round_every_ratio_is_its_inverse() -> None:
    a, b = one(), other(loky_j2_t1=1.5)
    opposite = {"slower": "faster", "more": "less"}
    there, back = contrast(a, b), contrast(b, a)
    for p in there.pairs:
        q = pair(back, p.setting, p.compared)
        assert p.ratio is not None
        assert q.ratio is not None
        assert p.ratio.low is not None
        assert q.ratio.high is not None
        assert p.ratio.low == pytest.approx(1 / q.ratio.high)
        assert q.says == opposite.get(p.says, p.says)


def test_runs_stored_before_single_values_were_kept_are_compared_by_their_intervals() -> None:
    rows = [timed(name, noisy(t, 1), kept=False) for name, t in TIMES.items()]
    found = contrast(replace(one(), settings=tuple(rows)), other(loky_j2_t1=1.5))
    assert says(found)["loky-j2-t1"] == "slower"
    assert says(found)["serial"] == "no_clear_change"


def test_with_fewer_than_three_trials_on_a_side_there_is_no_interval_and_no_word() -> None:
    few = timed("loky-j2-t1", [1.5, 1.51])
    b = replace(other(), settings=tuple(few if r.id == few.id else r for r in other().settings))
    found = pair(contrast(one(), b), "loky-j2-t1")
    assert found.says == "no_interval"
    assert found.ratio is not None
    assert found.ratio.median is not None
    assert (found.ratio.low, found.ratio.high) == (None, None)


def test_the_best_of_b_comes_first_and_what_only_a_knows_last() -> None:
    b = replace(other(), settings=tuple(r for r in other().settings if r.id != "threading-j2-t1"))
    order = [p.setting for p in contrast(one(), b).of("first_fit_s")]
    assert order == ["loky-j2-t1", "serial", "as-written", "threading-j2-t1"]


# --------------------------------------------------------------------------- what is missing


def test_a_setting_of_one_run_is_told_with_the_reason_why_the_other_left_it_out() -> None:
    skipped = row("serial", None, status="skipped", reason="4 jobs on 2 usable CPUs")
    b = replace(
        other(), settings=tuple(skipped if r.id == "serial" else r for r in other().settings)
    )
    found = contrast(one(), b)
    assert pair(found, "serial").says == "only_in_a"
    assert pair(found, "serial").reason == "4 jobs on 2 usable CPUs"
    assert pair(contrast(b, one()), "serial").says == "only_in_b"
    gone = replace(b, settings=tuple(r for r in b.settings if r.id != "serial"))
    assert pair(contrast(one(), gone), "serial").reason == ""


@pytest.mark.parametrize("status", ["failed", "out_of_memory", "timeout", "differs"])
def test_a_setting_that_is_no_longer_sound_is_said_to_be_so(status: Status) -> None:
    unknown = measures(None, why="it ended early")
    b = with_row(other(), "loky-j2-t1", status=status, reason="ValueError: no", measures=unknown)
    found = pair(contrast(one(), b), "loky-j2-t1")
    assert (found.says, found.reason) == ("not_sound", "ValueError: no")
    assert found.ratio is None


def test_two_reasons_are_told_with_their_runs() -> None:
    unknown = measures(None, why="failed")
    a, b = (
        with_row(of, "serial", status="failed", reason=why, measures=unknown)
        for of, why in ((one(), "ValueError"), (other(), "MemoryError"))
    )
    assert pair(contrast(a, b), "serial").reason == "A: ValueError; B: MemoryError"
    assert pair(contrast(a, a), "serial").reason == "ValueError"


def test_of_a_fit_that_was_cut_off_a_bound_of_the_ratio_is_known() -> None:
    cut = stopped("loky-j2-t1", 2.99)
    b = replace(other(), settings=tuple(cut if r.id == cut.id else r for r in other().settings))
    there, back = contrast(one(), b), contrast(b, one())
    found = pair(there, "loky-j2-t1")
    assert found.says == "not_sound"
    assert found.a is not None
    assert found.ratio is not None
    assert found.ratio.low == pytest.approx(3.0 / found.a.median)
    assert (found.ratio.median, found.ratio.high) == (None, None)
    inverse = pair(back, "loky-j2-t1").ratio
    assert inverse is not None
    assert inverse.high == pytest.approx(found.a.median / 3.0)
    assert inverse.low is None


def test_a_figure_that_one_run_could_not_measure_is_told_with_its_reason() -> None:
    row_ = other().row("serial")
    assert row_ is not None
    without = {**row_.measures, "peak_memory_bytes": Unavailable(unavailable="no cgroup")}
    found = contrast(one(), with_row(other(), "serial", measures=without))
    told = pair(found, "serial", "peak_memory_bytes")
    assert (told.says, told.reason) == ("not_measured", "no cgroup")


def test_memory_that_was_read_in_two_ways_is_not_compared() -> None:
    row_ = other().row("serial")
    assert row_ is not None
    figure = row_.measures["peak_memory_bytes"]
    assert isinstance(figure, Estimate)
    read = {**row_.measures, "peak_memory_bytes": replace(figure, method="rss; t interval")}
    found = contrast(one(), with_row(other(), "serial", measures=read))
    told = pair(found, "serial", "peak_memory_bytes")
    assert (told.says, told.ratio) == ("not_comparable", None)
    assert told.reason == "measured by by hand in A, by rss in B"


def test_a_run_of_nothing_is_compared_with_nothing() -> None:
    empty = reports.report()
    found = contrast(empty, empty)
    assert (found.pairs, found.comparisons, found.answer) == ((), 0, "none")
    assert {p.says for p in contrast(one(), empty).pairs} == {"only_in_a"}


# --------------------------------------------------------------------------- what may be compared


def test_on_another_cpu_speedups_and_memory_are_compared_and_seconds_are_not() -> None:
    twice = {name: 2 * seconds for name, seconds in TIMES.items()}
    b = run(twice, seed=2, name="b")
    b = replace(b, host=replace(b.host, cpu_model="Half the CPU"))
    found = contrast(one(), b)
    assert found.comparable == "ratios"
    assert found.compared == ("speedup", "peak_memory_bytes")
    assert found.differences[0].field == "host.cpu_model"
    assert found.differences[0].blocking
    assert says(found, "speedup")["loky-j2-t1"] == "no_clear_change"
    assert says(found, "peak_memory_bytes")["loky-j2-t1"] == "more"


def test_of_other_data_not_even_memory_is_compared() -> None:
    a, b = (
        replace(of, data=DataFacts(shape=(n, 4), digest=None))
        for of, n in ((one(), 10), (other(), 9))
    )
    found = contrast(a, b)
    assert (found.comparable, found.compared) == ("nothing", ("speedup",))


def test_a_setting_that_gains_more_is_told_whatever_the_seconds() -> None:
    b = other(loky_j2_t1=0.5)
    b = replace(b, host=replace(b.host, cpu_model="Other"), recommendation=None)
    found = pair(contrast(replace(one(), recommendation=None), b), "loky-j2-t1", "speedup")
    assert found.says == "more"
    assert found.ratio is not None
    assert found.ratio.median == pytest.approx(2.0, rel=0.1)


def test_the_recommended_ones_speedup_is_that_of_the_report_with_its_own_interval() -> None:
    gain = Speedup(median=2.2, low=2.1, high=2.3)
    best = recommendation("threading-j2-t1", speedup=gain, confirmed=4)
    a = replace(one(), recommendation=best)
    b = replace(other(), host=replace(other().host, cpu_model="Other"), recommendation=best)
    found = pair(contrast(a, b), "threading-j2-t1", "speedup")
    assert found.a is not None
    assert (found.a.median, found.a.low, found.a.high, found.a.n) == (2.2, 2.1, 2.3, 4)
    assert found.ratio is not None
    assert found.ratio.low is not None
    assert found.ratio.low < 1


def test_speedups_of_runs_without_single_values_come_from_two_intervals() -> None:
    rows = tuple(timed(name, noisy(t, 1), kept=False) for name, t in TIMES.items())
    a = replace(one(), settings=rows, recommendation=None)
    b = replace(other(loky_j2_t1=0.4), recommendation=None)
    b = replace(b, host=replace(b.host, cpu_model="Other"))
    assert says(contrast(a, b), "speedup")["loky-j2-t1"] == "more"


def test_as_written_has_no_speedup_to_compare() -> None:
    b = replace(other(), host=replace(other().host, cpu_model="Other"))
    assert "as-written" not in says(contrast(one(), b), "speedup")


def test_what_both_minimize_is_compared_first() -> None:
    by_memory = {**one().spec, "objective": {"minimize": "memory"}}
    a, b = (replace(of, spec=by_memory) for of in (one(), other()))
    assert contrast(a, b).compared[0] == "peak_memory_bytes"
    assert contrast(a, one()).compared[0] == "first_fit_s"


def test_another_objective_is_told_and_forbids_nothing() -> None:
    b = replace(other(), spec={**other().spec, "objective": {"minimize": "memory"}})
    found = contrast(one(), b)
    assert found.comparable == "seconds"
    assert [d.field for d in found.differences] == ["spec.objective"]


# --------------------------------------------------------------------------- the machine


def test_what_a_slower_machine_may_explain_is_laid_to_it() -> None:
    slower = {name: 1.3 * seconds for name, seconds in TIMES.items()}
    slower["loky-j2-t1"] *= 2
    b = run(slower, seed=2, noise=replace(CALM, pace_s=1.5e-3))
    found = contrast(one(), b)
    assert [(p.name, p.changed) for p in found.paces] == [
        ("pace_s", True),
        ("interpreter_pace_s", False),
    ]
    assert says(found)["serial"] == "slower_machine"
    assert says(found)["loky-j2-t1"] == "slower"
    assert says(found, "peak_memory_bytes")["serial"] == "more"
    back = contrast(b, one())
    assert says(back)["serial"] == "faster_machine"
    assert says(back)["loky-j2-t1"] == "faster"


def test_a_pace_that_one_run_lacks_is_no_pace() -> None:
    b = replace(other(), noise=Noise(level=None, findings=()))
    assert contrast(one(), b).paces == ()


# --------------------------------------------------------------------------- the answers


def test_what_became_of_the_recommendation_is_told() -> None:
    a = one()
    best = recommendation("serial")
    tied = recommendation("serial", tied=("serial", "threading-j2-t1"))
    assert contrast(a, replace(a, recommendation=best)).answer == "changed"
    assert contrast(a, replace(a, recommendation=tied)).answer == "tied"
    assert contrast(a, replace(a, recommendation=None)).answer == "only_in_a"
    assert contrast(replace(a, recommendation=None), a).answer == "only_in_b"


def test_an_edited_row_counts_and_not_the_values_that_it_no_longer_is_of() -> None:
    row_ = other().row("serial")
    assert row_ is not None
    edited = {**row_.measures, "first_fit_s": known([3.0, 3.01, 3.02])}
    found = pair(contrast(one(), with_row(other(), "serial", measures=edited)), "serial")
    assert found.says == "slower"
