"""``python -P -m sklpar.trial ORDER``: run by the guardian, never by hand.

The guard matters: spawned workers of multiprocessing import this module again.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    from sklpar.trial.child import run_trial
    from sklpar.trial.order import Order

    sys.exit(run_trial(Order.read(Path(sys.argv[1]))))
