"""``sklpar guard``: hold a job against what it was, for CI."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sklpar.cli import arguments, completion
from sklpar.cli.terminal import one_of, render_options, write
from sklpar.cli.tune import ending_like_ctrl_c, value_override
from sklpar.render.verdicts import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from sklpar.guarding.ask import Listener
    from sklpar.guarding.modes import Request
    from sklpar.model import Verdict

EXAMPLES = (
    "sklpar guard sklpar.yaml --config tuned.yaml --budget 5m",
    "sklpar guard sklpar.yaml --baseline main.json --format junit",
)


def guard(  # noqa: PLR0917 - typer hands each option over by name
    spec: arguments.Spec,
    config: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Guard the setting pinned in FILE (emit yaml)."),
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(metavar="FILE", help="Guard against a stored run document.")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="PYTHON", help="Guard against another interpreter or environment."),
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Measure and write the baseline, compare nothing.")
    ] = False,
    regret: Annotated[
        str | None,
        typer.Option(metavar="SHARE", help="How far the pin may be from the best (10%)."),
    ] = None,
    min_speedup: Annotated[
        str | None,
        typer.Option(metavar="TIMES", help="What the pin must gain over as-written (1.0)."),
    ] = None,
    threshold: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[[SETTING:]METRIC=]SHARE",
            help="How much worse a metric may become (10%); may be repeated.",
        ),
    ] = None,
    ratios_only: Annotated[
        bool,
        typer.Option("--ratios-only", help="Guard what holds on other machines too, no seconds."),
    ] = False,
    rounds: Annotated[
        int | None, typer.Option(metavar="N", help="Rounds before the first look, 3 or more.")
    ] = None,
    repeats: arguments.Repeats = None,
    budget: arguments.Budget = None,
    timeout: arguments.Timeout = None,
    allow_inconclusive: Annotated[
        bool, typer.Option("--allow-inconclusive", help="Exit 0 where it is too noisy to tell.")
    ] = False,
    set_: arguments.Set = None,
    trust: arguments.Trust = None,
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="|".join(VERDICTS),
            callback=one_of(VERDICTS),
            autocompletion=completion.choices(VERDICTS),
            help="How to write the verdict.",
        ),
    ] = "text",
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write it to FILE, and the text to standard output."),
    ] = None,
    quiet: arguments.Quiet = False,
    verbose: arguments.Verbose = False,
) -> int:
    """Guard a job against regressions, in one of three modes.

    --config: is the pinned setting still near the best and worth it? --baseline: is anything worse
    than in a stored run? --against: is anything worse here than in another environment? Exit
    codes: 0 passed, 1 regressed, 2 wrong usage or spec, 3 nothing could be measured, 4 too noisy
    to tell, 5 no baseline, or not a comparable one, 130 interrupted.
    """
    from sklpar.cli.failure import abandon_stdout
    from sklpar.cli.github import annotated
    from sklpar.cli.progress import observer
    from sklpar.errors import UsageError
    from sklpar.guarding.modes import Request
    from sklpar.spec.values import parse_threshold

    overrides = [
        *value_override("measure.rounds", rounds),
        *value_override("measure.repeats", repeats),
        *value_override("measure.budget", budget),
        *value_override("measure.timeout", timeout),
        *value_override("guard.regret", regret),
        *value_override("guard.min_speedup", min_speedup),
        *(["guard.allow_inconclusive=true"] if allow_inconclusive else []),
        *(set_ or []),
    ]
    with ending_like_ctrl_c(), annotated(spec) as annotate:
        _refuse_misuse(
            {"--config": config, "--baseline": baseline, "--against": against},
            {
                "--update": (update, {"--baseline"}),
                "--ratios-only": (ratios_only, {"--baseline"}),
                "--regret": (regret is not None, {"--config"}),
                "--min-speedup": (min_speedup is not None, {"--config"}),
                "--threshold": (bool(threshold), {"--baseline", "--against"}),
            },
        )
        if output is not None and not output.absolute().parent.is_dir():
            raise UsageError(f"--output: there is no folder {output.parent}")
        request = Request(
            spec=spec,
            overrides=tuple(overrides),
            trust=tuple(trust or ()),
            thresholds=tuple(parse_threshold(text) for text in threshold or ()),
        )
        ask = _asking(request, config, baseline, against, update=update, ratios_only=ratios_only)
        with observer(quiet=quiet, verbose=verbose) as display:
            verdict = ask(display)
        if output is not None:
            write(VERDICTS[format_](verdict, render_options(None)), output)
        shown = "text" if output is not None else format_
        # A reader that goes away is no error, but it makes no failure a pass either.
        with suppress(BrokenPipeError):
            write(VERDICTS[shown](verdict, render_options(sys.stdout)), None)
            # What is on standard output for a program must stay what it is.
            annotate(verdict, sys.stdout if shown == "text" else sys.stderr)
        abandon_stdout()
    return verdict.exit_code


def _refuse_misuse(
    modes: Mapping[str, str | None], flags: Mapping[str, tuple[bool, Collection[str]]]
) -> None:
    """Refuse none or several modes, and flags that the mode would pass over in silence.

    Parameters
    ----------
    modes : mapping
        The flag of each mode to its value.
    flags : mapping
        Each flag to whether it was given, and with which modes it goes.

    Raises
    ------
    UsageError
        Naming the flag.
    """
    from sklpar.errors import UsageError

    given = [flag for flag, value in modes.items() if value is not None]
    if len(given) != 1:
        which = " and ".join(given) if given else "none"
        raise UsageError(
            f"guard needs one of {', '.join(modes)}; {which} was given",
            remedy="sklpar guard --help tells what each of them guards",
        )
    for flag, (used, fitting) in flags.items():
        if used and given[0] not in fitting:
            raise UsageError(f"{flag} goes with {' or '.join(sorted(fitting))}, not {given[0]}")
    if flags["--update"][0] and flags["--ratios-only"][0]:
        raise UsageError("--update compares nothing, so --ratios-only says nothing there")


def _asking(
    request: Request,
    config: str | None,
    baseline: str | None,
    against: str | None,
    *,
    update: bool,
    ratios_only: bool,
) -> Callable[[Listener], Verdict]:
    from sklpar.guarding import modes

    if config is not None:
        return lambda listener: modes.guard_pinned(request, config, listener)
    if against is not None:
        return lambda listener: modes.guard_against(request, against, listener)
    file = baseline or ""
    if update:
        return lambda listener: modes.update_baseline(request, file, listener)
    return lambda listener: modes.guard_baseline(request, file, listener, ratios_only=ratios_only)
