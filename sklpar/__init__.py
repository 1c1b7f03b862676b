"""sklpar finds the parallelism setting a scikit-learn job should run with.

From Python::

    result = sklpar.tune(estimator, X, y)   # measure, diagnose, recommend
    result = sklpar.load()                  # a stored run
    with sklpar.applied("tuned.yaml"):      # fit under an emitted setting
        estimator.fit(X, y)
"""

from __future__ import annotations

# Nothing is imported here: children and the command line run this first, before their own clocks.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from sklpar.api.applied import applied
    from sklpar.api.result import Result, load
    from sklpar.api.tuning import tune
    from sklpar.errors import SklparError

__all__ = ["Result", "SklparError", "__version__", "applied", "load", "tune"]
__version__ = "0.1.0"

_MODULES = {
    "Result": "sklpar.api.result",
    "SklparError": "sklpar.errors",
    "applied": "sklpar.api.applied",
    "load": "sklpar.api.result",
    "tune": "sklpar.api.tuning",
}


if not TYPE_CHECKING:  # a checker would take every name for one that there is

    def __getattr__(name):
        if name not in _MODULES:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        from importlib import import_module

        return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
