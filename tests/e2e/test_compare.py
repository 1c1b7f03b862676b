"""Two stored runs compared by the command as it is installed; nothing is fitted."""

from __future__ import annotations

from pathlib import Path

import pytest

from sklpar.store.document import write_report_file
from tests.e2e.command import start
from tests.unit.contrasts import one, other

pytestmark = pytest.mark.e2e


@pytest.fixture(autouse=True)
def documents(tmp_path: Path) -> None:
    write_report_file(tmp_path / "a.json", one())
    write_report_file(tmp_path / "b.json", other(loky_j2_t1=1.5))


def test_a_pipe_gets_text_without_color_in_the_width_it_asks_for(tmp_path: Path) -> None:
    out, err = (process := start("compare", "a.json", "b.json", cwd=tmp_path)).communicate()
    assert (process.returncode, err) == (0, "")
    assert "\x1b" not in out
    row = next(line for line in out.splitlines() if line.startswith("loky-j2-t1 "))
    assert "slower" in row
    assert max(map(len, out.splitlines())) <= 100


def test_an_ascii_locale_gets_ascii(tmp_path: Path) -> None:
    process = start("compare", "a.json", "b.json", cwd=tmp_path, LC_ALL="C", PYTHONUTF8="0")
    out, _ = process.communicate()
    assert process.returncode == 0
    assert out.isascii()
    assert "1.5" in out


def test_the_page_is_written_to_a_file(tmp_path: Path) -> None:
    options = ("--format", "html", "--output", "page.html")
    out, err = (p := start("compare", "a.json", "b.json", *options, cwd=tmp_path)).communicate()
    assert (p.returncode, out, err) == (0, "", "")
    page = (tmp_path / "page.html").read_text(encoding="ascii")
    assert page.startswith("<!DOCTYPE html>")
    assert page.rstrip().endswith("</html>")
