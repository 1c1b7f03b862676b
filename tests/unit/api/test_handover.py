"""What is handed to trials is read by them alone, is what was given, and is gone afterwards."""

from __future__ import annotations

import errno
import os
import stat
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression, Ridge

from sklpar.api import handover
from sklpar.api.handover import Handover, handing_over, sweep_stale
from sklpar.errors import SpecError, UsageError
from sklpar.spec.trust import Refusal, check_target, resolve_function
from sklpar.trial import handed
from sklpar.trial.handed import HandedError, Writer


@pytest.fixture(autouse=True)
def _own_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Use a temporary folder of the test's own, and leave this process as it was."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(os, "getppid", os.getpid)  # the reader is this process's child, as it were
    path, main = list(sys.path), sys.modules["__main__"]
    yield
    sys.path[:] = path
    sys.modules["__main__"] = main


def through(X: Any, y: Any = None, groups: Any = None) -> Any:
    with handing_over() as given:
        given.give_data(X, y, groups)
        return handed.data(str(given.folder))


def test_data_arrive_as_they_were_given() -> None:
    X, y = np.arange(12.0).reshape(4, 3), np.array(["a", "b", "a", "b"], dtype=object)
    found = through(X, y, [0, 0, 1, 1])
    assert np.array_equal(found.X, X)
    assert found.y.tolist() == y.tolist()
    assert found.groups == [0, 0, 1, 1]


@pytest.mark.parametrize(
    "X",
    [
        np.asfortranarray(np.arange(12.0).reshape(4, 3)),
        np.arange(24.0).reshape(4, 6)[:, ::2],
        np.empty((0, 3)),
        np.array([(1, 2.0)], dtype=[("a", int), ("b", float)]),
    ],
    ids=["fortran", "strided", "empty", "records"],
)
def test_arrays_of_any_layout_arrive(X: np.ndarray[Any, Any]) -> None:
    found = through(X).X
    assert np.array_equal(found, X)
    assert found.dtype == X.dtype
    assert found.flags.f_contiguous == X.flags.f_contiguous or not X.flags.forc


def test_an_array_may_be_written_to_as_the_callers_may() -> None:
    X = np.ones((4, 3))
    assert through(X).X.flags.writeable
    X.flags.writeable = False
    assert not through(X).X.flags.writeable


def test_frames_and_sparse_matrices_arrive() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": pd.Categorical(["x", "y"]), "c": [0.5, None]})
    pd.testing.assert_frame_equal(through(frame).X, frame)
    sparse = csr_array(np.eye(3))
    assert (sparse != through(sparse).X).nnz == 0


def test_the_memory_of_an_array_is_written_once_and_as_it_is(tmp_path: Path) -> None:
    X = np.arange(10_000.0)
    with handing_over() as given:
        given.give_data(X, None, None)
        sizes = {file.name: file.stat().st_size for file in given.folder.iterdir()}
    assert sizes["data.buffers"] == X.nbytes + handed.SIZE_BYTES
    assert sizes["data.pickle"] < 1000


# --- memory maps


def saved(folder: Path) -> tuple[Path, np.ndarray[Any, Any]]:
    X = np.arange(600.0).reshape(100, 6)
    np.save(folder / "X.npy", X)
    return folder / "X.npy", X


@pytest.mark.parametrize("part", [slice(None), slice(10, 20)])
def test_of_a_memory_map_only_the_place_is_handed_over(tmp_path: Path, part: slice) -> None:
    file, X = saved(tmp_path)
    mapped = np.load(file, mmap_mode="r")[part]
    with handing_over() as given:
        given.give_data(mapped, None, None)
        assert (given.folder / "data.buffers").stat().st_size == 0
        found = handed.data(str(given.folder)).X
    assert type(found) is np.memmap
    assert np.array_equal(found, X[part])
    assert not found.flags.writeable


def test_no_trial_writes_into_the_file_of_a_map_that_may_be_written_to(tmp_path: Path) -> None:
    file, X = saved(tmp_path)
    found = through(np.load(file, mmap_mode="r+")).X
    found[:] = -1
    found.flush()
    assert np.array_equal(np.load(file), X)


