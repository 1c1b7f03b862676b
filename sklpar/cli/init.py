"""``sklpar init``: a commented spec to start from."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from sklpar.cli.terminal import write
from sklpar.errors import UsageError
from sklpar.render.plain import one_line

EXAMPLES = ("sklpar init search.yaml && sklpar check search.yaml",)

STARTER = """\
# A spec for sklpar: what is fitted, on which data, and which settings are measured.
# Try it:  sklpar check {file}   then   sklpar tune {file}
version: 1
name: my search

# The job: any public scikit-learn class by its short name, or a full import path; its constructor's
# arguments beside `class`. Code from elsewhere needs `--trust PACKAGE`.
estimator:
  class: GridSearchCV
  cv: 3
  estimator:
    class: Pipeline
    steps:
      scale: {class: StandardScaler}
      clf: {class: LogisticRegression, max_iter: 200}
  param_grid: {clf__C: [0.01, 1, 100]}

# The data: one of synthetic, sklearn, path, call.
data:
  synthetic: classification
  n_samples: 5000
  n_features: 40
# data: {sklearn: digits}
# data: {path: train.csv, target: label}            # csv, parquet, npz, npy, svmlight
# data: {call: my_module:load}                      # returns (X, y); needs --trust my_module

# What is tried. Leave the section out and sklpar chooses what can matter on this machine.
sweep:
  n_jobs: [1, all]                 # all = the CPUs that this process may really use
  backend: [threading, loky]       # sequential, threading, loky, multiprocessing
  inner_threads: [1, default]      # threads of BLAS and OpenMP for each worker
# params: {estimator__clf__C: [1, 10]}              # any set_params path is an axis

# How long and how often. Every measurement is a fresh process; `repeats` counts warm fits after
# the first one.
measure: {rounds: 3, repeats: 1, budget: 5m}

# What the recommendation minimizes: first_fit, fit, cpu or memory.
objective: {minimize: first_fit, within: 5%, then: [cpu, memory]}
# limits: {memory: 4GB}
# guard: {regret: 10%, threshold: 10%}             # how much worse `sklpar guard` lets it become
"""


def init(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where to write; - is standard output.")
    ] = Path("sklpar.yaml"),
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE if it exists.")] = False,
) -> None:
    """Write a commented spec to start from."""
    to_stdout = str(file) == "-"
    name = "sklpar.yaml" if to_stdout else shlex.quote(str(file))
    text = STARTER.replace("{file}", one_line(name))
    if to_stdout:
        write(text, None)
        return
    if file.exists() and not force:
        message = f"{file} exists already"
        raise UsageError(message, remedy="Name another file, or overwrite it with --force.")
    write(text, file)
    typer.echo(one_line(f"wrote {file}; next: sklpar check {name}"), err=True)
