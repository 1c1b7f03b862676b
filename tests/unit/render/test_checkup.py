"""What ``doctor`` says: the verdict first, nothing cut, nothing that harms the terminal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sklpar.doctor.checks import judge
from sklpar.model import Calibration, Checkup, Figure, Finding, Load, Missing
from sklpar.render.checkup import render, verdict
from sklpar.render.interface import RenderOptions
from tests.unit.doctor.facts import HEALTHY, blas, facts, openmp
from tests.unit.reports import HOSTILE

SICK = facts(
    environment={"JOBLIB_NUM_THREADS": "4", "OMP_NUM_THREADS": "4"},
    joblib_cpus=8,
    quota_cpus=1.5,
    quota_source="/sys/fs/cgroup/cpu.max",
    throttled_s=12.0,
    thread_pools=(blas(4), openmp(4)),
    xdist="3.8.0",
    missing=(Missing(what="threadpoolctl", why="No module named 'threadpoolctl'"),),
)
FIGURE = Figure(name="loky_start", unit="s", median=0.5, low=0.4, high=0.6, n=5, method="by hand")


def checkup(found: object = SICK, **changes: object) -> Checkup:
    plain = Checkup(
        sklpar_version="0.1.0",
        facts=SICK if found is SICK else HEALTHY,
        findings=judge(SICK) if found is SICK else (),
        calibration_unavailable="not asked for: run sklpar doctor --measure",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_a_healthy_machine_is_said_to_be_so_in_a_sentence() -> None:
    text = render(checkup(HEALTHY), RenderOptions())
    assert text.startswith("Nothing found that stands in the way of parallel fits.\n")
    assert "Findings" not in text
    assert "sklpar doctor --measure" in text


def test_the_verdict_counts_findings_by_severity_and_names_them() -> None:
    said = verdict(checkup())
    assert said.startswith("6 findings: 1 error (imports), 4 warnings (")
    assert said.endswith("1 note (xdist).")


@pytest.mark.parametrize("width", [60, 80, 140])
@pytest.mark.parametrize("unicode", [True, False])
def test_every_line_fits_and_every_finding_is_told_whole(width: int, unicode: bool) -> None:
    text = render(checkup(), RenderOptions(width=width, unicode=unicode))
    assert max(len(line) for line in text.splitlines()) <= width
    words = " ".join(text.split())
    for finding in judge(SICK):
        assert f"{finding.rule}: {' '.join(finding.advice.split())}" in words
    assert unicode or text.isascii()


def test_findings_stand_last_worst_first_in_color_where_that_is_allowed() -> None:
    plain = render(checkup(), RenderOptions())
    after = plain.split("\nFindings\n")[1]
    assert after.index("error imports") < after.index("warning quota") < after.index("note xdist")
    assert "\x1b" not in plain
    assert "\x1b[31m  error imports" in render(checkup(), RenderOptions(color=True))


def test_hostile_text_stays_text() -> None:
    findings = (Finding(rule="x", severity="info", evidence={"y": HOSTILE}, advice=HOSTILE),)
    text = render(checkup(findings=findings), RenderOptions(unicode=False))
    assert "\x1b" not in text
    assert text.isascii()
    assert max(len(line) for line in text.splitlines()) <= 80


def test_what_is_not_known_is_said_in_words() -> None:
    bare = facts(
        joblib_cpus=None,
        physical_cpus=None,
        thread_pools=(),
        load=None,
        shm_space=None,
        interpreter=None,
        versions={},
        missing=(Missing(what="the libraries", why="cannot start python"),),
    )
    text = render(replace(checkup(), facts=bare), RenderOptions())
    for words in (
        "joblib could not count the CPUs",
        "cores unknown",
        "none seen",
        "load unknown",
        "there is no /dev/shm",
        "the libraries: cannot start python",
    ):
        assert words in text
    assert "None" not in text


def test_figures_come_with_unit_range_method_and_count() -> None:
    calibration = Calibration(
        figures=(FIGURE,),
        missing=(Missing(what="break_even_loky", why="1 usable CPU"),),
        outside_cpus=0.3,
        wall_s=101.0,
    )
    text = render(checkup(calibration=calibration), RenderOptions(width=140, unicode=False))
    assert "loky start: 0.500 s (0.400-0.600, n=5; by hand)" in text
    assert "break_even_loky: no figure, 1 usable CPU" in text
    assert "others kept 0.30 CPUs busy meanwhile" in text


def test_the_load_is_told_in_cpus() -> None:
    busy = Load(busy_cpus=1.25, steal_cpus=0.0, over_s=0.5, average_1min=3.0)
    text = render(replace(checkup(HEALTHY), facts=facts(load=busy)), RenderOptions())
    assert "others keep 1.25 CPUs busy" in text
