"""The parent's side of an inspection: run the child, place what it found."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sklpar.errors import MeasurementError, Problem, SpecError, TrustError, UsageError
from sklpar.host.child import Ending, run_child
from sklpar.model import Inspection, Layer, Part, Pool, Resolution, Spec
from sklpar.spec.job import encode_job
from sklpar.spec.places import bounded, placed
from sklpar.spec.trust import wrong_package_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sklpar.host.interpreter import Interpreter


def inspect_spec(
    spec: Spec,
    trust: Sequence[str],
    *,
    timeout_s: float = 60,
    interpreter: Interpreter | None = None,
) -> Inspection:
    """Build the job in a child process and return what is in it; nothing is fitted.

    Parameters
    ----------
    trust : sequence of str
        Packages whose code the spec may name.
    timeout_s : float
        How long imports and constructors may take.
    interpreter : Interpreter, optional
        The Python whose libraries the job is built from; None is the one that runs this. Problems
        that are found under another name it.

    Raises
    ------
    TrustError
        If the spec names code of a package that is not trusted; it was not imported.
    SpecError
        If anything cannot be built, or the child died or hung in code that the spec names.
    MeasurementError
        If the child could not be started, or left something unreadable.
    """
    for package in trust:
        if wrong := wrong_package_name(package):
            raise UsageError(f"--trust: {wrong}")
    with tempfile.TemporaryDirectory(prefix="sklpar-check-") as folder:
        job_file, result_file = Path(folder, "job.json"), Path(folder, "result.json")
        job_file.write_text(json.dumps(encode_job(spec, trust)), encoding="utf-8")
        files = [str(job_file), str(result_file)]
        ending = run_child("sklpar.spec.inspection", files, timeout_s, interpreter)
        if ending.timed_out or not result_file.exists():
            raise _ended_early(spec, ending, timeout_s, interpreter)
        result = _read_result(result_file)
    if "problems" in result:
        raise _as_error(spec, result["problems"], interpreter)
    return _as_inspection(result["inspection"])


def _read_result(file: Path) -> dict[str, Any]:
    try:
        result = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(result, dict) and len(result.keys() & {"problems", "inspection"}) == 1:
            return result
    except (OSError, ValueError):
        pass
    raise MeasurementError(
        "the process that checks the spec left an answer that cannot be read",
        remedy="try again; if it stays, run the job's imports by hand and look for errors",
    )


def _ended_early(
    spec: Spec, ending: Ending, timeout_s: float, interpreter: Interpreter | None
) -> SpecError:
    if ending.timed_out:
        what = f"building the job took longer than {timeout_s:g} s and was stopped"
        remedy = "look for endless work in what the named modules do when they are imported"
    else:
        what = f"the process that builds the job ended by itself ({ending.how})"
        remedy = "look for exits and crashes in what the named modules do when they are imported"
    if ending.last_lines:
        remedy = "\n    ".join([f"{remedy}; it last printed:", *ending.last_lines])
    section = ("callable",) if spec.callable else ("estimator",)
    message = what + _under(interpreter)
    problem = placed(Problem(message=message, remedy=remedy, path=section), spec.positions)
    return SpecError([problem], file=spec.file, text=spec.text)


def _under(interpreter: Interpreter | None) -> str:
    """Say where a problem was found: under this very Python there may be none."""
    return f", under {interpreter.executable}" if interpreter else ""


def _as_error(
    spec: Spec, found: Sequence[dict[str, Any]], interpreter: Interpreter | None
) -> SpecError | TrustError:
    problems = {}
    for item in found:
        path = tuple(item["path"])
        message = item["message"] + _under(interpreter)
        problem = Problem(message=message, remedy=item["remedy"], path=path)
        problems[item["message"], path] = placed(problem, spec.positions)
    error = SpecError(bounded(list(problems.values())), file=spec.file, text=spec.text)
    if any(item["untrusted"] for item in found):
        return TrustError(str(error))
    return error


def _as_inspection(result: dict[str, Any]) -> Inspection:
    pools = tuple(Pool(**pool) for pool in result.pop("pools"))
    paths = tuple(result.pop("n_jobs_paths", ()))
    parts = tuple(Part(**part) for part in result.pop("parts", ()))
    layers = tuple(map(_as_layer, result.pop("layers", ())))
    return Inspection(**result, n_jobs_paths=paths, pools=pools, parts=parts, layers=layers)


def _as_layer(found: dict[str, Any]) -> Layer:
    resolutions = tuple(Resolution(**one) for one in found.pop("resolutions"))
    return Layer(**{**found, "methods": tuple(found["methods"]), "resolutions": resolutions})
