"""sklpar finds the parallelism setting a scikit-learn job should run with."""

__version__ = "0.1.0"
