"""``python -P -m sklpar.trial ORDER``: run by the guardian, never by hand.

The guard matters: spawned workers of multiprocessing import this module again.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

if __name__ == "__main__":
    from sklpar.trial.child import run_trial
    from sklpar.trial.order import Order

    code = run_trial(Order.read(Path(sys.argv[1])))
    # At its end the interpreter would collect all that scikit-learn's imports made: a quarter of a
    # second a trial. Exit handlers still run, and joblib's pools are shut by theirs.
    gc.freeze()
    sys.exit(code)
