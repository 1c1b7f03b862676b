"""scikit-learn's public classes, read from its source: importing all of it takes a second."""

from __future__ import annotations

import functools
import importlib.util
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Not where estimators live, or not public.
_SKIPPED = frozenset(
    {"base", "callback", "conftest", "datasets", "exceptions", "experimental", "externals", "tests"}
    | {"utils", "setup"}
)
# Classes that exist only after an import of their own: name to (module, enabling module).
EXPERIMENTAL = {
    "HalvingGridSearchCV": ("sklearn.model_selection", "enable_halving_search_cv"),
    "HalvingRandomSearchCV": ("sklearn.model_selection", "enable_halving_search_cv"),
    "IterativeImputer": ("sklearn.impute", "enable_iterative_imputer"),
}

_ALL = re.compile(r"^__all__ *\+?= *\[([^\]]*)\]", re.MULTILINE)
_QUOTED = re.compile(r"[\"'](\w+)[\"']")
_CLASS = re.compile(r"^class (\w+)", re.MULTILINE)


@functools.cache
def find_module(name: str) -> str | None:
    """Return the public module that offers the class `name`, or None."""
    if name in EXPERIMENTAL:
        return EXPERIMENTAL[name][0]
    if not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
        return None
    return next((module for module, file in _modules() if name in _public(file)), None)


def is_public(module: str, name: str) -> bool:
    """Tell whether ``module.name`` is a public name of scikit-learn; imports nothing."""
    if EXPERIMENTAL.get(name, ("",))[0] == module:
        return True
    file = dict(_modules()).get(module)
    return file is not None and name in _public(file)


def all_names() -> list[str]:
    """Return every public class name, for suggestions."""
    names = {*EXPERIMENTAL}
    for _, file in _modules():
        names |= _public(file)
    return sorted(name for name in names if name[:1].isupper())


@functools.cache
def _modules() -> tuple[tuple[str, Path], ...]:
    """Return the public modules: packages before files, so that the usual path is found first."""
    spec = importlib.util.find_spec("sklearn")
    if spec is None or not spec.submodule_search_locations:
        return ()
    root = Path(next(iter(spec.submodule_search_locations)))
    packages = [(d.name, d / "__init__.py") for d in sorted(root.iterdir()) if _is_public_dir(d)]
    files = [(f.stem, f) for f in _files(root)]
    deeper = [(f"{name}.{f.stem}", f) for name, init in packages for f in _files(init.parent)]
    return tuple((f"sklearn.{name}", file) for name, file in (*packages, *files, *deeper))


def _is_public_dir(folder: Path) -> bool:
    public = not folder.name.startswith("_") and folder.name not in _SKIPPED
    return public and (folder / "__init__.py").is_file()


def _files(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.glob("*.py")):
        if not file.name.startswith("_") and file.stem not in _SKIPPED:
            yield file


def _public(file: Path) -> frozenset[str]:
    """Return ``__all__``, or the public classes defined where there is none."""
    text = file.read_text(encoding="utf-8")
    # Patterns, since to parse the whole of scikit-learn's modules would cost every trial 0.1 s.
    listed = [name for block in _ALL.findall(text) for name in _QUOTED.findall(block)]
    return frozenset(name for name in (listed or _CLASS.findall(text)) if not name.startswith("_"))
