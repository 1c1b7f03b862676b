"""The arithmetic of the scaling law: what is left of the parallel work with so many workers."""

from __future__ import annotations


def parallel_part(workers: float, cpus: int, tasks: int | None) -> float:
    """Return the share of the parallel work's time that is left, 1 for one worker.

    Workers beyond the usable CPUs share them, so it shrinks no further: it is 1 / min(N, cpus).
    Where the work comes in so many equal tasks, these go in waves of N (whole workers then): of
    as many as there are CPUs, or fewer, a wave takes one task's time, and as many times that as
    there are workers to a CPU beyond.
    """
    if tasks is None:
        return 1 / min(workers, cpus)
    full, rest = divmod(tasks, int(workers))
    last = max(1.0, rest / cpus) if rest else 0.0
    return (full * max(1.0, workers / cpus) + last) / tasks
