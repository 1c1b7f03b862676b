"""What belongs to the run rather than to a setting: one rule a file, ids that are stable.

No finding of these is ever a setting's: a machine that others use, that swaps or that runs hot says
nothing about the setting that it was measured under.
"""

from __future__ import annotations

from sklpar.analysis.answers import AnswerCheck
from sklpar.analysis.case import Case
from sklpar.analysis.disturbance import void_rounds
from sklpar.analysis.noise.drift import drift
from sklpar.analysis.noise.first_round import first_round
from sklpar.analysis.noise.interface import NoiseRule
from sklpar.analysis.noise.noise_level import level_of, noise_level
from sklpar.analysis.noise.noisy_trials import noisy_trials
from sklpar.analysis.noise.nondeterministic import nondeterministic
from sklpar.analysis.noise.outside_load import outside_load
from sklpar.analysis.noise.pace import mean_pace_s
from sklpar.analysis.noise.steal import steal
from sklpar.analysis.noise.swap import swap
from sklpar.model import Noise

NOISE_RULES: dict[str, NoiseRule] = {
    "outside_load": outside_load,
    "steal": steal,
    "swap": swap,
    "drift": drift,
    "first_round": first_round,
    "noisy_trials": noisy_trials,
    "noise_level": noise_level,
    "nondeterministic": nondeterministic,
}


def noise(case: Case, check: AnswerCheck) -> Noise:
    """Return the typical spread of a setting over rounds, and findings on the run as a whole."""
    return Noise(
        level=level_of(case.run),
        findings=tuple(finding for rule in NOISE_RULES.values() for finding in rule(case, check)),
        void_rounds=tuple(sorted(void_rounds(case.run))),
        pace_s=mean_pace_s(case.run, "pace_s"),
        interpreter_pace_s=mean_pace_s(case.run, "interpreter_pace_s"),
    )
