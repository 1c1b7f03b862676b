"""The page on findings that comes with sklpar, one paragraph a rule."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import sklpar
from sklpar.errors import UsageError

_HEADING = re.compile(r"^## +`?([a-z][a-z0-9_]*)`?\s*$", re.MULTILINE)


def paragraph(rule: str, text: str | None = None) -> str:
    """Return what the page says under a rule's heading, ending in a newline.

    Parameters
    ----------
    text : str, optional
        The page; that of this sklpar unless given.

    Raises
    ------
    UsageError
        If it has no such rule; the message names those it has.
    """
    page = _page() if text is None else text
    known = rules(page)
    if rule not in known:
        raise UsageError(
            f"--finding: there is no rule {rule!r}", remedy=f"the rules are {', '.join(known)}"
        )
    start = next(match for match in _HEADING.finditer(page) if match[1] == rule)
    after = re.compile(r"^##? ", re.MULTILINE).search(page, start.end())
    return page[start.end() : after.start() if after else None].strip() + "\n"


def known_rules() -> list[str]:
    """Return the rules that the page of this sklpar explains."""
    return rules(_page())


def rules(text: str) -> list[str]:
    """Return the rules that a page has a heading for, in its order."""
    return [match[1] for match in _HEADING.finditer(text)]


def _page() -> str:
    """Read the page: the package carries it, a checkout has it among its docs."""
    carried = files("sklpar") / "findings.md"
    checkout = Path(sklpar.__file__).parent.parent / "docs" / "findings.md"
    for place in (carried, checkout):
        if place.is_file():
            return place.read_text(encoding="utf-8")
    raise UsageError(
        "--finding: this installation has no page on findings", remedy="install sklpar again"
    )
