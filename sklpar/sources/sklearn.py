"""``sklearn: digits`` is ``sklearn.datasets.load_digits``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklpar.errors import Problem
from sklpar.sources.interface import Dataset, Resolve
from sklpar.sources.suggest import did_you_mean, one_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# The sets that ship inside scikit-learn: they need no network and no pickle.
BUNDLED = ("breast_cancer", "diabetes", "digits", "iris", "linnerud", "wine")


class BundledSource:
    """One of the small sets that are part of scikit-learn."""

    value_schema: Mapping[str, Any] = {
        "enum": list(BUNDLED),
        "description": "A set bundled with scikit-learn: 'digits' is sklearn.datasets.load_digits.",
    }
    options: Mapping[str, Mapping[str, Any]] = {}
    open_options = True

    def shape(self, options: Mapping[str, Any]) -> list[Problem]:
        """Check the set's name."""
        name = options["sklearn"]
        if name in BUNDLED:
            return []
        plain = str(name).removeprefix("load_").removeprefix("fetch_")
        return [
            Problem(
                message=f"{name!r} is not a data set bundled with scikit-learn",
                remedy=did_you_mean(plain, BUNDLED, otherwise=one_of(BUNDLED)),
                path=("sklearn",),
            )
        ]

    def header(self, options: Mapping[str, Any], _folder: str, _resolve: Resolve) -> list[Problem]:
        """Check the loader's arguments by name and by scikit-learn's own constraints."""
        from sklpar.sources.parameters import check_call

        return check_call(_loader(options), _arguments(options), hidden=["return_X_y"])[1]

    def columns(self, _options: Mapping[str, Any], _folder: str) -> tuple[str, ...] | None:
        """Return None: the sets are arrays unless ``as_frame`` is set."""
        return None

    def load(self, options: Mapping[str, Any], _folder: str, _resolve: Resolve) -> Dataset:
        """Load the set."""
        X, y = _loader(options)(**_arguments(options), return_X_y=True)
        return Dataset(X=X, y=y)


def _arguments(options: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in options.items() if key != "sklearn"}


def _loader(options: Mapping[str, Any]) -> Callable[..., Any]:
    import sklearn.datasets

    loader: Callable[..., Any] = getattr(sklearn.datasets, f"load_{options['sklearn']}")
    return loader
