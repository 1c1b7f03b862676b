"""The findings in words."""

from __future__ import annotations

from dataclasses import replace

from sklpar.model import Finding, Noise, Report, Speedup
from sklpar.render.plain import TIMES
from sklpar.render.remarks import lines, remarks
from tests.unit.reports import ladder, oversubscription, recommendation, report, row


def finding(rule: str = "gil_bound", advice: str = "2 threads wait: use loky") -> Finding:
    return Finding(rule=rule, severity="warning", evidence={"slowdown": 3.0}, advice=advice)


def outdone(*rows_: object, minimize: str = "first_fit", **changes: object) -> Report:
    best = row("loky-j2-t1", 1.0, n_jobs=2, backend="loky", inner_threads=1)
    return report(
        *rows_,  # type: ignore[arg-type]
        best,
        recommendation=recommendation("loky-j2-t1"),
        spec={"objective": {"minimize": minimize}},
        **changes,
    )


def test_why_as_written_is_slow_comes_first_with_the_knob_and_the_cost() -> None:
    other = row("serial", 0.5, findings=(finding("serial_tail", "the refit: set refit: false"),))
    of = outdone(other, row("as-written", 9.0, findings=(oversubscription(),)))
    why, other_line = lines(of)
    assert why == (
        "Why the job as written is slow (oversubscription): more threads want to run than there "
        f"are CPUs: cap the inner threads at 1. Measured: 38.8{TIMES} the best time."
    )
    assert other_line == "serial_tail (serial): the refit: set refit: false."


def test_what_does_not_explain_the_time_is_told_of_the_job_as_written_without_a_why() -> None:
    of = outdone(row("as-written", 9.0, findings=(finding("sample_too_short", "too short"),)))
    assert lines(of)[0].startswith("The job as written (sample_too_short): too short.")


def test_where_as_written_is_kept_nothing_says_that_it_is_slow() -> None:
    of = report(
        row("as-written", 1.0, findings=(finding(),)), recommendation=recommendation("as-written")
    )
    assert [one.lead for one in remarks(of)] == ["The job as written"]


def test_an_undecided_gain_is_no_reason_to_call_as_written_slow() -> None:
    of = report(
        row("as-written", 1.1, findings=(finding(),)),
        row("serial", 1.0),
        recommendation=recommendation("serial", speedup=Speedup(median=1.1, low=0.9, high=1.3)),
    )
    assert [one.lead for one in remarks(of)] == ["The job as written"]


def test_where_no_rule_explains_it_the_largest_loss_does() -> None:
    lost = row("as-written", 9.0, ladder=ladder(9.0, useful=8.5, serial=9.0, inflation=0.5))
    (why,) = lines(outdone(lost))
    assert why == (
        "Why the job as written is slow: 50% of the time of 2 CPUs was not asked for, since too "
        "few threads had work: run it with loky, n_jobs=2, 1 thread per worker."
    )
    assert lines(outdone(lost, minimize="memory")) == []
    useful = row("as-written", 9.0, ladder=ladder(9.0, useful=17.9))
    assert lines(outdone(useful)) == []


def test_a_setting_that_was_as_quick_as_the_best_is_not_slow_by_a_crowd() -> None:
    crowd = replace(oversubscription(), evidence={"slowdown": 1.0, "cpu_inflation": 1.3})
    lost = ladder(9.0, useful=1.0, start_up=16.0, inflation=1.0)
    of = outdone(row("as-written", 9.0, findings=(crowd,), ladder=lost))
    why, crowded = lines(of)
    assert why.startswith("Why the job as written is slow: 89% of the time of 2 CPUs went into sta")
    assert crowded.startswith("The job as written (oversubscription)")


def test_what_other_programs_or_the_best_setting_cost_as_well_is_no_reason() -> None:
    waited = row("as-written", 9.0, ladder=ladder(9.0, useful=6.0, waiting=12.0))
    busy = Finding(rule="outside_load", severity="warning", evidence={}, advice="others ran")
    assert len(lines(outdone(waited))) == 1
    assert lines(outdone(waited, noise=Noise(level=None, findings=(busy,)))) == []
    best = row("serial", 1.0, ladder=ladder(1.0, useful=0.7, waiting=1.3))
    of = report(waited, best, recommendation=recommendation("serial"))
    assert lines(of) == []


def test_figures_of_warm_fits_say_so_where_first_fits_are_compared() -> None:
    warm = replace(finding(), evidence={"fit": "warm", "slowdown": 3.0})
    rows_ = row("as-written", 9.0, findings=(warm,))
    assert lines(outdone(rows_))[0].endswith("the best time (in warm fits).")
    assert lines(outdone(rows_, minimize="fit"))[0].endswith("the best time.")


def test_findings_that_differ_in_numbers_alone_are_one_line() -> None:
    rows_ = [
        row(
            f"loky-j{n}-t1",
            float(n),
            findings=(finding("oversubscription", f"{n} on 2 CPUs: cap (x-{n} was {n} times)"),),
        )
        for n in (4, 3, 8)
    ]
    assert lines(report(row("as-written"), *rows_)) == [
        "oversubscription (loky-j3-t1, loky-j4-t1, loky-j8-t1): 3 on 2 CPUs: cap (x-3 was 3 times)."
    ]


def test_those_that_share_as_writtens_finding_are_named_with_it() -> None:
    of = outdone(
        row("as-written", 9.0, findings=(finding(),)), row("serial", 8.0, findings=(finding(),))
    )
    assert lines(of)[0].endswith("The same holds for serial.")
    assert len(lines(of)) == 1


def test_of_many_findings_on_other_settings_the_first_are_told_and_the_rest_counted() -> None:
    rows_ = [
        row(f"x-j{n}-t1", float(n), findings=(finding(advice="a" * n + " is amiss"),))
        for n in range(1, 11)
    ]
    of = report(row("as-written"), *rows_)
    assert len(lines(of)) == 10
    shown = lines(of, most=3)
    assert len(shown) == 4
    assert shown[-1].endswith("and 7 more findings on other settings: show --format json has them.")
