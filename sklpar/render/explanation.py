"""What runs in parallel in a job, and which knob reaches it: a tree, then the settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sklpar.model import Inspection, Layer, Part, Product
from sklpar.render.interface import RenderOptions
from sklpar.render.layers import pool_words, sentences, title
from sklpar.render.plain import TIMES, cells, one_line, pad, wrap
from sklpar.render.table import Column, fit
from sklpar.render.table import lines as table_lines

_MIN_WIDTH = 60
_STEP = 2


def render(
    inspection: Inspection,
    products: Sequence[Product],
    options: RenderOptions,
    *,
    file: str,
    cpus: str,
) -> str:
    """Return the whole text, ending in a newline.

    Parameters
    ----------
    products : sequence of Product
        Of every setting that would be measured, in that order.
    file : str
        The spec, as the user named it.
    cpus : str
        The usable CPUs and where the figure comes from.
    """
    width = max(options.width, _MIN_WIDTH)
    page = _Page(width, unicode=options.unicode)
    page.say(f"{inspection.label} ({file})")
    page.say(cpus)
    page.gap()
    if inspection.is_callable:
        page.say("A callable: what it does in parallel cannot be seen without running it.")
        page.say(
            "Settings give it n_jobs and backend by parallel_config; an explicit n_jobs in its "
            "code wins over that."
        )
    else:
        page.say("What runs in parallel, outermost first:")
        for part in inspection.parts:
            _part(page, part, inspection)
    _pools(page, inspection)
    notes = list(_notes(inspection))
    if notes:
        page.gap()
        page.say("Good to know:")
        for note in notes:
            page.say(f"- {note}", hang=2)
    page.gap()
    _settings(page, products)
    return "\n".join(page.lines) + "\n"


class _Page:
    """Lines of a width, each harmless and none cut."""

    def __init__(self, width: int, *, unicode: bool) -> None:
        self.lines: list[str] = []
        self.width = width
        self._unicode = unicode

    def clean(self, text: str) -> str:
        """Return the text in the characters that the terminal has."""
        return one_line(text, unicode=self._unicode)

    def say(self, text: str, *, indent: int = 0, hang: int = 2, lead: str = "") -> None:
        """Add a paragraph; `lead` stands before its first line only."""
        room = max(self.width - indent - cells(lead), 24)
        wrapped = wrap(self.clean(text), room, hang=0 if lead else hang)
        for number, line in enumerate(wrapped):
            first = lead if number == 0 else " " * cells(lead)
            self.lines.append(f"{' ' * indent}{first}{line}".rstrip())

    def gap(self) -> None:
        """Add an empty line."""
        self.lines.append("")


def _part(page: _Page, part: Part, inspection: Inspection) -> None:
    depth = _depth(part, inspection)
    layers = [layer for layer in inspection.layers if layer.place == part.place]
    name = f"{part.place}: {part.owner}" if part.place else part.owner
    holds = any(one.inside == part.place for one in inspection.parts)
    nothing = "" if layers or part.note or holds else " (nothing in parallel)"
    page.say(f"{name}{nothing}", indent=_STEP * (depth + 1))
    inner = _STEP * (depth + 2)
    if part.note:
        page.say(f"not known: {part.note}", indent=inner)
    titles = [title(layer) for layer in _worth(layers)]
    widest = max(map(len, titles), default=0) + 2
    several = titles.count("joblib") > 1
    for layer, word in zip(_worth(layers), titles, strict=True):
        lead = pad(word, widest)
        for sentence in sentences(layer, inspection.pools, named=several):
            page.say(sentence, indent=inner, lead=lead)
            lead = " " * widest


def _worth(layers: Sequence[Layer]) -> list[Layer]:
    """Leave out what only says that nothing happens: helpers whose own n_jobs is left alone."""
    return [
        layer
        for layer in layers
        if layer.certain or layer.n_jobs_from != "nothing" or layer.kind != "joblib"
    ]


def _depth(part: Part, inspection: Inspection) -> int:
    inside = {one.place: one.inside for one in inspection.parts}
    depth, at = 0, part.inside
    while at is not None and depth <= len(inside):
        depth, at = depth + 1, inside.get(at)
    return depth


def _pools(page: _Page, inspection: Inspection) -> None:
    if not inspection.pools:
        return
    page.gap()
    page.say("Native thread pools that the job loads, idle unless a layer above uses them:")
    for pool in inspection.pools:
        page.say(pool_words(pool), indent=_STEP)


def _notes(inspection: Inspection) -> Iterator[str]:
    """Yield the surprises that apply to this job, each with what to do."""
    calls = [
        layer
        for layer in inspection.layers
        if layer.kind == "joblib" and layer.resolutions and "fit" in layer.methods
    ]
    native = any(layer.kind in ("openmp", "blas") for layer in inspection.layers)
    yield from _hints(calls)
    yield from _refits(inspection, calls)
    if any(layer.depth for layer in calls):
        yield (
            "An n_jobs inside a worker is honoured in full: workers multiply, and -1 is every CPU "
            "again, not a share of them."
        )
    if calls and native:
        yield (
            "Caps: loky gives each worker's native pools the CPUs divided by n_jobs; threading and "
            "multiprocessing cap nothing, there each worker may take every CPU (inner_threads: 1)."
        )
    blas = [pool for pool in inspection.pools if pool.user_api == "blas" and pool.num_threads > 1]
    if len(blas) > 1 and any(layer.kind == "blas" for layer in inspection.layers):
        yield (
            f"{len(blas)} BLAS pools are loaded (numpy's and scipy's own): a fit that goes back "
            "and forth between them keeps the threads of both busy, beyond what is counted below."
        )
    if inspection.layers and not any("fit" in layer.methods for layer in inspection.layers):
        yield "Nothing in its fit runs in parallel: no setting will make that faster."
    elif native and not calls:
        yield "No n_jobs and no backend changes its fit: inner_threads is the axis to sweep."
    if any(layer.kind == "own" for layer in inspection.layers):
        yield "A pool of its own takes every core unless its parameter says otherwise."


def _hints(calls: Sequence[Layer]) -> Iterator[str]:
    """A call that prefers threads runs one job under ``parallel_config(n_jobs=...)`` alone."""
    for layer in calls:
        bare = [r for r in layer.resolutions if r.config is None and r.config_n_jobs == 2]
        if layer.prefer == "threads" and layer.depth == 0 and any(r.n_jobs == 1 for r in bare):
            yield (
                f"parallel_config(n_jobs=...) without a backend makes {layer.owner} fit one after "
                f"the other, because it prefers threads: set {layer.parameter}, or name a backend."
            )
            return


def _refits(inspection: Inspection, calls: Sequence[Layer]) -> Iterator[str]:
    for part in inspection.parts:
        below = (part.place, f"{part.place}__")
        inner = [c for c in calls if c.place == below[0] or c.place.startswith(below[1])]
        if part.refit and inner:
            owner = next(one.owner for one in inspection.parts if one.place == part.inside)
            yield (
                f"{owner} also fits {part.owner} outside its workers, in the refit: there "
                f"{inner[0].owner} sees the configured backend itself."
            )
            return


def _settings(page: _Page, products: Sequence[Product]) -> None:
    if not products:
        return
    cpus = products[0].usable_cpus
    page.say(f"Workers {TIMES} threads of each setting that tune would measure:")
    held = page.clean(f"against {cpus} CPU{'' if cpus == 1 else 's'}")
    columns = [
        Column(key="setting", heading="setting", cells=_cells(page, [p.setting for p in products])),
        Column(key="workers", heading="workers", cells=_numbers(products, "workers"), right=True),
        Column(key="threads", heading="threads", cells=_numbers(products, "threads"), right=True),
        Column(key="total", heading="in all", cells=_numbers(products, "total"), right=True),
        Column(key="words", heading=held, cells=_cells(page, [p.words for p in products])),
    ]
    factors = tuple(page.clean(f" {TIMES} ".join(p.layers)) for p in products)
    columns.append(Column(key="layers", heading="which are", cells=factors))
    shown = fit(columns, page.width - _STEP, ("layers", "threads", "workers"))
    if shown is not None:
        page.lines += [" " * _STEP + line for line in table_lines(shown)]
    else:
        for product in products:
            page.say(f"{product.setting}: {product.total} in all, {product.words}", indent=_STEP)
    if shown is None or all(column.key != "layers" for column in shown):
        _crowds(page, products)


def _crowds(page: _Page, products: Sequence[Product]) -> None:
    """Say what multiplies, where the table had no room for it."""
    told = dict.fromkeys(p.layers for p in products if p.total > p.usable_cpus)
    for layers in told:
        names = [p.setting for p in products if p.layers == layers and p.total > p.usable_cpus]
        which = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
        page.say(f"{which}: {f' {TIMES} '.join(layers)}", indent=_STEP)


def _cells(page: _Page, texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(map(page.clean, texts))


def _numbers(products: Sequence[Product], name: str) -> tuple[str, ...]:
    return tuple(str(getattr(product, name)) for product in products)
