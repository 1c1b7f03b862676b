"""The machine: CPUs that may really be used, control groups, thread variables, its description.

Modules here are imported in every trial and in the sampling guardian, so they import little.
"""
