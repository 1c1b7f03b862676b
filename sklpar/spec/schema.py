"""Validates a spec's shape with every problem at once, and describes it for editors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from sklpar.errors import Problem
from sklpar.sources import SOURCES
from sklpar.sources.call import TARGET_PATTERN
from sklpar.sources.suggest import did_you_mean, one_of
from sklpar.spec import values
from sklpar.spec.models import Sections, SpecModel
from sklpar.spec.places import KEY, KeyPath

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Sections", "SpecModel", "json_schema", "validate"]


def validate(
    model: type[Sections], document: Mapping[str, Any]
) -> tuple[Sections | None, list[Problem]]:
    """Validate a document; return the model, or every problem with its path."""
    try:
        return model.model_validate(document), []
    except ValidationError as error:
        return None, [_problem(model, dict(item)) for item in error.errors()]


def _problem(model: type[BaseModel], error: Mapping[str, Any]) -> Problem:
    path: KeyPath = tuple(error["loc"])
    if path[-1:] == ("[key]",):  # how pydantic says that it is the key which is wrong
        path = (*path[:-1], KEY)
    match error["type"]:
        case "extra_forbidden":
            legal = _keys_at(model, path[:-1])
            remedy = did_you_mean(path[-1], legal, otherwise=one_of(legal))
            return Problem(message="unknown key", remedy=remedy, path=(*path, KEY))
        case "missing":
            message = f"the key {path[-1]!r} is missing"
            return Problem(message=message, remedy=_HOW_TO_ADD.get(path, ""), path=path[:-1])
        case "model_type" | "model_attributes_type":
            return Problem(
                message=f"expected a map, got {values.shown(error['input'])}",
                remedy=f"its keys are {', '.join(_keys_at(model, path))}",
                path=path,
            )
        case "dict_type":
            return Problem(message=f"expected a map, got {values.shown(error['input'])}", path=path)
        case "value_error":
            wrong = error["ctx"]["error"]
            return Problem(message=str(wrong), remedy=getattr(wrong, "remedy", ""), path=path)
        case _:  # a key that is no text
            return Problem(message="keys must be text", remedy="put it in quotes", path=path)


_HOW_TO_ADD: dict[KeyPath, str] = {
    ("version",): f"begin the spec with version: {values.VERSION}",
    ("callable", "fit"): "name the function to time: fit: mypackage.job:fit",
}


def _keys_at(model: type[BaseModel], path: KeyPath) -> list[str]:
    """Return the legal keys of the section at `path`."""
    for part in path:
        annotation = model.model_fields[str(part)].annotation
        members = getattr(annotation, "__args__", (annotation,))
        model = next(m for m in members if isinstance(m, type) and issubclass(m, BaseModel))
    return list(model.model_fields)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a spec, for editors."""
    schema = SpecModel.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["$defs"] |= {"object": _object_schema(), "data": _data_schema()}
    for key, definition in (("estimator", "object"), ("data", "data")):
        described = schema["properties"][key]["description"]
        schema["properties"][key] = {"$ref": f"#/$defs/{definition}", "description": described}
    schema["oneOf"] = [
        {"required": ["estimator", "data"], "not": {"required": ["callable"]}},
        {
            "required": ["callable"],
            "not": {"anyOf": [{"required": ["estimator"]}, {"required": ["data"]}]},
        },
    ]
    return schema


def _object_schema() -> dict[str, Any]:
    return {
        "description": "An object: a map with class, a call, or constructor text.",
        "anyOf": [
            {"type": "string", "minLength": 1},
            {
                "type": "object",
                "properties": {
                    "class": {
                        "type": "string",
                        "minLength": 1,
                        "description": "Short name of a public scikit-learn class, or a full "
                        "import path. Every other key is a parameter of it.",
                    }
                },
                "required": ["class"],
            },
            {
                "type": "object",
                "properties": {
                    "call": {
                        "type": "string",
                        "pattern": TARGET_PATTERN,
                        "description": "A function of a trusted package: module:function.",
                    },
                    "args": {"type": "object", "description": "Its keyword arguments."},
                },
                "required": ["call"],
                "additionalProperties": False,
            },
        ],
    }


def _data_schema() -> dict[str, Any]:
    return {
        "description": f"Exactly one of {', '.join(SOURCES)}.",
        "oneOf": [
            {
                "type": "object",
                "properties": {
                    key: dict(source.value_schema),
                    **{name: dict(option) for name, option in source.options.items()},
                    **{other: False for other in SOURCES if other != key},
                },
                "required": [key],
                "additionalProperties": source.open_options,
            }
            for key, source in SOURCES.items()
        ],
    }
