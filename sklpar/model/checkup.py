"""What ``doctor`` knows of a machine, what it finds wrong, and what it measured."""

from __future__ import annotations

from dataclasses import dataclass

from sklpar.model.host import Host
from sklpar.model.report import Finding


@dataclass(frozen=True, kw_only=True)
class Missing:
    """Something that could not be loaded, read or measured, and why."""

    what: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Space:
    """A folder for temporary files.

    Attributes
    ----------
    filesystem : str or None
        Its type as the kernel names it: ``tmpfs`` is memory.
    free_bytes : int or None
        None where the folder cannot be asked.
    writable : bool
        Whether this process may make files in it, or make it where it is not there yet.
    """

    path: str
    filesystem: str | None
    free_bytes: int | None
    writable: bool


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """The Python that the libraries run in.

    Attributes
    ----------
    start_method : str or None
        Of multiprocessing's processes, by Python's own default: ``fork``, ``forkserver``, ...
    free_threaded : bool
        Whether it was built to run without the global interpreter lock.
    gil_enabled : bool
        Whether the lock was on once scikit-learn had been imported.
    """

    executable: str
    start_method: str | None
    free_threaded: bool
    gil_enabled: bool


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """What one installed distribution says of another, such as ``numpy>=1.24``.

    `installed` is None where the other is not there.
    """

    distribution: str
    version: str
    requires: str
    installed: str | None
    met: bool


@dataclass(frozen=True, kw_only=True)
class Load:
    """What else the machine does, in CPUs; of the CPUs that this process may run on."""

    busy_cpus: float
    steal_cpus: float
    over_s: float
    average_1min: float | None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The machine and its software as they are, not yet judged.

    Attributes
    ----------
    host : Host
        `usable_cpus` and its source among it; thread pools as scikit-learn's imports start them.
    affinity_cpus : int or None
        CPUs that this process may run on.
    affinity_after_imports : int or None
        The same in a process that has imported scikit-learn: an OpenMP runtime may pin it.
    joblib_cpus, joblib_cpus_after_imports : int or None
        ``joblib.cpu_count()``, before and after that.
    quota_cpus, quota_source : float and str, or None
        The least CPU quota of our control groups, and the file that holds it.
    throttled_s : float or None
        How long those groups were stopped by it since they were made, summed over CPUs.
    memmap_space : Space
        Where joblib puts its memory maps: one of the two others, or JOBLIB_TEMP_FOLDER.
    shm_space : Space or None
        /dev/shm, None where there is none.
    xdist : str or None
        Version of pytest-xdist, where it is installed.
    xdist_workers : int or None
        How many workers a pytest-xdist around us has, None where there is none.
    missing : tuple of Missing
        What could not be imported or read.
    """

    host: Host
    affinity_cpus: int | None
    memmap_space: Space
    temp_space: Space
    shm_space: Space | None
    affinity_after_imports: int | None = None
    joblib_cpus: int | None = None
    joblib_cpus_after_imports: int | None = None
    quota_cpus: float | None = None
    quota_source: str | None = None
    throttled_s: float | None = None
    interpreter: Interpreter | None = None
    requirements: tuple[Requirement, ...] = ()
    xdist: str | None = None
    xdist_workers: int | None = None
    load: Load | None = None
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured cost: the median of `n` repetitions, and the range that 95% of them are in.

    `unit` is spelt out: ``s``, ``us/task``, ``ms/task``, ``ms/MB``, ``%``. Of ``noise``, how far
    each fit is from the median, `high` is what 95% stay below.
    """

    name: str
    unit: str
    median: float
    low: float
    high: float
    n: int
    method: str


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What parallel work costs on this machine.

    `outside_cpus` is how many CPUs others kept busy meanwhile; None where the kernel does not tell.
    """

    figures: tuple[Figure, ...]
    missing: tuple[Missing, ...]
    outside_cpus: float | None
    wall_s: float


@dataclass(frozen=True, kw_only=True)
class Checkup:
    """All that ``doctor`` says."""

    sklpar_version: str
    facts: Facts
    findings: tuple[Finding, ...]
    calibration: Calibration | None = None
    calibration_unavailable: str | None = None
