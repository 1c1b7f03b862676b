"""From nodes to live objects; runs in children, imports scikit-learn and trusted code."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from sklpar.errors import Problem
from sklpar.model import CallNode, Node, ObjectNode
from sklpar.sources import SOURCES, Dataset
from sklpar.sources.suggest import did_you_mean
from sklpar.spec.places import KEY, KeyPath
from sklpar.spec.trust import Refusal, check_class, check_target, resolve_class, resolve_function

if TYPE_CHECKING:
    from sklpar.spec.job import Job

# Stands for an object that could not be built, so that everything else is still checked.
BROKEN: Final = object()


class BuildProblem(Exception):  # noqa: N818 - it is a Problem on its way
    """Something that cannot be built.

    Attributes
    ----------
    remedy : str
        The next step.
    path : tuple
        Keys that lead to it in the spec.
    untrusted : bool
        True where it needs a package that is not trusted.
    """

    def __init__(
        self, message: str, *, remedy: str = "", path: KeyPath = (), untrusted: bool = False
    ) -> None:
        super().__init__(message)
        self.remedy = remedy
        self.path = path
        self.untrusted = untrusted


def build_estimator(job: Job) -> Any:
    """Build the job's estimator, unfitted; raises BuildProblem."""
    prepare_path(job)
    builder = Builder(job.trust)
    estimator = builder.build(job.estimator, ("estimator",))
    _raise_first(builder.problems)
    return estimator


def build_value(node: Node, job: Job) -> Any:
    """Build one value of a swept parameter; raises BuildProblem."""
    prepare_path(job)
    builder = Builder(job.trust)
    value = builder.build(node, ("sweep", "params"))
    _raise_first(builder.problems)
    return value


def build_callable(
    job: Job,
) -> tuple[Callable[..., Any] | None, Callable[..., Any], dict[str, Any]]:
    """Return the job's setup (or None), its fit, and the keyword arguments.

    The arguments are setup's, or fit's own where there is no setup. Raises BuildProblem.
    """
    prepare_path(job)
    if job.callable is None:
        raise BuildProblem("the spec has no callable")
    found = []
    for name, target in (("setup", job.callable.setup), ("fit", job.callable.fit)):
        try:
            found.append(target and resolve_function(target, job.trust))
        except Refusal as refusal:
            raise refused(refusal, ("callable", name)) from refusal
    setup, fit = found
    if fit is None or isinstance(fit, str) or isinstance(setup, str):
        raise BuildProblem("the callable has no fit", path=("callable",))
    return setup, fit, dict(job.callable.args)


def load_data(job: Job) -> Dataset:
    """Load the job's data; raises BuildProblem where its function may not be used."""
    prepare_path(job)
    if job.data is None:
        raise BuildProblem("the spec has no data")
    try:
        return SOURCES[job.data.source].load(job.data.options, job.folder, resolver(job))
    except Refusal as refusal:
        raise refused(refusal, ("data", job.data.source)) from refusal


def check_data(job: Job) -> list[Problem]:
    """Return what the data's header shows to be wrong; raises BuildProblem."""
    if job.data is None:
        return []
    try:
        found = SOURCES[job.data.source].header(job.data.options, job.folder, resolver(job))
    except Refusal as refusal:
        raise refused(refusal, ("data", job.data.source)) from refusal
    return [
        Problem(message=problem.message, remedy=problem.remedy, path=("data", *problem.path))
        for problem in found
    ]


def resolver(job: Job) -> Callable[[str], Callable[..., Any]]:
    """Return what turns ``module:function`` into a function of a package that the job trusts."""
    return lambda target: resolve_function(target, job.trust)


def refused(refusal: Refusal, path: KeyPath) -> BuildProblem:
    """Return a refusal with its place."""
    message, remedy = str(refusal), refusal.remedy
    return BuildProblem(message, remedy=remedy, path=path, untrusted=refusal.untrusted)


def prepare_path(job: Job) -> None:
    """Let trusted modules be found in the spec's folder, after everything else on the path."""
    if job.trust and job.folder not in sys.path and any(_targets(job)):
        sys.path.append(job.folder)


def untrusted_names(job: Job) -> list[BuildProblem]:
    """Return every name that may not be used, found without importing anything for it."""
    problems = []
    for path, name, is_class in _names(job):
        try:
            (check_class if is_class else check_target)(name, job.trust)
        except Refusal as refusal:
            problems.append(refused(refusal, path))
    return problems


def _targets(job: Job) -> list[str]:
    """Return the names that lead outside scikit-learn and scipy."""
    names = [name for _, name, _ in _names(job)]
    return [name for name in names if ":" in name or name.split(".")[0] in job.trust]


def _names(job: Job) -> list[tuple[KeyPath, str, bool]]:
    """Return (path, name, is a class) of everything that the job names."""
    names: list[tuple[KeyPath, str, bool]] = []
    _collect(job.estimator, names)
    for values in (job.params or {}).values():
        _collect(values, names)
    if job.data is not None and job.data.source == "call":
        names.append((("data", "call"), job.data.options["call"], False))
    if job.callable is not None:
        for key, target in (("setup", job.callable.setup), ("fit", job.callable.fit)):
            if target is not None:
                names.append((("callable", key), target, False))
    return names


def _collect(node: Node, names: list[tuple[KeyPath, str, bool]]) -> None:
    match node:
        case ObjectNode():
            names.append(((*node.where, "class"), node.path, True))
            _collect(node.args, names)
            _collect(node.kwargs, names)
        case CallNode():
            names.append(((*node.where, "call"), node.target, False))
            _collect(node.kwargs, names)
        case list() | tuple():
            for item in node:
                _collect(item, names)
        case Mapping():
            for item in node.values():
                _collect(item, names)


