"""What holds for every emitted format, whichever are registered."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

import pytest

from sklpar.emit import FORMATS, NoRecommendationError, Pinned, pinned_from_report
from sklpar.model import Caps, InnerThreads, Report, Speedup
from tests.unit.reports import HOST, HOSTILE, digits, recommendation, report, row


def recommending(setting: str, **fields: Any) -> Report:
    best = row(setting, 1.0, **fields)
    return report(row("as-written", 2.0), best, recommendation=recommendation(setting))


REPORTS = {
    "digits": digits(),
    "as-written": report(row("as-written"), recommendation=recommendation("as-written")),
    "serial": recommending("serial", n_jobs=1, backend="sequential", inner_threads=1),
    "caps": recommending(
        "loky-j2-tblas1-openmp2", n_jobs=2, backend="loky",
        inner_threads=Caps(blas=1, openmp=2),
    ),
    "default": recommending("loky-j2-tdefault", n_jobs=2, backend="loky", inner_threads="default"),
    "no n_jobs": recommending("threading-t1", backend="threading", inner_threads=1),
    "hostile": report(
        row("as-written", 2.0),
        row(
            HOSTILE, 1.0, n_jobs=2, backend="loky", inner_threads=1,
            params={
                HOSTILE: HOSTILE, "object": {"class": "X"}, "many": [1e-5, None, True, {"a": "b"}],
            },
            resolved={"n_jobs": 2, HOSTILE: HOSTILE},
        ),
        name='"""\n' + HOSTILE,
        run_id=HOSTILE,
        recommendation=recommendation(HOSTILE, provisional=True),
    ),
    "encoding": recommending(
        "loky-j1-t1-encoding=nonsense", n_jobs=1, backend="loky", inner_threads=1,
        params={"encoding": "nonsense"},
    ),
}  # fmt: skip

every_format = pytest.mark.parametrize("name", FORMATS)
every_report = pytest.mark.parametrize("of", REPORTS.values(), ids=REPORTS)


@every_format
@every_report
def test_every_format_is_harmless_ascii(name: str, of: Report) -> None:
    text = FORMATS[name](pinned_from_report(of))
    assert text.endswith("\n")
    assert text.isascii()
    assert all(line.isprintable() for line in text.splitlines())


@every_format
@every_report
def test_every_format_carries_its_evidence(name: str, of: Report) -> None:
    pinned = pinned_from_report(of)
    mark = "#: " if name == "yaml" else "# "
    lines = FORMATS[name](pinned).splitlines()
    said = [line.removeprefix(mark) for line in lines if line.startswith(mark)]
    assert "\n".join(pinned.evidence) in "\n".join(said)
    assert any("Imaginary CPU" in line for line in pinned.evidence)


def test_the_formats_are_those_of_the_manual_in_its_order() -> None:
    assert list(FORMATS) == ["yaml", "env", "shell", "python", "docker", "k8s", "github"]


@every_format
@pytest.mark.parametrize(("inner", "said"), [(1, "n_jobs=1"), (Caps(blas=1, openmp=3), "n_jobs=3")])
def test_what_lightgbm_needs_is_said_where_the_job_has_it(
    name: str, inner: InnerThreads, said: str
) -> None:
    of = recommending("loky-j2", n_jobs=2, backend="loky", inner_threads=inner)
    having = replace(of, host=replace(HOST, versions={**HOST.versions, "lightgbm": "4.7.0"}))
    assert "LightGBM ignores" not in FORMATS[name](pinned_from_report(of))
    text = FORMATS[name](pinned_from_report(having))
    assert f"LightGBM ignores these caps: give it {said} yourself" in text


@every_format
@pytest.mark.parametrize("setting", ["as-written", "default"])
def test_where_nothing_is_capped_lightgbm_is_not_spoken_of(name: str, setting: str) -> None:
    versions = {**HOST.versions, "lightgbm": "4.7.0"}
    having = replace(REPORTS[setting], host=replace(HOST, versions=versions))
    assert "LightGBM ignores" not in FORMATS[name](pinned_from_report(having))


@every_format
def test_as_written_says_that_there_is_nothing_to_set(name: str) -> None:
    assert "Nothing to set" in FORMATS[name](pinned_from_report(REPORTS["as-written"]))


@pytest.mark.parametrize(
    "of",
    [report(), report(row("as-written"), recommendation=recommendation("gone"))],
    ids=["none", "of a missing row"],
)
def test_no_recommendation_is_an_error_with_the_next_step(of: Report) -> None:
    with pytest.raises(NoRecommendationError) as caught:
        pinned_from_report(of)
    assert caught.value.exit_code == 4
    assert caught.value.remedy


def test_pinned_separates_n_jobs_paths_from_params() -> None:
    pinned = pinned_from_report(
        recommending(
            "loky-j2-t1-n_jobs=1", n_jobs=2, backend="loky", inner_threads=1,
            params={"estimator__n_jobs": 1}, resolved={"n_jobs": 2, "estimator__n_jobs": 1},
        )
    )  # fmt: skip
    assert pinned.resolved == {"n_jobs": 2}
    assert pinned.config_n_jobs is None


def test_a_callable_carries_n_jobs_in_the_config() -> None:
    pinned = Pinned(setting="loky-j2-t1", n_jobs=2, backend="loky", inner_threads=1)
    assert pinned.config_n_jobs == 2


def test_a_bound_is_said_as_a_bound() -> None:
    of = report(
        row("as-written", None, status="timeout", reason="cut"),
        row("serial", 1.0, n_jobs=1, backend="sequential", inner_threads=1),
        recommendation=recommendation("serial", speedup=Speedup(median=None, low=9.0, high=None)),
    )
    assert "at least 9.00x faster" in " ".join(pinned_from_report(of).evidence)


@every_report
def test_python_is_python(of: Report) -> None:
    ast.parse(FORMATS["python"](pinned_from_report(of)).encode())
