"""What a shared library is linked with, read from its file."""

from __future__ import annotations

from pathlib import Path

import pytest
from sklearn.cluster import _k_means_lloyd
from sklearn.svm import _libsvm
from sklearn.tree import _tree

from sklpar.spec.layers.native import Libraries, needed_libraries

LINKED = Path(str(_k_means_lloyd.__file__))


def test_openmp_is_found_in_what_a_library_needs() -> None:
    libraries = Libraries()
    assert libraries.links_openmp(str(LINKED))
    assert not libraries.links_openmp(str(_tree.__file__))
    assert not libraries.links_openmp(str(_libsvm.__file__))


def test_a_compiled_function_knows_its_library() -> None:
    libraries = Libraries()
    module = libraries.openmp_module(_k_means_lloyd.lloyd_iter_chunked_dense)
    assert module == "sklearn.cluster._k_means_lloyd"
    assert libraries.openmp_module(_tree.Tree) is None
    assert libraries.openmp_module(len) is None


@pytest.mark.parametrize("keep", [0, 5, 64, 4000])
def test_a_file_that_is_cut_off_is_linked_with_nothing(tmp_path: Path, keep: int) -> None:
    file = tmp_path / "cut.so"
    file.write_bytes(LINKED.read_bytes()[:keep])
    assert not Libraries().links_openmp(str(file))


def test_another_format_is_linked_with_nothing(tmp_path: Path) -> None:
    file = tmp_path / "other.so"
    file.write_bytes(b"\xcf\xfa\xed\xfe" + bytes(100))
    assert needed_libraries(file) == []
    assert not Libraries().links_openmp(str(tmp_path / "absent.so"))
