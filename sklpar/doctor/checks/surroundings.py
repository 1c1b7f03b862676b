"""What surrounds a fit: variables, folders, a test runner, the way processes are started."""

from __future__ import annotations

from sklpar.host.environment import judge_environment, threads_of
from sklpar.host.space import SHM_MIN_BYTES
from sklpar.model import Facts, Finding, Space

# Two or three copies of a large training set; less fills up in the middle of a search.
_LITTLE_BYTES = 2_000_000_000
_IN_MEMORY = frozenset({"tmpfs", "ramfs"})


def environment(facts: Facts) -> tuple[Finding, ...]:
    """Judge the variables."""
    return judge_environment(facts.host.environment, facts.host.usable_cpus)


def temp_space(facts: Facts) -> tuple[Finding, ...]:
    """Say so where joblib has little or no room for the memory maps that workers share."""
    space, shm = facts.memmap_space, facts.shm_space
    where = _where(space)
    evidence = {
        "folder": space.path,
        "filesystem": space.filesystem,
        "free_bytes": space.free_bytes,
        "shm_free_bytes": shm.free_bytes if shm else None,
    }
    if not space.writable:
        advice = (
            f"joblib cannot write its memory maps to {where}: arrays above 1 MB will not reach "
            "process workers; make it writable, or point JOBLIB_TEMP_FOLDER elsewhere"
        )
        return (Finding(rule="temp_space", severity="error", evidence=evidence, advice=advice),)
    if (space.free_bytes or 0) < _LITTLE_BYTES:
        advice = (
            f"joblib writes arrays above 1 MB to {where} for process workers, and little is free "
            "there: a full one ends a fit with an error; free some, or point JOBLIB_TEMP_FOLDER "
            f"to a folder with room{_container_hint(shm)}"
        )
        return (Finding(rule="temp_space", severity="warning", evidence=evidence, advice=advice),)
    if space.filesystem not in _IN_MEMORY and "JOBLIB_TEMP_FOLDER" not in facts.host.environment:
        advice = (
            f"joblib writes arrays above 1 MB to {where} for process workers: it would take "
            f"memory, /dev/shm, only with more than {SHM_MIN_BYTES / 1e9:g} GB free there"
            f"{_container_hint(shm)}; on a disk the first hand-over is slower"
        )
        return (Finding(rule="temp_space", severity="info", evidence=evidence, advice=advice),)
    return ()


def _where(space: Space) -> str:
    return f"{space.path} ({space.filesystem})" if space.filesystem else space.path


def _container_hint(shm: Space | None) -> str:
    if shm is not None and (shm.free_bytes or 0) > SHM_MIN_BYTES:
        return ""
    return " (docker gives 64 MB: run it with --shm-size=4g)"


def xdist(facts: Facts) -> tuple[Finding, ...]:
    """Say so where test workers of pytest-xdist and the jobs in each would multiply."""
    cpus = facts.host.usable_cpus
    if cpus == 1 or _is_limited(facts):
        return ()
    cure = (
        "give each its share with LOKY_MAX_CPU_COUNT and the *_NUM_THREADS variables, set before "
        "the tests start"
    )
    workers = facts.xdist_workers or 0
    if workers > 1:
        advice = (
            f"{workers} pytest-xdist workers run, and each counts all "
            f"{cpus} CPUs for n_jobs=-1, BLAS and OpenMP: {cure}"
        )
        counts = {"xdist_workers": workers, "usable_cpus": cpus}
        return (Finding(rule="xdist", severity="warning", evidence=counts, advice=advice),)
    if facts.xdist is None or workers == 1:
        return ()
    advice = (
        f"pytest-xdist is installed: with `pytest -n {cpus}` each of {cpus} workers counts all "
        f"{cpus} CPUs for n_jobs=-1, BLAS and OpenMP; {cure}"
    )
    evidence = {"xdist": facts.xdist, "usable_cpus": cpus}
    return (Finding(rule="xdist", severity="info", evidence=evidence, advice=advice),)


def _is_limited(facts: Facts) -> bool:
    """Tell whether both jobs and threads have been given a share."""
    variables = facts.host.environment
    most = (facts.affinity_cpus or facts.host.logical_cpus) // max(1, facts.xdist_workers or 2)
    jobs = threads_of(variables.get("LOKY_MAX_CPU_COUNT", ""))
    threads = threads_of(variables.get("OMP_NUM_THREADS", ""))
    return jobs is not None and threads is not None and max(jobs, threads) <= max(1, most)


def start_method(facts: Facts) -> tuple[Finding, ...]:
    """Say what the start method of multiprocessing does to the backend of that name."""
    python, variables = facts.interpreter, facts.host.environment
    asked = variables.get("JOBLIB_START_METHOD", "").strip()
    method = asked or (python.start_method if python else None)
    openmp = [pool for pool in facts.host.thread_pools if pool.user_api == "openmp"]
    evidence = {"start_method": method, "openmp": ", ".join(pool.library for pool in openmp)}
    if method == "fork" and any(pool.num_threads > 1 for pool in openmp):
        advice = (
            "backend='multiprocessing' forks: once the parent has used OpenMP "
            "(HistGradientBoosting, KMeans, nearest neighbours) its workers hang for good; use "
            "loky, or JOBLIB_START_METHOD=forkserver with the script's code under `if __name__ == "
            "'__main__':`"
        )
        return (Finding(rule="start_method", severity="info", evidence=evidence, advice=advice),)
    if method in {"spawn", "forkserver"}:
        advice = (
            f"backend='multiprocessing' starts workers by {method}, which import the main script "
            "again: keep its code under `if __name__ == '__main__':`, or use loky, which does not"
        )
        return (Finding(rule="start_method", severity="info", evidence=evidence, advice=advice),)
    return ()
