"""What GitHub Actions shows of a verdict beside the log: annotations and the job's summary.

The rules are those of the runner: a command is one line ``::name key=value,...::message``, where
a percent sign and line ends are escaped, in values colons and commas too. It makes annotations of
ten errors and ten warnings of a step at most, and cuts a message after 4,096 characters; a title
may have 255.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render.interface import RenderOptions
from sklpar.render.plain import loggable
from sklpar.render.verdicts import conclusion, details, markdown, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sklpar.model import Check, Verdict

MOST_ANNOTATIONS = 10
SUMMARY_BYTES = 1024 * 1024

_MESSAGE_LENGTH = 4096
_TITLE_LENGTH = 255
_TITLE = "sklpar guard"
_CUT = "\n\nThe rest is left out: GitHub takes no more than 1 MiB. It is in the job's log.\n"
_ANNOTATED = frozenset({"failed", "regressed", "inconclusive"})


def annotate(verdict: Verdict, file: str) -> list[str]:
    """Return the workflow commands that put the verdict on the spec's line, ten at most.

    Errors come first, and there is one exactly where the exit code is not 0. Where there are
    more than ten, the last says how many.

    Parameters
    ----------
    file : str
        The spec, relative to the root of the repository.
    """
    found = [
        _command(level, message, file, verdict.spec_line, title)
        for level, title, message in _messages(verdict)
    ]
    if len(found) <= MOST_ANNOTATIONS:
        return found
    shown = found[: MOST_ANNOTATIONS - 1]
    more = f"{len(found) - len(shown)} more are in the log and in the job's summary."
    level = found[len(shown)].removeprefix("::").partition(" ")[0]
    return [*shown, _command(level, more, file, verdict.spec_line, _TITLE)]


def error_annotation(message: str, file: str, line: int) -> str:
    """Return the workflow command for an error that came before any verdict, such as a wrong spec.

    Parameters
    ----------
    message : str
        As it is told to the user; its lines stay lines.
    file : str
        Relative to the root of the repository; empty where it is of no file.
    line : int
        1-based; 0 where it is of no line.
    """
    return _command("error", message, file, line, _TITLE)


def summary(verdict: Verdict, *, room: int = SUMMARY_BYTES) -> str:
    """Return markdown for the job's summary, cut at the end of a line where it is too long.

    GitHub drops the summary of a step whole where that is beyond 1 MiB.

    Parameters
    ----------
    room : int
        Bytes in UTF-8 that it may take, fewer where the step has already written some; empty is
        returned where there is none to speak of.
    """
    text = markdown.render(verdict, RenderOptions())
    if len(text.encode()) <= room:
        return text
    if room < len(_CUT):
        return ""
    kept = text.encode()[: room - len(_CUT)]
    return kept[: kept.rfind(b"\n") + 1].decode().rstrip() + _CUT


def _messages(verdict: Verdict) -> Iterator[tuple[str, str, str]]:
    """Yield level, title and message, errors first."""
    shown = [one for one in words.worst_first(verdict) if one.ruling in _ANNOTATED]
    is_told = any(_level(one, verdict) == "error" for one in shown)
    if verdict.exit_code != 0 and not (is_told and words.is_told_by_checks(verdict)):
        title = f"{_TITLE}: {words.outcome(verdict)}"
        steps = (f"Next: {step}" for step in details.next_steps(verdict, loggable))
        reasons = conclusion.rest(verdict.reasons, loggable)
        lines = [conclusion.why(verdict, loggable), *reasons, *steps]
        yield "error", title, "\n".join(lines)
    for check in shown:
        title = f"{loggable(check.setting)} {words.RULINGS[check.ruling]}"
        message = conclusion.finding(check, verdict, loggable)
        yield _level(check, verdict), f"{_TITLE}: {title}", message
    if verdict.differences:
        # One for all: ten changed versions must not crowd out what follows, nor other steps' own.
        ordered = sorted(verdict.differences, key=lambda one: not one.blocking)
        found = (conclusion.difference(one, verdict, loggable) for one in ordered)
        yield "warning", f"{_TITLE}: differs", "\n".join(found)
    improved = sum(one.ruling == "improved" for one in verdict.checks)
    if improved and verdict.mode == "baseline":
        subject = loggable(verdict.subject)
        text = f"{words.plural(improved, 'check')} improved; add --update to hold {subject} to it."
        yield "notice", f"{_TITLE}: improved", text


def _level(check: Check, verdict: Verdict) -> str:
    """Return ``error`` for what makes the command fail; never where it exits 0."""
    is_open = check.ruling == "inconclusive" and verdict.outcome != "inconclusive"
    return "warning" if verdict.exit_code == 0 or is_open else "error"


def _command(level: str, message: str, file: str, line: int, title: str) -> str:
    properties = {"file": loggable(file)} if file else {}
    if file and line > 0:
        properties["line"] = str(line)
    properties["title"] = loggable(title)[:_TITLE_LENGTH]
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{level} {listed}::{_data(_multiline(message)[:_MESSAGE_LENGTH])}"


def _multiline(message: str) -> str:
    """Return the lines of a message made harmless one by one, their indents kept."""
    lines = message.splitlines()
    return "\n".join(" " * (len(line) - len(line.lstrip())) + loggable(line) for line in lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
