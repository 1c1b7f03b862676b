"""Every number that a diagnosis hangs on, with the reason beside it.

They are tried on labelled situations by ``benchmarks/diagnosis.py``; a change here is a change of
what users are told, so run that first.
"""

from __future__ import annotations

# --- oversubscription

# Below this part of their demand, waiting threads are the scheduler's ordinary business.
WAIT_SHARE = 0.15
# Threads that want a CPU, on average over the fit, for each usable CPU: workers that import while
# the caller still pickles come to 1.1, one pool too many to 1.5.
DEMAND = 1.25
# CPU beyond what the leanest setting needs, or time beyond the best: less is no cost to speak of.
CPU_INFLATION = 1.25
SLOWDOWN = 1.10

# --- the run as a whole

# Others' load, in CPUs, from which on times are theirs as well as the setting's.
OUTSIDE_CPUS = 0.25
