"""The figures of a report. To add one: write ``render/figures/<name>.py`` and name it here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render.figures import efficiency, heat_map, memory, speedup, times
from sklpar.render.figures.interface import Draw, Figure, NoFigure, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FIGURES", "Draw", "Figure", "NoFigure", "Table"]

# In the order in which the report shows them.
FIGURES: Mapping[str, Draw] = {
    times.NAME: times.draw,
    speedup.NAME: speedup.draw,
    heat_map.NAME: heat_map.draw,
    memory.NAME: memory.draw,
    efficiency.NAME: efficiency.draw,
}
