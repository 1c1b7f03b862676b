"""The pages, and the code blocks in them.

A comment in the line before a block says where the block comes from::

    <!-- file: search.py -->                      a file, as the page's commands find it
    <!-- made by: sklpar check search.yaml -->    printed by this command, which fits nothing
    <!-- made by: sklpar show | tutorial -->      printed of the stored run docs/runs/tutorial
    <!-- measured by: python search.py -->        printed when the page was measured, and kept
    <!-- not run: it takes minutes -->            commands that nothing tries
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHELL = ("sh", "bash")
_MARKER = re.compile(r"<!-- (file|made by|measured by|not run): (.+?) -->$")
_FENCE = re.compile(r"```(\w*)$")


@dataclass(frozen=True, kw_only=True)
class Block:
    """One fenced block of a page.

    Attributes
    ----------
    kind : str
        What the marker before it begins with; empty where there is none.
    source : str
        The file or the command that the marker names.
    runs : tuple of str
        The stored runs that the command is to find.
    line : int
        Of the first line inside the fence, from 0.
    """

    kind: str
    source: str
    runs: tuple[str, ...]
    language: str
    line: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """What is inside the fence, ending in a newline."""
        return "".join(f"{line}\n" for line in self.lines)

    @property
    def commands(self) -> tuple[str, ...]:
        """The commands of a shell block, joined and without comments; else none."""
        if self.language not in SHELL:
            return ()
        whole = self.text.replace("\\\n", " ")
        lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in whole.splitlines())
        return tuple(part.strip() for line in lines if line for part in line.split("&&"))


def pages() -> list[Path]:
    """Return every page for users."""
    named = ("README.md", "CONTRIBUTING.md", "examples/README.md")
    return [*(ROOT / name for name in named), *sorted(ROOT.glob("docs/*.md"))]


def blocks(text: str) -> list[Block]:
    """Return the fenced blocks of a page in order."""
    found = []
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        fence = _FENCE.match(lines[number])
        if fence is None:
            number += 1
            continue
        end = lines.index("```", number + 1)
        marker = _MARKER.match(lines[number - 1]) if number else None
        kind, words = (marker[1], marker[2]) if marker else ("", "")
        source, _, runs = (part.strip() for part in words.partition("|"))
        found.append(
            Block(
                kind=kind,
                source=source,
                runs=tuple(runs.split()),
                language=fence[1],
                line=number + 1,
                lines=tuple(lines[number + 1 : end]),
            )
        )
        number = end + 1
    return found


def with_texts(text: str, new: Mapping[int, str]) -> str:
    """Return a page with other text in some blocks, which are named by their `line`."""
    lines = text.splitlines()
    for block in reversed(blocks(text)):
        if block.line in new:
            lines[block.line : block.line + len(block.lines)] = new[block.line].splitlines()
    return "\n".join(lines) + "\n"


def prose(text: str) -> str:
    """Return a page without its blocks."""
    return with_texts(text, {block.line: "" for block in blocks(text)})
