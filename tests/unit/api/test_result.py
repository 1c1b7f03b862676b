from __future__ import annotations

import doctest
import math
import sys
import types
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import sklpar
from sklpar.api import result as module
from sklpar.api.frame import NoPandasError
from sklpar.api.result import Result, load
from sklpar.emit import FORMATS, NoRecommendationError
from sklpar.errors import StoreError, UsageError
from sklpar.model import Speedup
from sklpar.render import numbers, rows
from sklpar.render.plain import AT_LEAST, AT_MOST
from sklpar.store.document import MEASURES, report_text, write_report_file
from sklpar.store.folder import RunFolder
from tests.unit.reports import HOSTILE, digits, recommendation, report, row


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """The digits run, where runs are kept below the current folder."""
    monkeypatch.chdir(tmp_path)
    folder = RunFolder.create(run_id=digits().run_id)
    folder.write_report(digits())
    return folder


# ---------------------------------------------------------------------- loading


@pytest.mark.parametrize("ref", [None, "2026", "20260102-030405-abcdef"])
def test_a_run_is_found_as_by_the_command_line(stored: RunFolder, ref: str | None) -> None:
    found = load(ref)
    assert (found.run_id, found.folder) == (stored.run_id, stored.path)
    assert report_text(found.report) == report_text(digits())


def test_a_run_folder_is_loaded_by_its_path(stored: RunFolder) -> None:
    assert load(stored.path) == load(str(stored.path)) == load()


