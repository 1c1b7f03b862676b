"""A live display of a few lines, for a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Self, TextIO, cast

from sklpar.cli.progress.display import Display
from sklpar.cli.progress.lines import Lines
from sklpar.cli.progress.status import Status
from sklpar.cli.progress.words import cut, dropped_words, joined, listed
from sklpar.cli.terminal import render_options
from sklpar.render.plain import ELLIPSIS, one_line

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    from sklpar.model import Bound, Run, Trial, TrialEnded
    from sklpar.store.folder import RunFolder

# Twice a second: drawing costs a millisecond, and the machine is being measured.
_REFRESH_PER_S = 2
# A terminal that becomes narrower than the lines on it folds them, and what is folded is not drawn
# over: few terminals become as narrow as this.
_WIDTH = 79
_DROPPED_LINES = 3
_POINTER = "\N{BLACK RIGHT-POINTING SMALL TRIANGLE}"


class Screen(Display):
    """Tells what runs, how far it is, the best so far, who was dropped, and the time left.

    Parameters
    ----------
    verbose : bool
        Whether each trial leaves a line above the display.
    clock : callable
        Monotonic seconds.
    """

    def __init__(self, *, verbose: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._lines = Lines(clock) if verbose else Display()
        self._status = Status(clock)
        self._console: Console | None = None
        self._live: Live | None = None

    def __enter__(self) -> Self:
        from rich.console import Console
        from rich.live import Live

        self._console = Console(
            file=cast("TextIO", _Lasting(sys.stderr)),
            force_terminal=True,  # whoever made this has looked; rich heeds variables
            highlight=False,
            markup=False,
            emoji=False,
        )
        self._unicode = render_options(sys.stderr).unicode
        self._live = Live(
            get_renderable=self._draw,
            console=self._console,
            refresh_per_second=_REFRESH_PER_S,
            transient=True,
            redirect_stdout=False,
        )
        self._live.start(refresh=True)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the terminal as it was."""
        if self._live is not None:
            self._live.stop()

    def run_starts(self, run: Run, folder: RunFolder) -> None:
        """Note what is measured."""
        self._status.run_starts(run)
        self._lines.run_starts(run, folder)

    def trial_starts(self, trial: Trial, bound: Bound) -> None:
        """Show what is measured now."""
        self._status.trial_starts(trial, bound)

    def in_fit(self, index: int | None) -> None:
        """Show which fit of it."""
        self._status.in_fit(index)

    def trial_ended(self, ended: TrialEnded) -> None:
        """Show the best so far, who is out, and the time left."""
        self._status.trial_ended(ended)
        self._lines.trial_ended(ended)

    def goes_on(self, rounds: int, why: str) -> None:
        """Count up to the new number of rounds."""
        self._status.rounds = rounds
        self._lines.goes_on(rounds, why)

    def _draw(self) -> Text:
        from rich.text import Text

        assert self._console is not None  # noqa: S101  it is what calls
        width, height = self._console.size
        shown = picture(self._status, min(width - 1, _WIDTH), height - 1, unicode=self._unicode)
        return Text("\n".join(shown), no_wrap=True, overflow="crop")


def picture(status: Status, width: int, height: int, *, unicode: bool) -> list[str]:
    """Return the lines of the display, none wider than `width` columns.

    Where there are more than `height`, the first to go is what changes least.
    """

    def clean(text: str) -> str:
        return one_line(text, unicode=unicode)

    end, pointer = clean(ELLIPSIS), _POINTER if unicode else ">"
    setting, stage = status.running()
    head = f"{pointer} {clean(setting)}  " if setting else f"{pointer} "
    title, where = clean(status.title), status.where()
    best, left = status.best, status.time_left()
    dropped = [clean(words) for words in dropped_words(status.dropped)]
    count = f"dropped {len(dropped)}: "
    out = listed(count, dropped, width, lines=_DROPPED_LINES, end=end) if dropped else []
    # By place on the screen, with how long it stays where there is little room.
    lines = [
        (3, joined(title, f": {where}", width, end) if where else cut(title, width, end)),
        (0, joined(head, stage, width, end)),
        (1, cut(f"best so far {clean(best)}", width, end) if best else ""),
        *((4 + index, line) for index, line in enumerate(out)),
        (2, cut(left, width, end)),
    ]
    lines = [(rank, line) for rank, line in lines if line]
    kept = sorted(rank for rank, _ in lines)[: max(1, height)]
    return [line for rank, line in lines if rank in kept]


class _Lasting:
    """A stream that outlasts its terminal: what nobody reads any more is no error."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.encoding = stream.encoding

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            return self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()
