"""The layers of parallelism in an estimator, found by reading its code and asking joblib."""
