"""Pools that a package brings along: its own shared library, capped by its own parameter."""

from __future__ import annotations

from sklpar.model import Layer
from sklpar.spec.layers.native import Libraries
from sklpar.spec.layers.parts import Part

# What LightGBM, XGBoost and CatBoost call their threads; an alias that is set wins over n_jobs.
_NAMES = ("nthread", "nthreads", "num_thread", "num_threads", "thread_count", "n_jobs")
# Their shared libraries are known: OpenMP and BLAS of theirs are found by the call.
_KNOWN = frozenset({"sklearn", "numpy", "scipy", "joblib", "builtins", "abc", "typing"})


def layers_of(part: Part, libraries: Libraries, depth: int) -> list[Layer]:
    """Return the pool of the package that a part's class, or a base of it, comes from."""
    for cls in type(part.it).__mro__:
        package = cls.__module__.partition(".")[0]
        found = None if package in _KNOWN else libraries.of_package(package)
        if found is not None:
            library, is_openmp = found
            return [_layer(part, package, library, depth, certain=is_openmp)]
    return []


def _layer(part: Part, package: str, library: str, depth: int, *, certain: bool) -> Layer:
    given = part.values
    names = [name for name in _NAMES if name in given]
    set_ = [name for name in names if given[name] is not None]
    name = next(iter([*set_, *reversed(names)]), None)
    value = given.get(name) if name else None
    return Layer(
        place=part.place,
        owner=type(part.it).__name__,
        kind="own",
        depth=depth,
        methods=("fit", "predict"),
        parameter=part.parameters.get(name) if name else None,
        as_written=value if isinstance(value, int) and not isinstance(value, bool) else None,
        certain=certain and name is not None,
        evidence=f"{package}: {library}",
        n_jobs_from="parameter" if name else "nothing",
    )
