"""How many threads of a tree wanted a CPU at once, from their uses at successive looks."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sklpar.quantities.interface import ThreadUse

# A thread wants a CPU in an interval when it ran or waited for one during this share of it.
_WANTS_SHARE = 0.5
# A number of threads is sustained when at least this share of the intervals, and so many, had it.
_SUSTAINED_SHARE, _SUSTAINED_MIN = 0.10, 3


class Demand:
    """What the threads of one fit wanted; to want is to run, or to wait for a CPU.

    Parameters
    ----------
    cpus : int
        Usable CPUs; more than twice as many threads at once are not told apart.
    """

    def __init__(self, cpus: int) -> None:
        # Last use seen of each thread.
        self.threads: dict[tuple[int, int], ThreadUse] = {}
        self._looks = 0
        self._wanting: dict[int, list[int]] = {}
        self._widths = [0.0] * (2 * cpus + 1)

    def look(
        self, uses: Mapping[int, Mapping[tuple[int, int], ThreadUse]], elapsed_s: float
    ) -> None:
        """Add a look: by process the uses of its threads, and the seconds since the last look."""
        wanted_s = sum(self._wanted_s(pid, of_pid, elapsed_s) for pid, of_pid in uses.items())
        # The first look finds threads that ran long before the fit: the next is held against it.
        if self._looks and elapsed_s > 0:
            width = math.floor(wanted_s / elapsed_s + 0.5)
            self._widths[min(max(width, 0), len(self._widths) - 1)] += elapsed_s
        self._looks += 1

    def _wanted_s(
        self, pid: int, uses: Mapping[tuple[int, int], ThreadUse], elapsed_s: float
    ) -> float:
        """Return how long the threads of a process wanted a CPU since the last look, in total.

        One that is new started since then, or its process was not known for a worker yet: it
        wanted a CPU all the time at most.
        """
        wanting, total_s = 0, 0.0
        for key, use in uses.items():
            last = self.threads.get(key)
            if last is None:
                total_s += min(use.cpu_s + use.wait_s, elapsed_s)
                continue
            wanted_s = use.cpu_s - last.cpu_s + use.wait_s - last.wait_s
            wanting += wanted_s > _WANTS_SHARE * elapsed_s
            total_s += wanted_s
        self._wanting.setdefault(pid, []).append(wanting)
        self.threads.update(uses)
        return total_s

    def sustained(self) -> dict[int, int]:
        """Return, by process, the largest number of threads that wanted a CPU for long enough."""
        needed = max(_SUSTAINED_MIN, round(_SUSTAINED_SHARE * self._looks))
        return {
            pid: sorted(counts, reverse=True)[needed - 1] if len(counts) >= needed else 0
            for pid, counts in self._wanting.items()
        }

    def widths_s(self) -> tuple[float, ...]:
        """Return the seconds in which about 0, 1, 2, ... threads wanted a CPU.

        The last item is of that many or more.
        """
        return tuple(self._widths)
