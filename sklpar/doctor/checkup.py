"""The story of ``doctor``: look, judge, and measure where that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sklpar import __version__
from sklpar.analysis.thresholds import OUTSIDE_CPUS
from sklpar.doctor.calibration import calibrate
from sklpar.doctor.checks import judge
from sklpar.doctor.facts import gather_facts
from sklpar.model import Calibration, Checkup, Facts

_NOT_ASKED = "not asked for: run sklpar doctor --measure"


def check_up(
    environ: Mapping[str, str], *, measure: bool = False, say: Callable[[str], None] = print
) -> Checkup:
    """Examine this machine; a fault is a finding, never an exception.

    Parameters
    ----------
    environ : mapping
        This process's environment: it is what is judged, and what children inherit.
    measure : bool
        Whether to measure too, which takes about two minutes.
    say : callable
        Given a line before each measurement.
    """
    facts = gather_facts(environ)
    calibration, reason = None, _NOT_ASKED
    if measure:
        calibration, reason = _measured(facts, say)
    return Checkup(
        sklpar_version=__version__,
        facts=facts,
        findings=judge(facts),
        calibration=calibration,
        calibration_unavailable=None if calibration else reason,
    )


def _measured(facts: Facts, say: Callable[[str], None]) -> tuple[Calibration | None, str]:
    if facts.joblib_cpus is None:
        return None, "joblib does not work here: see the findings"
    if facts.load is not None and facts.load.busy_cpus >= OUTSIDE_CPUS:
        say("the machine is busy with other work: the figures will be too high")
    return calibrate(facts.host.usable_cpus, say), ""
