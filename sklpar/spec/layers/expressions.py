"""Expressions: what is known of their value, and the calls in them."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sklpar.spec.layers import attributes, calls
from sklpar.spec.layers.frame import Frame
from sklpar.spec.layers.given import Given
from sklpar.spec.layers.values import (
    UNKNOWN,
    Choice,
    Closure,
    Each,
    Items,
    Keyed,
    Known,
    Rest,
    Unknown,
    Value,
    derived,
    element,
    is_plain,
    item_at,
    join,
    known,
    truth,
    unpacked,
)

if TYPE_CHECKING:
    from sklpar.spec.layers.reader import Reader

_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda one, other: one in other,
    ast.NotIn: lambda one, other: one not in other,
}


def evaluate(reader: Reader, frame: Frame, node: ast.expr) -> Value:
    """Return what is known of an expression's value; every call in it is noted."""
    return _HANDLERS.get(type(node), _others)(reader, frame, node)


def _others(reader: Reader, frame: Frame, node: ast.expr) -> Value:
    children = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
    return derived([evaluate(reader, frame, child) for child in children])


def _constant(_reader: Reader, _frame: Frame, node: ast.Constant) -> Value:
    return Known(it=node.value)


def _reference(reader: Reader, frame: Frame, node: ast.Name | ast.Attribute) -> Value:
    return reader.noticed(_named(reader, frame, node), frame)


def _if_exp(reader: Reader, frame: Frame, node: ast.IfExp) -> Value:
    holds = truth(evaluate(reader, frame, node.test))
    possible = {True: [node.body], False: [node.orelse], None: [node.body, node.orelse]}[holds]
    return join([evaluate(reader, frame, branch) for branch in possible])


def _bin_op(reader: Reader, frame: Frame, node: ast.BinOp) -> Value:
    values = [evaluate(reader, frame, node.left), evaluate(reader, frame, node.right)]
    if isinstance(node.op, ast.MatMult):
        reader.blas("@", frame, certain=False)
    return derived(values)


def _subscript(reader: Reader, frame: Frame, node: ast.Subscript) -> Value:
    held, at = evaluate(reader, frame, node.value), evaluate(reader, frame, node.slice)
    return item_at(held, at.it if isinstance(at, Known) and is_plain(at.it) else None)


def _lambda(reader: Reader, frame: Frame, node: ast.Lambda) -> Value:
    closure = Closure(node=node, frame=frame)
    reader.run_closure(closure, [], {})
    return closure


def _named_expr(reader: Reader, frame: Frame, node: ast.NamedExpr) -> Value:
    frame.names[node.target.id] = found = evaluate(reader, frame, node.value)
    return found


def _yield(reader: Reader, frame: Frame, node: ast.Yield) -> Value:
    frame.yielded.append(evaluate(reader, frame, node.value) if node.value else UNKNOWN)
    return UNKNOWN


def _yield_from(reader: Reader, frame: Frame, node: ast.YieldFrom) -> Value:
    frame.yielded.append(element(evaluate(reader, frame, node.value)))
    return UNKNOWN


def _starred(reader: Reader, frame: Frame, node: ast.Starred) -> Value:
    return evaluate(reader, frame, node.value)


def assign(reader: Reader, frame: Frame, target: ast.expr, value: Value) -> None:
    """Bind a target of an assignment, a loop or a ``with``."""
    match target:
        case ast.Name(id=name):
            frame.names[name] = value
        case ast.Attribute(value=owner, attr=attr):
            attributes.store(reader, evaluate(reader, frame, owner), attr, value)
        case ast.Tuple(elts=elts) | ast.List(elts=elts):
            if any(isinstance(elt, ast.Starred) for elt in elts):
                values = [element(value)] * len(elts)
            else:
                values = unpacked(value, len(elts))
            for elt, one in zip(elts, values, strict=True):
                assign(reader, frame, elt.value if isinstance(elt, ast.Starred) else elt, one)
        case ast.Subscript(value=owner):
            # Something is put into a list or a dictionary: what it holds is no longer told apart.
            held = evaluate(reader, frame, owner)
            if isinstance(owner, ast.Name):
                frame.names[owner.id] = _with_item(held, target, value)


def _with_item(held: Value, target: ast.Subscript, value: Value) -> Value:
    match held, target.slice:
        case Keyed(items=items), ast.Constant(value=str() as key):
            return Keyed(items={**items, key: value})
        case Keyed(), _:
            return held
        case _:
            return derived([held, value]) if value.origins else held


def _named(reader: Reader, frame: Frame, node: ast.expr) -> Value:
    match node:
        case ast.Name(id=name):
            return frame.lookup(name)
        case ast.Attribute(value=owner, attr=attr):
            return attributes.load(reader, evaluate(reader, frame, owner), attr, frame.context)
        case _:
            return evaluate(reader, frame, node)


def _call(reader: Reader, frame: Frame, node: ast.Call) -> Value:
    target = _named(reader, frame, node.func)  # what is called is noted as a call, not as a name
    args: list[Value] = []
    for arg in node.args:
        value = evaluate(reader, frame, arg)
        if not isinstance(arg, ast.Starred):
            args.append(value)
        elif isinstance(value, Items):
            args += value.items
        else:
            args.append(Rest(item=element(value)))
    kwargs: dict[str, Value] = {}
    for keyword in node.keywords:
        value = evaluate(reader, frame, keyword.value)
        if keyword.arg is not None:
            kwargs[keyword.arg] = value
        else:
            kwargs |= _keywords(value)
    name = node.func.attr if isinstance(node.func, ast.Attribute) else None
    return calls.call(reader, frame, target, Given(args, kwargs, method=name))


