"""From an estimator to its parts and layers; whatever cannot be read becomes a note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sklpar import model
from sklpar.model import Layer
from sklpar.spec.layers import asking, own
from sklpar.spec.layers.evidence import Evidence, JoblibCall
from sklpar.spec.layers.native import Libraries
from sklpar.spec.layers.parts import Part, parts_of
from sklpar.spec.layers.reader import Reader
from sklpar.spec.layers.source import Sources
from sklpar.spec.layers.values import Known, Value

# Besides fit: within a search or a pipeline these too run during the fit of the whole.
_METHODS = (
    "fit",
    "transform",
    "predict",
    "predict_proba",
    "decision_function",
    "score_samples",
    "kneighbors",
    "fit_transform",
    "fit_predict",
)


@dataclass(slots=True, kw_only=True)
class _Seen:
    """What was found of one part: evidence by method, and the calls in whose workers it is fit."""

    part: Part
    methods: dict[str, Evidence] = field(default_factory=dict)
    chain: tuple[JoblibCall, ...] = ()
    refit: bool = False
    note: str = ""


def find_layers(estimator: Any) -> tuple[list[model.Part], list[Layer]]:
    """Return the parts of an estimator and their layers, outermost first.

    Nothing is fitted or imported. What cannot be read has a note in place of layers.
    """
    parts = parts_of(estimator)
    libraries = Libraries()
    reader = Reader({id(part.it): part.place for part in parts}, Sources(), libraries)
    seen: dict[str, _Seen] = {}
    layers: list[Layer] = []
    for part in parts:
        found = _read(reader, part)
        seen[part.place] = found
        if part.owner is not None:
            found.chain, found.refit = _chain(seen[part.owner.place], part.place)
        layers += _layers(found, libraries)
    return [_describe(found) for found in seen.values()], layers


def layers_as_json(estimator: Any) -> dict[str, Any]:
    """Return the fields ``parts`` and ``layers`` of an inspection, as plain values.

    Never an error: what cannot be analysed must not keep a job from being measured.
    """
    try:
        parts, layers = find_layers(estimator)
    except Exception as error:  # noqa: BLE001 - see above; get_params may be the user's own
        note = f"its layers could not be looked for ({type(error).__name__})"
        parts, layers = [model.Part(place="", owner=type(estimator).__name__, note=note)], []
    return {
        "parts": [asdict(part) for part in parts],
        "layers": [asdict(layer) for layer in layers],
    }


def _read(reader: Reader, part: Part) -> _Seen:
    """Read every method of a part; code that is too exotic costs its layers, no more."""
    seen = _Seen(part=part)
    try:
        reader.start(part)
        for method in _METHODS:
            evidence = reader.read(method)
            if evidence is not None:
                seen.methods[method] = evidence
            elif method == "fit":
                seen.note = "its fit is not Python code that can be read"
    except Exception as error:  # noqa: BLE001 - any code at all may be met
        seen.note = f"its code could not be read to the end ({type(error).__name__})"
    if any(evidence.cut_short for evidence in seen.methods.values()):
        seen.note = "its code was not read to the end: it is very large"
    return seen


def _chain(owner: _Seen, place: str) -> tuple[tuple[JoblibCall, ...], bool]:
    """Return the calls in whose workers an owner fits a part, and if it fits it outside as well."""
    fit = owner.methods.get("fit")
    uses = [use for use in fit.uses if "fit" in use.method] if fit else []
    named = [use for use in uses if use.place == place]
    calls = [use.context.calls for use in named or uses]
    deepest = max(calls, key=len, default=())
    outside = bool(named) and any(len(one) < len(deepest) for one in calls)
    return (*owner.chain, *deepest), outside


def _describe(seen: _Seen) -> model.Part:
    part = seen.part
    return model.Part(
        place=part.place,
        owner=type(part.it).__name__,
        inside=None if part.owner is None else part.owner.place,
        refit=seen.refit,
        note=seen.note,
    )


def _layers(seen: _Seen, libraries: Libraries) -> list[Layer]:
    found = _merged([*_joblib(seen), *_natives(seen), *_pools(seen)])
    if not any(layer.kind == "joblib" and "fit" in layer.methods for layer in found):
        found += own.layers_of(seen.part, libraries, len(seen.chain))
    return sorted([*found, *_without_layer(seen, found)], key=_order)


def _order(layer: Layer) -> tuple[int, int, bool]:
    kinds = ("joblib", "own", "openmp", "blas")
    return kinds.index(layer.kind), layer.depth, "fit" not in layer.methods


def _joblib(seen: _Seen) -> list[Layer]:
    layers = []
    for method, evidence in seen.methods.items():
        for call in evidence.calls:
            source, parameter, value = _jobs(call.jobs, seen.part)
            words = call.keywords
            text = "".join(f", {name}={word!r}" for name, word in words.items())
            chain = (*seen.chain, *call.context.calls)
            layers.append(
                Layer(
                    place=seen.part.place,
                    owner=type(seen.part.it).__name__,
                    kind="joblib",
                    depth=len(chain),
                    methods=(method,),
                    parameter=parameter,
                    as_written=value,
                    prefer=words.get("prefer"),
                    require=words.get("require"),
                    backend=words.get("backend"),
                    resolutions=asking.resolutions(call, chain, value),
                    evidence=f"{call.where}: {call.cls.__name__}({text.removeprefix(', ')})",
                    n_jobs_from=source,
                    certain=call not in evidence.fallbacks and not _left_alone(call),
                )
            )
    return layers


def _left_alone(call: JoblibCall) -> bool:
    """Tell a helper object whose n_jobs is left at None, as HistGradientBoosting's encoder is."""
    return isinstance(call.jobs, Known) and call.jobs.it is None and not call.jobs.origins


