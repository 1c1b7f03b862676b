"""What the words of a report mean: the page has them one click away."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Each is HTML of our own, no foreign text in it.
WORDS: Mapping[str, str] = {
    "setting": "One way to run the same job: <code>n_jobs</code>, joblib's backend, and how many "
    "threads the native libraries may use in each worker. <code>loky-j2-t1</code> is two worker "
    "processes of one thread each; <code>tdefault</code> leaves the libraries uncapped.",
    "as-written": "The job with nothing changed, in the environment that it was started from. "
    "Every gain is against it.",
    "serial": "One job and one thread: what the work costs without parallelism.",
    "recommended": "The setting to run with: it has the least of what the run minimizes, or is the "
    "cheapest of those that are as good within the noise.",
    "tied": "As good as the recommended one, within the tolerance of the run.",
    "first fit, warm fit": "The first fit in a fresh process, the start of its workers included; "
    "and those after it in the same process.",
    "gain": "The time of as-written divided by that of the setting: above 1 is faster. &ge; and "
    "&le; stand where one of the two was stopped before its end.",
    "95% interval": "Where the value lies with 95% confidence, from how it varied between fresh "
    "processes. Fewer than three of them give none.",
    "CPU": "User and system time of the whole process tree: two CPUs busy all the time are twice "
    "the wall-clock.",
    "memory": "The peak of the whole process tree, shared pages counted once.",
    "oversubscribed": "More threads wanted a CPU than there are usable ones, and the setting paid "
    "for it.",
    "useful": "Of the time of a setting's CPUs, what <code>serial</code> needs for the same work.",
    "inflation": "CPU time beyond that: threads that spin, tasks too fine, data pickled and taken "
    "in again, caches shared.",
    "waiting for a CPU": "Time in which threads had work and no CPU: another program, a quota or "
    "the hypervisor held it, or they queued behind each other while another CPU was idle.",
    "imbalance": "Workers without a task while others finish theirs.",
    "start-up": "What the first fit takes longer than a warm one: starting workers and pools, "
    "importing, less what <code>serial</code> pays for the same.",
    "serial stretches": "CPUs that the program did not ask for: outside of its parallel calls, as "
    "in a refit, or in one of fewer workers than CPUs.",
    "blocked": "Time in which workers wait for each other (Python's own lock, or another) or for a "
    "disk, and none wants the CPU.",
    "unexplained": "What is left of the CPUs' time when all of these are taken off.",
    "round": "Every setting still in the race once, in random order, so that what disturbs the "
    "machine falls on all alike.",
}
