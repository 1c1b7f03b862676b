"""The document of ``doctor --json``: plain, complete, and never NaN."""

from __future__ import annotations

import json
import math
from dataclasses import replace

from sklpar.doctor.checks import judge
from sklpar.doctor.document import checkup_to_json
from sklpar.model import Calibration, Checkup, Figure, Missing
from tests.unit.doctor.facts import HEALTHY, facts

FIGURE = Figure(name="noise", unit="%", median=1.0, low=0.5, high=2.0, n=24, method="by hand")
CALIBRATION = Calibration(figures=(FIGURE,), missing=(), outside_cpus=0.1, wall_s=90.0)


def checkup(**changes: object) -> Checkup:
    found = facts(**changes)
    return Checkup(
        sklpar_version="0.1.0",
        facts=found,
        findings=judge(found),
        calibration_unavailable="not asked for",
    )


def test_the_document_has_what_it_promises() -> None:
    document = checkup_to_json(checkup(environment={"JOBLIB_BACKEND": "loky"}))
    assert document["schema_version"] == 1
    assert document["host"]["usable_cpus"] == 4
    assert document["joblib_cpu_count"] == 4
    assert document["pools"] == document["host"]["thread_pools"]
    assert document["findings"][0]["rule"] == "environment"
    assert document["calibration"] is None
    assert document["calibration_unavailable"] == "not asked for"


def test_a_null_has_its_reason() -> None:
    missing = (Missing(what="joblib", why="ImportError: no"),)
    document = checkup_to_json(checkup(joblib_cpus=None, load=None, missing=missing))
    assert document["joblib_cpu_count_unavailable"] == "ImportError: no"
    assert document["load_unavailable"]
    assert document["quota_cpus_unavailable"] == "no quota is in force"


def test_nan_never_appears() -> None:
    broken = replace(CALIBRATION, outside_cpus=math.nan)
    document = checkup_to_json(replace(checkup(), calibration=broken))
    assert json.dumps(document, allow_nan=False)
    assert document["calibration"]["outside_cpus"] is None


def test_a_healthy_machine_has_an_empty_list() -> None:
    plain = Checkup(sklpar_version="0.1.0", facts=HEALTHY, findings=(), calibration=CALIBRATION)
    document = checkup_to_json(plain)
    assert document["findings"] == []
    assert document["calibration"]["figures"][0]["n"] == 24
