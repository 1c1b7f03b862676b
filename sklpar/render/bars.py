"""Bars of characters: eighths of a cell where the terminal has them, whole cells in ASCII."""

from __future__ import annotations

# From one eighth to a whole cell, filled from the left.
_EIGHTHS = (
    "\N{LEFT ONE EIGHTH BLOCK}\N{LEFT ONE QUARTER BLOCK}\N{LEFT THREE EIGHTHS BLOCK}"
    "\N{LEFT HALF BLOCK}\N{LEFT FIVE EIGHTHS BLOCK}\N{LEFT THREE QUARTERS BLOCK}"
    "\N{LEFT SEVEN EIGHTHS BLOCK}\N{FULL BLOCK}"
)
_ASCII, _BOUND, _ASCII_BOUND, _CUT = "#", "\N{LIGHT SHADE}", ".", ">"


def bar(share: float, width: int, *, unicode: bool, known: bool = True) -> str:
    """Return a bar as long as `share` of `width` cells.

    Parameters
    ----------
    share : float
        0 or more. Anything above 0 is drawn, and what is above 1 is cut, which ``>`` at the end of
        the bar tells.
    known : bool
        Whether that is the figure; a bound of it is drawn lighter.
    """
    if share <= 0:
        return ""
    if not known:
        cell = _BOUND if unicode else _ASCII_BOUND
        return cell * (width - 1) + _CUT if share > 1 else cell * max(1, round(share * width))
    if share > 1:
        return (_EIGHTHS[-1] if unicode else _ASCII) * (width - 1) + _CUT
    if not unicode:
        return _ASCII * max(1, round(share * width))
    eighths = max(1, round(share * width * 8))
    whole, rest = divmod(eighths, 8)
    return _EIGHTHS[-1] * whole + (_EIGHTHS[rest - 1] if rest else "")
