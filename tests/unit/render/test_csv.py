"""The settings as CSV, read back by Python's own reader and by pandas."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pandas as pd
import pytest

from sklpar.api.result import Result
from sklpar.model import Estimate, Report
from sklpar.render import RenderOptions
from sklpar.render.csv import render
from sklpar.render.plain import one_line
from sklpar.store.document import MEASURES
from tests.unit.reports import HOSTILE, digits, estimate, report, row, stopped


def text(of: Report, *, unicode: bool = True) -> str:
    return render(of, RenderOptions(unicode=unicode))


def table(of: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text(of), newline=""), strict=True))


def rows_by_id(of: Report) -> dict[str, dict[str, str]]:
    return {one["setting"]: one for one in table(of)}


def test_every_setting_is_a_record_the_skipped_among_them() -> None:
    assert [one["setting"] for one in table(digits())] == [r.id for r in digits().settings]
    assert rows_by_id(digits())["threading-j4-t1"]["reason"] == "4 jobs on 2 usable CPUs"


def test_the_columns_are_those_of_the_frame_and_the_reasons() -> None:
    names = list(table(digits())[0])
    frame = list(Result(report=digits()).to_frame().columns)
    assert [n for n in names if not n.endswith(("_unavailable", "_at_least"))] == [
        "setting",
        *frame,
    ]
    assert {n for n in names if n.endswith("_unavailable")} == {
        f"{m}_unavailable" for m in MEASURES
    }


def test_lines_end_as_rfc_4180_has_it_and_all_are_as_long() -> None:
    lines = text(digits()).split("\r\n")
    assert lines[-1] == ""
    assert "\n" not in "".join(lines)
    assert len({len(record) for record in csv.reader(lines[:-1], strict=True)}) == 1


def test_numbers_keep_every_digit_in_base_units() -> None:
    exact = replace(
        row("serial"),
        measures={
            **row("serial").measures,
            "first_fit_s": estimate(0.1 + 0.2, spread=None),
            "peak_memory_bytes": estimate(123456789.0, spread=None),
        },
    )
    found = rows_by_id(report(exact))["serial"]
    assert float(found["first_fit_s"]) == 0.1 + 0.2
    assert float(found["peak_memory_bytes"]) == 123456789
    assert found["first_fit_s_low"] == ""


def test_what_was_not_measured_is_empty_with_its_reason_beside_it() -> None:
    found = rows_by_id(report(row("serial")))["serial"]
    assert (found["fit_s"], found["fit_s_unavailable"]) == ("", "repeats is 0")
    assert found["first_fit_s_unavailable"] == ""


def test_the_bound_of_a_fit_that_was_stopped_is_kept() -> None:
    found = rows_by_id(report(stopped("loky-j2-t1", 2.95)))["loky-j2-t1"]
    assert float(found["first_fit_s_at_least"]) == pytest.approx(2.96)
    assert found["status"] == "stopped_early"


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_not_finite_is_empty(number: float) -> None:
    odd = row("serial")
    measures = {**odd.measures, "first_fit_s": estimate(number, spread=None)}
    assert rows_by_id(report(replace(odd, measures=measures)))["serial"]["first_fit_s"] == ""


def test_params_are_columns() -> None:
    found = rows_by_id(
        report(
            row("as-written"),
            row("a", params={"clf__n_jobs": -1, "scaler": {"class": "X"}, "warm": True}),
        )
    )
    assert found["as-written"]["param_clf__n_jobs"] == ""
    assert found["a"]["param_clf__n_jobs"] == "-1"
    assert found["a"]["param_scaler"] == '{"class": "X"}'
    assert found["a"]["param_warm"] == "true"


def test_pandas_reads_what_to_frame_gives() -> None:
    read = pd.read_csv(io.StringIO(text(digits())), index_col="setting")
    frame = Result(report=digits()).to_frame()
    assert list(read.index) == list(frame.index)
    for name in ("n_jobs", "n", *MEASURES, "first_fit_s_low", "speedup", "speedup_high"):
        expected = frame[name].astype(float)
        # Not every pandas reads the last bit.
        near = (read[name] - expected).abs() <= 1e-12 * expected.abs()
        assert (near | (read[name].isna() & expected.isna())).all(), name
    for name in ("recommended", "tied"):
        assert read[name].tolist() == frame[name].tolist()
    assert read["reason"].fillna("").tolist() == frame["reason"].fillna("").tolist()


def test_a_none_that_was_swept_is_told_from_what_was_not_swept() -> None:
    of = report(row("as-written"), row("a", params={"max_depth": None}), row("b", params={"C": 1}))
    found = rows_by_id(of)
    assert [found[setting]["param_max_depth"] for setting in found] == ["", "null", ""]
    assert Result(report=of).to_frame()["param_max_depth"].isna().all()


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_foreign_text_is_no_formula_for_a_spreadsheet(start: str) -> None:
    evil = f"{start}HYPERLINK(1)"
    whole = report(
        row(evil, backend=evil, params={"x": evil}, status="failed", reason=evil),
        row("serial", None, why=f"\t{evil}"),
    )
    for one in csv.reader(io.StringIO(text(whole), newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in one)
    assert f"'{evil}" in text(whole)


def test_hostile_text_stays_in_its_cell() -> None:
    whole = report(row(f'{HOSTILE}, "quoted"; \r\n', reason='a "b", c'), row("serial"))
    found = table(whole)
    assert [one["setting"] for one in found] == [one_line(r.id) for r in whole.settings]
    assert found[0]["reason"] == 'a "b", c'


def test_a_number_is_no_text_for_being_negative() -> None:
    negative = Estimate(median=-1.5, low=None, high=None, n=1, method="odd")
    odd = row("serial")
    whole = report(replace(odd, measures={**odd.measures, "first_fit_s": negative}))
    assert rows_by_id(whole)["serial"]["first_fit_s"] == "-1.5"


def test_a_run_that_measured_nothing_is_a_heading() -> None:
    assert table(report()) == []
    assert text(report()).startswith("setting,n_jobs,backend,")
