"""What holds for every diagnosis of the run as a whole, whichever are registered."""

from __future__ import annotations

import json
import re

import pytest

from sklpar.analysis.analyse import analyse
from sklpar.analysis.answers import check_answers
from sklpar.analysis.case import Case, case_of
from sklpar.analysis.noise import NOISE_RULES
from sklpar.analysis.rules import RULES
from sklpar.model import Run, Sample
from sklpar.render.below import caveats, facts
from sklpar.store.document import report_from_json, report_to_json
from tests.unit.analysis.rounds import during, paced, rounds, slower, without_pace
from tests.unit.builders import (
    AS_WRITTEN,
    SERIAL,
    answer,
    cut_off,
    make_failure,
    make_fit,
    make_run,
    make_sample,
)

BARE = make_fit(0.0, cpu_s=0.0, memory_bytes=None, wait_s=None, outside_s=None, switches=None)
ALL = range(1, 6)


def once(sample: Sample) -> Sample:
    hit = (sample.round, sample.setting) == (2, SERIAL.id)
    return slower(2, by=1.8)(sample) if hit else sample


RUNS: dict[str, Run] = {
    "nothing yet": make_run([]),
    "only the discarded trial": make_run([], [make_sample(SERIAL, 0)]),
    "one trial": make_run([], [make_sample(SERIAL)]),
    "all fine": rounds(),
    "loaded once": rounds(during(2, outside_cpu_s=0.9)),
    "loaded always": rounds(during(*ALL, outside_cpu_s=0.9)),
    "stolen once": rounds(during(2, steal_s=0.6)),
    "stolen always": rounds(during(*ALL, steal_s=0.2)),
    "swapped once": rounds(during(2, swapped_bytes=1e9)),
    "swapped always": rounds(during(*ALL, swapped_bytes=1e9)),
    "slow once": rounds(paced(lambda sample: 2.0 if sample.round == 2 else 1.0)),
    "ever slower": rounds(paced(lambda sample: 1 + 0.02 * sample.trial)),
    "ever slower, unseen": rounds(without_pace, *(slower(n, by=1 + 0.1 * n) for n in ALL)),
    "slow at first": rounds(slower(1, by=1.5)),
    "noisy": rounds(noise=0.3),
    "one trial was slow": rounds(once, noise=0.02),
    "nondeterministic": make_run([], [make_sample(SERIAL, n, answer=answer(n)) for n in (0, 1)]),
    "all failed": make_run([], [make_failure(one) for one in (AS_WRITTEN, SERIAL)]),
    "all timed out": make_run([], [cut_off(SERIAL, 5.0, unfinished=BARE)]),
    "nothing could be read": make_run(
        [], [make_sample(s, n, BARE, BARE) for s in (AS_WRITTEN, SERIAL) for n in ALL]
    ),
}
every_run = pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
every_rule = pytest.mark.parametrize("name", NOISE_RULES)


def case(run: Run) -> Case:
    return case_of(run, analyse(run).settings)


@every_rule
@every_run
def test_its_findings_carry_its_id_numbers_and_advice(name: str, run: Run) -> None:
    for finding in NOISE_RULES[name](case(run), check_answers(run)):
        assert finding.rule == name
        assert finding.evidence
        assert finding.advice
        assert finding.severity in {"info", "warning"}
        json.dumps(dict(finding.evidence), allow_nan=False)


@every_rule
def test_its_id_is_a_word_that_scripts_can_match_and_no_settings_rule_has_it(name: str) -> None:
    assert re.fullmatch(r"[a-z][a-z_]+", name)
    assert name not in RULES


@every_rule
def test_some_run_gives_rise_to_it_and_a_quiet_one_does_not(name: str) -> None:
    def found(run: Run) -> bool:
        return bool(NOISE_RULES[name](case(run), check_answers(run)))

    assert any(found(run) for run in RUNS.values())
    assert not found(RUNS["all fine"])
    assert not found(RUNS["nothing yet"])


@every_run
def test_a_report_with_it_is_stored_and_printed(run: Run) -> None:
    report = analyse(run)
    assert report_from_json(report_to_json(report)) == report
    lines = "\n".join([*caveats(report), *facts(report)])
    for finding in report.noise.findings:
        assert f"{finding.rule}: " in lines
    assert "[" not in lines


@every_run
def test_every_void_round_is_told_of_by_a_finding(run: Run) -> None:
    noise = analyse(run).noise
    told = {n for one in noise.findings for n in one.evidence.get("void_rounds", [])}
    assert told == set(noise.void_rounds)
