"""Which compiled libraries bring threads: what an extension module or a package is linked with."""

from __future__ import annotations

import mmap
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_OPENMP = (b"libgomp", b"libomp", b"libiomp", b"libvcomp")
_THREADS = (b"libpthread", b"libtbb")
_PT_LOAD, _PT_DYNAMIC = 1, 2
_DT_NEEDED, _DT_STRTAB = 1, 5
_ELF64_LITTLE = b"\x7fELF\x02\x01"


class Libraries:
    """What shared libraries are linked with, each read once."""

    def __init__(self) -> None:
        self._needed: dict[str, tuple[bytes, ...]] = {}

    def links_openmp(self, file: str) -> bool:
        """Tell whether an OpenMP runtime is among what the library needs."""
        return any(name.startswith(_OPENMP) for name in self._needs(file))

    def links_threads(self, file: str) -> bool:
        """Tell whether it needs OpenMP or another library of threads."""
        return any(name.startswith((*_OPENMP, *_THREADS)) for name in self._needs(file))

    def openmp_module(self, it: Any) -> str | None:
        """Return the compiled module that defines `it`, where it is linked with OpenMP."""
        owner = getattr(it, "__objclass__", it)
        name = getattr(owner, "__module__", None)
        file = getattr(sys.modules.get(name or ""), "__file__", None)
        if not isinstance(name, str) or not isinstance(file, str) or not file.endswith(".so"):
            return None
        return name if self.links_openmp(file) else None

    def of_package(self, package: str) -> tuple[str, bool] | None:
        """Return a loaded library of a package that can start threads, and if it is by OpenMP."""
        module = sys.modules.get(package)
        file = getattr(module, "__file__", None)
        if not file or not hasattr(module, "__path__"):
            return None
        folder = Path(file).parent
        mapped = [one for one in map(Path, _mapped()) if one.is_relative_to(folder)]
        openmp = [one.name for one in mapped if self.links_openmp(str(one))]
        if openmp:
            return openmp[0], True
        threads = [one.name for one in mapped if self.links_threads(str(one))]
        return (threads[0], False) if threads else None

    def _needs(self, file: str) -> tuple[bytes, ...]:
        if file not in self._needed:
            try:
                self._needed[file] = tuple(needed_libraries(Path(file)))
            except (OSError, ValueError, struct.error):
                self._needed[file] = ()
        return self._needed[file]


def needed_libraries(file: Path) -> list[bytes]:
    """Return the DT_NEEDED names of a 64-bit ELF file, nothing for other formats.

    Raises
    ------
    OSError, ValueError, struct.error
        It cannot be read, is empty, or is cut off.
    """
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:6] != _ELF64_LITTLE:
            return []
        return list(_needed(data))


def _needed(data: mmap.mmap) -> Iterator[bytes]:
    (table,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    loads, dynamic = [], None
    for number in range(count):
        kind, _, offset, address, _, length = struct.unpack_from(
            "<IIQQQQ", data, table + number * size
        )
        if kind == _PT_LOAD:
            loads.append((address, offset, length))
        elif kind == _PT_DYNAMIC:
            dynamic = (offset, length)
    if dynamic is None:
        return
    start, length = dynamic
    entries = [struct.unpack_from("<QQ", data, start + at) for at in range(0, length, 16)]
    strings = next((value for tag, value in entries if tag == _DT_STRTAB), None)
    place = next((o + strings - a for a, o, n in loads if strings and a <= strings < a + n), None)
    if place is None:
        return
    for tag, value in entries:
        if tag == _DT_NEEDED:
            begin = place + value
            yield data[begin : data.find(b"\0", begin)]


def _mapped() -> list[str]:
    """Return the shared libraries that this process has loaded."""
    try:
        lines = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    files = (line.split(maxsplit=5)[5] for line in lines if line.count("/"))
    return sorted({file for file in files if ".so" in file})
