"""Labelled situations, made on purpose, that a diagnosis is tried on."""

from __future__ import annotations

from benchmarks.situations.healthy import HEALTHY
from benchmarks.situations.model import Conditions, Expectation, Situation
from benchmarks.situations.outside import OUTSIDE
from benchmarks.situations.overhead import OVERHEAD
from benchmarks.situations.threads import THREADS

SITUATIONS: tuple[Situation, ...] = (*THREADS, *OVERHEAD, *OUTSIDE, *HEALTHY)

__all__ = ["SITUATIONS", "Conditions", "Expectation", "Situation"]
