"""What has changed since a setting was found, as far as it shows inside the program.

Loaded beside ``inside.py``, under the same conditions: any Python from 3.8 on, and no sklpar.
"""

from __future__ import annotations

import sys
import warnings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType
    from typing import Any

_FITS = (
    *("fit", "fit_transform", "fit_predict", "cross_validate", "cross_val_score"),
    *("cross_val_predict", "learning_curve", "validation_curve", "permutation_test_score"),
)
# Distributions to the modules that know their versions.
_MODULES = {"scikit-learn": "sklearn", "joblib": "joblib", "numpy": "numpy", "scipy": "scipy"}


class Changes:
    """The program held against what the setting was found with, each thing once.

    Parameters
    ----------
    fingerprint : dict
        ``versions`` of distributions, ``blas`` libraries and ``shape`` of the data.
    tell : callable
        Takes each change, as a sentence.
    """

    def __init__(self, fingerprint: dict[str, Any], tell: Callable[[str], None]) -> None:
        self._fingerprint = fingerprint
        self._tell = tell
        self._knows_versions = False
        self._knows_data = False

    def versions(self) -> None:
        """Hold the versions of what is loaded against those of the run."""
        if self._knows_versions:
            return
        self._knows_versions = True
        versions = self._fingerprint.get("versions") or {}
        for name, now in _versions():
            then = versions.get(name, now)
            if then != now:
                self._tell(f"since the setting was found {name} went from {then} to {now}")

    def blas(self) -> None:
        """Hold the BLAS libraries that are loaded against those of the run.

        To ask takes 10 ms: a tenth of a short fit, so not while one is under way.
        """
        builds: list[str] = self._fingerprint.get("blas") or []
        loaded = _blas_builds()
        gone = [one for one in builds if one not in loaded]
        new = [one for one in loaded if one not in builds]
        # One alone tells nothing: a program may load fewer of them, or more.
        if gone and new:
            before, now = ", ".join(gone), ", ".join(new)
            self._tell(f"since the setting was found BLAS went from {before} to {now}")

    def data(self, caller: FrameType) -> None:
        """Hold the shape of what is fitted first against that of the run's data."""
        then = list(self._fingerprint.get("shape") or ())
        if self._knows_data or not then:
            return
        now = _shape_in_fit(caller)
        self._knows_data = now is not None
        if now and (then[0] != now[0] or (len(then) == len(now) == 2 and then != now)):
            self._tell(f"the setting was found on data of {_by(then)}, and these are {_by(now)}")


def _shape_in_fit(caller: FrameType) -> list[int] | None:
    """Return the shape of X in the outermost fit that is under way.

    The tasks of a call would tell less: some are given a slice of the rows, or new rows.
    """
    found = None
    frame: FrameType | None = caller
    while frame is not None:
        if frame.f_globals.get("__name__") == "joblib.parallel":
            return None
        if frame.f_code.co_name in _FITS and "X" in frame.f_code.co_varnames:
            shape = getattr(frame.f_locals.get("X"), "shape", None)
            found = [int(length) for length in shape] if shape else found
        frame = frame.f_back
    return found


def _versions() -> Iterator[tuple[str, str]]:
    yield "python", ".".join(map(str, sys.version_info[:3]))
    for name, module in _MODULES.items():
        version = getattr(sys.modules.get(module), "__version__", None)
        if version is not None:
            yield name, str(version)


def _blas_builds() -> list[str]:
    """Return the BLAS libraries loaded so far, spelt as a run's fingerprint spells them."""
    threadpoolctl = sys.modules.get("threadpoolctl")
    if threadpoolctl is None:
        return []
    with warnings.catch_warnings():  # of OpenMP libraries side by side, which is not our matter
        warnings.simplefilter("ignore")
        pools = threadpoolctl.threadpool_info()
    names = ("internal_api", "version", "threading_layer")
    texts = (
        " ".join(str(pool[name]) for name in names if pool.get(name))
        for pool in pools
        if pool.get("user_api") == "blas"
    )
    return sorted(set(texts))


def _by(shape: list[int]) -> str:
    return " x ".join(map(str, shape))