def _jobs(jobs: Value | None, part: Part) -> tuple[Any, str | None, int | None]:
    """Return where a call's n_jobs comes from: source, parameter and value."""
    if jobs is None or (isinstance(jobs, Known) and jobs.it is None and not jobs.origins):
        return "nothing", None, None
    if jobs.openmp:
        return "openmp", None, None
    if jobs.origins:
        path = min(jobs.origins, key=lambda path: ("job" not in path and "work" not in path, path))
        return "parameter", path, _value(part, path)
    if isinstance(jobs, Known) and isinstance(jobs.it, int):
        return "constant", None, jobs.it
    return "unknown", None, None


def _value(part: Part, path: str) -> int | None:
    name = next((name for name, own_path in part.parameters.items() if own_path == path), None)
    value = part.values.get(name) if name else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _natives(seen: _Seen) -> list[Layer]:
    """Return OpenMP and BLAS, each once: the certain uses speak for the others."""
    best: dict[tuple[str, str], Layer] = {}
    for method, evidence in seen.methods.items():
        for use in evidence.natives:
            layer = Layer(
                place=seen.part.place,
                owner=type(seen.part.it).__name__,
                kind="openmp" if use.kind == "openmp" else "blas",
                depth=len(seen.chain) + use.context.depth,
                methods=(method,),
                certain=use.certain,
                evidence=use.where,
                n_jobs_from="nothing",
            )
            key = (method, use.kind)
            known = best.get(key)
            if known is None or (layer.certain, layer.depth) > (known.certain, known.depth):
                best[key] = layer
    return list(best.values())


def _pools(seen: _Seen) -> list[Layer]:
    layers = []
    for method, evidence in seen.methods.items():
        for use in evidence.pools:
            source, parameter, value = _jobs(use.jobs, seen.part)
            layers.append(
                Layer(
                    place=seen.part.place,
                    owner=type(seen.part.it).__name__,
                    kind="own",
                    depth=len(seen.chain) + use.context.depth,
                    methods=(method,),
                    parameter=parameter,
                    as_written=value,
                    evidence=use.where,
                    n_jobs_from=source,
                )
            )
    return layers


def _merged(layers: Sequence[Layer]) -> list[Layer]:
    """Return one layer for those that differ in the method or the line alone."""
    found: dict[Any, Layer] = {}
    for layer in layers:
        native = layer.kind in ("openmp", "blas")
        key = replace(
            layer, methods=(), evidence="", certain=True, depth=0 if native else layer.depth
        )
        known = found.get(key)
        if known is None:
            found[key] = layer
            continue
        methods = tuple(dict.fromkeys((*known.methods, *layer.methods)))
        first = layer if layer.certain and not known.certain else known
        found[key] = replace(first, methods=methods, depth=max(known.depth, layer.depth))
    return list(found.values())


def _without_layer(seen: _Seen, found: Sequence[Layer]) -> list[Layer]:
    """Return the part's n_jobs where no call takes it: ignored, or handed to who knows whom."""
    path = seen.part.parameters.get("n_jobs")
    if path is None or seen.note or any(layer.parameter == path for layer in found):
        return []
    if any(layer.kind == "own" for layer in found):
        return []
    passed: Mapping[str, str] = {}
    for evidence in seen.methods.values():
        passed = {**evidence.passed, **passed}
    return [
        Layer(
            place=seen.part.place,
            owner=type(seen.part.it).__name__,
            kind="joblib",
            depth=len(seen.chain),
            methods=("fit",) if path in passed else (),
            parameter=path,
            as_written=_value(seen.part, path),
            ignored=path not in passed,
            certain=path not in passed,
            evidence=f"handed to {passed[path]}" if path in passed else "",
        )
    ]
