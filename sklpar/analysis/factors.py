"""What multiplies in a setting: workers, calls nested in them, and native threads in each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sklpar.analysis.case import Case
from sklpar.analysis.evidence import Evidence
from sklpar.analysis.products import BLAS_VARIABLES, PROCESSES, counted, runs_in_fit
from sklpar.model import Caps, Host, Pool, SettingReport

_LIBRARIES = {"openblas": "OpenBLAS", "mkl": "MKL", "blis": "BLIS", "flexiblas": "FlexiBLAS"}
_VARIABLES = {
    "OpenMP": "OMP_NUM_THREADS",
    **{_LIBRARIES[library]: variable for library, variable in BLAS_VARIABLES.items()},
}


@dataclass(frozen=True, kw_only=True)
class Factors:
    """How many threads a setting can have at work, by layer.

    Attributes
    ----------
    workers : int
        Of the outermost joblib call.
    nested : int
        Workers of a call inside each of them.
    nested_path : str or None
        The parameter that says so.
    threads : int
        Native threads of each worker's largest pool.
    libraries : tuple of str
        Whose threads they are, such as ``OpenBLAS``.
    blas_pools : int
        BLAS pools that wide: the wheels of numpy and scipy bring one each.
    own_pool : bool
        True where the nested workers are the threads of a pool that a package brings along, such as
        LightGBM's; within these nothing multiplies.
    """

    workers: int
    nested: int
    nested_path: str | None
    threads: int
    libraries: tuple[str, ...]
    blas_pools: int
    own_pool: bool = False

    @property
    def own(self) -> int:
        """Workers with those of nested calls: what no cap of native threads lowers."""
        return self.workers * self.nested

    def product(self, *, pools: int = 1) -> str:
        """Return the factors in words, such as ``4 workers × 2 OpenBLAS threads = 8``."""
        parts = [f"{self.workers} workers"] if self.workers > 1 else []
        if self.nested > 1:
            what = "threads " if self.own_pool else "workers " if self.workers == 1 else ""
            parts.append(f"{self.nested} {what}by {self.nested_path or 'a nested n_jobs'}")
        if self.threads > 1:
            if pools > 1:
                parts.append(f"{pools} {self.library} pools (numpy's and scipy's own)")
            parts.append(f"{self.threads} {'' if pools > 1 else self.library + ' '}threads")
        total = self.own * self.threads * pools
        return f"{' × '.join(parts)} = {total}" if len(parts) > 1 else "".join(parts)

    @property
    def library(self) -> str:
        """Whose threads they are, in words."""
        return " or ".join(self.libraries)

    @property
    def variables(self) -> str:
        """The environment variables that cap them."""
        return ", ".join(f"{_VARIABLES[one]}=1" for one in self.libraries if one in _VARIABLES)


def factors_of(case: Case, row: SettingReport, found: Evidence) -> Factors:
    """Find what multiplies in a setting, from what was seen, else from what was asked."""
    workers = _workers(case, row, found)
    nested, path = _nested(case, row, found)
    own_pool = nested > 1 and any(
        layer.kind == "own" and layer.parameter == path for layer in case.run.inspection.layers
    )
    pools = [] if own_pool else _pools(case, row, workers)
    threads = max((pool.num_threads for pool in pools), default=1)
    widest = [pool for pool in pools if pool.num_threads == threads > 1]
    blas = [pool for pool in widest if pool.user_api == "blas"]
    return Factors(
        workers=workers,
        nested=nested,
        nested_path=path,
        threads=threads,
        libraries=tuple(dict.fromkeys(library_of(pool) for pool in widest)),
        blas_pools=len({pool.library or pool.version for pool in blas}) if blas else 0,
        own_pool=own_pool,
    )


def library_of(pool: Pool) -> str:
    """Return whose pool it is: OpenMP's runtimes go by one name, they obey one variable."""
    if pool.user_api == "openmp":
        return "OpenMP"
    return _LIBRARIES.get(pool.internal_api, pool.internal_api)


def n_jobs_knob(case: Case) -> str:
    """Return the parameter that carries n_jobs, or the configuration that does for a callable."""
    inspection = case.run.inspection
    if inspection.is_callable:
        return "n_jobs of parallel_config"
    return ", ".join(inspection.n_jobs_paths) or "n_jobs"


def asked_jobs(case: Case, row: SettingReport) -> int | None:
    """Return the n_jobs that a setting asks for, None where other code may ask for its own."""
    inspection = case.run.inspection
    if inspection.opaque or inspection.is_callable:
        return None
    written = inspection.n_jobs_as_written.values() if row.id == "as-written" else ()
    asked = [row.n_jobs, *written]
    known = [jobs for jobs in asked if isinstance(jobs, int)]
    cpus = case.run.host.usable_cpus
    return max((counted(jobs, cpus) for jobs in known), default=1)


