"""What ``doctor`` says on a terminal: the verdict, the facts, then each finding with its advice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sklpar.render import numbers
from sklpar.render.plain import one_line, shorten, wrap

if TYPE_CHECKING:
    from sklpar.model import Calibration, Checkup, Facts, Figure, Finding, Pool, Space
    from sklpar.render.interface import RenderOptions

_BOLD, _YELLOW, _RED = "1", "33", "31"
_COLORS = {"error": _RED, "warning": _YELLOW}
_WORDS = {"error": "error", "warning": "warning", "info": "note"}
_NAMED = ("python", "scikit-learn", "joblib", "numpy", "scipy", "threadpoolctl", "sklpar")
# Evidence that the advice has in words already.
_SAID = frozenset({"variable", "value", "why", "usable_cpus_source", "module"})


def render(checkup: Checkup, options: RenderOptions) -> str:
    """Return the checkup as text of `options.width` columns or fewer (60 at least)."""
    width = max(60, options.width)

    def paint(text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if options.color and code else text

    def prose(text: str, *, indent: int = 0) -> list[str]:
        clean = one_line(text, unicode=options.unicode)
        lines = wrap(clean, width - indent)
        return [" " * indent + line for line in lines]

    lines = [paint(line, _BOLD) for line in prose(verdict(checkup))]
    for heading, facts in _sections(checkup):
        lines += ["", paint(heading, _BOLD)]
        lines += [line for fact in facts for line in prose(fact, indent=2)]
    if checkup.findings:
        lines += ["", paint("Findings", _BOLD)]
    for finding in checkup.findings:
        first, *rest = prose(_finding(finding), indent=2)
        lines += [paint(first, _COLORS.get(finding.severity, "")), *rest]
    return "\n".join(lines) + "\n"


def verdict(checkup: Checkup) -> str:
    """Return what was found, in a sentence."""
    counts = []
    for severity, word in _WORDS.items():
        found = [finding for finding in checkup.findings if finding.severity == severity]
        rules = ", ".join(dict.fromkeys(finding.rule for finding in found))
        if found:
            counts.append(f"{_many(len(found), word)} ({rules})")
    if not counts:
        return "Nothing found that stands in the way of parallel fits."
    return f"{_many(len(checkup.findings), 'finding')}: {', '.join(counts)}."


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _finding(finding: Finding) -> str:
    evidence = {name: value for name, value in finding.evidence.items() if name not in _SAID}
    shown = numbers.evidence(evidence)
    proof = f" ({shown})" if shown else ""
    return shorten(f"{_WORDS[finding.severity]} {finding.rule}: {finding.advice}{proof}")


def _sections(checkup: Checkup) -> Iterator[tuple[str, list[str]]]:
    facts = checkup.facts
    yield "CPUs", list(_cpus(facts))
    yield "Thread pools that scikit-learn's imports start", list(_pools(facts))
    yield "Python and libraries", list(_libraries(facts))
    yield "Room for temporary files", list(_room(facts))
    if facts.host.environment:
        variables = [f"{name}={value}" for name, value in facts.host.environment.items()]
        yield "Variables that steer parallelism", [shorten(variable) for variable in variables]
    if checkup.calibration is not None:
        yield "Measured", list(_measured(checkup.calibration))
    else:
        yield "Measured", [f"nothing, {checkup.calibration_unavailable}"]


def _cpus(facts: Facts) -> Iterator[str]:
    host = facts.host
    yield f"{_many(host.usable_cpus, 'usable CPU')}: {host.usable_cpus_source}"
    cores = "cores unknown" if host.physical_cpus is None else _many(host.physical_cpus, "core")
    yield f"{_many(host.logical_cpus, 'logical CPU')}, {cores}: {host.cpu_model}"
    if facts.quota_cpus is not None:
        stopped = "" if facts.throttled_s is None else f", {_seconds(facts.throttled_s)} throttled"
        yield f"quota of {facts.quota_cpus:g} CPUs: {facts.quota_source}{stopped}"
    counted = facts.joblib_cpus
    yield (
        "joblib could not count the CPUs"
        if counted is None
        else (f"joblib counts {counted}: n_jobs=-1 is {counted}")
    )
    seen = facts.load
    if seen is None:
        yield "load unknown: the kernel does not tell"
        return
    average = "" if seen.average_1min is None else f", load average {seen.average_1min:.2f}"
    yield (
        f"others keep {seen.busy_cpus:.2f} CPUs busy, {seen.steal_cpus:.2f} stolen "
        f"(over {_seconds(seen.over_s)}){average}"
    )


def _pools(facts: Facts) -> Iterator[str]:
    pools = facts.host.thread_pools
    if not pools:
        yield "none seen"
    for pool in sorted(pools, key=lambda pool: (pool.user_api, pool.library)):
        yield _pool(pool)


def _pool(pool: Pool) -> str:
    names = {"blas": "BLAS", "openmp": "OpenMP"}
    kind = names.get(pool.user_api, pool.user_api)
    words = (pool.internal_api, pool.version, pool.threading_layer)
    what = " ".join(word for word in words if word and word != pool.user_api)
    library = f"{what}, {pool.library}" if what else pool.library
    return f"{kind}: {_many(pool.num_threads, 'thread')}, {library}"


def _libraries(facts: Facts) -> Iterator[str]:
    versions = facts.host.versions
    yield ", ".join(f"{name} {versions[name]}" for name in _NAMED if name in versions)
    python = facts.interpreter
    if python is not None:
        lock = "free-threaded, lock " + ("on" if python.gil_enabled else "off")
        gil = f"{lock}; " if python.free_threaded else ""
        yield f"{gil}multiprocessing starts processes by {python.start_method or 'an unknown way'}"
        yield python.executable
    if facts.xdist is not None:
        yield f"pytest-xdist {facts.xdist}"
    for missing in facts.missing:
        yield shorten(f"{missing.what}: {missing.why}")


def _room(facts: Facts) -> Iterator[str]:
    yield f"joblib's memory maps: {_space(facts.memmap_space)}"
    if facts.temp_space.path != facts.memmap_space.path:
        yield f"temporary files: {_space(facts.temp_space)}"
    if facts.shm_space is None:
        yield "there is no /dev/shm"
    elif facts.shm_space.path != facts.memmap_space.path:
        yield f"shared memory: {_space(facts.shm_space)}"


def _space(space: Space) -> str:
    free = "free room unknown" if space.free_bytes is None else f"{_bytes(space.free_bytes)} free"
    kind = {"tmpfs": " (tmpfs: in memory)", None: ""}.get(
        space.filesystem, f" ({space.filesystem})"
    )
    return f"{space.path}{kind}, {free}{'' if space.writable else ', not writable'}"


def _measured(calibration: Calibration) -> Iterator[str]:
    for figure in calibration.figures:
        yield _figure(figure)
    for missing in calibration.missing:
        yield shorten(f"{missing.what}: no figure, {missing.why}")
    outside = calibration.outside_cpus
    meanwhile = "" if outside is None else f"; others kept {outside:.2f} CPUs busy meanwhile"
    yield f"in {_seconds(calibration.wall_s)}{meanwhile}"


def _figure(figure: Figure) -> str:
    spread = numbers.span(figure.low, figure.high)
    name = figure.name.replace("_", " ")
    return (
        f"{name}: {numbers.three_digits(figure.median)} {figure.unit} "
        f"({spread}, n={figure.n}; {figure.method})"
    )


def _seconds(value: float) -> str:
    return numbers.seconds(value)


def _bytes(value: float) -> str:
    return numbers.memory(value)