def _raise_first(problems: Sequence[BuildProblem]) -> None:
    if problems:
        raise problems[0]


class Builder:
    """Builds nodes and collects every problem; what depends on a broken part is BROKEN itself."""

    def __init__(self, trust: Sequence[str]) -> None:
        self.problems: list[BuildProblem] = []
        self._trust = trust

    def build(self, node: Node, path: KeyPath) -> Any:
        """Build a node; returns BROKEN where it, or a part of it, could not be."""
        match node:
            case ObjectNode():
                return self._object(node)
            case CallNode():
                return self._call(node)
            case list() | tuple():
                items = [self.build(item, (*path, index)) for index, item in enumerate(node)]
                if any(item is BROKEN for item in items):
                    return BROKEN
                return tuple(items) if isinstance(node, tuple) else items
            case Mapping():
                built = {key: self.build(item, (*path, key)) for key, item in node.items()}
                return BROKEN if any(item is BROKEN for item in built.values()) else built
            case _:
                return node

    def _call(self, node: CallNode) -> Any:
        kwargs = {k: self.build(item, (*node.where, "args", k)) for k, item in node.kwargs.items()}
        try:
            function = resolve_function(node.target, self._trust)
        except Refusal as refusal:
            self.problems.append(refused(refusal, (*node.where, "call")))
            return BROKEN
        if any(item is BROKEN for item in kwargs.values()):
            return BROKEN
        return self._run(function, (), kwargs, node.target, node.where)

    def _object(self, node: ObjectNode) -> Any:
        args = [self.build(item, node.where) for item in node.args]
        kwargs = {k: self.build(item, (*node.where, k)) for k, item in node.kwargs.items()}
        try:
            maker = resolve_class(node.path, self._trust)
        except Refusal as refusal:
            self.problems.append(refused(refusal, (*node.where, "class")))
            return BROKEN
        before = len(self.problems)
        if isinstance(maker, type):
            named = self._check_parameters(maker, args, kwargs, node.where)
        else:
            named = kwargs
            self._check_distribution(maker, args, kwargs, node)
        broken = any(item is BROKEN for item in (*args, *kwargs.values()))
        if broken or len(self.problems) > before:
            return BROKEN
        given = () if named is not kwargs else args
        return self._run(maker, given, named, node.path, node.where)

    def _check_parameters(
        self, maker: type, args: list[Any], kwargs: dict[str, Any], where: KeyPath
    ) -> dict[str, Any]:
        """Check names and values; return the arguments, all by name if they can be."""
        from sklpar.sources.parameters import check_value

        try:
            signature = inspect.signature(maker)
        except ValueError:  # some compiled classes have none
            return kwargs
        bound = self._bind(maker, signature, args, kwargs, where)
        if bound is None:
            return kwargs
        constraints = getattr(maker, "_parameter_constraints", None)
        if not isinstance(constraints, dict):
            return kwargs
        named = dict(bound)
        for name, value in bound.items():
            if value is BROKEN:
                continue
            named[name], wrong = check_value(constraints, name, value, maker.__name__)
            if wrong:
                self.problems.append(BuildProblem(wrong, path=(*where, name)))
        return named

    def _bind(
        self,
        maker: type,
        signature: inspect.Signature,
        args: list[Any],
        kwargs: dict[str, Any],
        where: KeyPath,
    ) -> dict[str, Any] | None:
        """Return the arguments by name, or None where they do not fit or cannot be named."""
        parameters = signature.parameters.values()
        kinds = {parameter.kind for parameter in parameters}
        legal = [p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        if inspect.Parameter.VAR_KEYWORD not in kinds:
            for name in kwargs.keys() - set(legal):
                message = f"{maker.__name__} has no parameter {name!r}"
                remedy = did_you_mean(name, legal, otherwise=f"it has {', '.join(legal[:40])}")
                path = (*where, name, KEY)
                self.problems.append(BuildProblem(message, remedy=remedy, path=path))
            kwargs = {name: value for name, value in kwargs.items() if name in legal}
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            message = f"{maker.__name__}: {error}"
            self.problems.append(BuildProblem(message, path=where))
            return None
        if inspect.Parameter.VAR_POSITIONAL in kinds or inspect.Parameter.VAR_KEYWORD in kinds:
            return None
        return dict(bound.arguments)

    def _check_distribution(
        self, maker: Any, args: list[Any], kwargs: dict[str, Any], node: ObjectNode
    ) -> None:
        legal = [part.strip() for part in (maker.shapes or "").split(",") if part.strip()]
        legal += ["loc", "scale"] if hasattr(maker, "pdf") else ["loc"]
        for name in kwargs.keys() - set(legal):
            remedy = did_you_mean(name, legal, otherwise=f"it has {', '.join(legal)}")
            message = f"{node.path} has no parameter {name!r}"
            path = (*node.where, name, KEY)
            self.problems.append(BuildProblem(message, remedy=remedy, path=path))
        if kwargs.keys() - set(legal) or BROKEN in (*args, *kwargs.values()):
            return
        try:
            low, high = maker(*args, **kwargs).support()
            sound = bool(low <= high)  # NaN where a parameter is out of its domain
        except (TypeError, ValueError) as error:
            self.problems.append(BuildProblem(f"{node.path}: {error}", path=node.where))
            return
        if not sound:
            message = f"{node.path}: a parameter is out of its range"
            self.problems.append(BuildProblem(message, path=node.where))

    def _run(
        self,
        maker: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        name: str,
        where: KeyPath,
    ) -> Any:
        """Call a class or a trusted function; whatever it raises is the user's to see."""
        try:
            return maker(*args, **kwargs)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - see above
            message = f"{name} raised {type(error).__name__}: {error}"
            self.problems.append(BuildProblem(message, path=where))
            return BROKEN
