"""Imports point downwards, those inside functions included, and what is heavy stays in children."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import sklpar

ROOT = Path(sklpar.__file__).parent

# From the ground up: a room may import its own layer and those below it. The measuring and the
# reporting rooms are beside each other: neither imports the other.
LAYERS = (
    {"model", "errors"},
    {"backends", "sources", "quantities", "host"},
    {"analysis", "store", "spec"},
    {"execution", "race", "trial", "doctor"},
    {"render", "emit"},
    {"guard"},
    {"session", "effect"},
    {"pipeline"},
    {"guarding"},
    {"cli", "api"},
    {"__main__"},
)
MEASURING, REPORTING = LAYERS[3], LAYERS[4]
# What a stored run is shown without.
NOT_FOR_REPORTS = MEASURING | {"analysis", "quantities", "backends", "sources", "spec"}

HEAVY = {"numpy", "scipy", "joblib", "sklearn", "threadpoolctl", "pandas", "pyarrow"}
# Where code runs that only children run.
CHILD_SIDE = {
    "doctor.child",
    "doctor.measuring",
    "host.pools",
    "trial",
    "sources",
    "backends",
    "spec.build",
    "spec.inspection",
    "spec.layers.asking",
    "spec.layers.recorder",
    "spec.search",
    "spec.tasks",
    "spec.trust",
}
# What runs in the process of a caller who has loaded them, or asks for a pandas frame.
CALLER_SIDE = {"api"}


@dataclass(frozen=True)
class Import:
    """One imported module, by one of sklpar's modules; names are without the leading package."""

    importer: str
    imported: str
    line: int
    at_top: bool

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.imported}"

    @property
    def is_ours(self) -> bool:
        return self.imported.startswith("sklpar.")

    @property
    def rooms(self) -> tuple[str, str]:
        return room(self.importer), room(self.imported.removeprefix("sklpar."))

    @property
    def heavy(self) -> str | None:
        root = self.imported.split(".")[0]
        return root if root in HEAVY else None


def room(module: str) -> str:
    return module.split(".", maxsplit=1)[0]


def name_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(file): file for file in sorted(ROOT.rglob("*.py"))}


def imports_of(module: str) -> Iterator[Import]:
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    top = set(map(id, tree.body))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for name in imported_names(node):
                yield Import(module, name, node.lineno, id(node) in top)


def imported_names(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    assert node.level == 0, "relative imports hide where they point"
    assert node.module is not None
    for alias in node.names:
        # `from sklpar.trial import events` is a module, `from sklpar import __version__` is not.
        whole = f"{node.module}.{alias.name}"
        yield whole if whole.removeprefix("sklpar.") in MODULES else node.module


IMPORTS = [one for module in MODULES for one in imports_of(module)]


def layer(of: str) -> int:
    return next(index for index, rooms in enumerate(LAYERS) if of in rooms)


def allowed(one: Import) -> bool:
    above, below = one.rooms
    if above in REPORTING and below in MEASURING:
        return False
    return not above or layer(below) <= layer(above)


def test_every_module_is_in_a_room_that_has_a_layer() -> None:
    rooms = {room(module) for module in MODULES} - {""}
    assert rooms <= set().union(*LAYERS)
    assert len(IMPORTS) > 300


def test_imports_point_downwards() -> None:
    wrong = [str(one) for one in IMPORTS if one.is_ours and not allowed(one)]
    assert not wrong


def test_the_package_itself_imports_nothing_until_it_is_asked() -> None:
    """Whatever is imported of it runs this first, in children before their clock starts too."""
    assert not [str(one) for one in IMPORTS if one.importer == "" and one.is_ours and one.at_top]


@pytest.mark.parametrize("module", ["model", "errors"])
def test_the_types_need_the_standard_library_alone(module: str) -> None:
    imports = [one for one in IMPORTS if room(one.importer) == module]
    roots = {one.imported.split(".")[0] for one in imports if one.rooms[1] != module}
    assert roots <= sys.stdlib_module_names


def test_nothing_that_reporting_reaches_measures() -> None:
    reached = {module for module in MODULES if room(module) in {"render", "emit", "store"}}
    queue = list(reached)
    while queue:
        module = queue.pop()
        below = {
            one.imported.removeprefix("sklpar.")
            for one in IMPORTS
            if one.importer == module and one.is_ours
        }
        assert not {name for name in below if room(name) in NOT_FOR_REPORTS}, module
        queue += below - reached
        reached |= below


def test_heavy_libraries_are_imported_inside_functions_only() -> None:
    assert not [str(one) for one in IMPORTS if one.heavy and one.at_top]


def test_heavy_libraries_are_imported_only_where_children_run() -> None:
    def is_fine(one: Import) -> bool:
        if room(one.importer) == "analysis":
            return one.heavy == "scipy"
        return bool({room(one.importer), one.importer} & (CHILD_SIDE | CALLER_SIDE))

    assert not [str(one) for one in IMPORTS if one.heavy and not is_fine(one)]
