"""What dead processes left in shared memory, by the names that joblib and loky give."""

from __future__ import annotations

from pathlib import Path

import pytest

from sklpar.execution.burial import sweep_shared_memory

DEAD = 99_000_001  # above every process id that a kernel gives out: /dev/shm holds nothing of it
LIVING = 99_000_002


@pytest.mark.parametrize("variable", ["TMPDIR", "JOBLIB_TEMP_FOLDER"])
def test_only_what_the_dead_named_is_removed(tmp_path: Path, variable: str) -> None:
    def names(pid: int) -> set[str]:
        return {
            f"sem.loky-{pid}-abc",
            f"loky-{pid}-x1",
            f"joblib_memmapping_folder_{pid}_uuid_12",
        }

    kept = {
        *names(LIVING),
        *names(int(f"{DEAD}0")),
        f"mine-{DEAD}-abc",
        f"x-loky-{DEAD}-a",
        f"loky-{DEAD}",
        "loky-notes-1",
    }
    for name in names(DEAD) | kept:
        if name.startswith("joblib"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "array.pkl").touch()
        else:
            (tmp_path / name).touch()
    sweep_shared_memory([DEAD], {"TMPDIR": str(tmp_path / "none"), variable: str(tmp_path)})
    assert {path.name for path in tmp_path.iterdir()} == kept


def test_a_link_is_removed_and_what_it_points_at_stays(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "data").touch()
    (tmp_path / f"joblib_memmapping_folder_{DEAD}_a").symlink_to(precious)
    sweep_shared_memory([DEAD], {"TMPDIR": str(tmp_path)})
    assert [path.name for path in tmp_path.rglob("*")] == ["precious", "data"]


def test_a_temp_folder_with_brackets_in_its_name_is_no_pattern(tmp_path: Path) -> None:
    folder = tmp_path / "run[1]"
    folder.mkdir()
    (folder / f"loky-{DEAD}-a").touch()
    sweep_shared_memory([DEAD], {"TMPDIR": str(folder)})
    assert not list(folder.iterdir())
