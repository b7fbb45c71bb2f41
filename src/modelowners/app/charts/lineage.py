"""Lineage in layers: what an asset is made from, and what is made from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from modelowners.app.charts.drawing import (
    Figure,
    Table,
    canvas,
    element,
    shorten,
    words,
)
from modelowners.app.phrases import clean

BOX, TALL, GAP, STEP, EDGE = 196.0, 42.0, 12.0, 84.0, 6.0
NARROW_BOX, NARROW_STEP = 152.0, 40.0
MAX_LAYER = 8
HUES = 6
"""Owners told apart by hue; their names are written in any case."""


@dataclass(frozen=True, slots=True)
class Node:
    """
    An asset in a layer.

    Parameters
    ----------
    asset : str
        Its id.
    owner : str
        Whose it is; empty where nobody is declared.
    layer : int
        Edges from the asset in the middle: below 0 upstream, above 0 downstream.
    guilty : bool
        A cause lies here.
    """

    asset: str
    owner: str
    layer: int
    guilty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageChart:
    """Nodes, and edges from what is needed to what needs it, by id."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]


def draw_lineage(chart: LineageChart, *, narrow: bool = False) -> Figure:
    """
    Draw assets in layers from left to right, in the direction data flows.

    Parameters
    ----------
    chart : LineageChart
        What it shows; a layer of more than eight is cut, which is said.
    narrow : bool
        For a small screen: layers below each other.

    Returns
    -------
    Figure
        Boxes coloured by owner; edges that cross from one owner to another
        are drawn stronger. The table names every asset.
    """
    hues = _hues(chart.nodes)
    layers = _layers(chart.nodes)
    place = _narrow_places(layers) if narrow else _places(layers)
    owner = {node.asset: node.owner for node in chart.nodes}
    content = [
        _edge(place[a], place[b], crossing=owner[a] != owner[b], narrow=narrow)
        for a, b in chart.edges
        if a in place and b in place
    ]
    for nodes in layers.values():
        for node in nodes[:MAX_LAYER]:
            content += _box(
                node, place[node.asset], hue=hues.get(node.owner), narrow=narrow
            )
        if len(nodes) > MAX_LAYER:
            x, y = place[nodes[MAX_LAYER - 1].asset]
            more = f"and {len(nodes) - MAX_LAYER} more"
            content.append(
                element("text", more, class_="label", x=x + 4, y=y + TALL + 14)
            )
    box = NARROW_BOX if narrow else BOX
    width = max((x for x, _ in place.values()), default=0.0) + box + EDGE
    tall = max((y for _, y in place.values()), default=0.0) + TALL + 20
    title = "What it is made from, and what is made from it"
    crossings = sum(owner[a] != owner[b] for a, b in chart.edges)
    desc = f"{len(chart.nodes)} assets, {crossings} edges cross from owner to owner."
    svg = canvas(content, width=width, height=tall, title=title, desc=desc)
    return Figure(svg, title, _table(chart))


def _hues(nodes: Sequence[Node]) -> Mapping[str, int]:
    names = dict.fromkeys(n.owner for n in sorted(nodes, key=lambda n: abs(n.layer)))
    known = [name for name in names if name]
    return {name: place % HUES for place, name in enumerate(known)}


def _layers(nodes: Sequence[Node]) -> dict[int, list[Node]]:
    found: dict[int, list[Node]] = {}
    for node in sorted(nodes, key=lambda n: (n.layer, not n.guilty, n.asset)):
        found.setdefault(node.layer, []).append(node)
    return found


def _places(layers: Mapping[int, Sequence[Node]]) -> dict[str, tuple[float, float]]:
    most = max((min(len(n), MAX_LAYER) for n in layers.values()), default=1)
    place = {}
    for column, layer in enumerate(sorted(layers)):
        shown = layers[layer][:MAX_LAYER]
        top = (most - len(shown)) * (TALL + GAP) / 2 + EDGE
        for row, node in enumerate(shown):
            x = EDGE + column * (BOX + STEP)
            place[node.asset] = (x, top + row * (TALL + GAP))
    return place


def _narrow_places(
    layers: Mapping[int, Sequence[Node]],
) -> dict[str, tuple[float, float]]:
    place, y = {}, EDGE
    for layer in sorted(layers):
        shown = layers[layer][:MAX_LAYER]
        for index, node in enumerate(shown):
            row, column = divmod(index, 2)
            x = EDGE + column * (NARROW_BOX + GAP)
            place[node.asset] = (x, y + row * (TALL + GAP))
        y += -(-len(shown) // 2) * (TALL + GAP) + NARROW_STEP
    return place


def _edge(
    start: tuple[float, float],
    end: tuple[float, float],
    *,
    crossing: bool,
    narrow: bool,
) -> str:
    if narrow:
        x1, y1 = start[0] + NARROW_BOX / 2, start[1] + TALL
        x2, y2 = end[0] + NARROW_BOX / 2, end[1]
        middle = (y1 + y2) / 2
        bend = f"C{x1:.1f} {middle:.1f} {x2:.1f} {middle:.1f}"
    else:
        x1, y1 = start[0] + BOX, start[1] + TALL / 2
        x2, y2 = end[0], end[1] + TALL / 2
        middle = (x1 + x2) / 2
        bend = f"C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f}"
    name = "edge crossing" if crossing else "edge"
    return element("path", class_=name, d=f"M{x1:.1f} {y1:.1f}{bend} {x2:.1f} {y2:.1f}")


def _box(
    node: Node, place: tuple[float, float], *, hue: int | None, narrow: bool
) -> Iterator[str]:
    (x, y), width = place, NARROW_BOX if narrow else BOX
    letters = int((width - 18) / 6.4)
    kind, _, name = node.asset.partition(":")
    colour = "unowned" if hue is None else f"owner-{hue}"
    middle = " middle" if node.layer == 0 else ""
    guilty = " guilty" if node.guilty else ""
    yield element(
        "rect",
        f"<title>{words(node.asset)}: {words(node.owner or 'nobody')}</title>",
        class_=f"asset {colour}{middle}{guilty}",
        x=x,
        y=y,
        width=width,
        height=TALL,
        rx=3.0,
    )
    yield element("rect", class_=f"stripe {colour}", x=x, y=y, width=4.0, height=TALL)
    yield element(
        "text", words(shorten(name or kind, letters)), class_="name", x=x + 12, y=y + 18
    )
    said = f"{kind} · {node.owner or 'nobody'}"
    yield element(
        "text", words(shorten(said, letters)), class_="label", x=x + 12, y=y + 33
    )


def _table(chart: LineageChart) -> Table:
    where = {-1: "made from", 0: "itself", 1: "used by"}
    rows = tuple(
        (
            clean(node.asset),
            where[(node.layer > 0) - (node.layer < 0)],
            str(abs(node.layer)),
            clean(node.owner) or "nobody",
        )
        for nodes in _layers(chart.nodes).values()
        for node in nodes
    )
    return Table(("asset", "relation", "steps", "owner"), rows)
