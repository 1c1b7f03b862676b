"""The setting as a small module to import first: environment, backend and parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sklpar.emit.interface import comment
from sklpar.host.threads import THREAD_VARIABLES, thread_variables
from sklpar.render.plain import one_line

if TYPE_CHECKING:
    from sklpar.emit.interface import Pinned

_USAGE = '''\
"""A parallelism setting found by sklpar. Save this file as parallel_setting.py and use it so:

    import parallel_setting  # first of all imports, before numpy is loaded

    with parallel_setting.parallel():
        parallel_setting.configure(estimator).fit(X, y)

It cannot carry: thread caps into libraries that were loaded before it was imported; an n_jobs that
your code sets later or gives explicitly elsewhere; the backend into fits that run in another thread
than the one that entered parallel().
"""
'''

_NOT_FINITE = {".inf", "-.inf", ".nan"}

_HEAD = """
import os
import sys
import warnings
"""

_TOO_LATE = """\
if "numpy" in sys.modules:
    warnings.warn(
        "numpy was imported before the parallelism setting: its thread pools keep their size; "
        "import this module first",
        RuntimeWarning,
        stacklevel=2,
    )
"""


def emit(pinned: Pinned) -> str:
    """Return the source of a module that sets the caps when it is imported."""
    if pinned.nothing_to_set:
        code = _NOTHING
    else:
        code = "\n".join([_HEAD, _environment(pinned), _configure(pinned), "", _parallel(pinned)])
    # The docstring is first: a comment in the first two lines could be taken for the declaration
    # of an encoding, and ``encoding=...`` is a parameter that scikit-learn has.
    return "\n".join([_USAGE, *comment(pinned), "", "from __future__ import annotations", code])


_NOTHING = '''
# Nothing to set: the job runs best as it was written. Both functions change nothing.


def configure(estimator):
    """Return the estimator as it is."""
    return estimator


def parallel():
    """Return a context that changes nothing."""
    from contextlib import nullcontext

    return nullcontext()
'''


def _environment(pinned: Pinned) -> str:
    inner = pinned.inner_threads
    lines = [_TOO_LATE]
    if inner is None or inner == "default":
        lines += [
            "# The libraries choose their own number of threads: none of these may be set.",
            "for _name in (",
            *(f'    "{name}",' for name in THREAD_VARIABLES),
            "):",
            "    os.environ.pop(_name, None)",
        ]
    else:
        lines += [
            "# All seven: a library reads its own, and loky fills in each that is missing.",
            "os.environ.update(",
            "    {",
            *(f'        "{name}": "{value}",' for name, value in thread_variables(inner).items()),
            "    }",
            ")",
        ]
    return "\n".join(lines) + "\n"


def _configure(pinned: Pinned) -> str:
    values = {**pinned.resolved, **pinned.params}
    said = {path: value for path, value in values.items() if _expressible(value)}
    unsaid = [
        f"    # To be set by hand: {one_line(f'{path} = {value}', unicode=False)}"
        for path, value in values.items()
        if path not in said
    ]
    body = ["    return estimator"]
    if said:
        body = [
            "    return estimator.set_params(",
            "        **{",
            *(f"            {literal(path)}: {literal(value)}," for path, value in said.items()),
            "        }",
            "    )",
        ]
    return "\n".join(
        [
            "",
            "def configure(estimator):",
            '    """Set on the estimator what it carries itself, and return it."""',
            *unsaid,
            *body,
            "",
        ]
    )


def _parallel(pinned: Pinned) -> str:
    arguments = [f"backend={literal(pinned.backend)}"]
    why = []
    if pinned.config_n_jobs is not None:
        arguments.append(f"n_jobs={pinned.config_n_jobs}")
    elif pinned.resolved:
        why.append("    # n_jobs is not named here: it would leak into every nested n_jobs=None.")
    if pinned.backend == "loky" and isinstance(pinned.inner_threads, int):
        arguments.append(f"inner_max_num_threads={pinned.inner_threads}")
    if pinned.backend == "multiprocessing":
        why.append('    # The calling script needs its `if __name__ == "__main__":` guard.')
    return "\n".join(
        [
            "def parallel():",
            '    """Name the joblib backend for what runs inside ``with parallel():``."""',
            "    from joblib import parallel_config",
            "",
            *why,
            f"    return parallel_config({', '.join(arguments)})",
            "",
        ]
    )


def _expressible(value: Any) -> bool:
    """Tell a plain value from an object that would have to be constructed.

    Nor is a map plain whose key may have been a number: a report holds all keys as text.
    """
    if isinstance(value, list | tuple):
        return all(_expressible(item) for item in value)
    if isinstance(value, Mapping):
        plain = not {"class", "call"} & set(value) and not any(map(_is_number, value))
        return plain and all(_expressible(item) for item in value.values())
    return value is None or isinstance(value, bool | int | float | str)


def _is_number(key: object) -> bool:
    try:
        float(str(key))
    except ValueError:
        return False
    return True


def literal(value: Any) -> str:
    """Return a plain value as Python source in ASCII.

    A report spells what is not finite as YAML does, since JSON has no number for it.
    """
    if isinstance(value, str) and value in _NOT_FINITE:
        return f'float("{value.replace(".", "")}")'
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if isinstance(value, list | tuple):
        items = ", ".join(literal(item) for item in value)
        return f"[{items}]"
    if isinstance(value, Mapping):
        items = ", ".join(f"{literal(key)}: {literal(item)}" for key, item in value.items())
        return f"{{{items}}}"
    text = ascii(value)
    if isinstance(value, str) and not set(value) & set("'\""):
        return f'"{text[1:-1]}"'
    return text
