"""What every Python imports at its start under ``sklpar exec``: it loads the hook and steps aside.

Any Python may come along here, of version 2 too, and must be able to read this file.
"""
# The folder stands on the PYTHONPATH of foreign programs, so it is no package and holds no more.
# ruff: noqa: INP001, PTH118, PTH120, BLE001, S110, S102, UP036

if __name__ == "sitecustomize":  # pragma: no cover - where a .pth file starts to measure before it
    import os
    import sys

    # What would have been imported had we not been here is imported at the end, be it an exception:
    # site.py deals with it, and takes the absence of any sitecustomize for the ordinary. The name
    # keeps this module alive, whose variables Python 2 would clear.
    _this = sys.modules.pop(__name__)
    _folder = os.path.dirname(__file__)
    sys.path[:] = [_entry for _entry in sys.path if _entry != _folder]
    sys.path_importer_cache.pop(_folder, None)
    if sys.version_info >= (3, 8):
        try:
            import _imp

            _file = os.path.join(os.path.dirname(_folder), "hook.py")
            _loader = type(globals()["__spec__"].loader)  # of source files
            _code = _loader("sklpar_exec", _file).get_code("sklpar_exec")
            # It is no file to coverage and trace, which would report it. importlib names by the
            # same means what it reads from a cache; to compile it would take 2 ms of each start.
            _imp._fix_co_filename(_code, "<sklpar exec>")  # type: ignore[attr-defined]
            _names = {"__name__": "sklpar_exec", "__file__": _file}
            exec(_code, _names)
            _names["install"]()  # type: ignore[operator]
        except Exception:
            pass
    __import__(__name__)
