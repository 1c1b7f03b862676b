"""Time that runnable threads of a fit waited for a CPU."""

from __future__ import annotations

from typing import Literal

from sklpar.model import Measured, Reading, Unavailable
from sklpar.quantities.interface import FitTrace


class RunQueueWait:
    """Seconds summed over the tree's threads, from the scheduler's own account (schedstat)."""

    name = "run_queue_wait_s"
    label = "run-queue wait"
    unit: Literal["s", "bytes", "count"] = "s"
    better: Literal["lower", "none"] = "lower"

    def read(self, trace: FitTrace) -> Measured:
        """Return the wait in thread-seconds; none where threads may have gone unseen."""
        uses = trace.thread_uses()
        if not uses:
            return Unavailable(unavailable="the kernel gives no /proc/<pid>/schedstat")
        if not trace.covered:
            return Unavailable(
                unavailable="the fit was too short to see all of its threads: some ended within it"
            )
        every = f", every {trace.watch.interval_s * 1e3:.0f} ms" if trace.watch.samples else ""
        return Reading(
            value=sum(use.wait_s for use in uses.values()),
            method=f"schedstat of each thread{every} and at the fit's end",
        )
