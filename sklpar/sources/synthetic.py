"""``synthetic: classification`` is ``sklearn.datasets.make_classification``."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from sklpar.errors import Problem
from sklpar.sources.interface import Dataset, Resolve
from sklpar.sources.suggest import did_you_mean, one_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Those of make_* that return X and one target for each row.
MAKERS = (
    "classification",
    "regression",
    "blobs",
    "moons",
    "circles",
    "friedman1",
    "friedman2",
    "friedman3",
    "gaussian_quantiles",
    "hastie_10_2",
    "multilabel_classification",
    "sparse_uncorrelated",
    "s_curve",
    "swiss_roll",
)
# They would change what is returned from (X, y) to something else.
_HIDDEN = ("return_X_y", "return_distributions", "return_indicator", "return_centers", "coef")


class SyntheticSource:
    """Data made by one of scikit-learn's generators, with seed 0 unless another is given."""

    value_schema: Mapping[str, Any] = {
        "enum": list(MAKERS),
        "description": "The generator: 'classification' is sklearn.datasets.make_classification.",
    }
    options: Mapping[str, Mapping[str, Any]] = {
        "seed": {
            "type": "integer",
            "minimum": 0,
            "description": "Another name for random_state. Default 0.",
        },
    }
    open_options = True

    def shape(self, options: Mapping[str, Any]) -> list[Problem]:
        """Check the generator's name and the seed."""
        problems = []
        name = options["synthetic"]
        if name not in MAKERS:
            remedy = did_you_mean(str(name).removeprefix("make_"), MAKERS, otherwise=one_of(MAKERS))
            message = f"{name!r} is not a generator of scikit-learn that returns X and y"
            problems.append(Problem(message=message, remedy=remedy, path=("synthetic",)))
        if "seed" in options and "random_state" in options:
            message = "'seed' and 'random_state' are two names for one option"
            problems.append(Problem(message=message, remedy="keep one", path=("seed",)))
        seed = options.get("seed", 0)
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
            message = f"the seed must be a whole number from 0 to 2**32 - 1, got {seed!r}"
            problems.append(Problem(message=message, path=("seed",)))
        return problems

    def header(self, options: Mapping[str, Any], _folder: str, _resolve: Resolve) -> list[Problem]:
        """Check the generator's arguments by name and by scikit-learn's own constraints."""
        from sklpar.sources.parameters import check_call

        given = {key: value for key, value in options.items() if key not in ("synthetic", "seed")}
        return check_call(_maker(options), given, hidden=_HIDDEN)[1]

    def columns(self, _options: Mapping[str, Any], _folder: str) -> tuple[str, ...] | None:
        """Return None: arrays have no column names."""
        return None

    def load(self, options: Mapping[str, Any], _folder: str, _resolve: Resolve) -> Dataset:
        """Make the data."""
        from sklpar.sources.parameters import check_call

        maker = _maker(options)
        given = {key: value for key, value in options.items() if key not in ("synthetic", "seed")}
        arguments, _ = check_call(maker, given, hidden=_HIDDEN)
        if "random_state" in inspect.signature(maker).parameters:
            arguments.setdefault("random_state", options.get("seed", 0))
        made = maker(**arguments)
        return Dataset(X=made[0], y=made[1])


def _maker(options: Mapping[str, Any]) -> Callable[..., Any]:
    import sklearn.datasets

    maker: Callable[..., Any] = getattr(sklearn.datasets, f"make_{options['synthetic']}")
    return maker
