"""Noting what is reached while code is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import FunctionType
from typing import Any

from sklpar.spec.layers.evidence import (
    Context,
    Evidence,
    JoblibCall,
    NativeUse,
    PartUse,
    PoolUse,
)
from sklpar.spec.layers.frame import Frame
from sklpar.spec.layers.native import Libraries
from sklpar.spec.layers.values import Instance, Known, Value


class Recorder:
    """Takes down calls of joblib, native code, pools and other parts."""

    def __init__(self, libraries: Libraries) -> None:
        import joblib

        self.evidence = Evidence()
        # Calls that an earlier pass over the same code has found, and whether tasks were met before
        # the call that takes them.
        self._expected: list[JoblibCall] = []
        self._early = False
        self._libraries = libraries
        self._joblib = joblib

    def is_parallel(self, cls: type) -> bool:
        """Tell joblib's ``Parallel`` and its subclasses, by whatever name they are imported."""
        return issubclass(cls, self._joblib.Parallel)

    def is_config(self, it: Any) -> bool:
        """Tell ``parallel_config`` and ``parallel_backend``."""
        return any(
            it is one for one in (self._joblib.parallel_config, self._joblib.parallel_backend)
        )

    def parallel(
        self, cls: type, jobs: Value | None, keywords: Mapping[str, Value], frame: Frame
    ) -> None:
        """Note a ``Parallel(...)``."""
        words = {
            name: value.it
            for name in ("prefer", "require", "backend")
            if isinstance(value := keywords.get(name), Known) and isinstance(value.it, str)
        }
        made = JoblibCall(
            cls=cls, keywords=words, jobs=jobs, context=frame.context, where=frame.where
        )
        self.evidence.calls.append(made)

    @contextmanager
    def in_worker(self, frame: Frame) -> Iterator[Frame]:
        """Give the frame as the tasks of the call that was made last see it."""
        depth = frame.context.depth
        seen = [call for call in self.evidence.calls if call.context.depth == depth]
        expected = [call for call in self._expected if call.context.depth == depth]
        self._early = self._early or not seen
        last = (seen or expected)[-1:]
        yield frame.within(replace(frame.context, calls=(*frame.context.calls, *last)))

    def entered(self, context: Context, value: Value) -> Context:
        """Return the context within a ``with`` of this value."""
        if not isinstance(value, Instance):
            return context
        given = value.attributes
        plain = {k: v.it for k, v in given.items() if isinstance(v, Known)}
        if value.cls is type(None) or self.is_config(value.cls):
            config = tuple((k, plain[k]) for k in ("backend", "n_jobs", "prefer") if k in plain)
            return replace(context, configs=(*context.configs, config)) if config else context
        if value.cls.__module__ == "threadpoolctl" and plain.get("limits") == 1:
            return replace(context, blas_capped=True)
        return context

    def used(self, place: str | None, method: str, frame: Frame) -> None:
        """Note that a method of another part is called."""
        self.evidence.uses.append(PartUse(place=place, method=method, context=frame.context))

    def pool(self, jobs: Value, what: str, frame: Frame) -> None:
        """Note a pool of the standard library's."""
        where = f"{frame.where}: {what}"
        self.evidence.pools.append(PoolUse(jobs=jobs, context=frame.context, where=where))

    def blas(self, what: str, frame: Frame, *, certain: bool) -> None:
        """Note linear algebra."""
        if not frame.context.blas_capped:
            self._native("blas", f"{frame.where}: {what}", frame, certain=certain)

    def is_openmp(self, it: Any) -> bool:
        """Tell whether a function or class comes from a module that is linked with OpenMP."""
        return _is_native(it) and self._libraries.openmp_module(it) is not None

    def openmp(self, it: Any, frame: Frame, *, certain: bool) -> None:
        """Note the use of something that is linked with OpenMP."""
        what = f"{self._libraries.openmp_module(it)}.{getattr(it, '__name__', '')}"
        self._native("openmp", f"{frame.where}: {what}", frame, certain=certain)

    def noticed(self, value: Value, frame: Frame) -> Value:
        """Return the value; where it is native code with OpenMP, note that it is at hand."""
        if isinstance(value, Known) and not isinstance(value.it, type) and self.is_openmp(value.it):
            self.openmp(value.it, frame, certain=False)
        return value

    def _native(self, kind: str, where: str, frame: Frame, *, certain: bool) -> None:
        use = NativeUse(kind=kind, context=frame.context, certain=certain, where=where)
        self.evidence.natives.append(use)


def _is_native(it: Any) -> bool:
    kind = type(it)
    if kind is type or kind is FunctionType:
        return kind is type
    return "cython" in kind.__name__ or kind.__name__ in (
        "builtin_function_or_method",
        "method_descriptor",
    )
