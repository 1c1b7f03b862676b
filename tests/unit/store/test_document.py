from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklpar.errors import StoreError
from sklpar.model import (
    Bounded,
    BreakEven,
    Caps,
    Cost,
    DataFacts,
    Estimate,
    Finding,
    Host,
    Ladder,
    Noise,
    Observed,
    Pool,
    Recommendation,
    Rejected,
    Report,
    Rung,
    Scaling,
    ScalingLaw,
    ScalingPoint,
    ScalingSeries,
    SettingReport,
    Speedup,
    Unavailable,
)
from sklpar.store.document import (
    MEASURES,
    parse_report,
    read_report_file,
    report_from_json,
    report_text,
    report_to_json,
)

text = st.text(max_size=8)
count = st.integers(0, 2**53)
positive = st.integers(1, 2**53)
amount = st.floats(0, 1e100)
number = st.floats(allow_nan=False, allow_infinity=False)
plain: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | number | text,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(text, inner, max_size=2),
    max_leaves=4,
)
mapping = st.dictionaries(text, plain, max_size=2)
inner_threads = (
    st.integers(1, 64)
    | st.just("default")
    | st.builds(Caps, blas=st.integers(1, 9), openmp=st.integers(1, 9))
)


def tuples(items: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(items, max_size=2).map(tuple)


estimate = st.builds(
    Estimate, median=amount, low=st.none(), high=st.none(), n=positive, method=text
)
estimate |= st.builds(
    lambda three, one: dataclasses.replace(one, low=three[0], median=three[1], high=three[2]),
    st.tuples(amount, amount, amount).map(sorted),
    estimate,
)
pool = st.builds(
    Pool,
    user_api=text,
    internal_api=text,
    num_threads=count,
    version=st.none() | text,
    threading_layer=st.none() | text,
    library=text,
)
finding = st.builds(
    Finding,
    rule=text,
    severity=st.sampled_from(["info", "warning", "error"]),
    evidence=mapping,
    advice=text,
)
ladder = st.builds(
    Ladder,
    fit=st.sampled_from(["first", "warm"]),
    cpus=count,
    wall_s=number,
    whole_s=number,
    efficiency=number,
    serial_busy=number,
    work_ratio=number,
    utilisation=number,
    rungs=tuples(
        st.builds(
            Rung,
            part=st.sampled_from(["useful", "start_up", "unexplained"]),
            cpu_s=number,
            share=number,
        )
    ),
)
row = st.builds(
    SettingReport,
    id=text,
    n_jobs=st.none() | count,
    backend=st.none() | text,
    inner_threads=st.none() | inner_threads,
    params=mapping,
    resolved=mapping,
    status=st.sampled_from(["ok", "failed", "timeout", "differs", "stopped_early", "skipped"]),
    reason=st.none() | text,
    measures=st.fixed_dictionaries(
        dict.fromkeys(
            (*MEASURES, "throttled_s"),
            estimate | st.builds(Unavailable, unavailable=text, at_least=st.none() | amount),
        )
    ),
    observed=st.none()
    | st.builds(
        Observed,
        processes=st.none() | count,
        workers=st.none() | count,
        pools=tuples(pool),
        caps=st.sampled_from(["verified", "unverified", "violated"]),
    ),
    findings=tuples(finding),
    ladder_unavailable=st.text(min_size=1, max_size=8),
)
row |= st.builds(
    lambda row, ladder: dataclasses.replace(row, ladder=ladder, ladder_unavailable=None),
    row,
    ladder,
)
maybe = st.none() | number
bounded = st.builds(Bounded, value=number, low=maybe, high=maybe)
recommendation = st.builds(
    Recommendation,
    setting=text,
    provisional=st.booleans(),
    speedup=st.builds(Speedup, median=st.none() | amount, low=st.none(), high=st.none())
    | st.builds(Speedup, median=st.none(), low=st.none() | amount, high=st.none()),
    tied=tuples(text),
    reasons=tuples(text),
    rejected=tuples(st.builds(Rejected, setting=text, why=text)),
    break_even=st.none() | st.builds(BreakEven, setting=text, fits=count),
)
series = st.builds(
    ScalingSeries,
    backend=text,
    inner_threads=inner_threads,
    params=mapping,
    points=tuples(
        st.builds(
            ScalingPoint,
            n_jobs=positive,
            setting=text,
            median_s=amount,
            speedup=st.none() | amount,
            efficiency=st.none() | amount,
        )
    ),
    law_unavailable=st.text(min_size=1, max_size=8),
)
law = st.builds(
    ScalingLaw,
    parallel_s=bounded,
    serial_s=bounded,
    per_worker_s=bounded,
    serial_share=bounded,
    coherency=bounded,
    best_n_jobs=st.none() | bounded,
    tasks=st.none() | positive,
    error=number,
    extrapolates=st.booleans(),
)
series |= st.builds(
    lambda series, law: dataclasses.replace(series, law=law, law_unavailable=None), series, law
)
host = st.builds(
    Host,
    cpu_model=text,
    logical_cpus=count,
    physical_cpus=st.none() | count,
    usable_cpus=positive,
    usable_cpus_source=text,
    memory_bytes=st.none() | count,
    thread_pools=tuples(pool),
    versions=st.dictionaries(text, text, max_size=2),
    environment=st.dictionaries(text, text, max_size=2),
)
base_report = st.builds(
    Report,
    sklpar_version=text,
    run_id=text,
    name=st.none() | text,
    started_at=text,
    finished_at=st.none() | text,
    status=st.sampled_from(["complete", "interrupted", "partial"]),
    spec=mapping,
    seed=count,
    host=host,
    settings=tuples(row),
    recommendation=st.none(),
    recommendation_unavailable=st.text(min_size=1, max_size=8),
    scaling=st.builds(Scaling, series=tuples(series)),
    noise=st.builds(Noise, level=maybe, findings=tuples(finding)),
    cost=st.builds(Cost, trials=count, wall_s=number, exhaustive_estimate_s=maybe),
    data_unavailable=st.text(min_size=1, max_size=8),
)
base_report |= st.builds(
    lambda base, data: dataclasses.replace(base, data=data, data_unavailable=None),
    base_report,
    st.builds(DataFacts, shape=tuples(count), digest=st.none() | text),
)
report = base_report | st.builds(
    lambda base, row, choice: dataclasses.replace(
        base,
        settings=(row, *base.settings),
        recommendation=dataclasses.replace(choice, setting=row.id),
        recommendation_unavailable=None,
    ),
    base_report,
    row,
    recommendation,
)


def example(**changes: Any) -> Report:
    estimate = Estimate(median=1.5, low=1.0, high=2.0, n=5, method="median")
    first = SettingReport(
        id="loky-j2-t1",
        n_jobs=2,
        backend="loky",
        inner_threads=1,
        params={},
        resolved={"n_jobs": 2},
        status="ok",
        reason=None,
        measures={name: estimate for name in MEASURES if name != "fit_s"}
        | {"fit_s": Unavailable(unavailable="repeats is 0")},
        observed=Observed(processes=3, workers=2, threads_peak=9, runnable_peak=2),
        ladder_unavailable="too short",
    )
    base = Report(
        sklpar_version="0.1.0",
        run_id="20261120-231500-4f2a",
        name=None,
        started_at="2026-11-20T23:15:00Z",
        finished_at=None,
        status="complete",
        spec={"version": 1},
        seed=7,
        host=Host(
            cpu_model="x",
            logical_cpus=2,
            physical_cpus=2,
            usable_cpus=2,
            usable_cpus_source="affinity (2 CPUs)",
            memory_bytes=1,
        ),
        settings=(first,),
        recommendation=None,
        recommendation_unavailable="every setting differs",
        scaling=Scaling(series=()),
        noise=Noise(level=0.01, findings=()),
        cost=Cost(trials=3, wall_s=9.0, exhaustive_estimate_s=12.0),
        data=DataFacts(shape=(1797, 64), digest="ab12"),
    )
    return dataclasses.replace(base, **changes)


LADDER = Ladder(
    fit="first",
    cpus=2,
    wall_s=1.0,
    whole_s=2.0,
    efficiency=1.0,
    serial_busy=1.0,
    work_ratio=1.0,
    utilisation=1.0,
    rungs=(Rung(part="useful", cpu_s=2.0, share=1.0),),
)
_VALUE = Bounded(value=1.0, low=0.5, high=None)
LAW = ScalingLaw(
    parallel_s=_VALUE,
    serial_s=_VALUE,
    per_worker_s=_VALUE,
    serial_share=_VALUE,
    coherency=_VALUE,
    best_n_jobs=None,
    tasks=None,
    error=0.01,
    extrapolates=False,
)


def with_row(**changes: Any) -> Report:
    base = example()
    return dataclasses.replace(base, settings=(dataclasses.replace(base.settings[0], **changes),))


def strictly(text: str) -> Any:
    def refuse(word: str) -> None:
        pytest.fail(f"{word} in the document")

    return json.loads(text, parse_constant=refuse)


@given(report)
@settings(max_examples=150, deadline=None)
def test_every_report_survives_the_way_through_its_document(value: Report) -> None:
    written = report_text(value)
    strictly(written)
    assert parse_report(written, "run.json") == value


def test_the_schema_version_comes_first_and_measures_are_fields_of_the_row() -> None:
    document = report_to_json(example())
    assert next(iter(document)) == "schema_version"
    first = document["settings"][0]
    assert "measures" not in first
    assert first["cpu_s"] == {"median": 1.5, "low": 1.0, "high": 2.0, "n": 5, "method": "median"}
    assert (first["fit_s"], first["fit_s_unavailable"]) == (None, "repeats is 0")
    assert "cpu_s_unavailable" not in first


def test_every_null_of_a_row_has_its_reason() -> None:
    lost = with_row(observed=None, status="failed", reason="it raised ValueError", measures={})
    first = report_to_json(lost)["settings"][0]
    assert first["observed_unavailable"] == "it raised ValueError"
    for name in MEASURES:
        assert first[name] is None
        assert first[f"{name}_unavailable"]
    assert report_to_json(with_row(observed=None))["settings"][0]["observed_unavailable"]
    observed = report_to_json(example())["settings"][0]["observed"]
    assert (observed["busy_threads"], observed["busy_threads_unavailable"]) == (
        None,
        "not seen by the sampler",
    )


def test_a_lower_bound_of_what_could_not_be_measured_is_a_field_of_its_own() -> None:
    stopped = Unavailable(unavailable="stopped: at least 9 s", at_least=9.0)
    measures = {**example().settings[0].measures, "first_fit_s": stopped}
    value = with_row(measures=measures)
    first = report_to_json(value)["settings"][0]
    assert first["first_fit_s"] is None
    assert first["first_fit_s_unavailable"] == "stopped: at least 9 s"
    assert first["first_fit_s_at_least"] == 9.0
    assert report_from_json(report_to_json(value)) == value
    assert "fit_s_at_least" not in first


def test_a_lower_bound_that_is_not_finite_is_none() -> None:
    stopped = Unavailable(unavailable="stopped", at_least=math.inf)
    measures = {**example().settings[0].measures, "first_fit_s": stopped}
    first = strictly(report_text(with_row(measures=measures)))["settings"][0]
    assert "first_fit_s_at_least" not in first


def test_a_recommendation_of_an_older_run_without_a_break_even_is_read() -> None:
    choice = Recommendation(
        setting="loky-j2-t1",
        provisional=False,
        speedup=Speedup(median=2.0, low=None, high=None),
        tied=("loky-j2-t1",),
        reasons=(),
        rejected=(),
    )
    value = example(recommendation=choice, recommendation_unavailable=None)
    document = report_to_json(value)
    del document["recommendation"]["break_even"]
    assert report_from_json(document) == value


def test_a_ladder_or_a_law_that_is_null_has_its_reason_and_no_other_has_one() -> None:
    def of(
        ladder: Ladder | None, law: ScalingLaw | None, why: str | None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        one = ScalingSeries(
            backend="loky", inner_threads=1, params={}, points=(), law=law, law_unavailable=why
        )
        value = dataclasses.replace(
            with_row(ladder=ladder, ladder_unavailable=why), scaling=Scaling(series=(one,))
        )
        document = strictly(report_text(value))
        return document["settings"][0], document["scaling"]["series"][0]

    for why, shown in (("too short", "too short"), (None, "no reason was recorded")):
        first, one = of(None, None, why)
        assert (first["ladder"], first["ladder_unavailable"]) == (None, shown)
        assert (one["law"], one["law_unavailable"]) == (None, shown)
    first, one = of(LADDER, LAW, None)
    assert first["ladder"]["rungs"] == [{"part": "useful", "cpu_s": 2.0, "share": 1.0}]
    assert one["law"]["serial_s"] == {"value": 1.0, "low": 0.5, "high": None}
    assert "ladder_unavailable" not in first
    assert "law_unavailable" not in one


def test_data_that_are_not_known_or_not_always_the_same_are_null_with_a_reason() -> None:
    def of(data: DataFacts | None, why: str | None) -> dict[str, Any]:
        value = dataclasses.replace(example(), data=data, data_unavailable=why)
        document = strictly(report_text(value))
        return {name: item for name, item in document.items() if name.startswith("data")}

    assert of(DataFacts(shape=(3, 2), digest="ab"), None) == {
        "data": {"shape": [3, 2], "digest": "ab"}
    }
    assert of(DataFacts(shape=(3,), digest=None), None) == {
        "data": {
            "shape": [3],
            "digest": None,
            "digest_unavailable": "it was not the same in every trial",
        }
    }
    assert of(None, "a set") == {"data": None, "data_unavailable": "a set"}
    assert of(None, None) == {"data": None, "data_unavailable": "no reason was recorded"}


def test_a_run_from_before_data_were_told_of_is_read_without() -> None:
    document = report_to_json(example())
    del document["data"]
    back = report_from_json(document)
    assert back == dataclasses.replace(example(), data=None)
    assert back.data_unavailable is None


@pytest.mark.parametrize("data", [3, [], {"shape": 3, "digest": "a"}, {"shape": [1]}])
def test_data_of_another_make_are_refused(data: Any) -> None:
    with pytest.raises(StoreError, match=r"base\.json: data"):
        report_from_json({**report_to_json(example()), "data": data}, source="base.json")


def test_a_run_from_before_ladders_laws_and_void_rounds_is_read() -> None:
    points = (ScalingPoint(n_jobs=2, setting="x", median_s=1.0, speedup=None, efficiency=None),)
    one = ScalingSeries(backend="loky", inner_threads=1, params={}, points=points)
    value = dataclasses.replace(with_row(ladder_unavailable=None), scaling=Scaling(series=(one,)))
    document = report_to_json(value)
    for field in ("ladder", "ladder_unavailable"):
        del document["settings"][0][field]
    for field in ("law", "law_unavailable"):
        del document["scaling"]["series"][0][field]
    del document["noise"]["void_rounds"]
    assert report_from_json(document) == value


def test_a_recommendation_that_is_null_has_its_reason() -> None:
    document = report_to_json(example())
    assert document["recommendation"] is None
    assert document["recommendation_unavailable"] == "every setting differs"
    assert report_to_json(example(recommendation_unavailable=None))["recommendation_unavailable"]


def test_a_cap_by_library_is_an_object() -> None:
    document = report_to_json(with_row(inner_threads=Caps(blas=1, openmp=2)))
    assert document["settings"][0]["inner_threads"] == {"blas": 1, "openmp": 2}


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_becomes_null_or_in_the_spec_a_word(bad: float) -> None:
    broken = Estimate(median=bad, low=bad, high=bad, n=1, method="m")
    value = dataclasses.replace(
        with_row(
            params={"missing_values": bad},
            resolved={"x": [bad]},
            measures={
                "cpu_s": broken,
                "fit_s": Estimate(median=1, low=bad, high=bad, n=1, method=""),
            },
            findings=(Finding(rule="r", severity="info", evidence={"a": bad}, advice=""),),
        ),
        spec={"estimator": {"missing_values": bad}},
        noise=Noise(level=bad, findings=()),
    )
    document = strictly(report_text(value))
    word = {"nan": ".nan", "inf": ".inf", "-inf": "-.inf"}[str(bad)]
    first = document["settings"][0]
    assert document["spec"]["estimator"]["missing_values"] == word
    assert first["params"]["missing_values"] == word
    assert first["resolved"]["x"] == [word]
    assert first["cpu_s"] is None
    assert "finite" in first["cpu_s_unavailable"]
    assert first["fit_s"]["low"] is None
    assert first["findings"][0]["evidence"]["a"] is None
    assert document["noise"]["level"] is None
    report_from_json(document)


def test_what_json_cannot_hold_is_written_as_text() -> None:
    odd = {"complex": 1j, "bytes": b"a", "half a pair": "\ud800", "set": frozenset({1}), 3: "key"}
    document = strictly(report_text(example(spec=odd)))
    assert document["spec"]["complex"]
    assert document["spec"]["half a pair"] == "?"
    assert document["spec"]["3"] == "key"


def test_fields_from_a_later_minor_version_are_passed_over() -> None:
    document = report_to_json(example())
    document["new"] = {"median": 1}
    document["host"]["gpu"] = "none"
    document["settings"][0] |= {"colour": "red", "colour_code": {"median": 1}, "empty": None}
    assert report_from_json(document) == example()


def test_a_newer_schema_is_refused_with_both_versions() -> None:
    document = {**report_to_json(example()), "schema_version": 9}
    with pytest.raises(StoreError, match=r"base\.json: written in schema 9.* up to 1") as caught:
        report_from_json(document, source="base.json")
    assert "Upgrade" in caught.value.remedy


@pytest.mark.parametrize("version", [None, "1", True, 0, -1, 1.0])
def test_a_schema_version_that_is_none_is_refused(version: Any) -> None:
    document = {**report_to_json(example()), "schema_version": version}
    with pytest.raises(StoreError, match="schema_version"):
        report_from_json(document)


# A run from before data were told of, or a memory limit, has none.
TOP = sorted(set(report_to_json(example())) - {"data", "memory_limit_bytes"})
# A run from before there were ladders has none.
ROW = sorted(
    set(report_to_json(example())["settings"][0])
    - {"ladder", "ladder_unavailable", "values", "confirming"}
)


@pytest.mark.parametrize("name", TOP)
def test_a_document_that_lacks_or_renames_a_field_is_refused(name: str) -> None:
    document = report_to_json(example())
    document[f"{name}_renamed"] = document.pop(name)
    with pytest.raises(StoreError, match=r"^base\.json: .*"):
        report_from_json(document, source="base.json")


@pytest.mark.parametrize("name", ROW)
def test_a_row_that_lacks_or_renames_a_field_is_refused(name: str) -> None:
    document = report_to_json(example())
    first = document["settings"][0]
    first[f"{name}_renamed"] = first.pop(name)
    with pytest.raises(StoreError, match=r"^base\.json: settings\.0: lacks "):
        report_from_json(document, source="base.json")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("settings",), {}),
        (("settings",), [3]),
        (("settings", 0, "status"), "fine"),
        (("settings", 0, "cpu_s"), 3.0),
        (("settings", 0, "cpu_s", "median"), "1.5"),
        (("settings", 0, "cpu_s", "median"), None),
        (("settings", 0, "cpu_s", "median"), True),
        (("settings", 0, "fit_s_unavailable"), 3),
        (("settings", 0, "inner_threads"), "all"),
        (("host", "usable_cpus"), 2.5),
        (("host",), None),
        (("seed",), "7"),
        (("status",), "done"),
    ],
)
def test_a_field_that_holds_what_it_should_not_is_named(path: tuple[Any, ...], value: Any) -> None:
    document = report_to_json(example())
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(StoreError, match=rf"^base\.json: {path[0]}"):
        report_from_json(document, source="base.json")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "\x00\x01",
        '{"schema_version": NaN}',
        '{"schema_version": 1, "x": -Infinity}',
        '{"schema_version": 1, "x": 1e999}',
        '{"x": ' + "[" * 100_000,
        '{"x": ' + "9" * 5000 + "}",
        '{"x": "\ud800"}'.encode("utf-8", "surrogatepass"),
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_document_is_refused_with_the_files_name(text: str | bytes) -> None:
    with pytest.raises(StoreError, match=r"^base\.json: "):
        parse_report(text, "base.json")


@pytest.mark.parametrize("depth", [100, 400, 900, 990, 2000])
def test_deep_nesting_is_read_or_refused_but_never_a_crash(depth: int) -> None:
    deep = "[" * depth + "]" * depth
    whole = report_text(example(spec={"x": "DEEP"})).replace('"DEEP"', deep)
    try:
        assert "x" in parse_report(whole, "base.json").spec
    except StoreError as error:
        assert "base.json" in str(error)  # noqa: PT017  both ends are right


@given(st.integers(0, 10**9))
@settings(max_examples=100, deadline=None)
def test_a_document_cut_off_anywhere_is_refused(position: int) -> None:
    whole = report_text(example()).rstrip()
    with pytest.raises(StoreError):
        parse_report(whole[: position % len(whole)], "base.json")


def test_a_document_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"base\.json: No such file"):
        read_report_file(tmp_path / "base.json")
    (tmp_path / "here.json").write_text(report_text(example()))
    assert read_report_file(tmp_path / "here.json") == example()
