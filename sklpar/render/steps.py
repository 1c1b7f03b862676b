"""What to type next: the same commands in every format of the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sklpar.render.manual import known_rules
from sklpar.render.remarks import remarks

if TYPE_CHECKING:
    from sklpar.model import Report

# The key of the stored spec's estimator where the job was given from Python: no file to run again.
_FROM_PYTHON = "python"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One command, and what it is for, as in "To ...": ``keep the setting in a file``."""

    command: str
    does: str


def using(report: Report, run: str) -> tuple[Step, ...]:
    """Return the commands that make something of the answer, or a better one, in their order.

    Parameters
    ----------
    run : str
        How a command names the run, as `sklpar.render.below.reference` returns it.
    """
    found = [] if _is_from_python(report) else _going_on(report, run)
    recommendation = report.recommendation
    if recommendation is not None and recommendation.setting != "as-written":
        found += [
            Step(
                command=f"sklpar emit yaml {run} --output tuned.yaml",
                does="keep the setting in a file",
            ),
            Step(
                command="sklpar exec --config tuned.yaml -- python train.py",
                does="run your program under it, unchanged",
            ),
        ]
    return tuple(found)


def reading(report: Report, run: str) -> tuple[Step, ...]:
    """Return the commands that tell more of what was measured."""
    page = f"sklpar show {run} --format html --output report.html"
    found = [Step(command=page, does="see it in figures")]
    rules = [one.rule for one in remarks(report) if one.rule]
    rules += [finding.rule for finding in report.noise.findings]
    # A newer sklpar may have found what this one has no page on.
    explained = [rule for rule in rules if rule in known_rules()] if rules else []
    if explained:
        command = f"sklpar explain --finding {explained[0]}"
        found.append(Step(command=command, does=f"read what {explained[0]} means"))
    return tuple(found)


def _is_from_python(report: Report) -> bool:
    estimator = report.spec.get("estimator")
    return isinstance(estimator, dict) and _FROM_PYTHON in estimator


def _going_on(report: Report, run: str) -> list[Step]:
    """Return how to measure more, where the answer lacks it."""
    if report.status != "complete":
        return [Step(command=f"sklpar tune --resume {run}", does="go on with the run")]
    if report.recommendation is not None and report.recommendation.provisional:
        return [Step(command="sklpar tune SPEC --rounds 5", does="measure enough for an interval")]
    return []
