"""The three modes of the guard, and the writing of a baseline: from files to a verdict."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from sklpar.analysis.analyse import analyse
from sklpar.analysis.statistics import MIN_FOR_INTERVAL
from sklpar.emit import fingerprint_of
from sklpar.errors import StoreError, UsageError
from sklpar.guard import against, baseline, pinned
from sklpar.guard.comparable import differences, fingerprint_differences
from sklpar.guard.question import Question
from sklpar.guard.recording import RecordingQuestion
from sklpar.guard.standard import plan_of, standard_of
from sklpar.guarding.ask import Asked, Listener, Side, ask
from sklpar.guarding.conclude import Opening, not_comparable, verdict_of
from sklpar.host.cpus import usable_cpus
from sklpar.host.interpreter import Interpreter, find_interpreter
from sklpar.model import Inspection, Plan, Report, Setting, Verdict
from sklpar.pipeline import process_runner
from sklpar.session import Prepared, empty_run, prepare, prepare_file, start
from sklpar.sources.suggest import did_you_mean
from sklpar.spec.pinned import as_planned, read_pinned
from sklpar.store.document import parse_report, read_report_file, write_report_file
from sklpar.store.folder import new_run_id

_SHELF = "guard"


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a guard was called with, whatever its mode.

    Attributes
    ----------
    overrides : tuple of str
        ``path=value`` changes of the spec, those that flags stand for among them.
    thresholds : tuple
        Of flags, as `GuardPolicy.with_thresholds` takes them.
    """

    spec: str
    overrides: tuple[str, ...] = ()
    trust: tuple[str, ...] = ()
    thresholds: tuple[tuple[str | None, str | None, float | None], ...] = ()

    def prepared(self, further: Collection[str] = ()) -> Prepared:
        """Read the spec and look at the job.

        Parameters
        ----------
        further : collection of str
            Settings that the policy may name though the spec has no such today.

        Raises
        ------
        UsageError
            The policy names a setting that there is not: it would guard nothing, in silence.
        """
        found = prepare_file(self.spec, self.overrides, self.trust)
        policy = found.spec.guard.with_thresholds(self.thresholds)
        plan = found.plan
        known = {one.id for one in plan.settings} | {one.setting.id for one in plan.skipped}
        for name in policy.named_settings:
            if name not in known | set(further):
                hint = did_you_mean(name, sorted(known))
                raise UsageError(f"guard: the spec has no setting {name!r}", remedy=hint)
        return replace(found, spec=replace(found.spec, guard=policy))


def guard_pinned(request: Request, config: str, listener: Listener) -> Verdict:
    """Hold the pinned setting of an emitted YAML file against its rivals.

    Raises
    ------
    SpecError
        The spec or the file cannot be read.
    """
    file = read_pinned(config, usable_cpus=usable_cpus(os.environ).count)
    prepared = request.prepared()
    pin = as_planned(file.setting, prepared.plan)
    _refuse_idle_n_jobs(pin, prepared.inspection, config)
    opening = Opening.of(prepared, "config", config)
    plan = pinned.plan_for(prepared.plan, pin)
    rivals = {one.id for one in plan.settings if one.kind == "swept"} - {pin.id}
    question = pinned.PinnedQuestion(pin=pin, policy=prepared.spec.guard)
    if prepared.spec.objective.minimize == "first_fit":
        # Nothing asks for warm fits then.
        measure = replace(prepared.spec.measure, repeats=0)
        prepared = replace(prepared, spec=replace(prepared.spec, measure=measure))
    asked = _ask(question, request, prepared, plan, listener, capped=frozenset(rivals))
    now = fingerprint_of(asked.reports[0])
    changed = fingerprint_differences(file.fingerprint, now) if file.fingerprint else ()
    return verdict_of(opening, question, asked, changed)


def guard_baseline(
    request: Request, file: str, listener: Listener, *, ratios_only: bool = False
) -> Verdict:
    """Hold a spec's settings against a stored run.

    A baseline that cannot be read, is of another machine or job, or lacks a row is a verdict, too.
    """
    before = _read(file)
    known = () if isinstance(before, StoreError) else [row.id for row in before.settings]
    prepared = request.prepared(known)
    opening = Opening.of(prepared, "baseline", file)
    if isinstance(before, StoreError):
        return not_comparable(opening, [part for part in (str(before), before.remedy) if part])
    found = differences(before, analyse(empty_run(prepared)), ratios_only=ratios_only)
    # Which data it is, is not known before they were loaded.
    if any(one.blocking for one in found):
        return not_comparable(opening, [], found)
    standard = standard_of(before, prepared.plan, prepared.spec.guard)
    if standard.objections:
        return not_comparable(opening, standard.objections, found)
    question = baseline.BaselineQuestion(
        before=before,
        standard=standard,
        policy=prepared.spec.guard,
        ratios_only=ratios_only,
    )
    plan = plan_of(prepared.plan, standard)
    asked = _ask(question, request, prepared, plan, listener)
    changed = differences(before, asked.reports[0], ratios_only=ratios_only)
    return verdict_of(opening, question, asked, changed)


