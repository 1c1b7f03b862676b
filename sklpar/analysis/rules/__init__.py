"""The diagnoses, one a file. A rule's id is stable: users and scripts match on it.

One cause gets one warning. Of those on CPU time the first that applies speaks, in the order in
which they stand here; each file says what it gives way to.
"""

from __future__ import annotations

from sklpar.analysis.rules.cached_repeats import cached_repeats
from sklpar.analysis.rules.cap_violated import cap_violated
from sklpar.analysis.rules.cpu_inflation import cpu_inflation
from sklpar.analysis.rules.environment import environment
from sklpar.analysis.rules.failed_candidates import failed_candidates
from sklpar.analysis.rules.fork_after_openmp import fork_after_openmp
from sklpar.analysis.rules.gil_bound import gil_bound
from sklpar.analysis.rules.imbalance import imbalance
from sklpar.analysis.rules.interface import Rule
from sklpar.analysis.rules.memory_per_worker import memory_per_worker
from sklpar.analysis.rules.no_effect import no_effect
from sklpar.analysis.rules.oversubscription import oversubscription
from sklpar.analysis.rules.own_threads import own_threads
from sklpar.analysis.rules.pickling import pickling
from sklpar.analysis.rules.pool_startup import pool_startup
from sklpar.analysis.rules.readonly_memmap import readonly_memmap
from sklpar.analysis.rules.sample_too_short import sample_too_short
from sklpar.analysis.rules.serial_tail import serial_tail
from sklpar.analysis.rules.temp_space import temp_space
from sklpar.analysis.rules.throttled import throttled

RULES: dict[str, Rule] = {
    "oversubscription": oversubscription,
    "throttled": throttled,
    "pool_startup": pool_startup,
    "pickling": pickling,
    "cpu_inflation": cpu_inflation,
    "imbalance": imbalance,
    "gil_bound": gil_bound,
    "serial_tail": serial_tail,
    "memory_per_worker": memory_per_worker,
    "readonly_memmap": readonly_memmap,
    "temp_space": temp_space,
    "own_threads": own_threads,
    "cap_violated": cap_violated,
    "fork_after_openmp": fork_after_openmp,
    "cached_repeats": cached_repeats,
    "failed_candidates": failed_candidates,
    "sample_too_short": sample_too_short,
    "environment": environment,
    "no_effect": no_effect,
}
