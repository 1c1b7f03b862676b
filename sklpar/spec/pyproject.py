"""Defaults from ``[tool.sklpar]`` of the nearest pyproject.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sklpar.errors import Problem, SpecError
from sklpar.sources.suggest import did_you_mean, one_of
from sklpar.spec.places import placed

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECTIONS = ("sweep", "measure", "objective", "limits", "guard")
_KEYS = ("trust", *_SECTIONS)


@dataclass(frozen=True, kw_only=True)
class Defaults:
    """What a project says for all its specs.

    Attributes
    ----------
    trust : tuple of str
        Packages whose code specs may name.
    values : mapping
        Sections sweep, measure, objective, limits and guard, as a spec would hold them.
    file : str or None
        The pyproject.toml they come from.
    """

    trust: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    file: str | None = None


def read_defaults(folder: str | Path) -> Defaults:
    """Read the nearest pyproject.toml at or above `folder`.

    Raises
    ------
    SpecError
        If it cannot be read, or its ``[tool.sklpar]`` is not sound.
    """
    start = Path(folder).resolve()
    file = next((p for d in (start, *start.parents) if (p := d / "pyproject.toml").is_file()), None)
    if file is None:
        return Defaults()
    try:
        tools = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {})
    except (OSError, ValueError, RecursionError) as error:
        problem = Problem(message=f"cannot be read: {error}", remedy="it must be valid TOML")
        raise SpecError([problem], file=str(file)) from None
    table = tools.get("sklpar") if isinstance(tools, dict) else None
    if table is None:
        return Defaults()
    problems = _problems(table)
    if problems:
        raise SpecError([placed(problem, {}) for problem in problems], file=str(file))
    values = {section: table[section] for section in _SECTIONS if section in table}
    return Defaults(trust=tuple(table.get("trust", ())), values=values, file=str(file))


def _problems(table: object) -> list[Problem]:
    from sklpar.spec.schema import Sections, validate
    from sklpar.spec.trust import wrong_package_name

    where = ("tool", "sklpar")
    if not isinstance(table, dict):
        return [Problem(message="expected a table", path=where)]
    problems = [
        Problem(
            message="unknown key",
            remedy=did_you_mean(key, _KEYS, otherwise=one_of(_KEYS)),
            path=(*where, key),
        )
        for key in table
        if key not in _KEYS
    ]
    trust = table.get("trust", [])
    if not isinstance(trust, list):
        problems.append(Problem(message="expected a list of packages", path=(*where, "trust")))
        trust = []
    problems += [
        Problem(message=wrong, path=(*where, "trust"))
        for package in trust
        if (wrong := wrong_package_name(package))
    ]
    sections = {section: table[section] for section in _SECTIONS if section in table}
    _, wrong_values = validate(Sections, sections)
    problems += [
        Problem(message=p.message, remedy=p.remedy, path=(*where, *p.path)) for p in wrong_values
    ]
    return problems
