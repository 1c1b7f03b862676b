"""Workers whose start is a large part of the fit."""

from __future__ import annotations

import pytest

from sklpar.model import Finding, Fit, Observed
from tests.unit.analysis.rules.finding import case, found
from tests.unit.builders import SERIAL, make_call, make_fit, make_setting

LOKY = make_setting("loky", 2)
FORKED = make_setting("multiprocessing", 2)
THREADS = make_setting("threading", 2)


def cold(*, first_s: float = 1.0, backend: str = "loky", outside_s: float = 0.0) -> Fit:
    return make_fit(
        first_s, calls=[make_call(backend, wall_s=0.2)], outside_s=outside_s, wait_s=outside_s
    )


def of(first_s: float, warm_s: float, serial: tuple[float, float] = (0.4, 0.3)) -> Finding | None:
    fits = [cold(first_s=first_s), cold(first_s=warm_s)]
    alone = [make_fit(seconds) for seconds in serial]
    return found("pool_startup", case([(SERIAL, alone), (LOKY, fits)]), LOKY)


def test_a_first_fit_of_mostly_start_up_that_serial_beats_is_a_warning() -> None:
    finding = of(1.0, 0.2)
    assert finding is not None
    assert finding.severity == "warning"
    assert finding.evidence == {
        "start_up_s": pytest.approx(0.7),  # less the 0.1 s that serial's first fit takes longer
        "first_fit_s": 1.0,
        "fit_s": 0.2,
        "serial_first_fit_s": 0.4,
    }
    assert "threading" in finding.advice
    assert "n_jobs: 1" in finding.advice


def test_where_even_the_first_fit_gains_it_is_only_told() -> None:
    finding = of(1.0, 0.2, serial=(5.0, 5.0))
    assert finding is not None
    assert finding.severity == "info"


@pytest.mark.parametrize(
    ("first_s", "warm_s", "serial"),
    [(3.0, 2.5, (4.0, 4.0)), (0.12, 0.05, (0.05, 0.05)), (1.0, 0.2, (1.0, 0.2))],
    ids=["a small part of a long fit", "nothing to speak of", "serial's first is as slow"],
)
def test_a_start_that_decides_nothing_is_not_told(
    first_s: float, warm_s: float, serial: tuple[float, float]
) -> None:
    assert of(first_s, warm_s, serial) is None


def test_without_a_warm_fit_it_is_the_time_until_the_first_task_was_done() -> None:
    def of_first_task(first_done_s: float, serial_s: float) -> Finding | None:
        call = make_call("loky", tasks=8, wall_s=1.9, first_done_s=first_done_s)
        fits = [make_fit(2.0, calls=[call])]
        return found("pool_startup", case([(SERIAL, [make_fit(serial_s)]), (LOKY, fits)]), LOKY)

    finding = of_first_task(1.2, serial_s=0.8)
    assert finding is not None
    assert finding.severity == "warning"
    assert finding.evidence["start_up_s"] == pytest.approx(1.1)  # less a task of serial's
    assert "--repeats 1" in finding.advice
    gained = of_first_task(1.2, serial_s=3.2)
    assert gained is not None
    assert gained.severity == "info"
    assert of_first_task(0.5, serial_s=0.8) is None


def test_threads_start_no_workers() -> None:
    fits = [cold(backend="threading"), cold(first_s=0.2, backend="threading")]
    made = case([(SERIAL, [make_fit(0.4)] * 2), (THREADS, fits)])
    assert found("pool_startup", made, THREADS) is None


def test_without_a_warm_fit_or_serial_nobody_can_tell() -> None:
    alone = case([(LOKY, [cold(), cold(first_s=0.2)])])
    once = case([(SERIAL, [make_fit(0.4)]), (LOKY, [cold()])])
    assert found("pool_startup", alone, LOKY) is None
    assert found("pool_startup", once, LOKY) is None


def test_what_others_took_from_the_first_fit_is_no_start_up() -> None:
    fits = [cold(outside_s=0.8), cold(first_s=0.2)]
    made = case([(SERIAL, [make_fit(0.4)] * 2), (LOKY, fits)])
    assert found("pool_startup", made, LOKY) is None


def forked(own_cpu_s: float, calls: int = 20) -> Finding | None:
    call = make_call(
        "multiprocessing", 2, 40, 1.5, calls=calls, first_done_s=1.2, own_cpu_s=own_cpu_s
    )
    fits = [make_fit(1.6, calls=[call])]
    made = case([(SERIAL, [make_fit(0.1)]), (FORKED, fits)])
    return found("pool_startup", made, FORKED)


def test_workers_that_are_forked_for_every_call_are_told_of_warm_fits_too() -> None:
    finding = forked(own_cpu_s=1.1)
    assert finding is not None
    assert finding.severity == "warning"
    assert finding.evidence["parallel_calls"] == 20
    assert finding.evidence["start_up_s"] == pytest.approx(1.15)
    assert "loky" in finding.advice


def test_a_caller_that_was_busy_meanwhile_did_not_wait_for_a_fork() -> None:
    assert forked(own_cpu_s=1.1, calls=2) is None


def test_runs_without_calls_go_by_what_was_asked() -> None:
    made = case([(SERIAL, [make_fit(0.4)] * 2), (LOKY, [make_fit(1.0), make_fit(0.2)])])
    assert found("pool_startup", made, LOKY) is not None


def test_a_crowd_that_left_warm_fits_as_quick_is_not_why_the_first_is_slow() -> None:
    """As dear as a crowd is: it waits, and takes twice the CPU, but no more time than serial."""
    crowded = make_fit(
        0.3, cpu_s=0.6, wait_s=0.6, calls=[make_call("loky", wall_s=0.2)], outside_s=0.0
    )
    fits = [cold(first_s=1.4), crowded]
    observed = Observed(runnable_peak=6)
    alone = [make_fit(seconds) for seconds in (0.4, 0.3)]
    of_both = case([(SERIAL, alone), (LOKY, fits)], observed=observed)
    assert found("oversubscription", of_both, LOKY) is not None
    assert found("pool_startup", of_both, LOKY) is not None
