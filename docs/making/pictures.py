"""The pictures of the HTML report, and what they were taken of."""

from __future__ import annotations

import json
import shutil
import struct
import zlib
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from docs.making.pages import ROOT
from docs.making.stage import stage

IMAGES = ROOT / "docs" / "images"
STRUCTURE = IMAGES / "structure.json"
MOST_BYTES = 150_000
_HEADINGS = ("h1", "h2", "h3")


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One screenshot of a stored run's report, from the heading `at` on, or from the top."""

    run: str
    width: int = 900
    height: int = 600
    dark: bool = False
    at: str = ""


PICTURES = {
    "report.png": Picture(run="tutorial"),
    "report-dark.png": Picture(run="tutorial", dark=True, at="The evidence"),
    "report-phone.png": Picture(run="tutorial", width=375, height=667),
}


class _Headings(HTMLParser):
    """The headings of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in _HEADINGS:
            self.found.append("")
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        if tag in _HEADINGS:
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            self.found[-1] += data


def structure(picture: Picture) -> dict[str, Any]:
    """Return what a picture shows: the run, and the headings of its report."""
    run = json.loads((ROOT / "docs" / "runs" / picture.run / "run.json").read_text("utf-8"))
    reader = _Headings()
    reader.feed(_page(picture))
    headings = [" ".join(text.split()) for text in reader.found]
    return {"run": run["run_id"], "headings": [text for text in headings if text]}


def drifted() -> list[str]:
    """Return a line for each picture that is missing, too large, or of a report that is gone."""
    known = json.loads(STRUCTURE.read_text(encoding="utf-8")) if STRUCTURE.exists() else {}
    found = []
    for name, picture in PICTURES.items():
        path = IMAGES / name
        if not path.exists() or name not in known:
            found.append(f"docs/images/{name}: missing")
        elif path.stat().st_size > MOST_BYTES:
            found.append(f"docs/images/{name}: {path.stat().st_size} bytes")
        elif list(size(path)) != known[name]["size"] or structure(picture) != known[name]["shows"]:
            found.append(f"docs/images/{name}: the report that it shows has changed")
    return found


def size(path: Path) -> tuple[int, int]:
    """Return width and height of a PNG in pixels."""
    width, height = struct.unpack(">II", path.read_bytes()[16:24])
    return width, height


def squeezed(png: bytes) -> bytes:
    """Return a PNG with its pixels packed as tightly as zlib can: the browser is in a hurry."""
    chunks, place, packed = [png[:8]], 8, b""
    while place < len(png):
        length = int.from_bytes(png[place : place + 4])
        chunk = png[place : place + length + 12]
        place += len(chunk)
        if chunk[4:8] == b"IDAT":
            packed += chunk[8:-4]
            continue
        if chunk[4:8] == b"IEND":
            body = b"IDAT" + zlib.compress(zlib.decompress(packed), 9)
            crc = zlib.crc32(body).to_bytes(4)
            chunks.append((len(body) - 4).to_bytes(4) + body + crc)
        chunks.append(chunk)
    return b"".join(chunks)


def remake() -> None:
    """Take every picture anew, in a headless Chromium that reaches no network."""
    from playwright.sync_api import sync_playwright

    known = {}
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-lcd-text"]
        )
        for name, picture in PICTURES.items():
            context = browser.new_context(
                viewport={"width": picture.width, "height": picture.height},
                color_scheme="dark" if picture.dark else "light",
                offline=True,
            )
            page = context.new_page()
            page.set_content(_page(picture), wait_until="load")
            if picture.at:
                heading = page.get_by_role("heading", name=picture.at).first
                heading.evaluate("heading => heading.scrollIntoView()")
            page.wait_for_selector("html[data-drawn]", state="attached")  # its charts
            path = IMAGES / name
            path.write_bytes(squeezed(page.screenshot()))
            context.close()
            known[name] = {"size": list(size(path)), "shows": structure(picture)}
        browser.close()
    STRUCTURE.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


def _page(picture: Picture) -> str:
    with stage() as place:
        place.put_runs([picture.run])
        return place.run("sklpar show --format html")
