"""Workers times threads of a setting, against the usable CPUs; from the layers, without a fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sklpar.model import Caps, Inspection, Layer, Product, Setting

PROCESSES = ("loky", "multiprocessing")
_TRAINING = frozenset({"fit", "transform", "fit_transform", "fit_predict"})
_NAMES = {"openmp": "OpenMP threads", "blas": "BLAS threads", "own": "threads of its own"}
# The variable of each BLAS; OpenBLAS and MKL take OMP_NUM_THREADS where their own is not set.
BLAS_VARIABLES = {
    "openblas": "OPENBLAS_NUM_THREADS",
    "mkl": "MKL_NUM_THREADS",
    "blis": "BLIS_NUM_THREADS",
}


@dataclass(frozen=True, kw_only=True)
class _Factor:
    """What one layer multiplies by; `backend` is a joblib call's."""

    layer: Layer | None
    count: int
    backend: str | None = None

    @property
    def words(self) -> str:
        """Such as ``2 processes of GridSearchCV``."""
        if self.backend is not None:
            kind = "processes" if self.backend in PROCESSES else "Python threads"
            return f"{self.count} {kind} of {self.layer.owner if self.layer else 'the callable'}"
        return f"{self.count} {_NAMES[self.layer.kind] if self.layer else 'native threads'}"


@dataclass(frozen=True, kw_only=True)
class _Place:
    """A setting, the job and the machine that its layers are counted for."""

    setting: Setting
    inspection: Inspection
    usable_cpus: int
    environ: Mapping[str, str]


def product_of(
    setting: Setting, inspection: Inspection, usable_cpus: int, environ: Mapping[str, str]
) -> Product:
    """Return the largest number of threads that may run at once during a fit.

    Parameters
    ----------
    environ : mapping
        What as-written inherits: its caps count there, in other settings the setting's own do.
    """
    place = _Place(setting=setting, inspection=inspection, usable_cpus=usable_cpus, environ=environ)
    ways = list(_ways(place)) or [()]
    # Of two ways to the same number the one that is sure is told.
    largest = max(ways, key=lambda way: (_total(way), _is_certain(way)))
    workers = _total([factor for factor in largest if factor.backend is not None])
    total = _total(largest)
    return Product(
        setting=setting.id,
        workers=workers,
        threads=total // workers,
        total=total,
        usable_cpus=usable_cpus,
        certain=_is_certain(largest),
        layers=tuple(factor.words for factor in largest if factor.count > 1),
        words=_words(total, usable_cpus, certain=_is_certain(largest)),
    )


def _total(way: Sequence[_Factor]) -> int:
    total = 1
    for factor in way:
        total *= factor.count
    return total


def _is_certain(way: Sequence[_Factor]) -> bool:
    return all(f.layer is not None and f.layer.certain for f in way if f.count > 1)


def _words(total: int, cpus: int, *, certain: bool) -> str:
    if total == cpus:
        return "fits"
    if total < cpus:
        return f"{cpus - total} CPU{'' if cpus - total == 1 else 's'} unused"
    return f"{'' if certain else 'up to '}{total / cpus:.3g} times too much"


def _ways(place: _Place) -> Iterator[tuple[_Factor, ...]]:
    """Yield the factors of each layer that a fit reaches, those that enclose it first."""
    if place.inspection.is_callable:
        yield _callable(place)
        return
    for layer in place.inspection.layers:
        if (
            layer.ignored
            or layer.n_jobs_from == "openmp"
            or not runs_in_fit(layer, place.inspection)
        ):
            continue
        around = _enclosing(layer, place.inspection)
        # A part may also run in the first of its owner's calls alone, as the members of a stack.
        for calls in (around, list({one.place: one for one in reversed(around)}.values())[::-1]):
            if layer.kind == "joblib":
                yield _granted([*calls, layer], place)
            else:
                factors = _granted(calls, place)
                yield (*factors, _Factor(layer=layer, count=_threads(layer, factors, place)))


def _callable(place: _Place) -> tuple[_Factor, ...]:
    """What it calls is not known: its n_jobs may be of joblib, its pools may be in use."""
    setting = place.setting
    count = counted(setting.n_jobs, place.usable_cpus)
    backend = setting.backend or "loky"
    workers = _Factor(layer=None, count=count, backend=backend)
    kinds = {pool.user_api for pool in place.inspection.pools}
    threads = max((_capped(kind, (workers,), place) for kind in sorted(kinds)), default=1)
    return workers, _Factor(layer=None, count=threads)


def runs_in_fit(layer: Layer, inspection: Inspection) -> bool:
    """Tell what runs in the fit of the whole: a search has its candidates predict as well."""
    if "fit" in layer.methods or (layer.place and _TRAINING & set(layer.methods)):
        return True
    around = _lineage(layer.place, inspection)
    return any(part.refit for part in inspection.parts if part.place in around)


def _lineage(place: str, inspection: Inspection) -> list[str]:
    """Return a place and those that hold it, innermost first."""
    inside = {part.place: part.inside for part in inspection.parts}
    found: list[str] = []
    at: str | None = place
    while at is not None and at not in found:
        found.append(at)
        at = inside.get(at)
    return found


