"""The recommended setting for other programs.

To add a format: write ``emit/<name>.py`` and name it in `FORMATS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.emit.docker import emit as emit_docker
from sklpar.emit.env import emit as emit_env
from sklpar.emit.github import emit as emit_github
from sklpar.emit.interface import (
    Format,
    NoRecommendationError,
    Pinned,
    fingerprint_of,
    pinned_from_report,
)
from sklpar.emit.k8s import emit as emit_k8s
from sklpar.emit.python import emit as emit_python
from sklpar.emit.shell import emit as emit_shell
from sklpar.emit.yaml import emit as emit_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "FORMATS",
    "Format",
    "NoRecommendationError",
    "Pinned",
    "fingerprint_of",
    "pinned_from_report",
]

FORMATS: Mapping[str, Format] = {
    "yaml": emit_yaml,
    "env": emit_env,
    "shell": emit_shell,
    "python": emit_python,
    "docker": emit_docker,
    "k8s": emit_k8s,
    "github": emit_github,
}
