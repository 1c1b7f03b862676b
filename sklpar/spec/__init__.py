"""From YAML text to a `Spec`, and in a child process from a `Spec` to live objects."""

from __future__ import annotations

from sklpar.spec.loader import load_spec

__all__ = ["load_spec"]
