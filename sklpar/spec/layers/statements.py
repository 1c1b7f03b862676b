"""Statements: read in order, a loop once, a test's branches both unless its answer is known."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sklpar.spec.layers.expressions import assign, evaluate
from sklpar.spec.layers.frame import Frame, merged
from sklpar.spec.layers.values import (
    UNKNOWN,
    Closure,
    Known,
    element,
    truth,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sklpar.spec.layers.reader import Reader


def execute(reader: Reader, frame: Frame, body: Sequence[ast.stmt]) -> bool:
    """Read statements; return whether the end of them is never reached."""
    return any(_statement(reader, frame, statement) for statement in body)


def _statement(reader: Reader, frame: Frame, node: ast.stmt) -> bool:
    return _HANDLERS.get(type(node), _others)(reader, frame, node)


def _others(reader: Reader, frame: Frame, node: ast.stmt) -> bool:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            evaluate(reader, frame, child)
    return False


def _assign(reader: Reader, frame: Frame, node: ast.Assign) -> bool:
    result = evaluate(reader, frame, node.value)
    for target in node.targets:
        assign(reader, frame, target, result)
    return False


def _ann_assign(reader: Reader, frame: Frame, node: ast.AnnAssign) -> bool:
    if node.value is not None:
        assign(reader, frame, node.target, evaluate(reader, frame, node.value))
    return False


def _aug_assign(reader: Reader, frame: Frame, node: ast.AugAssign) -> bool:
    both = ast.BinOp(left=_as_read(node.target), op=node.op, right=node.value)
    assign(reader, frame, node.target, evaluate(reader, frame, both))
    return False


def _return(reader: Reader, frame: Frame, node: ast.Return) -> bool:
    frame.returned.append(evaluate(reader, frame, node.value) if node.value else Known(it=None))
    return True


def _raise(reader: Reader, frame: Frame, node: ast.Raise) -> bool:
    if node.exc is not None:
        evaluate(reader, frame, node.exc)
    return True


def _leave(_reader: Reader, _frame: Frame, _node: ast.stmt) -> bool:
    return True


def _define(reader: Reader, frame: Frame, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    closure = Closure(node=node, frame=frame)
    frame.names[node.name] = closure
    reader.run_closure(closure, [], {})
    return False


def _as_read(target: ast.expr) -> ast.expr:
    match target:
        case ast.Name(id=name):
            return ast.Name(id=name, ctx=ast.Load())
        case _:
            return target


def _if(reader: Reader, frame: Frame, node: ast.If) -> bool:
    test = evaluate(reader, frame, node.test)
    holds = truth(test)
    if holds is not None:
        return execute(reader, frame, node.body if holds else node.orelse)
    before = frame.copy_of_names()
    start = reader.evidence.mark()
    body_ends = execute(reader, frame, node.body)
    middle = reader.evidence.mark()
    after_body, frame.names = frame.names, before
    else_ends = execute(reader, frame, node.orelse)
    reader.evidence.weigh(start, middle)
    if body_ends and else_ends:
        return True
    if body_ends and test.counted and not test.origins:
        frame.context = replace(frame.context, guarded=True)
    if else_ends:
        frame.names = after_body
    elif not body_ends:
        frame.names = merged(after_body, frame.names)
    return False


def _loop(reader: Reader, frame: Frame, node: ast.For | ast.AsyncFor | ast.While) -> bool:
    before = frame.copy_of_names()
    if isinstance(node, ast.While):
        if truth(evaluate(reader, frame, node.test)) is False:
            return False
    else:
        assign(reader, frame, node.target, element(evaluate(reader, frame, node.iter)))
    execute(reader, frame, node.body)
    frame.names = merged(frame.names, before)
    execute(reader, frame, node.orelse)
    return False


def _with(reader: Reader, frame: Frame, node: ast.With | ast.AsyncWith) -> bool:
    outside = frame.context
    for item in node.items:
        value = evaluate(reader, frame, item.context_expr)
        frame.context = reader.entered(frame.context, value)
        if item.optional_vars is not None:
            assign(reader, frame, item.optional_vars, value)
    ends = execute(reader, frame, node.body)
    frame.context = outside
    return ends


def _try(reader: Reader, frame: Frame, node: ast.Try | ast.TryStar) -> bool:
    before = frame.copy_of_names()
    ends = execute(reader, frame, node.body)
    after, outcomes = frame.names, []
    for handler in node.handlers:
        frame.names = merged(after, before)
        handled = execute(reader, frame, handler.body)
        outcomes.append((handled, frame.names))
    frame.names = after
    ends = execute(reader, frame, node.orelse) or ends
    for handled, names in outcomes:
        if not handled:
            frame.names, ends = merged(frame.names, names), False
    return execute(reader, frame, node.finalbody) or ends


def _import(_reader: Reader, frame: Frame, node: ast.Import) -> bool:
    """Bind what is imported already; nothing else is."""
    for alias in node.names:
        name = alias.name if alias.asname else alias.name.partition(".")[0]
        module = sys.modules.get(name)
        frame.names[alias.asname or name] = UNKNOWN if module is None else Known(it=module)
    return False


def _import_from(_reader: Reader, frame: Frame, node: ast.ImportFrom) -> bool:
    name = _absolute(frame, node)
    module = sys.modules.get(name)
    for alias in node.names:
        found = vars(module).get(alias.name) if module is not None else None
        found = found if found is not None else sys.modules.get(f"{name}.{alias.name}")
        frame.names[alias.asname or alias.name] = UNKNOWN if found is None else Known(it=found)
    return False


def _absolute(frame: Frame, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = str(frame.function.__globals__.get("__package__") or "")
    parts = package.split(".")
    base = ".".join(parts[: len(parts) - node.level + 1])
    return f"{base}.{node.module}" if node.module else base


_HANDLERS: Mapping[type[ast.stmt], Callable[[Any, Frame, Any], bool]] = {
    ast.Assign: _assign,
    ast.AnnAssign: _ann_assign,
    ast.AugAssign: _aug_assign,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Continue: _leave,
    ast.Break: _leave,
    ast.If: _if,
    ast.For: _loop,
    ast.AsyncFor: _loop,
    ast.While: _loop,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.FunctionDef: _define,
    ast.AsyncFunctionDef: _define,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
}
