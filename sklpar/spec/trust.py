"""What a spec may name: checked before any import, and again on what the name resolved to.

scikit-learn's and scipy.stats' own public objects are always allowed. A prefix is not enough for
that: dozens of attributes below ``sklearn.`` are os, sys, pickle and the like.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import keyword
from types import ModuleType
from typing import TYPE_CHECKING, Any

from sklpar.sources.suggest import did_you_mean
from sklpar.spec import public_names

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Roots whose classes may be built whatever module of ours or theirs re-exports them.
_BUILT_IN = ("sklearn", "scipy")
# All that a job may name of sklpar itself. They read nothing but what the process that started the
# job handed over, whoever names them; other functions of ours would run any command.
_OWN = ("sklpar.trial.handed:estimator", "sklpar.trial.handed:data")


class Refusal(Exception):  # noqa: N818 - a verdict of the policy, not a fault
    """A name that may not be used, or that leads to nothing.

    Attributes
    ----------
    remedy : str
        The next step.
    untrusted : bool
        True where the name needs a package that is not trusted.
    """

    def __init__(self, message: str, *, remedy: str = "", untrusted: bool = False) -> None:
        super().__init__(message)
        self.remedy = remedy
        self.untrusted = untrusted


def wrong_package_name(package: object) -> str | None:
    """Return what is wrong with the name of a package to trust, or None."""
    if isinstance(package, str) and package.isidentifier() and not keyword.iskeyword(package):
        return None
    return f"{package!r} is not the name of a package: trust the first part, such as xgboost"


def check_class(path: str, trusted: Sequence[str]) -> None:
    """Check the name of a class before anything is imported for it."""
    parts = _public_parts(path, path.split("."))
    if len(parts) == 1:
        if path != "make_column_selector" and public_names.find_module(path) is None:
            raise _unknown(path)
    elif parts[0] == "sklearn":
        module, name = path.rsplit(".", 1)
        if path != _SELECTOR and not public_names.is_public(module, name):
            remedy = did_you_mean(name, public_names.all_names())
            raise Refusal(f"{path!r} is no public class of scikit-learn", remedy=remedy)
    elif parts[0] == "scipy":
        if parts[:-1] != ["scipy", "stats"]:
            message = f"{path!r} is no distribution of scipy.stats"
            raise Refusal(message, remedy="of scipy, only scipy.stats.<distribution> is allowed")
    else:
        _require_trust(parts[0], path, trusted)


def check_target(target: str, trusted: Sequence[str]) -> None:
    """Check a ``module:function`` before anything is imported for it."""
    module, _, function = target.partition(":")
    parts = _public_parts(target, [*module.split("."), *function.split(".")])
    _require_trust(parts[0], target, trusted)


def resolve_class(path: str, trusted: Sequence[str]) -> Callable[..., Any]:
    """Import what `path` names and return it.

    Returns
    -------
    callable
        A class: estimator, transformer, splitter, kernel, column selector; or a distribution of
        scipy.stats, which is called to freeze it.

    Raises
    ------
    Refusal
        If it is not allowed, does not exist, or is none of these.
    """
    check_class(path, trusted)
    parts = path.split(".")
    if len(parts) == 1:
        module = "sklearn.compose" if path == "make_column_selector" else ""
        parts = [*(module or public_names.find_module(path) or "").split("."), path]
    if parts[0] == "sklearn" and parts[-1] in public_names.EXPERIMENTAL:
        importlib.import_module(f"sklearn.experimental.{public_names.EXPERIMENTAL[parts[-1]][1]}")
    found = _walk(parts, path, (*trusted, *_BUILT_IN))
    if parts[0] == "scipy":
        return _distribution(found, path)
    _require_origin(found, path, (*trusted, *_BUILT_IN))
    if not isinstance(found, type) or not _is_buildable(found):
        raise Refusal(
            f"{path!r} is not an estimator, transformer, splitter, kernel or distribution",
            remedy="use {call: module:function} for a function that returns an estimator",
        )
    return found


def resolve_function(target: str, trusted: Sequence[str]) -> Callable[..., Any]:
    """Import the function that ``module:function`` names and return it, uncalled.

    Raises
    ------
    Refusal
        If its package, or the package that it was defined in, is not trusted, or there is none.
    """
    check_target(target, trusted)
    module, _, function = target.partition(":")
    found: Any = _import(module, target)
    for part in function.split("."):
        found = _member(found, part, target, root=module.partition(".")[0])
        if isinstance(found, ModuleType):
            _require_origin(found, target, trusted)
    _require_origin(found, target, trusted)
    if not callable(found):
        raise Refusal(f"{target!r} is not a function but {type(found).__name__}")
    return found  # type: ignore[no-any-return]


_SELECTOR = "sklearn.compose.make_column_selector"


def _public_parts(path: str, parts: list[str]) -> list[str]:
    for part in parts:
        if not (part.isascii() and part.isidentifier()) or keyword.iskeyword(part):
            raise Refusal(f"{path[:80]!r} is not an import path")
        if part.startswith("_"):
            message = f"{path!r} goes through {part!r}, which is private"
            raise Refusal(message, remedy="name a public object")
    return parts


def _unknown(name: str) -> Refusal:
    names = public_names.all_names()
    elsewhere = "a class from elsewhere needs its full import path, such as xgboost.XGBClassifier"
    near = did_you_mean(name, names)
    remedy = (f"{near} ({elsewhere})" if near else elsewhere) if names else "install scikit-learn"
    return Refusal(f"scikit-learn has no public class {name!r}", remedy=remedy)


def _require_trust(root: str, path: str, trusted: Sequence[str]) -> None:
    if root == "sklpar" and path not in _OWN:
        message = f"{path!r} is a part of sklpar itself, which no spec can use"
        raise Refusal(message, remedy="name a function of your own", untrusted=True)
    if root not in trusted:
        raise Refusal(
            f"{path!r} needs code of the package {root!r}, which is not trusted",
            remedy=f"if you trust it, add --trust {root} (or [tool.sklpar] trust in pyproject)",
            untrusted=True,
        )


def _require_origin(found: Any, path: str, trusted: Sequence[str]) -> None:
    """Check the package that defines what was found, not the one it was found in."""
    if isinstance(found, ModuleType):
        origin = found.__name__
    else:
        origin = getattr(found, "__module__", None) or type(found).__module__
    root = str(origin).split(".", maxsplit=1)[0]
    if root not in trusted:
        raise Refusal(
            f"{path!r} is defined in the package {root!r}, which is not trusted",
            remedy="name something that a trusted package defines itself",
            untrusted=True,
        )


def _walk(parts: list[str], path: str, trusted: Sequence[str]) -> Any:
    found: Any = _import(parts[0], path)
    for part in parts[1:]:
        found = _member(found, part, path, root=parts[0])
        if isinstance(found, ModuleType):
            _require_origin(found, path, trusted)
    return found


def _member(owner: Any, part: str, path: str, *, root: str) -> Any:
    """Return an attribute, or a submodule that is not imported yet."""
    try:
        return getattr(owner, part)
    except AttributeError:
        pass
    except Exception as error:
        message = f"{path!r}: {type(error).__name__}: {error}"
        raise Refusal(message, remedy="fix that import") from error
    if hasattr(owner, "__path__") and owner.__name__.partition(".")[0] == root:
        name = f"{owner.__name__}.{part}"
        if importlib.util.find_spec(name) is not None:
            return _import(name, path)
    remedy = did_you_mean(part, [name for name in dir(owner) if not name.startswith("_")])
    raise Refusal(f"{getattr(owner, '__name__', owner)} has no {part!r}", remedy=remedy)


def _import(module: str, path: str) -> ModuleType:
    """Import a module of a trusted package; whatever its code raises is the user's to see."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and (module == error.name or module.startswith(f"{error.name}.")):
            remedy = "install it, or put it on PYTHONPATH or beside the spec"
            raise Refusal(f"there is no module {error.name!r}", remedy=remedy) from error
        raise Refusal(f"importing {module} failed: {error}", remedy="fix that import") from error
    except (Exception, SystemExit) as error:
        message = f"importing {module} for {path!r} raised {type(error).__name__}: {error}"
        raise Refusal(message, remedy="fix that import") from error


def _distribution(found: Any, path: str) -> Callable[..., Any]:
    from scipy.stats import rv_continuous, rv_discrete

    if not isinstance(found, rv_continuous | rv_discrete):
        remedy = "use one such as scipy.stats.loguniform, scipy.stats.randint"
        raise Refusal(f"{path!r} is no distribution of scipy.stats", remedy=remedy)
    return found  # type: ignore[no-any-return]


def _is_buildable(found: type) -> bool:
    def has(*names: str) -> bool:
        return all(inspect.getattr_static(found, name, None) is not None for name in names)

    is_estimator = has("get_params", "set_params") and (has("fit") or has("diag"))  # or a kernel
    is_selector = f"{found.__module__.split('.')[0]}.{found.__name__}" == (
        "sklearn.make_column_selector"
    )
    return (
        is_estimator
        or has("split", "get_n_splits")
        or has("transform")
        or has("rvs")
        or is_selector
    )
