"""Reading the code of an estimator: what its methods reach, found without running them.

It is abstract interpretation, no more precise than it has to be: a function is read with what is
known of its arguments, a loop once, both branches of a test unless the constructor's arguments
answer it. So the ``Parallel(n_jobs=n_jobs, prefer="threads")`` three calls below ``fit`` is found,
and that its n_jobs is the parameter of that name.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from dataclasses import replace
from types import CodeType, FunctionType
from typing import Any

from sklpar.spec.layers import attributes
from sklpar.spec.layers.binding import bind, defaults_of
from sklpar.spec.layers.evidence import Context, Evidence
from sklpar.spec.layers.frame import Frame
from sklpar.spec.layers.native import Libraries
from sklpar.spec.layers.parts import Part
from sklpar.spec.layers.recorder import Recorder
from sklpar.spec.layers.source import Sources
from sklpar.spec.layers.values import (
    DATA,
    UNKNOWN,
    Bound,
    Closure,
    Each,
    Known,
    Unknown,
    Value,
    derived,
    join,
    key_of,
)

# Read beside the packages of the estimator's own classes.
_ALWAYS_READ = "sklearn"
_INSTALLED = ("site-packages", "dist-packages")
# What every estimator passes through, the one that does nothing included, is no evidence; nor are
# scores: a few passes over y.
_PLUMBING = (
    "sklearn._config",
    "sklearn.callback",
    "sklearn.exceptions",
    "sklearn.externals",
    "sklearn.metrics._classification",
    "sklearn.metrics._ranking",
    "sklearn.metrics._regression",
    "sklearn.metrics._scorer",
    "sklearn.utils._array_api",
    "sklearn.utils._dataframe",
    "sklearn.utils._metadata_requests",
    "sklearn.utils._param_validation",
    "sklearn.utils._set_output",
    "sklearn.utils._tags",
    "sklearn.utils._user_interface",
    "sklearn.utils.class_weight",
    "sklearn.utils.fixes",
    "sklearn.utils.metadata_routing",
    "sklearn.utils.metaestimators",
    "sklearn.utils.multiclass",
    "sklearn.utils.parallel",
    "sklearn.utils.validation",
)
# Bounds of the reading, far above what scikit-learn's own estimators take.
_MAX_FUNCTIONS = 2500
_MAX_DEPTH = 40
_MAX_VARIANTS = 6


class Reader(Recorder):
    """Reads the methods of one part of an estimator at a time.

    Parameters
    ----------
    places : mapping
        ``id`` of each part to its set_params path.
    """

    def __init__(self, places: Mapping[int, str], sources: Sources, libraries: Libraries) -> None:
        super().__init__(libraries)
        self._places = places
        self._sources = sources
        self._part: Any = None
        self._parameters: Mapping[str, str] = {}
        self._set: dict[int, dict[str, Value]] = {}
        self._results: dict[Any, Value] = {}
        self._variants: dict[CodeType, int] = {}
        self._active: list[CodeType] = []
        self._readable = {_ALWAYS_READ: True}
        self._kept: list[Any] = []

    def start(self, part: Part) -> None:
        """Turn to a part."""
        self._part, self._parameters = part.it, part.parameters
        own = {cls.__module__.partition(".")[0] for cls in type(part.it).__mro__}
        self._readable |= {root: True for root in own if root not in sys.stdlib_module_names}
        self._results.clear()
        self._variants.clear()
        if not type(part.it).__module__.startswith("sklearn."):
            # Its constructor may keep a parameter under another name.
            init = attributes.load(self, Known(it=part.it), "__init__", Context())
            given = {
                name: Known(it=part.values.get(name), origins=frozenset({path}))
                for name, path in part.parameters.items()
            }
            if isinstance(init, Bound) and self.can_read(init.function):
                self.run(init.function, [Known(it=part.it)], given, Context())

    def read(self, method: str) -> Evidence | None:
        """Return what a method of the part reaches, None where it has no such method to read."""
        found = attributes.load(self, Known(it=self._part), method, Context())
        if not isinstance(found, Bound) or not self.can_read(found.function):
            return None
        if self._sources.tree(found.function) is None:
            return None
        self._expected = []
        evidence = self._pass(found.function)
        if self._early:
            # Tasks were made before the call that takes them: now it is known which one does.
            self._expected = evidence.calls
            evidence = self._pass(found.function)
        return evidence

    def _pass(self, function: FunctionType) -> Evidence:
        self.evidence, self._early = Evidence(), False
        self._results.clear()
        self._variants.clear()
        code = function.__code__
        names = code.co_varnames[1 : code.co_argcount]
        self.run(function, [Known(it=self._part)], dict.fromkeys(names[:2], DATA), Context())
        return self.evidence

    # --- functions

    def can_read(self, function: FunctionType) -> bool:
        """Tell whether a function's code is read.

        It is where it comes from the packages of the estimator's own classes, from scikit-learn,
        or from a module that is not installed, which is the user's. What numpy, joblib or pandas
        do with threads is known by the names of their functions.
        """
        root = (function.__module__ or "").partition(".")[0]
        if root not in self._readable:
            file = function.__code__.co_filename
            theirs = root in sys.stdlib_module_names or root == "sklpar"
            self._readable[root] = not theirs and not any(f"/{n}/" in file for n in _INSTALLED)
        return self._readable[root]

    def run(  # noqa: PLR0911 - each bound of the reading ends it
        self,
        function: FunctionType,
        args: list[Value],
        kwargs: Mapping[str, Value],
        context: Context,
    ) -> Value:
        """Read a function as called with these arguments; return what it may return."""
        module = function.__module__ or ""
        if function.__name__ == "get_params" and args and self.is_part(args[0]):
            return Unknown(origins=frozenset(self._parameters.values()))
        if module.startswith(_PLUMBING) or not self.can_read(function):
            return derived([*args, *kwargs.values()])
        code = function.__code__
        given = (*map(key_of, args), *((name, key_of(value)) for name, value in kwargs.items()))
        key = (code, given, id(function.__closure__), context)
        if key in self._results:
            return self._results[key]
        if code in self._active[-_MAX_DEPTH:] or len(self._active) >= _MAX_DEPTH:
            return UNKNOWN
        self._variants[code] = self._variants.get(code, 0) + 1
        if self._variants[code] > _MAX_VARIANTS:
            return UNKNOWN
        if len(self._results) > _MAX_FUNCTIONS:
            self.evidence.cut_short = True
            return UNKNOWN
        tree = self._sources.tree(function)
        if tree is None:
            return UNKNOWN
        self._kept += [args, kwargs]  # ids in the key stay theirs
        self._results[key] = UNKNOWN
        frame = Frame(function=function, context=self._decorated(tree, context))
        frame.names = bind(tree.args, args, kwargs, defaults_of(function))
        self._results[key] = result = self._body(frame, tree.body)
        return result

    def run_closure(
        self, closure: Closure, args: list[Value], kwargs: Mapping[str, Value]
    ) -> Value:
        """Read a function that is defined in the code that is read."""
        outer, node = closure.frame, closure.node
        code_key = (id(node), *map(key_of, args), outer.context)
        if code_key in self._results:
            return self._results[code_key]
        self._results[code_key] = UNKNOWN
        self._kept.append(node)
        frame = Frame(function=outer.function, context=outer.context, parent=outer)
        frame.names = bind(node.args, args, kwargs, {})
        body = [ast.Return(value=node.body)] if isinstance(node, ast.Lambda) else node.body
        self._results[code_key] = result = self._body(frame, body)
        return result

    def _body(self, frame: Frame, body: list[Any]) -> Value:
        from sklpar.spec.layers.statements import execute

        self._active.append(frame.function.__code__)
        try:
            execute(self, frame, body)
        finally:
            self._active.pop()
        if frame.yielded:
            return Each(item=join(frame.yielded))
        return join(frame.returned) if frame.returned else Known(it=None)

    def _decorated(self, tree: ast.FunctionDef, context: Context) -> Context:
        """Take a decorator that limits BLAS, as those of KMeans do, for what it says."""
        for node in tree.decorator_list:
            if isinstance(node, ast.Call) and "threadpool" in ast.dump(node.func):
                words = {k.arg: getattr(k.value, "value", None) for k in node.keywords}
                if words.get("limits") == 1 and words.get("user_api") in (None, "blas"):
                    return replace(context, blas_capped=True)
        return context

    # --- parts and their parameters

    def other_part(self, value: Value) -> str | None:
        """Return the place of another part of the estimator, None where it is none."""
        if isinstance(value, Known) and value.it is not self._part:
            return self._places.get(id(value.it))
        return None

    def is_part(self, value: Value) -> bool:
        """Tell the part that is read."""
        return isinstance(value, Known) and value.it is self._part

    def parameters_of(self, it: Any) -> Mapping[str, str]:
        """Return the parameters of the part that is read, with their paths; of others none."""
        return self._parameters if it is self._part else {}

    def origins_of(self, it: Any, name: str) -> frozenset[str]:
        """Return the set_params path of an attribute, where it is a parameter."""
        path = self.parameters_of(it).get(name)
        return frozenset() if path is None else frozenset({path})

    def remember(self, it: Any, name: str, value: Value) -> None:
        """Keep what the code sets on a real object, which itself is left as it is."""
        fields = self._set.setdefault(id(it), {})
        fields[name] = join([fields[name], value]) if name in fields else value

    def recall(self, it: Any, name: str) -> Value | None:
        """Return what the code has set on a real object."""
        return self._set.get(id(it), {}).get(name)
