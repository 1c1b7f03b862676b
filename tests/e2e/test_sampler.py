"""The sampler on real process trees, without a control group: as an ordinary user has it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from sklpar.execution.sampler import Sampler
from sklpar.quantities import proc

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not proc.AVAILABLE, reason="the sampler reads /proc of Linux"),
]

# Two children that share 200 MB with their parent and touch 50 MB each of their own.
SHARING = """
import mmap, os, time
shared = mmap.mmap(-1, 200_000_000)
for start in range(0, 200_000_000, 4096):
    shared[start] = 1
for _ in range(2):
    if os.fork() == 0:
        own = bytearray(os.urandom(50_000_000))
        total = sum(shared[start] for start in range(0, 200_000_000, 4096))
        print("touched", flush=True)
        time.sleep(60)
        os._exit(0)
time.sleep(60)
"""
# Three threads that run without the interpreter's lock, the main one asleep.
THREE_THREADS = """
import os, threading, time, zlib
block = os.urandom(1 << 20)
def burn():
    while True:
        zlib.compress(block)
for _ in range(3):
    threading.Thread(target=burn, daemon=True).start()
print("started", flush=True)
time.sleep(60)
"""


def tree(code: str, lines: int) -> Iterator[subprocess.Popen[str]]:
    """Start a process tree and wait until it has printed that many lines."""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        for _ in range(lines):
            process.stdout.readline()
        yield process
        for pid in [*proc.descendants(process.pid), process.pid]:
            subprocess.run(["kill", "-9", str(pid)], check=False)


@pytest.fixture
def sharing() -> Iterator[subprocess.Popen[str]]:
    yield from tree(SHARING, lines=2)


@pytest.fixture
def three_threads() -> Iterator[subprocess.Popen[str]]:
    yield from tree(THREE_THREADS, lines=1)


def test_shared_pages_count_once_without_a_control_group(
    sharing: subprocess.Popen[str],
) -> None:
    sampler = Sampler(None, None)
    sampler.attach(sharing.pid)
    sampler.begin()
    for _ in range(3):
        sampler.sample()
    watch = sampler.end()
    assert watch.memory_method in {"pss", "rss"}
    if watch.memory_method == "rss":
        pytest.skip("this kernel tells no proportional sizes")
    assert watch.memory_peak_bytes is not None
    assert 290e6 < watch.memory_peak_bytes < 380e6
    assert watch.workers_peak == 2


def test_threads_that_want_a_cpu_at_once_are_counted_at_once(
    three_threads: subprocess.Popen[str],
) -> None:
    sampler = Sampler(None, None)
    sampler.attach(three_threads.pid)
    sampler.begin()
    for _ in range(20):
        sampler.sample()
        time.sleep(0.03)
    watch = sampler.end()
    assert watch.concurrent[three_threads.pid] == 3
    assert watch.runnable_peak in {3, 4}  # the main thread wakes up now and then
    assert watch.threads_peak == 4
    # On a machine that is busy with others they wait more than they run.
    wanting = [use for use in sampler.threads.values() if use.cpu_s + use.wait_s > 0.2]
    assert len(wanting) == 3
    assert sum(watch.widths_s[2:]) > sum(watch.widths_s[:2])
