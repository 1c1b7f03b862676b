"""Measuring anew the runs that the pages show, and walking through the tutorial."""

from __future__ import annotations

from docs.making.pages import ROOT, blocks, with_texts
from docs.making.stage import CommandFailedError, Stage, stage

TUTORIAL = ROOT / "docs" / "tutorial.md"
# The run that the tutorial's commands make.
PAGE = "tutorial"
# The stored runs by their names: the spec of each, and the flags that it needs.
EXAMPLES = {
    "quickstart": "configs/quickstart.yaml",
    "quickstart_again": "configs/quickstart.yaml",
    "digits_grid_search": "examples/digits_grid_search.yaml",
    "random_forest": "examples/random_forest.yaml",
    "hist_gradient_boosting": "examples/hist_gradient_boosting.yaml",
    "column_transformer": "examples/column_transformer.yaml",
    "randomized_search": "examples/randomized_search.yaml",
    "regression_pipeline": "examples/regression_pipeline.yaml",
    "callable": "examples/callable.yaml --trust my_job",
}


def measure(name: str) -> None:
    """Measure a run and store it; minutes, on a machine that should be idle.

    Raises
    ------
    CommandFailedError
        A command failed; what was stored before is untouched.
    """
    with stage() as place:
        if name == PAGE:
            text = TUTORIAL.read_text(encoding="utf-8")
            new = walk(place, text)
            place.keep_newest_run(name)
            TUTORIAL.write_text(with_texts(text, new), encoding="utf-8")
        else:
            place.run("python examples/make_churn_csv.py")
            place.run(f"sklpar tune {EXAMPLES[name]} --quiet")
            place.keep_newest_run(name)


def walk(place: Stage, text: str) -> dict[int, str]:
    """Do all that a page says, in its order, and return what its measured blocks should hold.

    Raises
    ------
    CommandFailedError
        A command failed, or a block is measured by a command that was not given before it.
    """
    printed: dict[str, str] = {}
    new = {}
    for block in blocks(text):
        if block.kind == "file":
            (place.folder / block.source).write_text(block.text, encoding="utf-8")
        elif block.kind == "measured by":
            if block.source not in printed:
                raise CommandFailedError(f"nothing says {block.source!r} before line {block.line}")
            new[block.line] = printed[block.source]
        elif block.kind != "not run":
            for command in block.commands:
                printed[command] = place.run(command, both=True)
    return new