def test_a_json_file_is_loaded_and_has_no_folder(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    write_report_file(file, digits())
    found = load(file)
    assert found.folder is None
    assert report_text(found.report) == report_text(digits())


@pytest.mark.parametrize("ref", ["nothing-such", "a\0b", "x" * 5000, ""])
def test_what_is_no_run_is_the_error_of_the_command_line(stored: RunFolder, ref: str) -> None:
    with pytest.raises(StoreError, match="no run") as failure:
        load(ref)
    assert failure.value.remedy


def test_a_damaged_file_is_a_store_error(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("{")
    with pytest.raises(StoreError, match=r"report\.json"):
        load(file)


# ---------------------------------------------------------------------- the answer


def test_the_recommended_row_is_at_hand() -> None:
    found = Result(report=digits())
    assert found.setting is not None
    assert (found.setting.id, found.setting.n_jobs) == ("threading-j2-t1", 2)
    assert found.row("loky-j2-t1") is not None
    assert found.row("nothing") is None


def test_without_a_recommendation_there_is_no_setting() -> None:
    found = Result(report=report(row("as-written")))
    assert found.recommendation is None
    assert found.setting is None
    assert repr(found).endswith("abcdef: no recommendation: fewer than two settings were measured>")


@pytest.mark.parametrize(
    ("gain", "shown"),
    [
        (Speedup(median=17.9, low=16.0, high=19.0), "17.9x faster than as-written"),
        (Speedup(median=1.0, low=None, high=None), "1.00x against as-written"),
        (
            Speedup(median=None, low=3.1, high=None),
            "at least 3.10x faster (the job as written was cut off)",
        ),
    ],
)
def test_the_repr_is_one_line_with_the_gain(gain: Speedup, shown: str) -> None:
    chosen = recommendation("loky-j2-t1", speedup=gain)
    found = Result(report=report(row("as-written"), row("loky-j2-t1", 0.1), recommendation=chosen))
    assert repr(found) == f"<sklpar.Result 20260102-030405-abcdef: loky-j2-t1, {shown}>"


def test_the_repr_says_what_is_provisional_and_what_is_kept() -> None:
    provisional = replace(digits(), recommendation=recommendation("serial", provisional=True))
    assert repr(Result(report=provisional)).endswith("than as-written, provisional>")
    kept = replace(digits(), recommendation=recommendation("as-written"))
    assert repr(Result(report=kept)).endswith(": keep the job as written>")


def test_hostile_text_stays_on_the_reprs_one_line() -> None:
    found = Result(report=report(row("as-written"), recommendation_unavailable=HOSTILE))
    assert repr(found).isascii()
    assert repr(found).isprintable()


def test_str_is_the_text_report() -> None:
    lines = str(Result(report=digits())).splitlines()
    assert lines[0].startswith("Run with threading, n_jobs=2")
    assert "Show it again: sklpar show 20260102-030405-abcdef" in lines
    assert all(len(line) <= 100 for line in lines)


def test_str_is_ascii_where_the_terminal_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", types.SimpleNamespace(encoding="ascii"))
    assert str(Result(report=digits())).isascii()


def test_str_names_a_folder_that_is_not_where_runs_are_kept(stored: RunFolder) -> None:
    assert "Run: digits search, .sklpar/runs/" in str(load())
    elsewhere = Result(report=digits(), folder=Path("/elsewhere/run"))
    assert "Show it again: sklpar show /elsewhere/run" in str(elsewhere).splitlines()


# ---------------------------------------------------------------------- emitting


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_emitted(name: str) -> None:
    assert "threading" in Result(report=digits()).emit(name)


def test_an_unknown_format_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="'toml' is none of yaml"):
        Result(report=digits()).emit("toml")


def test_nothing_is_emitted_without_a_recommendation() -> None:
    with pytest.raises(NoRecommendationError):
        Result(report=report(row("as-written"))).emit("yaml")


# ---------------------------------------------------------------------- the frame


def frame() -> pd.DataFrame:
    return Result(report=digits()).to_frame()


def cells(found: pd.DataFrame, setting: str) -> dict[str, Any]:
    """One row of it as plain values."""
    return {str(name): value for name, value in found.to_dict("index")[setting].items()}


def test_a_frame_has_a_row_for_each_setting_the_skipped_among_them() -> None:
    found = frame()
    assert found.index.name == "setting"
    assert list(found.index) == [row.id for row in digits().settings]
    assert cells(found, "threading-j4-t1")["reason"] == "4 jobs on 2 usable CPUs"


def test_its_types_can_hold_what_is_missing() -> None:
    found = frame()
    assert found[["n_jobs", "n"]].dtypes.tolist() == [pd.Int64Dtype()] * 2
    assert found["n_jobs"].isna().tolist()[:2] == [True, False]
    assert found[["recommended", "tied"]].dtypes.tolist() == [bool, bool]
    for name in MEASURES:
        three = found[[name, f"{name}_low", f"{name}_high"]]
        assert three.dtypes.tolist() == [float] * 3
    for name in ("backend", "inner_threads", "status", "reason", "findings"):
        assert isinstance(found[name].dtype, pd.StringDtype)


def test_figures_are_those_of_the_document() -> None:
    found = cells(frame(), "threading-j2-tblas1-openmp2")
    assert found["inner_threads"] == "blas1-openmp2"
    assert (found["n_jobs"], found["backend"], found["n"]) == (2, "threading", 5)
    assert found["first_fit_s"] == 0.33
    assert found["first_fit_s_low"] == pytest.approx(0.33 * 0.95)
    assert found["peak_memory_bytes"] == 254e6
    assert math.isnan(found["involuntary_switches"])


def test_the_speedup_is_the_gain_that_the_table_shows() -> None:
    whole = digits()
    found = frame()
    ordered = rows.ordered(whole)
    gain = next(column for column in rows.columns(whole, ordered) if column.key == "gain")
    for one, cell in zip(ordered, gain.cells, strict=True):
        figures = cells(found, one.setting.id)
        if cell.startswith(AT_MOST):
            assert cell == AT_MOST + numbers.ratio(figures["speedup_high"])
            assert math.isnan(figures["speedup"])
        else:
            assert cell == numbers.ratio(figures["speedup"])
    assert found.loc["threading-j2-t1", "speedup_low"] == 35.1


def test_only_a_lower_bound_is_known_where_as_written_was_cut_off() -> None:
    cut = row("as-written", None, at_least=10.0, status="timeout", reason="timeout")
    whole = report(cut, row("loky-j2-t1", 2.0))
    figures = cells(Result(report=whole).to_frame(), "loky-j2-t1")
    assert (figures["speedup_low"], math.isnan(figures["speedup"])) == (5.0, True)
    gain = rows.columns(whole, rows.ordered(whole))[-2]
    assert AT_LEAST + numbers.ratio(5.0) in gain.cells


def test_recommended_tied_and_findings_are_told() -> None:
    found = frame()
    assert list(found.index[found["recommended"]]) == ["threading-j2-t1"]
    assert list(found.index[found["tied"]]) == ["threading-j2-t1", "threading-j2-tblas1-openmp2"]
    assert found.loc["as-written", "findings"] == "oversubscription"
    assert found.loc["serial", "findings"] == ""


def test_each_swept_parameter_is_a_column() -> None:
    settings = [
        row("as-written"),
        row("a", params={"clf__n_jobs": 2, "solver": "lbfgs", "scaler": {"class": "X"}}),
        row("b", params={"clf__n_jobs": 1, "solver": None, "scaler": "passthrough"}),
    ]
    found = Result(report=report(*settings)).to_frame()
    assert found["param_clf__n_jobs"].dtype == pd.Int64Dtype()
    assert found["param_solver"].isna().tolist() == [True, False, True]
    assert found.loc["a", "param_scaler"] == {"class": "X"}


def test_a_run_that_measured_nothing_has_a_frame_with_the_same_columns() -> None:
    empty = Result(report=report()).to_frame()
    assert len(empty) == 0
    assert list(empty.columns) == list(frame().columns)


def test_without_pandas_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(NoPandasError, match="pip install pandas") as failure:
        Result(report=digits()).to_frame()
    assert isinstance(failure.value, ImportError)


# ---------------------------------------------------------------------- docstrings


def test_the_examples_are_true(stored: RunFolder) -> None:
    found = doctest.DocTestFinder().find(module, extraglobs={"sklpar": sklpar})
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    for one in found:
        runner.run(one)
    assert runner.tries > 5
    assert runner.failures == 0
