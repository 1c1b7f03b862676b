"""User code that misbehaves in every way a fit can; loaded by specs of the end-to-end tests."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from typing import Any

import numpy as np
from joblib import Parallel, delayed, parallel
from sklearn.base import BaseEstimator, ClassifierMixin


def data() -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 5))
    return X, (X[:, 0] > 0).astype(int)


class Misbehaving(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Fits in no time, except for what `how` says; only where the backend is `only_under`."""

    def __init__(self, how: str = "fine", only_under: str = "", n_jobs: int | None = None) -> None:
        self.how = how
        self.only_under = only_under
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any) -> Misbehaving:
        self.classes_ = np.unique(y)
        self.bias_ = 0.0
        backend, _ = parallel.get_active_backend()
        if self.only_under.lower() in type(backend).__name__.lower():
            getattr(self, f"_{self.how}")()
        return self

    def predict(self, X: Any) -> Any:
        if self.how == "hangs_in_predict":
            time.sleep(600)
        return ((X[:, 0] + self.bias_) > 0).astype(int)

    def _hangs_in_predict(self) -> None:
        pass

    def _fine(self) -> None:
        pass

    def _raises(self) -> None:
        raise ValueError("the sky\nis falling")

    def _sys_exit(self) -> None:
        sys.exit(7)

    def _os_exit(self) -> None:
        os._exit(9)

    def _segfault(self) -> None:
        ctypes.string_at(0)

    def _killed(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def _memory(self) -> None:
        raise MemoryError("no more")

    def _hangs(self) -> None:
        threading.Event().wait()

    def _interrupt(self) -> None:
        raise KeyboardInterrupt

    def _another_answer(self) -> None:
        self.bias_ = 1.0

    def _random_answer(self) -> None:
        self.bias_ = float.fromhex(f"0x{os.urandom(2).hex()}p-14") - 2.0

    def _noisy(self) -> None:
        for number in range(3000):
            print(f"chatter {number} \x1b[31mred")
            os.write(2, b"to the descriptor\n")
            warnings.warn(f"convergence {number % 2}", RuntimeWarning, stacklevel=1)

    def _leaves_a_daemon(self) -> None:
        code = "import os, time; os.setsid(); time.sleep(600)"
        if os.fork() == 0:
            subprocess.Popen([sys.executable, "-c", code, "sklpar-test-daemon"])
            os._exit(0)

    def _exit_at_the_end(self) -> None:
        import atexit

        atexit.register(os._exit, 5)

    def _hangs_at_the_end(self) -> None:
        import atexit

        atexit.register(time.sleep, 600)

    def _own_threads(self) -> None:
        """Four native threads, whatever the caps say: zlib lets go of the interpreter lock."""
        import zlib

        block = os.urandom(1 << 20)
        end = time.monotonic() + 0.6

        def burn() -> None:
            while time.monotonic() < end:
                zlib.compress(block)

        threads = [threading.Thread(target=burn) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


# --------------------------------------------------------------------------- callables


def worker_that_dies(how: str) -> str:
    return how


def lose_a_worker(how: str) -> float:
    return float(sum(Parallel(n_jobs=2)(delayed(_die)(how, i) for i in range(4))))


def _die(how: str, index: int) -> float:
    if index == 1:
        os.kill(os.getpid(), getattr(signal, how))
    return 1.0


# --------------------------------------------------------------------------- known costs


class Costly(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A fit of known cost: nothing, two workers of 1 s and 300 MB each, or 400 MB for four."""

    def __init__(self, what: str = "nothing", n_jobs: int | None = None) -> None:
        self.what = what
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any) -> Costly:
        if self.what == "shares":
            array = np.ones(50_000_000)
            self.sums_ = Parallel(n_jobs=4)(delayed(_look)(array) for _ in range(4))
        else:
            size, seconds = (37_500_000, 1.0) if self.what == "burns" else (1, 0.0)
            jobs = Parallel(n_jobs=self.n_jobs)
            self.sums_ = jobs(delayed(_burn_and_touch)(size, seconds) for _ in range(2))
        return self

    def predict(self, X: Any) -> Any:
        return np.zeros(len(X), dtype=int)


def _burn_and_touch(size: int, seconds: float) -> float:
    block = np.ones(size)
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return float(block[0])


def _look(array: Any) -> float:
    total = float(array.sum())
    time.sleep(0.3)
    return total
