"""The part of a spec that a child process needs, as JSON; reading it costs no pydantic or YAML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sklpar.model import CallableSpec, DataSpec, Node, Spec
from sklpar.spec.node_codec import decode_node, encode_node


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is to be built in a child.

    Attributes
    ----------
    folder : str
        Where relative paths and trusted modules are looked for.
    trust : tuple of str
        Packages whose code may be imported.
    n_jobs_axis : bool
        Whether the spec itself asks for values of n_jobs.
    """

    folder: str
    trust: tuple[str, ...] = ()
    estimator: Node = None
    data: DataSpec | None = None
    callable: CallableSpec | None = None
    params: Mapping[str, tuple[Node, ...]] | None = None
    n_jobs_axis: bool = False


def encode_job(spec: Spec, trust: Sequence[str]) -> dict[str, Any]:
    """Return the job of a spec as JSON values."""
    data, job = spec.data, spec.callable
    params = spec.sweep.params or {}
    return {
        "folder": spec.folder,
        "trust": list(trust),
        "estimator": encode_node(spec.estimator),
        "data": data and {"source": data.source, "options": encode_node(data.options)},
        "callable": job and {"fit": job.fit, "setup": job.setup, "args": encode_node(job.args)},
        "params": {path: encode_node(list(values)) for path, values in params.items()},
        "n_jobs_axis": spec.sweep.n_jobs is not None,
    }


def decode_job(document: Mapping[str, Any]) -> Job:
    """Return the job that `encode_job` wrote."""
    data, job = document["data"], document["callable"]
    params: dict[str, Any] = {path: decode_node(v) for path, v in document["params"].items()}
    return Job(
        folder=document["folder"],
        trust=tuple(document["trust"]),
        estimator=decode_node(document["estimator"]),
        data=data and DataSpec(source=data["source"], options=_mapping(data["options"])),
        callable=job
        and CallableSpec(fit=job["fit"], setup=job["setup"], args=_mapping(job["args"])),
        params={path: tuple(values) for path, values in params.items()} or None,
        n_jobs_axis=document["n_jobs_axis"],
    )


def _mapping(value: Any) -> dict[str, Any]:
    decoded = decode_node(value)
    return dict(decoded) if isinstance(decoded, Mapping) else {}
