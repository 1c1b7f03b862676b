"""The quantities that sklpar measures on every fit."""

from __future__ import annotations

from sklpar.quantities.cpu import Cpu
from sklpar.quantities.interface import FitTrace, Quantity
from sklpar.quantities.memory import PeakMemory
from sklpar.quantities.outside import OutsideCpu
from sklpar.quantities.run_queue import RunQueueWait
from sklpar.quantities.steal import Steal
from sklpar.quantities.swap import Swapped
from sklpar.quantities.switches import InvoluntarySwitches
from sklpar.quantities.throttling import Throttled
from sklpar.quantities.wall import Wall

QUANTITIES: dict[str, Quantity] = {
    quantity.name: quantity
    for quantity in (
        Wall(),
        Cpu(),
        PeakMemory(),
        RunQueueWait(),
        InvoluntarySwitches(),
        OutsideCpu(),
        Steal(),
        Throttled(),
        Swapped(),
    )
}

__all__ = ["QUANTITIES", "FitTrace", "Quantity"]
