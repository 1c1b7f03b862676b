"""Where X and y come from: one file each, light to import, registered here by its key."""

from __future__ import annotations

from sklpar.sources.call import CallSource
from sklpar.sources.interface import Dataset, Source
from sklpar.sources.path import PathSource
from sklpar.sources.sklearn import BundledSource
from sklpar.sources.synthetic import SyntheticSource

SOURCES: dict[str, Source] = {
    "synthetic": SyntheticSource(),
    "sklearn": BundledSource(),
    "path": PathSource(),
    "call": CallSource(),
}

__all__ = ["SOURCES", "Dataset", "Source"]
