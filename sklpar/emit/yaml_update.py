"""New values in an emitted YAML file, each in its place: what a person wrote around them stays.

The text is edited, not written anew: the parser tells the places of values, and whatever is not the
place of one that changed (comments, blank lines, quotes, order, line ends) is not touched.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sklpar.emit.yaml import MARK, block, document, flow, header
from sklpar.errors import SklparError

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

    from sklpar.emit.interface import Pinned

_OURS = re.compile(rf"(?:^{MARK}.*\n)+", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*#.*\n", re.MULTILINE)
_HASH = re.compile("#")
_DASH = re.compile(r"^ *-", re.MULTILINE)
_COLON = re.compile(r"\s*:")


class UpdateError(SklparError):
    """The file is laid out in a way in which its values cannot be changed in place."""


def updated(text: str, values: Mapping[Any, Any], pinned: Pinned) -> str:
    """Return the text of an emitted file with the values and the evidence of `pinned`.

    Parameters
    ----------
    text : str
        The file, as it was read.
    values : mapping
        What it holds, in the order of the text.

    Raises
    ------
    UpdateError
        Only a rewrite of the file could change it. Rare layouts may instead give a text that reads
        as something else: the caller is to read it back.
    """
    from ruamel.yaml import YAML

    mark = "\ufeff" if text.startswith("\ufeff") else ""
    newline = "\r\n" if "\r\n" in text else "\n"
    body = text.removeprefix(mark)
    whole = body if body.endswith("\n") else body + newline
    root = YAML(typ="safe", pure=True).compose(whole)
    editor = _Editor(whole, newline, root)
    editor.change(_Slot(node=root, old=values, key="", start=0, colon=0), document(pinned))
    editor.put_header(header(pinned))
    result = editor.result()
    return mark + (result if whole == body else result.removesuffix(newline))


@dataclass(frozen=True, kw_only=True)
class _Slot:
    """A value in the text.

    Attributes
    ----------
    node : Node
        What the parser made of it.
    old
        Its value.
    key
        What it stands under: a key, or an index.
    start, colon : int
        Where its entry begins, and where the colon or dash before the value ends.
    """

    node: Node
    old: Any
    key: Any
    start: int
    colon: int


class _Editor:
    """Collects replacements of spans of a text; offsets are those of the text as it was."""

    def __init__(self, text: str, newline: str, root: Node) -> None:
        self._text = text
        self._newline = newline
        self._scalars = [range(*_span(scalar)) for scalar in _scalars(root)]
        self._edits: list[tuple[int, int, str]] = []

    def result(self) -> str:
        """Return the text with every replacement made."""
        pieces, done = [], 0
        # What is put in at one place stays in the order in which it came: inner values first.
        for start, end, new in sorted(self._edits, key=itemgetter(0, 1)):
            if not done <= start <= end:
                message = "two values share a place"
                raise UpdateError(message)
            pieces += [self._text[done:start], new]
            done = end
        return "".join([*pieces, self._text[done:]])

    def put_header(self, lines: Sequence[str]) -> None:
        """Put sklpar's comment in place of the one that is there, or before everything."""
        new = "".join(f"{line}\n" for line in lines)
        places = [place.span() for place in self._comments(_OURS, 0, len(self._text))]
        for number, (start, end) in enumerate(places or [(0, 0)]):
            self._put(start, end, "" if number else new)

    def change(self, slot: _Slot, new: Any) -> None:
        """Make a value what it is to be."""
        both = isinstance(slot.old, Mapping) and isinstance(new, Mapping)
        if slot.old and (both or (isinstance(slot.old, list) and isinstance(new, list | tuple))):
            self._collection(slot, new if both else dict(enumerate(new)), new)
        elif type(slot.old) is not type(new) or slot.old != new:
            self._whole(slot, new)

    def _put(self, start: int, end: int, new: str) -> None:
        self._edits.append((start, end, new.replace("\n", self._newline)))

    def _replace(self, start: int, end: int, new: str) -> None:
        """Put text in place of a span in which there is no comment."""
        for comment in self._comments(_HASH, start, end):
            line = self._text.count("\n", 0, comment.start()) + 1
            raise UpdateError(f"the comment on line {line} would be lost")
        self._put(start, end, new)

    # ------------------------------------------------------------------ changing

    def _collection(self, slot: _Slot, wanted: Mapping[Any, Any], new: Any) -> None:
        slots = self._slots(slot)
        known = {one.key for one in slots}
        kept = [one for one in slots if one.key in wanted]
        added = {key: value for key, value in wanted.items() if key not in known}
        is_flow = _is_flow(slot.node)
        if added or len(kept) < len(slots):
            stays = kept or (not is_flow and added)
            if not stays or not self._has_room(slot, slots):
                self._whole(slot, new)
                return
        for one in kept:
            self.change(one, wanted[one.key])
        if is_flow:
            self._cut_from_flow(slots, wanted)
            self._add_to_flow(slot, kept[-1], added)
            return
        for one in slots:
            if one.key not in wanted:
                self._cut_lines(one)
        self._add_lines(slot, slots[-1], added)

    def _whole(self, slot: _Slot, new: Any) -> None:
        """Put a value in place of another, on the line of its key."""
        start, end = _span(slot.node)
        if isinstance(slot.old, Mapping | list) and not _is_flow(slot.node):
            slots = self._slots(slot)
            if self._has_room(slot, slots):
                for one in slots:
                    self._cut_lines(one)
                start = end = slot.colon
            else:
                end = self._end(slot)
        elif start == end:
            start = end = slot.colon
        else:
            end = self._end(slot)
        self._replace(start, end, flow(new) if start < end else f" {flow(new)}")

    def _cut_from_flow(self, slots: Sequence[_Slot], wanted: Mapping[Any, Any]) -> None:
        """Take out entries, each with the comma on one side, and keep at least one."""
        begun = False  # whether an entry that stays came before
        for number, one in enumerate(slots):
            if one.key in wanted:
                begun = True
                continue
            start = self._end(slots[number - 1]) if begun else one.start
            end = self._end(one) if begun else slots[number + 1].start
            self._replace(start, end, "")

    def _add_to_flow(self, slot: _Slot, last: _Slot, added: Mapping[Any, Any]) -> None:
        place = self._end(last)
        for key, new in added.items():
            text = flow({key: new})[1:-1] if isinstance(slot.old, Mapping) else flow(new)
            self._put(place, place, f", {text}")

    def _add_lines(self, slot: _Slot, last: _Slot, added: Mapping[Any, Any]) -> None:
        place = self._line_end(self._end(last))
        indent = " " * slot.node.start_mark.column
        for key, new in added.items():
            text = block({key: new}) if isinstance(slot.old, Mapping) else f"- {flow(new)}\n"
            self._put(place, place, textwrap.indent(text, indent))

    def _cut_lines(self, slot: _Slot) -> None:
        """Take out the lines of an entry, all but those that are comments alone."""
        start, end = self._line_start(slot.start), self._line_end(self._end(slot))
        for comment in self._comments(_COMMENT, start, end):
            self._put(start, comment.start(), "")
            start = comment.end()
        self._put(start, end, "")

    # ------------------------------------------------------------------ finding

    def _comments(self, pattern: re.Pattern[str], start: int, end: int) -> Iterator[re.Match[str]]:
        """Yield where the pattern is found, but for text that only looks like a comment."""
        for found in pattern.finditer(self._text, start, end):
            if not any(found.start() in scalar for scalar in self._scalars):
                yield found

    def _slots(self, slot: _Slot) -> list[_Slot]:
        """Return the values in a collection, in the order of the text."""
        if isinstance(slot.old, Mapping):
            return [
                self._slot(value, old, key, start=_span(name)[0], colon=self._colon(name))
                for (name, value), (key, old) in zip(slot.node.value, slot.old.items(), strict=True)
            ]
        slots: list[_Slot] = []
        for index, (node, old) in enumerate(zip(slot.node.value, slot.old, strict=True)):
            start = _span(node)[0]
            if _is_flow(slot.node):
                slots.append(self._slot(node, old, index, start=start, colon=start))
                continue
            # The first dash begins the list, each other one a line.
            dash = _span(slot.node)[0]
            if slots and (found := _DASH.search(self._text, self._end(slots[-1]))):
                dash = found.end() - 1
            slots.append(self._slot(node, old, index, start=dash, colon=dash + 1))
        return slots

    def _slot(self, node: Node, old: Any, key: Any, *, start: int, colon: int) -> _Slot:
        begin, end = _span(node)
        if begin < colon and begin < end:
            raise UpdateError(f"{key} is an alias of another value")
        return _Slot(node=node, old=old, key=key, start=start, colon=colon)

    def _colon(self, name: Node) -> int:
        if found := _COLON.match(self._text, _span(name)[1]):
            return found.end()
        raise UpdateError(f"no colon follows {name.value}")

    def _end(self, slot: _Slot) -> int:
        """Return where a value ends: that of a block at its last value, not at the next token."""
        node = slot.node
        if isinstance(slot.old, Mapping | list) and not _is_flow(node):
            return self._end(self._slots(slot)[-1])
        start, end = _span(node)
        if start == end:
            return slot.colon
        return start + len(self._text[start:end].rstrip())

    def _has_room(self, slot: _Slot, slots: Sequence[_Slot]) -> bool:
        """Tell whether entries may come and go: not in ``- a: 1``, nor in ``[a: 1]``."""
        if _is_flow(slot.node):
            return self._text[_span(slot.node)[0]] in "{["
        return not any(self._text[self._line_start(one.start) : one.start].strip() for one in slots)

    def _line_start(self, place: int) -> int:
        return self._text.rfind("\n", 0, place) + 1

    def _line_end(self, place: int) -> int:
        return self._text.index("\n", place) + 1


def _span(node: Node) -> tuple[int, int]:
    return node.start_mark.index, node.end_mark.index


def _is_flow(node: Node) -> bool:
    return bool(getattr(node, "flow_style", False))


def _scalars(node: Node) -> Iterator[Node]:
    if isinstance(node.value, str):
        yield node
        return
    for child in node.value:
        for part in child if isinstance(child, tuple) else (child,):
            yield from _scalars(part)
