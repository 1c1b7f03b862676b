"""Whether two measurements can be compared: the facts by which machines, data and jobs differ."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sklpar.host.fingerprint import pool_builds
from sklpar.host.threads import THREAD_VARIABLES
from sklpar.model import DataFacts, Difference, Host, Report
from sklpar.store.codec import dump, spelled

# The job itself: not what it is called, how long it is measured, or which settings are tried.
_JOB_SECTIONS = ("estimator", "data", "callable")
# What decides which setting is the answer, and how sure it is.
_ASKED_SECTIONS = ("objective", "limits", "measure")
# Maps whose order is the order in which their members are fitted.
_ORDERED = frozenset({"steps", "transformer_list", "transformers", "estimators"})
# Machines of one kind differ by less in what the kernel keeps for itself.
_MEMORY_TOLERANCE = 0.05
_FINGERPRINT_KEYS = ("cpu_model", "usable_cpus", "blas", "versions", "data", "spec_sha256")
_NOT_KNOWN = "not known"
_NOT_GIVEN = "not given"
_NOT_SET = "not set"
_NONE = "none"


def differences(before: Report, now: Report, *, ratios_only: bool) -> tuple[Difference, ...]:
    """Return the facts by which two runs differ, blocking ones first.

    The machine, its libraries, the data and the job are compared, not the settings measured.

    Parameters
    ----------
    ratios_only : bool
        Whether only ratios will be compared: the CPU's model and the BLAS build then do not block.
        The number of usable CPUs does, since a speedup is of so many.

    Returns
    -------
    tuple of Difference
        `field` is the fact's path in the run document, such as ``spec.estimator.max_iter``.
    """
    found = [
        *_machine(before.host, now.host, blocking=not ratios_only),
        *_variables(before.host.environment, now.host.environment),
        *_data(before.data, now.data),
        *_job(before.spec, now.spec),
        *_surroundings(before, now),
    ]
    return tuple(sorted(found, key=lambda one: not one.blocking))


def asked_differently(before: Report, now: Report) -> tuple[Difference, ...]:
    """Return by what two runs were asked for other answers; none of it blocks."""
    return tuple(_sections(before.spec, now.spec, _ASKED_SECTIONS, blocking=False))


def fingerprint_differences(
    before: Mapping[str, Any], now: Mapping[str, Any]
) -> tuple[Difference, ...]:
    """Return by what a fingerprint differs from a fresh one; none of it blocks.

    Parameters
    ----------
    before : mapping
        The ``fingerprint`` of an emitted YAML, as a person may have edited it: keys that only one
        side has are passed over.
    now : mapping
        What `sklpar.host.fingerprint.fingerprint` says today.
    """
    then, today = _as_stored(before), _as_stored(now)
    found: list[Difference] = []
    for key in _FINGERPRINT_KEYS:
        if key in then and key in today:
            both = _shared(then[key], today[key]), _shared(today[key], then[key])
            found += _values(f"fingerprint.{key}", *both, blocking=False)
    return tuple(found)


def _shared(value: Any, other: Any) -> Any:
    if not isinstance(value, dict) or not isinstance(other, dict):
        return value
    return {key: item for key, item in value.items() if key in other}


def _machine(before: Host, now: Host, *, blocking: bool) -> Iterator[Difference]:
    yield from _texts("host.cpu_model", before.cpu_model, now.cpu_model, blocking=blocking)
    yield from _numbers("host.usable_cpus", before.usable_cpus, now.usable_cpus, blocking=True)
    yield from _pools(before, now, "blas", blocking=blocking)


def _pools(before: Host, now: Host, user_api: str, *, blocking: bool) -> Iterator[Difference]:
    then, today = (", ".join(pool_builds(host, user_api)) or _NONE for host in (before, now))
    yield from _texts(f"host.thread_pools.{user_api}", then, today, blocking=blocking)


def _variables(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Difference]:
    """As-written inherits the environment: with other thread variables it is another setting."""
    others = sorted({*before, *now} - set(THREAD_VARIABLES))
    for name in (*THREAD_VARIABLES, *others):
        yield from _texts(
            f"host.environment.{name}",
            before.get(name, _NOT_SET),
            now.get(name, _NOT_SET),
            blocking=name in THREAD_VARIABLES,
        )


def _data(before: DataFacts | None, now: DataFacts | None) -> Iterator[Difference]:
    """One side may not know: a baseline from before data were told, or data of an unknown kind."""
    if before is None or now is None:
        yield from _texts("data", _facts_text(before), _facts_text(now), blocking=False)
    elif before.shape != now.shape:
        yield from _texts("data.shape", _shape(before), _shape(now), blocking=True)
    else:
        yield from _texts(
            "data.digest",
            before.digest or _NOT_KNOWN,
            now.digest or _NOT_KNOWN,
            blocking=None not in (before.digest, now.digest),
        )


def _facts_text(facts: DataFacts | None) -> str:
    if facts is None:
        return _NOT_KNOWN
    return f"{_shape(facts)}, digest {facts.digest or _NOT_KNOWN}"


def _shape(facts: DataFacts) -> str:
    return " x ".join(map(str, facts.shape)) or "a single value"


def _job(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    yield from _sections(before, now, _JOB_SECTIONS, blocking=True)


def _sections(
    before: Mapping[str, Any], now: Mapping[str, Any], names: Sequence[str], *, blocking: bool
) -> Iterator[Difference]:
    then, today = _as_stored(before), _as_stored(now)
    sections = [{name: of[name] for name in names if name in of} for of in (then, today)]
    yield from _values("spec", *sections, blocking=blocking)


def _surroundings(before: Report, now: Report) -> Iterator[Difference]:
    yield from _texts("sklpar_version", before.sklpar_version, now.sklpar_version)
    then, today = before.host, now.host
    for name in dict.fromkeys((*then.versions, *today.versions)):
        if name != "sklpar":
            versions = then.versions.get(name, _NONE), today.versions.get(name, _NONE)
            yield from _texts(f"host.versions.{name}", *versions)
    yield from _pools(then, today, "openmp", blocking=False)
    yield from _numbers("host.logical_cpus", then.logical_cpus, today.logical_cpus)
    yield from _numbers("host.physical_cpus", then.physical_cpus, today.physical_cpus)
    if not _about_equal(then.memory_bytes, today.memory_bytes):
        yield from _texts("host.memory_bytes", *map(_size, (then.memory_bytes, today.memory_bytes)))


def _about_equal(before: int | None, now: int | None) -> bool:
    if before is None or now is None:
        return before is now
    return abs(now - before) <= _MEMORY_TOLERANCE * max(before, now)


def _size(size_bytes: int | None) -> str:
    return _NOT_KNOWN if size_bytes is None else f"{size_bytes / 1e9:.3g} GB"


def _texts(field: str, before: str, now: str, *, blocking: bool = False) -> Iterator[Difference]:
    if before != now:
        yield Difference(field=field, before=before, now=now, blocking=blocking)


def _numbers(
    field: str, before: int | None, now: int | None, *, blocking: bool = False
) -> Iterator[Difference]:
    texts = (_NOT_KNOWN if number is None else str(number) for number in (before, now))
    yield from _texts(field, *texts, blocking=blocking)


def _values(field: str, before: Any, now: Any, *, blocking: bool) -> Iterator[Difference]:
    """Go into maps, and into lists of them, to the values that differ."""
    if isinstance(before, dict) and isinstance(now, dict):
        yield from _maps(field, before, now, blocking=blocking)
    elif _is_list_of_maps(before) and _is_list_of_maps(now) and len(before) == len(now):
        for index, (then, today) in enumerate(zip(before, now, strict=True)):
            yield from _values(f"{field}.{index}", then, today, blocking=blocking)
    elif _text(before) != _text(now):
        then, today = _bare(before), _bare(now)
        if then == today:  # the number 1 and the text 1
            then, today = _text(before), _text(now)
        yield Difference(field=field, before=then, now=today, blocking=blocking)


def _maps(
    field: str, before: dict[str, Any], now: dict[str, Any], *, blocking: bool
) -> Iterator[Difference]:
    if field.rpartition(".")[2] in _ORDERED and before.keys() == now.keys():
        yield from _texts(field, ", ".join(before), ", ".join(now), blocking=blocking)
    for key in dict.fromkeys((*before, *now)):
        path = f"{field}.{key}"
        if key in before and key in now:
            yield from _values(path, before[key], now[key], blocking=blocking)
        else:
            texts = (_bare(of[key]) if key in of else _NOT_GIVEN for of in (before, now))
            yield from _texts(path, *texts, blocking=blocking)


def _is_list_of_maps(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict | list) for item in value)


def _as_stored(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as they are once they were written into a run document and read again."""
    stored: dict[str, Any] = json.loads(dump(spelled(value)))
    return stored


def _text(value: Any) -> str:
    """Return a value as JSON, which tells 1, 1.0 and true apart."""
    return json.dumps(value, ensure_ascii=False)


def _bare(value: Any) -> str:
    return value if isinstance(value, str) else _text(value)
