"""Where the CPU-seconds went, as the text says it."""

from __future__ import annotations

from sklpar.render.ladder import lines
from tests.unit import reports
from tests.unit.reports import ladder, recommendation, report, row


def test_the_parts_are_told_the_largest_first() -> None:
    shown = lines(
        report(row("as-written", ladder=ladder(3.2, useful=2.1, inflation=3.1, serial=0.7)))
    )
    assert shown[0] == (
        "Where the CPU time of as-written went: 48% inflation, 33% useful, 11% serial stretches, "
        "8% unexplained (of 2 CPUs × 3.20 s)."
    )


def test_parts_under_a_percent_are_folded_and_named_only_where_they_come_to_one() -> None:
    one = ladder(50.0, useful=98.6, waiting=0.8, imbalance=0.6)
    assert lines(report(row("as-written", ladder=one)))[0].endswith(
        ": 99% useful, 1% smaller parts (of 2 CPUs × 50.0 s)."
    )
    one = ladder(50.0, useful=99.5, waiting=0.5)
    assert ": 100% useful (of" in lines(report(row("as-written", ladder=one)))[0]


def test_every_part_has_words() -> None:
    whole = ladder(
        4.0,
        useful=1.0,
        inflation=1.0,
        waiting=1.0,
        imbalance=1.0,
        start_up=1.0,
        serial=1.0,
        blocked=1.0,
    )
    shown = lines(report(row("as-written", ladder=whole)))
    assert "_" not in shown[0]
    assert shown[0].count("12% ") == 8


def test_the_recommended_setting_and_as_written_are_told_and_serial_is_not() -> None:
    one = ladder(1.0, cpus=1, useful=1.0)
    rows = [row(name, ladder=one) for name in ("as-written", "serial", "loky-j2-t1", "loky-j4-t1")]

    def told(setting: str) -> list[str]:
        return [
            line.split()[5] for line in lines(report(*rows, recommendation=recommendation(setting)))
        ]

    assert told("loky-j2-t1") == ["loky-j2-t1", "as-written"]
    assert told("as-written") == ["as-written"]
    assert told("serial") == ["as-written"]
    assert "(of 1 CPU × 1.00 s)" in lines(report(*rows))[0]


def test_without_a_ladder_nothing_is_said() -> None:
    assert lines(report(row("as-written"), row("serial"))) == []
    assert lines(report()) == []
    assert len(lines(reports.digits())) == 2
