"""The outputs that the pages show: made by commands, without a single fit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from docs.making import terminal
from docs.making.measuring import EXAMPLES
from docs.making.pages import ROOT, Block, blocks, pages, with_texts
from docs.making.stage import stage

REPORTS = ROOT / "examples" / "reports"


def made(block: Block, files: dict[str, str]) -> str:
    """Return what a block that is ``made by`` a command should hold.

    Parameters
    ----------
    files : dict
        The page's own files, their text by name.

    Raises
    ------
    CommandFailedError
        The command failed.
    """
    with stage() as place:
        for name, text in files.items():
            (place.folder / name).write_text(text, encoding="utf-8")
        place.put_runs(block.runs)
        return place.run(block.source)


def shape(text: str) -> list[str]:
    """Return what a text has in common on all machines: its lines, without figures and names.

    They are sorted, since libraries are listed in the order in which they were loaded.
    """
    text = re.sub(r"\blib[\w.+-]+\.so[\w.]*|\.dylib\b", "LIBRARY", text)
    text = re.sub(r"\d[\d.,:]*", "#", text)
    return sorted(" ".join(line.split()) for line in text.splitlines())


def holds(block: Block, new: str) -> bool:
    """Tell whether a block still shows `new`: to the letter where it is of a stored run."""
    return block.text == new if block.runs else shape(block.text) == shape(new)


def page_changes(page: Path, *, stored_only: bool = False) -> Iterator[tuple[Block, str]]:
    """Yield the blocks of a page that have drifted, with what they should hold.

    Parameters
    ----------
    stored_only : bool
        Whether to leave out what depends on the machine and on the version of scikit-learn.
    """
    files: dict[str, str] = {}
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.kind == "file":
            files[block.source] = block.text
        elif block.kind == "made by" and (block.runs or not stored_only):
            new = made(block, files)
            if not holds(block, new):
                yield block, new


def file_changes() -> Iterator[tuple[Path, str]]:
    """Yield the files that have drifted, with what they should hold.

    These are the reports beside the examples, and the picture of a terminal.
    """
    for path, new in _files():
        if not path.exists() or path.read_text(encoding="utf-8") != new:
            yield path, new


def _files() -> Iterator[tuple[Path, str]]:
    yield terminal.PICTURE, terminal.drawing()
    for name, recipe in EXAMPLES.items():
        if not recipe.startswith("examples/"):
            continue
        with stage() as place:
            place.put_runs([name])
            yield REPORTS / f"{name}.txt", place.run("sklpar show")


def drifted() -> list[str]:
    """Return a line for each output that is no longer what its command prints."""
    found = [
        f"{page.relative_to(ROOT)}:{block.line}: {block.source}"
        for page in pages()
        for block, _ in page_changes(page)
    ]
    return found + [str(path.relative_to(ROOT)) for path, _ in file_changes()]


def remake() -> list[str]:
    """Write what has drifted, and return a line for each."""
    changed = []
    for page in pages():
        new = {block.line: text for block, text in page_changes(page)}
        if new:
            text = page.read_text(encoding="utf-8")
            page.write_text(with_texts(text, new), encoding="utf-8")
            changed.append(f"{page.relative_to(ROOT)}: {len(new)} blocks")
    for path, text in file_changes():
        path.write_text(text, encoding="utf-8")
        changed.append(str(path.relative_to(ROOT)))
    return changed