def test_what_is_in_no_file_is_handed_over_itself(tmp_path: Path) -> None:
    file, X = saved(tmp_path)
    private = np.load(file, mmap_mode="c")
    private[0] = -1
    assert through(private).X[0, 0] == -1
    assert np.array_equal(through(np.load(file, mmap_mode="r")[:, ::2]).X, X[:, ::2])
    mapped = np.load(file, mmap_mode="r")
    file.unlink()
    assert np.array_equal(through(mapped).X, X)


# --- the estimator


def test_a_fitted_estimator_is_handed_over_unfitted() -> None:
    fitted = LogisticRegression(C=3).fit([[0.0], [1.0]], [0, 1])
    with handing_over() as given:
        given.give_estimator(fitted)
        found = handed.estimator(str(given.folder))
    assert found.C == 3
    assert not hasattr(found, "coef_")


def test_modules_are_found_where_the_caller_found_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with handing_over() as given:
        monkeypatch.setattr(sys, "path", ["", "/callers", *sys.path])
        given.give_estimator(Ridge())
        monkeypatch.setattr(sys, "path", ["/trials", *sys.path[2:]])
        handed.estimator(str(given.folder))
    assert sys.path[:2] == [str(tmp_path), "/callers"]
    assert sys.path[-1] == "/trials"


def test_what_main_defines_is_found_in_the_trials_main_by_its_name() -> None:
    source = """
from sklearn.base import BaseEstimator
def helper(): return 5
class Own(BaseEstimator):
    def fit(self, X, y=None): return helper()
"""
    main = type(sys)("__main__")
    exec(source, vars(main))
    sys.modules["__main__"] = main
    with handing_over() as given:
        given.give_estimator(main.Own())
        sys.modules["__main__"] = trials = type(sys)("__main__")
        found = handed.estimator(str(given.folder))
        assert type(found) is getattr(sys.modules["__main__"], "Own")  # noqa: B009
        assert found.fit([]) == 5
        assert sys.modules["__main__"].__file__ == str(given.folder / "main.py")
    assert not hasattr(trials, "Own"), "the trial's own names are left alone"


def test_what_cannot_be_pickled_is_named_with_its_type() -> None:
    class Holder(BaseEstimator):  # type: ignore[misc, unused-ignore]
        def __init__(self, lock: Any = None) -> None:
            self.lock = lock

        def __deepcopy__(self, memo: Any) -> Any:
            return self

        def __sklearn_clone__(self) -> Any:
            return self

        def fit(self, X: Any, y: Any = None) -> Any:
            return self

    with handing_over() as given:
        with pytest.raises(
            SpecError, match=r"^sklpar\.tune\(estimator=\.\.\.\): Holder cannot be p"
        ):
            given.give_estimator(Holder(threading.Lock()))
        with pytest.raises(
            SpecError, match=r"^sklpar\.tune\(y=\.\.\.\): generator cannot be pickled"
        ):
            given.give_data([1], (i for i in range(3)), None)


def test_what_cannot_be_cloned_is_said_before_any_trial() -> None:
    class Wrong(BaseEstimator):  # type: ignore[misc, unused-ignore]
        def __init__(self, a: Any = None) -> None:
            self.a = object()

        def fit(self, X: Any, y: Any = None) -> Any:
            return self

    with handing_over() as given, pytest.raises(SpecError, match="Wrong cannot be cloned"):
        given.give_estimator(Wrong(a=[1]))


def test_no_room_names_the_variable_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with handing_over() as given:
        monkeypatch.setattr(handover, "_dump", full)
        with pytest.raises(UsageError, match="No space left on device") as caught:
            given.give_data([1], None, None)
    assert "TMPDIR" in caught.value.remedy


def test_a_temporary_folder_that_cannot_be_written_is_an_error_of_the_same_kind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(UsageError) as caught, handing_over():
        pass
    assert "TMPDIR" in caught.value.remedy


# --- who may read


def filled() -> Handover:
    """Make a folder as `handing_over` does, that is not removed."""
    writer = Writer.of(os.getpid())
    assert writer is not None
    given = Handover(Path(tempfile.mkdtemp(prefix=writer.prefix)))
    given.give_estimator(Ridge())
    return given


