"""YAML 1.2 to plain values, with the line and column of every key and value.

Works on the event stream, before any loader could act on a tag: the loaders of the library build
Python objects from ``!!python/...`` or keep them silently.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from sklpar.errors import Problem, SpecError
from sklpar.spec.places import KEY, KeyPath, Place, bounded

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator


MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_NODES = 20_000  # written in the file
MAX_EXPANDED = 20_000  # reached through aliases
MAX_DIGITS = 300

_NULL = re.compile(r"null|Null|NULL|~|")
_TRUE = re.compile(r"true|True|TRUE")
_FALSE = re.compile(r"false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
# Everything that could move a terminal's cursor, and halves of surrogate pairs.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, kw_only=True)
class Document:
    """One YAML document.

    Attributes
    ----------
    value
        Dicts, lists, strings, numbers, booleans and None.
    positions : dict
        Key path to 1-based (line, column): of the value where that is a scalar or in a list, of
        the key where it is a map or list under a key. A path ending in KEY is the key's place.
    """

    value: Any
    positions: dict[KeyPath, Place]


def read_yaml(text: str, *, file: str) -> Document:
    """Read one YAML 1.2 document.

    Raises
    ------
    SpecError
        On bad syntax, any tag, duplicate keys, aliases that explode, several documents, and what
        is too large or too deep to be a spec.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    _refuse_oversize(text, file)
    composer = _Composer()
    try:
        composer.run(iter(YAML(typ="safe", pure=True).parse(text)))
    except _RefusedError as refused:
        raise SpecError([refused.problem], file=file, text=text) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        what = ", ".join(str(part) for part in (error.context, error.problem) if part)
        problem = Problem(
            message=f"not valid YAML: {what}",
            remedy="check the indentation, and quote text that holds : # { [ or %",
            line=line,
            column=column,
        )
        raise SpecError([problem], file=file, text=text) from None
    except (YAMLError, ValueError, LookupError, TypeError, AttributeError, AssertionError) as error:
        # The scanner raises these on some malformed input, such as a bad escape or directive.
        problem = Problem(message=f"not valid YAML: {error}", remedy="check the syntax")
        raise SpecError([problem], file=file, text=text) from None
    if composer.problems:
        raise SpecError(bounded(composer.problems), file=file, text=text)
    return Document(value=composer.value, positions=composer.positions)


