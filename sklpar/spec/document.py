"""The spec as a plain document: ``--set`` overrides, defaults, and a JSON-safe copy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from sklpar.errors import Problem, SpecError, UsageError
from sklpar.sources.suggest import did_you_mean
from sklpar.spec.places import KeyPath, Place, dotted
from sklpar.spec.yaml_reader import read_yaml

# Sections that an override may begin; anything else must be there to be changed.
_SECTIONS = ("sweep", "measure", "objective", "limits", "guard")


def apply_overrides(
    document: dict[Any, Any], positions: dict[KeyPath, Place], overrides: Sequence[str]
) -> tuple[list[Problem], dict[KeyPath, str]]:
    """Change `document` in place; what is overridden has no position in the file any more.

    Parameters
    ----------
    overrides : sequence of str
        ``path=value``, the path dotted, the value YAML.

    Returns
    -------
    problems : list of Problem
    flags : dict
        Path of each value that was set, to the flag that set it.
    """
    problems: list[Problem] = []
    flags: dict[KeyPath, str] = {}
    for override in overrides:
        path, equals, text = override.partition("=")
        if not equals or not path.strip():
            message = f"--set {override!r} is not of the form path=value"
            raise UsageError(message, remedy="for example --set measure.rounds=3")
        try:
            value = read_yaml(text, file=f"--set {override}").value
            keys = _assign(document, path.strip().split("."), value)
        except _NoSuchPathError as error:
            problems.append(Problem(message=f"--set {override}: {error}", remedy=error.remedy))
            continue
        except SpecError as error:
            problems += [
                Problem(message=f"--set {override}: {wrong.message}", remedy=wrong.remedy)
                for wrong in error.problems
            ]
            continue
        for known in [known for known in positions if known[: len(keys)] == keys]:
            del positions[known]
        positions[keys] = (0, 0)
        flags[keys] = f"--set {override}"
    return problems, flags


class _NoSuchPathError(Exception):
    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


def _assign(document: dict[Any, Any], parts: list[str], value: Any) -> KeyPath:
    """Set the value at a dotted path; return the path with its real keys."""
    here: Any = document
    keys: list[Any] = []
    for depth, part in enumerate(parts):
        last = depth == len(parts) - 1
        if isinstance(here, list):
            key: Any = _index(here, part, keys)
        elif isinstance(here, dict):
            key = _key(here, part)
            if key not in here and not last:
                if parts[0] not in _SECTIONS:
                    _refuse_part(part, here, keys)
                here[key] = {}
            elif here.get(key) is None and not last and parts[0] in _SECTIONS:
                here[key] = {}  # a section that was left empty
        else:
            message = f"{dotted(keys)} is {str(here)[:40]!r}, which has no {part!r} inside"
            raise _NoSuchPathError(message, "write it as a map in the spec")
        keys.append(key)
        if last:
            here[key] = value
        else:
            here = here[key]
    return tuple(keys)


def _key(here: dict[Any, Any], part: str) -> Any:
    if part not in here and part.lstrip("-").isdecimal() and int(part) in here:
        return int(part)
    return part


def _index(here: list[Any], part: str, keys: list[Any]) -> int:
    if not part.isdecimal() or not int(part) < len(here):
        message = f"{dotted(keys)} is a list of {len(here)}, there is no {part!r} in it"
        raise _NoSuchPathError(message, "count from 0")
    return int(part)


def _refuse_part(part: str, here: dict[Any, Any], keys: list[Any]) -> None:
    where = dotted(keys) or "the spec"
    names = [str(key) for key in here] + ([] if keys else list(_SECTIONS))
    remedy = did_you_mean(part, names, otherwise=f"it has {', '.join(names)}")
    raise _NoSuchPathError(f"{where} has no {part!r}", remedy)


def with_defaults(document: Mapping[Any, Any], defaults: Mapping[str, Any]) -> dict[Any, Any]:
    """Return the document with what its sections lack filled in from `defaults`."""
    filled = dict(document)
    for section, values in defaults.items():
        own = filled.get(section)
        if own is None or isinstance(own, dict):
            filled[section] = {**values, **(own or {})}
    return filled


def json_safe(value: Any) -> Any:
    """Return plain JSON values: NaN and infinities as YAML writes them, every key as text."""
    if isinstance(value, Mapping):
        return {str(key): json_safe(item) for key, item in value.items()}
    if isinstance(value, list):
        return [json_safe(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value}".replace("nan", ".nan").replace("inf", ".inf")
    return value
