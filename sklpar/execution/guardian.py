"""The process between sklpar and a trial: starts it, samples it, bounds it, and buries it.

It is the trial's parent and its subreaper, so that the whole tree stays below it whatever forks or
daemonizes. It holds a pipe to sklpar: when that closes, for whatever reason (SIGKILL included), the
tree goes at once; loky's workers alone would live on for minutes. Being a process of its own, its
sampling shares no interpreter lock with a progress display.
"""

from __future__ import annotations

import json
import os
import sys
import time

from sklpar.execution.launch import Watchword, launch


def main() -> int:
    """Read the orders from the first line of stdin, watch, and write the result to stdout."""
    line = b""
    while not line.endswith(b"\n"):
        chunk = os.read(0, 1 << 16)
        if not chunk:
            return 1
        line += chunk
    word = Watchword(**json.loads(line))
    started = time.monotonic()
    trial = launch(word)
    # What watches is imported while the trial imports its own: no trial waits for it.
    from sklpar.execution.watch import Watcher, say

    say({"result": Watcher(word, trial, started).watch()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
