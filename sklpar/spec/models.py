"""The spec's shape as pydantic models.

Estimators and data have shapes of their own, which `nodes` and `sources` check; here they are
described only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)

from sklpar.backends import BACKENDS
from sklpar.sources.call import TARGET_PATTERN
from sklpar.spec import values

GOALS = ("first_fit", "fit", "cpu", "memory")

_COUNT = {"type": "integer", "minimum": 1, "maximum": values.MAX_COUNT}
_DURATION_SCHEMA = {
    "anyOf": [
        {"type": "number", "exclusiveMinimum": 0},
        {
            "type": "string",
            "pattern": r"^(?=.*\d)\s*(\d+(\.\d+)?h)?(\d+(\.\d+)?m)?(\d+(\.\d+)?s?)?\s*$",
        },
    ]
}
_SIZE_SCHEMA = {
    "anyOf": [
        {"type": "integer", "minimum": 1},
        {"type": "string", "pattern": r"^\s*\d+(\.\d+)? ?([kKmMgGtT][iI]?)?[bB]\s*$"},
    ]
}
_SHARE_SCHEMA = {
    "anyOf": [
        {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
        {"type": "string", "pattern": r"^\s*\d+(\.\d+)? ?%\s*$"},
    ]
}
_WORSENING_SCHEMA = {
    "anyOf": [
        {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
        {"type": "string", "pattern": r"^\s*\d+(\.\d+)? ?%\s*$"},
    ]
}
_THRESHOLD_SCHEMA = {"anyOf": [*_WORSENING_SCHEMA["anyOf"], {"const": "ignore"}]}
_BY_METRIC_SCHEMA = {
    "type": "object",
    "propertyNames": {"enum": list(values.METRICS)},
    "additionalProperties": _THRESHOLD_SCHEMA,
}
_SPEEDUP_SCHEMA = {
    "anyOf": [
        {"type": "number", "exclusiveMinimum": 0, "maximum": values.MAX_SPEEDUP},
        {"type": "string", "pattern": r"^\s*\d+(\.\d+)? ?x?\s*$"},
    ]
}
_N_JOBS_SCHEMA = {"anyOf": [{"type": "integer", "not": {"const": 0}}, {"const": "all"}]}
_INNER_SCHEMA = {
    "anyOf": [
        _COUNT,
        {"const": "default"},
        {
            "type": "object",
            "properties": {
                "blas": {**_COUNT, "description": "Threads of BLAS per worker."},
                "openmp": {**_COUNT, "description": "Threads of OpenMP per worker."},
            },
            "required": ["blas", "openmp"],
            "additionalProperties": False,
        },
    ]
}


def _as_list(value: Any) -> Any:
    """Accept a scalar where a list of one is meant."""
    return value if isinstance(value, list) else [value]


def _some(value: list[Any]) -> list[Any]:
    if not value:
        raise values.WrongValueError("the list is empty", "give a value, or leave the key out")
    return list(dict.fromkeys(value))


def _or_list(item: Mapping[str, Any], *, least: int = 1) -> dict[str, Any]:
    return {"anyOf": [item, {"type": "array", "items": item, "minItems": least}]}


def _read_params(value: Any) -> dict[str, list[Any]]:
    """Read the axes over set_params paths; their values are nodes, read later."""
    if not isinstance(value, dict):
        raise values.WrongValueError(
            f"expected a map of set_params paths, got {values.shown(value)}",
            "write {estimator__max_iter: [100, 200]}",
        )
    axes = {}
    for path, axis in value.items():
        if not isinstance(path, str) or not path.isidentifier():
            raise values.WrongValueError(f"{values.shown(path)} is not a set_params path")
        if axis == []:
            raise values.WrongValueError(f"the list of {path} is empty", "give a value")
        axes[path] = _as_list(axis)
    return axes


def _read_target(value: Any) -> str:
    from sklpar.sources.call import check_target

    if wrong := check_target(value):
        raise values.WrongValueError(wrong, "for example mypackage.job:fit")
    return str(value)


def _read_arguments(value: Any) -> dict[str, Any]:
    from sklpar.sources.call import check_arguments

    if wrong := check_arguments(value):
        raise values.WrongValueError(wrong)
    return dict(value)


def _one_or_by_metric(value: Any, by_metric: ValidatorFunctionWrapHandler) -> Any:
    return by_metric(value) if isinstance(value, dict) else values.threshold(value)


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


_Duration = Annotated[float, PlainValidator(values.duration_s), WithJsonSchema(_DURATION_SCHEMA)]
_Goal = Annotated[
    Literal["first_fit", "fit", "cpu", "memory"],
    PlainValidator(values.one_name(GOALS, "a quantity to minimize")),
    WithJsonSchema({"enum": list(GOALS)}),
]
_Target = Annotated[
    str, PlainValidator(_read_target), WithJsonSchema({"type": "string", "pattern": TARGET_PATTERN})
]


_Repeats = Annotated[int, PlainValidator(values.whole(0, 10_000))]
_Rounds = Annotated[int, PlainValidator(values.whole(1, 10_000))]
_Workers = Annotated[Any, PlainValidator(values.n_jobs)]
_BackendName = Annotated[Any, PlainValidator(values.one_name(tuple(BACKENDS), "a backend"))]
_Cap = Annotated[Any, PlainValidator(values.inner_threads)]
_AsList = BeforeValidator(_as_list)
_Some = AfterValidator(_some)


class SweepModel(_Model):
    """The axes to measure; sklpar chooses those that are missing."""

    n_jobs: (
        Annotated[list[_Workers], _AsList, _Some, WithJsonSchema(_or_list(_N_JOBS_SCHEMA))] | None
    ) = Field(None, description="Numbers of workers; all (or -1) is every usable CPU.")
    backend: (
        Annotated[
            list[_BackendName],
            _AsList,
            _Some,
            WithJsonSchema(_or_list({"enum": list(BACKENDS)})),
        ]
        | None
    ) = Field(None, description="joblib backends.")
    inner_threads: (
        Annotated[list[_Cap], _AsList, _Some, WithJsonSchema(_or_list(_INNER_SCHEMA))] | None
    ) = Field(
        None,
        description="Threads of BLAS and OpenMP in each worker; default sets no variable.",
    )
    params: (
        Annotated[
            dict[str, list[Any]],
            PlainValidator(_read_params),
            WithJsonSchema(
                {
                    "type": "object",
                    "propertyNames": {"pattern": r"^[A-Za-z_]\w*$"},
                    "additionalProperties": {"not": {"type": "array", "maxItems": 0}},
                }
            ),
        ]
        | None
    ) = Field(None, description="set_params paths, each with the values to try.")


class MeasureModel(_Model):
    """How long and how often to measure."""

    repeats: (
        Annotated[_Repeats, WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 10_000})]
        | None
    ) = Field(None, description="Warm fits after the first one. Default 1.")
    rounds: (
        Annotated[_Rounds, WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 10_000})]
        | None
    ) = Field(None, description="How often each setting is measured, at most. Default 5.")
    timeout: _Duration | None = Field(None, description="Bound of one fit: 120s.")
    budget: _Duration | None = Field(None, description="Bound of the whole job: 10m.")
    exhaustive: (
        Annotated[bool, PlainValidator(values.flag), WithJsonSchema({"type": "boolean"})] | None
    ) = Field(None, description="Every setting in every round: nothing is dropped early.")


class ObjectiveModel(_Model):
    """What the recommended setting is best at."""

    minimize: _Goal | None = Field(None, description="What to minimize. Default first_fit.")
    within: Annotated[float, PlainValidator(values.share), WithJsonSchema(_SHARE_SCHEMA)] | None = (
        Field(None, description="Settings this close to the best are tied: 5%.")
    )
    then: (
        Annotated[
            list[_Goal],
            _AsList,
            WithJsonSchema(_or_list({"enum": list(GOALS)}, least=0)),
        ]
        | None
    ) = Field(None, description="What breaks a tie, in order. Default cpu, then memory.")


class LimitsModel(_Model):
    """What a recommendable setting may use."""

    memory: (
        Annotated[int, PlainValidator(values.size_bytes), WithJsonSchema(_SIZE_SCHEMA)] | None
    ) = Field(None, description="Peak memory of the whole process tree: 4GB.")


_Metric = Annotated[str, PlainValidator(values.one_name(values.METRICS, "a metric"))]
_Threshold = Annotated[Any, PlainValidator(values.threshold)]
_ByMetric = dict[_Metric, _Threshold]
_Worsening = Annotated[float, PlainValidator(values.worsening), WithJsonSchema(_WORSENING_SCHEMA)]


class GuardModel(_Model):
    """How much worse sklpar guard lets the job become."""

    regret: _Worsening | None = Field(
        None, description="How much worse than the best a pinned setting may be. Default 10%."
    )
    min_speedup: (
        Annotated[float, PlainValidator(values.speedup), WithJsonSchema(_SPEEDUP_SCHEMA)] | None
    ) = Field(None, description="What it must gain over as-written at least. Default 1.0.")
    threshold: _Worsening | None = Field(
        None, description="How much worse than the baseline a metric may be. Default 10%."
    )
    metrics: Annotated[_ByMetric, WithJsonSchema(_BY_METRIC_SCHEMA)] | None = Field(
        None, description="Thresholds of single metrics: {memory: 2.5%, threads: ignore}."
    )
    settings: (
        Annotated[
            dict[
                Annotated[str, PlainValidator(values.text)],
                Annotated[_ByMetric, WrapValidator(_one_or_by_metric)],
            ],
            WithJsonSchema(
                {
                    "type": "object",
                    "additionalProperties": {
                        "anyOf": [*_THRESHOLD_SCHEMA["anyOf"], _BY_METRIC_SCHEMA]
                    },
                }
            ),
        ]
        | None
    ) = Field(None, description="Thresholds of single settings: {serial: {cpu: 12.5%}}.")
    allow_inconclusive: (
        Annotated[bool, PlainValidator(values.flag), WithJsonSchema({"type": "boolean"})] | None
    ) = Field(None, description="Pass where the measurements cannot tell. Default false.")


class CallableModel(_Model):
    """A job of your own code, instead of an estimator and data."""

    fit: _Target = Field(description="What is timed: module:function.")
    setup: _Target | None = Field(
        None, description="Untimed; its result is the one argument of fit."
    )
    args: (
        Annotated[
            dict[str, Any], PlainValidator(_read_arguments), WithJsonSchema({"type": "object"})
        ]
        | None
    ) = Field(None, description="Keyword arguments of setup.")


class Sections(_Model):
    """The sections that pyproject.toml may give defaults for."""

    sweep: SweepModel | None = Field(None, description="The settings to measure.")
    measure: MeasureModel | None = Field(None, description="How long and how often.")
    objective: ObjectiveModel | None = Field(None, description="What best means.")
    limits: LimitsModel | None = Field(None, description="What a setting may use.")
    guard: GuardModel | None = Field(None, description="What sklpar guard lets pass.")


class SpecModel(Sections):
    """A sklpar spec: a job to fit, and the parallelism settings to measure it under."""

    version: Annotated[
        int, PlainValidator(values.version), WithJsonSchema({"const": values.VERSION})
    ] = Field(description="Version of the spec's grammar.")
    name: (
        Annotated[
            str,
            PlainValidator(values.text),
            WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 200}),
        ]
        | None
    ) = Field(None, description="A title for reports.")
    estimator: Any = Field(None, description="What is fitted; needs data.")
    data: Any = Field(None, description="What it is fitted on.")
    callable: CallableModel | None = Field(
        None, description="A job of your own code, instead of estimator and data."
    )
