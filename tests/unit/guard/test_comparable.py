"""Which facts make a baseline another measurement, and which are only worth a word."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest

from sklpar.guard.comparable import differences, fingerprint_differences
from sklpar.host.fingerprint import fingerprint
from sklpar.host.threads import THREAD_VARIABLES
from sklpar.model import DataFacts, Difference, Pool, Report
from sklpar.store.document import parse_report, report_text
from tests.unit.reports import HOST, report

OPENBLAS = Pool(
    user_api="blas",
    internal_api="openblas",
    num_threads=2,
    version="0.3.30",
    threading_layer="pthreads",
)
OPENMP = Pool(user_api="openmp", internal_api="openmp", num_threads=2, library="libgomp.so.1")
MACHINE = replace(
    HOST,
    thread_pools=(OPENBLAS, OPENMP),
    versions={**HOST.versions, "sklpar": "0.1.0", "kernel": "Linux 6.1", "libc": "glibc 2.36"},
    environment={"OMP_NUM_THREADS": "2", "OMP_WAIT_POLICY": "passive"},
)
DATA = DataFacts(shape=(1797, 64), digest="ab12")
SPEC = {
    "version": 1,
    "name": "digits",
    "estimator": {
        "class": "GridSearchCV",
        "cv": 3,
        "estimator": {
            "class": "Pipeline",
            "steps": {"scale": {"class": "StandardScaler"}, "clf": {"class": "SVC", "C": 1.0}},
        },
        "param_grid": {"clf__C": [0.1, 1]},
    },
    "data": {"path": "data/train.csv", "target": "y"},
    "sweep": {"n_jobs": [1, 2]},
    "measure": {"rounds": 5},
}
BEFORE = report(host=MACHINE, data=DATA, spec=SPEC)


def between(now: Report, before: Report = BEFORE, *, ratios_only: bool = False) -> Any:
    return differences(before, now, ratios_only=ratios_only)


def only(now: Report, before: Report = BEFORE, *, ratios_only: bool = False) -> Difference:
    """The one difference, which both directions find."""
    (found,) = between(now, before, ratios_only=ratios_only)
    (back,) = between(before, now, ratios_only=ratios_only)
    assert (back.field, back.blocking) == (found.field, found.blocking)
    assert (back.before, back.now) == (found.now, found.before)
    assert isinstance(found, Difference)
    return found


def on(**changes: Any) -> Report:
    return replace(BEFORE, host=replace(MACHINE, **changes))


def of(section: str, value: Any) -> Report:
    """The same run of a spec with one section changed; None leaves it out."""
    spec = {**SPEC, section: value}
    return replace(BEFORE, spec={name: item for name, item in spec.items() if item is not None})


def estimator(**changes: Any) -> Report:
    whole: Any = SPEC["estimator"]
    return of("estimator", {**whole, **changes})


def test_a_run_differs_by_nothing_from_itself() -> None:
    assert between(BEFORE) == ()
    assert between(parse_report(report_text(BEFORE), "base.json")) == ()


# --------------------------------------------------------------------------- the machine


def test_another_cpu_blocks_but_for_ratios() -> None:
    now = on(cpu_model="Other CPU")
    expected = Difference(
        field="host.cpu_model", before=HOST.cpu_model, now="Other CPU", blocking=True
    )
    assert only(now) == expected
    assert only(now, ratios_only=True) == replace(expected, blocking=False)


@pytest.mark.parametrize(
    ("pool", "now"),
    [
        (replace(OPENBLAS, version="0.3.31"), "openblas 0.3.31 pthreads"),
        (replace(OPENBLAS, threading_layer="openmp"), "openblas 0.3.30 openmp"),
        (replace(OPENBLAS, internal_api="mkl", version=None), "mkl pthreads"),
        (None, "none"),
    ],
)
def test_another_blas_build_blocks_but_for_ratios(pool: Pool | None, now: str) -> None:
    after = on(thread_pools=(OPENMP, *([pool] if pool else [])))
    found = only(after)
    assert found == Difference(
        field="host.thread_pools.blas", before="openblas 0.3.30 pthreads", now=now, blocking=True
    )
    assert not only(after, ratios_only=True).blocking


def test_how_many_threads_and_where_a_library_lies_is_no_other_build() -> None:
    elsewhere = replace(OPENBLAS, num_threads=64, library="/other/libopenblas.so")
    assert between(on(thread_pools=(OPENMP, elsewhere, OPENBLAS))) == ()


@pytest.mark.parametrize("ratios_only", [False, True])
def test_another_number_of_usable_cpus_always_blocks(ratios_only: bool) -> None:
    found = only(on(usable_cpus=8), ratios_only=ratios_only)
    assert found == Difference(field="host.usable_cpus", before="2", now="8", blocking=True)


@pytest.mark.parametrize("name", THREAD_VARIABLES)
@pytest.mark.parametrize("ratios_only", [False, True])
def test_each_thread_variable_blocks_since_as_written_inherits_it(
    name: str, ratios_only: bool
) -> None:
    found = only(on(environment={**MACHINE.environment, name: "7"}), ratios_only=ratios_only)
    before = MACHINE.environment.get(name, "not set")
    assert found == Difference(
        field=f"host.environment.{name}", before=before, now="7", blocking=True
    )


@pytest.mark.parametrize(
    ("changes", "field", "before", "now"),
    [
        ({"logical_cpus": 8}, "logical_cpus", "4", "8"),
        ({"physical_cpus": None}, "physical_cpus", "2", "not known"),
        ({"memory_bytes": 16_000_000_000}, "memory_bytes", "8 GB", "16 GB"),
        ({"memory_bytes": None}, "memory_bytes", "8 GB", "not known"),
        ({"thread_pools": (OPENBLAS,)}, "thread_pools.openmp", "openmp", "none"),
        (
            {"environment": {"OMP_NUM_THREADS": "2"}},
            "environment.OMP_WAIT_POLICY",
            "passive",
            "not set",
        ),
        *[
            ({"versions": {**MACHINE.versions, name: "9"}}, f"versions.{name}", before, "9")
            for name, before in [*MACHINE.versions.items(), ("lightgbm", "none")]
            if name != "sklpar"
        ],
    ],
)
def test_what_else_is_told_of_a_machine_is_a_warning(
    changes: dict[str, Any], field: str, before: str, now: str
) -> None:
    assert only(on(**changes)) == Difference(
        field=f"host.{field}", before=before, now=now, blocking=False
    )


def test_sklpars_own_version_is_a_warning_and_is_told_once() -> None:
    now = replace(on(versions={**MACHINE.versions, "sklpar": "0.2.0"}), sklpar_version="0.2.0")
    assert only(now) == Difference(
        field="sklpar_version", before="0.1.0", now="0.2.0", blocking=False
    )


def test_memory_that_is_less_than_5_percent_apart_is_the_same() -> None:
    assert between(on(memory_bytes=8_300_000_000, temp_free_bytes=1, usable_cpus_source="x")) == ()


# --------------------------------------------------------------------------- the data


@pytest.mark.parametrize("ratios_only", [False, True])
def test_other_data_always_block_by_their_shape_or_else_their_digest(ratios_only: bool) -> None:
    shaped = replace(BEFORE, data=DataFacts(shape=(1800, 64), digest="cd"))
    assert only(shaped, ratios_only=ratios_only) == Difference(
        field="data.shape", before="1797 x 64", now="1800 x 64", blocking=True
    )
    filled = replace(BEFORE, data=DataFacts(shape=(1797, 64), digest="cd34"))
    assert only(filled, ratios_only=ratios_only) == Difference(
        field="data.digest", before="ab12", now="cd34", blocking=True
    )


def test_data_that_only_one_side_knows_are_a_warning() -> None:
    assert only(replace(BEFORE, data=None)) == Difference(
        field="data", before="1797 x 64, digest ab12", now="not known", blocking=False
    )
    unseeded = replace(BEFORE, data=DataFacts(shape=(1797, 64), digest=None))
    assert only(unseeded) == Difference(
        field="data.digest", before="ab12", now="not known", blocking=False
    )
    longer = replace(BEFORE, data=DataFacts(shape=(9, 64), digest=None))
    assert only(longer).blocking


def test_data_that_neither_side_knows_are_no_difference() -> None:
    unknown, unseeded = None, DataFacts(shape=(3,), digest=None)
    for data in (unknown, unseeded):
        assert between(replace(BEFORE, data=data), replace(BEFORE, data=data)) == ()


# --------------------------------------------------------------------------- the job


@pytest.mark.parametrize("ratios_only", [False, True])
def test_another_job_always_blocks_and_names_the_path(ratios_only: bool) -> None:
    now = estimator(param_grid={"clf__C": [0.1]})
    assert only(now, ratios_only=ratios_only) == Difference(
        field="spec.estimator.param_grid.clf__C", before="[0.1, 1]", now="[0.1]", blocking=True
    )


@pytest.mark.parametrize(
    ("now", "path", "before", "after"),
    [
        (estimator(cv=5), "estimator.cv", "3", "5"),
        (estimator(cv=3.0), "estimator.cv", "3", "3.0"),
        (estimator(cv="3"), "estimator.cv", "3", '"3"'),
        (estimator(cv=None), "estimator.cv", "3", "null"),
        (estimator(refit=False), "estimator.refit", "not given", "false"),
        (estimator(**{"class": "HalvingGridSearchCV"}), "estimator.class", "GridSearchCV",
         "HalvingGridSearchCV"),
        (of("estimator", "Ridge()"), "estimator", json.dumps(SPEC["estimator"]), "Ridge()"),
        (of("data", {"path": "train.csv", "target": "y"}), "data.path", "data/train.csv",
         "train.csv"),
        (of("data", None), "data", '{"path": "data/train.csv", "target": "y"}', "not given"),
        (of("callable", {"fit": "a:b"}), "callable", "not given", '{"fit": "a:b"}'),
    ],
)  # fmt: skip
def test_each_change_of_the_job_is_told_as_it_is_written(
    now: Report, path: str, before: str, after: str
) -> None:
    assert only(now) == Difference(field=f"spec.{path}", before=before, now=after, blocking=True)


def test_lists_of_maps_are_gone_into() -> None:
    grids = [{"C": [1]}, {"C": [2]}]
    before, now = estimator(param_grid=grids), estimator(param_grid=[grids[0], {"C": [3]}])
    assert only(now, before).field == "spec.estimator.param_grid.1.C"
    assert only(estimator(param_grid=grids[:1]), before).field == "spec.estimator.param_grid"


def test_the_order_of_steps_counts_and_that_of_parameters_does_not() -> None:
    whole: Any = SPEC["estimator"]
    turned = dict(reversed(whole.items()))
    assert between(of("estimator", turned)) == ()
    inner = whole["estimator"]
    steps = dict(reversed(inner["steps"].items()))
    assert only(estimator(estimator={**inner, "steps": steps})) == Difference(
        field="spec.estimator.estimator.steps", before="scale, clf", now="clf, scale", blocking=True
    )


@pytest.mark.parametrize("section", ["name", "sweep", "measure", "objective", "limits", "guard"])
def test_how_a_job_is_measured_and_judged_is_no_other_job(section: str) -> None:
    assert between(of(section, {"other": 1})) == ()
    assert between(of(section, None)) == ()


@pytest.mark.parametrize(
    "value",
    [1e-2, None, (1, 2.5), math.nan, [math.inf, -math.inf], {1: (None,)}, 10**30, "\ud800", True],
)
def test_a_job_is_the_same_after_its_way_through_a_file(value: Any) -> None:
    now = estimator(value=value)
    stored = parse_report(report_text(now), "base.json")
    assert between(now, stored) == between(stored, now) == ()
    assert only(estimator(value="other"), stored).field == "spec.estimator.value"


def test_what_blocks_comes_first_and_the_order_is_stable() -> None:
    now = replace(
        estimator(cv=5),
        host=replace(
            MACHINE,
            cpu_model="Other",
            usable_cpus=3,
            logical_cpus=9,
            versions={**MACHINE.versions, "numpy": "3"},
            environment={"MKL_NUM_THREADS": "1", "KMP_BLOCKTIME": "0"},
        ),
        data=None,
    )
    assert [(one.field, one.blocking) for one in between(now)] == [
        ("host.cpu_model", True),
        ("host.usable_cpus", True),
        ("host.environment.OMP_NUM_THREADS", True),
        ("host.environment.MKL_NUM_THREADS", True),
        ("spec.estimator.cv", True),
        ("host.environment.KMP_BLOCKTIME", False),
        ("host.environment.OMP_WAIT_POLICY", False),
        ("data", False),
        ("host.versions.numpy", False),
        ("host.logical_cpus", False),
    ]
    fields = [one.field for one in between(now, ratios_only=True)]
    assert fields.index("host.cpu_model") == 4


# --------------------------------------------------------------------------- the fingerprint

FINGERPRINT = fingerprint(MACHINE, "ab", DATA)


def test_a_fingerprint_differs_by_nothing_from_itself() -> None:
    assert fingerprint_differences(FINGERPRINT, FINGERPRINT) == ()


def test_what_a_fingerprint_tells_is_compared_and_never_blocks() -> None:
    machine = replace(
        MACHINE,
        cpu_model="Other",
        usable_cpus=4,
        versions={**MACHINE.versions, "numpy": "3.0"},
        thread_pools=(),
    )
    now = fingerprint(machine, "cd", replace(DATA, shape=(9, 64)))
    assert fingerprint_differences(FINGERPRINT, now) == tuple(
        Difference(field=f"fingerprint.{field}", before=before, now=after, blocking=False)
        for field, before, after in [
            ("cpu_model", HOST.cpu_model, "Other"),
            ("usable_cpus", "2", "4"),
            ("blas", '["openblas 0.3.30 pthreads"]', "[]"),
            ("versions.numpy", "2.4.6", "3.0"),
            ("data.shape", "[1797, 64]", "[9, 64]"),
            ("spec_sha256", "ab", "cd"),
        ]
    )


@pytest.mark.parametrize(
    "edited",
    [
        {},
        {"unknown": {"a": [1]}, 7: None},
        {**FINGERPRINT, "versions": {}, "data": {"rows": 3}},
        {name: FINGERPRINT[name] for name in ("cpu_model", "versions")},
    ],
)
def test_unknown_and_missing_keys_are_passed_over(edited: dict[Any, Any]) -> None:
    assert fingerprint_differences(edited, FINGERPRINT) == ()


def test_an_edited_fingerprint_of_any_shape_is_compared() -> None:
    edited = {"usable_cpus": "2", "versions": None, "blas": {"a": math.nan}, "data": [1]}
    found = fingerprint_differences(edited, FINGERPRINT)
    assert [one.field for one in found] == [
        "fingerprint.usable_cpus",
        "fingerprint.blas",
        "fingerprint.versions",
        "fingerprint.data",
    ]
    assert (found[0].before, found[0].now) == ('"2"', "2")
