"""Where joblib puts its memory maps, and how much room is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sklpar.host import space
from sklpar.host.space import memmap_space, shm_space, space_of, temp_folder, temp_space


@pytest.fixture
def small_shm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root whose /dev/shm has less room than joblib wants."""
    (tmp_path / "dev/shm").mkdir(parents=True)
    monkeypatch.setattr(space, "SHM_MIN_BYTES", 2**62)
    return tmp_path


def test_shared_memory_with_room_is_what_joblib_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dev/shm").mkdir(parents=True)
    monkeypatch.setattr(space, "SHM_MIN_BYTES", 0)
    assert memmap_space({}, tmp_path).path == str(tmp_path / "dev/shm")


def test_shared_memory_without_room_is_passed_over(small_shm: Path, tmp_path: Path) -> None:
    assert memmap_space({"TMPDIR": str(tmp_path)}, small_shm).path == str(tmp_path)


def test_a_machine_without_shared_memory_has_none(tmp_path: Path) -> None:
    assert shm_space(tmp_path) is None
    assert memmap_space({"TMPDIR": str(tmp_path)}, tmp_path).path == str(tmp_path)


def test_the_folder_of_joblib_goes_before_all_others(tmp_path: Path) -> None:
    (tmp_path / "dev/shm").mkdir(parents=True)
    environ = {"JOBLIB_TEMP_FOLDER": str(tmp_path / "maps"), "TMPDIR": "/tmp"}
    for found in (memmap_space(environ, tmp_path), temp_space(environ, tmp_path)):
        assert found.path == str(tmp_path / "maps")
        assert found.writable


def test_an_empty_folder_of_joblib_is_the_current_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert memmap_space({"JOBLIB_TEMP_FOLDER": ""}, tmp_path).path == str(tmp_path)


def test_folders_that_are_not_there_are_passed_over_as_python_does(tmp_path: Path) -> None:
    environ = {"TMPDIR": str(tmp_path / "none"), "TEMP": "", "TMP": str(tmp_path)}
    assert temp_folder(environ) == str(tmp_path)


def test_room_is_asked_of_the_nearest_folder_that_is_there(tmp_path: Path) -> None:
    found = space_of(tmp_path / "a" / "b")
    assert found.path == str(tmp_path / "a" / "b")
    assert found.free_bytes == pytest.approx(space_of(tmp_path).free_bytes, rel=0.1)
    assert found.writable


def test_a_file_in_the_way_cannot_be_written_in(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not space_of(tmp_path / "file" / "maps").writable


def test_a_name_that_no_file_can_have_is_no_error() -> None:
    found = space_of(Path("/" + "x" * 5000))
    assert (found.free_bytes, found.filesystem, found.writable) == (None, None, False)


def test_the_type_of_the_file_system_is_that_of_its_device(tmp_path: Path) -> None:
    device = tmp_path.stat().st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/mountinfo").write_text(
        f"broken\n1 0 999:999 / / rw - xfs x rw\n2 1 {number} / /t rw shared:1 - tmpfs t rw\n"
    )
    assert space_of(tmp_path, tmp_path).filesystem == "tmpfs"
