"""Time that runnable threads of a fit waited for a CPU."""

from __future__ import annotations

from typing import Literal

from sklpar.model import Measured, Reading, Unavailable
from sklpar.quantities.interface import MIN_SAMPLES, FitTrace


class RunQueueWait:
    """Seconds summed over the tree's threads, from the scheduler's own account (schedstat)."""

    name = "run_queue_wait_s"
    label = "run-queue wait"
    unit: Literal["s", "bytes", "count"] = "s"
    better: Literal["lower", "none"] = "lower"

    def read(self, trace: FitTrace) -> Measured:
        """Return the wait in thread-seconds; none for a fit too short to have been sampled."""
        uses = trace.thread_uses()
        if not uses:
            return Unavailable(unavailable="the kernel gives no /proc/<pid>/schedstat")
        if trace.watch.samples < MIN_SAMPLES:
            return Unavailable(
                unavailable=f"the fit was shorter than {MIN_SAMPLES} sampling intervals"
            )
        return Reading(
            value=sum(use.wait_s for use in uses.values()),
            method=f"schedstat of each thread, every {trace.watch.interval_s * 1e3:.0f} ms",
        )
