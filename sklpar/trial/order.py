"""What the parent orders of a trial, as a JSON file; the child imports no pydantic to read it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sklpar.model import Caps, InnerThreads, Setting
from sklpar.spec.node_codec import decode_node, encode_node


@dataclass(frozen=True, kw_only=True)
class Order:
    """One trial to run.

    Attributes
    ----------
    job : mapping
        The light part of the spec (`sklpar.spec.job.encode_job`).
    setting : Setting
        What to fit under; its caps are already in the child's environment.
    n_jobs_paths, serial_params, repeated_n_jobs
        Where the knobs are, and which count twice, found once by the inspection child.
    repeats : int
        Warm fits after the first.
    report : str
        File that events are appended to, one JSON line each.
    memory_group, memory_group_version
        The control group that accounts the trial's memory, or None.
    """

    job: Mapping[str, Any]
    setting: Setting
    n_jobs_paths: tuple[str, ...]
    serial_params: Mapping[str, int]
    repeats: int
    report: str
    memory_group: str | None = None
    memory_group_version: int | None = None
    repeated_n_jobs: tuple[str, ...] = ()

    def write(self, path: Path) -> None:
        """Write the order where the child is told to look."""
        document = {
            "job": dict(self.job),
            "setting": {
                "kind": self.setting.kind,
                "n_jobs": self.setting.n_jobs,
                "backend": self.setting.backend,
                "inner_threads": _encode_inner(self.setting.inner_threads),
                "params": {path: encode_node(value) for path, value in self.setting.params.items()},
            },
            "n_jobs_paths": list(self.n_jobs_paths),
            "serial_params": dict(self.serial_params),
            "repeats": self.repeats,
            "report": self.report,
            "memory_group": self.memory_group,
            "memory_group_version": self.memory_group_version,
            "repeated_n_jobs": list(self.repeated_n_jobs),
        }
        path.write_text(json.dumps(document), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Order:
        """Read an order that `write` wrote."""
        document = json.loads(path.read_text(encoding="utf-8"))
        setting = document.pop("setting")
        setting["inner_threads"] = _decode_inner(setting["inner_threads"])
        setting["params"] = {path: decode_node(v) for path, v in setting["params"].items()}
        for name in ("n_jobs_paths", "repeated_n_jobs"):
            document[name] = tuple(document[name])
        return cls(setting=Setting(**setting), **document)


def _encode_inner(inner: InnerThreads | None) -> Any:
    return {"blas": inner.blas, "openmp": inner.openmp} if isinstance(inner, Caps) else inner


def _decode_inner(value: Any) -> InnerThreads | None:
    return Caps(**value) if isinstance(value, dict) else value
