"""The question "did you mean ...?" and the names to choose from."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def did_you_mean(word: object, options: Iterable[object], *, otherwise: str = "") -> str:
    """Return a question that names the nearest options, or `otherwise` where none is near."""
    names = [str(option) for option in options]
    folded = {name.casefold(): name for name in reversed(names)}
    near = difflib.get_close_matches(str(word)[:80].casefold(), list(folded), n=3, cutoff=0.6)
    if not near:
        return otherwise
    return f"did you mean {' or '.join(repr(folded[name]) for name in near)}?"


def one_of(options: Iterable[object]) -> str:
    """Return the options as a list to choose from."""
    return f"choose one of {', '.join(str(option) for option in options)}"