def update_baseline(request: Request, file: str, listener: Listener) -> Verdict:
    """Measure a baseline and write it, in place of the one that is there.

    What could not be guarded by it is not written: the old one stays.
    """
    if file == "-":
        raise UsageError("--update writes a file", remedy="name one: --baseline base.json --update")
    prepared = request.prepared()
    opening = Opening.of(prepared, "baseline", file)
    question = RecordingQuestion()
    swept = frozenset(one.id for one in prepared.plan.settings if one.kind == "swept")
    if not _names_rounds(prepared):
        # Its own noise stays in every comparison, and no number of rounds later takes it out.
        measure = replace(prepared.spec.measure, rounds=2 * _rounds(prepared))
        prepared = replace(prepared, spec=replace(prepared.spec, measure=measure))
    asked = _ask(question, request, prepared, prepared.plan, listener, capped=swept)
    (report,) = asked.reports
    standard = standard_of(report, prepared.plan, prepared.spec.guard)
    verdict = verdict_of(opening, question, asked, ())
    if verdict.outcome in {"interrupted", "nothing_measured"}:
        return verdict
    wrong = [*standard.objections]
    if asked.status == "partial":
        wrong.append("the budget ended it before all rounds were run (--budget)")
    if wrong:
        reasons = tuple(f"no baseline was written: {one}" for one in wrong)
        return replace(verdict, outcome="not_comparable", reasons=reasons)
    write_report_file(Path(file), report)
    return replace(
        verdict,
        outcome="passed",
        not_guarded=standard.not_guarded,
        notes=(*verdict.notes, f"baseline written: {file}, {len(standard.guarded)} settings"),
    )


def guard_against(request: Request, python: str, listener: Listener) -> Verdict:
    """Hold this environment against another one.

    Raises
    ------
    UsageError
        The other interpreter cannot be used.
    """
    prepared = request.prepared()
    opening = Opening.of(prepared, "against", python)
    plan = against.plan_for(prepared.plan, prepared.spec.guard)
    question = against.AgainstQuestion(policy=prepared.spec.guard)
    with find_interpreter(python) as interpreter:
        other = prepare(
            prepared.spec,
            trust=prepared.trust,
            defaults=prepared.defaults,
            interpreter=interpreter,
        )
        run_id = new_run_id()
        sides = [
            _side(request, prepared, plan, run_id),
            _side(request, other, plan, f"{run_id}-other", interpreter),
        ]
        asked = ask(question, sides, rounds=_rounds(prepared), listener=listener)
    here, there = asked.reports
    # That the environments differ is what is asked about.
    changed = [replace(one, blocking=False) for one in differences(there, here, ratios_only=True)]
    return verdict_of(opening, question, asked, changed)


def _refuse_idle_n_jobs(pin: Setting, job: Inspection, config: str) -> None:
    carried = job.is_callable or bool(job.n_jobs_paths)
    if pin.kind == "swept" and pin.n_jobs is not None and not carried:
        raise UsageError(
            f"{config}: n_jobs is {pin.n_jobs}, and {job.label} has no such parameter",
            remedy="write n_jobs: null, or guard the spec that this setting was found with",
        )


def _read(file: str) -> Report | StoreError:
    try:
        if file == "-":
            return parse_report(sys.stdin.buffer.read(), "standard input")
        return read_report_file(Path(file))
    except StoreError as error:
        return error


def _ask(
    question: Question,
    request: Request,
    prepared: Prepared,
    plan: Plan,
    listener: Listener,
    *,
    capped: frozenset[str] = frozenset(),
) -> Asked:
    side = _side(request, prepared, plan, new_run_id())
    rounds = _rounds(prepared)
    return ask(question, [side], rounds=rounds, listener=listener, capped=capped)


def _side(
    request: Request,
    prepared: Prepared,
    plan: Plan,
    run_id: str,
    interpreter: Interpreter | None = None,
) -> Side:
    """Return an environment with a run folder of its own, in which `plan` is measured."""
    planned = replace(prepared, plan=plan)
    started = start(planned, request.overrides, shelf=_SHELF, run_id=run_id)
    runner = process_runner(started, interpreter)
    return Side(run=started.run, runner=runner, folder=started.folder)


def _names_rounds(prepared: Prepared) -> bool:
    """Tell whether the user said how many rounds there are to be."""
    said = (prepared.spec.document.get("measure"), prepared.defaults.get("measure"))
    return any(isinstance(one, dict) and "rounds" in one for one in said)


def _rounds(prepared: Prepared) -> int:
    """Return the rounds before the first look: intervals need three."""
    return max(MIN_FOR_INTERVAL, prepared.spec.measure.rounds)
