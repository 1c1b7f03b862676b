"""What a setting is marked as: by shape and word, the same in every format and figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sklpar.model import Estimate
from sklpar.render import sentence
from sklpar.render.plain import one_line

if TYPE_CHECKING:
    from sklpar.model import Report, SettingReport


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What a setting may be marked as.

    Attributes
    ----------
    key : str
        Its stable name.
    word : str
        What the legend calls it.
    glyph : str
        One character for text, of the form of `shape`.
    shape : str
        A symbol of Vega, or an SVG path, about the square from -1 to 1.
    color : str
        A variable of the page's style.
    """

    key: str
    word: str
    glyph: str
    shape: str
    color: str


# Larger than the square, as its points take little of it.
_STAR = (
    "M0,-1.5L0.37,-0.51L1.43,-0.46L0.6,0.19L0.88,1.21"
    "L0,0.63L-0.88,1.21L-0.6,0.19L-1.43,-0.46L-0.37,-0.51Z"
)
_SALTIRE = "M-1,-0.6L-0.6,-1L0,-0.4L0.6,-1L1,-0.6L0.4,0L1,0.6L0.6,1L0,0.4L-0.6,1L-1,0.6L-0.4,0Z"

RECOMMENDED = Mark(
    key="recommended",
    word="recommended",
    glyph="\N{BLACK STAR}",
    shape=_STAR,
    color="var(--accent)",
)
AS_WRITTEN = Mark(
    key="as-written",
    word="as-written",
    glyph="\N{BLACK SQUARE}",
    shape="square",
    color="var(--ink)",
)
SERIAL = Mark(
    key="serial",
    word="serial",
    glyph="\N{BLACK DIAMOND}",
    shape="diamond",
    color="var(--ink)",
)
UNSOUND = Mark(
    key="unsound",
    word="ruled out",
    glyph="\N{MULTIPLICATION X}",
    shape=_SALTIRE,
    color="var(--bad)",
)
OVERSUBSCRIBED = Mark(
    key="oversubscribed",
    word="oversubscribed",
    glyph="\N{BLACK UP-POINTING TRIANGLE}",
    shape="triangle-up",
    color="var(--warn)",
)
TIED = Mark(
    key="tied",
    word="tied",
    glyph="\N{BLACK RIGHT-POINTING TRIANGLE}",
    shape="triangle-right",
    color="var(--accent)",
)
OTHER = Mark(
    key="other",
    word="other",
    glyph="\N{BLACK CIRCLE}",
    shape="circle",
    color="var(--plain)",
)

# A status as a note; `ok` needs none.
STATUS_WORDS = {
    "failed": "failed",
    "timeout": "timeout",
    "out_of_memory": "out of memory",
    "not_as_requested": "not as requested",
    "differs": "differs",
    "stopped_early": "stopped",
}
ABOVE_LIMIT = "above the memory limit"
# What became of these does not rule them out.
_OPEN = ("ok", "stopped_early", "skipped")
# The first that holds gives a setting its shape.
MARKS = (RECOMMENDED, AS_WRITTEN, SERIAL, UNSOUND, OVERSUBSCRIBED, TIED, OTHER)


def marks(report: Report, row: SettingReport) -> tuple[Mark, ...]:
    """Return all that a setting is marked as, the one that gives it its shape first."""
    choice = report.recommendation
    holds = {
        "recommended": choice is not None and row.id == choice.setting,
        "as-written": row.id == "as-written",
        "serial": row.id == "serial",
        "unsound": row.status not in _OPEN or is_over_limit(report, row),
        "oversubscribed": is_oversubscribed(row),
        "tied": choice is not None and row.id in choice.tied and row.id != choice.setting,
    }
    return tuple(mark for mark in MARKS if holds.get(mark.key)) or (OTHER,)


def mark(report: Report, row: SettingReport) -> Mark:
    """Return what gives a setting its shape."""
    return marks(report, row)[0]


def glyphs(report: Report, row: SettingReport) -> str:
    """Return the glyphs of all that a setting is marked as."""
    return "".join(one.glyph for one in marks(report, row))


def has_figure(row: SettingReport) -> bool:
    """Tell whether anything was measured of a setting, be it a bound."""
    return any(
        isinstance(found, Estimate) or found.at_least is not None for found in row.measures.values()
    )


def status_word(row: SettingReport) -> str:
    """Return what became of a setting that is not sound, as its note says it."""
    if row.status == "stopped_early" and row.observed is None and not has_figure(row):
        return "not measured"
    return STATUS_WORDS.get(row.status, row.status)


@dataclass(frozen=True, kw_only=True)
class Note:
    """A mark in a word of its own: ``differs`` says why a setting is ruled out."""

    word: str
    mark: Mark


def notes(report: Report, row: SettingReport) -> tuple[Note, ...]:
    """Return a setting's marks in words, those that its id says already left out."""
    held = marks(report, row)
    found = [Note(word=one.word, mark=one) for one in (RECOMMENDED, TIED) if one in held]
    if row.status != "ok":
        why = OTHER if row.status in _OPEN else UNSOUND
        found.append(Note(word=status_word(row), mark=why))
    if is_over_limit(report, row):
        found.append(Note(word=ABOVE_LIMIT, mark=UNSOUND))
    if OVERSUBSCRIBED in held:
        found.append(Note(word=OVERSUBSCRIBED.word, mark=OVERSUBSCRIBED))
    return tuple(found)


def words(report: Report, row: SettingReport) -> tuple[str, ...]:
    """Return the words of a setting's notes."""
    return tuple(note.word for note in notes(report, row))


def can_be_chosen(report: Report, row: SettingReport) -> bool:
    """Tell whether a setting could be the recommended one; one that was stopped could not."""
    return row.status == "ok" and not is_over_limit(report, row)


def name(report: Report, row: SettingReport) -> str:
    """Return a setting's id and what it is marked as: ``loky-j4-t1, oversubscribed``."""
    return one_line(", ".join((row.id, *words(report, row))))


def is_oversubscribed(row: SettingReport) -> bool:
    """Tell whether more threads than CPUs cost the setting something."""
    return any(f.rule == "oversubscription" and f.severity != "info" for f in row.findings)


def is_over_limit(report: Report, row: SettingReport) -> bool:
    """Tell whether a setting takes more memory than the spec allows."""
    limit, taken = report.memory_limit_bytes, sentence.value(row, "peak_memory_bytes")
    return limit is not None and taken is not None and taken > limit
