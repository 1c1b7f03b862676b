"""The chart library as it stands in the page: packed, and let through by its hash alone."""

from __future__ import annotations

import base64
import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

# In the order in which they have to be run.
LIBRARIES = ("vega.min.js", "vega-lite.min.js", "vega-interpreter.js")

# The interpreter is published as a module only, and a module in a page could not import another
# that is in it: what it takes from vega-util is taken from vega, which has all of that.
_IMPORT = "import { ascending, isString, DisallowedObjectProperties } from 'vega-util';"
_EXPORT = "export { expression as expressionInterpreter };"


@dataclass(frozen=True, kw_only=True)
class Packed:
    """One library: what the page holds, and the hash of what comes out of it.

    Attributes
    ----------
    text : str
        gzip in base64: less than half as long, and plain ASCII.
    source : str
        As the policy of a page names a script: ``'sha256-...'``.
    """

    name: str
    text: str
    source: str


def policy_source(script: str) -> str:
    """Return how a content security policy names a script or style: by its hash."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def own(name: str) -> str:
    """Return a file of this folder."""
    return (files(__package__) / name).read_text(encoding="utf-8")


@cache
def packed() -> tuple[Packed, ...]:
    """Return the libraries, in the order in which they have to be run."""
    return tuple(_pack(name, _script(name)) for name in LIBRARIES)


def licences() -> str:
    """Return the licence texts of the libraries, and of what they hold of others."""
    own_names = (name.removesuffix(".js").removesuffix(".min") for name in LIBRARIES)
    names = (*own_names, "bundled")
    return "\n".join(f"{name}\n\n{own(f'vendor/{name}.LICENSE')}" for name in names)


def _script(name: str) -> str:
    text = own(f"vendor/{name}")
    if _IMPORT not in text:
        return text
    names = _IMPORT.removeprefix("import ").partition(" from")[0]
    body = text.replace(_IMPORT, f"const {names} = vega;")
    body = body.replace(_EXPORT, "vega.expressionInterpreter = expression;")
    return f'{{\n"use strict";\n{body}\n}}'


def _pack(name: str, script: str) -> Packed:
    # The time would make every report another file.
    packed = gzip.compress(script.encode(), compresslevel=9, mtime=0)
    return Packed(name=name, text=base64.b64encode(packed).decode(), source=policy_source(script))