class _RefusedError(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(kw_only=True)
class _Anchor:
    value: Any = None
    size: int = 0
    complete: bool = False


@dataclass(kw_only=True)
class _Composer:
    """Builds plain values from events; recursion is bounded by MAX_DEPTH."""

    value: Any = None
    positions: dict[KeyPath, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    anchors: dict[str, _Anchor] = field(default_factory=dict)
    nodes: int = 0
    expanded: int = 0

    def run(self, events: Iterator[Any]) -> None:
        from ruamel.yaml import events as kinds

        documents = 0
        for event in events:
            if isinstance(event, kinds.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    _refuse(event, "a second document begins here", "keep one document in a file")
                if event.version is not None and tuple(event.version) != (1, 2):
                    _refuse(event, "only YAML 1.2 is read", "remove the %YAML line")
            elif not isinstance(
                event, kinds.StreamStartEvent | kinds.StreamEndEvent | kinds.DocumentEndEvent
            ):
                self.value = self._node(event, events, (), under_key=None)

    def _node(
        self, event: Any, events: Iterator[Any], path: KeyPath, *, under_key: Place | None
    ) -> Any:
        from ruamel.yaml import events as kinds

        self.nodes += 1
        if self.nodes > MAX_NODES:
            _refuse(event, f"more than {MAX_NODES} values", "a spec is small: keep data in a file")
        if len(path) > MAX_DEPTH:
            _refuse(event, f"nested more than {MAX_DEPTH} levels deep", "flatten it")
        if isinstance(event, kinds.AliasEvent):
            self.positions[path] = _place(event)
            return self._alias(event)
        if getattr(event, "tag", None) is not None:
            _refuse(event, f"the tag {event.tag} is not allowed", "a spec is plain data: remove it")
        anchor = _Anchor()
        if event.anchor is not None:
            self.anchors[event.anchor] = anchor
        before = self.nodes + self.expanded
        if isinstance(event, kinds.ScalarEvent):
            self.positions[path] = _place(event)
            value = _scalar(event)
        elif isinstance(event, kinds.SequenceStartEvent):
            self.positions[path] = under_key or _place(event)
            value = self._sequence(events, path)
        else:
            self.positions[path] = under_key or _place(event)
            value = self._mapping(events, path)
        anchor.value, anchor.complete = value, True
        anchor.size = self.nodes + self.expanded - before + 1
        return value

    def _alias(self, event: Any) -> Any:
        anchor = self.anchors.get(event.anchor)
        if anchor is None:
            _refuse(event, f"no anchor &{event.anchor} comes before this alias", "define it first")
        if not anchor.complete:
            _refuse(
                event, f"*{event.anchor} stands for something that holds itself", "write it out"
            )
        self.expanded += anchor.size
        if self.expanded > MAX_EXPANDED:
            message = f"aliases expand to more than {MAX_EXPANDED} values"
            _refuse(event, message, "write the values out")
        return copy.deepcopy(anchor.value)

    def _sequence(self, events: Iterator[Any], path: KeyPath) -> list[Any]:
        from ruamel.yaml import events as kinds

        items: list[Any] = []
        for event in events:
            if isinstance(event, kinds.SequenceEndEvent):
                break
            items.append(self._node(event, events, (*path, len(items)), under_key=None))
        return items

    def _mapping(self, events: Iterator[Any], path: KeyPath) -> dict[Any, Any]:
        from ruamel.yaml import events as kinds

        items: dict[Any, Any] = {}
        lines: dict[Any, int] = {}
        for event in events:
            if isinstance(event, kinds.MappingEndEvent):
                break
            key = self._key(event)
            place = _place(event)
            child = (*path, key if type(key) is int else str(key))
            if key in items:
                message = f"the key {str(key)!r} is already there, on line {lines[key]}"
                self._problem(event, message, "keep one of the two")
            value = self._node(next(events), events, child, under_key=place)
            self.positions[(*child, KEY)] = place
            items.setdefault(key, value)
            lines.setdefault(key, place[0])
        return items

    def _key(self, event: Any) -> Hashable:
        from ruamel.yaml import events as kinds

        if not isinstance(event, kinds.ScalarEvent):
            _refuse(event, "a key must be a plain name or number", "quote it if it is text")
        if event.tag is not None:
            _refuse(event, f"the tag {event.tag} is not allowed", "a spec is plain data: remove it")
        key = _scalar(event)
        if key is None or key != key:  # noqa: PLR0124 - NaN, which is no key at all
            _refuse(event, f"{event.value!r} cannot be a key", "quote it if it is text")
        if key == "<<":
            message = "merge keys (<<) are not part of YAML 1.2"
            _refuse(event, message, "write the values out")
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchor(value=key, size=1, complete=True)
        return key  # type: ignore[no-any-return]

    def _problem(self, event: Any, message: str, remedy: str) -> None:
        line, column = _place(event)
        self.problems.append(Problem(message=message, remedy=remedy, line=line, column=column))


def _place(event: Any) -> Place:
    return (event.start_mark.line + 1, event.start_mark.column + 1)


def _refuse(event: Any, message: str, remedy: str) -> NoReturn:
    line, column = _place(event)
    raise _RefusedError(Problem(message=message, remedy=remedy, line=line, column=column))


def _refuse_oversize(text: str, file: str) -> None:
    problem = None
    if len(text) > MAX_BYTES:
        message = f"larger than {MAX_BYTES // 1000} kB, which no spec is"
        problem = Problem(message=message, remedy="keep data in a file of its own, and name it")
        raise SpecError([problem], file=file)
    if found := _UNPRINTABLE.search(text):
        before = text[: found.start()]
        problem = Problem(
            message=f"the control character {found.group()!r} is not allowed",
            remedy="remove it, and save the file as UTF-8 text",
            line=before.count("\n") + 1,
            column=len(before) - before.rfind("\n"),
        )
        raise SpecError([problem], file=file, text=_UNPRINTABLE.sub("?", text))


def _scalar(event: Any) -> Any:
    """Resolve a scalar by the YAML 1.2 core schema; quoted text stays text."""
    text = event.value
    if _UNPRINTABLE.search(text):
        _refuse(event, f"the text {text[:60]!r} holds a control character", "remove the escape")
    if not event.implicit[0]:
        return text
    if _NULL.fullmatch(text):
        return None
    if _TRUE.fullmatch(text) or _FALSE.fullmatch(text):
        return text.lower() == "true"
    if _INT.fullmatch(text):
        if len(text) > MAX_DIGITS:
            _refuse(event, "a number of that many digits is not read", "quote it if it is text")
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
    if _FLOAT.fullmatch(text):
        return _float(event, text)
    return text


def _float(event: Any, text: str) -> float:
    word = text.lower().lstrip("+-")
    if word in (".inf", ".nan"):
        return float(text.lower().replace(".", "", 1))
    value = float(text)
    if value in (float("inf"), float("-inf")):
        _refuse(event, f"{text[:40]} is too large for a number", "write .inf for infinity")
    return value
