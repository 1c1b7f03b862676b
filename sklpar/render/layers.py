"""A layer of parallelism in words: what it is, which knob reaches it, what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sklpar.model import Layer, Pool, Resolution

_KINDS: Mapping[str, tuple[str, str]] = {
    "loky": ("process", "processes"),
    "multiprocessing": ("process", "processes"),
    "threading": ("Python thread", "Python threads"),
}
_LIBRARIES = {"openblas": "OpenBLAS", "mkl": "MKL", "blis": "BLIS", "openmp": "OpenMP"}
_VARIABLES = {
    "openblas": "OPENBLAS_NUM_THREADS",
    "mkl": "MKL_NUM_THREADS",
    "blis": "BLIS_NUM_THREADS",
}
_TITLES = {"joblib": "joblib", "openmp": "OpenMP", "blas": "BLAS", "own": "own pool"}


def title(layer: Layer) -> str:
    """Return the word that a layer's lines begin with."""
    return "n_jobs" if layer.ignored else _TITLES[layer.kind]


def sentences(layer: Layer, pools: Sequence[Pool], *, named: bool = False) -> list[str]:
    """Return what is to be said of a layer, most important first.

    Parameters
    ----------
    named : bool
        Whether to say which function makes the call: where a part makes several.
    """
    if layer.ignored:
        return [f"{layer.parameter} = {layer.as_written}: ignored, nothing here takes it"]
    match layer.kind:
        case "joblib":
            told = _joblib(layer)
            function = layer.evidence.partition(":")[0].rpartition(".")[2]
            return [f"{told[0]} ({function})", *told[1:]] if named and layer.resolutions else told
        case "own":
            return _own(layer)
        case "openmp" | "blas":
            return _native(layer, pools)


def _methods(layer: Layer) -> str:
    """Return ``in predict: ``; nothing for what fit reaches, which is what is timed."""
    if not layer.methods or "fit" in layer.methods:
        return ""
    return f"in {', '.join(layer.methods[:3])}{'' if layer.place else ', not in fit'}: "


def _joblib(layer: Layer) -> list[str]:
    knob = f"{_methods(layer)}{_knob(layer)}"
    if not layer.resolutions:
        return [f"{knob}, {layer.evidence}, which was not read"]
    told = [knob, *_outcomes(layer)]
    if layer.n_jobs_from == "parameter" and not layer.certain:
        told.append("or OpenMP in its place: the data decide")
    return told


def _knob(layer: Layer) -> str:
    match layer.n_jobs_from:
        case "parameter":
            one = ", one job as written" if layer.as_written in (None, 1) else ""
            return f"{layer.parameter} = {layer.as_written}{one}"
        case "constant":
            return f"n_jobs is {layer.as_written} in its code: no parameter reaches it"
        case "openmp":
            return "as many as OpenMP has threads: n_jobs does not reach it, OMP_NUM_THREADS does"
        case "nothing":
            return "one job: no n_jobs reaches it but that of parallel_config(n_jobs=...)"
        case _:
            return "where its n_jobs comes from was not found out"


def _outcomes(layer: Layer) -> list[str]:
    if layer.n_jobs_from in ("nothing", "unknown"):
        return []
    if layer.n_jobs_from != "parameter":
        outcome = _by_backend(_answers(layer, None, within=layer.depth), layer)
        return [outcome] if outcome else []
    asked = 2 if layer.as_written in (None, 0, 1) else layer.as_written
    outermost = _by_backend(_answers(layer, asked, within=0), layer)
    if not layer.depth:
        return [f"with {asked}: {outermost}"] if outermost else []
    told: dict[str, str] = {}
    for within in range(layer.depth, -1, -1):
        outcome = _by_backend(_answers(layer, asked, within=within), layer)
        told.setdefault(outcome, _where(within, layer.depth))
    if len(told) == 1:
        return [f"with {asked}, in each worker too: {outermost}"]
    return [f"with {asked}{where}: {outcome}" for outcome, where in told.items() if outcome]


def _where(within: int, depth: int) -> str:
    if within == depth:
        return ", in each worker"
    if within == 0:
        return ", where what is around it has one job"
    return f", where {within} of the {depth} calls around it has more than one job"


def _answers(layer: Layer, asked: int | None, *, within: int) -> dict[str | None, Resolution]:
    return {
        one.config: one
        for one in layer.resolutions
        if one.asked == asked and one.within == within and one.config_n_jobs is None
    }


def _by_backend(answers: Mapping[str | None, Resolution], layer: Layer) -> str:
    """Return what it is without a configured backend, and where another changes it."""
    if None not in answers:
        return ""
    usual = _workers(answers[None])
    others: dict[str, list[str]] = {}
    for config, answer in answers.items():
        if config not in (None, "sequential") and _workers(answer) != usual:
            others.setdefault(_workers(answer), []).append(str(config))
    line = f"{usual}{_why(layer, answers[None], changes=bool(others))}"
    if not others:
        return f"{line}, whatever the backend" if answers[None].n_jobs > 1 else line
    return "; ".join([line, *(f"under {' or '.join(n)} {words}" for words, n in others.items())])


def _workers(answer: Resolution) -> str:
    if answer.n_jobs == 1:
        return "one after the other"
    one, many = _KINDS.get(
        answer.backend, (f"{answer.backend} worker", f"{answer.backend} workers")
    )
    return f"{answer.n_jobs} {many if answer.n_jobs > 1 else one}"


def _why(layer: Layer, answer: Resolution, *, changes: bool) -> str:
    if layer.require == "sharedmem" and answer.backend == "threading":
        return " (require='sharedmem')"
    if layer.backend is not None:
        return f" (backend={layer.backend!r} in its code)"
    if layer.prefer is not None and changes:
        return f" (prefer={layer.prefer!r}, a hint)"
    return ""


def _own(layer: Layer) -> list[str]:
    knob = f"{layer.parameter} = {layer.as_written}" if layer.parameter else "no parameter found"
    return [
        f"{_methods(layer)}{knob} ({layer.evidence})",
        "no backend of joblib's reaches it, and no environment variable is sure to",
    ]


def _native(layer: Layer, pools: Sequence[Pool]) -> list[str]:
    mine = [pool for pool in pools if pool.user_api == layer.kind]
    perhaps = "" if layer.certain else "possible, with large arrays: "
    variables = list(dict.fromkeys(filter(None, map(variable, mine))))
    knob = " and ".join(variables) or "OMP_NUM_THREADS"
    return [f"{_methods(layer)}{perhaps}{knob} (inner_threads)"]


def variable(pool: Pool) -> str:
    """Return the environment variable that sizes a pool; empty where it is not known."""
    return "OMP_NUM_THREADS" if pool.user_api == "openmp" else _VARIABLES.get(pool.internal_api, "")


def pool_words(pool: Pool) -> str:
    """Return such as ``OpenBLAS 0.3.30 with 2 threads (libscipy_openblas.so)``."""
    name = _LIBRARIES.get(pool.internal_api, _LIBRARIES.get(pool.user_api, pool.internal_api))
    version = f" {pool.version}" if pool.version else ""
    many = f"{pool.num_threads} thread{'' if pool.num_threads == 1 else 's'}"
    return f"{name}{version} with {many} ({pool.library})"
