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
    "round": "Every setting still in the race once, in random order, so that what disturbs the "
    "machine falls on all alike.",
}
