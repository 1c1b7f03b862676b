"""The joblib backends that sklpar can measure."""

from __future__ import annotations

from sklpar.backends.interface import Backend
from sklpar.backends.loky import Loky
from sklpar.backends.multiprocessing import Multiprocessing
from sklpar.backends.sequential import Sequential
from sklpar.backends.threading import Threading

BACKENDS: dict[str, Backend] = {
    backend.name: backend for backend in (Sequential(), Threading(), Loky(), Multiprocessing())
}
