"""The setting as YAML: what ``exec`` and ``guard`` read, and what goes under version control."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any

from sklpar.emit.interface import comment
from sklpar.model import Caps

if TYPE_CHECKING:
    from sklpar.emit.interface import Pinned


def emit(pinned: Pinned) -> str:
    """Return the pinned setting, its resolved paths and its fingerprint, in ASCII."""
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

    lines = comment(pinned)
    if pinned.nothing_to_set:
        lines.append("# Nothing to set: the job runs best as it was written.")
    yaml = YAML()
    yaml.allow_unicode = False
    yaml.width = 1 << 16  # a folded line would be no harm, but no help either
    document = _document(pinned)
    document["resolved"] = CommentedMap(document["resolved"])
    document["resolved"].fa.set_flow_style()
    stream = StringIO()
    yaml.dump(document, stream)
    return "\n".join([*lines, stream.getvalue()])


def _document(pinned: Pinned) -> dict[str, Any]:
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
