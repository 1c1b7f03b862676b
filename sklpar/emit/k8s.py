"""The thread caps as the ``env`` of a Kubernetes container."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.emit.environment import opening, variables
from sklpar.model import Caps

if TYPE_CHECKING:
    from sklpar.emit.interface import Pinned

_USE = (
    "For a container: its entry in spec.containers of a Pod, in spec.template.spec.containers of a "
    "Job or a Deployment. Where it has an env: already, add the items to that."
)


def emit(pinned: Pinned) -> str:
    """Return a list of names and text values, empty where nothing is to be set."""
    lines = ["env: []"]
    if values := variables(pinned):
        # Quoted: an API server refuses a value that is a number.
        items = [[f"  - name: {name}", f'    value: "{value}"'] for name, value in values.items()]
        lines = ["env:", *(line for item in items for line in item)]
    return "\n".join([*opening(pinned, _USE, *_limit(pinned)), *lines, ""])


def _limit(pinned: Pinned) -> list[str]:
    inner = pinned.inner_threads
    if inner is None:
        return []
    blind = "BLAS and OpenMP do not see a container's CPU limit: "
    if inner == "default":
        return [f"{blind}uncapped, they start a thread for each CPU of the node in every worker."]
    workers = pinned.n_jobs or 1
    threads = max(inner.blas, inner.openmp) if isinstance(inner, Caps) else inner
    need = f"{workers} x {threads} = {workers * threads}"
    return [f"{blind}give it at least workers x threads, {need}, or it is throttled."]
