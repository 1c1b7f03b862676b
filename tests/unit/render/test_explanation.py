"""The text of `explain`: what is said, and that it fits wherever it is shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sklpar.analysis.products import product_of
from sklpar.model import Inspection, Layer, Part
from sklpar.render.explanation import render
from sklpar.render.interface import RenderOptions
from sklpar.render.plain import cells
from tests.unit.analysis.layered import BOOSTER, BOOSTING, FOREST, OPENBLAS, inspection
from tests.unit.builders import AS_WRITTEN, SERIAL, make_setting
from tests.unit.reports import HOSTILE

SETTINGS = (AS_WRITTEN, SERIAL, make_setting("loky", 2), make_setting("threading", 2, "default"))
JOB = inspection(FOREST, BOOSTING)


def text(job: Inspection = JOB, width: int = 80, *, unicode: bool = True) -> str:
    products = [product_of(setting, job, 4, {}) for setting in SETTINGS]
    options = RenderOptions(width=width, unicode=unicode)
    return render(job, products, options, file="job.yaml", cpus="4 usable CPUs: affinity")


@pytest.mark.parametrize("width", [60, 80, 140])
@pytest.mark.parametrize("unicode", [True, False])
def test_no_line_is_wider_than_the_terminal(width: int, unicode: bool) -> None:
    shown = text(width=width, unicode=unicode)
    assert max(map(cells, shown.splitlines())) <= width
    assert shown.isascii() or unicode
    for setting in SETTINGS:
        assert setting.id in shown


def test_every_layer_is_named_with_its_knob() -> None:
    shown = text(width=140)
    assert "joblib  n_jobs = None, one job as written" in shown
    assert "estimator__n_jobs = 3" in shown
    assert "OpenMP  OMP_NUM_THREADS (inner_threads)" in shown


def test_what_multiplies_is_said_where_the_table_has_no_room_for_it() -> None:
    assert "loky-j2-t1: 2 processes of GridSearchCV × 3 Python threads of Forest" in text(
        width=80
    ).replace("\n    ", " ")


def test_a_part_without_layers_says_so_and_one_with_a_note_says_why() -> None:
    parts = (
        Part(place="", owner="Pipe"),
        Part(place="a", owner="Scale", inside=""),
        Part(place="b", owner="Odd", inside="", note="its fit is not Python code"),
    )
    shown = text(replace(JOB, parts=parts, layers=()))
    assert "  Pipe\n    a: Scale (nothing in parallel)\n    b: Odd\n" in shown
    assert "not known: its fit is not Python code" in shown


def test_the_surprises_that_apply_are_told() -> None:
    shown = " ".join(text(inspection(FOREST, BOOSTER)).split())
    assert "workers multiply, and -1 is every CPU again" in shown
    assert "in the refit: there Forest sees the configured backend itself" in shown
    assert "A pool of its own takes every core" in shown


def test_two_pools_of_blas_are_told_where_the_job_may_use_them() -> None:
    blas = Layer(place="estimator", owner="Inner", kind="blas", depth=1, n_jobs_from="nothing")
    said = "2 BLAS pools are loaded"
    assert said in text(inspection(blas, pools=(OPENBLAS, OPENBLAS)))
    assert said not in text(inspection(blas))
    assert said not in text(inspection(pools=(OPENBLAS, OPENBLAS)))


def test_an_ignored_n_jobs_is_told() -> None:
    layer = Layer(
        place="",
        owner="Logit",
        kind="joblib",
        depth=0,
        methods=(),
        parameter="n_jobs",
        as_written=2,
        ignored=True,
    )
    shown = text(replace(JOB, layers=(layer,)))
    assert "n_jobs  n_jobs = 2: ignored, nothing here takes it" in shown


def test_a_callable_is_not_pretended_to_be_understood() -> None:
    job = Inspection(label="mine:fit", is_callable=True, pools=JOB.pools)
    assert "cannot be seen without running it" in text(job)


def test_hostile_names_stay_on_their_line() -> None:
    parts = (Part(place="", owner=HOSTILE),)
    shown = text(replace(JOB, label=HOSTILE, parts=parts))
    assert all(line.isprintable() for line in shown.splitlines())
