"""The environment of a program that runs under a setting."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sklpar.effect.config import config_arguments
from sklpar.host.threads import thread_environment
from sklpar.model import Setting

HOOK_FOLDER = str(Path(__file__).absolute().parent / "startup")
PAYLOAD = "SKLPAR_EXEC"
# The end of the hook's folder, be it that of another installation of sklpar.
_HOOK_END = os.path.join("sklpar", "effect", "startup")  # noqa: PTH118 - part of a text


def program_environment(
    setting: Setting,
    fingerprint: Mapping[str, Any],
    environ: Mapping[str, str],
    *,
    quiet: bool,
    stderr: tuple[int, int] | None = None,
) -> dict[str, str]:
    """Return the environment that brings a setting into effect in a program.

    The seven thread variables hold the caps; the start-up hook's folder stands first on PYTHONPATH,
    and finds the rest of the setting in `PAYLOAD`. What an outer ``sklpar exec`` left is replaced.

    Parameters
    ----------
    setting : Setting
        As-written leaves `environ` as it is.
    fingerprint : mapping
        Of what the setting was found with, as a file holds it: it may have been edited.
    environ : mapping
        The environment to begin with; it is not changed.
    quiet : bool
        Whether the hook is to say nothing but errors.
    stderr : tuple of int, optional
        Device and inode of what the hook is to write to, as from `file_identity`; it is silent
        where stderr leads elsewhere.
    """
    kept = without_hook(environ)
    if setting.kind == "as-written":
        return kept
    given = kept.get("PYTHONPATH")
    payload = {
        "arguments": config_arguments(setting),
        "fingerprint": well_formed(fingerprint),
        "quiet": quiet,
        "stderr": stderr,
    }
    return {
        **thread_environment(setting.inner_threads, kept),
        # An empty entry would be the current folder.
        "PYTHONPATH": f"{HOOK_FOLDER}{os.pathsep}{given}" if given else HOOK_FOLDER,
        PAYLOAD: json.dumps(payload),
    }


def without_hook(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without what an outer ``sklpar exec`` has put there for its hook."""
    kept = {name: value for name, value in environ.items() if name != PAYLOAD}
    entries = kept.get("PYTHONPATH", "").split(os.pathsep)
    own = [entry for entry in entries if not entry.rstrip("/").endswith(_HOOK_END)]
    if not own:
        del kept["PYTHONPATH"]
    elif own != entries:
        kept["PYTHONPATH"] = os.pathsep.join(own)
    return kept


def without_coercion(environ: Mapping[str, str], at_start: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without the LC_CTYPE that Python sets for itself in a C locale.

    Parameters
    ----------
    environ : mapping
        As Python has it.
    at_start : mapping
        As this process was given it; empty where that is not known.
    """
    if not at_start:
        return dict(environ)
    kept = {name: value for name, value in environ.items() if name != "LC_CTYPE"}
    given = at_start.get("LC_CTYPE")
    return kept if given is None else {**kept, "LC_CTYPE": given}


def started_with(file: Path = Path("/proc/self/environ")) -> dict[str, str]:
    """Return the environment that this process was started with, empty where it cannot be read."""
    try:
        entries = os.fsdecode(file.read_bytes()).split("\0")
    except OSError:
        return {}
    return {name: value for name, sign, value in (one.partition("=") for one in entries) if sign}


def file_identity(descriptor: int) -> tuple[int, int] | None:
    """Return device and inode of what a descriptor leads to, None where it is closed."""
    try:
        status = os.fstat(descriptor)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def well_formed(fingerprint: Mapping[str, Any]) -> dict[str, Any]:
    """Return of a fingerprint what the hook compares, and of that what has the form it expects."""
    versions, blas = fingerprint.get("versions"), fingerprint.get("blas")
    data = fingerprint.get("data")
    shape = data.get("shape") if isinstance(data, Mapping) else None
    return {
        "versions": {str(k): str(v) for k, v in versions.items()}
        if isinstance(versions, Mapping)
        else {},
        "blas": [str(build) for build in blas] if isinstance(blas, list) else [],
        "shape": shape
        if isinstance(shape, list) and all(isinstance(length, int) for length in shape)
        else [],
    }
