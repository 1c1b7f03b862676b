"""Whether the libraries can be imported, and go together; and the interpreter that runs them."""

from __future__ import annotations

from sklpar.model import Facts, Finding

# What extension modules say that were built for another numpy.
_OTHER_NUMPY = ("numpy.dtype size changed", "compiled using NumPy 1.x", "numpy.core.multiarray")
_NEEDED = ("numpy", "joblib", "threadpoolctl", "scipy.linalg", "sklearn", "the libraries")


def imports(facts: Facts) -> tuple[Finding, ...]:
    """Say which library could not be imported, and why."""
    reasons: dict[str, list[str]] = {}
    for missing in facts.missing:
        if missing.what in _NEEDED:
            reasons.setdefault(missing.why, []).append(missing.what)
    findings = []
    for why, modules in reasons.items():
        names = ", ".join(modules)
        evidence = {"module": names, "why": why}
        advice = f"{names} cannot be imported ({why}): {_remedy(why)}"
        findings.append(Finding(rule="imports", severity="error", evidence=evidence, advice=advice))
    return tuple(findings)


def _remedy(why: str) -> str:
    if any(sign in why for sign in _OTHER_NUMPY):
        return (
            "it was built for another major version of numpy; upgrade it (scikit-learn goes with "
            "numpy 2 from 1.4.2 on), or install a numpy that it was built for"
        )
    if "No module named" in why:
        return "install it into this interpreter's environment: pip install scikit-learn"
    if "invalid literal for int()" in why or "cannot find context" in why:
        return "a variable holds what joblib cannot read: see the findings of `environment`"
    return "run the import by hand in this interpreter to see all of the error, then reinstall it"


def versions(facts: Facts) -> tuple[Finding, ...]:
    """Say where an installed distribution asks for another version of one that is installed."""
    findings = []
    for one in facts.requirements:
        if one.met:
            continue
        there = f"{one.installed} is installed" if one.installed else "it is not installed"
        evidence = {
            "distribution": f"{one.distribution} {one.version}",
            "requires": one.requires,
            "installed": one.installed,
        }
        advice = (
            f"{one.distribution} {one.version} requires {one.requires}, but {there}: "
            f"pip install '{one.requires}', or another {one.distribution}"
        )
        findings.append(
            Finding(rule="versions", severity="warning", evidence=evidence, advice=advice)
        )
    return tuple(findings)


def free_threading(facts: Facts) -> tuple[Finding, ...]:
    """Say what a free-threaded interpreter changes, and what it does not."""
    python = facts.interpreter
    if python is None or not python.free_threaded:
        return ()
    evidence = {"free_threaded": True, "gil_enabled": python.gil_enabled}
    if python.gil_enabled:
        advice = (
            "this Python was built free-threaded, but the lock is on: PYTHON_GIL=1, or an "
            "extension that was imported asks for it; threads then wait for each other as ever"
        )
        return (
            Finding(rule="free_threading", severity="warning", evidence=evidence, advice=advice),
        )
    advice = (
        "without the lock Python threads compute side by side, but joblib does not look: loky "
        "stays its default; try backend='threading', and cap BLAS and OpenMP, as joblib does not "
        "cap them in worker threads"
    )
    return (Finding(rule="free_threading", severity="info", evidence=evidence, advice=advice),)
