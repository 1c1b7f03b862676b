"""The setting as YAML: what ``exec`` and ``guard`` read, and what goes under version control."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import StringIO
from typing import TYPE_CHECKING, Any

from sklpar.emit.interface import comment, remark
from sklpar.model import Caps

if TYPE_CHECKING:
    from sklpar.emit.interface import Pinned

# What begins sklpar's own comments here, by which an update tells them from a person's.
MARK = "#:"
_OURS = f"Lines that begin with `{MARK}` are sklpar's: `emit yaml --update` replaces them alone."

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_ .+-]*")


def emit(pinned: Pinned) -> str:
    """Return the pinned setting, its resolved paths and its fingerprint, in ASCII."""
    parts = document(pinned)
    resolved = parts.pop("resolved")
    facts = parts.pop("fingerprint")
    body = [block(parts), f"resolved: {flow(resolved)}\n", block({"fingerprint": facts})]
    return "".join([*(f"{line}\n" for line in header(pinned)), *body])


def header(pinned: Pinned) -> list[str]:
    """Return the comment lines that open the file."""
    lines = comment(pinned, MARK)
    if pinned.nothing_to_set:
        lines.append(f"{MARK} Nothing to set: the job runs best as it was written.")
    else:
        lines += remark(
            "`sklpar exec` applies backend, n_jobs and caps. It reaches no n_jobs that the program "
            "itself gives, and none of the params: `sklpar emit python` sets those too.",
            MARK,
        )
    return [*lines, *remark(_OURS, MARK)]


def document(pinned: Pinned) -> dict[str, Any]:
    """Return what the file holds, as plain values."""
    inner = pinned.inner_threads
    return {
        "version": 1,
        "setting": {
            "n_jobs": pinned.n_jobs,
            "backend": pinned.backend,
            "inner_threads": (
                {"blas": inner.blas, "openmp": inner.openmp} if isinstance(inner, Caps) else inner
            ),
            "params": dict(pinned.params),
        },
        "resolved": dict.fromkeys(pinned.resolved, "n_jobs"),
        "fingerprint": dict(pinned.fingerprint),
    }


def block(value: object) -> str:
    """Return lines of YAML in ASCII, the last with its newline."""
    return _dump(value)


def flow(value: object) -> str:
    """Return one line of YAML in ASCII, as it may stand anywhere in a document."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{flow(key)}: {flow(item)}' for key, item in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(flow, value))}]"
    style = None
    if isinstance(value, str) and not _PLAIN.fullmatch(value):
        # Where braces and commas end a text, ruamel.yaml leaves some plain that need quotes.
        style = "'" if value.isascii() and value.isprintable() else '"'
    return _dump({"x": value}, style).partition(": ")[2].rstrip("\n")


def _dump(value: object, style: str | None = None) -> str:
    from ruamel.yaml import YAML

    yaml: Any = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.default_style = style
    yaml.sort_base_mapping_type_on_output = False
    yaml.allow_unicode = False
    yaml.width = 1 << 24  # a folded line would be no harm, but no help either
    stream = StringIO()
    yaml.dump(value, stream)
    return stream.getvalue()