def _enclosing(layer: Layer, inspection: Inspection) -> list[Layer]:
    """Return the joblib layer at each smaller depth in whose workers this one runs."""
    lineage = _lineage(layer.place, inspection)
    found = []
    for depth in range(layer.depth):
        outer = [
            one
            for one in inspection.layers
            if one.kind == "joblib" and one.depth == depth and one.place in lineage
            if not one.ignored
            and set(one.methods) & set(layer.methods) | {"fit"} & set(one.methods)
        ]
        if outer:
            # The nearest part's own call; a call of fit before others.
            found.append(min(outer, key=lambda o: (lineage.index(o.place), "fit" not in o.methods)))
    return found


def _granted(layers: Sequence[Layer], place: _Place) -> tuple[_Factor, ...]:
    """Return what joblib grants to calls nested in each other, outermost first."""
    factors: list[_Factor] = []
    within = 0
    for layer in layers:
        backend, count = _resolved(layer, within, place)
        tasks = place.inspection.tasks
        if layer.parameter in place.inspection.n_jobs_paths and tasks:
            count = min(count, tasks)
        within += count > 1
        factors.append(_Factor(layer=layer, count=count, backend=backend))
    return tuple(factors)


def _resolved(layer: Layer, within: int, place: _Place) -> tuple[str, int]:
    """Look up what the call ended up with when joblib was asked."""
    config = place.setting.backend
    answers = {
        one.asked: one
        for one in layer.resolutions
        if one.config == config and one.within == within and one.config_n_jobs is None
    }
    asked = _asked(layer, place) if layer.n_jobs_from == "parameter" else None
    if answer := answers.get(asked):
        return answer.backend, answer.n_jobs
    # joblib was asked for two: if it granted them it grants any number.
    two = answers.get(2)
    count = counted(asked, place.usable_cpus)
    if two is None or two.n_jobs == 1 or count == 1:
        return "sequential", 1
    return two.backend, count


def _asked(layer: Layer, place: _Place) -> int | None:
    setting, path = place.setting, layer.parameter
    value: object = layer.as_written
    if path is not None and setting.kind == "serial":
        value = place.inspection.serial_params.get(path, value)
    elif path is not None and setting.kind == "swept":
        jobs = setting.n_jobs if path in place.inspection.n_jobs_paths else None
        value = setting.params.get(path, value if jobs is None else jobs)
    return value if isinstance(value, int) else None


def counted(jobs: int | None, usable_cpus: int) -> int:
    """Return n_jobs as joblib counts: -1 is every CPU, -2 one less, None is 1."""
    if jobs is None:
        return 1
    return jobs if jobs > 0 else max(1, usable_cpus + 1 + jobs)


def _threads(layer: Layer, around: Sequence[_Factor], place: _Place) -> int:
    if layer.kind != "own":
        return _capped(layer.kind, around, place)
    # No cap of the environment is sure to reach it; unset, and below 1, it takes every core.
    asked = _asked(layer, place)
    return asked if asked is not None and asked > 0 else place.usable_cpus


def _capped(kind: str, around: Sequence[_Factor], place: _Place) -> int:
    """Return the threads of a native pool in a worker."""
    inner = place.setting.inner_threads
    if isinstance(inner, Caps):
        return inner.openmp if kind == "openmp" else inner.blas
    if isinstance(inner, int):
        return inner
    written = _from_environment(kind, place)
    loky = [factor.count for factor in around if factor.backend == "loky" and factor.count > 1]
    if loky:
        # loky fills in each variable that is not set, and only those, with the CPUs divided.
        own = _from_environment(kind, place, fall_back=False)
        return own or max(1, place.usable_cpus // loky[0])
    return written or _uncapped(kind, place)


def _from_environment(kind: str, place: _Place, *, fall_back: bool = True) -> int | None:
    """Return the cap that as-written inherits; every other setting has its own environment."""
    if place.setting.kind != "as-written":
        return None
    names = [] if kind == "openmp" else [_blas_variable(place.inspection)]
    if kind == "openmp" or fall_back:
        names.append("OMP_NUM_THREADS")
    for name in names:
        text = place.environ.get(name, "").strip()
        if text.isdecimal() and int(text) > 0:
            return int(text)
    return None


def _blas_variable(inspection: Inspection) -> str:
    libraries = [pool.internal_api for pool in inspection.pools if pool.user_api == "blas"]
    return next((BLAS_VARIABLES[one] for one in libraries if one in BLAS_VARIABLES), "")


def _uncapped(kind: str, place: _Place) -> int:
    """Return how wide a pool is by itself: BLAS heeds affinity, never a quota."""
    if any(name.endswith("_NUM_THREADS") for name in place.environ):
        return place.usable_cpus  # the pools that were seen may have been capped
    pools = place.inspection.pools
    return max((p.num_threads for p in pools if p.user_api == kind), default=place.usable_cpus)
