"""Members of a registry that are imported when they are called."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module


def lazily(module: str) -> Callable[..., str]:
    """Return `render` of a module, which is imported at its first call.

    Whoever lists the formats, as ``--help`` does, has not to wait for what draws a page of HTML.
    """

    def render(*given: object) -> str:
        text: str = import_module(module).render(*given)
        return text

    return render