def test_the_user_alone_may_read() -> None:
    with handing_over() as given:
        given.give_estimator(Ridge())
        given.give_data([1], None, None)
        assert stat.S_IMODE(given.folder.stat().st_mode) == 0o700
        modes = {stat.S_IMODE(file.stat().st_mode) for file in given.folder.glob("*.[pb]*")}
        assert modes - {0o644, 0o600} == set()
        assert stat.S_IMODE((given.folder / "data.pickle").stat().st_mode) == 0o600


def test_a_folder_that_others_may_look_into_is_refused() -> None:
    given = filled()
    handed.estimator(str(given.folder))
    given.folder.chmod(0o750)
    with pytest.raises(HandedError):
        handed.estimator(str(given.folder))


def test_a_link_to_a_folder_is_refused(tmp_path: Path) -> None:
    given = filled()
    real = given.folder.rename(tmp_path / "elsewhere")
    given.folder.symlink_to(real)
    with pytest.raises(HandedError):
        handed.estimator(str(given.folder))


@pytest.mark.parametrize("name", ["tuned", "sklpar-handed-00000000-1-1-x", ""])
def test_a_folder_that_another_process_wrote_is_refused(tmp_path: Path, name: str) -> None:
    foreign = filled().folder.rename(tmp_path / "a" if not name else tmp_path / name)
    with pytest.raises(HandedError):
        handed.estimator(str(foreign))


def test_a_folder_of_a_process_that_did_not_start_this_one_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = filled()
    monkeypatch.setattr(os, "getppid", lambda: 1)
    with pytest.raises(HandedError, match="only the process that handed an estimator over"):
        handed.estimator(str(given.folder))


@pytest.mark.parametrize(
    "target",
    [
        "sklpar.host.child:run_bounded",
        "sklpar.store.whole:write_whole",
        "sklpar.trial.handed:names_of_main",
        "sklpar.trial.handed:Writer.of",
    ],
)
def test_trust_in_sklpar_opens_nothing_else_of_it(target: str) -> None:
    with pytest.raises(Refusal, match="a part of sklpar itself"):
        check_target(target, ["sklpar"])


def test_without_trust_not_even_these_two_are_called() -> None:
    with pytest.raises(Refusal, match="not trusted"):
        check_target("sklpar.trial.handed:estimator", [])
    assert resolve_function("sklpar.trial.handed:data", ["sklpar"]) is handed.data


# --- what is left


def test_the_folder_is_gone_however_it_ends(tmp_path: Path) -> None:
    for end in (ValueError, KeyboardInterrupt, SystemExit):
        with suppress(end), handing_over() as given:
            given.give_data(np.ones(3), None, None)
            raise end
        assert list(tmp_path.iterdir()) == []


def stale(tmp_path: Path, writer: Writer) -> Path:
    folder = tmp_path / f"{writer.prefix}abc"
    folder.mkdir(mode=0o700)
    (folder / "data.pickle").touch()
    return folder


def test_what_a_dead_process_left_is_swept(tmp_path: Path) -> None:
    own = Writer.of(os.getpid())
    assert own is not None
    living = stale(tmp_path, own)
    reused = stale(tmp_path, own._replace(start=own.start - 1))
    dead = stale(tmp_path, own._replace(pid=2**22 + 1))
    elsewhere = stale(tmp_path, own._replace(place="00000000", pid=2**22 + 1))
    other = tmp_path / "sklpar-handed"
    other.mkdir()
    assert sweep_stale() == 2
    assert sorted(tmp_path.iterdir()) == sorted([living, elsewhere, other])
    assert not reused.exists()
    assert not dead.exists()


def test_a_link_or_an_open_folder_is_not_swept(tmp_path: Path) -> None:
    own = Writer.of(os.getpid())
    assert own is not None
    opened = stale(tmp_path, own._replace(pid=2**22 + 1))
    opened.chmod(0o755)
    link = tmp_path / f"{own._replace(pid=2**22 + 2).prefix}x"
    link.symlink_to(tmp_path)
    assert sweep_stale() == 0
    assert opened.exists()


def test_a_process_is_told_by_its_start_too() -> None:
    own = Writer.of(os.getpid())
    assert own is not None
    assert not own.is_gone
    assert own._replace(start=own.start + 1).is_gone
    assert Writer.from_name(f"{own.prefix}x") == own
    assert Writer.from_name("sklpar-check-x") is None
    assert Writer.of(2**22 + 1) is None
