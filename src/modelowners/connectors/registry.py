"""The register of connectors: names without imports, load one."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

from modelowners.core.errors import BadFacet, InputError
from modelowners.core.facets import Node, mapping, nearest

GROUP = "modelowners.connectors"

logger = logging.getLogger(__name__)


class UnknownConnector(InputError):
    """No connector "{name}"{nearest}."""


class Connectors:
    """
    Every installed connector, loaded when it is first asked for.

    Parameters
    ----------
    found : sequence of EntryPoint, optional
        Instead of those that are installed.

    Examples
    --------
    >>> connectors = Connectors()
    >>> "git" in connectors.names()
    True
    >>> connectors.load("git").__name__
    'modelowners.connectors.git'
    """

    def __init__(self, found: tuple[EntryPoint, ...] | None = None) -> None:
        points = entry_points(group=GROUP) if found is None else found
        # Of two with one name ours comes first: a stranger's cannot replace it.
        ordered = sorted(points, key=lambda p: (not _is_ours(p), p.name, p.value))
        self._points: dict[str, EntryPoint] = {}
        for point in ordered:
            self._points.setdefault(point.name, point)
        self._loaded: dict[str, ModuleType | None] = {}

    def names(self) -> tuple[str, ...]:
        """List every connector by name, without importing any."""
        return tuple(sorted(self._points))

    def load(self, name: str) -> ModuleType | None:
        """
        Import one connector.

        Parameters
        ----------
        name : str
            As `names` lists it.

        Returns
        -------
        ModuleType or None
            None where it is broken, which is logged once as a warning: a
            stranger's fault must not stop the others.

        Raises
        ------
        UnknownConnector
            If there is none of that name.
        """
        if name not in self._points:
            known = iter(self._points)
            raise UnknownConnector(name=name, nearest=nearest(name, known))
        if name not in self._loaded:
            self._loaded[name] = _load(self._points[name])
        return self._loaded[name]

    def refused_sections(self, section: Node) -> tuple[BadFacet, ...]:
        """
        Let each connector look at its own section of the ownership file.

        Parameters
        ----------
        section : Node
            What stands under ``connectors``.

        Returns
        -------
        tuple of BadFacet
            What is wrong, with its place; only connectors that are named are
            loaded.
        """
        refused = []
        try:
            declared = mapping(section)
        except BadFacet as refusal:
            return (refusal,)
        for name, node in declared.items():
            if name not in self._points:
                close = nearest(name, self._points)
                what = f'unknown connector "{name}"{close}'
                refused.append(BadFacet(place=node.key_place, code="MO003", what=what))
                continue
            check = getattr(self.load(name), "check_section", None)
            try:
                if check is not None:
                    check(node)
            except BadFacet as refusal:
                refused.append(refusal)
        return tuple(refused)

    def refused_sinks(self, named: Iterable[tuple[str, Node]]) -> tuple[BadFacet, ...]:
        """
        Find addresses that no connector serves.

        Parameters
        ----------
        named : iterable of (str, Node)
            Addresses such as ``slack:#ops``, and where they stand.

        Returns
        -------
        tuple of BadFacet
            One for each sink and place.
        """
        places = {(text.partition(":")[0], node.place): node for text, node in named}
        return tuple(
            node.refuse(f'no sink "{sink}" for notify{nearest(sink, self._points)}')
            for (sink, _), node in places.items()
            if sink not in self._points
        )


def _is_ours(point: EntryPoint) -> bool:
    return point.value.partition(":")[0].startswith("modelowners.")


def _load(point: EntryPoint) -> ModuleType | None:
    try:
        found = point.load()
    except Exception as error:  # noqa: BLE001 - whatever a stranger's import raises
        logger.warning(
            'connector "%s" (%s) cannot be loaded and is left out: %s: %s',
            point.name,
            point.value,
            type(error).__name__,
            error,
        )
        return None
    if not isinstance(found, ModuleType):
        logger.warning(
            'connector "%s" (%s) is no module and is left out', point.name, point.value
        )
        return None
    return found
