"""What a situation is: a job, the conditions that it runs under, and what should be found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ANYWHERE, RUN = "anywhere", "run"


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """One finding that a seeded fault must lead to.

    Attributes
    ----------
    rule : str
        The rule's id.
    where : str
        Id of the setting; `RUN` for the findings on the run, `ANYWHERE` for either.
    words : tuple of str
        What the advice must hold, all of it, to have named the cause; upper and lower case alike.
    info : bool
        True where the finding is to be an ``info``; otherwise it is to be a warning or an error.
    """

    rule: str
    where: str
    words: tuple[str, ...] = ()
    info: bool = False


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What is done to the machine while a situation runs; it is undone afterwards.

    Attributes
    ----------
    quota_cpus : float or None
        CPU quota of the control group that sklpar runs in.
    neighbours : int
        Busy processes beside it.
    neighbours_round : int or None
        The one round in which they run, 3 or later; None is all the time.
    temp_mb : int or None
        Size of a file system of its own for joblib's temporary folder.
    needs : tuple of str
        Modules that must be installed.
    """

    quota_cpus: float | None = None
    neighbours: int = 0
    neighbours_round: int | None = None
    temp_mb: int | None = None
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Situation:
    """A job that is made to have a fault, or to have none.

    Attributes
    ----------
    spec : str
        The spec's text. The user code that it may name is in ``jobs.py``.
    expected : tuple of Expectation
        What is to be found; empty for a healthy situation, in which every alarm is false.
    also : tuple of str
        Rules whose alarm is true, too, but is not asked for: side effects of the fault.
    void_rounds : tuple of int
        Rounds that the run must declare void.
    environment : mapping
        Variables beside those of the caller, who is rid of all that steer threads.
    impossible : str
        Why this cannot be made here; empty where it can.
    """

    name: str
    spec: str
    expected: tuple[Expectation, ...] = ()
    also: tuple[str, ...] = ()
    void_rounds: tuple[int, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    conditions: Conditions = Conditions()
    impossible: str = ""

    @property
    def healthy(self) -> bool:
        """True where nothing but ``info`` may be found."""
        return not self.expected


def job(text: str, sweep: str, measure: str = "rounds: 3, repeats: 0") -> str:
    """Return a spec in which every setting is measured in every round.

    A race would drop the slow settings, and it is those that are to be explained.
    """
    swept = f"sweep: {{{sweep}}}\nmeasure: {{{measure}, exhaustive: true}}\n"
    return f"version: 1\n{text.strip()}\n{swept}"


def swept(backend: str = "sequential", n_jobs: int | None = None, inner: int | str = 1) -> str:
    """Return a sweep of one setting; None is an estimator without an n_jobs."""
    jobs = "" if n_jobs is None else f"n_jobs: [{n_jobs}], "
    return f"{jobs}backend: [{backend}], inner_threads: [{inner}]"
