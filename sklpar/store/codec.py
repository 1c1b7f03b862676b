"""JSON in and out of the domain types, strictly: no NaN, no guesses, errors that name the field."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, NoReturn, TypeVar

from sklpar.errors import StoreError
from sklpar.model import SCHEMA_VERSION
from sklpar.store.typed import MisfitError, build

T = TypeVar("T")

_NONFINITE = "nonfinite"


def to_plain(value: object) -> Any:
    """Return dataclasses as dicts, lists and scalars; what JSON cannot hold becomes text."""
    return _mapped(value, lambda number: number)


def from_plain(kind: type[T], plain: Any, source: str) -> T:
    """Build a dataclass from plain values; unknown fields are passed over.

    Parameters
    ----------
    source : str
        The file, for the message.

    Raises
    ------
    StoreError
        A field is missing or holds what it should not.
    """
    try:
        return build(kind, plain)
    except MisfitError as misfit:
        place = ".".join(misfit.place) or "the whole"
        raise StoreError(f"{source}: {place}: {misfit}") from None


def parse(
    text: str | bytes, source: str, *, hook: Callable[[dict[str, Any]], Any] | None = None
) -> dict[str, Any]:
    """Read a JSON object; NaN and Infinity are refused, in words or as a number too large.

    Parameters
    ----------
    source : str
        The file, for the message.
    hook : callable, optional
        Given each object in it, innermost first, returns what to put in its place.

    Raises
    ------
    StoreError
        It is no JSON object, or is cut off.
    """
    try:
        document = json.loads(text, parse_constant=_refuse, parse_float=_finite, object_hook=hook)
    except RecursionError:
        raise StoreError(f"{source}: nested too deeply to be read") from None
    except ValueError as error:
        raise StoreError(f"{source}: not a whole JSON document ({error})") from None
    if not isinstance(document, dict):
        raise StoreError(f"{source}: a JSON object was expected")
    return document


def check_schema(document: Mapping[str, Any], source: str) -> None:
    """Raise StoreError unless the document's schema version is one that this sklpar reads."""
    version = document.get("schema_version")
    if type(version) is not int or version < 1:
        raise StoreError(f"{source}: schema_version is missing or not a number: no sklpar document")
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"{source}: written in schema {version}, this sklpar reads up to {SCHEMA_VERSION}",
            remedy="Upgrade sklpar, or read the file with the version that wrote it.",
        )


def dump(plain: Any, *, indent: int | None = None) -> str:
    """Return JSON text in ASCII; a number that is not finite is a ValueError."""
    return json.dumps(plain, allow_nan=False, indent=indent)


def nulled(value: Any) -> Any:
    """Return plain values with each number that is not finite as null."""
    return _mapped(value, lambda _: None)


def spelled(value: Any) -> Any:
    """Return plain values with each number that is not finite as YAML spells it (``.nan``)."""
    return _mapped(value, _yaml_word)


def wrapped(value: Any) -> Any:
    """Return plain values; `parse` with the hook `unwrapped` restores what is not finite."""
    return _mapped(value, lambda number: {_NONFINITE: str(number)})


def unwrapped(item: dict[str, Any]) -> Any:
    """Restore what `wrapped` wrote: a hook for `parse`, which calls it for each object."""
    if item.keys() == {_NONFINITE} and item[_NONFINITE] in ("nan", "inf", "-inf"):
        return float(item[_NONFINITE])
    return item


def _mapped(value: Any, replace: Callable[[float], Any]) -> Any:
    """Return a copy in plain values; `replace` is asked for each number that is not finite."""
    if isinstance(value, float) and not math.isfinite(value):
        return replace(value)
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, Mapping):
        return {_clean(str(key)): _mapped(item, replace) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_mapped(item, replace) for item in value]
    if is_dataclass(value):
        return {f.name: _mapped(getattr(value, f.name), replace) for f in fields(value)}
    return _clean(str(value))


def _clean(text: str) -> str:
    """Replace what is no character: half a surrogate pair, out of a file name or a log."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _yaml_word(number: float) -> str:
    if math.isnan(number):
        return ".nan"
    return ".inf" if number > 0 else "-.inf"


def _refuse(word: str) -> NoReturn:
    msg = f"{word} is no number"
    raise ValueError(msg)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text[:40])