def _keywords(value: Value) -> dict[str, Value]:
    """Return what ``**value`` gives; keywords that are not known are one called ``**``."""
    match value:
        case Keyed(items=items):
            return dict(items)
        case Choice(among=among):
            rows = [_keywords(one) for one in among]
            names = dict.fromkeys(name for row in rows for name in row)
            return {name: join([row[name] for row in rows if name in row]) for name in names}
        case Known(it=dict() as it) if type(it) is dict:
            return {key: known(item, value) for key, item in it.items() if isinstance(key, str)}
        case _:
            return {"**": derived([value])}


def _display(reader: Reader, frame: Frame, node: ast.Tuple | ast.List | ast.Set) -> Value:
    values = [evaluate(reader, frame, elt) for elt in node.elts]
    if any(isinstance(elt, ast.Starred) for elt in node.elts):
        return Each(item=join(map(element, values)))
    if values and all(isinstance(value, Known) and is_plain(value.it) for value in values):
        return Known(it=tuple(value.it for value in values if isinstance(value, Known)))
    return Items(items=tuple(values))


def _dict(reader: Reader, frame: Frame, node: ast.Dict) -> Value:
    items: dict[str, Value] = {}
    for key, item in zip(node.keys, node.values, strict=True):
        value = evaluate(reader, frame, item)
        name = evaluate(reader, frame, key) if key is not None else None
        if isinstance(name, Known) and isinstance(name.it, str):
            items[name.it] = value
        elif key is None and isinstance(value, Keyed):
            items |= value.items
    return Keyed(items=items)


def _bool_op(reader: Reader, frame: Frame, node: ast.BoolOp) -> Value:
    stops = isinstance(node.op, ast.Or)
    possible: list[Value] = []
    for operand in node.values:
        value = evaluate(reader, frame, operand)
        holds = truth(value)
        if holds is stops:
            return join([*possible, value]) if not possible or stops else value
        if holds is None or operand is node.values[-1]:
            possible.append(value)
    if len(possible) == 1 and truth(possible[0]) is not None:
        return possible[0]
    return join(possible) if stops else derived(possible)


def _compare(reader: Reader, frame: Frame, node: ast.Compare) -> Value:
    values = [evaluate(reader, frame, one) for one in (node.left, *node.comparators)]
    if len(values) != 2:
        return UNKNOWN
    left, right = values
    answers = [
        _compared(node.ops[0], one, other)
        for one in (left.among if isinstance(left, Choice) else (left,))
        for other in (right.among if isinstance(right, Choice) else (right,))
    ]
    # Where it is the same whatever the data choose, it is known.
    return answers[0] if answers.count(answers[0]) == len(answers) else UNKNOWN


def _compared(op: ast.cmpop, left: Value, right: Value) -> Value:
    if not isinstance(left, Known) or not isinstance(right, Known):
        # "Is there one worker?" has its answer when joblib is asked.
        asks = left.counted and isinstance(op, ast.Eq) and truth(right) is not None
        return Unknown(counted=True) if asks else _is_made(op, [left, right])
    one, other = left.it, right.it
    if isinstance(op, ast.Is | ast.IsNot):
        return Known(it=(one is other) == isinstance(op, ast.Is))
    if not is_plain(one) or not is_plain(other):
        return UNKNOWN
    try:
        return Known(it=bool(_COMPARISONS[type(op)](one, other)))
    except TypeError:
        return UNKNOWN


def _is_made(op: ast.cmpop, values: list[Value]) -> Value:
    """Something that is surely an object is not None."""
    against_none = any(isinstance(value, Known) and value.it is None for value in values)
    made = any(truth(value) for value in values if not isinstance(value, Known))
    if against_none and made and isinstance(op, ast.Is | ast.IsNot):
        return Known(it=isinstance(op, ast.IsNot))
    return UNKNOWN


def _unary(reader: Reader, frame: Frame, node: ast.UnaryOp) -> Value:
    value = evaluate(reader, frame, node.operand)
    holds, op = truth(value), node.op
    if isinstance(op, ast.Not) and holds is not None:
        return Known(it=not holds)
    if isinstance(op, ast.USub) and isinstance(value, Known) and isinstance(value.it, int | float):
        return Known(it=-value.it, origins=value.origins)
    return derived([value])


def _comprehension(
    reader: Reader,
    frame: Frame,
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
) -> Value:
    outside = frame.copy_of_names()
    for generator in node.generators:
        assign(reader, frame, generator.target, element(evaluate(reader, frame, generator.iter)))
        for test in generator.ifs:
            evaluate(reader, frame, test)
    if isinstance(node, ast.DictComp):
        evaluate(reader, frame, node.key)
        item = evaluate(reader, frame, node.value)
    else:
        item = evaluate(reader, frame, node.elt)
    frame.names = outside
    return Each(item=item)


_HANDLERS: Mapping[type[ast.expr], Callable[[Any, Frame, Any], Value]] = {
    ast.Constant: _constant,
    ast.Name: _reference,
    ast.Attribute: _reference,
    ast.Call: _call,
    ast.Tuple: _display,
    ast.List: _display,
    ast.Set: _display,
    ast.Dict: _dict,
    ast.BoolOp: _bool_op,
    ast.Compare: _compare,
    ast.IfExp: _if_exp,
    ast.UnaryOp: _unary,
    ast.BinOp: _bin_op,
    ast.Subscript: _subscript,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
    ast.Lambda: _lambda,
    ast.NamedExpr: _named_expr,
    ast.Yield: _yield,
    ast.YieldFrom: _yield_from,
    ast.Starred: _starred,
}
