"""The setting as YAML: what ``exec`` and ``guard`` read, and what goes under version control."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sklpar.emit.interface import comment
from sklpar.model import Caps

if TYPE_CHECKING:
    from sklpar.emit.interface import Pinned

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
# Words that a reader of YAML 1.1 or 1.2 takes for something else than text.
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def emit(pinned: Pinned) -> str:
    """Return the pinned setting, its resolved paths and its fingerprint."""
    lines = comment(pinned)
    if pinned.nothing_to_set:
        lines.append("# Nothing to set: the job runs best as it was written.")
    carried = dict.fromkeys(pinned.resolved, "n_jobs")
    lines += [
        "version: 1",
        "setting:",
        f"  n_jobs: {flow(pinned.n_jobs)}",
        f"  backend: {flow(pinned.backend)}",
        f"  inner_threads: {flow(pinned.inner_threads)}",
        f"  params: {flow(pinned.params)}",
        f"resolved: {flow(carried)}",
        "fingerprint:",
        *(f"  {flow(key)}: {flow(value)}" for key, value in pinned.fingerprint.items()),
    ]
    return "\n".join(lines) + "\n"


def flow(value: Any) -> str:
    """Return a JSON-like value as flow-style YAML 1.2 in ASCII, on one line."""
    if isinstance(value, Caps):
        value = {"blas": value.blas, "openmp": value.openmp}
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(str(k))}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    if isinstance(value, float):
        return _number(value)
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    return _text(str(value))


def _key(key: str) -> str:
    # YAML looks at most 1,024 characters ahead for the colon of a key that is not marked.
    text = flow(key)
    return f"? {text}" if len(text) > 1000 else text


def _number(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    text = repr(value)
    # YAML wants a point before an exponent to see a float in ``1e-05``; some readers insist.
    return text if "." in text else text.replace("e", ".0e")


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    escaped = "".join(_escape(character) for character in text)
    return f'"{escaped}"'


def _escape(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if " " <= character <= "~":
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
