"""What a setting is marked as: by shape and word, the same in every figure and on the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sklpar.render import rows, sentence
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


def words(report: Report, row: SettingReport) -> tuple[str, ...]:
    """Return a setting's marks in words, those that its id says already left out.

    What became of one that is not sound is said by its status: ``differs``, ``stopped``.
    """
    held = [one.key for one in marks(report, row)]
    found = [one.word for one in (RECOMMENDED, TIED) if one.key in held]
    if row.status != "ok":
        found.append(rows.status_word(row))
    if is_over_limit(report, row):
        found.append("above the memory limit")
    if OVERSUBSCRIBED.key in held:
        found.append(OVERSUBSCRIBED.word)
    return tuple(found)


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
