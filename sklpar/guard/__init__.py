"""Does a job still run as it did, or as well as it was tuned: the CI check."""