def _workers(case: Case, row: SettingReport, found: Evidence) -> int:
    if asked_jobs(case, row) == 1:
        # Whatever threads joblib starts all the same are over soon: histogram gradient boosting
        # bins its columns in as many as OpenMP has.
        return 1
    if outer := found.typical.outer:
        return max(call.n_jobs for call in outer)
    if found.typical.calls:
        return 1
    if row.n_jobs is not None:
        return max(1, row.n_jobs)
    seen = row.observed.workers if row.observed else None
    return max(1, seen or 1)


def _nested(case: Case, row: SettingReport, found: Evidence) -> tuple[int, str | None]:
    """Return the widest level inside the outermost, and its parameter."""
    value, path = max(_nested_values(case, row), default=(1, None))
    if row.id != "serial" and value > 1:
        return value, path
    if asked_jobs(case, row) is None:
        # Code that is not scikit-learn's has no path for it, but its calls were seen.
        return max((call.n_jobs for call in found.typical.calls if call.depth > 0), default=1), None
    return 1, None


def _nested_values(case: Case, row: SettingReport) -> Iterator[tuple[int, str]]:
    inspection, cpus = case.run.inspection, case.run.host.usable_cpus
    ignored = {layer.parameter for layer in inspection.layers if layer.ignored}
    asked: dict[str, object] = dict(inspection.nested_n_jobs)
    for layer in inspection.layers:
        # A pool that a package brings along takes every core unless its own parameter is set.
        if layer.kind == "own" and layer.parameter and layer.parameter not in asked:
            asked[layer.parameter] = layer.as_written if layer.as_written is not None else -1
    for path, as_written in asked.items():
        value = row.params.get(path, row.resolved.get(path, as_written))
        if path not in ignored and path not in inspection.n_jobs_paths and isinstance(value, int):
            yield counted(value, cpus), path
    for path in inspection.repeated_n_jobs:
        value = row.resolved.get(path, inspection.n_jobs_as_written.get(path))
        if isinstance(value, int):
            yield counted(value, cpus), path


def _pools(case: Case, row: SettingReport, workers: int) -> Sequence[Pool]:
    """Return the native pools that the job can reach, each as wide as it is in a worker."""
    inspection = case.run.inspection
    # A fit that was cut off never came to its proof: the pools are those of an uncapped process.
    proven = row.observed.pools if row.observed else ()
    pools = proven or inspection.pools
    layers = [layer for layer in inspection.layers if runs_in_fit(layer, inspection)]
    certain = {layer.kind for layer in layers if layer.certain}
    kinds = {layer.kind for layer in layers}
    reached = sorted(
        (pool for pool in pools if pool.user_api in kinds),
        key=lambda pool: pool.user_api not in certain,
    )
    if not reached and (inspection.opaque or not layers):
        reached = list(pools)  # code that could not be looked into may use any of them
    backend = _backend(case, row)
    return [
        replace(
            pool,
            num_threads=min(
                pool.num_threads,
                _cap(case.run.host, row, pool, backend, workers) or pool.num_threads,
            ),
        )
        for pool in reached
    ]


def _backend(case: Case, row: SettingReport) -> str | None:
    outer = case.evidence[row.id].typical.outer
    return outer[0].backend if outer else row.backend


def _cap(
    host: Host, row: SettingReport, pool: Pool, backend: str | None, workers: int
) -> int | None:
    """Return the cap that a worker's pool has, None where nothing caps it."""
    match row.inner_threads:
        case int():
            return row.inner_threads
        case Caps(blas=blas, openmp=openmp):
            return openmp if pool.user_api == "openmp" else blas
    if backend == "loky" and workers > 1:
        # loky gives its workers the CPUs divided by their number, except where the user said.
        variable = _VARIABLES.get(library_of(pool), "")
        written = _number(host.environment, variable) if row.inner_threads is None else None
        return written or max(1, host.usable_cpus // workers)
    return None


def _number(environment: Mapping[str, str], variable: str) -> int | None:
    text = environment.get(variable, "")
    return int(text) if text.isdecimal() else None


def uses_processes(found: Evidence, row: SettingReport) -> bool:
    """Tell whether the outermost workers are processes."""
    work = found.typical
    if work.outer:
        return any(call.backend in PROCESSES for call in work.outer)
    return not work.calls and row.backend in PROCESSES and (row.n_jobs or 1) > 1
