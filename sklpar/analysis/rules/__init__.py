"""The diagnoses, one a file. A rule's id is stable: users and scripts match on it."""

from __future__ import annotations

from sklpar.analysis.rules.interface import Rule
from sklpar.analysis.rules.no_effect import no_effect
from sklpar.analysis.rules.oversubscription import oversubscription

RULES: dict[str, Rule] = {
    "oversubscription": oversubscription,
    "no_effect": no_effect,
}
